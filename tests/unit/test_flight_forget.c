/* SPDX-License-Identifier: MIT */
/* Forgotten flights: they go on by themselves, and nobody joins them. */
#include "flights.h"

#define N_MANY 60

static void forget(int64_t id, int forgotten)
{
	flight_forget(core, by(D, id), F);
	ck_assert_int_eq(flag_of(answered(D, id), MEMBER_FORGOTTEN), forgotten);
}

START_TEST(there_may_be_nothing_to_forget)
{
	forget(1, 0);
	ck_assert(!exists(&flight_kind, "f"));
	lead(A, 2);
	finish(A, 3, 0, "1");
	answered(A, 3);
	forget(4, 0);
}
END_TEST

/* edge: 7 */
START_TEST(
    begin_after_forget_starts_a_flight_that_the_old_ones_end_leaves_alone)
{
	int64_t old = lead(A, 1), token;

	forget(2, 1);
	token = lead(B, 3);
	ck_assert_int_gt(token, old);
	begin(C, 4);
	finish(A, 5, 0, "\"old\"");
	ck_assert_int_eq(number_of(answered(A, 5), MEMBER_FOLLOWERS), 0);
	silence();
	finish(B, 6, 0, "\"new\"");
	answered(B, 6);
	ck_assert_str_eq(text_of(answered(C, 4), MEMBER_VALUE), "\"new\"");
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

/* edge: 8 */
START_TEST(followers_of_a_forgotten_flight_get_its_leaders_result)
{
	lead(A, 1);
	begin(B, 2);
	forget(3, 1);
	lead(C, 4);
	finish(C, 5, 0, "\"new\"");
	ck_assert_int_eq(number_of(answered(C, 5), MEMBER_FOLLOWERS), 0);
	silence();
	finish(A, 6, 0, "\"old\"");
	ck_assert_int_eq(number_of(answered(A, 6), MEMBER_FOLLOWERS), 1);
	ck_assert_str_eq(text_of(answered(B, 2), MEMBER_VALUE), "\"old\"");
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

START_TEST(forgetting_twice_forgets_once)
{
	lead(A, 1);
	forget(2, 1);
	forget(3, 0); /* no new flight has begun */
	lead(B, 4);
	forget(5, 1);
	forget(6, 0);
}
END_TEST

START_TEST(forgotten_flight_promotes_followers_and_gives_up_like_any_other)
{
	const struct answer *answer;

	flight_begin(core, by(A, 1), F, 2);
	answered(A, 1);
	begin(B, 2);
	begin(C, 3);
	forget(4, 1);
	leave(A);
	answer = answered(B, 2);
	ck_assert_int_eq(number_of(answer, MEMBER_ATTEMPT), 2);
	lead(D, 5); /* counts anew */
	leave(B);
	refused(C, 3, WIRE_LEADER_LOST);
	silence();
	ck_assert_ptr_nonnull(D->held);
}
END_TEST

START_TEST(each_flight_counts_its_leaders_anew_beside_a_forgotten_one)
{
	struct session *guest = join(UNIT_UID, 5);

	lead(A, 1);
	forget(2, 1);
	flight_begin(core, by(B, 3), F, 2);
	answered(B, 3);
	leave(B); /* nobody followed, so this flight is over */
	flight_begin(core, by(C, 4), F, 2);
	ck_assert(!has(answered(C, 4), MEMBER_ATTEMPT));
	begin(D, 5);
	begin(guest, 6);
	leave(C);
	ck_assert_int_eq(number_of(answered(D, 5), MEMBER_ATTEMPT), 2);
	leave(D);
	refused(guest, 6, WIRE_LEADER_LOST);
}
END_TEST

START_TEST(lease_of_a_forgotten_lead_runs_on)
{
	flight_begin(core, leased(by(A, 1), 10), F, 3);
	answered(A, 1);
	begin(B, 2);
	forget(3, 1);
	at(10);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_ATTEMPT), 2);
}
END_TEST

START_TEST(result_of_a_forgotten_flight_is_not_kept)
{
	lead(A, 1);
	begin(B, 2);
	forget(3, 1);
	finish_and_keep(A, 4, 0, "1", 1000);
	answered(A, 4);
	answered(B, 2);
	ck_assert(!exists(&flight_kind, "f"));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 0);
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
}
END_TEST

START_TEST(result_of_the_new_flight_can_be_kept_beside_a_forgotten_one)
{
	lead(A, 1);
	forget(2, 1);
	lead(B, 3);
	finish_and_keep(B, 4, 0, "\"new\"", 1000);
	answered(B, 4);
	finish(A, 5, 0, "\"old\"");
	answered(A, 5);
	begin(C, 6);
	ck_assert_str_eq(text_of(answered(C, 6), MEMBER_VALUE), "\"new\"");
}
END_TEST

START_TEST(leader_of_both_means_the_newest_or_says_which)
{
	int64_t old = lead(A, 1);

	begin(B, 2);
	forget(3, 1);
	lead(A, 4); /* no deadlock: it is a flight of its own */
	begin(C, 5);
	finish(A, 6, 0, "\"new\"");
	ck_assert_int_eq(number_of(answered(A, 6), MEMBER_FOLLOWERS), 1);
	ck_assert_str_eq(text_of(answered(C, 5), MEMBER_VALUE), "\"new\"");
	finish(A, 7, 0, "\"old\"");
	answered(A, 7);
	ck_assert_str_eq(text_of(answered(B, 2), MEMBER_VALUE), "\"old\"");
	old = lead(A, 8);
	forget(9, 1);
	lead(A, 10);
	finish(A, 11, old, "1");
	answered(A, 11);
	ck_assert_ptr_nonnull(A->held);
	ck_assert_ptr_null(A->held->mine_next);
	ck_assert_int_gt(A->held->token, old);
}
END_TEST

START_TEST(newest_lead_is_meant_even_when_it_is_the_forgotten_one)
{
	int64_t newest;

	/* A leads the flight that is forgotten, by promotion, after it led the
	 * one that is listed. */
	lead(B, 1);
	begin(A, 2);
	forget(3, 1);
	lead(A, 4);
	leave(B);
	newest = token_of(answered(A, 2));
	ck_assert_int_eq(A->held->token, newest);
	finish(A, 5, 0, "1");
	answered(A, 5);
	ck_assert_int_lt(A->held->token, newest);
	ck_assert_ptr_null(A->held->mine_next);
}
END_TEST

START_TEST(token_is_stale_while_any_flight_of_the_key_is_led)
{
	int64_t token = lead(A, 1);

	forget(2, 1);
	finish(B, 3, token, "1");
	refused(B, 3, WIRE_STALE_TOKEN);
	finish(B, 4, 0, "1");
	refused(B, 4, WIRE_NOT_HELD);
	finish(A, 5, token, "1");
	answered(A, 5);
	finish(B, 6, token, "1");
	refused(B, 6, WIRE_NOT_HELD);
}
END_TEST

START_TEST(waits_of_a_forgotten_flight_do_not_fill_the_queue)
{
	lead(A, 1);
	begin(B, 2);
	flight_begin(core, behind(by(C, 3), 1), F, 3);
	refused(C, 3, WIRE_QUEUE_FULL);
	forget(4, 1);
	lead(D, 5);
	flight_begin(core, behind(by(C, 6), 1), F, 3);
	silence();
	flight_begin(core, waits(by(C, 7), 0), F, 3);
	refused(C, 7, WIRE_BUSY);
}
END_TEST

START_TEST(many_forgotten_flights_end_in_any_order_and_leave_nothing)
{
	int64_t tokens[N_MANY];
	uint64_t seed = 3;
	int n = N_MANY;

	for (int i = 0; i < n; i++) {
		tokens[i] = lead(A, 1);
		forget(2, 1);
	}
	ck_assert(exists(&flight_kind, "f"));
	while (n > 0) {
		unsigned i = draw(&seed, (unsigned)n);

		finish(A, 3, tokens[i], "1");
		answered(A, 3);
		tokens[i] = tokens[--n];
	}
	ck_assert(!exists(&flight_kind, "f"));
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_FLIGHT][TALLY_KEYS], 0);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
}
END_TEST

START_TEST(session_that_leads_several_flights_of_a_key_may_leave)
{
	lead(A, 1);
	begin(B, 2);
	forget(3, 1);
	lead(A, 4);
	begin(C, 5);
	forget(6, 1);
	lead(A, 7);
	leave(A);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_ATTEMPT), 2);
	ck_assert_int_eq(number_of(answered(C, 5), MEMBER_ATTEMPT), 2);
	silence();
	leave(C);
	leave(B);
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

START_TEST(core_may_end_with_forgotten_flights)
{
	lead(A, 1);
	begin(B, 2);
	forget(3, 1);
	lead(C, 4);
	forget(5, 1);
	ck_assert(exists(&flight_kind, "f"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    there_may_be_nothing_to_forget,
	    begin_after_forget_starts_a_flight_that_the_old_ones_end_leaves_alone,
	    followers_of_a_forgotten_flight_get_its_leaders_result,
	    forgetting_twice_forgets_once,
	    forgotten_flight_promotes_followers_and_gives_up_like_any_other,
	    each_flight_counts_its_leaders_anew_beside_a_forgotten_one,
	    lease_of_a_forgotten_lead_runs_on,
	    result_of_a_forgotten_flight_is_not_kept,
	    result_of_the_new_flight_can_be_kept_beside_a_forgotten_one,
	    leader_of_both_means_the_newest_or_says_which,
	    newest_lead_is_meant_even_when_it_is_the_forgotten_one,
	    token_is_stale_while_any_flight_of_the_key_is_led,
	    waits_of_a_forgotten_flight_do_not_fill_the_queue,
	    many_forgotten_flights_end_in_any_order_and_leave_nothing,
	    session_that_leads_several_flights_of_a_key_may_leave,
	    core_may_end_with_forgotten_flights,
	    NULL,
	};

	return unit_main("flight forget", true, tests, NULL);
}
