/* SPDX-License-Identifier: MIT */
/* How claims are found: waits by the id of their request, holds by token or
 * as the newest of a session. */
#include "toy.h"
#include "claim_tables.h"

#include <stdio.h>
#include <string.h>

#define N_MANY 100

/* A request only says who looks. */
static struct claim *hold_of(
    struct session *session, const struct object *object, int64_t token)
{
	return claim_find_hold(core, by(session, 0), object, token);
}

static struct claim *wait_by_number(struct session *session, int64_t number)
{
	const struct ident id = {.type = IDENT_NUMBER, .number = number};

	return claim_find_wait(core, session, &id);
}

static struct claim *wait_by_text(
    struct session *session, const void *bytes, uint32_t len)
{
	char copy[WIRE_MAX_ID_BYTES];
	const struct ident id = {.type = IDENT_TEXT, .text = copy, .len = len};

	memcpy(copy, bytes, len);
	return claim_find_wait(core, session, &id);
}

/* Waits -------------------------------------------------------------------- */

START_TEST(wait_is_found_by_its_number_in_its_session)
{
	struct claim *one, *other;

	toy_take(A, &toy_kind, "k");
	ck_assert_ptr_null(wait_by_number(B, 1));
	one = toy_wait(B, 1, &toy_kind, "k");
	other = toy_wait(B, -2, &toy_kind, "k");
	ck_assert_ptr_eq(wait_by_number(B, 1), one);
	ck_assert_ptr_eq(wait_by_number(B, -2), other);
	ck_assert_ptr_null(wait_by_number(B, 2));
	ck_assert_ptr_null(wait_by_number(A, 1));
	ck_assert_ptr_null(wait_by_number(C, 1));
}
END_TEST

START_TEST(same_id_in_two_sessions_means_two_waits)
{
	struct claim *one, *other;

	toy_take(A, &toy_kind, "k");
	one = toy_wait(B, 1, &toy_kind, "k");
	other = toy_wait(C, 1, &toy_kind, "k");
	ck_assert_ptr_eq(wait_by_number(B, 1), one);
	ck_assert_ptr_eq(wait_by_number(C, 1), other);
}
END_TEST

START_TEST(text_of_eight_bytes_is_never_taken_for_a_number)
{
	const int64_t number = 0x4142434445464748;
	struct request *req;
	char bytes[8];

	memcpy(bytes, &number, sizeof(bytes));
	toy_take(A, &toy_kind, "k");
	toy_wait(B, number, &toy_kind, "k");
	ck_assert_ptr_null(wait_by_text(B, bytes, 8));
	req = by(B, 0);
	req->id = (struct ident){.type = IDENT_TEXT, .text = bytes, .len = 8};
	toy_ask(req, key_of(&toy_kind, "k"));
	ck_assert_ptr_eq(wait_by_number(B, number), B->waiting);
	ck_assert_ptr_eq(wait_by_text(B, bytes, 8), B->waiting->mine_next);
	ck_assert_ptr_null(wait_by_text(B, bytes, 7));
}
END_TEST

START_TEST(empty_text_is_an_id_and_no_id_is_none)
{
	char bytes[] = "";
	const struct ident none = {0};
	struct request *req;

	toy_take(A, &toy_kind, "k");
	toy_wait(B, 0, &toy_kind, "k");
	ck_assert_ptr_null(claim_find_wait(core, B, &none));
	ck_assert_uint_eq(B->by_id.n_items, 0);
	req = by(B, 0);
	req->id = (struct ident){.type = IDENT_TEXT, .text = bytes};
	toy_ask(req, key_of(&toy_kind, "k"));
	ck_assert_ptr_eq(wait_by_text(B, "", 0), B->waiting->mine_next);
	ck_assert_ptr_null(claim_find_wait(core, B, &none));
}
END_TEST

START_TEST(wait_that_is_over_is_not_found)
{
	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy_wait(B, 2, &toy_kind, "k");
	claim_cancel(core, wait_by_number(B, 2), WIRE_CANCELLED);
	refused(B, 2, WIRE_CANCELLED);
	ck_assert_ptr_null(wait_by_number(B, 2));
	leave(A);
	answered(B, 1);
	ck_assert_ptr_null(wait_by_number(B, 1));
	ck_assert_uint_eq(B->by_id.n_items, 0);
}
END_TEST

START_TEST(wait_can_be_taken_out_of_the_table_and_put_back)
{
	struct claim *wait;

	toy_take(A, &toy_kind, "k");
	wait = toy_wait(B, 1, &toy_kind, "k");
	claim_unlist_id(core, wait);
	ck_assert_ptr_null(wait_by_number(B, 1));
	claim_list_id(core, wait);
	ck_assert_ptr_eq(wait_by_number(B, 1), wait);
}
END_TEST

START_TEST(every_one_of_many_waits_is_found)
{
	struct claim *all[N_MANY];

	toy_take(A, &toy_kind, "k");
	for (int i = 0; i < N_MANY; i++)
		all[i] = toy_wait(B, i + 1, &toy_kind, "k");
	for (int i = 0; i < N_MANY; i++)
		ck_assert_ptr_eq(wait_by_number(B, i + 1), all[i]);
}
END_TEST

/* Holds -------------------------------------------------------------------- */

/* The toy "k" with room for many and a hold of each of A, B, A, D. */
static struct object *four_holds(struct claim *holds[4])
{
	struct session *const who[] = {A, B, A, D};

	holds[0] = toy_take(A, &toy_kind, "k");
	toy_get(&toy_kind, "k")->n_more = 20;
	for (int i = 1; i < 4; i++)
		holds[i] = toy_take(who[i], &toy_kind, "k");
	return holds[0]->object;
}

START_TEST(without_a_token_the_sessions_newest_hold_on_the_object_is_meant)
{
	struct claim *holds[4];
	struct object *object = four_holds(holds);

	toy_take(A, &toy_kind, "newer, but another");
	ck_assert_ptr_eq(hold_of(A, object, 0), holds[2]);
	ck_assert_ptr_eq(hold_of(B, object, 0), holds[1]);
	ck_assert_ptr_eq(hold_of(D, object, 0), holds[3]);
	ck_assert_ptr_null(hold_of(C, object, 0));
	claim_end(core, holds[2], CLAIM_RELEASED);
	ck_assert_ptr_eq(hold_of(A, object, 0), holds[0]);
}
END_TEST

/* edge: 35 70 */
START_TEST(token_means_that_hold_of_the_session_and_no_other)
{
	struct claim *holds[4], *other;
	struct object *object = four_holds(holds);

	ck_assert_ptr_eq(hold_of(A, object, holds[0]->token), holds[0]);
	ck_assert_ptr_eq(hold_of(A, object, holds[2]->token), holds[2]);
	ck_assert_ptr_null(hold_of(A, object, holds[1]->token));
	ck_assert_ptr_null(hold_of(B, object, holds[0]->token));
	ck_assert_ptr_null(hold_of(D, object, holds[1]->token));
	ck_assert_ptr_null(hold_of(A, object, 1));
	other = toy_take(A, &toy_kind, "other");
	ck_assert_ptr_null(hold_of(A, object, other->token));
	ck_assert_ptr_eq(hold_of(A, other->object, other->token), other);
}
END_TEST

START_TEST(hold_is_found_however_many_there_are_on_either_side)
{
	struct claim *mine, *theirs;

	mine = toy_take(A, &toy_kind, "k");
	toy_get(&toy_kind, "k")->n_more = N_MANY;
	theirs = toy_take(B, &toy_kind, "k");
	for (int i = 0; i < N_MANY - 1; i++)
		toy_take(C, &toy_kind, "k");
	for (int i = 0; i < N_MANY; i++) {
		char text[20];

		(void)snprintf(text, sizeof(text), "%d", i);
		toy_take(A, &toy_kind, text);
	}
	ck_assert_ptr_eq(hold_of(A, mine->object, 0), mine);
	ck_assert_ptr_eq(hold_of(A, mine->object, mine->token), mine);
	ck_assert_ptr_eq(hold_of(B, mine->object, 0), theirs);
	ck_assert_ptr_null(hold_of(D, mine->object, 0));
	ck_assert_ptr_null(hold_of(A, mine->object, 1));
}
END_TEST

START_TEST(detached_hold_is_found_by_its_token_by_anybody_of_its_uid)
{
	struct object *object;
	int64_t token;

	toy_ask(detached(by(A, 1), 100), key_of(&toy_kind, "k"));
	token = token_of(answered(A, 1));
	object = object_find(core, key_of(&toy_kind, "k"));
	ck_assert_int_eq(hold_of(A, object, token)->token, token);
	ck_assert_int_eq(hold_of(C, object, token)->token, token);
	ck_assert_ptr_null(hold_of(D, object, token));
	toy_ask(detached(by(D, 2), 100), key_of(&toy_kind, "other"));
	answered(D, 2);
	ck_assert_ptr_null(hold_of(D, object, token));
	ck_assert_ptr_null(hold_of(A, object, 0));
	ck_assert_ptr_null(hold_of(A, object, token + 1));
}
END_TEST

START_TEST(nothing_is_held_on_an_object_that_does_not_exist)
{
	toy_take(A, &toy_kind, "k");
	ck_assert_ptr_null(hold_of(A, NULL, 0));
	ck_assert_ptr_null(hold_of(A, NULL, UNIT_FIRST_TOKEN));
}
END_TEST

START_TEST(token_alone_finds_a_hold_of_the_session_or_a_detached_one_of_its_uid)
{
	const struct claim *hold = toy_take(A, &toy_kind, "k");
	int64_t token;

	toy_ask(detached(by(B, 1), 100), key_of(&toy_kind, "other"));
	token = token_of(answered(B, 1));
	ck_assert_ptr_eq(claim_find_token(core, A, hold->token), hold);
	ck_assert_ptr_null(claim_find_token(core, B, hold->token));
	ck_assert_int_eq(claim_find_token(core, A, token)->token, token);
	ck_assert_int_eq(claim_find_token(core, B, token)->token, token);
	ck_assert_ptr_null(claim_find_token(core, D, token));
	ck_assert_ptr_null(claim_find_token(core, A, token + 1));
	at(100);
	ck_assert_ptr_null(claim_find_token(core, A, token));
}
END_TEST

START_TEST(release_that_finds_nothing_hears_who_has_his_turn_now_if_anybody)
{
	const struct answer *answer;

	claim_refuse_release(core, by(C, 1), key_of(&toy_kind, "k"), NULL);
	answer = refused(C, 1, WIRE_NOT_HELD);
	says(answer, "limit \"k\": ");
	ck_assert(!answer->refusal->has_holder);
	toy_take(A, &toy_kind, "k");
	claim_refuse_release(
	    core, by(C, 2), key_of(&toy_kind, "k"), A->held->object);
	answer = refused(C, 2, WIRE_STALE_TOKEN);
	ck_assert(answer->refusal->has_holder);
	ck_assert(!answer->refusal->shows_holder);
	ck_assert_int_eq(answer->refusal->holder.pid, UNIT_PID_OF_A);
	silence();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    wait_is_found_by_its_number_in_its_session,
	    same_id_in_two_sessions_means_two_waits,
	    text_of_eight_bytes_is_never_taken_for_a_number,
	    empty_text_is_an_id_and_no_id_is_none,
	    wait_that_is_over_is_not_found,
	    wait_can_be_taken_out_of_the_table_and_put_back,
	    every_one_of_many_waits_is_found,
	    without_a_token_the_sessions_newest_hold_on_the_object_is_meant,
	    token_means_that_hold_of_the_session_and_no_other,
	    hold_is_found_however_many_there_are_on_either_side,
	    detached_hold_is_found_by_its_token_by_anybody_of_its_uid,
	    nothing_is_held_on_an_object_that_does_not_exist,
	    token_alone_finds_a_hold_of_the_session_or_a_detached_one_of_its_uid,
	    release_that_finds_nothing_hears_who_has_his_turn_now_if_anybody,
	    NULL,
	};

	return unit_main("claim find", true, tests, NULL);
}
