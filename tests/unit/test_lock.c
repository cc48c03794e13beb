/* SPDX-License-Identifier: MIT */
/* LockedCalls: turns, releases, detached holds. What is remembered of locks
 * whose holders vanished: test_lock_abandoned.c. */
#include "unit.h"

#include "lock.h"

#define K key_of(&lock_kind, "k")

static void acquire(struct session *session, int64_t id)
{
	lock_acquire(core, by(session, id), K);
}

/* Acquires what is free. */
static int64_t take(struct session *session, int64_t id)
{
	acquire(session, id);
	return token_of(answered(session, id));
}

static void release(struct session *session, int64_t id, int64_t token)
{
	lock_release(core, by(session, id), K, token);
}

START_TEST(free_lock_is_granted_with_a_token_and_no_more_words)
{
	const struct answer *answer;

	acquire(A, 1);
	answer = answered(A, 1);
	ck_assert_int_eq(token_of(answer), UNIT_FIRST_TOKEN);
	ck_assert_int_eq(answer->n_members, 1);
	silence();
}
END_TEST

/* edge: 55 */
START_TEST(free_lock_is_granted_to_who_would_not_wait)
{
	lock_acquire(core, behind(waits(by(A, 1), 0), 0), K);
	answered(A, 1);
	lock_acquire(core, waits(by(B, 2), 0), K);
	refused(B, 2, WIRE_BUSY);
}
END_TEST

/* edge: 25 43 */
START_TEST(waiters_are_granted_in_the_order_of_arrival)
{
	struct session *const order[] = {C, B, D, join(0, 5)};
	int64_t last = take(A, 100);

	for (int i = 0; i < 4; i++)
		acquire(order[i], i + 1);
	silence();
	release(A, 101, 0);
	for (int i = 0; i < 4; i++) {
		int64_t token;

		/* The next one is granted before the release is answered. */
		token = token_of(answered(order[i], i + 1));
		ck_assert_int_gt(token, last);
		last = token;
		answered(i == 0 ? A : order[i - 1], 101 + i);
		silence();
		release(order[i], 102 + i, 0);
	}
	answered(order[3], 105);
	ck_assert(!exists(&lock_kind, "k"));
}
END_TEST

/* edge: 26 */
START_TEST(letting_go_and_asking_again_goes_to_the_tail)
{
	take(A, 1);
	acquire(B, 2);
	release(A, 3, 0);
	acquire(A, 4);
	answered(B, 2);
	answered(A, 3);
	silence();
	leave(B);
	answered(A, 4);
}
END_TEST

/* edge: 46 */
START_TEST(released_lock_passes_on_without_time_going_by)
{
	take(A, 1);
	acquire(B, 2);
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	release(A, 3, 0);
	answered(B, 2);
	answered(A, 3);
	ck_assert_int_eq(core->now, 0);
}
END_TEST

START_TEST(lock_passes_to_the_oldest_waiter_when_its_holder_leaves)
{
	take(A, 1);
	acquire(B, 2);
	acquire(C, 3);
	leave(A);
	answered(B, 2);
	silence();
}
END_TEST

/* edge: 44 */
START_TEST(lock_that_is_released_is_gone_and_costs_nothing)
{
	take(A, 1);
	ck_assert(exists(&lock_kind, "k"));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
	release(A, 2, 0);
	ck_assert_int_eq(answered(A, 2)->n_members, 0);
	ck_assert(!exists(&lock_kind, "k"));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
}
END_TEST

START_TEST(keys_are_locked_apart)
{
	take(A, 1);
	lock_acquire(core, by(B, 2), key_of(&lock_kind, "k2"));
	answered(B, 2);
	lock_acquire(core, by(C, 3), key_of(&lock_kind, ""));
	answered(C, 3);
}
END_TEST

/* Releases ----------------------------------------------------------------- */

/* edge: 33 */
START_TEST(release_by_who_does_not_hold_changes_nothing_and_says_so)
{
	int64_t token;

	release(B, 1, 0);
	refused(B, 1, WIRE_NOT_HELD);
	release(B, 2, UNIT_FIRST_TOKEN);
	refused(B, 2, WIRE_NOT_HELD);
	token = take(A, 3);
	release(B, 4, 0);
	refused(B, 4, WIRE_NOT_HELD);
	release(B, 5, token);
	refused(B, 5, WIRE_STALE_TOKEN);
	release(A, 6, token + 1);
	refused(A, 6, WIRE_STALE_TOKEN);
	acquire(C, 7);
	release(C, 8, 0); /* to wait is not to hold */
	refused(C, 8, WIRE_NOT_HELD);
	silence();
	ck_assert_int_eq(A->held->token, token);
}
END_TEST

/* edge: 34 */
START_TEST(second_release_leaves_the_successor_alone)
{
	int64_t token = take(A, 1);

	acquire(B, 2);
	release(A, 3, token);
	answered(B, 2);
	answered(A, 3);
	release(A, 4, token);
	refused(A, 4, WIRE_STALE_TOKEN);
	release(A, 5, 0);
	refused(A, 5, WIRE_NOT_HELD);
	ck_assert_ptr_nonnull(B->held);
	release(B, 6, 0);
	answered(B, 6);
	release(A, 7, token);
	refused(A, 7, WIRE_NOT_HELD);
}
END_TEST

/* edge: 35 */
START_TEST(release_frees_the_key_that_it_names)
{
	int64_t token = take(A, 1);

	lock_acquire(core, by(A, 2), key_of(&lock_kind, "newer"));
	answered(A, 2);
	release(A, 3, 0);
	answered(A, 3);
	ck_assert(!exists(&lock_kind, "k"));
	ck_assert(exists(&lock_kind, "newer"));
	lock_release(core, by(A, 4), key_of(&lock_kind, "newer"), token);
	refused(A, 4, WIRE_STALE_TOKEN);
}
END_TEST

/* edge: 38 */
START_TEST(release_after_the_lease_is_told_so)
{
	int64_t token;

	lock_acquire(core, leased(by(A, 1), 10), K);
	token = token_of(answered(A, 1));
	at(10);
	release(A, 2, 0);
	refused(A, 2, WIRE_NOT_HELD);
	release(A, 3, token);
	refused(A, 3, WIRE_NOT_HELD);
	take(B, 4);
	release(A, 5, token);
	refused(A, 5, WIRE_STALE_TOKEN);
	ck_assert_ptr_nonnull(B->held);
}
END_TEST

/* edge: 39 */
START_TEST(holder_that_asks_again_is_refused_and_holds_on)
{
	take(A, 1);
	acquire(A, 2);
	refused(A, 2, WIRE_DEADLOCK);
	acquire(B, 3);
	acquire(B, 4);
	refused(B, 4, WIRE_DEADLOCK);
	silence();
	ck_assert_ptr_nonnull(A->held);
	ck_assert_uint_eq(A->held->object->n_waiters, 1);
}
END_TEST

START_TEST(session_with_several_flows_may_wait_behind_itself)
{
	int64_t token;

	A->multiplexed = true;
	token = take(A, 1);
	acquire(A, 2);
	silence();
	release(A, 3, token);
	answered(A, 2);
	answered(A, 3);
}
END_TEST

/* Detached holds ----------------------------------------------------------- */

static int64_t take_detached(struct session *session)
{
	lock_acquire(core, detached(by(session, 1), 100), K);
	return token_of(answered(session, 1));
}

START_TEST(detached_lock_is_released_by_its_token_from_anywhere_of_its_uid)
{
	int64_t token = take_detached(A);

	leave(A);
	release(B, 2, token);
	answered(B, 2);
	ck_assert(!exists(&lock_kind, "k"));
}
END_TEST

START_TEST(detached_lock_needs_its_token)
{
	int64_t token = take_detached(A);

	release(A, 2, 0);
	refused(A, 2, WIRE_NOT_HELD);
	release(A, 3, token + 1);
	refused(A, 3, WIRE_STALE_TOKEN);
	release(A, 4, token);
	answered(A, 4);
}
END_TEST

START_TEST(detached_lock_of_another_uid_is_denied)
{
	int64_t token = take_detached(A);

	release(D, 2, token);
	says(refused(D, 2, WIRE_DENIED), "uid 1000");
	release(D, 3, token + 1);
	refused(D, 3, WIRE_STALE_TOKEN);
	release(D, 4, 0);
	refused(D, 4, WIRE_NOT_HELD);
	ck_assert(exists(&lock_kind, "k"));
}
END_TEST

START_TEST(detached_lock_passes_on_when_its_lease_is_over)
{
	take_detached(A);
	leave(A);
	acquire(B, 2);
	at(99);
	silence();
	at(100);
	answered(B, 2);
}
END_TEST

START_TEST(shutdown_lets_holders_release_and_nobody_in)
{
	take(A, 1);
	acquire(B, 2);
	core_shut_down(core);
	refused(B, 2, WIRE_SHUTTING_DOWN);
	release(A, 3, 0);
	answered(A, 3);
	acquire(B, 4);
	refused(B, 4, WIRE_SHUTTING_DOWN);
	silence();
	ck_assert(!exists(&lock_kind, "k"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    free_lock_is_granted_with_a_token_and_no_more_words,
	    free_lock_is_granted_to_who_would_not_wait,
	    waiters_are_granted_in_the_order_of_arrival,
	    letting_go_and_asking_again_goes_to_the_tail,
	    released_lock_passes_on_without_time_going_by,
	    lock_passes_to_the_oldest_waiter_when_its_holder_leaves,
	    lock_that_is_released_is_gone_and_costs_nothing,
	    keys_are_locked_apart,
	    release_by_who_does_not_hold_changes_nothing_and_says_so,
	    second_release_leaves_the_successor_alone,
	    release_frees_the_key_that_it_names,
	    release_after_the_lease_is_told_so,
	    holder_that_asks_again_is_refused_and_holds_on,
	    session_with_several_flows_may_wait_behind_itself,
	    detached_lock_is_released_by_its_token_from_anywhere_of_its_uid,
	    detached_lock_needs_its_token,
	    detached_lock_of_another_uid_is_denied,
	    detached_lock_passes_on_when_its_lease_is_over,
	    shutdown_lets_holders_release_and_nobody_in,
	    NULL,
	};

	return unit_main("lock", true, tests, NULL);
}
