/* SPDX-License-Identifier: MIT */
/*
 * Calls, callbacks and grants of a parent that are under way when it forks, or
 * in which it forks: they go on in the parent, and come to nothing in the
 * child, which is told so, runs no callback and leaks nothing.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "kin.h"
#include "scene.h"
#include "steps.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct kin kin;

static void set_up(void)
{
	daemon_start(&server, NULL);
	client_open(P, &server);
	kin_start(&kin);
	steps_let_there_be_a_daemon();
	ck_assert_int_eq(kin_ask_parent(&kin, step_open), 0);
}

/* Nobody has anything any more. */
static void tear_down(void)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_close), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_close), 0);
	emptiness_await(P);
	connected_await(P, 1);
	kin_end(&kin);
	client_close(P);
	daemon_stop(&server);
}

/* Grants ----------------------------------------------------------- */

static struct msync_grant *grants[4];
static int n_grants;

static void on_turn(void *ctx, int code, struct msync_grant *granted,
    struct msync_result *result)
{
	(void)ctx;
	(void)code;
	n_called++;
	if (granted != NULL)
		grants[n_grants++] = granted;
	msync_result_free(result);
}

static int start(const char *key)
{
	return msync_lock_acquire_start(
	    conn, key, 0, NULL, on_turn, NULL, NULL);
}

/* Starts two calls and has both of the answers, but tells nobody yet. */
static int step_start_two(void)
{
	int code = start("first");

	if (code == 0)
		code = start("second");
	return code == 0 ? msync_ping(conn) : code;
}

/* Lets go of all; the last code that was not 0. */
static int step_release_all(void)
{
	int worst = 0;

	while (n_grants > 0) {
		int code = msync_release(grants[--n_grants]);

		worst = code == 0 ? worst : code;
	}
	return worst;
}

/* Called later ----------------------------------------------------- */

START_TEST(answers_at_hand_are_told_to_the_parent_only)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_start_two), 0);
	kin_fork(&kin);
	ck_assert_int_eq(kin_ask_child(&kin, step_try_everything), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_reopen), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_process), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_ping), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), 0);

	ck_assert_int_eq(gauge(P, "lock", "holds"), 2);
	ck_assert_int_eq(kin_ask_parent(&kin, step_process), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_count_called), 2);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release_all), 0);
}
END_TEST

START_TEST(close_in_the_child_calls_nobody_back)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_start_two), 0);
	kin_fork(&kin);
	ck_assert_int_eq(kin_ask_child(&kin, step_close), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), 0);

	ck_assert_int_eq(gauge(P, "lock", "holds"), 2);
	ck_assert_int_eq(kin_ask_parent(&kin, step_process), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_count_called), 2);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release_all), 0);
}
END_TEST

static void on_lost(void *ctx, struct msync_grant *lost, const char *reason)
{
	(void)ctx;
	(void)lost;
	n_called += strcmp(reason, "lease") == 0 ? 1 : 100;
}

/* Another handle than that of set_up, which is told of what it loses. */
static int step_open_listening(void)
{
	struct msync_opts *opts;
	int code = msync_opts_new(&opts);

	if (code != 0)
		return code;
	msync_close(conn);
	(void)msync_opts_set_socket(opts, steps_path());
	(void)msync_opts_set_on_lost(opts, on_lost, NULL);
	(void)msync_opts_set_reconnect(opts, 10);
	code = msync_open(&conn, opts);
	msync_opts_free(opts);
	return code;
}

/* Takes a lock for a moment, and sees it lost, but is not called yet. */
static int step_lose(void)
{
	struct pollfd pollfd = {.fd = msync_fd(conn), .events = POLLIN};
	int code = msync_lock_acquire(conn, "k", 0, NULL, &grant);

	/* With such a lease from the beginning, it might be lost before it is
	 * handed out. */
	if (code == 0)
		code = msync_renew(grant, 1);
	while (code == 0 && !msync_grant_is_lost(grant)) {
		if (poll(&pollfd, 1, 60000) != 1)
			code = MSYNC_E_SILENT;
	}
	return code;
}

START_TEST(losses_are_told_to_the_parent_only)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_open_listening), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_lose), 0);
	kin_fork(&kin);
	ck_assert_int_eq(kin_ask_child(&kin, step_try_everything), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_reopen), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_process), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_release), MSYNC_E_LOST);

	ck_assert_int_eq(kin_ask_parent(&kin, step_process), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_count_called), 1);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release), MSYNC_E_LOST);
	/* The lock remembers how it was lost until somebody has had it. */
	ck_assert_int_eq(kin_ask_parent(&kin, step_hold), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release), 0);
}
END_TEST

/* Forked inside ---------------------------------------------------- */

static void on_turn_fork(void *ctx, int code, struct msync_grant *granted,
    struct msync_result *result)
{
	on_turn(ctx, code, granted, result);
	(void)kin_split();
}

static void on_turn_fork_reopen(void *ctx, int code,
    struct msync_grant *granted, struct msync_result *result)
{
	on_turn(ctx, code, granted, result);
	if (kin_split() == 0 && msync_reopen(conn) != 0)
		n_called += 100;
}

static void on_turn_fork_close(void *ctx, int code, struct msync_grant *granted,
    struct msync_result *result)
{
	on_turn(ctx, code, granted, result);
	if (kin_split() == 0)
		msync_close(conn);
}

/* Two callbacks are due, and the first one forks. */
static int fork_in_callback(msync_done_fn callback)
{
	int code = msync_lock_acquire_start(
	    conn, "first", 0, NULL, callback, NULL, NULL);

	if (code == 0)
		code = start("second");
	if (code == 0)
		code = msync_ping(conn);
	code = code == 0 ? msync_process(conn) : code;
	if (code == MSYNC_E_CLOSED)
		conn = NULL;
	return code;
}

static int step_callback_forks(void)
{
	return fork_in_callback(on_turn_fork);
}

static int step_callback_forks_and_reopens(void)
{
	return fork_in_callback(on_turn_fork_reopen);
}

static int step_callback_forks_and_closes(void)
{
	return fork_in_callback(on_turn_fork_close);
}

/* What msync_process answers in the child that comes out of the callback, and
 * its grants, which are the parent's. */
static const struct {
	kin_step step;
	int process, release;
} forking[] = {
    {step_callback_forks, MSYNC_E_FORKED, MSYNC_E_FORKED},
    {step_callback_forks_and_reopens, 0, MSYNC_E_LOST},
    {step_callback_forks_and_closes, MSYNC_E_CLOSED, MSYNC_E_LOST},
};

START_TEST(fork_in_a_callback_runs_the_next_in_the_parent_only)
{
	int child;

	ck_assert_int_eq(kin_fork_in(&kin, forking[_i].step, &child), 0);
	ck_assert_int_eq(child, forking[_i].process);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), 1);
	ck_assert_int_eq(
	    kin_ask_child(&kin, step_release_all), forking[_i].release);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 2);

	ck_assert_int_eq(kin_ask_parent(&kin, step_count_called), 2);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release_all), 0);
}
END_TEST

/* Under way -------------------------------------------------------- */

/* Three grants with a request each that is not answered, one of which is
 * released; a wait, a question; and an answer that nobody will hear. */
static int step_begin_all(void)
{
	int code = step_start_two();

	if (code == 0)
		code = msync_process(conn);
	if (code == 0)
		code = step_hold();
	if (code == 0)
		code = msync_renew_start(grants[0], 60000, on_turn, NULL);
	if (code == 0)
		code = msync_renew_start(grants[1], 60000, on_turn, NULL);
	if (code == 0)
		code = msync_release_start(grants[--n_grants], on_turn, NULL);
	if (code == 0)
		code = msync_release_start(grant, NULL, NULL);
	if (code == 0)
		code = msync_ask_start(
		    conn, "stats", NULL, 0, on_turn, NULL, NULL);
	grant = NULL;
	return code == 0 ? start("third") : code;
}

/* Hears all answers. */
static int step_hear_all(void)
{
	int code = msync_ping(conn);

	return code == 0 ? msync_process(conn) : code;
}

/* As it is, or after it got a session of its own. */
START_TEST(requests_under_way_are_the_parents_and_leak_nothing_in_the_child)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_begin_all), 0);
	kin_fork(&kin);
	if (_i == 1)
		ck_assert_int_eq(kin_ask_child(&kin, step_reopen), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_release_all),
	    _i == 1 ? MSYNC_E_LOST : MSYNC_E_FORKED);
	ck_assert_int_eq(kin_ask_child(&kin, step_close), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), 2);

	ck_assert_int_eq(kin_ask_parent(&kin, step_hear_all), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_count_called), 7);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release_all), 0);
}
END_TEST

/* Detached --------------------------------------------------------- */

static int step_hold_detached(void)
{
	struct msync_terms *terms;
	int code = msync_terms_new(&terms);

	if (code != 0)
		return code;
	(void)msync_terms_set(terms, MSYNC_TERM_LEASE_MS, 600000);
	(void)msync_terms_set(terms, MSYNC_TERM_DETACHED, 1);
	code = msync_lock_acquire(conn, "k", 0, terms, &grant);
	msync_terms_free(terms);
	return code;
}

static int step_is_lost(void)
{
	return msync_grant_is_lost(grant);
}

/* It belongs to no connection, but not to the child either. */
START_TEST(detached_hold_stays_the_parents)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_hold_detached), 0);
	kin_fork(&kin);
	ck_assert_int_eq(kin_ask_child(&kin, step_reopen), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_is_lost), 1);
	ck_assert_int_eq(kin_ask_child(&kin, step_release), MSYNC_E_LOST);
	ck_assert_int_eq(kin_ask_child(&kin, step_hold), MSYNC_E_BUSY);

	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	ck_assert_int_eq(kin_ask_parent(&kin, step_is_lost), 0);
	ck_assert_int_eq(kin_ask_parent(&kin, step_release), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client, fork and calls");
	TCase *tests = scene_case(suite, "calls", set_up, tear_down);

	tcase_add_test(tests, answers_at_hand_are_told_to_the_parent_only);
	tcase_add_test(tests, close_in_the_child_calls_nobody_back);
	tcase_add_test(tests, losses_are_told_to_the_parent_only);
	tcase_add_loop_test(tests,
	    fork_in_a_callback_runs_the_next_in_the_parent_only, 0,
	    sizeof(forking) / sizeof(forking[0]));
	tcase_add_loop_test(tests,
	    requests_under_way_are_the_parents_and_leak_nothing_in_the_child, 0,
	    2);
	tcase_add_test(tests, detached_hold_stays_the_parents);
	return scene_run(suite);
}
