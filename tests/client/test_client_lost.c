/* SPDX-License-Identifier: MIT */
/*
 * Holds that end without their holder's doing, in an event loop: on_lost hears
 * of each of them once, and of no other; and nobody is given a grant that is
 * known to be lost.
 */
#include "watch.h"

#include <string.h>

static struct msync_conn *conn;
static struct lost lost;

static void expect_lost_once(struct msync_grant *grant, const char *reason)
{
	ck_assert_int_eq(lost.n, 1);
	ck_assert_ptr_eq(lost.grant, grant);
	ck_assert_str_eq(lost.reason, reason);
}

/* A lock whose lease is over before the call is told of its grant. */
static void start_short_lease(struct told *told)
{
	struct msync_terms *terms = watch_terms(MSYNC_TERM_LEASE_MS, 1);

	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "k", 0, terms, watch_told, told, NULL),
	    0);
	msync_terms_free(terms);
	watch_expect(conn, msync_ping(conn), 0);
	gauge_await(P, "lock", "lease_expired", 1);
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(told->n, 0);
}

/* Held ------------------------------------------------------------- */

START_TEST(hold_whose_lease_runs_out_is_lost_once)
{
	struct msync_grant *grant;

	conn = watch_open_lost(&lost);
	grant = watch_lock(conn, "k");
	ck_assert_int_eq(msync_renew(grant, 1), 0);
	watch_count(conn, &lost.n, 1);
	expect_lost_once(grant, "lease");
	ck_assert_int_eq(watch_process(conn), 0);
	watch_expect(conn, msync_renew(grant, 1000), MSYNC_E_LOST);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	ck_assert_int_eq(watch_process(conn), 0);
	watch_close(conn);
	ck_assert_int_eq(lost.n, 1);
}
END_TEST

START_TEST(calls_that_wait_leave_a_lost_hold_to_msync_process)
{
	struct msync_grant *grant;

	conn = watch_open_lost(&lost);
	grant = watch_lock(conn, "k");
	ck_assert_int_eq(msync_renew(grant, 1), 0);
	gauge_await(P, "lock", "lease_expired", 1);
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert(msync_grant_is_lost(grant));
	ck_assert_int_eq(lost.n, 0);
	ck_assert_int_eq(msync_timeout(conn), 0);
	ck_assert_int_eq(watch_process(conn), 0);
	expect_lost_once(grant, "lease");
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	watch_close(conn);
}
END_TEST

START_TEST(each_hold_of_a_broken_connection_is_lost_once)
{
	struct msync_grant *grants[3];

	conn = watch_open_lost(&lost);
	grants[0] = watch_lock(conn, "0");
	grants[1] = watch_lock(conn, "1");
	grants[2] = watch_lock(conn, "2");
	watch_release(grants[1]);
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	ck_assert_int_eq(lost.n, 2);
	ck_assert_str_eq(lost.reason, "conn");
	ck_assert_int_eq(watch_process(conn), MSYNC_E_CONN);
	ck_assert_int_eq(msync_release(grants[0]), MSYNC_E_LOST);
	ck_assert_int_eq(msync_release(grants[2]), MSYNC_E_LOST);
	watch_close(conn);
	ck_assert_int_eq(lost.n, 2);
}
END_TEST

START_TEST(lost_grant_may_be_released_where_it_is_told)
{
	conn = watch_open_lost(&lost);
	lost.releases = true;
	(void)watch_lock(conn, "0");
	(void)watch_lock(conn, "1");
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	ck_assert_int_eq(lost.n, 2);
	ck_assert_str_eq(lost.reason, "conn");
	watch_close(conn);
}
END_TEST

START_TEST(lost_grant_that_is_released_before_is_not_told_of)
{
	struct msync_grant *grant;

	conn = watch_open_lost(&lost);
	grant = watch_lock(conn, "k");
	daemon_kill(&server);
	ck_assert_int_eq(msync_ping(conn), MSYNC_E_CONN);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	ck_assert_int_eq(watch_process(conn), MSYNC_E_CONN);
	ck_assert_int_eq(lost.n, 0);
	watch_close(conn);
}
END_TEST

/* By one's own doing ----------------------------------------------- */

START_TEST(holds_that_the_handle_ends_itself_are_not_told_of)
{
	struct msync_grant *grant;

	conn = watch_open_lost(&lost);
	grant = watch_lock(conn, "reset");
	watch_expect(conn, msync_reset(conn), 0);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	grant = watch_lock(conn, "close");
	watch_close(conn);
	ck_assert_int_eq(lost.n, 0);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}
END_TEST

START_TEST(hold_that_was_lost_before_is_told_of_by_close)
{
	struct msync_grant *grant;

	conn = watch_open_lost(&lost);
	grant = watch_lock(conn, "k");
	daemon_kill(&server);
	ck_assert_int_eq(msync_ping(conn), MSYNC_E_CONN);
	ck_assert_int_eq(lost.n, 0);
	watch_close(conn);
	expect_lost_once(grant, "conn");
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}
END_TEST

/* Between the grant and the callback ------------------------------- */

START_TEST(grant_that_ends_with_its_connection_before_it_is_told_is_none)
{
	struct told told = {0};

	conn = watch_open_lost(&lost);
	lost.releases = true;
	told.conn = conn;
	(void)watch_start(conn, "k", 0, &told);
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	ck_assert_int_eq(told.n, 1);
	watch_expect(conn, told.code, MSYNC_E_CONN);
	ck_assert_ptr_null(told.grant);
	ck_assert_ptr_nonnull(strstr(told.words, "\"k\""));
	ck_assert_int_eq(lost.n, 0);
	watch_close(conn);
}
END_TEST

START_TEST(grant_whose_lease_is_over_before_it_is_told_is_none)
{
	struct told told = {0};

	conn = watch_open_lost(&lost);
	lost.releases = true;
	start_short_lease(&told);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(told.n, 1);
	watch_expect(conn, told.code, MSYNC_E_LOST);
	ck_assert_ptr_null(told.grant);
	ck_assert_int_eq(lost.n, 0);
	watch_close(conn);
}
END_TEST

START_TEST(grant_that_close_ends_before_it_is_told_is_none)
{
	struct told told = {0};

	conn = watch_open_lost(&lost);
	(void)watch_start(conn, "k", 0, &told);
	watch_expect(conn, msync_ping(conn), 0);
	watch_close(conn);
	ck_assert_int_eq(told.n, 1);
	ck_assert_int_eq(told.code, MSYNC_E_CLOSED);
	ck_assert_ptr_null(told.grant);
	ck_assert_int_eq(lost.n, 0);
}
END_TEST

START_TEST(grant_that_reset_ends_before_it_is_told_is_none)
{
	struct told told = {0};

	conn = watch_open_lost(&lost);
	(void)watch_start(conn, "k", 0, &told);
	watch_expect(conn, msync_reset(conn), 0);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(told.n, 1);
	watch_expect(conn, told.code, MSYNC_E_CANCELLED);
	ck_assert_ptr_null(told.grant);
	ck_assert_int_eq(lost.n, 0);
	watch_close(conn);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    hold_whose_lease_runs_out_is_lost_once,
	    calls_that_wait_leave_a_lost_hold_to_msync_process,
	    each_hold_of_a_broken_connection_is_lost_once,
	    lost_grant_may_be_released_where_it_is_told,
	    lost_grant_that_is_released_before_is_not_told_of,
	    holds_that_the_handle_ends_itself_are_not_told_of,
	    hold_that_was_lost_before_is_told_of_by_close,
	    grant_that_ends_with_its_connection_before_it_is_told_is_none,
	    grant_whose_lease_is_over_before_it_is_told_is_none,
	    grant_that_close_ends_before_it_is_told_is_none,
	    grant_that_reset_ends_before_it_is_told_is_none,
	    NULL,
	};

	return run_tests("lost", tests);
}
