/* SPDX-License-Identifier: MIT */
/*
 * What each _start comes to: the grant, result or code that the call which
 * waits would have given, by exactly one callback.
 */
#include "watch.h"

#include <string.h>

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

static void expect_value(struct msync_result *result, const char *json)
{
	size_t len;
	const char *value = msync_result_value(result, &len);

	ck_assert_ptr_nonnull(value);
	ck_assert_str_eq(value, json);
	ck_assert_uint_eq(len, strlen(json));
	msync_result_free(result);
}

/* What a _start comes to ------------------------------------------- */

START_TEST(lock_comes_by_callback_and_is_held_then)
{
	struct told told = {0};

	open_handle();
	(void)watch_start(conn, "k", 0, &told);
	ck_assert_int_eq(told.n, 0);
	watch_expect(conn, watch_await(conn, &told), 0);
	ck_assert_ptr_null(told.result);
	ck_assert_str_eq(msync_grant_key(told.grant), "k");
	ck_assert_int_eq(msync_grant_kind(told.grant), MSYNC_LOCK);
	ck_assert_int_gt(msync_grant_token(told.grant), 0);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	watch_release(told.grant);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 0);
	close_handle();
}
END_TEST

START_TEST(lock_that_is_waited_for_comes_when_its_holder_lets_go)
{
	struct told told = {0};

	open_handle();
	acquire(A, "k");
	(void)watch_start(conn, "k", MSYNC_FOREVER, &told);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(told.n, 0);
	client_close(A);
	watch_expect(conn, watch_await(conn, &told), 0);
	ck_assert(msync_grant_is_abandoned(told.grant));
	watch_release(told.grant);
	close_handle();
}
END_TEST

START_TEST(permits_come_with_their_terms)
{
	struct msync_terms *terms = watch_terms(MSYNC_TERM_PERMITS, 3);
	struct told told = {0}, full = {0};

	open_handle();
	ck_assert_int_eq(msync_limit_borrow_start(
			     conn, "l", 4, 0, terms, watch_told, &told, NULL),
	    0);
	ck_assert_int_eq(msync_limit_borrow_start(
			     conn, "l", 4, 0, terms, watch_told, &full, NULL),
	    0);
	msync_terms_free(terms);
	watch_expect(conn, watch_await(conn, &full), MSYNC_E_BUSY);
	ck_assert_ptr_null(full.grant);
	ck_assert_int_eq(told.code, 0);
	expect(ask(P, "{'op':'limit.info','key':'l'}"),
	    "{'ok':true,'capacity':4,'in_use':3}");
	watch_release(told.grant);
	close_handle();
}
END_TEST

START_TEST(flight_makes_one_leader_and_its_follower_gets_the_value)
{
	struct msync_conn *other = watch_open(NULL);
	struct told lead = {0}, follow = {0}, done = {0};

	open_handle();
	ck_assert_int_eq(msync_flight_begin_start(conn, "f", MSYNC_FOREVER,
			     NULL, watch_told, &lead, NULL),
	    0);
	watch_expect(conn, watch_await(conn, &lead), 0);
	ck_assert_ptr_null(lead.result);
	ck_assert_int_eq(msync_flight_begin_start(other, "f", MSYNC_FOREVER,
			     NULL, watch_told, &follow, NULL),
	    0);
	gauge_await(P, "flight", "waits", 1);
	ck_assert_int_eq(msync_flight_finish_start(
			     lead.grant, "[0.10]", 6, 0, watch_told, &done),
	    0);
	ck_assert_int_eq(watch_await(conn, &done), 1);
	watch_release(lead.grant);
	watch_expect(other, watch_await(other, &follow), 0);
	ck_assert_ptr_null(follow.grant);
	ck_assert(!msync_result_is_failure(follow.result));
	expect_value(follow.result, "[0.10]");
	close_handle();
	watch_close(other);
}
END_TEST

START_TEST(flight_that_fails_tells_its_follower_why)
{
	struct msync_conn *other = watch_open(NULL);
	struct told follow = {.conn = other}, done = {0};
	struct msync_grant *lead;
	struct msync_result *result;

	open_handle();
	watch_expect(
	    conn, msync_flight_begin(conn, "f", 0, NULL, &lead, &result), 0);
	ck_assert_int_eq(msync_flight_begin_start(other, "f", MSYNC_FOREVER,
			     NULL, watch_told, &follow, NULL),
	    0);
	gauge_await(P, "flight", "waits", 1);
	ck_assert_int_eq(msync_flight_fail_start(lead, "no such page", "404", 3,
			     0, watch_told, &done),
	    0);
	ck_assert_int_eq(watch_await(conn, &done), 1);
	watch_release(lead);
	watch_expect(other, watch_await(other, &follow), MSYNC_E_FLIGHT_FAILED);
	ck_assert_str_eq(follow.words, "no such page");
	ck_assert(msync_result_is_failure(follow.result));
	ck_assert_str_eq(msync_result_message(follow.result), "no such page");
	expect_value(follow.result, "404");
	close_handle();
	watch_close(other);
}
END_TEST

/* The objects of a pool are numbers. */
static int make_number(void *ctx, char **json, size_t *len)
{
	static const char digits[] = "0123456789";
	int *n_made = ctx;

	(void)len;
	*json = strndup(digits + ++*n_made, 1);
	return 0;
}

START_TEST(pool_object_is_created_before_the_callback_and_lent_again)
{
	struct told first = {0}, second = {0}, put = {0}, drop = {0};
	struct msync_pool *pool;
	int n_made = 0;

	open_handle();
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
	msync_pool_set_callbacks(pool, make_number, NULL, &n_made);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, watch_told, &first, NULL), 0);
	watch_expect(conn, watch_await(conn, &first), 0);
	ck_assert_str_eq(msync_grant_value(first.grant, NULL), "1");
	ck_assert_int_eq(
	    msync_pool_put_start(first.grant, NULL, 0, watch_told, &put), 0);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, watch_told, &second, NULL), 0);
	watch_expect(conn, watch_await(conn, &second), 0);
	ck_assert_int_eq(put.code, 0);
	ck_assert_str_eq(msync_grant_value(second.grant, NULL), "1");
	ck_assert_int_eq(
	    msync_pool_drop_start(second.grant, watch_told, &drop), 0);
	ck_assert_int_eq(watch_await(conn, &drop), 0);
	ck_assert_int_eq(n_made, 1);
	ck_assert_int_eq(msync_pool_size(pool), 0);
	watch_release(first.grant);
	watch_release(second.grant);
	msync_pool_free(pool);
	close_handle();
}
END_TEST

START_TEST(question_is_answered_with_the_whole_answer_also_by_a_refusal)
{
	struct told good = {0}, bad = {0};
	const char *answer;

	open_handle();
	ck_assert_int_eq(
	    msync_ask_start(conn, "limit.set", "\"key\":\"l\",\"capacity\":3",
		0, watch_told, &good, NULL),
	    0);
	ck_assert_int_eq(msync_ask_start(conn, "limit.info", "\"key\":\"m\"", 0,
			     watch_told, &bad, NULL),
	    0);
	watch_expect(conn, watch_await(conn, &bad), MSYNC_E_UNKNOWN_KEY);
	ck_assert_int_eq(good.code, 0);
	answer = msync_result_value(good.result, NULL);
	ck_assert_ptr_nonnull(strstr(answer, "\"ok\":true"));
	answer = msync_result_value(bad.result, NULL);
	ck_assert_ptr_nonnull(strstr(answer, "\"unknown_key\""));
	msync_result_free(good.result);
	msync_result_free(bad.result);
	close_handle();
}
END_TEST

START_TEST(lease_that_is_renewed_and_release_are_answered_by_callback)
{
	struct msync_grant *grant;
	struct told renewed = {0}, released = {0};

	open_handle();
	grant = watch_lock(conn, "k");
	ck_assert_int_eq(
	    msync_renew_start(grant, 60000, watch_told, &renewed), 0);
	ck_assert_int_eq(msync_release_start(grant, watch_told, &released), 0);
	ck_assert_int_eq(watch_await(conn, &released), 0);
	ck_assert_int_eq(renewed.n, 1);
	ck_assert_int_eq(renewed.code, 0);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 0);
	close_handle();
}
END_TEST

START_TEST(start_that_is_refused_at_once_is_never_called_back)
{
	struct told told = {0};
	struct msync_call *call = (struct msync_call *)&told;

	open_handle();
	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "\xff", 0, NULL, watch_told, &told, &call),
	    MSYNC_E_INVALID);
	ck_assert_ptr_null(call);
	watch_close(conn);
	ck_assert_int_eq(told.n, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_comes_by_callback_and_is_held_then,
	    lock_that_is_waited_for_comes_when_its_holder_lets_go,
	    permits_come_with_their_terms,
	    flight_makes_one_leader_and_its_follower_gets_the_value,
	    flight_that_fails_tells_its_follower_why,
	    pool_object_is_created_before_the_callback_and_lent_again,
	    question_is_answered_with_the_whole_answer_also_by_a_refusal,
	    lease_that_is_renewed_and_release_are_answered_by_callback,
	    start_that_is_refused_at_once_is_never_called_back,
	    NULL,
	};

	return run_tests("starts", tests);
}
