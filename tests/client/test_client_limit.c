/* SPDX-License-Identifier: MIT */
/* Limits by libmsync: permits, their number, and who waits for them. */
#include "child.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static struct msync_grant *borrow(struct msync_conn *conn, const char *key,
    int capacity, const struct msync_terms *terms)
{
	struct msync_grant *grant;

	expect_code(conn,
	    msync_limit_try_borrow(conn, key, capacity, terms, &grant), 0);
	return grant;
}

/* Asserts what msync_limit_info says. */
static void expect_info(
    const char *key, int64_t capacity, int64_t in_use, int64_t waiting)
{
	int64_t seen[3] = {-1, -1, -1};

	expect_code(
	    two, msync_limit_info(two, key, &seen[0], &seen[1], &seen[2]), 0);
	ck_assert_int_eq(seen[0], capacity);
	ck_assert_int_eq(seen[1], in_use);
	ck_assert_int_eq(seen[2], waiting);
}

START_TEST(permits_are_lent_up_to_the_capacity_and_come_back)
{
	struct msync_grant *a = borrow(one, "api", 2, NULL);
	struct msync_grant *b = borrow(one, "api", 2, NULL), *c = a;
	int code = msync_limit_try_borrow(two, "api", 2, NULL, &c);

	expect_failure(two, code, MSYNC_E_BUSY, "api", NULL);
	ck_assert_ptr_null(c);
	expect_holder(two, "one", 0);
	expect_info("api", 2, 2, 0);
	ck_assert_int_eq(msync_grant_kind(a), MSYNC_LIMIT);
	ck_assert_str_eq(msync_grant_key(a), "api");
	ck_assert_int_gt(msync_grant_token(b), msync_grant_token(a));
	give_back(a);
	expect_info("api", 2, 1, 0);
	c = borrow(two, "api", 0, NULL);
	give_back(c);
	give_back(b);
	emptiness_await(P);
}
END_TEST

START_TEST(wait_for_a_permit_ends_with_timeout_after_its_time)
{
	struct msync_grant *held = borrow(one, "api", 1, NULL), *grant = held;
	long begin = now_ms();
	int code = msync_limit_borrow(two, "api", 1, 100, NULL, &grant);

	expect_failure(two, code, MSYNC_E_TIMEOUT, "api", "waited", NULL);
	ck_assert_int_ge(now_ms() - begin, 100);
	ck_assert_ptr_null(grant);
	expect_holder(two, "one", 100);
	expect_code(two, msync_limit_borrow(two, "api", 1, -7, NULL, &grant),
	    MSYNC_E_INVALID);
	give_back(held);
}
END_TEST

/* What a child borrows. */
struct wish {
	int permits, wait_ms;
};

static int borrow_and_return(struct msync_conn *conn, void *ctx)
{
	const struct wish *wish = ctx;
	struct msync_grant *grant;
	int code = msync_limit_borrow(conn, "api", 0, wish->wait_ms,
	    with(MSYNC_TERM_PERMITS, wish->permits), &grant);

	expect_code(conn, code, 0);
	give_back(grant);
	return 7;
}

START_TEST(permits_pass_to_who_waits_and_nobody_overtakes)
{
	struct msync_grant *held =
	    borrow(one, "api", 5, with(MSYNC_TERM_PERMITS, 3));
	struct wish large = {3, MSYNC_FOREVER}, small = {1, 60000};
	struct msync_grant *grant;
	pid_t waiting[2];

	waiting[0] = child_start(borrow_and_return, &large);
	gauge_await(P, "limit", "waits", 1);
	waiting[1] = child_start(borrow_and_return, &small);
	gauge_await(P, "limit", "waits", 2);
	/* Two are free, but who asks for one stands behind who asks for 3. */
	expect_info("api", 5, 3, 2);
	expect_code(two, msync_limit_try_borrow(two, "api", 5, NULL, &grant),
	    MSYNC_E_BUSY);
	give_back(held);
	child_expect(waiting[0], 7);
	child_expect(waiting[1], 7);
	emptiness_await(P);
}
END_TEST

START_TEST(permits_of_one_grant_are_lent_and_come_back_together)
{
	struct msync_grant *three =
	    borrow(one, "api", 5, with(MSYNC_TERM_PERMITS, 3));
	struct msync_grant *two_more =
	    borrow(one, "api", 5, with(MSYNC_TERM_PERMITS, 2));
	struct msync_grant *none;

	expect_info("api", 5, 5, 0);
	give_back(three);
	expect_info("api", 5, 2, 0);
	expect_code(one,
	    msync_limit_try_borrow(
		one, "api", 5, with(MSYNC_TERM_PERMITS, 4), &none),
	    MSYNC_E_BUSY);
	expect_failure(one,
	    msync_limit_try_borrow(
		one, "api", 5, with(MSYNC_TERM_PERMITS, 6), &none),
	    MSYNC_E_BAD_REQUEST, "6 permits", NULL);
	give_back(two_more);
}
END_TEST

START_TEST(queue_for_permits_is_full_where_max_waiters_wait_already)
{
	struct msync_grant *held = borrow(one, "api", 1, NULL), *grant = held;
	int code = msync_limit_borrow(
	    two, "api", 1, 60000, with(MSYNC_TERM_MAX_WAITERS, 0), &grant);

	expect_failure(two, code, MSYNC_E_QUEUE_FULL, "api", NULL);
	ck_assert_ptr_null(grant);
	expect_holder(two, "one", 0);
	give_back(held);
}
END_TEST

/* Capacities ----------------------------------------------------------- */

START_TEST(limit_that_nobody_has_made_is_unknown)
{
	struct msync_grant *grant;
	int64_t n = 17;

	expect_failure(one, msync_limit_borrow(one, "api", 0, 0, NULL, &grant),
	    MSYNC_E_UNKNOWN_KEY, "api", NULL);
	ck_assert_ptr_null(grant);
	expect_code(
	    one, msync_limit_info(one, "api", &n, &n, &n), MSYNC_E_UNKNOWN_KEY);
	ck_assert_int_eq(n, 17);
	/* What was made by use is gone with its last use. */
	give_back(borrow(one, "api", 3, NULL));
	expect_code(one, msync_limit_info(one, "api", NULL, NULL, NULL),
	    MSYNC_E_UNKNOWN_KEY);
}
END_TEST

START_TEST(limit_that_was_set_stays_and_is_had_without_a_capacity)
{
	struct msync_grant *grant;
	int64_t n = -1;

	expect_code(one, msync_limit_set(one, "api", 3), 0);
	expect_info("api", 3, 0, 0);
	grant = borrow(two, "api", 0, NULL);
	/* Each of the three may be left out. */
	expect_code(one, msync_limit_info(one, "api", NULL, NULL, NULL), 0);
	expect_code(one, msync_limit_info(one, "api", NULL, &n, NULL), 0);
	ck_assert_int_eq(n, 1);
	give_back(grant);
	expect_info("api", 3, 0, 0);
	expect_code(one, msync_limit_set(one, "api", INT_MAX), 0);
	expect_info("api", INT_MAX, 0, 0);
}
END_TEST

START_TEST(other_capacity_is_a_conflict_unless_it_is_adopted)
{
	struct msync_grant *held = borrow(one, "api", 2, NULL), *grant = held;
	int code = msync_limit_try_borrow(two, "api", 3, NULL, &grant);

	expect_failure(two, code, MSYNC_E_CONFLICT, "capacity 3", "2", NULL);
	ck_assert_ptr_null(grant);
	grant = borrow(two, "api", 3, with(MSYNC_TERM_ADOPT, 1));
	expect_info("api", 2, 2, 0);
	give_back(grant);
	expect_code(two,
	    msync_limit_try_borrow(
		two, "api", 3, with(MSYNC_TERM_ADOPT, 0), &grant),
	    MSYNC_E_CONFLICT);
	give_back(held);
}
END_TEST

START_TEST(raised_capacity_lets_in_who_waits_and_a_lowered_one_takes_nothing)
{
	struct wish wish = {1, MSYNC_FOREVER};
	struct msync_grant *held[2], *none;
	pid_t waiting;

	held[0] = borrow(one, "api", 1, NULL);
	waiting = child_start(borrow_and_return, &wish);
	gauge_await(P, "limit", "waits", 1);
	expect_code(one, msync_limit_set(one, "api", 2), 0);
	child_expect(waiting, 7);
	held[1] = borrow(one, "api", 2, NULL);
	expect_code(one, msync_limit_set(one, "api", 1), 0);
	expect_info("api", 1, 2, 0);
	give_back(held[0]);
	expect_code(one, msync_limit_try_borrow(one, "api", 1, NULL, &none),
	    MSYNC_E_BUSY);
	give_back(held[1]);
	give_back(borrow(one, "api", 1, NULL));
}
END_TEST

START_TEST(capacity_below_one_is_refused)
{
	struct msync_grant *grant;

	expect_failure(one, msync_limit_set(one, "api", 0), MSYNC_E_BAD_REQUEST,
	    "capacity", NULL);
	expect_code(one, msync_limit_set(one, "api", -1), MSYNC_E_BAD_REQUEST);
	expect_failure(one, msync_limit_borrow(one, "api", -1, 0, NULL, &grant),
	    MSYNC_E_BAD_REQUEST, "capacity", NULL);
	ck_assert_ptr_null(grant);
}
END_TEST

/* Ends ----------------------------------------------------------------- */

START_TEST(permits_end_with_their_lease_and_their_release_is_too_late)
{
	struct msync_terms *soon =
	    also(with(MSYNC_TERM_LEASE_MS, 1000), MSYNC_TERM_PERMITS, 2);
	struct msync_grant *late = borrow(one, "api", 2, soon), *next;

	expect_code(
	    two, msync_limit_borrow(two, "api", 2, 60000, NULL, &next), 0);
	expect_lost_grant(late);
	expect_info("api", 2, 1, 0);
	/* Only locks can be abandoned. */
	ck_assert_int_eq(msync_grant_is_abandoned(next), 0);
	run_out(next);
	expect_lost_grant(next);
}
END_TEST

START_TEST(detached_permits_are_returned_and_renewed_by_their_token)
{
	struct msync_terms *detached =
	    also(with(MSYNC_TERM_DETACHED, 1), MSYNC_TERM_LEASE_MS, 60000);
	struct msync_conn *conn = handle_open(NULL);
	struct msync_grant *grant = borrow(one, "other", 1, NULL);
	int64_t token = msync_grant_token(grant);

	/* What belongs to a connection is not to be had by its token. */
	expect_code(two, msync_release_token(two, MSYNC_LIMIT, "other", token),
	    MSYNC_E_NOT_HELD);
	give_back(grant);

	grant = borrow(conn, "api", 1, detached);
	token = msync_grant_token(grant);
	msync_close(conn);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	expect_info("api", 1, 1, 0);
	expect_code(
	    one, msync_renew_token(one, MSYNC_LIMIT, "api", token, 70000), 0);
	expect_code(
	    one, msync_release_token(one, MSYNC_LIMIT, "api", token), 0);
	expect_code(one, msync_release_token(one, MSYNC_LIMIT, "api", token),
	    MSYNC_E_NOT_HELD);
	emptiness_await(P);
}
END_TEST

static int borrow_and_stay(struct msync_conn *conn, void *ctx)
{
	(void)borrow(conn, "api", 3, with(MSYNC_TERM_PERMITS, 2));
	gate_pass(ctx);
	return 1;
}

START_TEST(permits_of_a_process_that_is_killed_are_free_again)
{
	struct gate *gate = shared_new(sizeof(*gate));
	struct msync_grant *grant;
	pid_t holder;

	gate_init(gate);
	holder = child_start(borrow_and_stay, gate);
	gate_await(gate, 1);
	expect_info("api", 3, 2, 0);
	child_kill(holder);
	expect_code(one,
	    msync_limit_borrow(
		one, "api", 3, 60000, with(MSYNC_TERM_PERMITS, 3), &grant),
	    0);
	give_back(grant);
	shared_free(gate, sizeof(*gate));
}
END_TEST

START_TEST(instance_stands_before_the_keys_of_limits)
{
	struct msync_opts *opts = handles_opts();
	struct msync_grant *grant;
	struct msync_conn *shop;

	ck_assert_int_eq(msync_opts_set_instance(opts, "shop"), 0);
	shop = handle_open(opts);
	expect_code(shop, msync_limit_set(shop, "api", 4), 0);
	expect_info("shop/api", 4, 0, 0);
	grant = borrow(shop, "api", 0, NULL);
	ck_assert_str_eq(msync_grant_key(grant), "shop/api");
	expect_info("shop/api", 4, 1, 0);
	give_back(grant);
	expect_code(one, msync_limit_info(one, "api", NULL, NULL, NULL),
	    MSYNC_E_UNKNOWN_KEY);
	expect_code(shop, msync_limit_info(shop, "api", NULL, NULL, NULL), 0);
	msync_close(shop);
}
END_TEST

/* Looks at the limit while the callback runs. */
static int look(void *ctx)
{
	int64_t *seen = ctx;

	expect_code(two, msync_limit_info(two, "api", NULL, seen, NULL), 0);
	return 0;
}

START_TEST(limit_do_runs_the_callback_while_it_holds_the_permits)
{
	struct msync_grant *held = borrow(two, "api", 3, NULL);
	int64_t in_use = -1;

	expect_code(one,
	    msync_limit_do(
		one, "api", 0, 0, with(MSYNC_TERM_PERMITS, 2), look, &in_use),
	    0);
	ck_assert_int_eq(in_use, 3);
	in_use = -1;
	expect_failure(one,
	    msync_limit_do(
		one, "api", 3, 0, with(MSYNC_TERM_PERMITS, 3), look, &in_use),
	    MSYNC_E_BUSY, "two", NULL);
	ck_assert_int_eq(in_use, -1);
	expect_info("api", 3, 1, 0);
	give_back(held);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    permits_are_lent_up_to_the_capacity_and_come_back,
	    wait_for_a_permit_ends_with_timeout_after_its_time,
	    permits_pass_to_who_waits_and_nobody_overtakes,
	    permits_of_one_grant_are_lent_and_come_back_together,
	    queue_for_permits_is_full_where_max_waiters_wait_already,
	    limit_that_nobody_has_made_is_unknown,
	    limit_that_was_set_stays_and_is_had_without_a_capacity,
	    other_capacity_is_a_conflict_unless_it_is_adopted,
	    raised_capacity_lets_in_who_waits_and_a_lowered_one_takes_nothing,
	    capacity_below_one_is_refused,
	    permits_end_with_their_lease_and_their_release_is_too_late,
	    detached_permits_are_returned_and_renewed_by_their_token,
	    permits_of_a_process_that_is_killed_are_free_again,
	    instance_stands_before_the_keys_of_limits,
	    limit_do_runs_the_callback_while_it_holds_the_permits,
	    NULL,
	};

	return handles_run("client_limit", tests);
}
