/* SPDX-License-Identifier: MIT */
/*
 * How calls of an event loop end before their time: by msync_call_cancel, and
 * with the handle, which may be closed, reopened or reset at any moment, in
 * callbacks too. Each callback comes once, whatever happens.
 */
#include "watch.h"

#include <setjmp.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_CALLS 4

static struct msync_conn *conn;
static struct told told[N_CALLS];

static void expect_told(const struct told *one, int code, bool is_granted)
{
	ck_assert_int_eq(one->n, 1);
	ck_assert_msg(one->code == code, "%s expected, told: %s",
	    msync_strcode(code), msync_strcode(one->code));
	ck_assert_int_eq(one->grant != NULL, is_granted);
}

/* Each call waits for a lock of its own that somebody else holds. */
static void start_waits(void)
{
	static const char *const keys[N_CALLS] = {"0", "1", "2", "3"};

	conn = watch_open(NULL);
	for (int i = 0; i < N_CALLS; i++) {
		acquire(A, keys[i]);
		(void)watch_start(conn, keys[i], MSYNC_FOREVER, &told[i]);
	}
	gauge_await(P, "lock", "waits", N_CALLS);
}

/* Cancelling ------------------------------------------------------- */

START_TEST(wait_that_is_cancelled_is_told_so_and_leaves_the_queue)
{
	struct msync_call *call;

	conn = watch_open(NULL);
	acquire(A, "k");
	call = watch_start(conn, "k", MSYNC_FOREVER, &told[0]);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(msync_call_cancel(call), 0);
	ck_assert_int_eq(told[0].n, 0);
	(void)watch_await(conn, &told[0]);
	expect_told(&told[0], MSYNC_E_CANCELLED, false);
	ck_assert_int_eq(gauge(P, "lock", "waits"), 0);
	watch_close(conn);
}
END_TEST

START_TEST(cancelling_what_is_answered_changes_nothing)
{
	struct msync_call *call;

	conn = watch_open(NULL);
	call = watch_start(conn, "k", 0, &told[0]);
	/* The answer is here when that to the ping is. */
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(msync_call_cancel(call), 0);
	ck_assert_int_eq(watch_process(conn), 0);
	expect_told(&told[0], 0, true);
	watch_release(told[0].grant);
	watch_close(conn);
	ck_assert_int_eq(told[0].n, 1);
}
END_TEST

START_TEST(cancel_that_crosses_the_grant_leaves_the_grant)
{
	struct msync_call *call;

	conn = watch_open(NULL);
	acquire(A, "k");
	call = watch_start(conn, "k", MSYNC_FOREVER, &told[0]);
	gauge_await(P, "lock", "waits", 1);
	/* When that is answered, the lock is granted. */
	expect_ok(release(A, "k"));
	ck_assert_int_eq(msync_call_cancel(call), 0);
	(void)watch_await(conn, &told[0]);
	watch_expect(conn, msync_ping(conn), 0);
	expect_told(&told[0], 0, true);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	watch_release(told[0].grant);
	watch_close(conn);
}
END_TEST

static struct msync_call *called;

static void on_told_cancel(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	ck_assert_int_eq(msync_call_cancel(called), 0);
}

START_TEST(call_is_valid_until_its_callback_has_returned)
{
	conn = watch_open(NULL);
	ck_assert_int_eq(msync_lock_acquire_start(conn, "k", 0, NULL,
			     on_told_cancel, &told[0], &called),
	    0);
	(void)watch_await(conn, &told[0]);
	expect_told(&told[0], 0, true);
	watch_release(told[0].grant);
	watch_close(conn);
}
END_TEST

START_TEST(question_that_waits_can_be_cancelled)
{
	struct msync_call *call;

	conn = watch_open(NULL);
	acquire(A, "k");
	ck_assert_int_eq(msync_ask_start(conn, "lock.acquire", "\"key\":\"k\"",
			     MSYNC_FOREVER, watch_told, &told[0], &call),
	    0);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(msync_call_cancel(call), 0);
	(void)watch_await(conn, &told[0]);
	expect_told(&told[0], MSYNC_E_CANCELLED, false);
	msync_result_free(told[0].result);
	ck_assert_int_eq(gauge(P, "lock", "waits"), 0);
	watch_close(conn);
}
END_TEST

START_TEST(call_without_a_callback_is_not_to_be_cancelled)
{
	struct msync_call *call = (struct msync_call *)&call;

	conn = watch_open(NULL);
	acquire(A, "k");
	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "k", MSYNC_FOREVER, NULL, NULL, NULL, &call),
	    0);
	ck_assert_ptr_null(call);
	watch_close(conn);
}
END_TEST

/* The end of the handle -------------------------------------------- */

START_TEST(close_tells_each_call_under_way_once)
{
	struct told renewed = {0};
	struct msync_grant *grant;

	start_waits();
	grant = watch_lock(conn, "held");
	ck_assert_int_eq(
	    msync_renew_start(grant, 60000, watch_told, &renewed), 0);
	watch_close(conn);
	for (int i = 0; i < N_CALLS; i++)
		expect_told(&told[i], MSYNC_E_CLOSED, false);
	expect_told(&renewed, MSYNC_E_CLOSED, false);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	connected_await(P, 5);
	ck_assert_int_eq(gauge(P, "lock", "waits"), 0);
	ck_assert_int_eq(gauge(P, "lock", "holds"), N_CALLS);
}
END_TEST

static void on_told_close(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	msync_close(conn);
	msync_close(conn);
	/* It takes effect when this returns. */
	watch_release(grant);
}

START_TEST(close_in_a_callback_takes_effect_behind_it)
{
	struct told closing = {0};

	start_waits();
	ck_assert_int_eq(msync_lock_acquire_start(conn, "free", 0, NULL,
			     on_told_close, &closing, NULL),
	    0);
	ck_assert_int_eq(watch_until(conn, &closing), MSYNC_E_CLOSED);
	expect_told(&closing, 0, true);
	for (int i = 0; i < N_CALLS; i++)
		expect_told(&told[i], MSYNC_E_CLOSED, false);
	connected_await(P, 5);
}
END_TEST

static int restarted, reopened;

static void on_told_retry(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	static struct told never;

	watch_told(ctx, code, grant, result);
	ck_assert_int_eq(never.n, 0);
	restarted = msync_lock_acquire_start(
	    conn, "k", 0, NULL, watch_told, &never, NULL);
	reopened = msync_reopen(conn);
	msync_close(conn);
}

START_TEST(nothing_new_begins_on_a_handle_that_is_being_closed)
{
	struct msync_opts *opts = watch_opts();

	msync_opts_set_reconnect(opts, 1000);
	conn = watch_open(opts);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    msync_lock_acquire_start(conn, "k", MSYNC_FOREVER, NULL,
			on_told_retry, &told[i], NULL),
		    0);
	watch_close(conn);
	expect_told(&told[0], MSYNC_E_CLOSED, false);
	expect_told(&told[1], MSYNC_E_CLOSED, false);
	ck_assert_int_eq(restarted, MSYNC_E_CLOSED);
	ck_assert_int_eq(reopened, MSYNC_E_CLOSED);
	connected_await(P, 5);
}
END_TEST

static void on_told_reopen(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	watch_expect(conn, msync_reopen(conn), 0);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}

START_TEST(reopen_in_a_callback_ends_the_other_calls)
{
	struct told reopening = {0};

	start_waits();
	ck_assert_int_eq(msync_lock_acquire_start(conn, "free", 0, NULL,
			     on_told_reopen, &reopening, NULL),
	    0);
	ck_assert_int_eq(watch_until(conn, &reopening), 0);
	expect_told(&reopening, 0, true);
	for (int i = 0; i < N_CALLS; i++)
		expect_told(&told[i], MSYNC_E_CONN, false);
	watch_release(watch_lock(conn, "free"));
	watch_close(conn);
}
END_TEST

START_TEST(reset_cancels_what_is_under_way)
{
	struct msync_grant *grant;

	start_waits();
	grant = watch_lock(conn, "held");
	watch_expect(conn, msync_reset(conn), 0);
	ck_assert_int_eq(told[0].n, 0);
	watch_count(conn, &told[N_CALLS - 1].n, 1);
	for (int i = 0; i < N_CALLS; i++)
		expect_told(&told[i], MSYNC_E_CANCELLED, false);
	ck_assert(msync_grant_is_lost(grant));
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	watch_close(conn);
}
END_TEST

/* Callbacks that do not return ------------------------------------- */

static jmp_buf back;

static void on_told_jump(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	struct told *one = ctx;

	one->n++;
	one->code = code;
	one->grant = grant;
	one->result = result;
	longjmp(back, 1);
}

START_TEST(callback_that_is_left_by_longjmp_is_not_called_again)
{
	struct told jumped = {0};

	start_waits();
	ck_assert_int_eq(msync_lock_acquire_start(conn, "free", 0, NULL,
			     on_told_jump, &jumped, NULL),
	    0);
	if (setjmp(back) == 0)
		(void)watch_until(conn, &jumped);
	ck_assert_int_eq(jumped.n, 1);
	watch_expect(conn, msync_reset(conn), 0);
	ck_assert_int_eq(msync_release(jumped.grant), MSYNC_E_LOST);
	watch_count(conn, &told[N_CALLS - 1].n, 1);
	for (int i = 0; i < N_CALLS; i++)
		expect_told(&told[i], MSYNC_E_CANCELLED, false);
	watch_close(conn);
	ck_assert_int_eq(jumped.n, 1);
}
END_TEST

/* In the child of a fork: the grant is the parent's. */
static void live_as_child(struct msync_grant *grant)
{
	struct msync_grant *own;
	int code;

	if (msync_process(conn) != MSYNC_E_INVALID || msync_reopen(conn) != 0)
		_exit(1);
	code = msync_lock_acquire(conn, "free", 0, NULL, &own);
	if (code != MSYNC_E_BUSY || msync_release(grant) != MSYNC_E_LOST)
		_exit(2);
}

static pid_t child = -1;

static void on_told_fork(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		live_as_child(grant);
}

START_TEST(child_that_is_forked_in_a_callback_has_no_calls)
{
	struct told forked = {0};
	int status;

	start_waits();
	ck_assert_int_eq(msync_lock_acquire_start(conn, "free", 0, NULL,
			     on_told_fork, &forked, NULL),
	    0);
	ck_assert_int_eq(watch_until(conn, &forked), 0);
	if (child == 0) {
		watch_close(conn);
		_exit(forked.n == 1 && told[0].n == 0 ? 0 : 3);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	watch_release(forked.grant);
	watch_close(conn);
	for (int i = 0; i < N_CALLS; i++)
		expect_told(&told[i], MSYNC_E_CLOSED, false);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    wait_that_is_cancelled_is_told_so_and_leaves_the_queue,
	    cancelling_what_is_answered_changes_nothing,
	    cancel_that_crosses_the_grant_leaves_the_grant,
	    call_is_valid_until_its_callback_has_returned,
	    question_that_waits_can_be_cancelled,
	    call_without_a_callback_is_not_to_be_cancelled,
	    close_tells_each_call_under_way_once,
	    close_in_a_callback_takes_effect_behind_it,
	    nothing_new_begins_on_a_handle_that_is_being_closed,
	    reopen_in_a_callback_ends_the_other_calls,
	    reset_cancels_what_is_under_way,
	    callback_that_is_left_by_longjmp_is_not_called_again,
	    child_that_is_forked_in_a_callback_has_no_calls,
	    NULL,
	};

	return run_tests("ends", tests);
}
