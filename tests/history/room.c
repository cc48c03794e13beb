/* SPDX-License-Identifier: MIT */
/*
 * Nobody waits for what is free. Whoever was refused after a wait, by its time
 * or by its cancel, certainly waited until shortly before; if there had
 * certainly been room for it by then, and for all that may have been in line
 * before it, then it should have been granted. This is how a lost wake-up
 * shows: the next one who lets go mends it, and nothing else would tell.
 *
 * What may be in use, or in line, is counted for as long as it may: until the
 * answer to its end was read, its loss was told, or its connection was closed
 * or its lease over and the daemon had done two things since, one after the
 * other; or until the parent, who had taken everything, gave it back. See
 * judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

#define GRAIN NS_PER_MS

/* All that was answered, by when it was sent, with the first time at which it
 * or a later one had been answered. */
struct proofs {
	const struct request **by_sent;
	int64_t *answered;
	size_t n;
};

/* Somebody who may be in the way of others, or was refused. */
struct stake {
	const struct request *request;
	int64_t until; /* in the way no longer than that */
	int64_t vain; /* it waited until then, and was refused; 0: it was not */
};

struct stakes {
	struct stake *all;           /* of a key, by when they were sent */
	const struct stake **vain;   /* by until when they waited in vain */
	const struct stake **active; /* in the way at that time */
	const struct request **sets; /* of the capacity */
	size_t n, n_vain, n_active, n_sets;
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void *allocate(size_t n, size_t size)
{
	void *array = calloc(n + 1, size);

	if (array == NULL)
		fail("no memory");
	return array;
}

/* What the daemon has done since ----------------------------------- */

static int by_sent(const void *a, const void *b)
{
	const struct request *x = *(const struct request *const *)a;
	const struct request *y = *(const struct request *const *)b;

	return (x->sent->at > y->sent->at) - (x->sent->at < y->sent->at);
}

static void find_proofs(const struct history *history, struct proofs *proofs)
{
	int64_t answered = NEVER;

	proofs->by_sent =
	    allocate(history->n_requests, sizeof(*proofs->by_sent));
	proofs->answered =
	    allocate(history->n_requests, sizeof(*proofs->answered));
	proofs->n = 0;
	for (size_t i = 0; i < history->n_requests; i++) {
		if (history->requests[i].got != NULL)
			proofs->by_sent[proofs->n++] = &history->requests[i];
	}
	qsort(proofs->by_sent, proofs->n, sizeof(*proofs->by_sent), by_sent);
	for (size_t i = proofs->n; i-- > 0;) {
		answered = least(answered, proofs->by_sent[i]->got->at);
		proofs->answered[i] = answered;
	}
}

/* When something that was sent later than that had been answered. */
static int64_t answered_since(const struct proofs *proofs, int64_t at)
{
	size_t low = 0, high = proofs->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (proofs->by_sent[middle]->sent->at > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low < proofs->n ? proofs->answered[low] : NEVER;
}

static int64_t noticed(const struct proofs *proofs, int64_t at)
{
	if (at == NEVER)
		return NEVER;
	return answered_since(proofs, answered_since(proofs, at));
}

/* Who may be in the way -------------------------------------------- */

static int64_t permits_of(const struct request *r)
{
	return plan[r->sent->key].kind == KIND_LIMIT ? r->sent->count : 1;
}

/* When the parent, who had taken all of the key after a round of silence,
 * began to give it back: nothing older is there. */
static int64_t swept(const struct history *history, const struct request *r)
{
	const struct view *parent = &history->views[history->n_views - 1];
	int64_t quiet = NEVER;

	for (size_t i = history->n_quiet; i-- > 0;) {
		if (history->quiet_at[i] > r->sent->at)
			quiet = history->quiet_at[i];
	}
	for (uint32_t i = 0; i < parent->n_requests && quiet != NEVER; i++) {
		const struct record *sent = parent->requests[i].sent;

		if (sent->at > quiet && sent->key == r->sent->key &&
		    op_ends(sent->op))
			return sent->at;
	}
	return NEVER;
}

/* Of what was granted, or may have been, unread. */
static int64_t hold_until(const struct history *history,
    const struct proofs *proofs, const struct request *r)
{
	bool detached = (r->sent->flags & FLAG_DETACHED) != 0;
	const struct hold *hold = r->hold;
	int64_t until = hold == NULL ? NEVER : hold->gone;

	if (until != NEVER)
		return until;
	if (hold != NULL && hold->lease_until != NEVER && !hold->may_last)
		until = noticed(proofs, hold->lease_until + GRAIN);
	if (!detached)
		until = least(until, noticed(proofs, r->conn->closed));
	return until != NEVER ? until : swept(history, r);
}

static int64_t vain_until(const struct request *r)
{
	if (r->got == NULL || r->hold != NULL)
		return 0;
	if (r->got->code == CODE_TIMEOUT)
		return r->clock + r->sent->wait_ms * NS_PER_MS - GRAIN;
	if (r->got->code == CODE_CANCELLED && r->cancel != NULL)
		return r->cancel->at;
	return 0;
}

static struct stake stake_of(const struct history *history,
    const struct proofs *proofs, const struct request *r)
{
	struct stake stake = {.request = r, .vain = vain_until(r)};

	if (r->got != NULL && r->hold == NULL)
		stake.until = r->got->at;
	else
		stake.until = hold_until(history, proofs, r);
	return stake;
}

static int by_stake_sent(const void *a, const void *b)
{
	const struct stake *x = a, *y = b;

	return by_sent(&x->request, &y->request);
}

static int by_vain(const void *a, const void *b)
{
	const struct stake *x = *(const struct stake *const *)a;
	const struct stake *y = *(const struct stake *const *)b;

	return (x->vain > y->vain) - (x->vain < y->vain);
}

static void collect(const struct history *history, const struct proofs *proofs,
    int key, struct stakes *stakes)
{
	*stakes = (struct stakes){.all = stakes->all,
	    .vain = stakes->vain,
	    .active = stakes->active,
	    .sets = stakes->sets};
	for (size_t i = 0; i < history->n_requests; i++) {
		const struct request *r = &history->requests[i];

		if (r->sent->key != key)
			continue;
		if (r->sent->op == OP_LIMIT_SET || r->sent->op == OP_POOL_SET)
			stakes->sets[stakes->n_sets++] = r;
		else if (op_asks(r->sent->op))
			stakes->all[stakes->n++] = stake_of(history, proofs, r);
	}
	qsort(stakes->all, stakes->n, sizeof(*stakes->all), by_stake_sent);
	for (size_t i = 0; i < stakes->n; i++) {
		if (stakes->all[i].vain > stakes->all[i].request->arrived)
			stakes->vain[stakes->n_vain++] = &stakes->all[i];
	}
	qsort(stakes->vain, stakes->n_vain, sizeof(*stakes->vain), by_vain);
}

/* The judgement ---------------------------------------------------- */

/* What the capacity was at that time, at least. */
static int64_t capacity_at(const struct stakes *stakes, int key, int64_t at)
{
	int64_t capacity = plan[key].kind == KIND_LOCK ? 1 : plan[key].capacity;

	for (size_t i = 0; i < stakes->n_sets; i++) {
		const struct request *set = stakes->sets[i];

		if (set->sent->at > at)
			break;
		/* The parent sets one after the other. */
		if (set->got != NULL && set->got->at <= at)
			capacity = set->sent->count;
		else
			capacity = least(capacity, set->sent->count);
	}
	return capacity;
}

/* Whether it may have been in use when the other one had waited in vain, or in
 * line before it. */
static bool is_in_the_way(const struct stake *stake, const struct stake *other)
{
	const struct request *r = stake->request;

	if (stake == other)
		return false;
	if (r->got == NULL || r->sent->at < other->request->arrived)
		return true;
	return r->hold != NULL && r->hold->from <= other->vain;
}

static int64_t count_in_the_way(
    const struct stakes *stakes, const struct stake *other)
{
	int64_t n = 0;

	for (size_t i = 0; i < stakes->n_active; i++) {
		if (is_in_the_way(stakes->active[i], other))
			n += permits_of(stakes->active[i]->request);
	}
	return n;
}

/* Keeps those that may still be there at the time. */
static void drop_over(struct stakes *stakes, int64_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < stakes->n_active; i++) {
		if (stakes->active[i]->until >= at)
			stakes->active[n++] = stakes->active[i];
	}
	stakes->n_active = n;
}

static void judge_key(struct stakes *stakes, int key)
{
	size_t next = 0;

	for (size_t i = 0; i < stakes->n_vain; i++) {
		const struct stake *vain = stakes->vain[i];
		int64_t capacity = capacity_at(stakes, key, vain->vain), taken;

		while (next < stakes->n &&
		       stakes->all[next].request->sent->at < vain->vain)
			stakes->active[stakes->n_active++] =
			    &stakes->all[next++];
		drop_over(stakes, vain->vain);
		taken = count_in_the_way(stakes, vain);
		if (taken + permits_of(vain->request) <= capacity)
			accuse(vain->request, NULL,
			    "%s: waited in vain, though of %lld at most %lld "
			    "were taken",
			    plan[key].name, (long long)capacity,
			    (long long)taken);
	}
}

void judge_room(const struct history *history)
{
	size_t n = history->n_requests;
	struct proofs proofs;
	struct stakes stakes = {
	    .all = allocate(n, sizeof(*stakes.all)),
	    .vain = allocate(n, sizeof(*stakes.vain)),
	    .active = allocate(n, sizeof(*stakes.active)),
	    .sets = allocate(n, sizeof(*stakes.sets)),
	};

	find_proofs(history, &proofs);
	for (int key = 0; key < PLAN_N; key++) {
		if (plan[key].kind == KIND_FLIGHT)
			continue;
		collect(history, &proofs, key, &stakes);
		judge_key(&stakes, key);
	}
	free(proofs.by_sent);
	free(proofs.answered);
	free(stakes.all);
	free(stakes.vain);
	free(stakes.active);
	free(stakes.sets);
}
