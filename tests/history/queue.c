/* SPDX-License-Identifier: MIT */
/*
 * First in, first out: whoever asked after another's request had certainly
 * arrived is not granted before him. Where both were granted, the tokens tell.
 * Where the other one's wait ended without a grant, it certainly waited until
 * it was cancelled or its time was over, and nobody behind it can have read a
 * grant before that. See judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

#define GRAIN NS_PER_MS

struct asks {
	const struct request **by_sent, **by_arrival;
	size_t n;
};

/* Of all that had arrived: the one served last, by its token, and the one that
 * waited longest in vain. */
struct arrived {
	const struct request *served, *unserved;
	int64_t token, waited_until;
};

static int by_sent(const void *a, const void *b)
{
	const struct request *x = *(const struct request *const *)a;
	const struct request *y = *(const struct request *const *)b;

	return (x->sent->at > y->sent->at) - (x->sent->at < y->sent->at);
}

static int by_arrival(const void *a, const void *b)
{
	const struct request *x = *(const struct request *const *)a;
	const struct request *y = *(const struct request *const *)b;

	return (x->arrived > y->arrived) - (x->arrived < y->arrived);
}

static void collect(const struct history *history, int key, struct asks *asks)
{
	asks->n = 0;
	for (size_t i = 0; i < history->n_requests; i++) {
		const struct request *r = &history->requests[i];

		if (r->sent->key != key || !op_asks(r->sent->op))
			continue;
		asks->by_sent[asks->n] = r;
		asks->by_arrival[asks->n++] = r;
	}
	qsort(asks->by_sent, asks->n, sizeof(struct request *), by_sent);
	qsort(asks->by_arrival, asks->n, sizeof(struct request *), by_arrival);
}

/* The token by which it was served: its own, or that of its flight's last
 * leader. Followers of a forgotten flight may be served after newer ones. */
static int64_t token_of(const struct request *r)
{
	if (r->hold != NULL)
		return r->hold->token;
	if (r->got != NULL && r->sent->op == OP_BEGIN &&
	    key_is_exclusive(r->sent->key))
		return r->got->thing;
	return 0;
}

/* Until when it certainly waited; 0 where it did not, or was granted. */
static int64_t waited_until(const struct request *r)
{
	if (r->got == NULL)
		return 0;
	if (r->got->code == CODE_TIMEOUT)
		return r->clock + r->sent->wait_ms * NS_PER_MS - GRAIN;
	if (r->got->code == CODE_CANCELLED)
		return r->cancel == NULL ? 0 : r->cancel->at;
	return 0;
}

/* Where flights are forgotten there are several queues; then only what was
 * granted for certain before another one asked counts. */
static bool counts(const struct request *r, int64_t now)
{
	bool one_queue = !plan[r->sent->key].forgets;

	return one_queue || (r->hold != NULL && r->got->at < now);
}

static void arrive(struct arrived *arrived, const struct request *r)
{
	int64_t token = token_of(r), until = waited_until(r);

	if (token > arrived->token) {
		arrived->token = token;
		arrived->served = r;
	}
	if (until > arrived->waited_until) {
		arrived->waited_until = until;
		arrived->unserved = r;
	}
}

static void judge(const struct arrived *before, const struct request *r)
{
	const char *key = plan[r->sent->key].name;
	int64_t token = token_of(r);

	if (token == 0)
		return;
	/* Followers share the token of their leader. */
	if (token < before->token ||
	    (r->hold != NULL && token == before->token))
		accuse(before->served, r,
		    "%s: the second one asked later and was served first", key);
	if (r->hold != NULL && r->hold->until < before->waited_until)
		accuse(before->unserved, r,
		    "%s: the second one asked later and was granted what the "
		    "first one waited for in vain",
		    key);
}

static void judge_key(const struct asks *asks)
{
	struct arrived arrived = {0};
	size_t next = 0;

	for (size_t i = 0; i < asks->n; i++) {
		const struct request *r = asks->by_sent[i];

		while (next < asks->n &&
		       asks->by_arrival[next]->arrived < r->sent->at) {
			const struct request *one = asks->by_arrival[next++];

			if (counts(one, r->sent->at))
				arrive(&arrived, one);
		}
		judge(&arrived, r);
	}
}

void judge_queues(const struct history *history)
{
	size_t bytes = (history->n_requests + 1) * sizeof(struct request *);
	struct asks asks = {
	    .by_sent = malloc(bytes), .by_arrival = malloc(bytes)};

	if (asks.by_sent == NULL || asks.by_arrival == NULL)
		fail("no memory");
	for (int key = 0; key < PLAN_N; key++) {
		collect(history, key, &asks);
		judge_key(&asks);
	}
	free(asks.by_sent);
	free(asks.by_arrival);
}
