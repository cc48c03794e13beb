/* SPDX-License-Identifier: MIT */
/* What is done for each operation of pools: see ops.h. */
#include "ops.h"

#include <string.h>

void op_pool_get(struct call *call)
{
	const struct pool_terms terms = {
	    .capacity = op_number(call, ARG_CAPACITY, -1),
	    .max_idle_ms = op_number(call, ARG_MAX_IDLE_MS, -1),
	    .adopt = op_number(call, ARG_ADOPT, 0),
	};

	pool_get(call->core, &call->req, &call->key, &terms);
}

void op_pool_put(struct call *call)
{
	struct pool_value value = {0};

	if (args_has(call->args, ARG_VALUE)) {
		value.bytes = call->args->values[ARG_VALUE].at;
		value.len = call->args->values[ARG_VALUE].len;
	}
	pool_put(call->core, &call->req, &call->key, op_token(call), &value);
}

void op_pool_drop(struct call *call)
{
	pool_drop(call->core, &call->req, &call->key, op_token(call));
}

void op_pool_clear(struct call *call)
{
	pool_clear(call->core, &call->req, &call->key);
}

void op_pool_size(struct call *call)
{
	pool_size(call->core, &call->req, &call->key);
}

void op_pool_available(struct call *call)
{
	pool_available(call->core, &call->req, &call->key);
}

void op_pool_info(struct call *call)
{
	pool_info(call->core, &call->req, &call->key);
}

void op_pool_delete(struct call *call)
{
	pool_delete(call->core, &call->req, &call->key);
}

/* Which of two words a member is: 0 or 1; -1 where it is not there; -2, and an
 * answer, where it is neither. */
static int either(struct call *call, enum arg arg, const char *name,
    const char *zero, const char *one)
{
	char echo[ARGS_ECHO_BYTES];

	if (!args_has(call->args, arg))
		return -1;
	if (op_is_word(call, arg, zero))
		return 0;
	if (op_is_word(call, arg, one))
		return 1;
	core_refuse(call->core, &call->req, NULL, WIRE_BAD_REQUEST,
	    "\"%s\" must be \"%s\" or \"%s\", not \"%s\"", name, zero, one,
	    args_echo(&call->args->values[arg], echo));
	return -2;
}

/* The items of pool.set, taken apart. *items_out is the caller's to free.
 * Returns their number; -1: none are given. */
static int64_t take_items(
    const struct call *call, struct pool_value **items_out)
{
	struct scan_value element;
	struct scan scan;
	size_t n = 0, cap = 0;

	*items_out = NULL;
	if (!args_has(call->args, ARG_ITEMS))
		return -1;
	scan_array_begin(&scan, &call->args->values[ARG_ITEMS]);
	while (scan_element(&scan, &element) == SCAN_ITEM) {
		if (n == cap) {
			cap = cap == 0 ? 16 : 2 * cap;
			*items_out =
			    xrealloc(*items_out, cap * sizeof(**items_out));
		}
		(*items_out)[n].bytes = element.at;
		(*items_out)[n++].len = element.len;
	}
	return (int64_t)n;
}

static int compare_values(const void *left, const void *right)
{
	const struct pool_value *a = left, *b = right;
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->bytes, b->bytes, len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* NULL, or what is wrong with the items: each has to be something, once. */
static const char *judge_items(const struct pool_value *items, size_t n)
{
	struct pool_value *sorted = xcalloc(n, sizeof(*sorted));
	const char *wrong = NULL;

	if (n > 0)
		memcpy(sorted, items, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_values);
	for (size_t i = 0; i < n; i++) {
		if (pool_value_is_null(&sorted[i]))
			wrong = "\"items\" must not hold null";
		else if (i > 0 &&
			 compare_values(&sorted[i - 1], &sorted[i]) == 0)
			wrong = "\"items\" must be distinct";
	}
	free(sorted);
	return wrong;
}

void op_pool_set(struct call *call)
{
	struct pool_terms terms = {
	    .capacity = op_number(call, ARG_CAPACITY, -1),
	    .max_idle_ms = op_number(call, ARG_MAX_IDLE_MS, -1),
	    .order = either(call, ARG_ORDER, "order", "lifo", "fifo"),
	};
	struct pool_value *items;
	const char *wrong = NULL;

	if (terms.order == -2)
		return;
	terms.on_lost = either(call, ARG_ON_LOST, "on_lost", "drop", "requeue");
	if (terms.on_lost == -2)
		return;
	terms.n_items = take_items(call, &items);
	terms.items = items;
	if (terms.n_items > 0)
		wrong = judge_items(items, (size_t)terms.n_items);
	if (wrong != NULL)
		op_refuse(call, wrong);
	else if (op_is_allowed(call, false))
		pool_set(call->core, &call->req, &call->key, &terms);
	free(items);
}
