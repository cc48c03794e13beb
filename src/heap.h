/* SPDX-License-Identifier: MIT */
/*
 * A binary heap of deadlines. Items are fields of what they belong to and know
 * their position, so that any of them can be taken out or moved (the idea of
 * beanstalkd's heap.c).
 *
 * Invariant: an item is in at most one heap; pos is its index there, or
 * HEAP_OUT. The item at the top is the smallest by (at, order).
 */
#ifndef HEAP_H
#define HEAP_H

#include "mtime.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAP_OUT SIZE_MAX

struct heap_item {
	mtime_t at;     /* when it is due */
	uint64_t order; /* who comes first among those due at one time */
	size_t pos;     /* index in the heap, or HEAP_OUT */
};

struct heap {
	struct heap_item **items; /* borrowed; owned by those they belong to */
	size_t n_items, cap;
};

/* What an item, or a struct that holds one, is the field of. */
#define HEAP_OWNER(ptr, type, field)                                           \
	((type *)(void *)((char *)(ptr)-offsetof(type, field)))

/* An empty heap. */
void heap_init(struct heap *heap);
/* Gives back the heap's memory; the heap must be empty. */
void heap_deinit(struct heap *heap);

/* Makes an item that is in no heap. */
void heap_item_init(struct heap_item *item);
/* Puts the item in, or moves it when it is in already. */
void heap_set(
    struct heap *heap, struct heap_item *item, mtime_t at, uint64_t order);
/* Takes the item out; nothing happens when it is not in. */
void heap_remove(struct heap *heap, struct heap_item *item);
/* The first item, or NULL. Valid until the heap changes. */
struct heap_item *heap_top(const struct heap *heap);
/* Asserts the invariant. */
void heap_check(const struct heap *heap);

#endif
