/* SPDX-License-Identifier: MIT */
/*
 * Claims on their way in: who may enter, queueing, granting. How waits and
 * holds end: test_claim_ends.c; how they are found: test_claim_find.c.
 */
#include "toy.h"

#include <string.h>

#define TOY  key_of(&toy_kind, "k")
#define SOLE key_of(&toy_sole_kind, "k")

static const struct holder *holder_in(const struct answer *answer)
{
	ck_assert_ptr_nonnull(answer->refusal);
	ck_assert(answer->refusal->has_holder);
	ck_assert(answer->refusal->shows_holder);
	return &answer->refusal->holder;
}

/* Who may enter ------------------------------------------------------------ */

START_TEST(request_that_can_be_granted_or_may_wait_may_enter)
{
	const struct object *object = toy_take(A, &toy_kind, "k")->object;
	size_t before = used(UNIT_UID, QUOTA_KEYS);

	ck_assert(claim_may_enter(core, object, by(B, 1), true));
	ck_assert(claim_may_enter(core, object, by(B, 1), false));
	ck_assert(claim_may_enter(core, object, waits(by(B, 1), 5), false));
	ck_assert(claim_may_enter(core, object, waits(by(B, 1), 0), true));
	ck_assert(claim_may_enter(core, object, behind(by(B, 1), 0), true));
	silence();
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), before);
	ck_assert_uint_eq(object->n_waiters, 0);
}
END_TEST

/* edge: 32 */
START_TEST(request_that_does_not_wait_is_refused_where_there_is_no_room)
{
	const struct answer *answer;

	toy_take(A, &toy_kind, "k");
	at(70);
	toy_ask(waits(by(B, 1), 0), TOY);
	answer = refused(B, 1, WIRE_BUSY);
	says(answer, "limit \"k\": ");
	ck_assert_int_eq(holder_in(answer)->pid, UNIT_PID_OF_A);
	ck_assert_int_eq(holder_in(answer)->held_ms, 70);
	silence();
	ck_assert_ptr_null(B->waiting);
}
END_TEST

/* edge: 22 62 */
START_TEST(queue_is_full_when_so_many_wait_not_counting_holders)
{
	const struct answer *answer;

	toy_take(A, &toy_kind, "k");
	toy_get(&toy_kind, "k")->n_more = 1;
	toy_take(B, &toy_kind, "k");
	toy_wait(C, 1, &toy_kind, "k");
	toy_ask(behind(by(D, 2), 1), TOY);
	answer = refused(D, 2, WIRE_QUEUE_FULL);
	ck_assert_int_eq(holder_in(answer)->pid, UNIT_PID_OF_A);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 0);
	toy_ask(behind(by(D, 3), 2), TOY);
	silence();
	toy_ask(behind(by(D, 4), 0), TOY);
	refused(D, 4, WIRE_QUEUE_FULL);
	leave(C);
	toy_ask(behind(by(D, 5), 2), TOY);
	silence();
	ck_assert_uint_eq(A->held->object->n_waiters, 2);
}
END_TEST

START_TEST(refusals_come_in_the_order_busy_queue_full_quota_deadlock)
{
	toy_take(A, &toy_sole_kind, "k");
	share(QUOTA_KEYS, 1);
	share(QUOTA_WAITS, 0);
	toy_ask(waits(behind(by(A, 1), 0), 0), SOLE);
	refused(A, 1, WIRE_BUSY);
	toy_ask(waits(behind(by(A, 2), 0), 9), SOLE);
	refused(A, 2, WIRE_QUEUE_FULL);
	toy_ask(behind(by(A, 3), 1), SOLE);
	says(refused(A, 3, WIRE_QUOTA), "waiting requests");
	share(QUOTA_WAITS, 1);
	toy_ask(by(A, 4), SOLE);
	says(refused(A, 4, WIRE_QUOTA), "keys");
	share(QUOTA_KEYS, 2);
	toy_ask(by(A, 5), SOLE);
	says(refused(A, 5, WIRE_DEADLOCK), "lock \"k\": ");
	silence();
	ck_assert_ptr_null(A->waiting);
}
END_TEST

START_TEST(grant_needs_a_key_of_the_uids_share)
{
	share(QUOTA_KEYS, 1);
	toy_take(A, &toy_kind, "k");
	toy_ask(by(B, 1), key_of(&toy_kind, "other"));
	says(refused(B, 1, WIRE_QUOTA), "uid 1000 uses 1 of its 1 keys");
	ck_assert(!exists(&toy_kind, "other"));
	toy_take(D, &toy_kind, "other");
}
END_TEST

START_TEST(nobody_enters_while_the_core_shuts_down)
{
	core_shut_down(core);
	toy_ask(by(A, 1), TOY);
	refused(A, 1, WIRE_SHUTTING_DOWN);
	toy_ask(waits(by(A, 2), 0), TOY);
	refused(A, 2, WIRE_SHUTTING_DOWN);
	ck_assert(!exists(&toy_kind, "k"));
}
END_TEST

/* Waiting ------------------------------------------------------------------ */

START_TEST(parked_claim_waits_at_the_end_of_the_queue_and_is_paid_for)
{
	const struct claim *first, *second;
	const struct object *object;

	object = toy_take(A, &toy_kind, "k")->object;
	at(5);
	first = toy_wait(D, 1, &toy_kind, "k");
	second = toy_wait(D, 2, &toy_kind, "k");
	ck_assert_int_eq(first->state, CLAIM_WAITING);
	ck_assert_int_eq(first->since, 5);
	ck_assert_ptr_eq(core->waits[object->kind->number], first);
	ck_assert_ptr_eq(first->younger, second);
	ck_assert_ptr_eq(object->waiters, first);
	ck_assert_ptr_eq(first->next, second);
	ck_assert_ptr_eq(D->waiting, first);
	ck_assert_ptr_eq(first->mine_next, second);
	ck_assert_uint_eq(object->n_waiters, 2);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_WAITS), 2);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 2);
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
}
END_TEST

START_TEST(claim_copies_the_id_of_its_request)
{
	char bytes[] = "text";
	struct request *req;

	toy_take(A, &toy_kind, "k");
	req = by(B, 0);
	req->id = (struct ident){
	    .type = IDENT_TEXT, .text = bytes, .len = sizeof(bytes) - 1};
	toy_ask(req, TOY);
	memset(bytes, 'x', sizeof(bytes));
	ck_assert_mem_eq(B->waiting->id.text, "text", 4);
}
END_TEST

/* edge: 31 */
START_TEST(wait_ends_so_many_milliseconds_after_it_began)
{
	const struct answer *answer;

	toy_take(A, &toy_kind, "k");
	at(100);
	toy_ask(waits(by(B, 1), 50), TOY);
	ck_assert_int_eq(core_deadline(core), 150);
	at(149);
	silence();
	at(150);
	answer = refused(B, 1, WIRE_TIMEOUT);
	says(answer, "waited 50 ms");
	ck_assert_int_eq(holder_in(answer)->held_ms, 150);
	silence();
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	ck_assert_uint_eq(A->held->object->n_waiters, 0);
}
END_TEST

/* Granting ----------------------------------------------------------------- */

START_TEST(grant_makes_a_hold_with_a_token_that_has_not_been_given)
{
	const struct claim *hold = toy_take(A, &toy_kind, "k");
	int64_t token = hold->token;

	ck_assert_int_eq(token, UNIT_FIRST_TOKEN);
	ck_assert_int_eq(hold->state, CLAIM_HELD);
	ck_assert_ptr_eq(hold->session, A);
	ck_assert_ptr_eq(hold->object->holders, hold);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_WAITS), 0);
	hold = toy_take(D, &toy_sole_kind, "k");
	ck_assert_int_eq(hold->token, token + 1);
}
END_TEST

START_TEST(grant_of_a_wait_ends_it_and_answers_its_request)
{
	const struct claim *hold;

	toy_take(A, &toy_kind, "k");
	toy_ask(leased(waits(by(B, 77), 500), 30), TOY);
	at(400);
	leave(A);
	answered(B, 77);
	hold = B->held;
	ck_assert_ptr_null(B->waiting);
	ck_assert_uint_eq(hold->object->n_waiters, 0);
	ck_assert_int_eq(hold->since, 400);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_WAITS), 0);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
	silence();
}
END_TEST

/* edge: 36 */
START_TEST(lease_runs_from_the_grant)
{
	toy_ask(leased(by(A, 1), 20), TOY);
	answered(A, 1);
	toy_ask(leased(by(B, 2), 30), TOY);
	at(20);
	answered(B, 2);
	ck_assert_int_eq(core_deadline(core), 50);
	at(49);
	ck_assert_ptr_nonnull(B->held);
	at(50);
	ck_assert_ptr_null(B->held);
	ck_assert_int_eq(toy_news.how, CLAIM_EXPIRED);
}
END_TEST

START_TEST(hold_without_a_lease_has_no_deadline)
{
	toy_take(A, &toy_kind, "k");
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
	at((mtime_t)1 << 50);
	ck_assert_ptr_nonnull(A->held);
}
END_TEST

START_TEST(newest_hold_comes_first_in_every_list)
{
	toy_take(A, &toy_kind, "k");
	toy_get(&toy_kind, "k")->n_more = 2;
	toy_take(A, &toy_kind, "other");
	toy_take(A, &toy_kind, "k");
	ck_assert_int_eq(A->held->token, UNIT_FIRST_TOKEN + 2);
	ck_assert_int_eq(A->held->mine_next->token, UNIT_FIRST_TOKEN + 1);
	ck_assert_int_eq(A->held->object->holders->token, UNIT_FIRST_TOKEN + 2);
	ck_assert_int_eq(
	    A->held->object->holders->next->token, UNIT_FIRST_TOKEN);
}
END_TEST

START_TEST(detached_grant_belongs_to_the_uid_and_says_so)
{
	const struct answer *answer;
	const struct claim *hold;

	core_introduce(A, "script", 6);
	toy_ask(detached(by(A, 1), 100), TOY);
	answer = answered(A, 1);
	hold = A->account->detached;
	ck_assert_int_eq(answer->detached_token, token_of(answer));
	ck_assert_uint_eq(answer->detached_uid, UNIT_UID);
	ck_assert_ptr_null(A->held);
	ck_assert_ptr_null(hold->session);
	ck_assert_int_eq(hold->pid, UNIT_PID_OF_A);
	ck_assert_str_eq(hold->client, "script");
	leave(A);
	ck_assert_ptr_eq(B->account->detached, hold);
}
END_TEST

START_TEST(grant_that_is_not_detached_says_nothing_of_it)
{
	toy_ask(leased(by(A, 1), 100), TOY);
	ck_assert_int_eq(answered(A, 1)->detached_token, 0);
	ck_assert_ptr_null(A->account->detached);
}
END_TEST

START_TEST(detached_request_waits_as_its_sessions_own)
{
	toy_take(A, &toy_kind, "k");
	toy_ask(detached(by(B, 1), 100), TOY);
	silence();
	ck_assert_ptr_eq(B->waiting->session, B);
	ck_assert(core_is_waiting(core, B->id));
	leave(A);
	ck_assert_int_ne(answered(B, 1)->detached_token, 0);
	ck_assert_ptr_null(B->waiting);
	ck_assert_ptr_null(B->held);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    request_that_can_be_granted_or_may_wait_may_enter,
	    request_that_does_not_wait_is_refused_where_there_is_no_room,
	    queue_is_full_when_so_many_wait_not_counting_holders,
	    refusals_come_in_the_order_busy_queue_full_quota_deadlock,
	    grant_needs_a_key_of_the_uids_share,
	    nobody_enters_while_the_core_shuts_down,
	    parked_claim_waits_at_the_end_of_the_queue_and_is_paid_for,
	    claim_copies_the_id_of_its_request,
	    wait_ends_so_many_milliseconds_after_it_began,
	    grant_makes_a_hold_with_a_token_that_has_not_been_given,
	    grant_of_a_wait_ends_it_and_answers_its_request,
	    lease_runs_from_the_grant,
	    hold_without_a_lease_has_no_deadline,
	    newest_hold_comes_first_in_every_list,
	    detached_grant_belongs_to_the_uid_and_says_so,
	    grant_that_is_not_detached_says_nothing_of_it,
	    detached_request_waits_as_its_sessions_own,
	    NULL,
	};

	return unit_main("claim", true, tests, NULL);
}
