/* SPDX-License-Identifier: MIT */
/* The library's memory, counted and refused: see memory.h. */
#include "memory.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BLOCKS 4096

/* What the library has. It also grows and frees what callbacks have allocated,
 * which is not in here before. */
static void *blocks[MOST_BLOCKS];
static size_t n_blocks;

static unsigned n_asked, n_refused;
static unsigned refused_from; /* 0: never */
static bool refuses_for_good;

void memory_refuse(unsigned n, bool is_final)
{
	n_asked = 0;
	n_refused = 0;
	refused_from = n;
	refuses_for_good = is_final;
}

unsigned memory_refused(void)
{
	return n_refused;
}

bool memory_is_gone(void)
{
	return refuses_for_good && n_refused > 0;
}

size_t memory_live(void)
{
	return n_blocks;
}

static bool is_refused(void)
{
	n_asked++;
	if (refused_from == 0 || n_asked < refused_from)
		return false;
	if (n_asked > refused_from && !refuses_for_good)
		return false;
	n_refused++;
	return true;
}

static void *note(void *block)
{
	ck_assert_uint_lt(n_blocks, MOST_BLOCKS);
	if (block != NULL)
		blocks[n_blocks++] = block;
	return block;
}

static bool forget(void *block)
{
	for (size_t i = n_blocks; i > 0; i--) {
		if (blocks[i - 1] == block) {
			blocks[i - 1] = blocks[--n_blocks];
			return true;
		}
	}
	return false;
}

void *memory_malloc(size_t size)
{
	return is_refused() ? NULL : note(malloc(size));
}

void *memory_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : note(calloc(n, size));
}

void *memory_realloc(void *block, size_t size)
{
	if (is_refused())
		return NULL;
	/* Not its own: the library got it from a callback. */
	(void)forget(block);
	return note(realloc(block, size));
}

char *memory_strdup(const char *text)
{
	return is_refused() ? NULL : note(strdup(text));
}

void memory_free(void *block)
{
	(void)forget(block);
	free(block);
}
