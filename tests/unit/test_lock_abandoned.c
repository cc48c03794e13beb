/* SPDX-License-Identifier: MIT */
/* Locks whose holder vanished: who is told, and how many are remembered. */
#include "unit.h"

#include "lock.h"

#include <stdio.h>

#define K key_of(&lock_kind, "k")

static int64_t take(struct session *session)
{
	lock_acquire(core, by(session, 1), K);
	return token_of(answered(session, 1));
}

/* Takes the lock, then lets it go; whether it was said to be abandoned. */
static bool is_abandoned(const char *text)
{
	const struct answer *answer;
	bool abandoned;

	lock_acquire(core, by(D, 1), key_of(&lock_kind, text));
	answer = answered(D, 1);
	abandoned = has(answer, MEMBER_ABANDONED);
	if (abandoned)
		ck_assert_int_eq(flag_of(answer, MEMBER_ABANDONED), 1);
	lock_release(core, by(D, 2), key_of(&lock_kind, text), 0);
	answered(D, 2);
	return abandoned;
}

START_TEST(lock_that_was_released_is_not_abandoned)
{
	ck_assert(!is_abandoned("k"));
	ck_assert(!is_abandoned("k"));
}
END_TEST

START_TEST(who_comes_after_a_holder_that_left_is_told_once)
{
	take(A);
	leave(A);
	ck_assert(is_abandoned("k"));
	ck_assert(!is_abandoned("k"));
	ck_assert(!exists(&lock_kind, "k"));
}
END_TEST

START_TEST(who_comes_after_a_lease_that_ran_out_or_a_reset_is_told)
{
	lock_acquire(core, leased(by(A, 1), 10), K);
	answered(A, 1);
	at(10);
	ck_assert(is_abandoned("k"));
	take(A);
	core_reset(core, A);
	ck_assert(is_abandoned("k"));
	lock_acquire(core, detached(by(A, 2), 10), K);
	answered(A, 2);
	at(20);
	ck_assert(is_abandoned("k"));
}
END_TEST

START_TEST(grant_that_reached_nobody_has_left_nothing_half_done)
{
	int64_t token;

	lock_acquire(core, detached(by(A, 1), 10), K);
	token = token_of(answered(A, 1));
	core_take_back(core, UNIT_UID, token);
	ck_assert(!exists(&lock_kind, "k"));
	ck_assert(!is_abandoned("k"));
}
END_TEST

START_TEST(heir_that_was_not_reached_leaves_it_to_the_next)
{
	const struct answer *answer;

	take(A);
	lock_acquire(core, detached(by(B, 2), 100), K);
	leave(A);
	answer = answered(B, 2);
	ck_assert_int_eq(flag_of(answer, MEMBER_ABANDONED), 1);
	core_take_back(core, UNIT_UID, answer->detached_token);
	ck_assert(is_abandoned("k"));
	ck_assert(!is_abandoned("k"));
}
END_TEST

START_TEST(waiter_that_takes_over_is_told)
{
	take(A);
	lock_acquire(core, by(B, 2), K);
	lock_acquire(core, by(C, 3), K);
	leave(A);
	ck_assert_int_eq(flag_of(answered(B, 2), MEMBER_ABANDONED), 1);
	lock_release(core, by(B, 4), K, 0);
	ck_assert(!has(answered(C, 3), MEMBER_ABANDONED));
	answered(B, 4);
}
END_TEST

START_TEST(it_is_remembered_however_late_and_when_its_uid_has_left)
{
	struct session *guest = join(77, 5);

	take(guest);
	leave(guest);
	at((mtime_t)1 << 45);
	ck_assert(exists(&lock_kind, "k"));
	ck_assert(is_abandoned("k"));
}
END_TEST

START_TEST(lock_that_is_only_remembered_is_no_key_in_use)
{
	take(A);
	leave(A);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_LOCK][TALLY_KEYS], 0);
	ck_assert(is_abandoned("k"));
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_LOCK][TALLY_KEYS], 0);
}
END_TEST

START_TEST(refused_request_does_not_make_it_forgotten)
{
	take(A);
	leave(A);
	share(QUOTA_KEYS, 0);
	lock_acquire(core, by(B, 1), K);
	refused(B, 1, WIRE_QUOTA);
	share(QUOTA_KEYS, 10);
	lock_release(core, by(B, 2), K, 0);
	refused(B, 2, WIRE_NOT_HELD);
	ck_assert(is_abandoned("k"));
}
END_TEST

START_TEST(release_of_one_that_is_only_remembered_is_not_held)
{
	int64_t token = take(A);

	leave(A);
	lock_release(core, by(B, 1), K, token);
	refused(B, 1, WIRE_NOT_HELD);
}
END_TEST

/* A session takes the locks "from" … "from + n - 1" and vanishes. Invariants
 * are looked at once only: there are many. */
static void abandon_many(uid_t uid, int from, int n)
{
	struct session *guest = join(uid, 5);
	struct request req = *by(guest, 0);
	struct answer answer;
	char text[20];

	for (int i = from; i < from + n; i++) {
		(void)snprintf(text, sizeof(text), "%d", i);
		lock_acquire(core, &req, key_of(&lock_kind, text));
		ck_assert(core_pop(core, &answer));
		ck_assert_int_eq(answer.code, WIRE_OK);
		answer_deinit(&answer);
	}
	leave(guest);
}

static bool is_remembered(int i)
{
	char text[20];

	(void)snprintf(text, sizeof(text), "%d", i);
	return exists(&lock_kind, text);
}

static size_t n_remembered(uid_t uid)
{
	struct account *account = quota_account(&core->quota, uid);
	size_t n = account->n_abandoned;

	quota_settle(&core->quota, account);
	return n;
}

START_TEST(ten_thousand_locks_of_a_uid_are_remembered_and_no_more)
{
	ck_assert_int_eq(LOCK_MAX_ABANDONED, 10000);
	abandon_many(77, 0, 10000);
	ck_assert_uint_eq(n_remembered(77), 10000);
	ck_assert_uint_eq(core->objects[WIRE_KIND_LOCK].n_items, 10000);
	ck_assert(is_remembered(0) && is_remembered(9999));
	abandon_many(77, 10000, 3);
	ck_assert_uint_eq(n_remembered(77), 10000);
	ck_assert_uint_eq(core->objects[WIRE_KIND_LOCK].n_items, 10000);
	for (int i = 0; i < 3; i++)
		ck_assert(!is_remembered(i));
	for (int i = 3; i < 10003; i++)
		ck_assert(is_remembered(i));
	ck_assert(!is_abandoned("2"));
	ck_assert(is_abandoned("3"));
	ck_assert(is_abandoned("10002"));
	ck_assert_uint_eq(n_remembered(77), 9998);
}
END_TEST

START_TEST(uids_do_not_push_out_what_is_remembered_of_others)
{
	abandon_many(77, 0, 5);
	abandon_many(78, 5, 10001);
	ck_assert_uint_eq(n_remembered(77), 5);
	ck_assert_uint_eq(n_remembered(78), 10000);
	ck_assert(is_remembered(0) && is_remembered(4));
	ck_assert(!is_remembered(5));
	ck_assert(is_remembered(6));
}
END_TEST

START_TEST(lock_that_is_abandoned_again_is_the_latest)
{
	abandon_many(77, 0, 10000);
	abandon_many(77, 0, 1);
	ck_assert_uint_eq(n_remembered(77), 10000);
	abandon_many(77, 20000, 1);
	ck_assert(is_remembered(0));
	ck_assert(!is_remembered(1));
}
END_TEST

START_TEST(lock_is_remembered_for_the_uid_that_vanished_last)
{
	abandon_many(77, 0, 1);
	ck_assert_uint_eq(n_remembered(77), 1);
	abandon_many(78, 0, 1);
	ck_assert_uint_eq(n_remembered(77), 0);
	ck_assert_uint_eq(n_remembered(78), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_that_was_released_is_not_abandoned,
	    who_comes_after_a_holder_that_left_is_told_once,
	    who_comes_after_a_lease_that_ran_out_or_a_reset_is_told,
	    grant_that_reached_nobody_has_left_nothing_half_done,
	    heir_that_was_not_reached_leaves_it_to_the_next,
	    waiter_that_takes_over_is_told,
	    it_is_remembered_however_late_and_when_its_uid_has_left,
	    lock_that_is_only_remembered_is_no_key_in_use,
	    refused_request_does_not_make_it_forgotten,
	    release_of_one_that_is_only_remembered_is_not_held,
	    ten_thousand_locks_of_a_uid_are_remembered_and_no_more,
	    uids_do_not_push_out_what_is_remembered_of_others,
	    lock_that_is_abandoned_again_is_the_latest,
	    lock_is_remembered_for_the_uid_that_vanished_last,
	    NULL,
	};

	return unit_main("lock abandoned", true, tests, NULL);
}
