/* SPDX-License-Identifier: MIT */
/* Named things and their tables, with a toy in the place of a primitive. */
#include "toy.h"

#include <stdio.h>
#include <string.h>

#define N_MANY 20000

static int64_t n_keys(const struct kind *kind)
{
	return core->tally.counts[kind->number][TALLY_KEYS];
}

START_TEST(kinds_have_the_names_of_the_wire)
{
	ck_assert_str_eq(object_kind_name(WIRE_KIND_LOCK), "lock");
	ck_assert_str_eq(object_kind_name(WIRE_KIND_LIMIT), "limit");
	ck_assert_str_eq(object_kind_name(WIRE_KIND_FLIGHT), "flight");
	ck_assert_str_eq(object_kind_name(WIRE_KIND_POOL), "pool");
}
END_TEST

START_TEST(object_is_made_once_for_its_key)
{
	struct object *object;

	ck_assert_ptr_null(object_find(core, key_of(&toy_kind, "k")));
	object = object_get(core, key_of(&toy_kind, "k"));
	ck_assert_ptr_eq(object_find(core, key_of(&toy_kind, "k")), object);
	ck_assert_ptr_eq(object_get(core, key_of(&toy_kind, "k")), object);
	ck_assert_ptr_eq(object->kind, &toy_kind);
	ck_assert(object->listed);
	ck_assert_uint_eq(object->n_holders, 0);
	ck_assert_uint_eq(object->n_waiters, 0);
	ck_assert_uint_eq(((struct toy *)object)->n_more, 0);
	ck_assert_int_eq(n_keys(&toy_kind), 1);
	object_settle(core, object);
	ck_assert_int_eq(n_keys(&toy_kind), 0);
}
END_TEST

START_TEST(object_has_a_copy_of_its_key_that_ends_with_a_nul)
{
	char bytes[] = "key and more";
	const struct key key = {&toy_kind, bytes, 3};
	struct object *object = object_get(core, &key);
	struct key mine = object_key(object);

	bytes[0] = 'x';
	ck_assert_str_eq(object_key_bytes(object), "key");
	ck_assert_uint_eq(object->key_len, 3);
	ck_assert_ptr_eq(mine.kind, &toy_kind);
	ck_assert_ptr_eq(mine.bytes, object_key_bytes(object));
	ck_assert_uint_eq(mine.len, 3);
	object_settle(core, object);
}
END_TEST

START_TEST(keys_of_one_kind_and_of_two_are_apart)
{
	static const char *const texts[] = {"a", "ab", "b", "A", "\xc3\xa4"};
	struct object *all[10];

	for (int i = 0; i < 10; i++) {
		const struct kind *kind = i < 5 ? &toy_kind : &toy_sole_kind;

		all[i] = object_get(core, key_of(kind, texts[i % 5]));
		for (int j = 0; j < i; j++)
			ck_assert_ptr_ne(all[i], all[j]);
	}
	ck_assert_int_eq(n_keys(&toy_kind), 5);
	ck_assert_int_eq(n_keys(&toy_sole_kind), 5);
	for (int i = 0; i < 10; i++)
		object_settle(core, all[i]);
	silence();
}
END_TEST

START_TEST(longest_key_is_told_from_one_that_differs_at_its_end)
{
	char one[WIRE_MAX_KEY_BYTES], other[WIRE_MAX_KEY_BYTES];
	const struct key key = {&toy_kind, one, sizeof(one)};
	const struct key key2 = {&toy_kind, other, sizeof(other)};
	struct object *object;

	memset(one, 'k', sizeof(one));
	memcpy(other, one, sizeof(one));
	other[WIRE_MAX_KEY_BYTES - 1] = 'l';
	object = object_get(core, &key);
	ck_assert_uint_eq(object->key_len, WIRE_MAX_KEY_BYTES);
	ck_assert_uint_eq(strlen(object_key_bytes(object)), WIRE_MAX_KEY_BYTES);
	ck_assert_ptr_null(object_find(core, &key2));
	object_settle(core, object);
}
END_TEST

/* edge: 17 44 */
START_TEST(very_many_keys_never_meet_and_leave_nothing_behind)
{
	static struct object *all[N_MANY];
	char text[20];

	for (int i = 0; i < N_MANY; i++) {
		(void)snprintf(text, sizeof(text), "key/%d", i);
		all[i] = object_get(core, key_of(&toy_kind, text));
		ck_assert_uint_eq(all[i]->n_holders, 0);
	}
	ck_assert_int_eq(n_keys(&toy_kind), N_MANY);
	for (int i = 0; i < N_MANY; i++) {
		(void)snprintf(text, sizeof(text), "key/%d", i);
		ck_assert_ptr_eq(
		    object_find(core, key_of(&toy_kind, text)), all[i]);
		object_settle(core, all[i]);
		ck_assert(!exists(&toy_kind, text));
	}
	ck_assert_int_eq(n_keys(&toy_kind), 0);
	ck_assert_uint_eq(core->objects[toy_kind.number].n_items, 0);
}
END_TEST

START_TEST(settling_frees_what_nothing_keeps)
{
	struct toy *toy = toy_get(&toy_kind, "k");

	ck_assert(object_is_idle(&toy->object));
	object_settle(core, &toy->object);
	ck_assert(!exists(&toy_kind, "k"));
	ck_assert_int_eq(toy_news.n_deinit, 1);
}
END_TEST

START_TEST(settling_leaves_what_has_a_holder_a_waiter_or_a_reason_of_its_own)
{
	struct object *object = toy_take(A, &toy_kind, "k")->object;
	struct toy *toy = toy_get(&toy_kind, "other");

	ck_assert(!object_is_idle(object));
	object_settle(core, object);
	ck_assert(exists(&toy_kind, "k"));
	toy->stays = true;
	ck_assert(!object_is_idle(&toy->object));
	object_settle(core, &toy->object);
	ck_assert(exists(&toy_kind, "other"));
	ck_assert_int_eq(toy_news.n_deinit, 0);
	toy->stays = false;
	object_settle(core, &toy->object);
	ck_assert(!exists(&toy_kind, "other"));
}
END_TEST

START_TEST(kind_without_a_word_on_it_keeps_objects_for_claims_only)
{
	struct object *object = toy_take(A, &toy_sole_kind, "k")->object;

	ck_assert_ptr_null(toy_sole_kind.is_idle);
	ck_assert(!object_is_idle(object));
	claim_end(core, A->held, CLAIM_RELEASED);
	ck_assert(!exists(&toy_sole_kind, "k"));
	ck_assert_int_eq(toy_news.n_deinit, 0); /* it has no deinit either */
}
END_TEST

START_TEST(settling_lets_waiters_in_where_there_is_room)
{
	struct toy *toy;

	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy_wait(C, 2, &toy_kind, "k");
	toy = toy_get(&toy_kind, "k");
	object_settle(core, &toy->object);
	silence();
	toy->n_more = 1;
	object_settle(core, &toy->object);
	answered(B, 1);
	silence();
	ck_assert_uint_eq(toy->object.n_holders, 2);
	ck_assert_uint_eq(toy->object.n_waiters, 1);
	toy->n_more = 2;
	object_settle(core, &toy->object);
	answered(C, 2);
}
END_TEST

START_TEST(kind_is_not_asked_to_serve_where_nobody_waits)
{
	toy_take(A, &toy_kind, "k");
	object_settle(core, A->held->object);
	ck_assert_int_eq(toy_news.n_served, 0);
	toy_wait(B, 1, &toy_kind, "k");
	object_settle(core, A->held->object);
	ck_assert_int_eq(toy_news.n_served, 1);
}
END_TEST

START_TEST(nobody_is_let_in_while_the_core_shuts_down)
{
	struct toy *toy;

	toy_take(A, &toy_kind, "k");
	toy_wait(B, 1, &toy_kind, "k");
	toy = toy_get(&toy_kind, "k");
	toy->n_more = 1;
	core->shutting_down = true;
	object_settle(core, &toy->object);
	silence();
	ck_assert_int_eq(toy_news.n_served, 0);
}
END_TEST

START_TEST(freeing_asks_for_no_reason_to_stay)
{
	struct toy *toy = toy_get(&toy_kind, "k");

	toy->stays = true;
	object_free(core, &toy->object);
	ck_assert(!exists(&toy_kind, "k"));
	ck_assert_int_eq(toy_news.n_deinit, 1);
	ck_assert_int_eq(n_keys(&toy_kind), 0);
}
END_TEST

START_TEST(replaced_object_lives_on_but_is_not_found)
{
	struct object *old = toy_take(A, &toy_kind, "k")->object;
	struct object *next = object_replace(core, old);

	((struct toy *)next)->stays = true;
	ck_assert_ptr_ne(next, old);
	ck_assert_ptr_eq(object_find(core, key_of(&toy_kind, "k")), next);
	ck_assert(next->listed && !old->listed);
	ck_assert_str_eq(object_key_bytes(next), "k");
	ck_assert_ptr_null(next->holders);
	ck_assert_ptr_eq(old->holders, A->held);
	ck_assert_int_eq(n_keys(&toy_kind), 2);
	claim_end(core, A->held, CLAIM_RELEASED);
	silence();
	ck_assert_int_eq(n_keys(&toy_kind), 1);
	ck_assert_ptr_eq(object_find(core, key_of(&toy_kind, "k")), next);
}
END_TEST

START_TEST(oldest_holder_is_the_one_who_came_first)
{
	struct toy *toy = toy_get(&toy_kind, "k");
	const struct claim *first;

	ck_assert_ptr_null(object_oldest_holder(&toy->object));
	toy->n_more = 9;
	toy->stays = true;
	first = toy_take(A, &toy_kind, "k");
	ck_assert_ptr_eq(object_oldest_holder(&toy->object), first);
	toy_take(B, &toy_kind, "k");
	toy_take(A, &toy_kind, "k");
	ck_assert_ptr_eq(object_oldest_holder(&toy->object), first);
	claim_end(core, A->held->mine_next, CLAIM_RELEASED);
	ck_assert_ptr_eq(object_oldest_holder(&toy->object), B->held);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    kinds_have_the_names_of_the_wire,
	    object_is_made_once_for_its_key,
	    object_has_a_copy_of_its_key_that_ends_with_a_nul,
	    keys_of_one_kind_and_of_two_are_apart,
	    longest_key_is_told_from_one_that_differs_at_its_end,
	    very_many_keys_never_meet_and_leave_nothing_behind,
	    settling_frees_what_nothing_keeps,
	    settling_leaves_what_has_a_holder_a_waiter_or_a_reason_of_its_own,
	    kind_without_a_word_on_it_keeps_objects_for_claims_only,
	    settling_lets_waiters_in_where_there_is_room,
	    kind_is_not_asked_to_serve_where_nobody_waits,
	    nobody_is_let_in_while_the_core_shuts_down,
	    freeing_asks_for_no_reason_to_stay,
	    replaced_object_lives_on_but_is_not_found,
	    oldest_holder_is_the_one_who_came_first,
	    NULL,
	};

	return unit_main("object", true, tests, NULL);
}
