/* SPDX-License-Identifier: MIT */
/*
 * LockedCalls: callers of one key run one after the other, in order of
 * arrival.
 */
#ifndef LOCK_H
#define LOCK_H

#include "claim.h"

extern const struct kind lock_kind;

/* Locks of vanished holders that are remembered per uid. */
#define LOCK_MAX_ABANDONED 10000

/* lock.acquire: grants, parks or refuses. */
void lock_acquire(
    struct core *core, struct request *req, const struct key *key);
/* lock.release: token 0 where none was given. */
void lock_release(struct core *core, struct request *req, const struct key *key,
    int64_t token);

#endif
