/* SPDX-License-Identifier: MIT */
/* Limit: at most so many at a time. */
#ifndef LIMIT_H
#define LIMIT_H

#include "claim.h"

extern const struct kind limit_kind;

/* What a borrower asks for, besides waiting. */
struct limit_terms {
	int64_t capacity; /* -1: whatever is in force */
	int64_t permits;
	bool adopt;    /* take the capacity in force where it differs */
	bool only_try; /* limit.try_borrow: never wait, never fail for it */
};

/* limit.borrow and limit.try_borrow. */
void limit_borrow(struct core *core, struct request *req, const struct key *key,
    const struct limit_terms *terms);
/* limit.return: token 0 where none was given. */
void limit_return(struct core *core, struct request *req, const struct key *key,
    int64_t token);
/* limit.set: makes it stay, with this capacity. */
void limit_set(struct core *core, struct request *req, const struct key *key,
    int64_t capacity);
/* The configuration fixes the limit, from now on or anew: whatever clients made
 * of it, it has this capacity, and they cannot change it. */
void limit_pin(struct core *core, const struct key *key, int64_t capacity);
/* The configuration knows it no more: it goes with its last use. */
void limit_unpin(struct core *core, const struct key *key);
void limit_info(struct core *core, struct request *req, const struct key *key);
void limit_delete(
    struct core *core, struct request *req, const struct key *key);

#endif
