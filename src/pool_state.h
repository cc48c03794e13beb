/* SPDX-License-Identifier: MIT */
/*
 * What a pool is made of, shared by pool.c (lending and giving back) and
 * pool_terms.c (what the pool is like, and questions about it), and by nobody
 * else.
 */
#ifndef POOL_STATE_H
#define POOL_STATE_H

#include "pool.h"

/* An object of a pool. It is charged to an account from its first put until
 * it is handed out to be destroyed. */
struct pooled {
	struct blob *value;      /* owned */
	struct account *account; /* of whoever gave the value; pays a key and
				  * the bytes */
	mtime_t idle_since;
	struct pooled *prev, *next; /* in idle or doomed; not while lent */
};

struct pool {
	struct object object;
	int64_t capacity;
	int64_t max_idle_ms; /* 0: no limit */
	enum pool_order order;
	enum pool_on_lost on_lost;
	struct account *kept_by; /* pays for one that was set; the core's house:
				  * configured; NULL: made by use */
	int64_t n_items;         /* how many it was filled with, and a */
	uint64_t items_hash;     /* keyed hash that knows the list again */
	struct pooled *idle;     /* the one put last is last */
	size_t n_idle;
	struct pooled *doomed; /* to be destroyed by whoever comes next */
};

static inline struct pool *pool_of(struct object *object)
{
	return (struct pool *)object;
}

/* Idle and lent, those being created included. */
static inline int64_t pool_n_objects(const struct pool *pool)
{
	return (int64_t)(pool->n_idle + pool->object.n_holders);
}

/* pool.c: */

/* A new object with a copy of the value, charged to the account; in no list.
 */
struct pooled *pool_new_object(
    struct account *account, const char *bytes, size_t len);
/* Puts an object among the idle ones, or where there is no place for it any
 * more, among those to be destroyed. */
void pool_keep(struct core *core, struct pool *pool, struct pooled *pooled);
/* Moves the object that has been idle longest to those to be destroyed. */
void pool_doom_oldest(struct pool *pool);
/* Adds to the answer what its receiver has to destroy, as far as it fits into
 * budget bytes; each object comes out once. always: an array even where there
 * is nothing. */
void pool_add_doomed(
    struct pool *pool, struct answer *answer, size_t budget, bool always);

/* pool_terms.c: */

void pool_refuse_unknown(
    struct core *core, struct request *req, const struct key *key);
/* Whether a get with these terms changes the pool: they differ, and it was
 * made by use (or just now) and nobody holds or waits. */
bool pool_would_take_on(
    const struct pool *pool, const struct pool_terms *terms);
/* Whether a get with these terms may use the pool as it is; answers conflict
 * if not. */
bool pool_terms_agree(struct core *core, struct request *req,
    const struct pool *pool, const struct pool_terms *terms);
/* Takes over capacity and max_idle_ms where the terms name them; idle objects
 * beyond a lowered capacity are to be destroyed. */
void pool_apply_sizes(struct pool *pool, const struct pool_terms *terms);
/* See struct kind. */
const char *pool_describe(const struct core *core, const struct object *object,
    struct answer *answer, const char *state);
/* Gives back what pool.set charged. */
void pool_stop_keeping(struct pool *pool);

#endif
