/* SPDX-License-Identifier: MIT */
/*
 * Hash tables and lists whose links are fields of what they hold.
 *
 * Tables that clients make as large as they like are ours. They grow by one
 * bucket at a time, so that none of a million insertions takes longer than any
 * other ("linear hashing", Litwin 1980): the buckets in use are n, from half
 * the next power of two up to it; the next one, n, takes its share out of
 * bucket n - power / 2, the one that stands for both as yet; shrinking goes the
 * same way back. Memory follows the number of items, both ways.
 *
 * Keys that clients choose are hashed with sip_hash(); any other hash can be
 * flooded with keys of one value.
 *
 * This is also the one place that configures and includes uthash, which is for
 * small tables (accounts), and utlist.
 */
#ifndef TABLE_H
#define TABLE_H

#include "xalloc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The link of an item; a field of what the table holds. */
struct table_item {
	struct table_item *next; /* in its bucket; NULL: the last one */
};

/* The hash of an item's key. It is not stored, for there are millions of them,
 * but asked for when a bucket is split. */
typedef uint64_t (*table_hash_fn)(
    const void *ctx, const struct table_item *item);

struct table {
	table_hash_fn hash_of;
	const void *ctx;             /* for hash_of; borrowed */
	struct table_item **buckets; /* owned */
	uint32_t n_buckets;          /* in use, never below half of cap */
	uint32_t cap;                /* a power of two; 0: none yet */
	size_t n_items;
};

/* An empty table; it has no memory before its first item. */
void table_init(struct table *table, table_hash_fn hash_of, const void *ctx);
/* Frees the table, which must be empty. */
void table_deinit(struct table *table);
/* Adds an item that is in no table. It may be the second one with its key;
 * whether it is, the caller looks first. */
void table_add(struct table *table, struct table_item *item, uint64_t hash);
/* Takes out an item, which must be in the table. */
void table_remove(struct table *table, struct table_item *item, uint64_t hash);

/* The first of the items among which are those of this hash; the others follow
 * by next. NULL: there are none. */
static inline struct table_item *table_first(
    const struct table *table, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & (table->cap - 1);

	if (table->n_items == 0)
		return NULL;
	if (at >= table->n_buckets)
		at -= table->cap / 2;
	return table->buckets[at];
}

/* The structure that item is the field of. */
#define TABLE_OWNER(item, type, field)                                         \
	((type *)((char *)(item)-offsetof(type, field)))

/* Asserts that everything is where it is looked for. For tests. */
void table_check(const struct table *table);

#define uthash_malloc(size)           xmalloc(size)
#define uthash_fatal(message)         abort() /* never: memory does not fail */
#define uthash_free(ptr, size)        free(ptr)
#define HASH_INITIAL_NUM_BUCKETS      32U
#define HASH_INITIAL_NUM_BUCKETS_LOG2 5U

#include <uthash.h>
#include <utlist.h>

#endif
