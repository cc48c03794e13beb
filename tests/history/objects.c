/* SPDX-License-Identifier: MIT */
/*
 * An object of a pool is in one hand at a time, comes back as it was put, and
 * does not come back when it was dropped, destroyed or too old. See judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

#define GRAIN NS_PER_MS

static int64_t object_of(const struct hold *hold)
{
	return hold->object;
}

static bool was_created(const struct hold *hold)
{
	return (hold->ask->got->flags & FLAG_CREATE) != 0;
}

static int by_object(const void *a, const void *b)
{
	const struct hold *x = *(const struct hold *const *)a;
	const struct hold *y = *(const struct hold *const *)b;

	if (object_of(x) != object_of(y))
		return object_of(x) < object_of(y) ? -1 : 1;
	return (x->token > y->token) - (x->token < y->token);
}

/* Whether the object can have come back from this hold at all. */
static bool can_come_back(const struct hold *hold)
{
	bool requeues = plan[hold->ask->sent->key].requeues;

	if (hold->ender == NULL)
		return requeues && !was_created(hold);
	if (hold->ender->got == NULL && requeues && !was_created(hold))
		return true;
	return hold->ender->sent->op == OP_PUT;
}

/* Whether the next borrower can have found this version. */
static bool is_as_left(const struct hold *hold, uint32_t version)
{
	bool replaced =
	    hold->ender != NULL && (hold->ender->sent->flags & FLAG_VALUE) != 0;
	uint32_t before = hold->ask->got->number;

	if (!replaced)
		return version == before;
	if (version == hold->ender->sent->number)
		return true;
	return hold->ender->got == NULL && version == before;
}

static bool was_too_old(const struct hold *one, const struct hold *next)
{
	int64_t idle = plan[one->ask->sent->key].max_idle_ms * NS_PER_MS;

	return idle > 0 && hold_was_given_back(one) &&
	       next->from > one->ender->got->at + idle + GRAIN;
}

static void judge_pair(const struct hold *one, const struct hold *next)
{
	const char *key = plan[one->ask->sent->key].name;

	if (one->ask->sent->key != next->ask->sent->key)
		accuse(one->ask, next->ask, "an object changes its pool");
	else if (one->end > next->until)
		accuse(
		    one->ask, next->ask, "%s: an object is in two hands", key);
	else if (!can_come_back(one))
		accuse(
		    one->ask, next->ask, "%s: what is gone is lent again", key);
	else if (!is_as_left(one, next->ask->got->number))
		accuse(one->ask, next->ask,
		    "%s: an object is not as it was put", key);
	else if (was_too_old(one, next))
		accuse(one->ask, next->ask, "%s: an object was idle too long",
		    key);
}

/* The first hold of an object is its creator's, but for items. */
static void judge_first(const struct hold *hold)
{
	const struct plan *key = &plan[hold->ask->sent->key];
	bool item = key->items && object_of(hold) >= 1 &&
		    object_of(hold) <= key->capacity;

	if (!item && !was_created(hold))
		accuse(hold->ask, NULL, "%s: an object that nobody created",
		    key->name);
	if (key->items && was_created(hold))
		accuse(hold->ask, NULL, "%s: there is nothing to be created",
		    key->name);
}

static const struct hold **collect(const struct history *history, size_t *n)
{
	const struct hold **all = malloc((history->n_holds + 1) * sizeof(*all));

	if (all == NULL)
		fail("no memory");
	*n = 0;
	for (size_t i = 0; i < history->n_holds; i++) {
		const struct hold *hold = &history->holds[i];

		/* What was never put has no number. */
		if (hold->ask->sent->op != OP_GET)
			continue;
		if (object_of(hold) != 0)
			all[(*n)++] = hold;
		else if (plan[hold->ask->sent->key].items)
			judge_first(hold);
	}
	qsort(all, *n, sizeof(*all), by_object);
	return all;
}

/* Destruction ------------------------------------------------------ */

static int by_destroyed(const void *a, const void *b)
{
	const struct destroyed *x = a, *y = b;

	return (x->record->thing > y->record->thing) -
	       (x->record->thing < y->record->thing);
}

/* The last who had the object; NULL: nobody. */
static const struct hold *last_of(
    const struct hold **all, size_t n, int64_t object)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (object_of(all[middle]) <= object)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && object_of(all[low - 1]) == object ? all[low - 1]
							    : NULL;
}

/* Whether it was lent after it was given out to be destroyed. */
static bool was_lent_after(
    const struct destroyed *destroyed, const struct hold *last)
{
	const struct hold *by = destroyed->by->hold;

	if (by != NULL)
		return last->token >= by->token;
	return last->from > destroyed->record->at ||
	       last->end > destroyed->record->at;
}

static void judge_destroyed(
    const struct destroyed *destroyed, const struct hold *last)
{
	const struct request *by = destroyed->by;
	const char *key = plan[destroyed->record->key].name;

	if (destroyed->record->flags & FLAG_SPOILT)
		accuse(by, NULL, "%s: what is to be destroyed has other bytes",
		    key);
	else if (last == NULL)
		accuse(by, NULL, "%s: what nobody put is to be destroyed", key);
	else if (was_lent_after(destroyed, last))
		accuse(
		    by, last->ask, "%s: an object is destroyed and lent", key);
	else if (hold_was_given_back(last) && last->ender->sent->op == OP_DROP)
		accuse(by, last->ask, "%s: what was dropped is to be destroyed",
		    key);
	else if (!is_as_left(last, destroyed->record->number))
		accuse(by, last->ask,
		    "%s: what is to be destroyed is not as it was put", key);
}

static void judge_destruction(
    const struct history *history, const struct hold **all, size_t n)
{
	struct destroyed *destroyed = history->destroyed;

	if (history->n_destroyed > 0)
		qsort(destroyed, history->n_destroyed, sizeof(*destroyed),
		    by_destroyed);
	for (size_t i = 0; i < history->n_destroyed; i++) {
		int64_t object = destroyed[i].record->thing;

		if (i > 0 && destroyed[i - 1].record->thing == object)
			accuse(destroyed[i - 1].by, destroyed[i].by,
			    "%s: an object is to be destroyed twice",
			    plan[destroyed[i].record->key].name);
		judge_destroyed(&destroyed[i], last_of(all, n, object));
	}
}

void judge_objects(const struct history *history)
{
	size_t n;
	const struct hold **all = collect(history, &n);

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || object_of(all[i - 1]) != object_of(all[i]) ||
		    all[i - 1]->ask->sent->key != all[i]->ask->sent->key)
			judge_first(all[i]);
		else
			judge_pair(all[i - 1], all[i]);
	}
	judge_destruction(history, all, n);
	free(all);
}
