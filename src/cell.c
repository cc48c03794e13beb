/* SPDX-License-Identifier: MIT */
/* Cells of one size: see cell.h. */
#include "cell.h"

#include "table.h"

#include <assert.h>

/* gcc says it so, clang otherwise. */
#ifdef __SANITIZE_ADDRESS__
#define IS_ADDRESS_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_ADDRESS_SANITIZED
#endif
#endif

struct cell_block {
	struct cell_block *prev, *next; /* in cells->roomy, while it is */
	void *free;                     /* cells that were given back: each
					 * begins with the address of the next */
	size_t n_used, n_fresh; /* cells in use; cells never used as yet */
};

void cells_init(struct cells *cells, size_t size)
{
	*cells = (struct cells){.size = size};
}

static void block_free(struct cells *cells, struct cell_block *block)
{
	DL_DELETE(cells->roomy, block);
	cells->n_blocks--;
	free(block);
}

void cells_deinit(struct cells *cells)
{
	assert(cells->n_used == 0);
	while (cells->roomy != NULL)
		block_free(cells, cells->roomy);
	assert(cells->n_blocks == 0);
}

/* AddressSanitizer is to see who uses what was given back. */
#ifdef IS_ADDRESS_SANITIZED

void *cell_take(struct cells *cells)
{
	cells->n_used++;
	return xmalloc(cells->size);
}

void cell_give(struct cells *cells, void *cell)
{
	cells->n_used--;
	free(cell);
}

#else

static size_t cells_of_block(const struct cells *cells)
{
	return (CELL_BLOCK_BYTES - sizeof(struct cell_block)) / cells->size;
}

static struct cell_block *block_new(struct cells *cells)
{
	struct cell_block *block = xaligned(CELL_BLOCK_BYTES);

	*block = (struct cell_block){.n_fresh = cells_of_block(cells)};
	cells->n_blocks++;
	DL_PREPEND(cells->roomy, block);
	return block;
}

void *cell_take(struct cells *cells)
{
	struct cell_block *block = cells->roomy;
	void *cell;

	if (block == NULL)
		block = block_new(cells);
	cell = block->free;
	if (cell != NULL)
		block->free = *(void **)cell;
	else
		cell = (char *)(block + 1) + --block->n_fresh * cells->size;
	block->n_used++;
	cells->n_used++;
	if (block->free == NULL && block->n_fresh == 0)
		DL_DELETE(cells->roomy, block);
	return cell;
}

void cell_give(struct cells *cells, void *cell)
{
	struct cell_block *block =
	    (struct cell_block *)((uintptr_t)cell & ~(CELL_BLOCK_BYTES - 1));

	if (block->free == NULL && block->n_fresh == 0)
		DL_PREPEND(cells->roomy, block);
	*(void **)cell = block->free;
	block->free = cell;
	cells->n_used--;
	/* One empty block stays, so that coming and going costs nothing. */
	if (--block->n_used == 0 && cells->roomy->next != NULL)
		block_free(cells, block);
}

#endif

void cell_sizes_init(struct cell_sizes *sizes)
{
	for (size_t i = 0; i <= CELL_MAX_BYTES / 8; i++)
		cells_init(&sizes->of[i], 8 * i);
}

void cell_sizes_deinit(struct cell_sizes *sizes)
{
	for (size_t i = 0; i <= CELL_MAX_BYTES / 8; i++)
		cells_deinit(&sizes->of[i]);
}

void *cell_take_size(struct cell_sizes *sizes, size_t size)
{
	if (size > CELL_MAX_BYTES)
		return xmalloc(size);
	return cell_take(&sizes->of[(size + 7) / 8]);
}

void cell_give_size(struct cell_sizes *sizes, void *cell, size_t size)
{
	if (size > CELL_MAX_BYTES)
		free(cell);
	else
		cell_give(&sizes->of[(size + 7) / 8], cell);
}
