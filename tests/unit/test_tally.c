/* SPDX-License-Identifier: MIT */
/* Counters: their names, what they are for, and that the core counts. */
#include "toy.h"

#include <string.h>

static int64_t count(enum tally_count which)
{
	return core->tally.counts[WIRE_KIND_LOCK][which];
}

START_TEST(counters_have_names_of_their_own)
{
	for (int i = 0; i < TALLY_N_COUNTS; i++) {
		const char *name = tally_name((enum tally_count)i);

		ck_assert_uint_gt(strlen(name), 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(name, tally_name((enum tally_count)j));
	}
	ck_assert_str_eq(tally_name(TALLY_KEYS), "keys");
	ck_assert_str_eq(tally_name(TALLY_LEASE_EXPIRED), "lease_expired");
	ck_assert_str_eq(tally_name(TALLY_EXPIRED), "expired");
}
END_TEST

START_TEST(counters_are_for_the_kinds_that_can_count_there)
{
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		enum wire_kind of = (enum wire_kind)kind;
		bool flight = of == WIRE_KIND_FLIGHT;
		bool pool = of == WIRE_KIND_POOL;

		ck_assert(tally_is_for(TALLY_KEYS, of));
		ck_assert(tally_is_for(TALLY_UNDELIVERED, of));
		ck_assert_int_eq(tally_is_for(TALLY_FRESH, of), flight);
		ck_assert_int_eq(tally_is_for(TALLY_TAKE_OVERS, of), flight);
		ck_assert_int_eq(tally_is_for(TALLY_REUSED, of), pool);
		ck_assert_int_eq(
		    tally_is_for(TALLY_EXPIRED, of), flight || pool);
	}
}
END_TEST

START_TEST(refusals_count_by_their_code_or_not_at_all)
{
	bool taken[TALLY_N_COUNTS + 1] = {false};
	int n_counted = 0;

	ck_assert_int_eq(tally_of_code(WIRE_BUSY), TALLY_BUSY);
	ck_assert_int_eq(tally_of_code(WIRE_TIMEOUT), TALLY_TIMEOUT);
	ck_assert_int_eq(tally_of_code(WIRE_QUEUE_FULL), TALLY_QUEUE_FULL);
	ck_assert_int_eq(tally_of_code(WIRE_CANCELLED), TALLY_CANCELLED);
	ck_assert_int_eq(tally_of_code(WIRE_DEADLOCK), TALLY_DEADLOCK);
	ck_assert_int_eq(tally_of_code(WIRE_QUOTA), TALLY_QUOTA);
	ck_assert_int_eq(tally_of_code(WIRE_LEADER_LOST), TALLY_LEADER_LOST);
	for (int code = 0; code < WIRE_N_CODES; code++) {
		enum tally_count which = tally_of_code((enum wire_code)code);

		if (which == TALLY_N_COUNTS)
			continue;
		ck_assert_msg(!taken[which], "%s twice", tally_name(which));
		taken[which] = true;
		n_counted++;
	}
	ck_assert_int_eq(n_counted, 7);
}
END_TEST

START_TEST(gauges_rise_and_fall)
{
	toy_take(A, &toy_sole_kind, "k");
	toy_wait(B, 1, &toy_sole_kind, "k");
	ck_assert_int_eq(count(TALLY_KEYS), 1);
	ck_assert_int_eq(count(TALLY_HOLDS), 1);
	ck_assert_int_eq(count(TALLY_WAITS), 1);
	leave(A);
	answered(B, 1);
	ck_assert_int_eq(count(TALLY_HOLDS), 1);
	ck_assert_int_eq(count(TALLY_WAITS), 0);
	leave(B);
	ck_assert_int_eq(count(TALLY_KEYS), 0);
	ck_assert_int_eq(count(TALLY_HOLDS), 0);
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_POOL][TALLY_GRANTED], 0);
}
END_TEST

/* edge: 28 */
START_TEST(every_end_of_a_wait_is_counted_as_what_it_was)
{
	toy_take(A, &toy_sole_kind, "k");
	toy_wait(B, 1, &toy_sole_kind, "k");
	claim_cancel(core, B->waiting, WIRE_CANCELLED);
	refused(B, 1, WIRE_CANCELLED);
	toy_ask(waits(by(B, 2), 10), key_of(&toy_sole_kind, "k"));
	at(10);
	refused(B, 2, WIRE_TIMEOUT);
	toy_wait(B, 3, &toy_sole_kind, "k");
	leave(B);
	toy_ask(waits(by(C, 4), 0), key_of(&toy_sole_kind, "k"));
	refused(C, 4, WIRE_BUSY);
	toy_wait(C, 5, &toy_sole_kind, "k");
	leave(A);
	answered(C, 5);
	ck_assert_int_eq(count(TALLY_WAITS), 0);
	ck_assert_int_eq(count(TALLY_WAITED), 4);
	ck_assert_int_eq(count(TALLY_CANCELLED), 1);
	ck_assert_int_eq(count(TALLY_TIMEOUT), 1);
	ck_assert_int_eq(count(TALLY_LEFT), 1);
	ck_assert_int_eq(count(TALLY_BUSY), 1);
	ck_assert_int_eq(count(TALLY_GRANTED), 2);
}
END_TEST

START_TEST(every_end_of_a_hold_is_counted_as_what_it_was)
{
	static const enum tally_count counts[] = {
	    [CLAIM_RELEASED] = TALLY_RELEASED,
	    [CLAIM_GIVEN_UP] = TALLY_RELEASED,
	    [CLAIM_EXPIRED] = TALLY_LEASE_EXPIRED,
	    [CLAIM_LOST] = TALLY_LOST,
	    [CLAIM_RESET] = TALLY_RESET,
	    [CLAIM_UNDELIVERED] = TALLY_UNDELIVERED,
	};

	for (int how = CLAIM_RELEASED; how <= CLAIM_UNDELIVERED; how++) {
		enum tally_count which = counts[how];
		int64_t before = count(which);

		claim_end(core, toy_take(A, &toy_sole_kind, "k"),
		    (enum claim_end)how);
		ck_assert_int_eq(count(which), before + 1);
	}
	ck_assert_int_eq(count(TALLY_RELEASED), 2);
	ck_assert_int_eq(count(TALLY_GRANTED), 6);
	ck_assert_int_eq(count(TALLY_HOLDS), 0);
}
END_TEST

START_TEST(waits_and_holds_that_are_over_are_timed)
{
	const struct histogram *waits = core->tally.wait_ms;
	const struct histogram *holds = core->tally.hold_ms;

	toy_take(A, &toy_sole_kind, "k");
	at(3);
	toy_wait(B, 1, &toy_sole_kind, "k");
	toy_wait(C, 2, &toy_sole_kind, "k");
	at(10);
	ck_assert_int_eq(waits[WIRE_KIND_LOCK].count, 0);
	ck_assert_int_eq(holds[WIRE_KIND_LOCK].count, 0);
	leave(A);
	answered(B, 1);
	ck_assert_int_eq(waits[WIRE_KIND_LOCK].buckets[7], 1);
	ck_assert_int_eq(holds[WIRE_KIND_LOCK].buckets[10], 1);
	at(12);
	claim_cancel(core, C->waiting, WIRE_CANCELLED);
	refused(C, 2, WIRE_CANCELLED);
	leave(B);
	ck_assert_int_eq(waits[WIRE_KIND_LOCK].count, 2);
	ck_assert_int_eq(waits[WIRE_KIND_LOCK].sum, 7 + 9);
	ck_assert_int_eq(holds[WIRE_KIND_LOCK].count, 2);
	ck_assert_int_eq(holds[WIRE_KIND_LOCK].sum, 10 + 2);
	ck_assert_int_eq(waits[WIRE_KIND_POOL].count, 0);
}
END_TEST

START_TEST(connections_are_counted_as_they_come)
{
	/* Four there are to begin with. */
	ck_assert_int_eq(core->tally.n_joined, 4);
	ck_assert_uint_eq(core->n_users, 2);
	leave(D);
	ck_assert_uint_eq(core->n_users, 1);
	leave(A);
	ck_assert_uint_eq(core->n_users, 1);
	join(UNIT_OTHER_UID, 99);
	ck_assert_uint_eq(core->n_users, 2);
	ck_assert_int_eq(core->tally.n_joined, 5);
}
END_TEST

/* A detached hold outlives its connection, but its user is gone. */
START_TEST(a_user_without_connections_is_not_counted)
{
	toy_ask(detached(by(D, 1), 1000), key_of(&toy_kind, "k"));
	answered(D, 1);
	leave(D);
	ck_assert_uint_eq(core->n_users, 1);
	join(UNIT_OTHER_UID, 99);
	ck_assert_uint_eq(core->n_users, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    counters_have_names_of_their_own,
	    counters_are_for_the_kinds_that_can_count_there,
	    refusals_count_by_their_code_or_not_at_all,
	    gauges_rise_and_fall,
	    every_end_of_a_wait_is_counted_as_what_it_was,
	    every_end_of_a_hold_is_counted_as_what_it_was,
	    waits_and_holds_that_are_over_are_timed,
	    connections_are_counted_as_they_come,
	    a_user_without_connections_is_not_counted,
	    NULL,
	};

	return unit_main("tally", true, tests, NULL);
}
