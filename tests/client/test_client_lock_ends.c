/* SPDX-License-Identifier: MIT */
/*
 * How locks end that were got by libmsync: by their lease, by their token,
 * with their handle, with their process; and what the next holder learns.
 */
#include "child.h"

#include <stdlib.h>
#include <string.h>

/* Leases --------------------------------------------------------------- */

START_TEST(lock_without_a_lease_stays_and_one_with_a_lease_ends)
{
	struct msync_grant *stays = take(one, "stays");
	struct msync_grant *ends =
	    take_with(one, "ends", with(MSYNC_TERM_LEASE_MS, 1000));

	let_pass(1010);
	ck_assert_int_eq(msync_grant_is_lost(ends), 1);
	ck_assert_int_eq(gauge(P, "lock", "lease_expired"), 1);
	expect_failure(
	    one, msync_release(ends), MSYNC_E_LOST, "ends", "lease", NULL);
	give_back(stays);
}
END_TEST

START_TEST(lock_whose_lease_ran_out_is_the_next_ones_and_abandoned)
{
	struct msync_grant *late = take(one, "k"), *next;

	expect_code(one, msync_renew(late, 50), 0);

	expect_code(two, msync_lock_acquire(two, "k", 60000, NULL, &next), 0);
	ck_assert_int_eq(msync_grant_is_abandoned(next), 1);
	ck_assert_int_gt(msync_grant_token(next), msync_grant_token(late));
	/* The late release changes nothing. */
	expect_lost_grant(late);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	give_back(next);
	ck_assert_int_eq(was_abandoned(one, "k"), 0);
}
END_TEST

START_TEST(release_that_is_too_late_is_lost_even_if_nobody_looked_before)
{
	struct msync_grant *late = take(one, "k");

	run_out(late);
	/* The word of it is still unread in the socket. */
	expect_failure(one, msync_release(late), MSYNC_E_LOST, "\"k\"", NULL);
}
END_TEST

START_TEST(renewed_lock_outlasts_its_first_lease)
{
	struct msync_grant *grant =
	    take_with(one, "k", with(MSYNC_TERM_LEASE_MS, 20000));

	expect_code(one, msync_renew(grant, 60000), 0);
	expect_code(one, msync_renew(grant, 50), 0);
	let_pass(60);
	ck_assert_int_eq(msync_grant_is_lost(grant), 1);
	expect_failure(
	    one, msync_renew(grant, 60000), MSYNC_E_LOST, "\"k\"", NULL);
	expect_lost_grant(grant);

	grant = take_with(one, "k", with(MSYNC_TERM_LEASE_MS, 2000));
	expect_code(one, msync_renew(grant, 60000), 0);
	let_pass(2010);
	give_back(grant);
}
END_TEST

START_TEST(renewal_gives_a_lease_to_a_lock_that_had_none)
{
	struct msync_grant *grant = take(one, "k");

	expect_failure(
	    one, msync_renew(grant, 0), MSYNC_E_BAD_REQUEST, "lease_ms", NULL);
	expect_code(one, msync_renew(grant, 50), 0);
	let_pass(60);
	expect_lost_grant(grant);
}
END_TEST

/* Tells that a grant was lost, and of which reason. */
static void on_lost(void *ctx, struct msync_grant *grant, const char *reason)
{
	char *told = ctx;

	strcat(told, msync_grant_key(grant));
	strcat(told, " ");
	strcat(told, reason);
	strcat(told, "; ");
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}

START_TEST(on_lost_is_called_by_msync_process_once_for_each_lost_lock)
{
	struct msync_opts *opts = handles_opts();
	struct msync_grant *lost, *kept;
	struct msync_conn *conn;
	char told[64] = "";

	ck_assert_int_eq(msync_opts_set_on_lost(opts, on_lost, told), 0);
	conn = handle_open(opts);
	lost = take(conn, "a");
	(void)take(conn, "b");
	kept = take(conn, "c");
	expect_code(conn, msync_renew(kept, 60000), 0);
	give_back(kept);
	run_out(lost);
	/* Calls that wait leave it for msync_process. */
	expect_code(conn, msync_ping(conn), 0);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(msync_process(conn), 0);
	ck_assert_str_eq(told, "a lease; ");
	ck_assert_int_eq(msync_process(conn), 0);
	daemon_kill(&server);
	while (msync_process(conn) == 0)
		continue;
	ck_assert_str_eq(told, "a lease; b conn; ");
	msync_close(conn);
	ck_assert_str_eq(told, "a lease; b conn; ");
}
END_TEST

/* Detached, and by token --------------------------------------------- */

START_TEST(detached_lock_outlives_its_handle_and_ends_by_its_token)
{
	struct msync_terms *detached =
	    also(with(MSYNC_TERM_DETACHED, 1), MSYNC_TERM_LEASE_MS, 60000);
	struct msync_conn *conn = handle_open(NULL);
	struct msync_grant *grant = take_with(conn, "k", detached);
	int64_t token = msync_grant_token(grant);

	msync_close(conn);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	expect_code(
	    one, msync_lock_acquire(one, "k", 0, NULL, &grant), MSYNC_E_BUSY);
	expect_failure(one, msync_release_token(one, MSYNC_LOCK, "k", 1),
	    MSYNC_E_STALE_TOKEN, "\"k\"", NULL);
	expect_code(one, msync_release_token(one, MSYNC_LOCK, "k", token), 0);
	expect_code(one, msync_release_token(one, MSYNC_LOCK, "k", token),
	    MSYNC_E_NOT_HELD);
	ck_assert_int_eq(was_abandoned(two, "k"), 0);
}
END_TEST

START_TEST(detached_lock_is_released_by_its_grant_too_even_after_a_reopen)
{
	struct msync_terms *detached =
	    also(with(MSYNC_TERM_DETACHED, 1), MSYNC_TERM_LEASE_MS, 60000);
	struct msync_grant *grant = take_with(one, "k", detached);

	give_back(grant);
	grant = take_with(one, "k", detached);
	expect_code(one, msync_reopen(one), 0);
	give_back(grant);
	grant = take_with(one, "k", detached);
	expect_code(one, msync_reset(one), 0);
	give_back(grant);
	emptiness_await(P);
}
END_TEST

START_TEST(detached_lock_needs_a_lease)
{
	struct msync_grant *grant;
	int code = msync_lock_acquire(
	    one, "k", 0, with(MSYNC_TERM_DETACHED, 1), &grant);

	expect_failure(one, code, MSYNC_E_BAD_REQUEST, "lease_ms", NULL);
	/* 0 is as if it were not said. */
	grant = take_with(one, "k", with(MSYNC_TERM_DETACHED, 0));
	give_back(grant);
}
END_TEST

START_TEST(detached_lock_is_renewed_by_its_token_until_it_is_too_late)
{
	struct msync_terms *detached =
	    also(with(MSYNC_TERM_DETACHED, 1), MSYNC_TERM_LEASE_MS, 2000);
	struct msync_grant *grant = take_with(one, "k", detached);
	int64_t token = msync_grant_token(grant);

	expect_code(
	    two, msync_renew_token(two, MSYNC_LOCK, "k", token, 60000), 0);
	let_pass(2010);
	expect_code(two, msync_renew_token(two, MSYNC_LOCK, "k", token, 50), 0);
	let_pass(60);
	expect_code(two, msync_renew_token(two, MSYNC_LOCK, "k", token, 50),
	    MSYNC_E_NOT_HELD);
	/* No event tells of a detached one: the release finds out. */
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	ck_assert_int_eq(was_abandoned(two, "k"), 1);
}
END_TEST

START_TEST(lock_of_a_connection_is_not_released_by_its_token_elsewhere)
{
	struct msync_grant *grant = take(one, "k");
	int64_t token = msync_grant_token(grant);

	expect_code(two, msync_release_token(two, MSYNC_LOCK, "k", token),
	    MSYNC_E_STALE_TOKEN);
	expect_code(two, msync_renew_token(two, MSYNC_LOCK, "k", token, 50),
	    MSYNC_E_NOT_HELD);
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	/* On its own, it is; and the grant learns of it when it is freed. */
	expect_code(
	    one, msync_renew_token(one, MSYNC_LOCK, "k", token, 60000), 0);
	expect_code(one, msync_release_token(one, MSYNC_LOCK, "k", token), 0);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}
END_TEST

/* Instances -------------------------------------------------------------- */

static struct msync_conn *open_instance(const char *name)
{
	struct msync_opts *opts = handles_opts();

	ck_assert_int_eq(msync_opts_set_instance(opts, name), 0);
	return handle_open(opts);
}

START_TEST(instance_stands_before_every_key)
{
	struct msync_terms *detached =
	    also(with(MSYNC_TERM_DETACHED, 1), MSYNC_TERM_LEASE_MS, 60000);
	struct msync_conn *shop = open_instance("shop");
	struct msync_grant *grant = take(shop, "k"), *other;
	int64_t token;

	ck_assert_str_eq(msync_grant_key(grant), "shop/k");
	expect_failure(two, msync_lock_acquire(two, "shop/k", 0, NULL, &other),
	    MSYNC_E_BUSY, "shop/k", NULL);
	give_back(take(two, "k"));
	give_back(grant);

	grant = take_with(shop, "k", detached);
	token = msync_grant_token(grant);
	expect_code(
	    shop, msync_renew_token(shop, MSYNC_LOCK, "k", token, 60000), 0);
	expect_code(two, msync_release_token(two, MSYNC_LOCK, "k", token),
	    MSYNC_E_NOT_HELD);
	expect_code(shop, msync_release_token(shop, MSYNC_LOCK, "k", token), 0);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	msync_close(shop);
}
END_TEST

START_TEST(instances_do_not_meet_and_two_handles_of_one_do)
{
	struct msync_conn *shop = open_instance("shop");
	struct msync_conn *same = open_instance("shop");
	struct msync_conn *bank = open_instance("bank");
	struct msync_grant *held = take(shop, "k"), *grant;

	give_back(take(bank, "k"));
	expect_code(
	    same, msync_lock_acquire(same, "k", 0, NULL, &grant), MSYNC_E_BUSY);
	give_back(held);
	give_back(take(same, "k"));
	msync_close(bank);
	msync_close(same);
	msync_close(shop);
}
END_TEST

/* Abandoned --------------------------------------------------------- */

static int hold_k(struct msync_conn *conn, void *ctx)
{
	/* Where memory checkers find it at the end of the process. */
	static struct msync_grant *volatile held;

	held = take(conn, "k");
	ck_assert_ptr_nonnull(held);
	gate_pass(ctx);
	return 0;
}

START_TEST(lock_of_a_process_that_is_killed_is_abandoned_once)
{
	struct gate *gate = shared_new(sizeof(*gate));
	struct msync_grant *next;
	pid_t holder;

	gate_init(gate);
	holder = child_start(hold_k, gate);
	gate_await(gate, 1);
	child_kill(holder);
	expect_code(one, msync_lock_acquire(one, "k", 60000, NULL, &next), 0);
	ck_assert_int_eq(msync_grant_is_abandoned(next), 1);
	give_back(next);
	ck_assert_int_eq(was_abandoned(one, "k"), 0);
	shared_free(gate, sizeof(*gate));
}
END_TEST

START_TEST(lock_of_a_process_that_just_ends_is_abandoned_too)
{
	struct gate *gate = shared_new(sizeof(*gate));
	pid_t holder;

	gate_init(gate);
	gate_let(gate, 1);
	holder = child_start(hold_k, gate);
	child_expect(holder, 0);
	gauge_await(P, "lock", "holds", 0);
	ck_assert_int_eq(was_abandoned(one, "k"), 1);
	shared_free(gate, sizeof(*gate));
}
END_TEST

START_TEST(lock_of_a_handle_that_is_closed_is_abandoned)
{
	struct msync_conn *conn = handle_open(NULL);
	struct msync_grant *held = take(conn, "k"), *next;

	msync_close(conn);
	/* The grant outlives the handle, and still tells what it was. */
	ck_assert_str_eq(msync_grant_key(held), "k");
	expect_lost_grant(held);
	expect_code(one, msync_lock_acquire(one, "k", 60000, NULL, &next), 0);
	ck_assert_int_eq(msync_grant_is_abandoned(next), 1);
	give_back(next);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_without_a_lease_stays_and_one_with_a_lease_ends,
	    lock_whose_lease_ran_out_is_the_next_ones_and_abandoned,
	    release_that_is_too_late_is_lost_even_if_nobody_looked_before,
	    renewed_lock_outlasts_its_first_lease,
	    renewal_gives_a_lease_to_a_lock_that_had_none,
	    on_lost_is_called_by_msync_process_once_for_each_lost_lock,
	    detached_lock_outlives_its_handle_and_ends_by_its_token,
	    detached_lock_is_released_by_its_grant_too_even_after_a_reopen,
	    detached_lock_needs_a_lease,
	    detached_lock_is_renewed_by_its_token_until_it_is_too_late,
	    lock_of_a_connection_is_not_released_by_its_token_elsewhere,
	    instance_stands_before_every_key,
	    instances_do_not_meet_and_two_handles_of_one_do,
	    lock_of_a_process_that_is_killed_is_abandoned_once,
	    lock_of_a_process_that_just_ends_is_abandoned_too,
	    lock_of_a_handle_that_is_closed_is_abandoned,
	    NULL,
	};

	return handles_run("client_lock_ends", tests);
}
