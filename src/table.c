/* SPDX-License-Identifier: MIT */
/* Hash tables that grow and shrink by one bucket at a time: see table.h. */
#include "table.h"

#include <assert.h>

#define MIN_BUCKETS 8

/* With as many items as buckets they grow; they shrink when three of four have
 * no item, so that coming and going moves nothing. */
#define SHRINK_FACTOR 4

void table_init(struct table *table, table_hash_fn hash_of, const void *ctx)
{
	*table = (struct table){.hash_of = hash_of, .ctx = ctx};
}

void table_deinit(struct table *table)
{
	assert(table->n_items == 0);
	free(table->buckets);
	table_init(table, table->hash_of, table->ctx);
}

/* Where items of this hash are. */
static struct table_item **bucket_of(const struct table *table, uint64_t hash)
{
	uint32_t at = (uint32_t)hash & (table->cap - 1);

	return &table
		    ->buckets[at < table->n_buckets ? at : at - table->cap / 2];
}

/* What is large enough to have pages of its own is moved by the kernel without
 * a copy, so this takes no time that grows with the table. */
static void set_cap(struct table *table, uint32_t cap)
{
	table->buckets =
	    xrealloc(table->buckets, cap * sizeof(*table->buckets));
	table->cap = cap;
}

static void begin(struct table *table)
{
	set_cap(table, MIN_BUCKETS);
	table->n_buckets = MIN_BUCKETS;
	for (uint32_t i = 0; i < MIN_BUCKETS; i++)
		table->buckets[i] = NULL;
}

/* One bucket more: what belongs there moves out of the one that stood for
 * it. */
static void split(struct table *table)
{
	struct table_item **from, **to, *item;
	uint32_t last = table->n_buckets;

	if (last == table->cap)
		set_cap(table, 2 * table->cap);
	from = &table->buckets[last - table->cap / 2];
	to = &table->buckets[last];
	table->n_buckets++;
	while ((item = *from) != NULL) {
		uint64_t hash = table->hash_of(table->ctx, item);

		if (((uint32_t)hash & (table->cap - 1)) != last) {
			from = &item->next;
			continue;
		}
		*from = item->next;
		*to = item;
		to = &item->next;
	}
	*to = NULL;
}

/* One bucket less: the one that will stand for the last takes over what is in
 * there. */
static void merge(struct table *table)
{
	struct table_item **to;
	uint32_t last;

	if (table->n_buckets == table->cap / 2)
		set_cap(table, table->cap / 2);
	last = --table->n_buckets;
	to = &table->buckets[last - table->cap / 2];
	while (*to != NULL)
		to = &(*to)->next;
	*to = table->buckets[last];
}

void table_add(struct table *table, struct table_item *item, uint64_t hash)
{
	struct table_item **bucket;

	if (table->cap == 0)
		begin(table);
	bucket = bucket_of(table, hash);
	item->next = *bucket;
	*bucket = item;
	if (++table->n_items > table->n_buckets)
		split(table);
}

static bool is_too_large(const struct table *table)
{
	return table->n_buckets > MIN_BUCKETS &&
	       table->n_buckets > SHRINK_FACTOR * table->n_items;
}

void table_remove(struct table *table, struct table_item *item, uint64_t hash)
{
	struct table_item **at = bucket_of(table, hash);

	while (*at != item) {
		assert(*at != NULL);
		at = &(*at)->next;
	}
	*at = item->next;
	table->n_items--;
	for (int i = 0; i < SHRINK_FACTOR && is_too_large(table); i++)
		merge(table);
}

void table_check(const struct table *table)
{
	size_t n = 0;

	assert(table->n_buckets <= table->cap);
	assert(table->n_buckets >= table->cap / 2);
	assert(table->n_items <= table->n_buckets);
	assert(!is_too_large(table));
	for (uint32_t i = 0; i < table->n_buckets; i++) {
		const struct table_item *item = table->buckets[i];

		for (; item != NULL; item = item->next) {
			uint64_t hash = table->hash_of(table->ctx, item);

			assert(bucket_of(table, hash) == &table->buckets[i]);
			n++;
		}
	}
	assert(n == table->n_items);
}
