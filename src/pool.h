/* SPDX-License-Identifier: MIT */
/* Pool: objects that clients create and destroy, and the daemon keeps, lends,
 * expires and bounds. */
#ifndef POOL_H
#define POOL_H

#include "claim.h"

extern const struct kind pool_kind;

/* A value as it stands in the line, borrowed. */
struct pool_value {
	const char *bytes; /* JSON; NULL: none given */
	size_t len;
};

/* null is nothing, and nothing can be neither kept nor lent. */
bool pool_value_is_null(const struct pool_value *value);

enum pool_order {
	POOL_LIFO,
	POOL_FIFO
};
enum pool_on_lost {
	POOL_DROP,
	POOL_REQUEUE
};

/* What a pool shall be like; -1 (NULL) for what was not said. */
struct pool_terms {
	int64_t capacity;
	int64_t max_idle_ms; /* 0: no limit */
	bool adopt;          /* pool.get: take what is in force */
	/* pool.set: */
	const struct pool_value *items;
	int64_t n_items;
	int order;   /* enum pool_order */
	int on_lost; /* enum pool_on_lost */
};

/* pool.get: lends an object, or room to create one; parks or refuses. */
void pool_get(struct core *core, struct request *req, const struct key *key,
    const struct pool_terms *terms);
/* pool.put: token 0 where none was given. */
void pool_put(struct core *core, struct request *req, const struct key *key,
    int64_t token, const struct pool_value *value);
/* pool.drop: what was lent is gone, by the hand of its borrower. */
void pool_drop(struct core *core, struct request *req, const struct key *key,
    int64_t token);
/* pool.set: makes it stay, and changes what the terms name. */
void pool_set(struct core *core, struct request *req, const struct key *key,
    const struct pool_terms *terms);
/* The configuration fixes the pool, from now on or anew; all of the terms are
 * said, but items may be left out. Clients cannot change it. False: it has
 * other items already, and stays as it is. */
bool pool_pin(
    struct core *core, const struct key *key, const struct pool_terms *terms);
/* The configuration knows it no more: it goes when nothing is in it. */
void pool_unpin(struct core *core, const struct key *key);
void pool_clear(struct core *core, struct request *req, const struct key *key);
void pool_size(struct core *core, struct request *req, const struct key *key);
void pool_available(
    struct core *core, struct request *req, const struct key *key);
void pool_info(struct core *core, struct request *req, const struct key *key);
void pool_delete(struct core *core, struct request *req, const struct key *key);

#endif
