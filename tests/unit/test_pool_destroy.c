/* SPDX-License-Identifier: MIT */
/* What of a pool is to be destroyed, who hears of it, and when; and what its
 * objects cost until then. */
#include "pools.h"

#include <stdio.h>

/* Fills the pool: n objects "1" … are created by A and put in this order, one
 * each ms. */
static void fill(int n)
{
	for (int i = 0; i < n; i++)
		take(A, NULL);
	for (int i = 0; i < n; i++) {
		char text[20];

		(void)snprintf(text, sizeof(text), "%d", i + 1);
		put(A, 1, A->held->mine_prev->token, text); /* the oldest */
		answered(A, 1);
		at(core->now + 1);
	}
}

/* A get is granted, and this comes out with it to be destroyed. */
static void get_with_duty(struct session *session, const char *duty)
{
	const struct answer *answer;

	get(by(session, 900), -1);
	answer = answered(session, 900);
	ck_assert_str_eq(text_of(answer, MEMBER_DESTROY), duty);
}

static size_t bytes(void)
{
	return used(UNIT_UID, QUOTA_BYTES);
}

/* Idle for too long -------------------------------------------------------- */

/* edge: 77 */
/* row: 46 */
START_TEST(object_idle_for_exactly_the_limit_is_still_lent)
{
	set(1, 10);
	take(A, NULL);
	put_back(A, "1");
	at(10);
	take(B, "1");
	put_back(B, NULL); /* its age begins anew */
	at(20);
	take(B, "1");
	put_back(B, NULL);
	at(31);
	get(by(B, 1), -1);
	ck_assert_str_eq(text_of(answered(B, 1), MEMBER_DESTROY), "1");
}
END_TEST

/* edge: 75 76 */
START_TEST(get_finds_all_that_are_too_old_oldest_first_each_once)
{
	set(4, 10);
	fill(4); /* idle since 0, 1, 2 and 3 */
	at(13);
	expect_sizes(4, 4); /* nobody has looked */
	get_with_duty(B, "1,2,3");
	expect_sizes(1, 0);
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_POOL][TALLY_EXPIRED], 3);
	take(B, NULL); /* no duty any more */
}
END_TEST

START_TEST(no_timer_looks_at_idle_objects)
{
	set(1, 10);
	take(A, NULL);
	put_back(A, "1");
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	at(1000);
	silence();
	expect_sizes(1, 1);
}
END_TEST

START_TEST(limit_of_zero_is_none)
{
	set(1, 0);
	take(A, NULL);
	put_back(A, "1");
	at((mtime_t)1 << 50);
	take(A, "1");
}
END_TEST

/* edge: 82 */
START_TEST(put_is_handed_to_a_waiter_however_short_the_limit)
{
	set(1, 1);
	take(A, NULL);
	get(by(B, 1), -1);
	at(1000);
	put(A, 2, 0, "1");
	ck_assert(!has(answered(B, 1), MEMBER_DESTROY));
	answered(A, 2);
}
END_TEST

START_TEST(in_fifo_order_too_the_oldest_expire)
{
	struct pool_terms terms = no_terms();

	terms.capacity = 3;
	terms.max_idle_ms = 10;
	terms.order = POOL_FIFO;
	set_terms(&terms);
	fill(3); /* idle since 0, 1 and 2 */
	at(12);
	get(by(B, 1), -1);
	ck_assert_str_eq(text_of(answered(B, 1), MEMBER_DESTROY), "1,2");
	put_back(B, NULL);
	take(C, "3");
}
END_TEST

/* Vanished borrowers ------------------------------------------------------- */

/* edge: 73 74 */
START_TEST(object_of_a_vanished_borrower_is_the_next_ones_to_destroy_once)
{
	set(2, -1);
	take(A, NULL);
	put_back(A, "\"old\"");
	take(A, "\"old\"");
	put(A, 1, 0, "null"); /* it keeps its last value */
	answered(A, 1);
	leave(A);
	expect_sizes(0, 0);
	ck_assert_uint_eq(bytes(), 5); /* somebody has to pay until then */
	get_with_duty(B, "\"old\"");
	ck_assert_uint_eq(bytes(), 0);
	leave(B);
	take(C, NULL); /* handed out once, and B's end is not our affair */
}
END_TEST

START_TEST(duty_comes_out_with_a_get_that_had_waited)
{
	const struct answer *answer;

	set(1, -1);
	take(A, NULL);
	put_back(A, "1");
	take(A, "1");
	get(by(B, 1), -1);
	leave(A);
	answer = answered(B, 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), 1);
	ck_assert_str_eq(text_of(answer, MEMBER_DESTROY), "1");
}
END_TEST

START_TEST(dropped_object_is_its_borrowers_own_affair)
{
	set(1, -1);
	take(A, NULL);
	put_back(A, "1");
	take(A, "1");
	pool_drop(core, by(A, 1), P, 0);
	answered(A, 1);
	take(B, NULL);
	ck_assert_str_eq(cleared(), "");
}
END_TEST

/* Clear -------------------------------------------------------------------- */

/* edge: 78 79 */
START_TEST(clear_hands_out_duties_then_idle_ones_oldest_first)
{
	set(4, -1);
	fill(4);
	take(C, "4");
	take(B, "3");
	leave(B);
	ck_assert_str_eq(cleared(), "3,1,2");
	expect_sizes(1, 0);
	put_back(C, NULL);
	take(C, "4"); /* it was lent, and is none of this */
	ck_assert_str_eq(cleared(), "");
}
END_TEST

/* edge: 80 */
START_TEST(clear_leaves_makers_and_waiters_alone)
{
	set(1, -1);
	take(A, NULL);
	get(by(B, 1), -1);
	ck_assert_str_eq(cleared(), "");
	silence();
	put(A, 2, 0, "1");
	lent(B, 1, "1");
	answered(A, 2);
}
END_TEST

START_TEST(clear_of_what_only_use_has_made_ends_it)
{
	get(by(A, 1), 1);
	told_to_create(A, 1);
	put_back(A, "1");
	ck_assert_str_eq(cleared(), "1");
	ck_assert(!exists(&pool_kind, "p"));
	pool_clear(core, by(A, 2), P);
	refused(A, 2, WIRE_UNKNOWN_KEY);
}
END_TEST

/* Surplus ------------------------------------------------------------------ */

START_TEST(surplus_after_a_lowered_capacity_is_destroyed_oldest_first)
{
	set(5, -1);
	fill(5);
	take(B, "5");
	set(2, -1);
	expect_sizes(2, 1);
	get_with_duty(C, "1,2,3");
	expect_sizes(2, 0);
}
END_TEST

START_TEST(lent_objects_beyond_the_capacity_drain_as_they_come_back)
{
	set(3, -1);
	fill(3);
	take(B, "3");
	take(B, "2");
	take(B, "1");
	get(by(C, 1), -1);
	set(1, -1);
	expect_sizes(3, 0);
	put_back(B, NULL); /* "1", and C is not served */
	put_back(B, NULL);
	expect_sizes(1, 0);
	silence();
	put(B, 2, 0, "\"kept\"");
	ck_assert_str_eq(text_of(answered(C, 1), MEMBER_DESTROY), "1,2");
	answered(B, 2);
	put_back(C, NULL);
	take(C, "\"kept\"");
}
END_TEST

START_TEST(surplus_room_of_a_creator_drains_too)
{
	set(2, -1);
	take(A, NULL);
	take(B, NULL);
	set(1, -1);
	put_back(A, "1");
	expect_sizes(1, 0);
	put_back(B, "2");
	expect_sizes(1, 1);
	get_with_duty(C, "1");
}
END_TEST

/* How much goes into one answer -------------------------------------------- */

/* A pool with n objects to be destroyed of len bytes each. */
static void doom_large(int n, size_t len)
{
	char text[UNIT_MAX_LINE];

	memset(text, '7', len);
	text[len] = '\0';
	set(n, 1);
	for (int i = 0; i < n; i++)
		take(A, NULL);
	for (int i = 0; i < n; i++)
		put_back(A, text);
	at(core->now + 10);
}

START_TEST(answer_that_would_be_too_long_says_that_there_is_more)
{
	const struct answer *answer;

	doom_large(5, 1500);
	get(by(B, 1), -1);
	answer = answered(B, 1);
	ck_assert_uint_eq(
	    strlen(text_of(answer, MEMBER_DESTROY)), 2 * 1500 + 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_MORE), 1);
	ck_assert_uint_eq(bytes(), 3 * 1500);
	pool_clear(core, by(B, 2), P);
	answer = answered(B, 2);
	ck_assert_uint_eq(
	    strlen(text_of(answer, MEMBER_DESTROY)), 2 * 1500 + 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_MORE), 1);
	pool_clear(core, by(B, 3), P);
	answer = answered(B, 3);
	ck_assert_uint_eq(strlen(text_of(answer, MEMBER_DESTROY)), 1500);
	ck_assert(!has(answer, MEMBER_MORE));
	ck_assert_uint_eq(bytes(), 0);
}
END_TEST

START_TEST(value_that_is_lent_takes_of_the_room_for_duties)
{
	const struct answer *answer;
	char text[UNIT_MAX_LINE];

	memset(text, '8', 2500);
	text[2500] = '\0';
	set(2, -1);
	take(A, NULL);
	take(B, NULL);
	put_back(A, text);
	take(A, text);
	leave(A);          /* 2,500 bytes to be destroyed */
	put_back(B, text); /* and as many to be lent */
	get(by(B, 1), -1);
	answer = answered(B, 1);
	ck_assert(has(answer, MEMBER_VALUE) && !has(answer, MEMBER_DESTROY));
	ck_assert_int_eq(flag_of(answer, MEMBER_MORE), 1);
	get_with_duty(C, text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    object_idle_for_exactly_the_limit_is_still_lent,
	    get_finds_all_that_are_too_old_oldest_first_each_once,
	    no_timer_looks_at_idle_objects,
	    limit_of_zero_is_none,
	    put_is_handed_to_a_waiter_however_short_the_limit,
	    in_fifo_order_too_the_oldest_expire,
	    object_of_a_vanished_borrower_is_the_next_ones_to_destroy_once,
	    duty_comes_out_with_a_get_that_had_waited,
	    dropped_object_is_its_borrowers_own_affair,
	    clear_hands_out_duties_then_idle_ones_oldest_first,
	    clear_leaves_makers_and_waiters_alone,
	    clear_of_what_only_use_has_made_ends_it,
	    surplus_after_a_lowered_capacity_is_destroyed_oldest_first,
	    lent_objects_beyond_the_capacity_drain_as_they_come_back,
	    surplus_room_of_a_creator_drains_too,
	    answer_that_would_be_too_long_says_that_there_is_more,
	    value_that_is_lent_takes_of_the_room_for_duties,
	    NULL,
	};

	return unit_main("pool destroy", true, tests, NULL);
}
