/* SPDX-License-Identifier: MIT */
/*
 * pool.set with items and order: pools that are filled by their maker and
 * lend things that outlive a process.
 */
#include "fixture.h"

#define DONE "{'ok':true}"

static json_t *set(struct client *c, const char *members)
{
	return ask(c, "{'op':'pool.set','key':'gpu',%s}", members);
}

/* Gets an item that must be there; returns its number. */
static int get(struct client *c)
{
	json_t *answer = ask(c, "{'op':'pool.get','key':'gpu','wait_ms':0}");
	int value = (int)json_integer_value(json_object_get(answer, "value"));

	expect(answer, "{'ok':true,'create':false,'destroy':'<absent>'}");
	return value;
}

static json_t *put(struct client *c)
{
	return ask(c, "{'op':'pool.put','key':'gpu'}");
}

static json_t *info(struct client *c)
{
	return ask(c, "{'op':'pool.info','key':'gpu'}");
}

START_TEST(items_fill_a_new_pool_and_each_is_lent_once)
{
	int seen = 0, i;

	expect(set(P, "'items':[1,2,4,8]"), DONE);
	expect(info(P), "{'capacity':4,'size':4,'available':4,'waiting':0}");
	for (i = 0; i < 4; i++)
		seen ^= get(A);
	ck_assert_int_eq(seen, 1 ^ 2 ^ 4 ^ 8);
	expect_error(
	    ask(B, "{'op':'pool.get','key':'gpu','wait_ms':0}"), "busy");
}
END_TEST

START_TEST(capacity_above_the_items_leaves_room_to_create)
{
	expect(set(P, "'items':[1],'capacity':2"), DONE);
	ck_assert_int_eq(get(A), 1);
	expect(ask(B, "{'op':'pool.get','key':'gpu'}"),
	    "{'ok':true,'create':true}");
	expect(info(P), "{'capacity':2,'size':2,'available':0}");
}
END_TEST

START_TEST(capacity_is_not_below_the_number_of_items)
{
	expect_refused(set(P, "'items':[1,2,4],'capacity':2"), "bad_request",
	    "capacity", NULL);
	expect_error(info(P), "unknown_key");
}
END_TEST

START_TEST(items_are_distinct_and_not_null)
{
	expect_refused(set(P, "'items':[1,2,1]"), "bad_request", "items", NULL);
	expect_refused(
	    set(P, "'items':[1,null]"), "bad_request", "items", NULL);
	expect_refused(set(P, "'items':{'a':1}"), "bad_request", "items", NULL);
	expect_refused(set(P, "'items':'a'"), "bad_request", "items", NULL);
	expect_error(info(P), "unknown_key");
	/* Distinct as text is enough. */
	expect(set(P, "'items':[1,'1',1.0,[1]]"), DONE);
	expect(info(P), "{'size':4}");
}
END_TEST

START_TEST(same_items_again_change_nothing_and_others_are_a_conflict)
{
	expect(set(P, "'items':[1,2]"), DONE);
	get(A);
	expect(set(P, "'items':[1,2]"), DONE);
	expect(info(P), "{'capacity':2,'size':2,'available':1}");
	expect_refused(set(P, "'items':[1,2,4]"), "conflict", "gpu", NULL);
	expect_refused(set(P, "'items':[1,20]"), "conflict", "gpu", NULL);
	expect_refused(set(P, "'items':[1]"), "conflict", "gpu", NULL);
	expect(info(P), "{'capacity':2,'size':2,'available':1}");
}
END_TEST

START_TEST(items_for_a_pool_that_was_made_without_are_a_conflict)
{
	expect(set(P, "'capacity':2"), DONE);
	expect_refused(set(P, "'items':[1,2]"), "conflict", "gpu", NULL);
	expect(info(P), "{'capacity':2,'size':0}");
}
END_TEST

START_TEST(new_pool_needs_capacity_or_items)
{
	expect_refused(
	    set(P, "'order':'fifo'"), "bad_request", "capacity", NULL);
	expect_error(info(P), "unknown_key");
}
END_TEST

START_TEST(items_of_a_vanished_borrower_are_requeued)
{
	int item;

	expect(set(P, "'items':[1]"), DONE);
	item = get(A);
	ask_to_wait(B, "{'op':'pool.get','key':'gpu'}");
	client_close(A);
	expect(client_answer(B),
	    "{'ok':true,'create':false,'value':%d,'destroy':'<absent>'}", item);
	expect(put(B), DONE);
	ck_assert_int_eq(get(C), item);
}
END_TEST

START_TEST(items_are_dropped_where_the_pool_says_so)
{
	expect(set(P, "'items':[1],'on_lost':'drop'"), DONE);
	get(A);
	expect_ok(ask(A, "{'op':'reset'}"));
	expect(ask(B, "{'op':'pool.get','key':'gpu'}"),
	    "{'ok':true,'create':true,'destroy':[1]}");
}
END_TEST

START_TEST(first_in_is_first_out_where_the_pool_says_so)
{
	expect(set(P, "'items':[1,2,4],'order':'fifo'"), DONE);
	ck_assert_int_eq(get(A), 1);
	ck_assert_int_eq(get(B), 2);
	expect(put(B), DONE);
	expect(put(A), DONE);
	ck_assert_int_eq(get(C), 4);
	ck_assert_int_eq(get(C), 2);
	ck_assert_int_eq(get(C), 1);
}
END_TEST

START_TEST(last_in_is_first_out_otherwise)
{
	int a, b;

	expect(set(P, "'items':[1,2],'order':'lifo'"), DONE);
	a = get(A);
	b = get(B);
	ck_assert_int_eq(a + b, 3);
	expect(put(B), DONE);
	expect(put(A), DONE);
	ck_assert_int_eq(get(C), a);
	ck_assert_int_eq(get(C), b);
}
END_TEST

START_TEST(words_for_order_and_on_lost_are_checked)
{
	expect_refused(set(P, "'capacity':1,'order':'random'"), "bad_request",
	    "order", NULL);
	expect_refused(set(P, "'capacity':1,'on_lost':'keep'"), "bad_request",
	    "on_lost", NULL);
	expect_error(info(P), "unknown_key");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    items_fill_a_new_pool_and_each_is_lent_once,
	    capacity_above_the_items_leaves_room_to_create,
	    capacity_is_not_below_the_number_of_items,
	    items_are_distinct_and_not_null,
	    same_items_again_change_nothing_and_others_are_a_conflict,
	    items_for_a_pool_that_was_made_without_are_a_conflict,
	    new_pool_needs_capacity_or_items,
	    items_of_a_vanished_borrower_are_requeued,
	    items_are_dropped_where_the_pool_says_so,
	    first_in_is_first_out_where_the_pool_says_so,
	    last_in_is_first_out_otherwise,
	    words_for_order_and_on_lost_are_checked,
	    NULL,
	};

	return run_tests("ops_pool_items", tests);
}
