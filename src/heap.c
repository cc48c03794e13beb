/* SPDX-License-Identifier: MIT */
/* A binary heap whose items know their position: see heap.h. */
#include "heap.h"

#include "xalloc.h"

#include <assert.h>
#include <stdlib.h>

#define HEAP_MIN_CAP 16

static bool comes_before(const struct heap_item *a, const struct heap_item *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void put_at(struct heap *heap, struct heap_item *item, size_t pos)
{
	heap->items[pos] = item;
	item->pos = pos;
}

static void sift_up(struct heap *heap, struct heap_item *item)
{
	size_t pos = item->pos;

	while (pos > 0) {
		size_t parent = (pos - 1) / 2;

		if (!comes_before(item, heap->items[parent]))
			break;
		put_at(heap, heap->items[parent], pos);
		pos = parent;
	}
	put_at(heap, item, pos);
}

static void sift_down(struct heap *heap, struct heap_item *item)
{
	size_t pos = item->pos;

	for (;;) {
		size_t child = 2 * pos + 1;

		if (child >= heap->n_items)
			break;
		if (child + 1 < heap->n_items &&
		    comes_before(heap->items[child + 1], heap->items[child]))
			child++;
		if (!comes_before(heap->items[child], item))
			break;
		put_at(heap, heap->items[child], pos);
		pos = child;
	}
	put_at(heap, item, pos);
}

/* Memory follows the number of items both ways, so that a peak is given back;
 * the factor of four keeps it from going to and fro. */
static void fit(struct heap *heap)
{
	size_t cap = heap->cap;

	if (heap->n_items == cap)
		cap = cap == 0 ? HEAP_MIN_CAP : 2 * cap;
	else if (cap > HEAP_MIN_CAP && heap->n_items < cap / 4)
		cap /= 2;
	if (cap != heap->cap) {
		heap->items = xrealloc(heap->items, cap * sizeof(*heap->items));
		heap->cap = cap;
	}
}

void heap_init(struct heap *heap)
{
	*heap = (struct heap){0};
}

void heap_deinit(struct heap *heap)
{
	assert(heap->n_items == 0);
	free(heap->items);
	heap_init(heap);
}

void heap_item_init(struct heap_item *item)
{
	*item = (struct heap_item){.at = MTIME_NEVER, .pos = HEAP_OUT};
}

void heap_set(
    struct heap *heap, struct heap_item *item, mtime_t at, uint64_t order)
{
	item->at = at;
	item->order = order;
	if (item->pos == HEAP_OUT) {
		fit(heap);
		item->pos = heap->n_items++;
	}
	sift_up(heap, item);
	sift_down(heap, item);
}

void heap_remove(struct heap *heap, struct heap_item *item)
{
	struct heap_item *last;
	size_t pos = item->pos;

	if (pos == HEAP_OUT)
		return;
	assert(pos < heap->n_items && heap->items[pos] == item);
	last = heap->items[--heap->n_items];
	item->pos = HEAP_OUT;
	if (last != item) {
		put_at(heap, last, pos);
		sift_up(heap, last);
		sift_down(heap, last);
	}
	fit(heap);
}

struct heap_item *heap_top(const struct heap *heap)
{
	return heap->n_items == 0 ? NULL : heap->items[0];
}

void heap_check(const struct heap *heap)
{
	assert(heap->n_items <= heap->cap);
	for (size_t i = 0; i < heap->n_items; i++) {
		assert(heap->items[i]->pos == i);
		assert(i == 0 ||
		       !comes_before(heap->items[i], heap->items[(i - 1) / 2]));
	}
}
