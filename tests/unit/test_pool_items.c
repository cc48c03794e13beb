/* SPDX-License-Identifier: MIT */
/* Items: the objects with which a pool is filled when it is made. */
#include "pools.h"

#define MOST_ITEMS 4

/* Terms with the items up to the first NULL, and this capacity (-1: none). */
static struct pool_terms items(int64_t capacity, const char *const texts[])
{
	static struct pool_value values[MOST_ITEMS];
	struct pool_terms terms = no_terms();

	terms.capacity = capacity;
	terms.items = values;
	terms.n_items = 0;
	for (; texts[terms.n_items] != NULL; terms.n_items++) {
		const char *text = texts[terms.n_items];

		ck_assert_int_lt(terms.n_items, MOST_ITEMS);
		values[terms.n_items] =
		    (struct pool_value){.bytes = text, .len = strlen(text)};
	}
	return terms;
}

static const char *const three[] = {"\"a\"", "\"b\"", "\"c\"", NULL};
static const char *const two[] = {"\"a\"", "\"b\"", NULL};
static const char *const others[] = {"\"a\"", "\"c\"", "\"b\"", NULL};
static const char *const none[] = {NULL};

static void set_three(void)
{
	struct pool_terms terms = items(-1, three);

	set_terms(&terms);
}

static void expect_refused(const struct pool_terms *terms, enum wire_code code)
{
	pool_set(core, by(D, 908), P, terms);
	refused(D, 908, code);
}

START_TEST(items_are_there_to_be_lent_and_their_number_is_the_capacity)
{
	const struct answer *answer;

	set_three();
	expect_sizes(3, 3);
	pool_info(core, by(A, 1), P);
	answer = answered(A, 1);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 3);
	ck_assert_str_eq(text_of(answer, MEMBER_ON_LOST), "requeue");
	take(A, "\"c\""); /* the one put last */
	take(A, "\"b\"");
	take(A, "\"a\"");
	get(waits(by(A, 2), 0), -1);
	refused(A, 2, WIRE_BUSY);
}
END_TEST

START_TEST(items_in_fifo_order_go_out_as_they_were_listed)
{
	struct pool_terms terms = items(-1, three);

	terms.order = POOL_FIFO;
	set_terms(&terms);
	take(A, "\"a\"");
	take(B, "\"b\"");
	take(C, "\"c\"");
}
END_TEST

START_TEST(item_of_a_vanished_borrower_is_idle_again)
{
	set_three();
	take(A, "\"c\"");
	leave(A);
	expect_sizes(3, 3);
	take(B, "\"c\"");
}
END_TEST

START_TEST(on_lost_drop_can_be_said_for_items_too)
{
	struct pool_terms terms = items(-1, two);

	terms.on_lost = POOL_DROP;
	set_terms(&terms);
	take(A, "\"b\"");
	leave(A);
	expect_sizes(1, 1);
}
END_TEST

START_TEST(capacity_may_be_above_the_number_of_items)
{
	struct pool_terms terms = items(4, three);

	set_terms(&terms);
	for (int i = 2; i >= 0; i--)
		take(A, three[i]);
	take(A, NULL);
	expect_sizes(4, 0);
}
END_TEST

START_TEST(capacity_below_the_number_of_items_is_refused)
{
	struct pool_terms terms = items(2, three);

	expect_refused(&terms, WIRE_BAD_REQUEST);
	ck_assert(!exists(&pool_kind, "p"));
	set_three();
	terms = no_terms();
	terms.capacity = 2;
	expect_refused(&terms, WIRE_BAD_REQUEST);
	expect_sizes(3, 3);
}
END_TEST

START_TEST(same_list_again_changes_nothing_even_when_items_are_out)
{
	struct pool_terms terms = items(-1, three);

	set_three();
	take(A, "\"c\"");
	set_terms(&terms);
	expect_sizes(3, 2);
	put_back(A, "\"changed\"");
	set_terms(&terms);
	take(A, "\"changed\"");
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 3);
}
END_TEST

START_TEST(any_other_list_is_a_conflict)
{
	struct pool_terms terms;

	set_three();
	terms = items(-1, two);
	expect_refused(&terms, WIRE_CONFLICT);
	terms = items(-1, others);
	expect_refused(&terms, WIRE_CONFLICT);
	terms = items(-1, none);
	expect_refused(&terms, WIRE_CONFLICT);
	expect_sizes(3, 3);
}
END_TEST

START_TEST(pool_without_items_cannot_be_given_any)
{
	struct pool_terms terms = items(-1, two);

	set(3, -1);
	expect_refused(&terms, WIRE_CONFLICT);
	expect_sizes(0, 0);
	terms = items(-1, none); /* it has none, so this changes nothing */
	set_terms(&terms);
	expect_sizes(0, 0);
}
END_TEST

START_TEST(new_pool_cannot_be_made_of_no_items_alone)
{
	struct pool_terms terms = items(-1, none);

	expect_refused(&terms, WIRE_BAD_REQUEST);
	ck_assert(!exists(&pool_kind, "p"));
	terms = items(2, none);
	set_terms(&terms);
	expect_sizes(0, 0);
}
END_TEST

START_TEST(items_cost_a_key_each_and_their_bytes)
{
	set_three();
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 4);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 9);
	take(A, "\"c\"");
	pool_drop(core, by(A, 1), P, 0);
	answered(A, 1);
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 3);
	ck_assert_str_eq(cleared(), "\"a\",\"b\"");
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_KEYS), 1);
}
END_TEST

START_TEST(items_beyond_the_share_are_refused_and_nothing_is_made)
{
	struct pool_terms terms = items(-1, three);

	share(QUOTA_KEYS, 3);
	expect_refused(&terms, WIRE_QUOTA);
	share(QUOTA_KEYS, 4);
	share(QUOTA_BYTES, 8);
	expect_refused(&terms, WIRE_QUOTA);
	ck_assert(!exists(&pool_kind, "p"));
	ck_assert_uint_eq(used(UNIT_OTHER_UID, QUOTA_BYTES), 0);
	share(QUOTA_BYTES, 9);
	set_terms(&terms);
}
END_TEST

START_TEST(expired_items_are_handed_out_to_be_destroyed_like_any_object)
{
	struct pool_terms terms = items(-1, two);
	const struct answer *answer;

	terms.max_idle_ms = 10;
	set_terms(&terms);
	at(11);
	get(by(A, 1), -1);
	answer = answered(A, 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), 1);
	ck_assert_str_eq(text_of(answer, MEMBER_DESTROY), "\"a\",\"b\"");
}
END_TEST

START_TEST(deleted_pool_can_be_filled_anew)
{
	struct pool_terms terms;

	set_three();
	ck_assert_str_eq(cleared(), "\"a\",\"b\",\"c\"");
	pool_delete(core, by(A, 1), P);
	answered(A, 1);
	terms = items(-1, two);
	set_terms(&terms);
	expect_sizes(2, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    items_are_there_to_be_lent_and_their_number_is_the_capacity,
	    items_in_fifo_order_go_out_as_they_were_listed,
	    item_of_a_vanished_borrower_is_idle_again,
	    on_lost_drop_can_be_said_for_items_too,
	    capacity_may_be_above_the_number_of_items,
	    capacity_below_the_number_of_items_is_refused,
	    same_list_again_changes_nothing_even_when_items_are_out,
	    any_other_list_is_a_conflict,
	    pool_without_items_cannot_be_given_any,
	    new_pool_cannot_be_made_of_no_items_alone,
	    items_cost_a_key_each_and_their_bytes,
	    items_beyond_the_share_are_refused_and_nothing_is_made,
	    expired_items_are_handed_out_to_be_destroyed_like_any_object,
	    deleted_pool_can_be_filled_anew,
	    NULL,
	};

	return unit_main("pool items", true, tests, NULL);
}
