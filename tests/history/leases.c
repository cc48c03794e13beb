/* SPDX-License-Identifier: MIT */
/*
 * Until when holds certainly lasted, and whether leases were honoured: what
 * has run out is not revived, and what has not is not taken away. See judge.h.
 */
#include "judge.h"

/* The daemon counts whole milliseconds. */
#define GRAIN NS_PER_MS

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t lease_of(const struct record *sent)
{
	return sent->span_ms * NS_PER_MS;
}

static bool has_lease(const struct hold *hold)
{
	return hold->lease_until != NEVER;
}

/* Renewals --------------------------------------------------------- */

/* Whether somebody else has read a later grant of the key by then. */
static bool was_passed_on(
    const struct history *history, const struct hold *hold, int64_t at)
{
	int key = hold->ask->sent->key;
	const struct hold *next = hold + 1;

	return key_is_exclusive(key) && next < history->of_key[key + 1] &&
	       next->until < at;
}

static bool was_over(const struct history *history, const struct hold *hold,
    const struct request *r)
{
	return hold->gone < r->sent->at ||
	       was_passed_on(history, hold, r->sent->at) ||
	       (has_lease(hold) && r->clock > hold->lease_until + GRAIN);
}

static void take_renewal(
    const struct history *history, struct hold *hold, const struct request *r)
{
	int64_t from = r->clock + lease_of(r->sent) - GRAIN;

	if (r->got == NULL) {
		hold->lease_from = least(hold->lease_from, from);
		hold->may_last = true;
		return;
	}
	if (r->got->code == CODE_OK) {
		if (was_over(history, hold, r))
			accuse(hold->ask, r,
			    "%s: a hold that is over is renewed",
			    plan[r->sent->key].name);
		hold->lease_from = from;
		hold->lease_until = r->got->at + lease_of(r->sent);
	} else if (r->got->at < hold->lease_from && hold->ender == NULL &&
		   hold->lost == NULL) {
		accuse(hold->ask, r,
		    "%s: a hold that is not over is not renewed",
		    plan[r->sent->key].name);
	}
}

/* Ends ------------------------------------------------------------- */

static void begin_lease(struct hold *hold)
{
	const struct record *sent = hold->ask->sent;

	hold->lease_from = NEVER;
	hold->lease_until = NEVER;
	if (sent->span_ms == 0)
		return;
	hold->lease_from = hold->from + lease_of(sent) - GRAIN;
	hold->lease_until = hold->ask->got->at + lease_of(sent);
}

static void find_end(struct hold *hold)
{
	bool detached = (hold->ask->sent->flags & FLAG_DETACHED) != 0;

	hold->end = hold->lease_from;
	if (!detached)
		hold->end = least(hold->end, hold->ask->conn->ends);
	if (hold->ender != NULL)
		hold->end = least(hold->end, hold->ender->sent->at);
}

void history_find_ends(struct history *history)
{
	for (size_t i = 0; i < history->n_holds; i++)
		begin_lease(&history->holds[i]);
	for (size_t i = 0; i < history->n_requests; i++) {
		const struct request *r = &history->requests[i];
		struct hold *hold;

		if (r->sent->op != OP_RENEW)
			continue;
		hold = history_hold(history, r->sent->key, r->sent->token);
		if (hold != NULL)
			take_renewal(history, hold, r);
	}
	for (size_t i = 0; i < history->n_holds; i++)
		find_end(&history->holds[i]);
}

/* What was answered to those who gave back ------------------------- */

static void judge_accepted(const struct history *history,
    const struct hold *hold, const struct request *r)
{
	if (hold->lost != NULL && hold->lost->at < r->sent->at)
		accuse(hold->ask, r, "%s: what was lost is given back",
		    plan[r->sent->key].name);
	else if (was_passed_on(history, hold, r->sent->at))
		accuse(hold->ask, (hold + 1)->ask,
		    "%s: what somebody else has got is given back",
		    plan[r->sent->key].name);
	else if (has_lease(hold) && r->clock > hold->lease_until + GRAIN)
		accuse(hold->ask, r,
		    "%s: it is given back after its lease ran out",
		    plan[r->sent->key].name);
}

static void judge_end(const struct history *history, const struct request *r)
{
	const struct record *sent = r->sent;
	const struct hold *hold = history_hold(history, sent->key, sent->token);

	if (hold == NULL || r->got == NULL)
		return;
	if (r->got->code == CODE_OK) {
		if (hold->ender == r)
			judge_accepted(history, hold, r);
		return;
	}
	if (hold->ender == NULL && hold->lost == NULL &&
	    r->got->at < hold->lease_from)
		accuse(hold->ask, r, "%s: what is held cannot be given back",
		    plan[sent->key].name);
}

static void judge_lost(const struct hold *hold)
{
	if (hold->lost == NULL)
		return;
	if (!has_lease(hold) || hold->lost->at < hold->lease_from)
		accuse(hold->ask, NULL, "%s: a hold is lost before its time",
		    plan[hold->ask->sent->key].name);
}

void judge_ends(const struct history *history)
{
	for (size_t i = 0; i < history->n_requests; i++) {
		if (op_ends(history->requests[i].sent->op))
			judge_end(history, &history->requests[i]);
	}
	for (size_t i = 0; i < history->n_holds; i++)
		judge_lost(&history->holds[i]);
}
