/* SPDX-License-Identifier: MIT */
/* How waits and holds end, what is said of it, and who comes next. */
#include "toy.h"

#define TOY key_of(&toy_kind, "k")

/* A holds, B, C and D wait in this order with the ids 1, 2 and 3. */
static struct object *queue(void)
{
	struct object *object = toy_take(A, &toy_kind, "k")->object;

	toy_wait(B, 1, &toy_kind, "k");
	toy_wait(C, 2, &toy_kind, "k");
	toy_wait(D, 3, &toy_kind, "k");
	return object;
}

/* The end of a wait --------------------------------------------------------
 */

START_TEST(answer_of_a_wait_takes_it_out_and_is_left_to_the_caller)
{
	struct object *object = queue();
	struct answer *answer = claim_answer(core, C->waiting);

	ck_assert_int_eq(answer->code, WIRE_OK);
	ck_assert_ptr_null(answer->refusal);
	ck_assert_int_eq(answer->n_members, 0);
	answered(C, 2);
	ck_assert_ptr_null(C->waiting);
	ck_assert_uint_eq(object->n_waiters, 2);
	ck_assert_ptr_eq(object->waiters->next, D->waiting);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_WAITS), 1);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 2);
	silence();
}
END_TEST

START_TEST(answered_wait_has_no_deadline_any_more)
{
	toy_take(A, &toy_kind, "k");
	toy_ask(waits(by(B, 1), 10), TOY);
	ck_assert_int_eq(core_deadline(core), 10);
	claim_answer(core, B->waiting);
	answered(B, 1);
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	at(10);
	silence();
}
END_TEST

START_TEST(refused_wait_hears_why_in_words)
{
	static const struct {
		enum wire_code code;
		const char *words;
	} cases[] = {
	    {WIRE_TIMEOUT, "limit \"k\": waited 30 ms"},
	    {WIRE_CANCELLED, "limit \"k\": cancelled after a wait of 30 ms"},
	    {WIRE_LEADER_LOST, "limit \"k\": one leader after the other"},
	    {WIRE_SHUTTING_DOWN, "limit \"k\": the daemon is shutting down"},
	};

	toy_take(A, &toy_kind, "k");
	for (int i = 0; i < 4; i++) {
		const struct answer *answer;

		toy_wait(B, i + 1, &toy_kind, "k");
		at(core->now + 30);
		claim_refuse(core, B->waiting, cases[i].code);
		answer = refused(B, i + 1, cases[i].code);
		says(answer, cases[i].words);
		/* Only who waited in vain is told who was in his way. */
		ck_assert_int_eq(
		    answer->refusal->has_holder, cases[i].code == WIRE_TIMEOUT);
	}
	silence();
}
END_TEST

/* edge: 27 */
START_TEST(cancel_at_head_middle_or_tail_leaves_the_order_of_the_others)
{
	struct session *const sessions[] = {B, C, D};

	for (int gone = 0; gone < 3; gone++) {
		const struct object *object = queue();
		int64_t last = 0;

		claim_cancel(core, sessions[gone]->waiting, WIRE_CANCELLED);
		refused(sessions[gone], gone + 1, WIRE_CANCELLED);
		ck_assert_uint_eq(object->n_waiters, 2);
		claim_end(core, A->held, CLAIM_RELEASED);
		for (int i = 0; i < 3; i++) {
			int64_t token;

			if (i == gone)
				continue;
			token = token_of(answered(sessions[i], i + 1));
			ck_assert_int_gt(token, last);
			last = token;
			silence(); /* one after the other */
			claim_end(core, sessions[i]->held, CLAIM_RELEASED);
		}
		ck_assert(!exists(&toy_kind, "k"));
	}
}
END_TEST

START_TEST(cancel_settles_what_the_wait_was_in_the_way_of)
{
	struct toy *toy;

	queue();
	toy = toy_get(&toy_kind, "k");
	toy->n_more = 1; /* nobody has looked at it yet */
	claim_cancel(core, B->waiting, WIRE_CANCELLED);
	refused(B, 1, WIRE_CANCELLED);
	answered(C, 2);
	silence();
}
END_TEST

/* edge: 29 */
START_TEST(wait_whose_session_leaves_goes_without_an_answer)
{
	struct object *object = queue();

	claim_leave(core, B->waiting);
	silence();
	ck_assert_ptr_null(B->waiting);
	ck_assert_ptr_eq(object->waiters, C->waiting);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_WAITS), 1);
	claim_end(core, A->held, CLAIM_RELEASED);
	answered(C, 2);
	silence();
}
END_TEST

/* edge: 10 */
START_TEST(last_wait_takes_the_object_along_only_when_nobody_holds)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	claim_leave(core, B->waiting);
	ck_assert(exists(&toy_kind, "k"));
	claim_end(core, A->held, CLAIM_RELEASED);
	ck_assert(!exists(&toy_kind, "k"));
}
END_TEST

/* The end of a hold --------------------------------------------------------
 */

START_TEST(end_of_a_hold_is_told_to_its_kind_and_passes_the_place_on)
{
	for (int how = CLAIM_RELEASED; how <= CLAIM_UNDELIVERED; how++) {
		struct claim *hold = toy_take(A, &toy_kind, "k");
		int64_t token = hold->token;

		toy_wait(B, 1, &toy_kind, "k");
		claim_end(core, hold, (enum claim_end)how);
		ck_assert_int_eq(toy_news.how, how);
		ck_assert_int_eq(toy_news.token, token);
		ck_assert_ptr_null(A->held);
		ck_assert_int_gt(token_of(answered(B, 1)), token);
		claim_end(core, B->held, CLAIM_RELEASED);
	}
	ck_assert_int_eq(toy_news.n_ended, 12);
	silence();
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
}
END_TEST

START_TEST(lost_are_holds_that_their_holder_did_not_give_back)
{
	ck_assert(claim_is_lost(CLAIM_EXPIRED));
	ck_assert(claim_is_lost(CLAIM_LOST));
	ck_assert(claim_is_lost(CLAIM_RESET));
	ck_assert(!claim_is_lost(CLAIM_RELEASED));
	ck_assert(!claim_is_lost(CLAIM_GIVEN_UP));
	ck_assert(!claim_is_lost(CLAIM_UNDELIVERED));
}
END_TEST

START_TEST(end_of_a_lease_is_told_to_who_asked_for_it)
{
	const struct answer *event;

	A->wants_lost = true;
	toy_ask(leased(by(A, 1), 10), TOY);
	answered(A, 1);
	toy_ask(leased(by(B, 2), 10), TOY);
	at(10);
	event = told_lost(A);
	ck_assert_str_eq(text_of(event, MEMBER_REASON), "lease");
	ck_assert_str_eq(text_of(event, MEMBER_KIND), "limit");
	ck_assert_str_eq(text_of(event, MEMBER_KEY), "k");
	ck_assert_int_eq(number_of(event, MEMBER_TOKEN), UNIT_FIRST_TOKEN);
	answered(B, 2);
	at(20);
	silence(); /* B had not asked */
	ck_assert_ptr_null(B->held);
}
END_TEST

START_TEST(nobody_is_told_of_an_end_of_his_own_doing_or_of_a_detached_one)
{
	A->wants_lost = true;
	claim_end(core, toy_take(A, &toy_kind, "k"), CLAIM_RELEASED);
	claim_end(core, toy_take(A, &toy_kind, "k"), CLAIM_RESET);
	toy_ask(detached(by(A, 1), 10), TOY);
	answered(A, 1);
	at(10);
	silence();
	ck_assert_int_eq(toy_news.how, CLAIM_EXPIRED);
}
END_TEST

START_TEST(lost_can_be_told_with_any_reason_and_ends_nothing)
{
	claim_tell_lost(core, toy_take(A, &toy_sole_kind, "key"), "eof");
	ck_assert_str_eq(text_of(told_lost(A), MEMBER_REASON), "eof");
	ck_assert_ptr_nonnull(A->held);
}
END_TEST

/* edge: 92 */
START_TEST(place_passes_on_past_waiters_that_have_gone)
{
	queue();
	leave(B);
	leave(C);
	leave(A);
	answered(D, 3);
	silence();
}
END_TEST

/* edge: 30 11 */
START_TEST(end_of_a_lease_and_of_a_wait_at_once_make_one_grant)
{
	toy_ask(leased(by(A, 1), 10), TOY);
	answered(A, 1);
	toy_ask(waits(by(B, 2), 10), TOY);
	toy_ask(waits(by(C, 3), 10), TOY);
	at(10);
	answered(B, 2);
	refused(C, 3, WIRE_TIMEOUT);
	silence();
	ck_assert_ptr_nonnull(B->held);
}
END_TEST

/* Renewing -----------------------------------------------------------------
 */

START_TEST(renewal_sets_the_lease_from_now)
{
	toy_ask(leased(by(A, 1), 10), TOY);
	answered(A, 1);
	at(8);
	claim_renew(core, A->held, 5);
	ck_assert_int_eq(core_deadline(core), 13);
	claim_renew(core, A->held, 100);
	ck_assert_int_eq(core_deadline(core), 108);
	at(107);
	ck_assert_ptr_nonnull(A->held);
	at(108);
	ck_assert_ptr_null(A->held);
}
END_TEST

START_TEST(renewal_gives_a_lease_to_a_hold_that_had_none)
{
	claim_renew(core, toy_take(A, &toy_kind, "k"), 5);
	at(5);
	ck_assert_ptr_null(A->held);
	ck_assert_int_eq(toy_news.how, CLAIM_EXPIRED);
}
END_TEST

/* Who holds ----------------------------------------------------------------
 */

START_TEST(holder_is_named_as_far_as_it_is_known)
{
	struct holder holder;

	core_introduce(A, "worker 7", 8);
	toy_take(A, &toy_kind, "k");
	at(40);
	holder = claim_holder(core, A->held);
	ck_assert_uint_eq(holder.session, A->id);
	ck_assert_int_eq(holder.pid, UNIT_PID_OF_A);
	ck_assert_uint_eq(holder.uid, UNIT_UID);
	ck_assert_int_eq(holder.held_ms, 40);
	ck_assert_str_eq(holder.client, "worker 7");
	core_introduce(A, NULL, 0);
	holder = claim_holder(core, A->held);
	ck_assert_str_eq(holder.client, "");
}
END_TEST

START_TEST(holder_of_a_detached_hold_is_who_took_it_without_a_session)
{
	struct holder holder;

	core_introduce(A, "script", 6);
	toy_ask(detached(by(A, 1), 100), TOY);
	answered(A, 1);
	leave(A);
	at(30);
	holder = claim_holder(core, B->account->detached);
	ck_assert_uint_eq(holder.session, 0);
	ck_assert_int_eq(holder.pid, UNIT_PID_OF_A);
	ck_assert_int_eq(holder.held_ms, 30);
	ck_assert_str_eq(holder.client, "script");
}
END_TEST

START_TEST(oldest_holder_is_named_in_a_refusal_where_there_is_one)
{
	struct refusal refusal = {0};
	struct toy *toy;

	toy_take(A, &toy_kind, "k");
	toy = toy_get(&toy_kind, "k");
	toy->n_more = 1;
	toy->stays = true;
	toy_take(B, &toy_kind, "k");
	claim_name_holder(core, &toy->object, &refusal, false);
	ck_assert(refusal.has_holder && !refusal.shows_holder);
	ck_assert_int_eq(refusal.holder.pid, UNIT_PID_OF_A);
	leave(A);
	claim_name_holder(core, &toy->object, &refusal, true);
	ck_assert(refusal.has_holder && refusal.shows_holder);
	ck_assert_int_eq(refusal.holder.pid, UNIT_PID_OF_B);
	leave(B);
	refusal = (struct refusal){0};
	claim_name_holder(core, &toy->object, &refusal, true);
	ck_assert(!refusal.has_holder && !refusal.shows_holder);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    answer_of_a_wait_takes_it_out_and_is_left_to_the_caller,
	    answered_wait_has_no_deadline_any_more,
	    refused_wait_hears_why_in_words,
	    cancel_at_head_middle_or_tail_leaves_the_order_of_the_others,
	    cancel_settles_what_the_wait_was_in_the_way_of,
	    wait_whose_session_leaves_goes_without_an_answer,
	    last_wait_takes_the_object_along_only_when_nobody_holds,
	    end_of_a_hold_is_told_to_its_kind_and_passes_the_place_on,
	    lost_are_holds_that_their_holder_did_not_give_back,
	    end_of_a_lease_is_told_to_who_asked_for_it,
	    nobody_is_told_of_an_end_of_his_own_doing_or_of_a_detached_one,
	    lost_can_be_told_with_any_reason_and_ends_nothing,
	    place_passes_on_past_waiters_that_have_gone,
	    end_of_a_lease_and_of_a_wait_at_once_make_one_grant,
	    renewal_sets_the_lease_from_now,
	    renewal_gives_a_lease_to_a_hold_that_had_none,
	    holder_is_named_as_far_as_it_is_known,
	    holder_of_a_detached_hold_is_who_took_it_without_a_session,
	    oldest_holder_is_named_in_a_refusal_where_there_is_one,
	    NULL,
	};

	return unit_main("claim ends", true, tests, NULL);
}
