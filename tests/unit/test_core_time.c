/* SPDX-License-Identifier: MIT */
/* The core's time: what is due, in which order, and when the next is. */
#include "toy.h"

#define YEAR_MS ((mtime_t)365 * 24 * 60 * 60 * 1000)

struct alarm {
	struct deadline deadline;
	char name;
	struct alarm *sets; /* when it goes off; NULL: nothing */
	mtime_t sets_to;
};

/* The names of the alarms that went off. */
static char rung[100];
static size_t n_rung;

static void on_alarm(struct core *in, struct deadline *deadline)
{
	struct alarm *alarm = HEAP_OWNER(deadline, struct alarm, deadline);

	ck_assert_ptr_eq(in, core);
	ck_assert_uint_eq(deadline->item.pos, HEAP_OUT);
	ck_assert_uint_lt(n_rung, sizeof(rung) - 1);
	rung[n_rung++] = alarm->name;
	if (alarm->sets != NULL)
		core_set_deadline(
		    in, &alarm->sets->deadline, alarm->sets_to, CORE_END);
}

static void set(struct alarm *alarm, mtime_t when, enum core_rank rank)
{
	core_set_deadline(core, &alarm->deadline, when, rank);
	core_check(core);
}

/* Alarms called a, b, c …, none of them set. */
static struct alarm *alarms(void)
{
	static struct alarm all[26];

	for (int i = 0; i < 26; i++) {
		all[i] = (struct alarm){.name = (char)('a' + i)};
		all[i].deadline.fire = on_alarm;
		heap_item_init(&all[i].deadline.item);
	}
	return all;
}

static void expect_rung(const char *names)
{
	ck_assert_str_eq(rung, names);
}

START_TEST(time_never_goes_back)
{
	at(100);
	ck_assert_int_eq(core->now, 100);
	at(99);
	ck_assert_int_eq(core->now, 100);
	at(0);
	ck_assert_int_eq(core->now, 100);
	at(101);
	ck_assert_int_eq(core->now, 101);
}
END_TEST

START_TEST(next_deadline_is_the_earliest_or_never)
{
	struct alarm *all = alarms();

	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	set(&all[0], 30, CORE_WAIT);
	ck_assert_int_eq(core_deadline(core), 30);
	set(&all[1], 20, CORE_WAIT);
	set(&all[2], 40, CORE_END);
	ck_assert_int_eq(core_deadline(core), 20);
	at(20);
	ck_assert_int_eq(core_deadline(core), 30);
	at(1000);
	expect_rung("bac");
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
}
END_TEST

START_TEST(deadline_comes_at_its_time_and_not_before)
{
	struct alarm *all = alarms();

	set(&all[0], 10, CORE_WAIT);
	at(9);
	expect_rung("");
	at(10);
	expect_rung("a");
	at(11);
	expect_rung("a");
}
END_TEST

START_TEST(deadline_can_be_moved_either_way_and_taken_out)
{
	struct alarm *all = alarms();

	set(&all[0], 10, CORE_WAIT);
	set(&all[0], 50, CORE_WAIT);
	set(&all[1], 50, CORE_WAIT);
	set(&all[1], 20, CORE_WAIT);
	set(&all[2], 20, CORE_WAIT);
	set(&all[2], MTIME_NEVER, CORE_WAIT);
	set(&all[3], 20, CORE_WAIT);
	core_clear_deadline(core, &all[3].deadline);
	core_clear_deadline(core, &all[3].deadline);
	set(&all[4], MTIME_NEVER, CORE_END);
	at(20);
	expect_rung("b");
	at(50);
	expect_rung("ba");
}
END_TEST

START_TEST(deadlines_come_in_the_order_of_their_times_however_far_time_jumps)
{
	struct alarm *all = alarms();
	static const char expected[] = "aibjckdlemfngohp";

	for (int i = 0; i < 8; i++) {
		set(&all[i], 20 * i + 10, CORE_WAIT);
		set(&all[8 + i], 20 * i + 20, CORE_END);
	}
	at(YEAR_MS);
	expect_rung(expected);
}
END_TEST

START_TEST(of_those_due_at_once_ends_come_before_waits)
{
	struct alarm *all = alarms();

	set(&all[0], 10, CORE_WAIT);
	set(&all[1], 10, CORE_END);
	set(&all[2], 10, CORE_WAIT);
	set(&all[3], 10, CORE_END);
	set(&all[4], 9, CORE_WAIT);
	at(10);
	expect_rung("ebdac");
}
END_TEST

START_TEST(of_one_class_the_first_set_is_the_first_due)
{
	struct alarm *all = alarms();

	for (int i = 9; i >= 0; i--)
		set(&all[i], 10, CORE_WAIT);
	set(&all[5], 10, CORE_WAIT); /* set anew, so it is the last */
	at(10);
	expect_rung("jihgedcbaf");
}
END_TEST

START_TEST(what_an_alarm_sets_comes_in_the_same_turn_if_it_is_due)
{
	struct alarm *all = alarms();

	all[0].sets = &all[1];
	all[0].sets_to = 15;
	all[1].sets = &all[2];
	all[1].sets_to = 200;
	set(&all[0], 10, CORE_WAIT);
	set(&all[3], 15, CORE_WAIT);
	at(100);
	expect_rung("abd");
	ck_assert_int_eq(core_deadline(core), 200);
	at(200);
	expect_rung("abdc");
}
END_TEST

START_TEST(alarm_may_set_itself_again)
{
	struct alarm *all = alarms();

	all[0].sets = &all[0];
	all[0].sets_to = 20;
	set(&all[0], 10, CORE_WAIT);
	at(19);
	expect_rung("a");
	all[0].sets = NULL;
	at(20);
	expect_rung("aa");
}
END_TEST

/* What the claims do with it ------------------------------------------------
 */

START_TEST(all_that_a_jump_brings_happens_at_the_new_time)
{
	const struct key *key = key_of(&toy_kind, "k");

	toy_ask(leased(by(A, 1), 10), key);
	answered(A, 1);
	toy_ask(leased(waits(by(B, 2), 500), 20), key);
	at(100);
	answered(B, 2);
	ck_assert_int_eq(B->held->since, 100);
	ck_assert_int_eq(core_deadline(core), 120);
}
END_TEST

/* edge: 11 54 */
START_TEST(wait_that_ends_with_the_lease_in_its_way_is_granted)
{
	const struct key *key = key_of(&toy_kind, "k");

	toy_ask(waits(leased(by(A, 1), 50), 10), key);
	answered(A, 1);
	toy_ask(waits(by(B, 2), 50), key);
	at(50);
	answered(B, 2);
	silence();
}
END_TEST

START_TEST(lease_that_was_renewed_during_the_wait_still_ends_first)
{
	const struct key *key = key_of(&toy_kind, "k");

	toy_take(A, &toy_kind, "k");
	toy_ask(waits(by(B, 1), 50), key);
	at(20);
	claim_renew(core, A->held, 30);
	at(50);
	answered(B, 1);
	silence();
}
END_TEST

START_TEST(wait_that_ends_before_the_lease_in_its_way_is_over_even_in_a_jump)
{
	const struct key *key = key_of(&toy_kind, "k");

	toy_ask(leased(by(A, 1), 50), key);
	answered(A, 1);
	toy_ask(waits(by(B, 2), 49), key);
	toy_wait(C, 3, &toy_kind, "k");
	at(70);
	refused(B, 2, WIRE_TIMEOUT);
	answered(C, 3);
	silence();
}
END_TEST

/* edge: 42 */
START_TEST(a_wait_of_years_keeps_its_place)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy_ask(waits(by(C, 2), WIRE_MAX_INTEGER), key_of(&toy_kind, "k"));
	for (mtime_t year = 1; year <= 100; year++)
		at(year * YEAR_MS);
	silence();
	leave(A);
	answered(B, 1);
	leave(B);
	answered(C, 2);
}
END_TEST

/* edge: 41 */
START_TEST(dead_waiters_cost_no_time_and_shift_no_deadline)
{
	toy_take(A, &toy_kind, "k");
	for (int i = 0; i < 100; i++)
		toy_ask(waits(by(B, i + 1), 1000 + i), key_of(&toy_kind, "k"));
	toy_ask(waits(by(C, 500), 700), key_of(&toy_kind, "k"));
	leave(B);
	ck_assert_int_eq(core_deadline(core), 700);
	at(699);
	leave(A);
	answered(C, 500);
	ck_assert_int_eq(core->now, 699);
	silence();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    time_never_goes_back,
	    next_deadline_is_the_earliest_or_never,
	    deadline_comes_at_its_time_and_not_before,
	    deadline_can_be_moved_either_way_and_taken_out,
	    deadlines_come_in_the_order_of_their_times_however_far_time_jumps,
	    of_those_due_at_once_ends_come_before_waits,
	    of_one_class_the_first_set_is_the_first_due,
	    what_an_alarm_sets_comes_in_the_same_turn_if_it_is_due,
	    alarm_may_set_itself_again,
	    all_that_a_jump_brings_happens_at_the_new_time,
	    wait_that_ends_with_the_lease_in_its_way_is_granted,
	    lease_that_was_renewed_during_the_wait_still_ends_first,
	    wait_that_ends_before_the_lease_in_its_way_is_over_even_in_a_jump,
	    a_wait_of_years_keeps_its_place,
	    dead_waiters_cost_no_time_and_shift_no_deadline,
	    NULL,
	};

	return unit_main("core time", true, tests, NULL);
}
