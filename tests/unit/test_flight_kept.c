/* SPDX-License-Identifier: MIT */
/* Results that are kept for a while: who gets them, how long, who pays. */
#include "flights.h"

/* A leads, and finishes with a value that is kept. */
static void keep(const char *value, int64_t keep_ms)
{
	lead(A, 1);
	finish_and_keep(A, 2, 0, value, keep_ms);
	ck_assert_int_eq(number_of(answered(A, 2), MEMBER_FOLLOWERS), 0);
}

/* edge: 21 */
START_TEST(kept_result_answers_every_begin_with_its_age)
{
	const struct answer *answer;

	at(1000);
	keep("\"v\"", 50);
	begin(B, 3);
	answer = answered(B, 3);
	ck_assert_int_eq(flag_of(answer, MEMBER_LEADER), 0);
	ck_assert_str_eq(text_of(answer, MEMBER_VALUE), "\"v\"");
	ck_assert_int_eq(number_of(answer, MEMBER_AGE_MS), 0);
	ck_assert_int_eq(answer->n_members, 3);
	at(1049);
	flight_begin(core, behind(waits(by(A, 4), 0), 0), F, 3);
	ck_assert_int_eq(number_of(answered(A, 4), MEMBER_AGE_MS), 49);
	at(1050);
	ck_assert(!exists(&flight_kind, "f"));
	lead(C, 5);
	ck_assert_int_eq(
	    core->tally.counts[WIRE_KIND_FLIGHT][TALLY_EXPIRED], 1);
}
END_TEST

START_TEST(age_counts_from_the_completion)
{
	lead(A, 1);
	at(500);
	finish_and_keep(A, 2, 0, "1", 50);
	answered(A, 2);
	ck_assert_int_eq(core_deadline(core), 550);
	at(510);
	begin(B, 3);
	ck_assert_int_eq(number_of(answered(B, 3), MEMBER_AGE_MS), 10);
	/* A hit does not make it last longer. */
	ck_assert_int_eq(core_deadline(core), 550);
}
END_TEST

START_TEST(followers_of_the_flight_get_it_without_an_age)
{
	lead(A, 1);
	begin(B, 2);
	finish_and_keep(A, 3, 0, "1", 50);
	answered(A, 3);
	ck_assert(!has(answered(B, 2), MEMBER_AGE_MS));
	begin(D, 4);
	ck_assert_int_eq(number_of(answered(D, 4), MEMBER_BY_UID), UNIT_UID);
}
END_TEST

START_TEST(failure_can_be_kept_for_a_time_of_its_own)
{
	const struct answer *answer;

	lead(A, 1);
	fail_and_keep(A, 2, "no such page", "404", 10);
	answered(A, 2);
	at(9);
	begin(B, 3);
	answer = refused(B, 3, WIRE_FLIGHT_FAILED);
	ck_assert_str_eq(text_of(answer, MEMBER_MESSAGE), "no such page");
	ck_assert_str_eq(text_of(answer, MEMBER_VALUE), "404");
	ck_assert_int_eq(number_of(answer, MEMBER_AGE_MS), 9);
	at(10);
	lead(B, 4);
}
END_TEST

START_TEST(result_that_is_not_to_be_kept_is_not)
{
	lead(A, 1);
	finish_and_keep(A, 2, 0, "1", 0);
	answered(A, 2);
	ck_assert(!exists(&flight_kind, "f"));
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	lead(B, 3);
}
END_TEST

START_TEST(nothing_is_kept_as_null)
{
	keep(NULL, 10);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 4);
	begin(B, 3);
	ck_assert_str_eq(text_of(answered(B, 3), MEMBER_VALUE), "null");
}
END_TEST

START_TEST(kept_result_costs_its_leaders_uid_a_key_and_its_bytes)
{
	lead(D, 1);
	fail_and_keep(D, 2, "four", "\"six\"", 10);
	answered(D, 2);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 1);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 9);
	begin(A, 3);
	refused(A, 3, WIRE_FLIGHT_FAILED);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	leave(D);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 9);
	at(10);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 0);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 0);
}
END_TEST

START_TEST(key_of_the_lead_is_enough_for_its_result)
{
	share(QUOTA_KEYS, 1);
	keep("1", 10);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
	begin(B, 3);
	answered(B, 3);
}
END_TEST

/* edge: 18 */
START_TEST(result_beyond_the_share_is_refused_and_nothing_has_changed)
{
	share(QUOTA_BYTES, 4);
	lead(A, 1);
	begin(B, 2);
	finish_and_keep(A, 3, 0, "12345", 10);
	says(refused(A, 3, WIRE_QUOTA), "bytes of values");
	fail_and_keep(A, 4, "abc", "12", 10);
	refused(A, 4, WIRE_QUOTA);
	silence();
	ck_assert_ptr_nonnull(A->held);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 0);
	finish(A, 5, 0, "12345"); /* to share it costs nothing */
	answered(A, 5);
	answered(B, 2);
	keep("1234", 10);
}
END_TEST

START_TEST(share_for_null_is_asked_for_too)
{
	share(QUOTA_BYTES, 3);
	lead(A, 1);
	finish_and_keep(A, 2, 0, NULL, 10);
	refused(A, 2, WIRE_QUOTA);
	share(QUOTA_BYTES, 4);
	finish_and_keep(A, 3, 0, NULL, 10);
	answered(A, 3);
}
END_TEST

START_TEST(forget_drops_a_kept_result)
{
	keep("123", 10);
	flight_forget(core, by(B, 3), F);
	ck_assert_int_eq(flag_of(answered(B, 3), MEMBER_FORGOTTEN), 1);
	ck_assert(!exists(&flight_kind, "f"));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 0);
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	lead(B, 4);
}
END_TEST

START_TEST(leader_of_what_is_kept_holds_nothing_any_more)
{
	keep("123", 10);
	finish(A, 3, 0, "4");
	refused(A, 3, WIRE_NOT_HELD);
	finish(A, 4, UNIT_FIRST_TOKEN, "4");
	refused(A, 4, WIRE_NOT_HELD);
	flight_abandon(core, by(A, 5), F, 0);
	refused(A, 5, WIRE_NOT_HELD);
}
END_TEST

START_TEST(core_may_end_with_a_kept_result)
{
	keep("123", 10);
	leave(A);
	ck_assert(exists(&flight_kind, "f"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    kept_result_answers_every_begin_with_its_age,
	    age_counts_from_the_completion,
	    followers_of_the_flight_get_it_without_an_age,
	    failure_can_be_kept_for_a_time_of_its_own,
	    result_that_is_not_to_be_kept_is_not,
	    nothing_is_kept_as_null,
	    kept_result_costs_its_leaders_uid_a_key_and_its_bytes,
	    key_of_the_lead_is_enough_for_its_result,
	    result_beyond_the_share_is_refused_and_nothing_has_changed,
	    share_for_null_is_asked_for_too,
	    forget_drops_a_kept_result,
	    leader_of_what_is_kept_holds_nothing_any_more,
	    core_may_end_with_a_kept_result,
	    NULL,
	};

	return unit_main("flight kept", true, tests, NULL);
}
