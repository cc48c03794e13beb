/* SPDX-License-Identifier: MIT */
/*
 * Tokens are never given twice, and what one has nobody else has: locks, and
 * the leads of flights. See judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

/* Tokens ----------------------------------------------------------- */

static int by_token(const void *a, const void *b)
{
	const struct hold *x = *(const struct hold *const *)a;
	const struct hold *y = *(const struct hold *const *)b;

	return (x->token > y->token) - (x->token < y->token);
}

static void judge_tokens(const struct history *history)
{
	size_t n = history->n_holds;
	const struct hold **all = malloc((n + 1) * sizeof(*all));

	if (all == NULL)
		fail("no memory");
	for (size_t i = 0; i < n; i++)
		all[i] = &history->holds[i];
	qsort(all, n, sizeof(*all), by_token);
	for (size_t i = 1; i < n; i++) {
		if (all[i]->token == all[i - 1]->token)
			accuse(all[i - 1]->ask, all[i]->ask,
			    "token %lld is given twice",
			    (long long)all[i]->token);
	}
	free(all);
}

/* Locks, and flights that are never forgotten ---------------------- */

/* Who holds a lock after somebody who vanished is told. Only the first lock
 * has no detached holds, which may end unseen. */
static void judge_abandoned(const struct hold *one, const struct hold *next)
{
	if (plan[one->ask->sent->key].kind != KIND_LOCK ||
	    plan[one->ask->sent->key].leases || one->ender != NULL ||
	    !one->ask->conn->ended)
		return;
	if ((next->ask->got->flags & FLAG_ABANDONED) == 0)
		accuse(one->ask, next->ask,
		    "%s: the first one vanished, and the second is not told",
		    plan[one->ask->sent->key].name);
}

static void judge_exclusive(const struct history *history, int key)
{
	const struct hold *last = history->of_key[key];

	for (const struct hold *hold = last; hold < history->of_key[key + 1];
	     hold++) {
		if (hold > last && last->end > hold->until)
			accuse(last->ask, hold->ask,
			    "%s: two at a time, tokens %lld and %lld",
			    plan[key].name, (long long)last->token,
			    (long long)hold->token);
		if (hold > history->of_key[key])
			judge_abandoned(hold - 1, hold);
		if (hold->end > last->end)
			last = hold;
	}
}

/* Flights that are forgotten --------------------------------------- */

static bool is_promoted(const struct hold *hold)
{
	return hold->ask->got->count > 1;
}

/* Since when there can have been nothing but the present flights. */
static int64_t round_of(const struct history *history, int64_t at)
{
	int64_t since = 0;

	for (size_t i = 0; i < history->n_quiet; i++) {
		if (history->quiet_at[i] < at)
			since = history->quiet_at[i];
	}
	return since;
}

/* Two that lead at a time lead two flights, so the first one's flight was
 * forgotten before the second one's began. Promotion hides when a flight
 * began; then it is enough if any was forgotten in the round. */
static bool may_both_lead(const struct history *history, const struct hold *one,
    const struct hold *other)
{
	bool hidden = is_promoted(one) || is_promoted(other);
	int64_t from = hidden ? round_of(history, one->from) : one->from;

	for (size_t i = 0; i < history->n_forgets; i++) {
		const struct request *r = history->forgets[i];

		if (r->sent->key != one->ask->sent->key ||
		    r->sent->at > other->until)
			continue;
		if (r->got == NULL ||
		    (r->got->at > from && (r->got->flags & FLAG_YES) != 0))
			return true;
	}
	return false;
}

#define MAX_LEADS 512

static void judge_forgotten(const struct history *history, int key)
{
	const struct hold *leads[MAX_LEADS];
	size_t n = 0;

	for (const struct hold *hold = history->of_key[key];
	     hold < history->of_key[key + 1]; hold++) {
		size_t still = 0;

		for (size_t i = 0; i < n; i++) {
			if (leads[i]->end <= hold->until)
				continue;
			if (!may_both_lead(history, leads[i], hold))
				accuse(leads[i]->ask, hold->ask,
				    "%s: two lead a flight", plan[key].name);
			leads[still++] = leads[i];
		}
		n = still;
		if (n < MAX_LEADS)
			leads[n++] = hold;
	}
}

void judge_holds(const struct history *history)
{
	judge_tokens(history);
	for (int key = 0; key < PLAN_N; key++) {
		if (key_is_exclusive(key))
			judge_exclusive(history, key);
		else if (plan[key].kind == KIND_FLIGHT)
			judge_forgotten(history, key);
	}
}
