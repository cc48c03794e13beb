/* SPDX-License-Identifier: MIT */
/*
 * libmsync in a plain poll(2) loop: when callbacks run, and what the loop is
 * told to wait for.
 */
#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct msync_conn *conn;

static void open_handle(void)
{
	conn = watch_open(NULL);
}

/* A handle that a test has closed itself is NULL. */
static void close_handle(void)
{
	watch_close(conn);
}

/* When callbacks run ----------------------------------------------- */

START_TEST(calls_that_wait_leave_callbacks_to_msync_process)
{
	struct told told = {0};
	struct msync_grant *grant;

	open_handle();
	(void)watch_start(conn, "k", 0, &told);
	/* Its answer comes behind that of the lock. */
	watch_expect(conn, msync_ping(conn), 0);
	grant = watch_lock(conn, "other");
	ck_assert(!msync_grant_is_lost(grant));
	ck_assert_int_eq(told.n, 0);
	ck_assert_int_eq(msync_timeout(conn), 0);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(told.n, 1);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(told.n, 1);
	watch_release(told.grant);
	watch_release(grant);
	close_handle();
}
END_TEST

/* A callback that asks for more, in both ways. */
static struct told asked_inside, told_inside;
static int processed_inside;

static void on_first(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	processed_inside = msync_process(conn);
	ck_assert_int_eq(msync_lock_acquire_start(conn, "second", 0, NULL,
			     watch_told, &asked_inside, NULL),
	    0);
	watch_expect(conn, msync_ping(conn), 0);
	/* It has been answered, and waits for this one to end. */
	ck_assert_int_eq(asked_inside.n, 0);
	watch_release(grant);
}

START_TEST(callback_may_start_and_wait_but_not_process)
{
	open_handle();
	ck_assert_int_eq(msync_lock_acquire_start(conn, "first", 0, NULL,
			     on_first, &told_inside, NULL),
	    0);
	watch_expect(conn, watch_await(conn, &told_inside), 0);
	ck_assert_int_eq(processed_inside, MSYNC_E_INVALID);
	watch_expect(conn, watch_await(conn, &asked_inside), 0);
	ck_assert_int_eq(told_inside.n, 1);
	watch_release(asked_inside.grant);
	close_handle();
}
END_TEST

START_TEST(each_callback_finds_its_own_words)
{
	struct told none = {0}, busy = {0};

	open_handle();
	none.conn = busy.conn = conn;
	acquire(A, "k");
	ck_assert_int_eq(msync_limit_borrow_start(conn, "no limit", 0, 0, NULL,
			     watch_told, &none, NULL),
	    0);
	(void)watch_start(conn, "k", 0, &busy);
	/* Words that come between. */
	ck_assert_int_eq(msync_flight_forget(conn, ""), MSYNC_E_BAD_REQUEST);
	watch_expect(conn, watch_await(conn, &busy), MSYNC_E_BUSY);
	ck_assert_int_eq(none.code, MSYNC_E_UNKNOWN_KEY);
	ck_assert_ptr_nonnull(strstr(none.words, "no limit"));
	ck_assert_ptr_nonnull(strstr(busy.words, "lock \"k\""));
	ck_assert_int_eq(msync_errholder(conn, NULL, NULL, NULL), 1);
	close_handle();
}
END_TEST

/* What the loop waits for ------------------------------------------ */

START_TEST(idle_handle_waits_for_input_without_an_end)
{
	struct told told = {0};

	open_handle();
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_ge(msync_fd(conn), 0);
	ck_assert_int_eq(msync_events(conn), POLLIN);
	ck_assert_int_eq(msync_timeout(conn), -1);
	ck_assert_int_eq(
	    msync_ask_start(conn, "ping", NULL, 0, watch_told, &told, NULL), 0);
	/* An answer may take 5,000 ms. */
	ck_assert_int_gt(msync_timeout(conn), 0);
	ck_assert_int_le(msync_timeout(conn), 5000);
	watch_expect(conn, watch_await(conn, &told), 0);
	msync_result_free(told.result);
	ck_assert_int_eq(msync_timeout(conn), -1);
	close_handle();
}
END_TEST

START_TEST(unsent_output_is_waited_for_and_sent_by_msync_process)
{
	static char members[900000];
	struct told told[3] = {{0}};

	memset(members, 'a', sizeof(members) - 2);
	memcpy(members, "\"x_\":\"", 6);
	members[sizeof(members) - 2] = '"';
	open_handle();
	daemon_freeze(&server);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(msync_ask_start(conn, "ping", members, 0,
				     watch_told, &told[i], NULL),
		    0);
	ck_assert_int_eq(msync_events(conn), POLLIN | POLLOUT);
	daemon_thaw(&server);
	for (int i = 0; i < 3; i++) {
		watch_expect(conn, watch_await(conn, &told[i]), 0);
		msync_result_free(told[i].result);
	}
	ck_assert_int_eq(msync_events(conn), POLLIN);
	close_handle();
}
END_TEST

/* In the place of the C library's: sends of the library fail so often. */
static int n_failing, failure;

ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
	if (n_failing > 0 && flags & MSG_DONTWAIT) {
		n_failing--;
		errno = failure;
		return -1;
	}
	return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

START_TEST(send_that_finds_no_memory_is_repeated)
{
	static const int failures[] = {ENOBUFS, ENOMEM, EINTR};
	struct told told = {0};

	open_handle();
	for (size_t i = 0; i < 3; i++) {
		failure = failures[i];
		n_failing = 2;
		told.n = 0;
		(void)watch_start(conn, "k", 0, &told);
		watch_expect(conn, watch_await(conn, &told), 0);
		ck_assert_int_eq(n_failing, 0);
		watch_release(told.grant);
	}
	close_handle();
}
END_TEST

START_TEST(without_a_connection_there_is_nothing_to_wait_for)
{
	struct msync_opts *opts = watch_opts();
	struct told told = {0};
	struct msync_call *call = (struct msync_call *)&told;

	msync_opts_set_socket(opts, "/nonexistent/msyncd.sock");
	ck_assert_int_eq(msync_open(&conn, opts), MSYNC_E_CONN);
	msync_opts_free(opts);
	ck_assert_int_eq(msync_fd(conn), -1);
	ck_assert_int_eq(msync_events(conn), 0);
	ck_assert_int_eq(msync_timeout(conn), -1);
	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "k", 0, NULL, watch_told, &told, &call),
	    MSYNC_E_CONN);
	ck_assert_ptr_null(call);
	ck_assert_int_eq(watch_process(conn), MSYNC_E_CONN);
	watch_close(conn);
	ck_assert_int_eq(told.n, 0);
}
END_TEST

START_TEST(answers_that_nobody_waits_for_do_not_wake_the_loop)
{
	struct msync_opts *opts = watch_opts();
	struct told told = {0};

	msync_opts_set_answer_ms(opts, 1);
	daemon_freeze(&server);
	/* Its hello is not answered, nor is a call that nobody listens to. */
	conn = watch_open(opts);
	ck_assert_int_eq(
	    msync_lock_acquire_start(conn, "k", 0, NULL, NULL, NULL, NULL), 0);
	(void)watch_start(conn, "k", 0, &told);
	watch_expect(conn, watch_await(conn, &told), MSYNC_E_SILENT);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(msync_timeout(conn), -1);
	daemon_thaw(&server);
	close_handle();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    calls_that_wait_leave_callbacks_to_msync_process,
	    callback_may_start_and_wait_but_not_process,
	    each_callback_finds_its_own_words,
	    idle_handle_waits_for_input_without_an_end,
	    unsent_output_is_waited_for_and_sent_by_msync_process,
	    send_that_finds_no_memory_is_repeated,
	    without_a_connection_there_is_nothing_to_wait_for,
	    answers_that_nobody_waits_for_do_not_wake_the_loop,
	    NULL,
	};

	return run_tests("loop", tests);
}
