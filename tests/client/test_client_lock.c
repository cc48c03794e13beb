/* SPDX-License-Identifier: MIT */
/* Locks by libmsync: to get one, to wait for one, to let it go. */
#include "child.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

START_TEST(lock_is_granted_with_its_kind_its_key_and_a_token)
{
	struct msync_grant *grant = take(one, "account/7");

	ck_assert_int_eq(msync_grant_kind(grant), MSYNC_LOCK);
	ck_assert_str_eq(msync_grant_key(grant), "account/7");
	ck_assert_int_gt(msync_grant_token(grant), 0);
	ck_assert_int_eq(msync_grant_is_abandoned(grant), 0);
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	give_back(grant);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 0);
}
END_TEST

START_TEST(tokens_of_a_key_rise_with_every_grant)
{
	int64_t last = 0;

	for (int i = 0; i < 20; i++) {
		struct msync_grant *grant = take(i % 2 ? one : two, "k");

		ck_assert_int_gt(msync_grant_token(grant), last);
		last = msync_grant_token(grant);
		give_back(grant);
	}
}
END_TEST

START_TEST(lock_that_is_held_is_busy_and_the_words_name_its_holder)
{
	struct msync_grant *held = take(one, "order:7");
	struct msync_grant *grant = held;
	int code = msync_lock_acquire(two, "order:7", 0, NULL, &grant);

	expect_failure(two, code, MSYNC_E_BUSY, "order:7", "one", NULL);
	ck_assert_ptr_null(grant);
	expect_holder(two, "one", 0);
	/* Each of the three may be left out. */
	ck_assert_int_eq(msync_errholder(two, NULL, NULL, NULL), 1);
	give_back(held);
	give_back(take(two, "order:7"));
}
END_TEST

START_TEST(holder_is_known_for_busy_timeout_and_queue_full_only)
{
	struct msync_grant *held = take(one, "k"), *grant;
	int64_t held_ms = 17;

	expect_code(
	    two, msync_lock_acquire(two, "k", 0, NULL, &grant), MSYNC_E_BUSY);
	expect_holder(two, "one", 0);
	/* The next failure takes the place of this one. */
	expect_code(two, msync_limit_borrow(two, "none", 0, 0, NULL, &grant),
	    MSYNC_E_UNKNOWN_KEY);
	ck_assert_int_eq(msync_errholder(two, NULL, NULL, &held_ms), 0);
	ck_assert_int_eq(held_ms, 17);
	/* Also where the library says it itself. */
	expect_code(
	    two, msync_lock_acquire(two, "k", 0, NULL, &grant), MSYNC_E_BUSY);
	expect_code(two, msync_lock_acquire(two, "\xff", 0, NULL, &grant),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(msync_errholder(two, NULL, NULL, &held_ms), 0);
	/* A lock that was never refused has no holder to tell either. */
	ck_assert_int_eq(msync_errholder(one, NULL, NULL, NULL), 0);
	give_back(held);
}
END_TEST

START_TEST(wait_ends_with_timeout_after_its_time)
{
	struct msync_grant *held = take(one, "k"), *grant = held;
	long begin = now_ms();
	int code = msync_lock_acquire(two, "k", 100, NULL, &grant);

	expect_failure(two, code, MSYNC_E_TIMEOUT, "\"k\"", "waited", NULL);
	ck_assert_int_ge(now_ms() - begin, 100);
	ck_assert_ptr_null(grant);
	expect_holder(two, "one", 100);
	ck_assert_int_eq(gauge(P, "lock", "waits"), 0);
	give_back(held);
}
END_TEST

static int wait_for_k(struct msync_conn *conn, void *ctx)
{
	struct msync_grant *grant;
	const int *wait_ms = ctx;

	expect_code(
	    conn, msync_lock_acquire(conn, "k", *wait_ms, NULL, &grant), 0);
	ck_assert_int_eq(msync_grant_is_abandoned(grant), 0);
	give_back(grant);
	return 7;
}

START_TEST(lock_passes_to_who_waits_when_it_is_released)
{
	struct msync_grant *held = take(one, "k");
	int limits[] = {MSYNC_FOREVER, 60000, INT_MAX};
	pid_t waiting[3];

	for (int i = 0; i < 3; i++) {
		waiting[i] = child_start(wait_for_k, &limits[i]);
		gauge_await(P, "lock", "waits", i + 1);
	}
	give_back(held);
	for (int i = 0; i < 3; i++)
		child_expect(waiting[i], 7);
	ck_assert_int_eq(gauge(P, "lock", "granted"), 4);
}
END_TEST

START_TEST(wait_that_is_negative_and_not_forever_is_invalid)
{
	struct msync_grant *held = take(one, "k"), *grant = held;

	expect_failure(two, msync_lock_acquire(two, "k", -2, NULL, &grant),
	    MSYNC_E_INVALID, "wait_ms", NULL);
	ck_assert_ptr_null(grant);
	expect_code(two, msync_lock_acquire(two, "k", INT_MIN, NULL, &grant),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(gauge(P, "lock", "waited"), 0);
	give_back(held);
}
END_TEST

START_TEST(queue_is_full_where_max_waiters_wait_already)
{
	struct msync_grant *held = take(one, "k"), *grant = held;
	struct msync_terms *at_most_one = with(MSYNC_TERM_MAX_WAITERS, 1);
	int forever = MSYNC_FOREVER;
	pid_t waiting;
	int code;

	code = msync_lock_acquire(
	    two, "k", 60000, with(MSYNC_TERM_MAX_WAITERS, 0), &grant);
	expect_failure(two, code, MSYNC_E_QUEUE_FULL, "0 wait", NULL);
	ck_assert_ptr_null(grant);
	expect_holder(two, "one", 0);

	waiting = child_start(wait_for_k, &forever);
	gauge_await(P, "lock", "waits", 1);
	code = msync_lock_acquire(two, "k", 60000, at_most_one, &grant);
	expect_failure(two, code, MSYNC_E_QUEUE_FULL, "1 wait", NULL);
	expect_holder(two, "one", 0);
	give_back(held);
	child_expect(waiting, 7);
	/* Who need not wait is never too many. */
	give_back(take_with(two, "k", at_most_one));
}
END_TEST

START_TEST(wait_for_ones_own_lock_is_a_deadlock_and_changes_nothing)
{
	struct msync_grant *held = take(one, "k"), *grant = held;
	int code = msync_lock_acquire(one, "k", 60000, NULL, &grant);

	expect_failure(one, code, MSYNC_E_DEADLOCK, "\"k\"", NULL);
	ck_assert_ptr_null(grant);
	ck_assert_int_eq(msync_errholder(one, NULL, NULL, NULL), 0);
	give_back(held);
}
END_TEST

static int take_b_then_a(struct msync_conn *conn, void *ctx)
{
	struct msync_grant *b = take(conn, "b"), *a;

	gate_pass(ctx);
	expect_code(
	    conn, msync_lock_acquire(conn, "a", MSYNC_FOREVER, NULL, &a), 0);
	give_back(a);
	give_back(b);
	return 0;
}

START_TEST(wait_that_closes_a_circle_of_processes_is_a_deadlock)
{
	struct gate *gate = shared_new(sizeof(*gate));
	struct msync_grant *a = take(one, "a"), *b = a;
	pid_t other;
	int code;

	gate_init(gate);
	other = child_start(take_b_then_a, gate);
	gate_await(gate, 1);
	gate_let(gate, 1);
	gauge_await(P, "lock", "waits", 1);
	code = msync_lock_acquire(one, "b", 60000, NULL, &b);
	expect_failure(one, code, MSYNC_E_DEADLOCK, "\"b\"", "\"a\"", NULL);
	ck_assert_ptr_null(b);
	give_back(a);
	child_expect(other, 0);
	shared_free(gate, sizeof(*gate));
}
END_TEST

START_TEST(keys_that_the_daemon_does_not_take_are_refused_one_by_one)
{
	struct msync_grant *grant;
	char key[301];

	memset(key, 'k', sizeof(key));
	key[257] = '\0';
	for (int i = 0; i < 4; i++) {
		const char *bad[] = {key, "", "a\nb", "@reserved"};
		int code = msync_lock_acquire(one, bad[i], 0, NULL, &grant);

		expect_failure(one, code, MSYNC_E_BAD_REQUEST, "key", NULL);
		ck_assert_ptr_null(grant);
	}
	key[256] = '\0';
	grant = take(one, key);
	ck_assert_str_eq(msync_grant_key(grant), key);
	give_back(grant);
}
END_TEST

START_TEST(key_that_is_much_too_long_is_refused_as_one_that_is_a_bit_too_long)
{
	struct msync_grant *grant;
	char key[2001];

	/* Of letters of two bytes, wherever it may be cut. */
	for (size_t i = 0; i + 1 < sizeof(key); i++)
		key[i] = i % 2 ? '\xa4' : '\xc3';
	key[2000] = '\0';
	for (int i = 0; i < 2; i++) {
		int code = msync_lock_acquire(one, key + i, 0, NULL, &grant);

		expect_failure(one, code,
		    i == 0 ? MSYNC_E_BAD_REQUEST : MSYNC_E_INVALID,
		    i == 0 ? "256 bytes" : "UTF-8", NULL);
		key[0] = 'x';
	}
}
END_TEST

START_TEST(key_that_is_not_utf_8_is_invalid_and_the_connection_lives_on)
{
	struct msync_grant *held = take(one, "held"), *grant = held;
	int code = msync_lock_acquire(one, "a\xff", 0, NULL, &grant);

	expect_failure(one, code, MSYNC_E_INVALID, "UTF-8", NULL);
	ck_assert_ptr_null(grant);
	give_back(held);
}
END_TEST

START_TEST(keys_and_names_may_have_any_letters)
{
	static const char key[] = "a\"b\\c/\xc3\xa4\xf0\x9f\x90\x98 d";
	struct msync_opts *opts = handles_opts();
	struct msync_grant *held, *grant;
	struct msync_conn *conn;

	ck_assert_int_eq(msync_opts_set_client(opts, key), 0);
	conn = handle_open(opts);
	held = take(conn, key);
	ck_assert_str_eq(msync_grant_key(held), key);
	expect_failure(one, msync_lock_acquire(one, key, 0, NULL, &grant),
	    MSYNC_E_BUSY, "\xf0\x9f\x90\x98", NULL);
	expect_holder(one, key, 0);
	give_back(held);
	msync_close(conn);
}
END_TEST

START_TEST(release_of_nothing_is_done_at_once)
{
	ck_assert_int_eq(msync_release(NULL), 0);
}
END_TEST

START_TEST(locks_of_one_handle_are_released_in_any_order)
{
	struct msync_grant *grants[50];
	char key[16];

	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		grants[i] = take(one, key);
	}
	for (int i = 0; i < 50; i++)
		give_back(grants[i * 7 % 50]);
	emptiness_await(P);
}
END_TEST

static int seen_by(void *ctx)
{
	*(int *)ctx += 1;
	return 0;
}

START_TEST(lock_do_runs_the_callback_while_it_holds_the_lock)
{
	struct msync_grant *held = take(two, "k");
	int n = 0;

	expect_failure(one, msync_lock_do(one, "k", 0, NULL, seen_by, &n),
	    MSYNC_E_BUSY, "two", NULL);
	expect_code(one, msync_lock_do(one, "k", 50, NULL, seen_by, &n),
	    MSYNC_E_TIMEOUT);
	ck_assert_int_eq(n, 0);
	give_back(held);
	expect_code(one, msync_lock_do(one, "k", 0, NULL, seen_by, &n), 0);
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_is_granted_with_its_kind_its_key_and_a_token,
	    tokens_of_a_key_rise_with_every_grant,
	    lock_that_is_held_is_busy_and_the_words_name_its_holder,
	    holder_is_known_for_busy_timeout_and_queue_full_only,
	    wait_ends_with_timeout_after_its_time,
	    lock_passes_to_who_waits_when_it_is_released,
	    wait_that_is_negative_and_not_forever_is_invalid,
	    queue_is_full_where_max_waiters_wait_already,
	    wait_for_ones_own_lock_is_a_deadlock_and_changes_nothing,
	    wait_that_closes_a_circle_of_processes_is_a_deadlock,
	    keys_that_the_daemon_does_not_take_are_refused_one_by_one,
	    key_that_is_much_too_long_is_refused_as_one_that_is_a_bit_too_long,
	    key_that_is_not_utf_8_is_invalid_and_the_connection_lives_on,
	    keys_and_names_may_have_any_letters,
	    release_of_nothing_is_done_at_once,
	    locks_of_one_handle_are_released_in_any_order,
	    lock_do_runs_the_callback_while_it_holds_the_lock,
	    NULL,
	};

	return handles_run("client_lock", tests);
}
