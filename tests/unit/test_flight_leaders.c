/* SPDX-License-Identifier: MIT */
/* Leaders that are lost or give up, and who leads after them. */
#include "flights.h"

static int64_t expect_take_over(
    const struct session *session, int64_t id, int64_t attempt)
{
	const struct answer *answer = answered(session, id);

	ck_assert_int_eq(flag_of(answer, MEMBER_LEADER), 1);
	ck_assert_int_eq(number_of(answer, MEMBER_ATTEMPT), attempt);
	return token_of(answer);
}

/* edge: 1 3 */
START_TEST(oldest_follower_leads_when_the_leader_leaves)
{
	int64_t token = lead(A, 1);

	flight_begin(core, waits(by(D, 2), 5000), F, 3);
	begin(B, 3);
	leave(A);
	ck_assert_int_gt(expect_take_over(D, 2, 2), token);
	silence();
	finish(D, 4, 0, "1");
	answered(D, 4);
	ck_assert_int_eq(
	    number_of(answered(B, 3), MEMBER_BY_UID), UNIT_OTHER_UID);
}
END_TEST

/* edge: 12 */
START_TEST(lead_passes_on_past_followers_that_have_gone)
{
	lead(A, 1);
	begin(B, 2);
	flight_begin(core, waits(by(D, 3), 10), F, 3);
	begin(C, 4);
	leave(B);
	at(10);
	refused(D, 3, WIRE_TIMEOUT);
	leave(A);
	expect_take_over(C, 4, 2);
	leave(C);
	ck_assert(!exists(&flight_kind, "f"));
	silence();
}
END_TEST

/* edge: 13 */
START_TEST(leader_may_give_up_any_number_of_times)
{
	struct session *const sessions[] = {A, B, C, D};

	flight_begin(core, by(A, 1), F, 1);
	answered(A, 1);
	for (int i = 1; i <= 10; i++) {
		struct session *next = sessions[i % 4];

		begin(next, 100 + i);
		flight_abandon(core, by(sessions[(i - 1) % 4], i), F, 0);
		ck_assert_int_eq(
		    answered(sessions[(i - 1) % 4], i)->n_members, 0);
		expect_take_over(next, 100 + i, i + 1);
	}
	silence();
}
END_TEST

/* edge: 2 */
START_TEST(after_so_many_lost_leaders_the_rest_hears_of_it)
{
	struct session *guest = join(UNIT_UID, 5);

	flight_begin(core, by(A, 1), F, 3); /* its word counts */
	answered(A, 1);
	flight_begin(core, by(B, 2), F, 100);
	flight_begin(core, leased(by(C, 3), 10), F, 1);
	begin(D, 4);
	begin(guest, 5);
	leave(A);
	expect_take_over(B, 2, 2);
	core_reset(core, B);
	expect_take_over(C, 3, 3);
	silence();
	at(10); /* C's lease */
	says(refused(D, 4, WIRE_LEADER_LOST), "flight \"f\": ");
	refused(guest, 5, WIRE_LEADER_LOST);
	silence();
	ck_assert(!exists(&flight_kind, "f"));
	begin(D, 6);
	ck_assert(!has(answered(D, 6), MEMBER_ATTEMPT));
}
END_TEST

START_TEST(one_leader_may_be_all_there_is)
{
	flight_begin(core, by(A, 1), F, 1);
	answered(A, 1);
	begin(B, 2);
	leave(A);
	refused(B, 2, WIRE_LEADER_LOST);
}
END_TEST

START_TEST(lost_leaders_and_those_who_gave_up_are_counted_apart)
{
	flight_begin(core, by(A, 1), F, 2);
	answered(A, 1);
	begin(B, 2);
	begin(C, 3);
	begin(D, 4);
	flight_abandon(core, by(A, 5), F, 0);
	answered(A, 5);
	expect_take_over(B, 2, 2);
	leave(B);
	expect_take_over(C, 3, 3);
	leave(C);
	refused(D, 4, WIRE_LEADER_LOST);
}
END_TEST

/* edge: 9 */
START_TEST(late_result_completes_nothing)
{
	int64_t token;

	flight_begin(core, leased(by(A, 1), 10), F, 3);
	token = token_of(answered(A, 1));
	begin(B, 2);
	begin(C, 3);
	at(10);
	expect_take_over(B, 2, 2);
	finish(A, 4, token, "\"late\"");
	refused(A, 4, WIRE_STALE_TOKEN);
	finish(A, 5, 0, "\"late\"");
	refused(A, 5, WIRE_NOT_HELD);
	silence();
	finish(B, 6, 0, "\"good\"");
	answered(B, 6);
	ck_assert_str_eq(text_of(answered(C, 3), MEMBER_VALUE), "\"good\"");
	finish(A, 7, token, "\"late\"");
	refused(A, 7, WIRE_NOT_HELD);
}
END_TEST

START_TEST(lease_bounds_the_lead_of_who_asked_for_it)
{
	lead(A, 1);
	flight_begin(core, leased(by(B, 2), 10), F, 3);
	at(500);
	leave(A);
	expect_take_over(B, 2, 2);
	ck_assert_int_eq(core_deadline(core), 510);
	at(510);
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

START_TEST(counts_tell_fresh_shared_and_taken_over)
{
	const int64_t *counts = core->tally.counts[WIRE_KIND_FLIGHT];

	lead(A, 1);
	begin(B, 2);
	begin(C, 3);
	leave(A);
	expect_take_over(B, 2, 2);
	finish(B, 4, 0, "1");
	answered(B, 4);
	answered(C, 3);
	ck_assert_int_eq(counts[TALLY_FRESH], 1);
	ck_assert_int_eq(counts[TALLY_TAKE_OVERS], 1);
	ck_assert_int_eq(counts[TALLY_SHARED], 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    oldest_follower_leads_when_the_leader_leaves,
	    lead_passes_on_past_followers_that_have_gone,
	    leader_may_give_up_any_number_of_times,
	    after_so_many_lost_leaders_the_rest_hears_of_it,
	    one_leader_may_be_all_there_is,
	    lost_leaders_and_those_who_gave_up_are_counted_apart,
	    late_result_completes_nothing,
	    lease_bounds_the_lead_of_who_asked_for_it,
	    counts_tell_fresh_shared_and_taken_over,
	    NULL,
	};

	return unit_main("flight leaders", true, tests, NULL);
}
