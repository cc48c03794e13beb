/* SPDX-License-Identifier: MIT */
/*
 * A primitive for the tests of the engine: so many places, given out in order
 * of arrival, and nothing of its own. It writes down what the engine told it.
 */
#ifndef TOY_H
#define TOY_H

#include "unit.h"

struct toy {
	struct object object;
	size_t n_more; /* places beyond the first */
	bool stays;    /* also when it has no claims */
};

/* One that anybody may share, and one that has a single holder. */
extern const struct kind toy_kind, toy_sole_kind;

/* What the engine told toys in this test. */
struct toy_news {
	int n_served, n_ended, n_deinit;
	enum claim_end how; /* of the hold that ended last */
	int64_t token;
};
extern struct toy_news toy_news;

/* The toy of this key, made when it is not there. */
struct toy *toy_get(const struct kind *kind, const char *text);
/* Grants, parks or refuses. */
void toy_ask(struct request *req, const struct key *key);
/* Takes a place for the session, which is granted at once; the newest hold of
 * the session then. */
struct claim *toy_take(
    struct session *session, const struct kind *kind, const char *text);
/* Lets the session wait under this id; its newest wait then. */
struct claim *toy_wait(struct session *session, int64_t id,
    const struct kind *kind, const char *text);

#endif
