/* SPDX-License-Identifier: MIT */
/*
 * Grants in an event loop: calls about them that overlap, and what becomes of
 * a grant that is released meanwhile. In the end the daemon has nothing left
 * that a caller believes to have let go.
 */
#include "watch.h"

static struct msync_conn *conn;
static struct msync_pool *pool;

/* A pool without callbacks, and an object to be created, from it. */
static struct msync_grant *open_pool(void)
{
	struct msync_grant *grant;

	conn = watch_open(NULL);
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
	watch_expect(conn, msync_pool_get(pool, 0, NULL, &grant), 0);
	ck_assert_ptr_null(msync_grant_value(grant, NULL));
	return grant;
}

static void close_pool(void)
{
	msync_pool_free(pool);
	watch_close(conn);
}

static struct msync_grant *lead(const char *key)
{
	struct msync_result *result;
	struct msync_grant *grant;

	watch_expect(
	    conn, msync_flight_begin(conn, key, 0, NULL, &grant, &result), 0);
	ck_assert_ptr_nonnull(grant);
	return grant;
}

/* Calls that overlap ----------------------------------------------- */

START_TEST(second_call_that_lets_go_is_invalid_while_the_first_is_under_way)
{
	struct told put = {0}, never = {0};
	struct msync_grant *grant = open_pool();

	ck_assert_int_eq(
	    msync_pool_put_start(grant, "1", 1, watch_told, &put), 0);
	ck_assert_int_eq(
	    msync_pool_put_start(grant, "2", 1, watch_told, &never),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_pool_drop_start(grant, watch_told, &never), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_renew_start(grant, 1000, watch_told, &never),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(msync_pool_put(grant, "3", 1), MSYNC_E_INVALID);
	watch_expect(conn, watch_await(conn, &put), 0);
	/* Nor is there anything to let go of afterwards. */
	ck_assert_int_eq(msync_pool_drop(grant), MSYNC_E_INVALID);
	watch_release(grant);
	ck_assert_int_eq(msync_pool_available(pool), 1);
	close_pool();
	ck_assert_int_eq(never.n, 0);
}
END_TEST

START_TEST(grant_of_another_kind_cannot_be_finished_or_put)
{
	struct msync_grant *lock, *led;

	conn = watch_open(NULL);
	lock = watch_lock(conn, "k");
	led = lead("f");
	ck_assert_int_eq(
	    msync_flight_finish_start(lock, NULL, 0, 0, NULL, NULL),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_flight_fail_start(lock, NULL, NULL, 0, 0, NULL, NULL),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_pool_put_start(led, NULL, 0, NULL, NULL), MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_pool_drop_start(lock, NULL, NULL), MSYNC_E_INVALID);
	watch_release(lock);
	watch_release(led);
	watch_close(conn);
}
END_TEST

START_TEST(put_goes_on_when_its_grant_is_released)
{
	struct told put = {0};
	struct msync_grant *grant = open_pool();

	ck_assert_int_eq(
	    msync_pool_put_start(grant, "{}", 2, watch_told, &put), 0);
	watch_release(grant);
	ck_assert_int_eq(put.n, 0);
	watch_expect(conn, watch_await(conn, &put), 0);
	ck_assert_int_eq(msync_pool_available(pool), 1);
	close_pool();
}
END_TEST

START_TEST(put_that_is_refused_is_given_up_when_its_grant_is_released)
{
	struct told put = {0};
	struct msync_grant *grant = open_pool();

	/* Created, and without a value. */
	ck_assert_int_eq(
	    msync_pool_put_start(grant, NULL, 0, watch_told, &put), 0);
	ck_assert_int_eq(msync_release_start(grant, NULL, NULL), 0);
	watch_expect(conn, watch_await(conn, &put), MSYNC_E_BAD_REQUEST);
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(msync_pool_size(pool), 0);
	ck_assert_int_eq(gauge(P, "pool", "holds"), 0);
	close_pool();
}
END_TEST

START_TEST(finish_goes_on_when_its_lead_is_released)
{
	struct told finished = {0};
	struct msync_grant *led;

	conn = watch_open(NULL);
	led = lead("f");
	ask_to_wait(A, "{'id':'f','op':'flight.begin','key':'f'}");
	ck_assert_int_eq(
	    msync_flight_finish_start(led, "1", 1, 0, watch_told, &finished),
	    0);
	watch_release(led);
	ck_assert_int_eq(watch_await(conn, &finished), 1);
	expect(client_answer(A), "{'ok':true,'leader':false,'value':1}");
	watch_close(conn);
}
END_TEST

START_TEST(release_of_what_was_let_go_calls_back_too)
{
	struct told put = {0}, first = {0}, second = {0};
	struct msync_grant *grant = open_pool(), *next;

	ck_assert_int_eq(
	    msync_pool_put_start(grant, "1", 1, watch_told, &put), 0);
	ck_assert_int_eq(msync_release_start(grant, watch_told, &first), 0);
	ck_assert_int_eq(first.n, 0);
	ck_assert_int_eq(msync_timeout(conn), 0);
	watch_expect(conn, watch_await(conn, &put), 0);
	watch_expect(conn, msync_pool_get(pool, 0, NULL, &next), 0);
	watch_expect(conn, msync_pool_drop(next), 0);
	ck_assert_int_eq(msync_release_start(next, watch_told, &second), 0);
	watch_expect(conn, watch_await(conn, &second), 0);
	ck_assert_int_eq(first.n, 1);
	ck_assert_int_eq(first.code, 0);
	close_pool();
}
END_TEST

START_TEST(release_behind_the_end_of_the_handle_is_refused)
{
	struct told never = {0};
	struct msync_grant *held, *ended = open_pool();

	held = watch_lock(conn, "k");
	ck_assert_int_eq(msync_pool_drop(ended), 0);
	close_pool();
	ck_assert_int_eq(
	    msync_release_start(held, watch_told, &never), MSYNC_E_LOST);
	ck_assert_int_eq(
	    msync_release_start(ended, watch_told, &never), MSYNC_E_CLOSED);
	ck_assert_int_eq(never.n, 0);
}
END_TEST

START_TEST(renewal_is_answered_before_the_release_behind_it)
{
	struct told renewed = {0}, released = {0};
	struct msync_grant *grant;

	conn = watch_open(NULL);
	grant = watch_lock(conn, "k");
	ck_assert_int_eq(
	    msync_renew_start(grant, 60000, watch_told, &renewed), 0);
	ck_assert_int_eq(
	    msync_renew_start(grant, 60000, watch_told, &renewed), 0);
	ck_assert_int_eq(msync_release_start(grant, watch_told, &released), 0);
	watch_expect(conn, watch_await(conn, &released), 0);
	ck_assert_int_eq(renewed.n, 2);
	ck_assert_int_eq(renewed.code, 0);
	watch_close(conn);
}
END_TEST

START_TEST(calls_about_a_hold_that_ended_say_that_it_is_lost)
{
	struct told shortened = {0}, renewed = {0}, released = {0};
	struct msync_grant *grant;

	conn = watch_open(NULL);
	grant = watch_lock(conn, "k");
	ck_assert_int_eq(
	    msync_renew_start(grant, 1, watch_told, &shortened), 0);
	gauge_await(P, "lock", "lease_expired", 1);
	/* The daemon has said so, and nobody has read it yet. */
	ck_assert_int_eq(
	    msync_renew_start(grant, 1000, watch_told, &renewed), 0);
	ck_assert_int_eq(msync_release_start(grant, watch_told, &released), 0);
	watch_expect(conn, watch_await(conn, &released), MSYNC_E_LOST);
	ck_assert_int_eq(shortened.n, 1);
	ck_assert_int_eq(shortened.code, 0);
	ck_assert_int_eq(renewed.n, 1);
	ck_assert_int_eq(renewed.code, MSYNC_E_LOST);
	watch_close(conn);
}
END_TEST

/* A null is no value ----------------------------------------------- */

START_TEST(object_that_was_put_as_null_is_still_lent)
{
	struct told put = {0}, again = {0};
	struct msync_grant *grant = open_pool();

	ck_assert_int_eq(
	    msync_pool_put_start(grant, "null", 4, watch_told, &put), 0);
	ck_assert_int_eq(watch_await(conn, &put), MSYNC_IGNORED);
	ck_assert_int_eq(gauge(P, "pool", "holds"), 1);
	ck_assert_int_eq(
	    msync_pool_put_start(grant, "1", 1, watch_told, &again), 0);
	ck_assert_int_eq(watch_await(conn, &again), 0);
	watch_release(grant);
	ck_assert_int_eq(msync_pool_available(pool), 1);
	close_pool();
}
END_TEST

START_TEST(object_that_was_put_as_null_can_be_released)
{
	struct msync_grant *grant = open_pool();

	ck_assert_int_eq(msync_pool_put(grant, "null", 4), MSYNC_IGNORED);
	watch_release(grant);
	ck_assert_int_eq(gauge(P, "pool", "holds"), 0);
	close_pool();
}
END_TEST

START_TEST(lead_that_was_finished_for_one_follower_is_not_lost_later)
{
	struct lost lost = {0};
	struct msync_grant *led;

	conn = watch_open_lost(&lost);
	led = lead("f");
	ask_to_wait(A, "{'id':'f','op':'flight.begin','key':'f'}");
	ck_assert_int_eq(msync_flight_finish(led, "1", 1, 0), 1);
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	ck_assert(!msync_grant_is_lost(led));
	ck_assert_int_eq(lost.n, 0);
	watch_release(led);
	watch_close(conn);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    second_call_that_lets_go_is_invalid_while_the_first_is_under_way,
	    grant_of_another_kind_cannot_be_finished_or_put,
	    put_goes_on_when_its_grant_is_released,
	    put_that_is_refused_is_given_up_when_its_grant_is_released,
	    finish_goes_on_when_its_lead_is_released,
	    release_of_what_was_let_go_calls_back_too,
	    release_behind_the_end_of_the_handle_is_refused,
	    renewal_is_answered_before_the_release_behind_it,
	    calls_about_a_hold_that_ended_say_that_it_is_lost,
	    object_that_was_put_as_null_is_still_lent,
	    object_that_was_put_as_null_can_be_released,
	    lead_that_was_finished_for_one_follower_is_not_lost_later,
	    NULL,
	};

	return run_tests("grants", tests);
}
