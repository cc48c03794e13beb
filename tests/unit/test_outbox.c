/* SPDX-License-Identifier: MIT */
/* The queue of answers, and what an answer is made of. */
#include "unit.h"

#include "outbox.h"

#include <string.h>

static struct outbox box;

static struct answer *put(uint64_t session, int64_t number)
{
	struct ident id = {.type = IDENT_NUMBER, .number = number};
	struct answer *answer = outbox_put(&box, session, &id);

	ck_assert_int_eq(id.type, IDENT_NONE);
	return answer;
}

/* Takes the next answer out, which is this one. */
static struct answer pop(uint64_t session, int64_t number)
{
	struct answer answer;

	ck_assert(outbox_pop(&box, &answer));
	ck_assert_uint_eq(answer.session, session);
	ck_assert_int_eq(answer.id.number, number);
	return answer;
}

START_TEST(empty_outbox_gives_nothing_and_can_be_ended)
{
	struct answer answer;

	outbox_init(&box);
	ck_assert(!outbox_pop(&box, &answer));
	outbox_deinit(&box);
	outbox_deinit(&box);
}
END_TEST

START_TEST(new_answer_is_ok_and_says_nothing_more)
{
	const struct answer *answer;

	outbox_init(&box);
	answer = put(7, 1);
	ck_assert_uint_eq(answer->session, 7);
	ck_assert_int_eq(answer->id.type, IDENT_NUMBER);
	ck_assert_int_eq(answer->id.number, 1);
	ck_assert_int_eq(answer->code, WIRE_OK);
	ck_assert_ptr_null(answer->event);
	ck_assert_ptr_null(answer->refusal);
	ck_assert_int_eq(answer->detached_token, 0);
	ck_assert_int_eq(answer->n_members, 0);
	outbox_deinit(&box);
}
END_TEST

START_TEST(place_that_was_used_before_has_nothing_left_of_it)
{
	struct answer *answer, popped;

	outbox_init(&box);
	answer = put(1, 1);
	answer->event = "lost";
	answer->detached_token = 5;
	answer_add_bool(answer, MEMBER_LEADER, true);
	answer_refuse(answer, WIRE_BUSY, "busy");
	popped = pop(1, 1);
	answer_deinit(&popped);
	ck_assert_ptr_eq(put(1, 2), answer);
	ck_assert_int_eq(answer->code, WIRE_OK);
	ck_assert_ptr_null(answer->event);
	ck_assert_ptr_null(answer->refusal);
	ck_assert_int_eq(answer->detached_token, 0);
	ck_assert_int_eq(answer->n_members, 0);
	outbox_deinit(&box);
}
END_TEST

START_TEST(text_of_an_id_is_taken_over)
{
	char me[] = "me";
	const struct ident name = {.type = IDENT_TEXT, .text = me, .len = 2};
	struct ident id = ident_copy(&name);
	const char *bytes = id.text;
	struct answer answer;

	outbox_init(&box);
	outbox_put(&box, 1, &id);
	ck_assert_int_eq(id.type, IDENT_NONE);
	ck_assert(outbox_pop(&box, &answer));
	ck_assert_ptr_eq(answer.id.text, bytes);
	answer_deinit(&answer);
	outbox_deinit(&box);
}
END_TEST

START_TEST(answers_come_out_in_the_order_in_which_they_went_in)
{
	struct answer answer;
	int64_t in = 0, done = 0;

	outbox_init(&box);
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < 7; i++, in++)
			put((uint64_t)in % 3 + 1, in);
		for (int i = 0; i < 5; i++, done++)
			pop((uint64_t)done % 3 + 1, done);
	}
	for (; done < in; done++)
		pop((uint64_t)done % 3 + 1, done);
	ck_assert(!outbox_pop(&box, &answer));
	outbox_deinit(&box);
}
END_TEST

START_TEST(memory_of_a_turn_with_very_many_answers_is_given_back)
{
	outbox_init(&box);
	for (int64_t i = 0; i < 5000; i++)
		put(1, i);
	ck_assert_uint_ge(box.cap, 5000);
	for (int64_t i = 0; i < 5000; i++)
		pop(1, i);
	ck_assert_uint_le(box.cap, 1024);
	put(1, 5);
	pop(1, 5);
	outbox_deinit(&box);
}
END_TEST

START_TEST(members_keep_their_names_values_and_order)
{
	struct blob *blob = blob_new("\"x\"", 3);
	struct answer *answer;

	outbox_init(&box);
	answer = put(1, 1);
	answer_add_integer(answer, MEMBER_TOKEN, INT64_MIN);
	answer_add_bool(answer, MEMBER_LEADER, true);
	answer_add_bool(answer, MEMBER_CREATE, false);
	answer_add_word(answer, MEMBER_ORDER, "fifo");
	answer_add_text(answer, MEMBER_MESSAGE, blob);
	answer_add_json(answer, MEMBER_VALUE, blob);
	ck_assert_int_eq(answer->n_members, 6);
	ck_assert_int_eq(answer->members[0].name, MEMBER_TOKEN);
	ck_assert_int_eq(answer->members[4].type, MEMBER_IS_TEXT);
	ck_assert_int_eq(answer->members[5].name, MEMBER_VALUE);
	ck_assert_int_eq(answer->members[5].type, MEMBER_IS_JSON);
	ck_assert_int_eq(number_of(answer, MEMBER_TOKEN), INT64_MIN);
	ck_assert_int_eq(flag_of(answer, MEMBER_LEADER), 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), 0);
	ck_assert_str_eq(text_of(answer, MEMBER_ORDER), "fifo");
	ck_assert_str_eq(text_of(answer, MEMBER_VALUE), "\"x\"");
	ck_assert_uint_eq(blob->n_refs, 3);
	outbox_deinit(&box);
	ck_assert_uint_eq(blob->n_refs, 1);
	blob_unref(blob);
}
END_TEST

START_TEST(answer_has_room_for_as_many_members_as_promised)
{
	struct answer *answer;

	outbox_init(&box);
	answer = put(1, 1);
	for (int i = 0; i < ANSWER_MAX_MEMBERS; i++)
		answer_add_integer(answer, (enum member_name)i, i);
	for (int i = 0; i < ANSWER_MAX_MEMBERS; i++)
		ck_assert_int_eq(number_of(answer, (enum member_name)i), i);
	outbox_deinit(&box);
}
END_TEST

START_TEST(list_is_taken_over_with_its_references)
{
	struct blob *shared = blob_new("7", 1);
	struct blob_list list = {0};
	struct answer *answer;

	for (int i = 0; i < 10; i++)
		blob_list_add(&list, blob_ref(shared));
	ck_assert_uint_eq(list.n, 10);
	ck_assert_uint_eq(shared->n_refs, 11);
	outbox_init(&box);
	answer = put(1, 1);
	answer_add_list(answer, MEMBER_DESTROY, &list);
	ck_assert_uint_eq(list.n, 0);
	ck_assert_ptr_null(list.blobs);
	blob_list_deinit(&list);
	ck_assert_str_eq(
	    text_of(answer, MEMBER_DESTROY), "7,7,7,7,7,7,7,7,7,7");
	outbox_deinit(&box);
	ck_assert_uint_eq(shared->n_refs, 1);
	blob_unref(shared);
}
END_TEST

START_TEST(list_gives_its_references_back)
{
	struct blob *one = blob_new("1", 1), *two = blob_new("2", 1);
	struct blob_list list = {0};

	blob_list_add(&list, blob_ref(one));
	blob_list_add(&list, blob_ref(two));
	ck_assert_ptr_eq(list.blobs[0], one);
	ck_assert_ptr_eq(list.blobs[1], two);
	blob_list_deinit(&list);
	ck_assert_uint_eq(one->n_refs, 1);
	ck_assert_uint_eq(two->n_refs, 1);
	ck_assert_uint_eq(list.n, 0);
	blob_list_deinit(&list);
	blob_unref(one);
	blob_unref(two);
}
END_TEST

START_TEST(refusal_has_a_code_and_words_and_names_nobody_yet)
{
	struct refusal *refusal;
	struct answer *answer;
	char name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	outbox_init(&box);
	answer = put(1, 1);
	refusal = answer_refuse(answer, WIRE_BUSY, "%s is %d", name, 5);
	ck_assert_int_eq(answer->code, WIRE_BUSY);
	ck_assert_ptr_eq(answer->refusal, refusal);
	ck_assert_uint_eq(strlen(refusal->message), 299 + 5);
	ck_assert_mem_eq(refusal->message, name, 299);
	ck_assert_str_eq(refusal->message + 299, " is 5");
	ck_assert(!refusal->has_holder && !refusal->shows_holder);
	outbox_deinit(&box);
}
END_TEST

START_TEST(answer_can_be_ended_twice)
{
	struct blob *blob = blob_new("1", 1);
	struct answer *answer, popped;

	outbox_init(&box);
	answer = put(1, 1);
	answer_add_json(answer, MEMBER_VALUE, blob);
	answer_refuse(answer, WIRE_CONFLICT, "no");
	popped = pop(1, 1);
	answer_deinit(&popped);
	answer_deinit(&popped);
	ck_assert_uint_eq(blob->n_refs, 1);
	blob_unref(blob);
	outbox_deinit(&box);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    empty_outbox_gives_nothing_and_can_be_ended,
	    new_answer_is_ok_and_says_nothing_more,
	    place_that_was_used_before_has_nothing_left_of_it,
	    text_of_an_id_is_taken_over,
	    answers_come_out_in_the_order_in_which_they_went_in,
	    memory_of_a_turn_with_very_many_answers_is_given_back,
	    members_keep_their_names_values_and_order,
	    answer_has_room_for_as_many_members_as_promised,
	    list_is_taken_over_with_its_references,
	    list_gives_its_references_back,
	    refusal_has_a_code_and_words_and_names_nobody_yet,
	    answer_can_be_ended_twice,
	    NULL,
	};

	return unit_main("outbox", false, tests, NULL);
}
