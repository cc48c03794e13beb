/* SPDX-License-Identifier: MIT */
/*
 * Whoever follows gets what his flight's last leader reported, as he reported
 * it, and from a flight that he was in. See judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

#define GRAIN NS_PER_MS

static bool follows(const struct request *r)
{
	return r->sent->op == OP_BEGIN && r->got != NULL && r->hold == NULL &&
	       (r->got->code == CODE_OK || r->got->code == CODE_FLIGHT_FAILED);
}

static bool is_aged(const struct request *r)
{
	return (r->got->flags & FLAG_AGED) != 0;
}

/* Whether the leader can have said this. */
static bool was_reported(const struct hold *lead, const struct request *r)
{
	uint8_t op = r->got->code == CODE_OK ? OP_FINISH : OP_FAIL;

	return lead->ender != NULL && lead->ender->sent->op == op &&
	       lead->ender->sent->at < r->got->at;
}

/* It was there before the flight ended. */
static void judge_joined(const struct hold *lead, const struct request *r)
{
	if (lead->ender->got != NULL && r->sent->at > lead->ender->got->at)
		accuse(lead->ask, r,
		    "%s: the follower asked when the flight had ended",
		    plan[r->sent->key].name);
}

static void judge_kept(const struct hold *lead, const struct request *r)
{
	const struct request *end = lead->ender;
	int64_t keep = end->sent->span_ms * NS_PER_MS;

	if (r->got->span_ms >= end->sent->span_ms)
		accuse(lead->ask, r, "%s: a result of %u ms was kept for %u ms",
		    plan[r->sent->key].name, r->got->span_ms,
		    end->sent->span_ms);
	else if (end->got != NULL && r->clock > end->got->at + keep + GRAIN)
		accuse(lead->ask, r, "%s: a result was kept too long",
		    plan[r->sent->key].name);
}

/* A flight that was forgotten after this lead began is nobody's who came
 * later. */
static void judge_forgotten(const struct history *history,
    const struct hold *lead, const struct request *r)
{
	for (size_t i = 0; i < history->n_forgets; i++) {
		const struct request *forget = history->forgets[i];

		if (forget->sent->key != r->sent->key ||
		    forget->sent->at < lead->ask->got->at ||
		    forget->got == NULL || forget->got->at > r->sent->at)
			continue;
		accuse(lead->ask, r,
		    "%s: the follower asked when the flight "
		    "had been forgotten",
		    plan[r->sent->key].name);
		return;
	}
}

static void judge_follower(const struct hold *lead, const struct request *r)
{
	const char *key = plan[r->sent->key].name;

	if (lead == NULL) {
		accuse(r, NULL, "%s: the value of a lead that never was", key);
		return;
	}
	if (!was_reported(lead, r)) {
		accuse(lead->ask, r,
		    "%s: the leader has not reported what the follower got",
		    key);
		return;
	}
	if (is_aged(r))
		judge_kept(lead, r);
	else
		judge_joined(lead, r);
}

/* No more can have got the result than the leader was told. */
static void judge_numbers(
    const struct history *history, const uint32_t *followers)
{
	for (size_t i = 0; i < history->n_holds; i++) {
		const struct hold *lead = &history->holds[i];
		const struct request *end = lead->ender;

		if (followers[i] > 0 && end != NULL && end->got != NULL &&
		    followers[i] > end->got->count)
			accuse(lead->ask, end,
			    "%s: %u followers, and %u are told of",
			    plan[end->sent->key].name, followers[i],
			    end->got->count);
	}
}

void judge_flights(const struct history *history)
{
	uint32_t *followers = calloc(history->n_holds + 1, sizeof(*followers));

	if (followers == NULL)
		fail("no memory");
	for (size_t i = 0; i < history->n_requests; i++) {
		const struct request *r = &history->requests[i];
		const struct hold *lead;

		if (!follows(r))
			continue;
		lead = history_hold(history, r->sent->key, r->got->thing);
		judge_follower(lead, r);
		if (lead == NULL)
			continue;
		judge_forgotten(history, lead, r);
		if (!is_aged(r))
			followers[lead - history->holds]++;
	}
	judge_numbers(history, followers);
	free(followers);
}
