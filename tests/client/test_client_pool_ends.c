/* SPDX-License-Identifier: MIT */
/*
 * How what a pool lent by libmsync ends: with its lease, its token, its handle
 * or its process; and that its value is destroyed once.
 */
#include "child.h"
#include "objects.h"

#include <stdlib.h>
#include <string.h>

static int get_and_stay(struct msync_conn *conn, void *ctx)
{
	struct msync_pool *pool = handles_pool(conn, "pg", 2);
	struct msync_grant *grant;

	expect_code(conn, msync_pool_get(pool, MSYNC_FOREVER, NULL, &grant), 0);
	gate_pass(ctx);
	return 1;
}

START_TEST(object_of_a_process_that_is_killed_is_destroyed_by_the_next_one)
{
	struct msync_pool *pool = handles_pool(one, "pg", 2);
	struct gate *gate = shared_new(sizeof(*gate));
	struct msync_grant *grant;
	struct maker maker = {.n_created = 0};
	pid_t borrower, creator;

	gate_init(gate);
	put_object(get_object(pool), "[1]");
	borrower = child_start(get_and_stay, gate);
	gate_await(gate, 1);
	creator = child_start(get_and_stay, gate);
	gate_await(gate, 1);
	expect_counts(pool, 2, 0);
	child_kill(borrower);
	child_kill(creator);
	gauge_await(P, "pool", "holds", 0);
	expect_counts(pool, 0, 0);
	/* Once, and not what had no value yet. */
	msync_pool_set_callbacks(pool, NULL, maker_destroy, &maker);
	grant = get_object(pool);
	ck_assert_str_eq(maker.destroyed, "[1];");
	ck_assert_ptr_null(msync_grant_value(grant, NULL));
	put_object(grant, "[2]");
	put_object(get_object(pool), NULL);
	ck_assert_str_eq(maker.destroyed, "[1];");
	shared_free(gate, sizeof(*gate));
}
END_TEST

START_TEST(object_that_outlives_its_borrowers_is_lent_again)
{
	struct msync_pool *pool = handles_pool(one, "pg", 0);
	struct msync_conn *conn = handle_open(NULL);
	struct msync_pool *other = handles_pool(conn, "pg", 0);
	struct maker maker = {.n_created = 0};
	struct msync_grant *grant;

	expect_ok(ask(P, "{'op':'pool.set','key':'pg','items':[9001]}"));
	msync_pool_set_callbacks(pool, NULL, maker_destroy, &maker);
	expect_code(conn, msync_pool_get(other, 0, NULL, &grant), 0);
	msync_close(conn);
	expect_lost_grant(grant);
	expect_code(one, msync_pool_get(pool, 60000, NULL, &grant), 0);
	expect_object(grant, "9001");
	ck_assert_str_eq(maker.destroyed, "");
	give_back(grant);
}
END_TEST

START_TEST(what_a_pool_lent_stays_lent_when_the_pool_is_freed)
{
	struct msync_pool *pool, *again = handles_pool(one, "pg", 1);
	struct msync_grant *grant;

	ck_assert_int_eq(msync_pool_new(&pool, one, "pg", 1), 0);
	grant = get_object(pool);
	msync_pool_free(pool);
	expect_counts(again, 1, 0);
	put_object(grant, "1");
	grant = get_object(again);
	expect_object(grant, "1");
	give_back(grant);
}
END_TEST

START_TEST(pool_may_be_freed_after_its_handle)
{
	struct msync_conn *conn = handle_open(NULL);
	struct msync_grant *grant;
	struct msync_pool *pool;

	ck_assert_int_eq(msync_pool_new(&pool, conn, "pg", 1), 0);
	expect_code(conn, msync_pool_get(pool, 0, NULL, &grant), 0);
	msync_close(conn);
	ck_assert_int_eq(msync_pool_put(grant, "1", 1), MSYNC_E_LOST);
	ck_assert_int_eq(msync_pool_drop(grant), MSYNC_E_LOST);
	expect_lost_grant(grant);
	msync_pool_free(pool);
	gauge_await(P, "pool", "holds", 0);
}
END_TEST

START_TEST(object_is_lost_with_its_lease)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *late;

	put_object(get_object(pool), "1");
	expect_code(one,
	    msync_pool_get(pool, 0, with(MSYNC_TERM_LEASE_MS, 1000), &late), 0);
	let_pass(1010);
	expect_failure(
	    one, msync_pool_put(late, "2", 1), MSYNC_E_LOST, "pg", NULL);
	expect_code(one, msync_pool_drop(late), MSYNC_E_LOST);
	expect_lost_grant(late);
	expect_counts(pool, 0, 0);
}
END_TEST

START_TEST(detached_object_goes_back_and_is_renewed_by_its_token)
{
	struct msync_terms *detached =
	    also(with(MSYNC_TERM_DETACHED, 1), MSYNC_TERM_LEASE_MS, 60000);
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant;
	int64_t token;

	put_object(get_object(pool), "1");
	expect_code(one, msync_pool_get(pool, 0, detached, &grant), 0);
	token = msync_grant_token(grant);
	expect_code(one, msync_reset(one), 0);
	expect_counts(pool, 1, 0);
	expect_code(
	    two, msync_renew_token(two, MSYNC_POOL, "pg", token, 70000), 0);
	expect_code(two, msync_release_token(two, MSYNC_POOL, "pg", token), 0);
	expect_counts(pool, 1, 1);
	expect_code(two, msync_release_token(two, MSYNC_POOL, "pg", token),
	    MSYNC_E_NOT_HELD);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}
END_TEST

START_TEST(instance_stands_before_the_keys_of_pools)
{
	struct msync_opts *opts = handles_opts();
	struct msync_conn *shop;
	struct msync_grant *grant;
	struct msync_pool *pool;

	ck_assert_int_eq(msync_opts_set_instance(opts, "shop"), 0);
	shop = handle_open(opts);
	pool = handles_pool(shop, "pg", 1);
	expect_code(shop, msync_pool_get(pool, 0, NULL, &grant), 0);
	ck_assert_str_eq(msync_grant_key(grant), "shop/pg");
	put_object(grant, "1");
	expect_counts(pool, 1, 1);
	expect_counts(handles_pool(one, "pg", 1), 0, 0);
	expect_counts(handles_pool(one, "shop/pg", 1), 1, 1);
	ck_assert_int_eq(msync_pool_clear(pool), 1);
	msync_close(shop);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    object_of_a_process_that_is_killed_is_destroyed_by_the_next_one,
	    object_that_outlives_its_borrowers_is_lent_again,
	    what_a_pool_lent_stays_lent_when_the_pool_is_freed,
	    pool_may_be_freed_after_its_handle,
	    object_is_lost_with_its_lease,
	    detached_object_goes_back_and_is_renewed_by_its_token,
	    instance_stands_before_the_keys_of_pools,
	    NULL,
	};

	return handles_run("client_pool_ends", tests);
}
