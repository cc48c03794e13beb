/* SPDX-License-Identifier: MIT */
/*
 * What the daemon's clock was, at least, when it took a request: not less than
 * the time at which any request was sent whose answer had been read before
 * this one was sent. See judge.h.
 */
#include "fail.h"
#include "judge.h"

#include <stdlib.h>

struct moment {
	int64_t at;
	struct request *request;
	bool answer;
};

static int compare(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	/* What is sent in the same instant has not seen the answer. */
	return (int)x->answer - (int)y->answer;
}

void history_find_clocks(struct history *history)
{
	size_t n = 0;
	int64_t clock = 0;
	struct moment *moments =
	    calloc(2 * history->n_requests + 1, sizeof(*moments));

	if (moments == NULL)
		fail("no memory");
	for (size_t i = 0; i < history->n_requests; i++) {
		struct request *r = &history->requests[i];

		moments[n++] = (struct moment){r->sent->at, r, false};
		if (r->got != NULL)
			moments[n++] = (struct moment){r->got->at, r, true};
	}
	qsort(moments, n, sizeof(*moments), compare);
	for (size_t i = 0; i < n; i++) {
		struct request *r = moments[i].request;

		if (!moments[i].answer)
			r->clock = clock;
		else if (r->sent->at > clock)
			clock = r->sent->at;
	}
	free(moments);
}
