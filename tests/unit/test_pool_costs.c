/* SPDX-License-Identifier: MIT */
/* What a pool and its objects cost, and who pays. */
#include "pools.h"

START_TEST(pool_that_stays_is_paid_for_by_who_set_it_first)
{
	struct pool_terms terms = no_terms();

	set(1, -1);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 1);
	pool_set(core, by(A, 1), P, &terms);
	answered(A, 1);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	pool_delete(core, by(A, 2), P);
	answered(A, 2);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 0);
}
END_TEST

START_TEST(set_without_a_key_left_changes_nothing)
{
	struct pool_terms terms = no_terms();

	share(QUOTA_KEYS, 1);
	get(by(A, 1), 2);
	told_to_create(A, 1);
	terms.capacity = 5;
	pool_set(core, by(B, 2), P, &terms);
	refused(B, 2, WIRE_QUOTA);
	pool_info(core, by(B, 4), P);
	ck_assert_int_eq(number_of(answered(B, 4), MEMBER_CAPACITY), 2);
	leave(A);
	ck_assert(!exists(&pool_kind, "p"));
	share(QUOTA_KEYS, 0);
	pool_set(core, by(B, 3), P, &terms);
	refused(B, 3, WIRE_QUOTA);
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

START_TEST(object_costs_who_gave_its_value_a_key_and_the_bytes)
{
	set(1, -1);
	take(A, NULL);
	put_back(A, "12345");
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 5);
	take(D, "12345");
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 0);
	put_back(D, "678");
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 0);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 2); /* and set */
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 3);
}
END_TEST

START_TEST(put_beyond_the_share_is_refused_and_the_hold_stays)
{
	share(QUOTA_BYTES, 5);
	set(1, -1);
	take(A, NULL);
	put(A, 1, 0, "123456");
	says(refused(A, 1, WIRE_QUOTA), "bytes of values");
	expect_sizes(1, 0);
	put_back(A, "1234");
	take(A, "1234");
	put_back(A, "12345"); /* the old value makes room */
	take(A, "12345");
	put(A, 2, 0, "123456");
	refused(A, 2, WIRE_QUOTA);
	put_back(A, NULL);
	take(A, "12345");
}
END_TEST

START_TEST(value_of_another_uid_makes_no_room_in_ones_own_share)
{
	share(QUOTA_BYTES, 5);
	set(2, -1);
	take(A, NULL);
	take(D, NULL);
	put_back(D, "12345");
	take(A, "12345");
	put(A, 1, 0, "123456");
	refused(A, 1, WIRE_QUOTA);
	put_back(A, "54321");
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 5);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    pool_that_stays_is_paid_for_by_who_set_it_first,
	    set_without_a_key_left_changes_nothing,
	    object_costs_who_gave_its_value_a_key_and_the_bytes,
	    put_beyond_the_share_is_refused_and_the_hold_stays,
	    value_of_another_uid_makes_no_room_in_ones_own_share,
	    NULL,
	};

	return unit_main("pool costs", true, tests, NULL);
}
