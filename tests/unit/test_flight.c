/* SPDX-License-Identifier: MIT */
/* SingleFlight: leading and following. Leaders that are lost:
 * test_flight_leaders.c; kept results: test_flight_kept.c; forgotten flights:
 * test_flight_forget.c. */
#include "flights.h"

START_TEST(first_to_begin_leads_and_is_told_so)
{
	const struct answer *answer;

	begin(A, 1);
	answer = answered(A, 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_LEADER), 1);
	ck_assert_int_eq(token_of(answer), UNIT_FIRST_TOKEN);
	ck_assert_int_eq(answer->n_members, 2);
	begin(B, 2);
	silence();
}
END_TEST

/* edge: 20 24 */
START_TEST(result_reaches_every_follower_in_the_same_turn)
{
	struct session *const followers[] = {B, C, D, B};
	const struct answer *answer;

	B->multiplexed = true; /* it follows twice */
	lead(A, 1);
	for (int i = 0; i < 4; i++)
		begin(followers[i], 2 + i);
	finish(A, 9, 0, "{\"a\": 1}");
	answer = answered(A, 9);
	ck_assert_int_eq(number_of(answer, MEMBER_FOLLOWERS), 4);
	for (int i = 0; i < 4; i++) {
		answer = answered(followers[i], 2 + i);
		ck_assert_int_eq(flag_of(answer, MEMBER_LEADER), 0);
		ck_assert_str_eq(text_of(answer, MEMBER_VALUE), "{\"a\": 1}");
		/* by_uid only where it is another's work. */
		ck_assert_int_eq(answer->n_members, followers[i] == D ? 3 : 2);
	}
	silence();
	ck_assert(!exists(&flight_kind, "f"));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_WAITS), 0);
}
END_TEST

START_TEST(follower_of_another_uid_is_told_whose_result_it_is)
{
	lead(A, 1);
	begin(D, 2);
	finish(A, 3, 0, "1");
	answered(A, 3);
	ck_assert_int_eq(number_of(answered(D, 2), MEMBER_BY_UID), UNIT_UID);
}
END_TEST

START_TEST(value_is_stored_once_however_many_share_it)
{
	struct answer first, second;

	lead(A, 1);
	begin(B, 2);
	begin(C, 3);
	finish(A, 4, 0, "[1]");
	answered(A, 4);
	ck_assert(core_pop(core, &first) && core_pop(core, &second));
	ck_assert_int_eq(first.members[1].name, MEMBER_VALUE);
	ck_assert_ptr_eq(first.members[1].blob, second.members[1].blob);
	answer_deinit(&first);
	answer_deinit(&second);
}
END_TEST

/* edge: 5 */
START_TEST(nothing_null_false_zero_and_empty_are_results)
{
	static const char *const values[] = {
	    NULL, "null", "false", "0", "\"\""};

	for (int i = 0; i < 5; i++) {
		const char *expected = i == 0 ? "null" : values[i];

		lead(A, 1);
		begin(B, 2);
		finish(A, 3, 0, values[i]);
		answered(A, 3);
		ck_assert_str_eq(
		    text_of(answered(B, 2), MEMBER_VALUE), expected);
	}
}
END_TEST

/* edge: 4 */
START_TEST(failure_of_the_leader_reaches_every_follower_as_such)
{
	const struct answer *answer;

	lead(A, 1);
	begin(B, 2);
	begin(D, 3);
	fail_with(A, 4, "no such page", "404");
	ck_assert_int_eq(number_of(answered(A, 4), MEMBER_FOLLOWERS), 2);
	answer = refused(B, 2, WIRE_FLIGHT_FAILED);
	ck_assert_str_eq(text_of(answer, MEMBER_MESSAGE), "no such page");
	ck_assert_str_eq(text_of(answer, MEMBER_VALUE), "404");
	ck_assert_ptr_null(answer->refusal);
	ck_assert_int_eq(answer->n_members, 2);
	answer = refused(D, 3, WIRE_FLIGHT_FAILED);
	ck_assert_int_eq(number_of(answer, MEMBER_BY_UID), UNIT_UID);
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

START_TEST(failure_without_words_has_empty_ones_and_no_value)
{
	const struct answer *answer;

	lead(A, 1);
	begin(B, 2);
	fail_with(A, 3, NULL, NULL);
	answered(A, 3);
	answer = refused(B, 2, WIRE_FLIGHT_FAILED);
	ck_assert_str_eq(text_of(answer, MEMBER_MESSAGE), "");
	ck_assert(!has(answer, MEMBER_VALUE));
}
END_TEST

/* edge: 6 */
START_TEST(who_comes_after_the_result_starts_a_new_flight)
{
	int64_t token = lead(A, 1);

	finish(A, 2, 0, "1");
	ck_assert_int_eq(number_of(answered(A, 2), MEMBER_FOLLOWERS), 0);
	ck_assert_int_gt(lead(B, 3), token);
}
END_TEST

/* edge: 15 */
START_TEST(leader_that_begins_its_own_flight_again_is_refused)
{
	lead(A, 1);
	begin(A, 2);
	says(refused(A, 2, WIRE_DEADLOCK), "flight \"f\": ");
	ck_assert_ptr_nonnull(A->held);
}
END_TEST

/* edge: 23 */
START_TEST(who_does_not_wait_is_told_that_it_is_under_way)
{
	flight_begin(core, waits(by(A, 1), 0), F, 3);
	answered(A, 1);
	flight_begin(core, waits(by(B, 2), 0), F, 3);
	refused(B, 2, WIRE_BUSY);
}
END_TEST

/* edge: 10 14 */
START_TEST(followers_that_go_disturb_nobody_and_others_may_join)
{
	lead(A, 1);
	flight_begin(core, waits(by(B, 2), 10), F, 3);
	begin(C, 3);
	at(10);
	refused(B, 2, WIRE_TIMEOUT);
	leave(C);
	ck_assert(exists(&flight_kind, "f"));
	begin(B, 4);
	finish(A, 5, 0, "1");
	ck_assert_int_eq(number_of(answered(A, 5), MEMBER_FOLLOWERS), 1);
	answered(B, 4);
	silence();
}
END_TEST

START_TEST(only_a_leader_reports)
{
	int64_t token;

	finish(B, 1, 0, "1");
	refused(B, 1, WIRE_NOT_HELD);
	token = lead(A, 2);
	begin(B, 3);
	finish(B, 4, 0, "1");
	refused(B, 4, WIRE_NOT_HELD);
	finish(B, 5, token, "1");
	refused(B, 5, WIRE_STALE_TOKEN);
	fail_with(A, 6, "no", NULL);
	answered(A, 6);
	refused(B, 3, WIRE_FLIGHT_FAILED);
	flight_abandon(core, by(A, 7), F, 0);
	refused(A, 7, WIRE_NOT_HELD);
	finish(A, 8, token, "1");
	refused(A, 8, WIRE_NOT_HELD);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    first_to_begin_leads_and_is_told_so,
	    result_reaches_every_follower_in_the_same_turn,
	    follower_of_another_uid_is_told_whose_result_it_is,
	    value_is_stored_once_however_many_share_it,
	    nothing_null_false_zero_and_empty_are_results,
	    failure_of_the_leader_reaches_every_follower_as_such,
	    failure_without_words_has_empty_ones_and_no_value,
	    who_comes_after_the_result_starts_a_new_flight,
	    leader_that_begins_its_own_flight_again_is_refused,
	    who_does_not_wait_is_told_that_it_is_under_way,
	    followers_that_go_disturb_nobody_and_others_may_join,
	    only_a_leader_reports,
	    NULL,
	};

	return unit_main("flight", true, tests, NULL);
}
