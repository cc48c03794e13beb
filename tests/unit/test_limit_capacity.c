/* SPDX-License-Identifier: MIT */
/* Where the capacity of a Limit comes from, who may change it, and what
 * becomes of those who hold and wait then. */
#include "unit.h"

#include "limit.h"

#define K key_of(&limit_kind, "k")

static void borrow(struct request *req, int64_t capacity, int64_t permits)
{
	const struct limit_terms terms = {
	    .capacity = capacity, .permits = permits};

	limit_borrow(core, req, K, &terms);
}

static void adopt(struct request *req, int64_t capacity, int64_t permits)
{
	const struct limit_terms terms = {
	    .capacity = capacity, .permits = permits, .adopt = true};

	limit_borrow(core, req, K, &terms);
}

static void take(struct session *session, int64_t capacity, int64_t permits)
{
	borrow(by(session, 1), capacity, permits);
	(void)token_of(answered(session, 1));
}

static void set(struct session *session, int64_t capacity)
{
	limit_set(core, by(session, 9), K, capacity);
	ck_assert_int_eq(answered(session, 9)->n_members, 0);
}

static void expect_info(
    int64_t capacity, int64_t in_use, int64_t available, int64_t waiting)
{
	const struct answer *answer;

	limit_info(core, by(D, 8), K);
	answer = answered(D, 8);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), capacity);
	ck_assert_int_eq(number_of(answer, MEMBER_IN_USE), in_use);
	ck_assert_int_eq(number_of(answer, MEMBER_AVAILABLE), available);
	ck_assert_int_eq(number_of(answer, MEMBER_WAITING), waiting);
	ck_assert_int_eq(answer->n_members, 4);
}

/* Made by use -------------------------------------------------------------- */

START_TEST(first_borrow_that_brings_a_capacity_makes_the_limit)
{
	borrow(by(A, 1), 4, 1);
	ck_assert_int_eq(number_of(answered(A, 1), MEMBER_CAPACITY), 4);
	take(B, -1, 2);
	take(C, 4, 1);
	borrow(waits(by(C, 2), 0), 4, 1);
	refused(C, 2, WIRE_BUSY);
	expect_info(4, 4, 0, 0);
}
END_TEST

START_TEST(what_does_not_exist_is_unknown)
{
	borrow(by(A, 1), -1, 1);
	says(refused(A, 1, WIRE_UNKNOWN_KEY), "limit \"k\": ");
	adopt(by(A, 2), -1, 1);
	refused(A, 2, WIRE_UNKNOWN_KEY);
	limit_info(core, by(A, 3), K);
	refused(A, 3, WIRE_UNKNOWN_KEY);
	limit_delete(core, by(A, 4), K);
	refused(A, 4, WIRE_UNKNOWN_KEY);
	ck_assert(!exists(&limit_kind, "k"));
}
END_TEST

/* edge: 63 */
START_TEST(limit_made_by_use_goes_with_its_last_use)
{
	const struct answer *answer;

	take(A, 4, 2);
	take(B, 4, 1);
	borrow(by(C, 2), 4, 2);
	leave(A);
	answered(C, 2);
	leave(B);
	limit_return(core, by(C, 3), K, 0);
	answer = answered(C, 3);
	ck_assert_int_eq(number_of(answer, MEMBER_IN_USE), 0);
	ck_assert(!exists(&limit_kind, "k"));
	take(C, 9, 1);
	expect_info(9, 1, 8, 0);
}
END_TEST

/* edge: 58 */
START_TEST(callers_who_disagree_on_the_capacity_are_told)
{
	const struct answer *answer;

	take(A, 4, 1);
	borrow(by(B, 2), 5, 1);
	answer = refused(B, 2, WIRE_CONFLICT);
	says(answer, "capacity 5");
	says(answer, "4 is in force");
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 4);
	borrow(by(A, 3), 3, 1); /* also who made it */
	refused(A, 3, WIRE_CONFLICT);
	expect_info(4, 1, 3, 0);
}
END_TEST

START_TEST(who_adopts_takes_the_capacity_in_force)
{
	adopt(by(A, 1), 4, 1);
	ck_assert_int_eq(number_of(answered(A, 1), MEMBER_CAPACITY), 4);
	adopt(by(B, 2), 5, 1);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_CAPACITY), 4);
	adopt(by(C, 3), 5, 5);
	refused(C, 3, WIRE_BAD_REQUEST);
}
END_TEST

/* edge: 53 */
START_TEST(more_permits_than_there_will_ever_be_are_refused_at_once)
{
	borrow(by(A, 1), 4, 5);
	says(refused(A, 1, WIRE_BAD_REQUEST), "5 permits");
	ck_assert(!exists(&limit_kind, "k"));
	take(A, 4, 1);
	borrow(by(B, 2), -1, 5);
	refused(B, 2, WIRE_BAD_REQUEST);
	borrow(by(B, 3), 6, 5); /* the conflict is looked for first */
	refused(B, 3, WIRE_CONFLICT);
	silence();
}
END_TEST

START_TEST(refused_borrow_leaves_no_limit_behind)
{
	share(QUOTA_KEYS, 0);
	borrow(by(A, 1), 4, 1);
	refused(A, 1, WIRE_QUOTA);
	ck_assert(!exists(&limit_kind, "k"));
}
END_TEST

/* Set ---------------------------------------------------------------------- */

START_TEST(limit_that_was_set_stays_until_it_is_deleted)
{
	set(A, 3);
	expect_info(3, 0, 3, 0);
	take(B, -1, 2);
	leave(B);
	leave(A);
	expect_info(3, 0, 3, 0);
	borrow(by(C, 2), 4, 1); /* unused, but not made by use */
	refused(C, 2, WIRE_CONFLICT);
	limit_delete(core, by(C, 3), K);
	ck_assert_int_eq(answered(C, 3)->n_members, 0);
	ck_assert(!exists(&limit_kind, "k"));
}
END_TEST

START_TEST(set_makes_a_limit_made_by_use_stay)
{
	take(A, 4, 1);
	set(B, 4);
	leave(A);
	expect_info(4, 0, 4, 0);
}
END_TEST

START_TEST(limit_in_use_cannot_be_deleted)
{
	set(A, 2);
	take(A, -1, 2);
	borrow(by(B, 2), -1, 1);
	limit_delete(core, by(C, 3), K);
	says(refused(C, 3, WIRE_CONFLICT), "1 hold permits and 1 wait");
	leave(B);
	limit_delete(core, by(C, 4), K);
	refused(C, 4, WIRE_CONFLICT);
	leave(A);
	limit_delete(core, by(C, 5), K);
	answered(C, 5);
}
END_TEST

START_TEST(limit_that_stays_is_paid_for_by_who_set_it_first)
{
	set(D, 2);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 1);
	set(A, 5);
	set(D, 6);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 1);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	limit_delete(core, by(A, 1), K);
	answered(A, 1);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 0);
}
END_TEST

START_TEST(set_without_a_key_left_changes_nothing)
{
	share(QUOTA_KEYS, 1);
	take(A, 2, 1);
	limit_set(core, by(B, 2), K, 5);
	refused(B, 2, WIRE_QUOTA);
	expect_info(2, 1, 1, 0);
	limit_set(core, by(B, 3), key_of(&limit_kind, "new"), 5);
	refused(B, 3, WIRE_QUOTA);
	ck_assert(!exists(&limit_kind, "new"));
	leave(A);
	ck_assert(!exists(&limit_kind, "k"));
}
END_TEST

/* edge: 56 */
START_TEST(raised_capacity_lets_in_as_many_as_fit)
{
	const struct answer *answer;

	set(A, 1);
	take(A, -1, 1);
	for (int i = 0; i < 5; i++)
		borrow(by(B, 10 + i), -1, 1);
	limit_set(core, by(A, 2), K, 4);
	answered(A, 2);
	for (int i = 0; i < 3; i++) {
		answer = answered(B, 10 + i);
		ck_assert_int_eq(number_of(answer, MEMBER_IN_USE), i + 2);
		ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 4);
	}
	silence();
	expect_info(4, 4, 0, 2);
}
END_TEST

/* edge: 57 */
START_TEST(lowered_capacity_revokes_nothing_and_drains)
{
	set(A, 5);
	take(A, -1, 3);
	take(B, -1, 2);
	set(A, 2);
	expect_info(2, 5, 0, 0);
	borrow(by(C, 2), -1, 1);
	leave(A);
	silence(); /* B still has two */
	expect_info(2, 2, 0, 1);
	leave(B);
	answered(C, 2);
	expect_info(2, 1, 1, 0);
}
END_TEST

START_TEST(those_who_wait_for_more_than_a_lowered_capacity_hear_of_it)
{
	const struct answer *answer;

	set(A, 5);
	take(A, -1, 1);
	borrow(by(B, 2), -1, 5);
	borrow(by(B, 3), -1, 2);
	borrow(by(C, 4), -1, 4);
	borrow(by(C, 5), -1, 3);
	limit_set(core, by(A, 6), K, 3);
	answered(A, 6);
	answer = refused(B, 2, WIRE_CONFLICT);
	says(answer, "limit \"k\": the capacity is 3 now, 5 permits");
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 3);
	refused(C, 4, WIRE_CONFLICT);
	/* And then those who fit. */
	ck_assert_int_eq(number_of(answered(B, 3), MEMBER_IN_USE), 3);
	silence();
	expect_info(3, 3, 0, 1);
}
END_TEST

START_TEST(limit_with_holds_and_waits_and_kept_ones_end_with_their_core)
{
	set(A, 1);
	take(B, -1, 1);
	borrow(by(C, 2), -1, 1);
	limit_set(core, by(D, 3), key_of(&limit_kind, "other"), 1);
	answered(D, 3);
	expect_info(1, 1, 0, 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    first_borrow_that_brings_a_capacity_makes_the_limit,
	    what_does_not_exist_is_unknown,
	    limit_made_by_use_goes_with_its_last_use,
	    callers_who_disagree_on_the_capacity_are_told,
	    who_adopts_takes_the_capacity_in_force,
	    more_permits_than_there_will_ever_be_are_refused_at_once,
	    refused_borrow_leaves_no_limit_behind,
	    limit_that_was_set_stays_until_it_is_deleted,
	    set_makes_a_limit_made_by_use_stay,
	    limit_in_use_cannot_be_deleted,
	    limit_that_stays_is_paid_for_by_who_set_it_first,
	    set_without_a_key_left_changes_nothing,
	    raised_capacity_lets_in_as_many_as_fit,
	    lowered_capacity_revokes_nothing_and_drains,
	    those_who_wait_for_more_than_a_lowered_capacity_hear_of_it,
	    limit_with_holds_and_waits_and_kept_ones_end_with_their_core,
	    NULL,
	};

	return unit_main("limit capacity", true, tests, NULL);
}
