/* SPDX-License-Identifier: MIT */
/* How sessions end: leaving, reset, shutdown, and answers that reach nobody. */
#include "toy.h"

#include "limit.h"

#define TOY key_of(&toy_kind, "k")

static int64_t count(enum tally_count which)
{
	return core->tally.counts[toy_kind.number][which];
}

START_TEST(leave_of_who_is_not_there_is_ignored)
{
	uint64_t id = A->id;

	core_leave(core, 0);
	core_leave(core, id + 1000);
	core_leave(core, id);
	core_leave(core, id);
	core_check(core);
	ck_assert_uint_eq(core->sessions.n_sessions, 3);
	ck_assert_ptr_null(session_find(&core->sessions, id));
}
END_TEST

/* edge: 29 49 */
START_TEST(leaving_session_gives_up_its_waits_before_its_holds)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(A, 1, &toy_kind, "k"); /* behind its own hold */
	toy_wait(B, 2, &toy_kind, "k");
	leave(A);
	answered(B, 2);
	silence();
	ck_assert_int_eq(count(TALLY_GRANTED), 2);
	ck_assert_int_eq(count(TALLY_LEFT), 1);
	ck_assert_int_eq(count(TALLY_LOST), 1);
}
END_TEST

START_TEST(waits_of_a_leaving_session_go_newest_first)
{
	struct limit_terms terms = {.capacity = 3, .permits = 2};
	const struct key *key = key_of(&limit_kind, "k");

	limit_borrow(core, by(B, 1), key, &terms);
	answered(B, 1);
	terms.permits = 3;
	limit_borrow(core, by(A, 2), key, &terms);
	terms.permits = 1; /* fits, once the one before it is gone */
	limit_borrow(core, by(A, 3), key, &terms);
	leave(A);
	silence();
	ck_assert_int_eq(count(TALLY_GRANTED), 1);
	ck_assert_int_eq(count(TALLY_LEFT), 2);
}
END_TEST

/* edge: 92 */
START_TEST(holds_of_a_leaving_session_pass_on_oldest_first)
{
	toy_take(A, &toy_kind, "x");
	toy_take(A, &toy_kind, "y");
	toy_take(A, &toy_kind, "z");
	toy_wait(B, 3, &toy_kind, "z");
	toy_wait(B, 2, &toy_kind, "y");
	toy_wait(C, 1, &toy_kind, "x");
	leave(A);
	answered(C, 1);
	answered(B, 2);
	answered(B, 3);
	silence();
	ck_assert_int_eq(toy_news.how, CLAIM_LOST);
}
END_TEST

/* edge: 92 */
START_TEST(sessions_that_leave_at_once_are_not_granted_what_another_one_held)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy_wait(B, 2, &toy_kind, "k");
	toy_wait(C, 3, &toy_kind, "k");
	core_stop_waiting(core, A->id);
	core_stop_waiting(core, B->id);
	core_stop_waiting(core, 0);
	core_check(core);
	ck_assert_ptr_null(B->waiting);
	ck_assert_ptr_nonnull(A->held);
	leave(A);
	leave(B);
	answered(C, 3);
	silence();
	ck_assert_int_eq(count(TALLY_GRANTED), 2);
	ck_assert_int_eq(count(TALLY_LEFT), 2);
}
END_TEST

START_TEST(detached_holds_outlive_their_session_and_their_uids_last_one)
{
	toy_ask(detached(by(D, 1), 100), TOY);
	answered(D, 1);
	leave(D);
	ck_assert(exists(&toy_kind, "k"));
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 1);
	at(100);
	ck_assert(!exists(&toy_kind, "k"));
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 0);
}
END_TEST

START_TEST(all_holds_are_told_lost_before_the_end_oldest_first)
{
	const struct answer *event;

	toy_take(A, &toy_kind, "x");
	toy_take(A, &toy_sole_kind, "y");
	toy_ask(detached(by(A, 1), 100), key_of(&toy_kind, "d"));
	answered(A, 1);
	toy_take(B, &toy_kind, "z");
	toy_wait(A, 2, &toy_kind, "z");
	core_say_lost(core, A->id);
	event = told_lost(A);
	ck_assert_str_eq(text_of(event, MEMBER_REASON), "eof");
	ck_assert_str_eq(text_of(event, MEMBER_KEY), "x");
	event = told_lost(A);
	ck_assert_str_eq(text_of(event, MEMBER_KIND), "lock");
	ck_assert_str_eq(text_of(event, MEMBER_KEY), "y");
	silence();
	ck_assert_ptr_nonnull(A->held->mine_next);
	core_say_lost(core, C->id);
	core_say_lost(core, 0);
	silence();
}
END_TEST

START_TEST(many_holds_are_told_lost_a_portion_at_a_time_each_of_them_once)
{
	static const char *const keys[] = {"a", "b", "c", "d", "e"};

	core->chores.portion = 2;
	for (int i = 0; i < 5; i++)
		toy_take(A, &toy_kind, keys[i]);
	for (int i = 0; i < 5; i++) {
		if (i % 2 == 0)
			ck_assert_int_eq(core_say_lost(core, A->id), i == 4);
		ck_assert_str_eq(text_of(told_lost(A), MEMBER_KEY), keys[i]);
	}
	silence();
	ck_assert(core_say_lost(core, A->id));
	silence();
}
END_TEST

START_TEST(reset_cancels_waits_then_ends_holds_and_forgets_what_hello_said)
{
	toy_take(B, &toy_kind, "b");
	toy_take(A, &toy_kind, "a");
	toy_take(A, &toy_kind, "c");
	toy_wait(A, 1, &toy_kind, "b");
	toy_wait(A, 2, &toy_kind, "a"); /* behind its own hold */
	toy_wait(B, 3, &toy_kind, "c");
	toy_wait(B, 4, &toy_kind, "a");
	core_introduce(A, "name", 4);
	A->multiplexed = true;
	A->wants_lost = true;
	core_reset(core, A);
	refused(A, 2, WIRE_CANCELLED);
	refused(A, 1, WIRE_CANCELLED);
	answered(B, 4);
	answered(B, 3);
	silence();
	ck_assert_int_eq(toy_news.how, CLAIM_RESET);
	ck_assert_ptr_null(A->client);
	ck_assert(!A->multiplexed && !A->wants_lost);
	ck_assert(!core_is_engaged(core, A->id));
	toy_take(A, &toy_kind, "d");
}
END_TEST

START_TEST(reset_leaves_detached_holds_alone)
{
	toy_ask(detached(by(A, 1), 100), TOY);
	answered(A, 1);
	core_reset(core, A);
	ck_assert_ptr_nonnull(A->account->detached);
	silence();
}
END_TEST

/* edge: 95 */
START_TEST(shutdown_answers_every_wait_and_lets_nobody_in_any_more)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy_ask(waits(by(D, 2), 50), TOY);
	core_shut_down(core);
	refused(B, 1, WIRE_SHUTTING_DOWN);
	refused(D, 2, WIRE_SHUTTING_DOWN);
	silence();
	ck_assert_ptr_nonnull(A->held);
	toy_ask(by(C, 3), TOY);
	refused(C, 3, WIRE_SHUTTING_DOWN);
	claim_end(core, A->held, CLAIM_RELEASED);
	toy_ask(by(C, 4), TOY);
	refused(C, 4, WIRE_SHUTTING_DOWN);
	core_shut_down(core);
	at(50);
	silence();
}
END_TEST

START_TEST(grant_that_reached_nobody_is_taken_back)
{
	int64_t token;

	toy_ask(detached(by(A, 1), 100), TOY);
	token = token_of(answered(A, 1));
	toy_wait(B, 2, &toy_kind, "k");
	core_take_back(core, UNIT_OTHER_UID, token);
	core_take_back(core, UNIT_UID, token + 1);
	core_take_back(core, 4711, token);
	silence();
	core_take_back(core, UNIT_UID, token);
	answered(B, 2);
	ck_assert_int_eq(toy_news.how, CLAIM_UNDELIVERED);
	ck_assert_int_eq(toy_news.token, token);
	core_take_back(core, UNIT_UID, token);
	core_take_back(core, UNIT_UID, B->held->token); /* is not detached */
	ck_assert_int_eq(toy_news.n_ended, 1);
	ck_assert_uint_eq(HASH_COUNT(core->quota.accounts), 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    leave_of_who_is_not_there_is_ignored,
	    leaving_session_gives_up_its_waits_before_its_holds,
	    waits_of_a_leaving_session_go_newest_first,
	    holds_of_a_leaving_session_pass_on_oldest_first,
	    sessions_that_leave_at_once_are_not_granted_what_another_one_held,
	    detached_holds_outlive_their_session_and_their_uids_last_one,
	    all_holds_are_told_lost_before_the_end_oldest_first,
	    many_holds_are_told_lost_a_portion_at_a_time_each_of_them_once,
	    reset_cancels_waits_then_ends_holds_and_forgets_what_hello_said,
	    reset_leaves_detached_holds_alone,
	    shutdown_answers_every_wait_and_lets_nobody_in_any_more,
	    grant_that_reached_nobody_is_taken_back,
	    NULL,
	};

	return unit_main("core ends", true, tests, NULL);
}
