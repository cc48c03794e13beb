/* SPDX-License-Identifier: MIT */
/*
 * Who held what, between which two moments it was granted, and what ended it:
 * see judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

bool key_is_exclusive(int key)
{
	return plan[key].kind == KIND_LOCK ||
	       (plan[key].kind == KIND_FLIGHT && !plan[key].forgets);
}

bool hold_was_given_back(const struct hold *hold)
{
	return hold->ender != NULL && hold->ender->got != NULL;
}

/* Holds ------------------------------------------------------------ */

static int key_of(const struct hold *hold)
{
	return hold->ask->sent->key;
}

static int compare(const void *a, const void *b)
{
	const struct hold *x = a, *y = b;

	if (key_of(x) != key_of(y))
		return key_of(x) - key_of(y);
	return (x->token > y->token) - (x->token < y->token);
}

struct hold *history_hold(const struct history *history, int key, int64_t token)
{
	struct hold *low = history->of_key[key];
	struct hold *high = history->of_key[key + 1];

	while (low < high) {
		struct hold *middle = low + (high - low) / 2;

		if (middle->token == token)
			return middle;
		if (middle->token < token)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void collect(struct history *history)
{
	size_t n = 0;

	history->holds =
	    calloc(history->n_requests + 1, sizeof(*history->holds));
	if (history->holds == NULL)
		fail("no memory");
	for (size_t i = 0; i < history->n_requests; i++) {
		struct request *r = &history->requests[i];

		if (r->got == NULL || (r->got->flags & FLAG_GRANTED) == 0)
			continue;
		history->holds[n++] = (struct hold){.ask = r,
		    .token = r->got->token,
		    .object = r->got->thing,
		    .gone = NEVER};
	}
	history->n_holds = n;
	qsort(history->holds, n, sizeof(*history->holds), compare);
	for (size_t i = 0, key = 0; key <= PLAN_N; key++) {
		while (i < n && key_of(&history->holds[i]) < (int)key)
			i++;
		history->of_key[key] = &history->holds[i];
	}
	for (size_t i = 0; i < n; i++)
		history->holds[i].ask->hold = &history->holds[i];
}

/* What ended them -------------------------------------------------- */

static void take_end(struct history *history, struct request *r)
{
	const struct record *sent = r->sent;
	struct hold *hold = history_hold(history, sent->key, sent->token);

	if (hold == NULL || (sent->flags & FLAG_NULL) != 0)
		return;
	if (r->got != NULL && r->got->code != CODE_OK)
		return;
	if (hold_was_given_back(hold)) {
		/* It tried again, and was killed before it was refused. */
		if (r->got == NULL)
			return;
		accuse(r, NULL, "%s %s: token %lld is taken twice",
		    op_names[sent->op], plan[sent->key].name,
		    (long long)sent->token);
		return;
	}
	hold->ender = r;
	if (r->got != NULL && r->got->at < hold->gone)
		hold->gone = r->got->at;
	/* A created object has its number from here on. */
	if (hold->object == 0)
		hold->object = sent->thing;
}

static void take_lost(
    struct history *history, const struct view *view, const struct record *r)
{
	for (int key = 0; key < PLAN_N; key++) {
		struct hold *hold = history_hold(history, key, r->token);

		if (hold == NULL)
			continue;
		if (hold->ask->view != view)
			accuse_record(
			    view, r, "the loss of another's hold is told");
		hold->lost = r;
		if (r->at < hold->gone)
			hold->gone = r->at;
		return;
	}
	accuse_record(view, r, "the loss of a hold is told that never was");
}

static void find_forgets(struct history *history)
{
	size_t bytes = (history->n_requests + 1) * sizeof(*history->forgets);

	history->forgets = malloc(bytes);
	if (history->forgets == NULL)
		fail("no memory");
	for (size_t i = 0; i < history->n_requests; i++) {
		if (history->requests[i].sent->op == OP_FORGET)
			history->forgets[history->n_forgets++] =
			    &history->requests[i];
	}
}

static void find_enders(struct history *history)
{
	for (size_t i = 0; i < history->n_requests; i++) {
		if (op_ends(history->requests[i].sent->op))
			take_end(history, &history->requests[i]);
	}
	for (int i = 0; i < history->n_views; i++) {
		const struct view *view = &history->views[i];

		for (int64_t j = 0; j < view->n_records; j++) {
			if (view->records[j].event == EVENT_LOST)
				take_lost(history, view, &view->records[j]);
		}
	}
}

/* When they were granted ------------------------------------------- */

static void find_windows(struct history *history, int key)
{
	struct hold *first = history->of_key[key];
	struct hold *end = history->of_key[key + 1];
	int64_t from = 0, until = NEVER;

	for (struct hold *hold = first; hold < end; hold++) {
		if (hold->ask->clock > from)
			from = hold->ask->clock;
		hold->from = from;
		/* The next one was not granted before this one ended. */
		if (key_is_exclusive(key) && hold_was_given_back(hold) &&
		    hold->ender->clock > from)
			from = hold->ender->clock;
	}
	for (struct hold *hold = end; hold-- > first;) {
		if (hold->ask->got->at < until)
			until = hold->ask->got->at;
		hold->until = until;
	}
}

void history_find_holds(struct history *history)
{
	collect(history);
	find_enders(history);
	find_forgets(history);
	for (int key = 0; key < PLAN_N; key++)
		find_windows(history, key);
}
