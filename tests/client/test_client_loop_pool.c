/* SPDX-License-Identifier: MIT */
/*
 * The callbacks of pools in an event loop: they run before the callback of the
 * call, in msync_process only, and hold it up no longer than they take. Where
 * they leave, by what unwinds their frames as an exception does, the call has
 * failed, and is told so once.
 */
#include "watch.h"

#include <pthread.h>

static struct msync_conn *conn;
static struct msync_pool *pool;

static void open_pool(void)
{
	conn = watch_open(NULL);
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
}

static void close_pool(void)
{
	msync_pool_free(pool);
	watch_close(conn);
}

/* Values to be destroyed ------------------------------------------- */

static int n_destroyed;

static void destroy(void *ctx, const char *json, size_t len)
{
	(void)ctx;
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(*json, '7');
	n_destroyed++;
}

/* The object 7, whose borrower vanishes: it is to be destroyed. */
static void lose_object(void)
{
	expect_ok(ask(A, "{'op':'pool.get','key':'p','capacity':1}"));
	expect_ok(ask(A, "{'op':'pool.put','key':'p','value':7}"));
	expect_ok(ask(A, "{'op':'pool.get','key':'p'}"));
	client_close(A);
	gauge_await(P, "pool", "holds", 0);
}

START_TEST(values_that_come_to_nobody_are_destroyed_by_msync_process)
{
	lose_object();
	open_pool();
	msync_pool_set_callbacks(pool, NULL, destroy, NULL);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, NULL, NULL, NULL), 0);
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(n_destroyed, 0);
	ck_assert_int_eq(msync_timeout(conn), 0);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(n_destroyed, 1);
	ck_assert_int_eq(msync_pool_size(pool), 0);
	close_pool();
}
END_TEST

START_TEST(values_that_come_too_late_are_destroyed_by_msync_process)
{
	struct msync_opts *opts = watch_opts();
	struct told told = {0};

	lose_object();
	msync_opts_set_answer_ms(opts, 1);
	conn = watch_open(opts);
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
	msync_pool_set_callbacks(pool, NULL, destroy, NULL);
	daemon_freeze(&server);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, watch_told, &told, NULL), 0);
	watch_expect(conn, watch_await(conn, &told), MSYNC_E_SILENT);
	daemon_thaw(&server);
	watch_count(conn, &n_destroyed, 1);
	ck_assert_int_eq(told.n, 1);
	gauge_await(P, "pool", "holds", 0);
	close_pool();
}
END_TEST

/* Callbacks that fail or leave ------------------------------------- */

static int fail_to_create(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)json;
	(void)len;
	/* From here on, waiting would take for ever. */
	daemon_freeze(&server);
	return 3;
}

START_TEST(object_that_is_not_made_leaves_its_place_without_waiting)
{
	struct msync_opts *opts = watch_opts();
	struct told told = {0};

	msync_opts_set_answer_ms(opts, MSYNC_FOREVER);
	conn = watch_open(opts);
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
	msync_pool_set_callbacks(pool, fail_to_create, NULL, NULL);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, watch_told, &told, NULL), 0);
	ck_assert_int_eq(watch_await(conn, &told), 3);
	ck_assert_ptr_null(told.grant);
	daemon_thaw(&server);
	gauge_await(P, "pool", "holds", 0);
	close_pool();
}
END_TEST

/* As an exception does, this unwinds the frames below it. */
static int leave_create(void *ctx, char **json, size_t *len)
{
	(void)json;
	(void)len;
	++*(int *)ctx;
	pthread_exit(NULL);
}

static void leave_destroy(void *ctx, const char *json, size_t len)
{
	(void)json;
	(void)len;
	++*(int *)ctx;
	pthread_exit(NULL);
}

static void *process_until_told(void *told)
{
	(void)watch_until(conn, told);
	return NULL;
}

/* Processes in a thread, which the callback ends. */
static void expect_left(struct told *told, const int *n_calls)
{
	pthread_t thread;

	ck_assert_int_eq(
	    pthread_create(&thread, NULL, process_until_told, told), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(*n_calls, 1);
	ck_assert_int_eq(told->n, 0);
	watch_expect(conn, watch_await(conn, told), MSYNC_E_CALLBACK);
	ck_assert_ptr_null(told->grant);
	ck_assert_int_eq(*n_calls, 1);
	gauge_await(P, "pool", "holds", 0);
}

START_TEST(call_whose_object_was_left_unmade_is_told_once)
{
	struct told told = {0};
	int n_calls = 0;

	open_pool();
	msync_pool_set_callbacks(pool, leave_create, NULL, &n_calls);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, watch_told, &told, NULL), 0);
	expect_left(&told, &n_calls);
	close_pool();
}
END_TEST

START_TEST(call_whose_values_were_left_undestroyed_is_told_once)
{
	struct told told = {0};
	int n_calls = 0;

	lose_object();
	open_pool();
	msync_pool_set_callbacks(pool, NULL, leave_destroy, &n_calls);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, watch_told, &told, NULL), 0);
	expect_left(&told, &n_calls);
	close_pool();
}
END_TEST

static void leave_callback(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	pthread_exit(NULL);
}

START_TEST(callback_that_is_left_is_not_called_again)
{
	struct told left = {0}, next = {0};
	pthread_t thread;

	open_pool();
	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "k", 0, NULL, leave_callback, &left, NULL),
	    0);
	ck_assert_int_eq(
	    pthread_create(&thread, NULL, process_until_told, &left), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	(void)watch_start(conn, "next", 0, &next);
	watch_expect(conn, watch_await(conn, &next), 0);
	ck_assert_int_eq(left.n, 1);
	watch_release(left.grant);
	watch_release(next.grant);
	close_pool();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    values_that_come_to_nobody_are_destroyed_by_msync_process,
	    values_that_come_too_late_are_destroyed_by_msync_process,
	    object_that_is_not_made_leaves_its_place_without_waiting,
	    call_whose_object_was_left_unmade_is_told_once,
	    call_whose_values_were_left_undestroyed_is_told_once,
	    callback_that_is_left_is_not_called_again,
	    NULL,
	};

	return run_tests("loop_pool", tests);
}
