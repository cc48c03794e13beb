/* SPDX-License-Identifier: MIT */
/* Pool: lending and giving back. What is to be destroyed: test_pool_destroy.c;
 * what a pool is like and who says so: test_pool_terms.c. */
#include "pools.h"

START_TEST(first_get_with_a_capacity_makes_the_pool_and_is_told_to_create)
{
	const struct answer *answer;

	get(by(A, 1), 2);
	answer = answered(A, 1);
	ck_assert_int_eq(token_of(answer), UNIT_FIRST_TOKEN);
	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), 1);
	ck_assert_int_eq(answer->n_members, 2);
	expect_sizes(1, 0);
}
END_TEST

START_TEST(object_comes_back_as_it_was_put)
{
	get(by(A, 1), 2);
	told_to_create(A, 1);
	put_back(A, "{\"port\" : 0.10}");
	expect_sizes(1, 1);
	take(B, "{\"port\" : 0.10}");
	expect_sizes(1, 0);
	put_back(B, NULL); /* as it was */
	take(C, "{\"port\" : 0.10}");
	put_back(C, "2");
	take(A, "2");
}
END_TEST

/* edge: 68 */
START_TEST(idle_lent_and_created_together_stay_within_the_capacity)
{
	set(2, -1);
	take(A, NULL);
	take(A, NULL);
	get(waits(by(B, 1), 0), -1);
	refused(B, 1, WIRE_BUSY);
	put_back(A, "1");
	take(B, "1");
	get(waits(by(C, 2), 0), -1);
	refused(C, 2, WIRE_BUSY);
	expect_sizes(2, 0);
	put_back(B, NULL);
	put_back(A, "2");
	take(C, "2");
	take(C, "1");
	get(waits(by(C, 3), 0), -1);
	refused(C, 3, WIRE_BUSY);
}
END_TEST

START_TEST(last_in_is_first_out_unless_said_otherwise)
{
	struct pool_terms terms = no_terms();
	int64_t tokens[3];

	set(3, -1);
	for (int i = 0; i < 3; i++)
		tokens[i] = take(A, NULL);
	put(A, 1, tokens[1], "1");
	answered(A, 1);
	put(A, 2, tokens[0], "2");
	answered(A, 2);
	put(A, 3, tokens[2], "3");
	answered(A, 3);
	take(B, "3");
	terms.order = POOL_FIFO;
	set_terms(&terms);
	take(B, "1");
	put_back(B, NULL);
	take(B, "2");
	take(B, "1");
}
END_TEST

/* Putting ------------------------------------------------------------------ */

/* edge: 81 */
START_TEST(put_goes_to_the_oldest_waiter)
{
	set(1, -1);
	take(A, NULL);
	get(by(B, 1), -1);
	get(by(C, 2), -1);
	put(A, 3, 0, "1");
	lent(B, 1, "1");
	answered(A, 3);
	silence();
	put(B, 4, 0, NULL);
	lent(C, 2, "1");
	answered(B, 4);
}
END_TEST

/* edge: 81 67 */
START_TEST(object_for_waiters_that_have_given_up_is_idle)
{
	set(1, -1);
	take(A, NULL);
	get(waits(by(B, 1), 10), -1);
	get(by(C, 2), -1);
	at(10);
	refused(B, 1, WIRE_TIMEOUT);
	claim_cancel(core, C->waiting, WIRE_CANCELLED);
	refused(C, 2, WIRE_CANCELLED);
	put_back(A, "1");
	expect_sizes(1, 1);
}
END_TEST

START_TEST(newcomer_does_not_overtake_who_waits)
{
	set(1, -1);
	take(A, NULL);
	get(by(B, 1), -1);
	get(waits(by(C, 2), 0), -1);
	refused(C, 2, WIRE_BUSY);
	put(A, 3, 0, "1");
	lent(B, 1, "1");
	answered(A, 3);
	get(by(A, 4), -1);
	silence();
}
END_TEST

START_TEST(created_object_needs_a_value_and_its_maker_keeps_the_room)
{
	int64_t token;

	set(1, -1);
	token = take(A, NULL);
	put(A, 1, 0, NULL);
	says(refused(A, 1, WIRE_BAD_REQUEST), "\"value\"");
	expect_sizes(1, 0);
	put(A, 2, token, "1");
	answered(A, 2);
	expect_sizes(1, 1);
}
END_TEST

START_TEST(null_is_ignored_and_the_object_stays_out)
{
	set(1, -1);
	take(A, NULL);
	for (int i = 0; i < 2; i++) {
		const struct answer *answer;

		put(A, 1, 0, "null");
		answer = answered(A, 1);
		ck_assert_int_eq(flag_of(answer, MEMBER_IGNORED), 1);
		expect_sizes(1, 0);
		put_back(A, "[null]");
		take(A, "[null]");
	}
}
END_TEST

/* edge: 69 70 72 */
START_TEST(only_what_was_taken_can_be_put_or_dropped_and_only_once)
{
	int64_t token, other;

	put(A, 1, 0, "1");
	refused(A, 1, WIRE_NOT_HELD);
	pool_drop(core, by(A, 2), P, 0);
	refused(A, 2, WIRE_NOT_HELD);
	set(2, -1);
	token = take(A, NULL);
	other = take(B, NULL);
	put(A, 3, other, "1");
	refused(A, 3, WIRE_NOT_HELD);
	put(C, 4, 0, NULL); /* the hold is looked at before the value */
	refused(C, 4, WIRE_NOT_HELD);
	pool_drop(core, by(C, 5), P, token);
	refused(C, 5, WIRE_NOT_HELD);
	put(A, 6, token, "1");
	answered(A, 6);
	put(A, 7, token, "1");
	refused(A, 7, WIRE_NOT_HELD);
	pool_drop(core, by(A, 8), P, token);
	refused(A, 8, WIRE_NOT_HELD);
	expect_sizes(2, 1);
}
END_TEST

START_TEST(without_a_token_the_newest_object_is_meant)
{
	int64_t first;

	set(2, -1);
	first = take(A, NULL);
	take(A, NULL);
	put_back(A, "2");
	put(A, 1, first, "1");
	answered(A, 1);
	take(B, "1");
	take(B, "2");
}
END_TEST

/* Dropping and vanishing --------------------------------------------------- */

/* edge: 64 71 */
START_TEST(dropped_object_frees_its_room_and_the_next_waiter_creates)
{
	set(1, -1);
	take(A, NULL);
	get(by(B, 1), -1);
	pool_drop(core, by(A, 2), P, 0); /* its creation failed */
	told_to_create(B, 1);
	ck_assert_int_eq(answered(A, 2)->n_members, 0);
	put_back(B, "1");
	take(B, "1");
	get(by(C, 3), -1);
	pool_drop(core, by(B, 4), P, 0); /* it was broken */
	told_to_create(C, 3);
	answered(B, 4);
	expect_sizes(1, 0);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 0);
}
END_TEST

/* edge: 65 */
START_TEST(creator_that_vanishes_frees_the_room_for_the_next_waiter)
{
	set(1, -1);
	take(A, NULL);
	get(by(B, 1), -1);
	leave(A);
	told_to_create(B, 1);
	silence();
}
END_TEST

/* edge: 66 */
START_TEST(slow_creator_holds_up_nobody_who_finds_room)
{
	set(2, -1);
	take(A, NULL);
	at(1000000);
	take(B, NULL);
	put_back(B, "1");
	take(C, "1");
	expect_sizes(2, 0);
}
END_TEST

START_TEST(object_of_a_vanished_borrower_is_idle_again_where_that_was_said)
{
	struct pool_terms terms = no_terms();

	terms.capacity = 1;
	terms.on_lost = POOL_REQUEUE;
	set_terms(&terms);
	take(A, NULL);
	put_back(A, "1");
	take(A, "1");
	get(by(B, 1), -1);
	leave(A);
	lent(B, 1, "1");
	get(leased(by(C, 2), 10), -1);
	leave(B);
	lent(C, 2, "1");
	at(10); /* C's lease */
	take(C, "1");
	core_reset(core, C);
	take(C, "1");
}
END_TEST

START_TEST(object_being_created_is_not_requeued)
{
	struct pool_terms terms = no_terms();

	terms.capacity = 1;
	terms.on_lost = POOL_REQUEUE;
	set_terms(&terms);
	take(A, NULL);
	leave(A);
	expect_sizes(0, 0);
	take(B, NULL);
}
END_TEST

/* Detached borrowers ------------------------------------------------------- */

START_TEST(detached_object_is_put_by_its_token_from_anywhere_of_its_uid)
{
	int64_t token;

	get(detached(by(A, 1), 100), 1);
	token = told_to_create(A, 1);
	leave(A);
	put(D, 2, token, "1");
	refused(D, 2, WIRE_NOT_HELD);
	put(B, 3, 0, "1");
	refused(B, 3, WIRE_NOT_HELD);
	put(B, 4, token, "1");
	answered(B, 4);
	take(D, "1");
}
END_TEST

START_TEST(object_whose_grant_reached_nobody_is_idle_again)
{
	int64_t token;

	set(1, -1);
	take(A, NULL);
	put_back(A, "1");
	get(detached(by(A, 1), 100), -1);
	token = lent(A, 1, "1");
	core_take_back(core, UNIT_UID, token);
	expect_sizes(1, 1);
	take(B, "1");
	pool_drop(core, by(B, 2), P, 0);
	answered(B, 2);
	get(detached(by(A, 3), 100), -1);
	token = told_to_create(A, 3);
	core_take_back(core, UNIT_UID, token);
	expect_sizes(0, 0);
}
END_TEST

START_TEST(counts_tell_created_and_reused)
{
	const int64_t *counts = core->tally.counts[WIRE_KIND_POOL];

	set(2, -1);
	take(A, NULL);
	put_back(A, "1");
	take(A, "1");
	take(A, NULL);
	ck_assert_int_eq(counts[TALLY_CREATED], 2);
	ck_assert_int_eq(counts[TALLY_REUSED], 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    first_get_with_a_capacity_makes_the_pool_and_is_told_to_create,
	    object_comes_back_as_it_was_put,
	    idle_lent_and_created_together_stay_within_the_capacity,
	    last_in_is_first_out_unless_said_otherwise,
	    put_goes_to_the_oldest_waiter,
	    object_for_waiters_that_have_given_up_is_idle,
	    newcomer_does_not_overtake_who_waits,
	    created_object_needs_a_value_and_its_maker_keeps_the_room,
	    null_is_ignored_and_the_object_stays_out,
	    only_what_was_taken_can_be_put_or_dropped_and_only_once,
	    without_a_token_the_newest_object_is_meant,
	    dropped_object_frees_its_room_and_the_next_waiter_creates,
	    creator_that_vanishes_frees_the_room_for_the_next_waiter,
	    slow_creator_holds_up_nobody_who_finds_room,
	    object_of_a_vanished_borrower_is_idle_again_where_that_was_said,
	    object_being_created_is_not_requeued,
	    detached_object_is_put_by_its_token_from_anywhere_of_its_uid,
	    object_whose_grant_reached_nobody_is_idle_again,
	    counts_tell_created_and_reused,
	    NULL,
	};

	return unit_main("pool", true, tests, NULL);
}
