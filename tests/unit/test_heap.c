/* SPDX-License-Identifier: MIT */
/* The heap of deadlines, against what heap.h promises and a plain search. */
#include "unit.h"

#include "heap.h"

#define N_ITEMS 300
#define N_STEPS 15000

static struct heap heap;
static struct heap_item items[N_ITEMS];

static void begin(void)
{
	heap_init(&heap);
	for (int i = 0; i < N_ITEMS; i++)
		heap_item_init(&items[i]);
}

/* Takes everything out from the top, each item not before the last. */
static void drain(void)
{
	const struct heap_item *before = NULL;
	struct heap_item *top;

	while ((top = heap_top(&heap)) != NULL) {
		ck_assert(
		    before == NULL || before->at < top->at ||
		    (before->at == top->at && before->order < top->order));
		heap_remove(&heap, top);
		heap_check(&heap);
		before = top;
	}
	ck_assert_uint_eq(heap.n_items, 0);
}

START_TEST(empty_heap_has_no_top_and_can_be_ended)
{
	begin();
	ck_assert_ptr_null(heap_top(&heap));
	heap_check(&heap);
	heap_deinit(&heap);
	heap_deinit(&heap); /* it left an empty one behind */
}
END_TEST

START_TEST(new_item_is_in_no_heap_and_taking_it_out_does_nothing)
{
	begin();
	ck_assert_uint_eq(items[0].pos, HEAP_OUT);
	heap_remove(&heap, &items[0]);
	heap_set(&heap, &items[1], 5, 0);
	heap_remove(&heap, &items[0]);
	ck_assert_ptr_eq(heap_top(&heap), &items[1]);
	heap_remove(&heap, &items[1]);
	heap_remove(&heap, &items[1]);
	ck_assert_ptr_null(heap_top(&heap));
	heap_deinit(&heap);
}
END_TEST

START_TEST(the_earliest_is_on_top)
{
	begin();
	heap_set(&heap, &items[0], 30, 0);
	heap_set(&heap, &items[1], 10, 1);
	heap_set(&heap, &items[2], 20, 2);
	ck_assert_ptr_eq(heap_top(&heap), &items[1]);
	ck_assert_int_eq(items[1].at, 10);
	drain();
	heap_deinit(&heap);
}
END_TEST

START_TEST(of_two_that_are_due_at_once_the_lower_order_is_first)
{
	begin();
	heap_set(&heap, &items[0], 10, UINT64_MAX);
	heap_set(&heap, &items[1], 10, 1);
	heap_set(&heap, &items[2], 10, UINT64_MAX - 1);
	ck_assert_ptr_eq(heap_top(&heap), &items[1]);
	heap_remove(&heap, &items[1]);
	ck_assert_ptr_eq(heap_top(&heap), &items[2]);
	drain();
	heap_deinit(&heap);
}
END_TEST

START_TEST(setting_an_item_again_moves_it_either_way)
{
	begin();
	for (int i = 0; i < 20; i++)
		heap_set(&heap, &items[i], i * 10, 0);
	heap_set(&heap, &items[19], -1, 0);
	heap_check(&heap);
	ck_assert_ptr_eq(heap_top(&heap), &items[19]);
	heap_set(&heap, &items[19], 1000, 0);
	heap_check(&heap);
	ck_assert_ptr_eq(heap_top(&heap), &items[0]);
	heap_set(&heap, &items[0], 0, 1); /* only its order */
	heap_set(&heap, &items[1], 0, 0);
	ck_assert_ptr_eq(heap_top(&heap), &items[1]);
	ck_assert_uint_eq(heap.n_items, 20);
	drain();
	heap_deinit(&heap);
}
END_TEST

START_TEST(any_item_can_be_taken_out)
{
	for (int gone = 0; gone < 31; gone++) {
		begin();
		for (int i = 0; i < 31; i++)
			heap_set(&heap, &items[i], (i * 7) % 31, 0);
		heap_remove(&heap, &items[gone]);
		ck_assert_uint_eq(items[gone].pos, HEAP_OUT);
		ck_assert_uint_eq(heap.n_items, 30);
		heap_check(&heap);
		drain();
		heap_deinit(&heap);
	}
}
END_TEST

/* The first of those that are in, by looking at each. */
static struct heap_item *first_in(const bool in[N_ITEMS])
{
	struct heap_item *first = NULL;

	for (int i = 0; i < N_ITEMS; i++) {
		struct heap_item *item = &items[i];

		if (!in[i])
			continue;
		if (first == NULL || item->at < first->at ||
		    (item->at == first->at && item->order < first->order))
			first = item;
	}
	return first;
}

START_TEST(top_is_what_a_plain_search_finds_through_many_random_changes)
{
	bool in[N_ITEMS] = {false};
	uint64_t seed = 20;
	size_t n_in = 0;

	begin();
	for (uint64_t step = 0; step < N_STEPS; step++) {
		/* Longer phases of growing and of shrinking. */
		unsigned shrink = (step / 1000) % 2 == 0 ? 30 : 70;
		unsigned i = draw(&seed, N_ITEMS);
		bool out = draw(&seed, 100) < shrink;

		if (out)
			heap_remove(&heap, &items[i]);
		else
			heap_set(&heap, &items[i], draw(&seed, 50), step);
		n_in = n_in - in[i] + !out;
		in[i] = !out;
		heap_check(&heap);
		ck_assert_uint_eq(heap.n_items, n_in);
		ck_assert_ptr_eq(heap_top(&heap), first_in(in));
	}
	drain();
	heap_deinit(&heap);
}
END_TEST

START_TEST(memory_of_a_peak_is_given_back)
{
	static struct heap_item many[20000];

	begin();
	for (int i = 0; i < 20000; i++) {
		heap_item_init(&many[i]);
		heap_set(&heap, &many[i], i, 0);
	}
	ck_assert_uint_ge(heap.cap, 20000);
	for (int i = 0; i < 20000; i++)
		heap_remove(&heap, &many[i]);
	ck_assert_uint_le(heap.cap, 64);
	heap_deinit(&heap);
}
END_TEST

START_TEST(ending_a_heap_that_is_not_empty_aborts)
{
	begin();
	heap_set(&heap, &items[0], 1, 0);
	heap_deinit(&heap);
}
END_TEST

START_TEST(check_finds_items_out_of_order)
{
	begin();
	heap_set(&heap, &items[0], 1, 0);
	heap_set(&heap, &items[1], 2, 0);
	items[0].at = 3;
	heap_check(&heap);
}
END_TEST

START_TEST(check_finds_an_item_that_does_not_know_where_it_is)
{
	begin();
	heap_set(&heap, &items[0], 1, 0);
	items[0].pos = HEAP_OUT;
	heap_check(&heap);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    empty_heap_has_no_top_and_can_be_ended,
	    new_item_is_in_no_heap_and_taking_it_out_does_nothing,
	    the_earliest_is_on_top,
	    of_two_that_are_due_at_once_the_lower_order_is_first,
	    setting_an_item_again_moves_it_either_way,
	    any_item_can_be_taken_out,
	    top_is_what_a_plain_search_finds_through_many_random_changes,
	    memory_of_a_peak_is_given_back,
	    NULL,
	};
	const TTest *const aborting[] = {
	    ending_a_heap_that_is_not_empty_aborts,
	    check_finds_items_out_of_order,
	    check_finds_an_item_that_does_not_know_where_it_is,
	    NULL,
	};

	return unit_main("heap", false, tests, aborting);
}
