/* SPDX-License-Identifier: MIT */
/* Cells: that nobody gets one that is in use, and that blocks go back. */
#include "unit.h"

#include "cell.h"

#include <string.h>

#define N_CELLS 20000

#ifdef __SANITIZE_ADDRESS__
/* Then each is a block of malloc's. */
#define EXPECT_BLOCKS(n) ck_assert_uint_eq(cells.n_blocks, 0)
#else
#define EXPECT_BLOCKS(n) ck_assert_uint_eq(cells.n_blocks, n)
#endif

static struct cells cells;

START_TEST(no_cells_have_no_memory)
{
	cells_init(&cells, 40);
	EXPECT_BLOCKS(0);
	cells_deinit(&cells);
}
END_TEST

/* A pattern that belongs to the number. */
static void fill(uint64_t *cell, uint64_t i)
{
	for (int word = 0; word < 5; word++)
		cell[word] = i * 7919 + (uint64_t)word;
}

static bool is_filled(const uint64_t *cell, uint64_t i)
{
	uint64_t there[5];

	fill(there, i);
	return memcmp(there, cell, sizeof(there)) == 0;
}

START_TEST(each_cell_is_one_users_alone_however_they_come_and_go)
{
	static uint64_t *all[N_CELLS];
	uint64_t seed = 3;

	cells_init(&cells, 40);
	for (int step = 0; step < 200000; step++) {
		/* Long phases of growing and of shrinking. */
		unsigned gives = (step / 50000) % 2 == 0 ? 20 : 80;
		unsigned i = draw(&seed, N_CELLS);

		if (all[i] != NULL)
			ck_assert(is_filled(all[i], i));
		if (all[i] != NULL && draw(&seed, 100) < gives) {
			cell_give(&cells, all[i]);
			all[i] = NULL;
		} else if (all[i] == NULL && draw(&seed, 100) >= gives) {
			all[i] = cell_take(&cells);
			fill(all[i], i);
		}
	}
	for (unsigned i = 0; i < N_CELLS; i++) {
		if (all[i] == NULL)
			continue;
		ck_assert(is_filled(all[i], i));
		cell_give(&cells, all[i]);
	}
	ck_assert_uint_eq(cells.n_used, 0);
	EXPECT_BLOCKS(1);
	cells_deinit(&cells);
}
END_TEST

START_TEST(an_empty_block_goes_back_but_the_last_one)
{
	const size_t of_block = CELL_BLOCK_BYTES / 1024 - 1;
	static void *all[5 * (CELL_BLOCK_BYTES / 1024)];

	cells_init(&cells, 1024);
	for (size_t i = 0; i < 5 * of_block; i++)
		all[i] = cell_take(&cells);
	EXPECT_BLOCKS(5);
	for (size_t i = 0; i < 5 * of_block; i++) {
		cell_give(&cells, all[i]);
		EXPECT_BLOCKS(
		    i + 1 < 2 * of_block ? 5 : 6 - (i + 1) / of_block);
	}
	EXPECT_BLOCKS(1);
	/* Coming and going at the border asks the system for nothing. */
	for (int i = 0; i < 100; i++) {
		cell_give(&cells, cell_take(&cells));
		EXPECT_BLOCKS(1);
	}
	cells_deinit(&cells);
	EXPECT_BLOCKS(0);
}
END_TEST

START_TEST(cells_of_all_sizes_are_aligned_and_as_large_as_asked_for)
{
	static struct cell_sizes sizes;
	static void *all[CELL_MAX_BYTES + 100];

	cell_sizes_init(&sizes);
	for (size_t size = 1; size < CELL_MAX_BYTES + 100; size++) {
		all[size] = cell_take_size(&sizes, size);
		ck_assert_uint_eq((uintptr_t)all[size] % 8, 0);
		memset(all[size], (int)(size % 256), size);
	}
	for (size_t size = 1; size < CELL_MAX_BYTES + 100; size++) {
		const unsigned char *bytes = all[size];

		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(bytes[i], size % 256);
		cell_give_size(&sizes, all[size], size);
	}
	cell_sizes_deinit(&sizes);
}
END_TEST

START_TEST(ending_cells_that_are_in_use_aborts)
{
	cells_init(&cells, 40);
	(void)!cell_take(&cells);
	cells_deinit(&cells);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    no_cells_have_no_memory,
	    each_cell_is_one_users_alone_however_they_come_and_go,
	    an_empty_block_goes_back_but_the_last_one,
	    cells_of_all_sizes_are_aligned_and_as_large_as_asked_for,
	    NULL,
	};
	const TTest *const aborting[] = {
	    ending_cells_that_are_in_use_aborts,
	    NULL,
	};

	return unit_main("cell", false, tests, aborting);
}
