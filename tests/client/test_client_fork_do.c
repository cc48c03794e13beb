/* SPDX-License-Identifier: MIT */
/*
 * Callbacks that fork, and return in both processes: the turn is the parent's.
 * In the child the call that ran the callback answers MSYNC_E_FORKED, lets go
 * of nothing and calls nobody any more; the parent goes on as if nothing had
 * been, also where the child came out of the call first.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "kin.h"
#include "scene.h"
#include "steps.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct kin kin;

/* The child writes what it has come out of, or closes it by dying. */
static int out[2];

static void set_up(void)
{
	daemon_start(&server, NULL);
	client_open(P, &server);
	ck_assert_int_eq(pipe(out), 0);
	kin_start(&kin);
	close(out[0]);
	close(out[1]);
	steps_let_there_be_a_daemon();
	ck_assert_int_eq(kin_ask_parent(&kin, step_open), 0);
}

static void tear_down(void)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_close), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_close), 0);
	gauge_await(P, "lock", "holds", 0);
	connected_await(P, 1);
	kin_end(&kin);
	client_close(P);
	daemon_stop(&server);
}

/* Forks, once. The parent stays in here until the child is out of the call. */
static void fork_here(void)
{
	char byte;

	if (n_called++ > 0 || kin_split() == 0)
		return;
	close(out[1]);
	if (read(out[0], &byte, 1) != 1)
		n_called += 100;
}

/* The end of each step: what the call answered. */
static int came_out(int code, pid_t began)
{
	if (getpid() != began && write(out[1], "", 1) != 1)
		return 1000;
	return code;
}

static int on_turn(void *ctx)
{
	(void)ctx;
	fork_here();
	return 0;
}

static int step_lock_do(void)
{
	pid_t me = getpid();

	return came_out(msync_lock_do(conn, "k", 0, NULL, on_turn, NULL), me);
}

static int step_limit_do(void)
{
	pid_t me = getpid();

	return came_out(
	    msync_limit_do(conn, "k", 1, 0, NULL, on_turn, NULL), me);
}

/* Flights ---------------------------------------------------------- */

static int on_produce(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)len;
	fork_here();
	*json = strdup("\"made\"");
	return *json == NULL;
}

/* It was shared, though with nobody. */
static int step_flight_do(void)
{
	struct msync_result *result;
	pid_t me = getpid();
	int code =
	    msync_flight_do(conn, "k", 0, NULL, on_produce, NULL, &result);

	if (code == 0 && msync_result_followers(result) != 0)
		code = 1001;
	msync_result_free(result);
	return came_out(code, me);
}

/* Pools ------------------------------------------------------------ */

static bool forks_in_create;

static int on_create(void *ctx, char **json, size_t *len)
{
	if (forks_in_create)
		return on_produce(ctx, json, len);
	*json = strdup("\"made\"");
	return *json == NULL;
}

static void on_destroy(void *ctx, const char *json, size_t len)
{
	(void)ctx;
	(void)json;
	(void)len;
	fork_here();
}

static int on_use(void *ctx, const char *json, size_t len)
{
	(void)json;
	(void)len;
	return forks_in_create ? ++n_called, 0 : on_turn(ctx);
}

static int use_pool(void)
{
	struct msync_pool *pool;
	pid_t me = getpid();
	int code = msync_pool_new(&pool, conn, "k", 3);

	if (code != 0)
		return code;
	(void)msync_pool_set_callbacks(pool, on_create, NULL, NULL);
	code = msync_pool_do(pool, 0, NULL, on_use, NULL);
	msync_pool_free(pool);
	return came_out(code, me);
}

static int step_fork_in_use(void)
{
	return use_pool();
}

static int step_fork_in_create(void)
{
	forks_in_create = true;
	return use_pool();
}

static void on_got(void *ctx, int code, struct msync_grant *granted,
    struct msync_result *result)
{
	(void)ctx;
	(void)result;
	n_called += code == 0 ? 1 : 100;
	(void)msync_release(granted);
}

/* The same in an event loop. */
static int step_fork_in_process(void)
{
	struct msync_pool *pool;
	pid_t me = getpid();
	int code = msync_pool_new(&pool, conn, "k", 3);

	if (code != 0)
		return code;
	forks_in_create = true;
	(void)msync_pool_set_callbacks(pool, on_create, NULL, NULL);
	code = msync_pool_get_start(pool, 0, NULL, on_got, NULL, NULL);
	if (code == 0)
		code = msync_ping(conn);
	if (code == 0)
		code = msync_process(conn);
	msync_pool_free(pool);
	return came_out(code, me);
}

/* Two objects are to be destroyed; those are counted. */
static int step_fork_in_destroy(void)
{
	struct msync_grant *lent[2];
	struct msync_pool *pool;
	pid_t me = getpid();
	int code = msync_pool_new(&pool, conn, "k", 3);

	if (code != 0)
		return code;
	(void)msync_pool_set_callbacks(pool, on_create, on_destroy, NULL);
	for (int i = 0; i < 2; i++)
		code += msync_pool_get(pool, 0, NULL, &lent[i]);
	for (int i = 0; i < 2; i++)
		code += msync_release(lent[i]);
	if (code == 0)
		code = msync_pool_clear(pool);
	msync_pool_free(pool);
	return came_out(code, me);
}

/* ------------------------------------------------------------------ */

/* What the call answers in the parent, and how many callbacks have run there
 * and in the child. */
static const struct row {
	kin_step step;
	int parent, n_parent, n_child;
} rows[] = {
    {step_lock_do, 0, 1, 1},
    {step_limit_do, 0, 1, 1},
    {step_flight_do, 0, 1, 1},
    {step_fork_in_use, 0, 1, 1},
    {step_fork_in_create, 0, 2, 1},
    {step_fork_in_process, 0, 2, 1},
    {step_fork_in_destroy, 2, 2, 1},
};

START_TEST(turn_in_which_a_callback_forks_is_the_parents)
{
	const struct row *row = &rows[_i];
	int child;

	ck_assert_int_eq(kin_fork_in(&kin, row->step, &child), row->parent);
	ck_assert_int_eq(child, MSYNC_E_FORKED);
	ck_assert_int_eq(
	    kin_ask_parent(&kin, step_count_called), row->n_parent);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), row->n_child);
	ck_assert_int_eq(kin_ask_parent(&kin, step_ping), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_reopen), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_ping), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client, fork in callbacks");
	TCase *tests = scene_case(suite, "do", set_up, tear_down);

	tcase_add_loop_test(tests,
	    turn_in_which_a_callback_forks_is_the_parents, 0,
	    sizeof(rows) / sizeof(rows[0]));
	return scene_run(suite);
}
