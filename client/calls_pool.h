/* SPDX-License-Identifier: MIT */
/* A pool: how its objects are made and destroyed. See msync.h. */
#ifndef CALLS_POOL_H
#define CALLS_POOL_H

#include "call.h"

struct msync_pool {
	struct msync_conn *conn; /* borrowed: the caller keeps it alive */
	int capacity;
	int64_t max_idle_ms; /* -1: not said */
	msync_create_fn create;
	msync_destroy_fn destroy;
	void *ctx;
	unsigned n_users; /* the caller, until msync_pool_free, and calls */
	char key[];       /* as the caller said it */
};

/* A call has ended that had to do with the pool; NULL is allowed. */
void pool_leave(struct msync_pool *pool);

/* Destroys each element of an array. Returns how many; MSYNC_E_FORKED in the
 * child of a callback that forked, for the rest is its parent's. */
int pool_destroy_all(struct msync_pool *pool, const struct scan_value *array);
/* What the answer to a pool.get asks of the client before the object can be
 * used: destroys what is doomed, creates what is to be created. *grant is the
 * grant, and becomes NULL where that fails. Returns the call's code. */
int pool_settle(struct msync_call *call, struct msync_grant **grant);

#endif
