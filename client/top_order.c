/* SPDX-License-Identifier: MIT */
/* Which keys are shown, and in which order: see top_ui.h. */
#include "top_alloc.h"
#include "top_ui.h"

static const char *const names[TOP_N_SORTS] = {
    [TOP_BY_WAITERS] = "waiters",
    [TOP_BY_WAIT] = "longest wait",
    [TOP_BY_HELD] = "held for",
    [TOP_BY_GRANTS] = "grants/s",
    [TOP_BY_NAME] = "name",
};

const char *top_sort_name(enum top_sort sort)
{
	return names[sort];
}

bool top_order_takes(const struct top_order *order, const char *key)
{
	const char *filter = order->filter;

	if (filter[0] == '^')
		return strstr(key, filter + 1) == key;
	return strstr(key, filter) != NULL;
}

/* What qsort_r(3) needs to know. */
struct by {
	const struct top_model *model;
	const struct top_order *order;
	int64_t now_ms;
};

static int by_number(double a, double b)
{
	return (a < b) - (a > b);
}

static int by_name(const struct top_row *a, const struct top_row *b)
{
	int order = strcmp(a->name + 1, b->name + 1);

	return order != 0 ? order : (int)a->kind - (int)b->kind;
}

/* The older hold first. Tokens rise with each grant, so they tell it to the
 * end; ages that were told at different times do not, and two rows would change
 * places with each round. */
static int by_hold(const struct top_row *a, const struct top_row *b)
{
	if (!a->is_held || !b->is_held)
		return (int)b->is_held - (int)a->is_held;
	return by_number((double)b->holder.token, (double)a->holder.token);
}

static int compare(enum top_sort sort, const struct top_row *a,
    const struct top_row *b, const struct by *by)
{
	switch (sort) {
	case TOP_BY_WAITERS:
		return by_number((double)a->waiting, (double)b->waiting);
	case TOP_BY_WAIT:
		return by_number((double)top_row_waited_ms(a, by->now_ms),
		    (double)top_row_waited_ms(b, by->now_ms));
	case TOP_BY_HELD:
		return by_hold(a, b);
	case TOP_BY_GRANTS:
		return by_number(
		    top_row_rate(by->model, a), top_row_rate(by->model, b));
	default:
		return by_name(a, b);
	}
}

/* Among equals: who waits more, waits longer, is busier, holds longer. */
static int on_compare(const void *a, const void *b, void *ctx)
{
	const struct top_row *one = *(const struct top_row *const *)a;
	const struct top_row *other = *(const struct top_row *const *)b;
	static const enum top_sort ties[] = {TOP_BY_WAITERS, TOP_BY_WAIT,
	    TOP_BY_GRANTS, TOP_BY_HELD, TOP_BY_NAME};
	const struct by *by = ctx;
	int order = compare(by->order->sort, one, other, by);

	if (by->order->is_reversed)
		order = -order;
	for (size_t i = 0; order == 0 && i < sizeof(ties) / sizeof(ties[0]);
	     i++)
		order = compare(ties[i], one, other, by);
	return order;
}

void top_rows_fill(struct top_rows *rows, const struct top_model *model,
    const struct top_order *order, int64_t now_ms)
{
	struct by by = {model, order, now_ms};
	const struct top_row *row;

	if (rows->cap < HASH_COUNT(model->rows)) {
		rows->cap = HASH_COUNT(model->rows) * 2;
		rows->at =
		    top_realloc(rows->at, rows->cap * sizeof(rows->at[0]));
	}
	rows->n = 0;
	for (row = model->rows; row != NULL; row = row->hh.next) {
		if (!order->hides[row->kind] &&
		    top_order_takes(order, row->name + 1))
			rows->at[rows->n++] = row;
	}
	if (rows->n > 0)
		qsort_r(
		    rows->at, rows->n, sizeof(rows->at[0]), on_compare, &by);
}
