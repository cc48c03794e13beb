/* SPDX-License-Identifier: MIT */
/*
 * A limit, and a pool, lend no more than their capacity. Only the parent sets
 * it, one after the other, so at any time it is one of two at most. See
 * judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

#define MAX_ACTIVE 4096

/* What the parent has set. */
struct sets {
	const struct request **all;
	size_t n;
	size_t next; /* the first that is not over for the grants to come */
};

/* The least and the most that the capacity can have been. */
struct range {
	int64_t least, most;
};

static struct sets find_sets(const struct history *history, int key)
{
	const struct view *parent = &history->views[history->n_views - 1];
	struct sets sets = {0};

	sets.all = calloc(parent->n_requests + 1, sizeof(*sets.all));
	if (sets.all == NULL)
		fail("no memory");
	for (uint32_t i = 0; i < parent->n_requests; i++) {
		const struct request *r = &parent->requests[i];

		if (r->sent->key == key &&
		    (r->sent->op == OP_LIMIT_SET || r->sent->op == OP_POOL_SET))
			sets.all[sets.n++] = r;
	}
	return sets;
}

/* The capacity in the window of a grant. Windows only move on. */
static struct range capacity_in(
    struct sets *sets, const struct hold *hold, uint32_t by_use)
{
	struct range range = {INT64_MAX, 0};
	size_t i;

	if (sets->n == 0)
		return (struct range){by_use, by_use};
	/* The last one that had certainly been done. */
	for (i = sets->next; i < sets->n && sets->all[i]->got != NULL &&
			     sets->all[i]->got->at <= hold->from;
	     i++)
		sets->next = i;
	for (i = sets->next;
	     i < sets->n && sets->all[i]->sent->at <= hold->until; i++) {
		int64_t capacity = sets->all[i]->sent->count;

		if (capacity < range.least)
			range.least = capacity;
		if (capacity > range.most)
			range.most = capacity;
	}
	return range;
}

static int64_t permits_of(const struct hold *hold)
{
	return plan[hold->ask->sent->key].kind == KIND_LIMIT
		   ? hold->ask->sent->count
		   : 1;
}

/* What the daemon said must agree, too. */
static void judge_words(
    const struct hold *hold, int64_t certain, const struct range *range)
{
	const struct record *got = hold->ask->got;
	const char *key = plan[got->key].name;

	if (got->count < certain)
		accuse(hold->ask, NULL,
		    "%s: %u are said to be in use, %lld certainly are", key,
		    got->count, (long long)certain);
	if (got->count > got->number)
		accuse(hold->ask, NULL, "%s: %u of %u are in use", key,
		    got->count, got->number);
	if (got->number < range->least || got->number > range->most)
		accuse(hold->ask, NULL,
		    "%s: the capacity is said to be %u, it was %lld to %lld",
		    key, got->number, (long long)range->least,
		    (long long)range->most);
}

static void judge_key(const struct history *history, int key)
{
	const struct hold *active[MAX_ACTIVE];
	struct sets sets = find_sets(history, key);
	size_t n = 0;

	for (const struct hold *hold = history->of_key[key];
	     hold < history->of_key[key + 1]; hold++) {
		struct range range =
		    capacity_in(&sets, hold, plan[key].capacity);
		int64_t in_use = permits_of(hold);
		size_t still = 0;

		for (size_t i = 0; i < n; i++) {
			if (active[i]->end <= hold->until)
				continue;
			in_use += permits_of(active[i]);
			active[still++] = active[i];
		}
		if (in_use > range.most)
			accuse(still > 0 ? active[0]->ask : NULL, hold->ask,
			    "%s: %lld are in use, the capacity is %lld",
			    plan[key].name, (long long)in_use,
			    (long long)range.most);
		if (plan[key].kind == KIND_LIMIT)
			judge_words(hold, in_use, &range);
		n = still;
		if (n < MAX_ACTIVE)
			active[n++] = hold;
	}
	free(sets.all);
}

/* What a return of the parent gives back. */
static int64_t returned(const struct history *history, const struct request *r)
{
	const struct hold *hold =
	    history_hold(history, r->sent->key, r->sent->token);

	return hold == NULL ? 0 : permits_of(hold);
}

static void judge_parent(const struct history *history, const struct request *r,
    int64_t held[PLAN_N], const uint32_t capacity[PLAN_N])
{
	uint8_t op = r->sent->op, key = r->sent->key;

	if (r->hold != NULL)
		held[key] += permits_of(r->hold);
	if (op == OP_RETURN)
		held[key] -= returned(history, r);
	if (op == OP_RETURN && r->got->count != held[key])
		accuse(r, NULL,
		    "%s: %u are in use though all is quiet, and the parent has "
		    "%lld",
		    plan[key].name, r->got->count, (long long)held[key]);
	if (op == OP_POOL_INFO && r->got->count != capacity[key])
		accuse(r, NULL,
		    "%s: it has %u objects, and %u are lent, which is all",
		    plan[key].name, r->got->count, capacity[key]);
}

/* While all is quiet nobody but the parent has permits; when it has got all of
 * a pool, there is no more in it. */
static void judge_census(const struct history *history)
{
	const struct view *parent = &history->views[history->n_views - 1];
	int64_t held[PLAN_N] = {0};
	uint32_t capacity[PLAN_N];

	for (int key = 0; key < PLAN_N; key++)
		capacity[key] = plan[key].capacity;
	for (uint32_t i = 0; i < parent->n_requests; i++) {
		const struct request *r = &parent->requests[i];

		if (r->sent->op == OP_LIMIT_SET || r->sent->op == OP_POOL_SET)
			capacity[r->sent->key] = r->sent->count;
		if (r->got != NULL && r->got->code == CODE_OK)
			judge_parent(history, r, held, capacity);
	}
}

void judge_limits(const struct history *history)
{
	for (int key = 0; key < PLAN_N; key++) {
		if (plan[key].capacity > 0)
			judge_key(history, key);
	}
	judge_census(history);
}
