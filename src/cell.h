/* SPDX-License-Identifier: MIT */
/*
 * Memory for what there are very many of: cells of one size, cut from blocks.
 * A block without a used cell goes back to the system by itself, in
 * microseconds; malloc(3) gives hundreds of megabytes back at once, or, while
 * something small lives behind them, never. And a cell has no header, and costs
 * a fifth of the instructions.
 *
 * A block is at an address that is a multiple of its size, so that a cell
 * finds it.
 */
#ifndef CELL_H
#define CELL_H

#include <stddef.h>
#include <stdint.h>

/* Larger than what malloc(3) takes from its heap, see main.c. */
#define CELL_BLOCK_BYTES ((size_t)128 * 1024)

struct cell_block;

struct cells {
	size_t size;              /* of each */
	struct cell_block *roomy; /* blocks with a free cell */
	size_t n_blocks, n_used;
};

void cells_init(struct cells *cells, size_t size);
/* Gives all back; no cell may be in use. */
void cells_deinit(struct cells *cells);
/* A cell, with anything in it. */
void *cell_take(struct cells *cells);
void cell_give(struct cells *cells, void *cell);

/* The same for sizes that differ: cells of each size up to a bound, in steps of
 * eight bytes; what is larger comes from malloc(3). */
#define CELL_MAX_BYTES 512

struct cell_sizes {
	struct cells of[CELL_MAX_BYTES / 8 + 1];
};

void cell_sizes_init(struct cell_sizes *sizes);
void cell_sizes_deinit(struct cell_sizes *sizes);
void *cell_take_size(struct cell_sizes *sizes, size_t size);
/* size: as it was taken. */
void cell_give_size(struct cell_sizes *sizes, void *cell, size_t size);

#endif
