/* SPDX-License-Identifier: MIT */
/*
 * Pools by libmsync without callbacks: objects are got, put back, dropped and
 * counted, and values stay what they are. Callbacks are in
 * test_client_pool_do.c.
 */
#include "child.h"
#include "objects.h"

#include <stdlib.h>
#include <string.h>

START_TEST(object_is_created_put_and_lent_again_with_its_value)
{
	struct msync_pool *pool = handles_pool(one, "pg", 2);
	struct msync_grant *grant;

	expect_counts(pool, 0, 0);
	grant = get_object(pool);
	ck_assert_int_eq(msync_grant_kind(grant), MSYNC_POOL);
	ck_assert_str_eq(msync_grant_key(grant), "pg");
	ck_assert_int_gt(msync_grant_token(grant), 0);
	expect_object(grant, NULL);
	expect_counts(pool, 1, 0);
	put_object(grant, "{\"port\":0.10}");
	expect_counts(pool, 1, 1);
	grant = get_object(pool);
	expect_object(grant, "{\"port\":0.10}");
	/* As it was, and then with another value. */
	put_object(grant, NULL);
	grant = get_object(pool);
	expect_object(grant, "{\"port\":0.10}");
	ck_assert_ptr_nonnull(msync_grant_value(grant, NULL));
	put_object(grant, "[\n1 ]");
	grant = get_object(pool);
	expect_object(grant, "[ 1 ]");
	give_back(grant);
	expect_counts(pool, 1, 1);
}
END_TEST

START_TEST(release_puts_an_object_back_and_drops_one_without_a_value)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant = get_object(pool);

	give_back(grant);
	expect_counts(pool, 0, 0);
	put_object(get_object(pool), "1");
	give_back(get_object(pool));
	expect_counts(pool, 1, 1);
	grant = get_object(pool);
	expect_object(grant, "1");
	give_back(grant);
}
END_TEST

START_TEST(put_of_nothing_is_ignored_and_the_object_stays_lent)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant = get_object(pool);

	ck_assert_int_eq(msync_pool_put(NULL, "1", 1), MSYNC_IGNORED);
	ck_assert_int_eq(msync_pool_put(NULL, NULL, 0), MSYNC_IGNORED);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(
		    msync_pool_put(grant, " null", MSYNC_NUL_TERMINATED),
		    MSYNC_IGNORED);
		expect_counts(pool, 1, 0);
	}
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	ck_assert_int_eq(msync_pool_put(grant, "1", 1), 0);
	expect_counts(pool, 1, 1);
	give_back(grant);
	grant = get_object(pool);
	ck_assert_int_eq(msync_pool_put(grant, "null", 4), MSYNC_IGNORED);
	give_back(grant);
	expect_counts(pool, 1, 1);
}
END_TEST

START_TEST(object_that_cannot_be_put_stays_lent)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant = get_object(pool);
	size_t len = 1024 * 1024;
	char *json = long_number(len);

	expect_failure(one, msync_pool_put(grant, NULL, 0), MSYNC_E_BAD_REQUEST,
	    "value", NULL);
	expect_failure(one, msync_pool_put(grant, "oops", 4), MSYNC_E_INVALID,
	    "not JSON", NULL);
	expect_failure(one, msync_pool_put(grant, json, len), MSYNC_E_TOO_LONG,
	    "1048576", NULL);
	expect_counts(pool, 1, 0);
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	ck_assert_int_eq(msync_pool_put(grant, json, len - 1000), 0);
	give_back(grant);
	grant = get_object(pool);
	ck_assert_ptr_nonnull(msync_grant_value(grant, &len));
	ck_assert_uint_eq(len, 1024 * 1024 - 1000);
	ck_assert_mem_eq(msync_grant_value(grant, NULL), json, len);
	give_back(grant);
	free(json);
}
END_TEST

START_TEST(object_that_is_too_much_to_keep_stays_lent)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant = get_object(pool);
	char *json = long_number(A_MILLION);

	use_up_share(two);
	expect_failure(one, msync_pool_put(grant, json, A_MILLION),
	    MSYNC_E_QUOTA, "pg", "bytes", NULL);
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	expect_counts(pool, 1, 0);
	ck_assert_int_eq(msync_pool_drop(grant), 0);
	give_back(grant);
	free(json);
}
END_TEST

START_TEST(object_that_is_dropped_leaves_its_place)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant = get_object(pool);

	ck_assert_int_eq(msync_pool_drop(grant), 0);
	expect_counts(pool, 0, 0);
	expect_failure(
	    one, msync_pool_drop(grant), MSYNC_E_INVALID, "pg", NULL);
	expect_code(one, msync_pool_put(grant, "1", 1), MSYNC_E_INVALID);
	give_back(grant);
	put_object(get_object(pool), "1");
	grant = get_object(pool);
	ck_assert_int_eq(msync_pool_drop(grant), 0);
	/* The value is still there to be destroyed. */
	expect_object(grant, "1");
	give_back(grant);
	expect_counts(pool, 0, 0);
}
END_TEST

START_TEST(only_an_object_can_be_put_or_dropped)
{
	struct msync_grant *lock = take(one, "k");

	expect_failure(one, msync_pool_put(lock, "1", 1), MSYNC_E_INVALID,
	    "lock \"k\"", NULL);
	expect_failure(
	    one, msync_pool_drop(lock), MSYNC_E_INVALID, "lock \"k\"", NULL);
	give_back(lock);
}
END_TEST

/* Waiting, and settings ------------------------------------------------ */

static int get_and_release(struct msync_conn *conn, void *ctx)
{
	struct msync_pool *pool = handles_pool(conn, "pg", 1);
	struct msync_grant *grant;

	(void)ctx;
	expect_code(conn, msync_pool_get(pool, MSYNC_FOREVER, NULL, &grant), 0);
	expect_object(grant, "1");
	give_back(grant);
	return 7;
}

START_TEST(objects_are_never_more_than_the_capacity_and_pass_to_who_waits)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_pool *other = handles_pool(two, "pg", 1);
	struct msync_grant *held = get_object(pool), *grant = held;
	long begin = now_ms();
	pid_t waiting;

	expect_failure(two, msync_pool_get(other, 0, NULL, &grant),
	    MSYNC_E_BUSY, "pg", NULL);
	ck_assert_ptr_null(grant);
	expect_holder(two, "one", 0);
	expect_code(
	    two, msync_pool_get(other, 50, NULL, &grant), MSYNC_E_TIMEOUT);
	ck_assert_int_ge(now_ms() - begin, 50);
	expect_holder(two, "one", 50);
	waiting = child_start(get_and_release, NULL);
	gauge_await(P, "pool", "waits", 1);
	expect_code(two,
	    msync_pool_get(
		other, 60000, with(MSYNC_TERM_MAX_WAITERS, 1), &grant),
	    MSYNC_E_QUEUE_FULL);
	expect_counts(pool, 1, 0);
	put_object(held, "1");
	child_expect(waiting, 7);
	expect_counts(pool, 1, 1);
}
END_TEST

START_TEST(pool_that_nobody_has_made_is_unknown_and_empty)
{
	struct msync_pool *pool = handles_pool(one, "pg", 0);
	struct msync_grant *grant;

	expect_failure(one, msync_pool_get(pool, 0, NULL, &grant),
	    MSYNC_E_UNKNOWN_KEY, "pg", NULL);
	ck_assert_ptr_null(grant);
	expect_counts(pool, 0, 0);
	ck_assert_int_eq(msync_pool_clear(pool), 0);
	expect_ok(ask(P, "{'op':'pool.set','key':'pg','items':[1,2]}"));
	expect_counts(pool, 2, 2);
	give_back(get_object(pool));
}
END_TEST

START_TEST(other_settings_are_a_conflict_unless_they_are_adopted)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_pool *other = handles_pool(two, "pg", 2);
	struct msync_grant *held = get_object(pool), *grant;

	expect_failure(two, msync_pool_get(other, 0, NULL, &grant),
	    MSYNC_E_CONFLICT, "capacity 2", NULL);
	ck_assert_ptr_null(grant);
	put_object(held, "1");
	expect_code(two,
	    msync_pool_get(other, 0, with(MSYNC_TERM_ADOPT, 1), &grant), 0);
	expect_object(grant, "1");
	give_back(grant);
	/* The same for how long objects may be idle. */
	ck_assert_int_eq(msync_pool_set_max_idle(pool, 60000), 0);
	held = get_object(handles_pool(one, "pg", 1));
	expect_failure(one, msync_pool_get(pool, 0, NULL, &grant),
	    MSYNC_E_CONFLICT, "max_idle_ms", NULL);
	give_back(held);
}
END_TEST

START_TEST(settings_out_of_their_range_are_invalid)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1), *none = pool;

	expect_failure(one, msync_pool_new(&none, one, "pg", -1),
	    MSYNC_E_INVALID, "pool \"pg\": -1 is no capacity", NULL);
	ck_assert_ptr_null(none);
	expect_failure(one, msync_pool_set_max_idle(pool, -1), MSYNC_E_INVALID,
	    "pool \"pg\": -1 ms is no time", NULL);
	expect_failure(one, msync_pool_set_max_idle(pool, INT64_MAX),
	    MSYNC_E_INVALID, "is no time", NULL);
	ck_assert_int_eq(msync_pool_set_max_idle(pool, 0), 0);
	give_back(get_object(pool));
	msync_pool_free(NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    object_is_created_put_and_lent_again_with_its_value,
	    release_puts_an_object_back_and_drops_one_without_a_value,
	    put_of_nothing_is_ignored_and_the_object_stays_lent,
	    object_that_cannot_be_put_stays_lent,
	    object_that_is_too_much_to_keep_stays_lent,
	    object_that_is_dropped_leaves_its_place,
	    only_an_object_can_be_put_or_dropped,
	    objects_are_never_more_than_the_capacity_and_pass_to_who_waits,
	    pool_that_nobody_has_made_is_unknown_and_empty,
	    other_settings_are_a_conflict_unless_they_are_adopted,
	    settings_out_of_their_range_are_invalid,
	    NULL,
	};

	return handles_run("client_pool", tests);
}
