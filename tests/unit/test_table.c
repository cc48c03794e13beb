/* SPDX-License-Identifier: MIT */
/* The hash table, against what table.h promises and an array that knows who is
 * in. */
#include "unit.h"

#include "table.h"

#define N_THINGS 5000
#define N_STEPS  60000

struct thing {
	uint64_t key;
	struct table_item item;
};

static struct table table;
static struct thing things[N_THINGS];
static size_t n_hashed;

static uint64_t hash_of(const void *ctx, const struct table_item *item)
{
	n_hashed++;
	return TABLE_OWNER(item, struct thing, item)->key * *(const int *)ctx;
}

static void begin(const int *factor)
{
	table_init(&table, hash_of, factor);
	for (uint64_t i = 0; i < N_THINGS; i++)
		things[i].key = i;
}

static uint64_t key_hash(const struct thing *thing)
{
	return hash_of(table.ctx, &thing->item);
}

static void add(struct thing *thing)
{
	table_add(&table, &thing->item, key_hash(thing));
}

static void take_out(struct thing *thing)
{
	table_remove(&table, &thing->item, key_hash(thing));
}

static struct thing *find(uint64_t key)
{
	struct thing sought = {.key = key};
	struct table_item *item = table_first(&table, key_hash(&sought));

	for (; item != NULL; item = item->next) {
		struct thing *thing = TABLE_OWNER(item, struct thing, item);

		if (thing->key == key)
			return thing;
	}
	return NULL;
}

static const int spread = 1;
static const int all_alike = 0;
static const int coarse = 64;

START_TEST(an_empty_table_has_no_memory_and_finds_nothing)
{
	begin(&spread);
	ck_assert_ptr_null(table_first(&table, 0));
	ck_assert_ptr_null(table.buckets);
	table_check(&table);
	table_deinit(&table);
	table_deinit(&table); /* it left an empty one behind */
}
END_TEST

START_TEST(what_was_added_is_found_until_it_is_taken_out)
{
	begin(&spread);
	for (int i = 0; i < N_THINGS; i++) {
		add(&things[i]);
		ck_assert_ptr_eq(find((uint64_t)i), &things[i]);
	}
	table_check(&table);
	for (uint64_t i = 0; i < N_THINGS; i++)
		ck_assert_ptr_eq(find(i), &things[i]);
	ck_assert_ptr_null(find(N_THINGS));
	for (uint64_t i = 0; i < N_THINGS; i += 2)
		take_out(&things[i]);
	table_check(&table);
	for (uint64_t i = 0; i < N_THINGS; i++)
		ck_assert_ptr_eq(find(i), i % 2 == 0 ? NULL : &things[i]);
	for (uint64_t i = 1; i < N_THINGS; i += 2)
		take_out(&things[i]);
	ck_assert_uint_eq(table.n_items, 0);
	table_deinit(&table);
}
END_TEST

START_TEST(items_of_one_hash_are_told_apart_by_their_owner)
{
	begin(&all_alike);
	for (int i = 0; i < 100; i++)
		add(&things[i]);
	table_check(&table);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_ptr_eq(find(i), &things[i]);
	for (int i = 99; i >= 0; i -= 3)
		take_out(&things[i]);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_ptr_eq(find(i), i % 3 == 0 ? NULL : &things[i]);
	for (int i = 1; i < 100; i++) {
		if (i % 3 != 0)
			take_out(&things[i]);
	}
	table_deinit(&table);
}
END_TEST

static size_t count(const bool in[N_THINGS])
{
	size_t n = 0;

	for (int i = 0; i < N_THINGS; i++)
		n += in[i];
	return n;
}

static void change_at_random(const int *factor)
{
	bool in[N_THINGS] = {false};
	uint64_t seed = 7;

	begin(factor);
	for (int step = 0; step < N_STEPS; step++) {
		/* Long phases of growing and of shrinking, down to nothing. */
		unsigned out = (step / 15000) % 2 == 0 ? 25 : 80;
		unsigned i = draw(&seed, N_THINGS);

		bool goes = draw(&seed, 100) < out;

		ck_assert_ptr_eq(find(i), in[i] ? &things[i] : NULL);
		if (in[i] && goes)
			take_out(&things[i]);
		else if (!in[i] && !goes)
			add(&things[i]);
		in[i] = !goes;
		if (step % 500 != 0)
			continue;
		ck_assert_uint_eq(table.n_items, count(in));
		table_check(&table);
	}
	for (int i = 0; i < N_THINGS; i++) {
		if (in[i])
			take_out(&things[i]);
	}
	table_check(&table);
	table_deinit(&table);
}

START_TEST(it_finds_what_an_array_knows_through_many_random_changes)
{
	change_at_random(&spread);
}
END_TEST

START_TEST(it_does_so_where_only_every_64th_bucket_is_used)
{
	change_at_random(&coarse);
}
END_TEST

/* What one change costs: how many items were asked for their hash. */
START_TEST(no_change_moves_more_than_a_few_items)
{
	size_t most = 0;

	begin(&spread);
	for (int i = 0; i < N_THINGS; i++) {
		n_hashed = 0;
		add(&things[i]);
		most = n_hashed > most ? n_hashed : most;
	}
	for (int i = 0; i < N_THINGS; i++) {
		n_hashed = 0;
		take_out(&things[i]);
		most = n_hashed > most ? n_hashed : most;
	}
	ck_assert_uint_le(most, 3); /* its own, and those of one bucket */
	table_deinit(&table);
}
END_TEST

START_TEST(coming_and_going_moves_nothing)
{
	begin(&spread);
	for (int i = 0; i < 1000; i++)
		add(&things[i]);
	for (int i = 0; i < 100; i++)
		take_out(&things[i]);
	for (int i = 0; i < 1000; i++) {
		n_hashed = 0;
		add(&things[i % 100]);
		take_out(&things[i % 100]);
		ck_assert_uint_eq(n_hashed, 2); /* by this test */
	}
	for (int i = 100; i < 1000; i++)
		take_out(&things[i]);
	table_deinit(&table);
}
END_TEST

START_TEST(memory_follows_the_number_of_items_down_too)
{
	begin(&spread);
	for (int i = 0; i < N_THINGS; i++)
		add(&things[i]);
	ck_assert_uint_eq(table.cap, 8192);
	for (int i = 0; i < N_THINGS - 10; i++)
		take_out(&things[i]);
	ck_assert_uint_le(table.cap, 64);
	ck_assert_uint_le(table.n_buckets, 40);
	for (int i = N_THINGS - 10; i < N_THINGS; i++) {
		ck_assert_ptr_eq(find((uint64_t)i), &things[i]);
		take_out(&things[i]);
	}
	ck_assert_uint_eq(table.n_buckets, 8);
	table_deinit(&table);
}
END_TEST

START_TEST(ending_a_table_that_is_not_empty_aborts)
{
	begin(&spread);
	add(&things[0]);
	table_deinit(&table);
}
END_TEST

START_TEST(taking_out_what_is_not_in_aborts)
{
	begin(&spread);
	add(&things[0]);
	take_out(&things[8]);
}
END_TEST

START_TEST(check_finds_an_item_in_the_wrong_bucket)
{
	begin(&spread);
	add(&things[1]);
	table_check(&table);
	things[1].key = 2;
	table_check(&table);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    an_empty_table_has_no_memory_and_finds_nothing,
	    what_was_added_is_found_until_it_is_taken_out,
	    items_of_one_hash_are_told_apart_by_their_owner,
	    it_finds_what_an_array_knows_through_many_random_changes,
	    it_does_so_where_only_every_64th_bucket_is_used,
	    no_change_moves_more_than_a_few_items,
	    coming_and_going_moves_nothing,
	    memory_follows_the_number_of_items_down_too,
	    NULL,
	};
	const TTest *const aborting[] = {
	    ending_a_table_that_is_not_empty_aborts,
	    taking_out_what_is_not_in_aborts,
	    check_finds_an_item_in_the_wrong_bucket,
	    NULL,
	};

	return unit_main("table", false, tests, aborting);
}
