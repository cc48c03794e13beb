/* SPDX-License-Identifier: MIT */
/*
 * A daemon that is there and does not answer, held still by SIGSTOP: calls
 * give up when their time is over, and nothing of what they asked for stays
 * when it goes on. Whoever only starts calls is never held up.
 */
#include "watch.h"

#include "handle.h"
#include "sock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MS 20

static struct msync_conn *conn;

static void set_answer_ms(int ms)
{
	conn->opts.answer_ms = ms;
	ck_assert_int_eq(sock_set_recv_wait(conn->fd, ms), 0);
}

/* Impatience is for the time in which the daemon stands still: at other times
 * a busy machine must not be taken for a silent daemon. */
static void stand_still(void)
{
	daemon_freeze(&server);
	set_answer_ms(ANSWER_MS);
}

static void go_on(void)
{
	set_answer_ms(MSYNC_FOREVER);
	daemon_thaw(&server);
}

/* The connection has lived on, and nothing is left on it. */
static void expect_clean(const char *kind)
{
	int fd = msync_fd(conn);

	ck_assert_int_ge(fd, 0);
	watch_expect(conn, msync_ping(conn), 0);
	present_await(P, kind, 0);
	ck_assert_int_eq(msync_fd(conn), fd);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(msync_timeout(conn), -1);
	watch_close(conn);
}

/* Calls that wait -------------------------------------------------- */

START_TEST(call_gives_up_when_its_wait_and_the_answer_are_overdue)
{
	struct msync_grant *grant;
	long begin;

	conn = watch_open(NULL);
	stand_still();
	begin = now_ms();
	watch_expect(conn, msync_lock_acquire(conn, "k", 100, NULL, &grant),
	    MSYNC_E_SILENT);
	ck_assert_int_ge(now_ms() - begin, 100 + ANSWER_MS);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_nonnull(strstr(msync_errmsg(conn), server.socket));
	go_on();
	expect_clean("lock");
}
END_TEST

START_TEST(grant_that_comes_too_late_is_given_back)
{
	struct msync_grant *grant;

	conn = watch_open(NULL);
	stand_still();
	watch_expect(conn, msync_lock_acquire(conn, "k", 0, NULL, &grant),
	    MSYNC_E_SILENT);
	go_on();
	gauge_await(P, "lock", "granted", 1);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	/* With the next call the library hears of it. */
	expect_clean("lock");
	ck_assert_int_eq(gauge(P, "lock", "released"), 1);
}
END_TEST

START_TEST(wait_that_was_given_up_is_cancelled)
{
	struct msync_grant *grant;

	conn = watch_open(NULL);
	acquire(A, "k");
	stand_still();
	watch_expect(conn, msync_lock_acquire(conn, "k", 1, NULL, &grant),
	    MSYNC_E_SILENT);
	go_on();
	/* The daemon reads both in one turn. */
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(gauge(P, "lock", "cancelled"), 1);
	expect_ok(release(A, "k"));
	expect_clean("lock");
}
END_TEST

START_TEST(release_that_is_not_answered_is_carried_out)
{
	struct msync_grant *grant;

	conn = watch_open(NULL);
	grant = watch_lock(conn, "k");
	stand_still();
	watch_expect(conn, msync_release(grant), MSYNC_E_SILENT);
	go_on();
	gauge_await(P, "lock", "released", 1);
	expect_clean("lock");
}
END_TEST

START_TEST(put_that_is_not_answered_goes_on_when_its_grant_is_released)
{
	struct msync_pool *pool;
	struct msync_grant *grant;

	conn = watch_open(NULL);
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
	watch_expect(conn, msync_pool_get(pool, 0, NULL, &grant), 0);
	stand_still();
	watch_expect(conn, msync_pool_put(grant, "1", 1), MSYNC_E_SILENT);
	watch_expect(conn, msync_pool_put(grant, "1", 1), MSYNC_E_INVALID);
	watch_release(grant);
	go_on();
	ck_assert_int_eq(msync_pool_available(pool), 1);
	msync_pool_free(pool);
	expect_clean("pool");
}
END_TEST

START_TEST(reset_that_is_not_answered_is_carried_out)
{
	struct lost lost = {0};
	struct msync_grant *grant, *next;

	conn = watch_open_lost(&lost);
	grant = watch_lock(conn, "k");
	stand_still();
	watch_expect(conn, msync_reset(conn), MSYNC_E_SILENT);
	go_on();
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert(msync_grant_is_lost(grant));
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	/* The daemon tells of losses again. */
	next = watch_lock(conn, "k");
	ck_assert_int_eq(msync_renew(next, 1), 0);
	watch_count(conn, &lost.n, 1);
	ck_assert_int_eq(msync_release(next), MSYNC_E_LOST);
	expect_clean("lock");
	ck_assert_int_eq(lost.n, 1);
}
END_TEST

/* Event loops ------------------------------------------------------ */

START_TEST(started_calls_are_told_once_that_nobody_answers)
{
	struct told lock = {0}, limit = {0}, renewed = {0}, asked = {0};
	struct msync_grant *grant;

	conn = watch_open(NULL);
	lock.conn = conn;
	grant = watch_lock(conn, "held");
	stand_still();
	(void)watch_start(conn, "k", 5, &lock);
	ck_assert_int_eq(msync_limit_borrow_start(
			     conn, "l", 1, 0, NULL, watch_told, &limit, NULL),
	    0);
	ck_assert_int_eq(
	    msync_renew_start(grant, 60000, watch_told, &renewed), 0);
	ck_assert_int_eq(
	    msync_ask_start(conn, "ping", NULL, 0, watch_told, &asked, NULL),
	    0);
	watch_expect(conn, watch_await(conn, &lock), MSYNC_E_SILENT);
	ck_assert_ptr_nonnull(strstr(lock.words, "does not answer"));
	ck_assert_int_eq(limit.code, MSYNC_E_SILENT);
	ck_assert_int_eq(renewed.code, MSYNC_E_SILENT);
	ck_assert_int_eq(asked.code, MSYNC_E_SILENT);
	ck_assert_ptr_null(asked.result);
	ck_assert_int_eq(msync_timeout(conn), -1);
	go_on();
	watch_release(grant);
	ck_assert_int_eq(watch_process(conn), 0);
	present_await(P, "limit", 0);
	expect_clean("lock");
	ck_assert_int_eq(lock.n + limit.n + renewed.n + asked.n, 4);
}
END_TEST

START_TEST(wait_without_an_end_is_not_given_up)
{
	struct told endless = {0}, bounded = {0};

	conn = watch_open(NULL);
	stand_still();
	(void)watch_start(conn, "endless", MSYNC_FOREVER, &endless);
	(void)watch_start(conn, "bounded", 0, &bounded);
	watch_expect(conn, watch_await(conn, &bounded), MSYNC_E_SILENT);
	ck_assert_int_eq(msync_timeout(conn), -1);
	ck_assert_int_eq(endless.n, 0);
	go_on();
	watch_expect(conn, watch_await(conn, &endless), 0);
	watch_release(endless.grant);
	expect_clean("lock");
}
END_TEST

START_TEST(call_that_gives_up_takes_no_other_along)
{
	struct told told = {0};
	struct msync_grant *grant;

	conn = watch_open(NULL);
	(void)watch_start(conn, "started", MSYNC_FOREVER, &told);
	stand_still();
	watch_expect(conn, msync_lock_acquire(conn, "k", 0, NULL, &grant),
	    MSYNC_E_SILENT);
	go_on();
	watch_expect(conn, watch_await(conn, &told), 0);
	watch_release(told.grant);
	expect_clean("lock");
}
END_TEST

/* Never held up ---------------------------------------------------- */

#define PAD_BYTES 60000

/* What a crowd of calls was told. */
struct crowd_told {
	int n;
	bool seen[100000];
};
static struct crowd_told crowd;

static void on_crowd(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	size_t number = (size_t)((bool *)ctx - crowd.seen);

	ck_assert_int_eq(code, 0);
	ck_assert(!crowd.seen[number]);
	crowd.seen[number] = true;
	crowd.n++;
	ck_assert_int_eq(grant != NULL, number % 2);
	if (grant != NULL)
		ck_assert_int_eq(msync_release_start(grant, NULL, NULL), 0);
	msync_result_free(result);
}

/* Starts long questions and short requests for locks in turn; how many were
 * taken before the handle was full. */
static int start_until_full(const char *members)
{
	char key[32];
	int n = 0, code;

	do {
		(void)snprintf(key, sizeof(key), "k%d", n);
		code = n % 2 ? msync_lock_acquire_start(conn, key, 0, NULL,
				   on_crowd, &crowd.seen[n], NULL)
			     : msync_ask_start(conn, "ping", members, 0,
				   on_crowd, &crowd.seen[n], NULL);
	} while (code == 0 && ++n < 100000);
	watch_expect(conn, code, MSYNC_E_FULL);
	return n;
}

START_TEST(start_never_waits_and_says_when_the_handle_is_full)
{
	char *members = malloc(PAD_BYTES);
	struct msync_opts *opts = watch_opts();
	int n;

	ck_assert_ptr_nonnull(members);
	memset(members, 'a', PAD_BYTES);
	memcpy(members, "\"x_\":\"", 6);
	memcpy(members + PAD_BYTES - 2, "\"", 2);
	msync_opts_set_answer_ms(opts, MSYNC_FOREVER);
	conn = watch_open(opts);
	daemon_freeze(&server);
	n = start_until_full(members);
	/* So much waits to be sent, and is to be waited for. */
	ck_assert_int_gt(n / 2 * PAD_BYTES, 16000000);
	ck_assert_int_eq(crowd.n, 0);
	/* What is full is the output, not the handle. */
	ck_assert_int_eq(watch_process(conn), 0);
	daemon_thaw(&server);
	watch_count(conn, &crowd.n, n);
	free(members);
	expect_clean("lock");
	ck_assert_int_eq(crowd.n, n);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    call_gives_up_when_its_wait_and_the_answer_are_overdue,
	    grant_that_comes_too_late_is_given_back,
	    wait_that_was_given_up_is_cancelled,
	    release_that_is_not_answered_is_carried_out,
	    put_that_is_not_answered_goes_on_when_its_grant_is_released,
	    reset_that_is_not_answered_is_carried_out,
	    started_calls_are_told_once_that_nobody_answers,
	    wait_without_an_end_is_not_given_up,
	    call_that_gives_up_takes_no_other_along,
	    start_never_waits_and_says_when_the_handle_is_full,
	    NULL,
	};

	return run_tests("silent", tests);
}
