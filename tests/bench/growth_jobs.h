/* SPDX-License-Identifier: MIT */
/*
 * What a crew can do. Each function returns when it is done, and has checked
 * every answer. growth_holds.c: keys; growth_waits.c: waits for one key.
 */
#ifndef GROWTH_JOBS_H
#define GROWTH_JOBS_H

#include "growth_crew.h"

/* Takes so many more keys of a kind ("lock", "limit", "flight", "pool",
 * "object", see growth_holds.c), named by crew->key and a number of seven
 * digits. */
void job_hold(struct crew *crew, const char *kind, int64_t n);
/* Lets go all keys that it holds of this kind, the oldest first. */
void job_release(struct crew *crew, const char *kind);
/* Takes a key of its own and lets it go, n times, each connection with one
 * request at a time. */
void job_busy(struct crew *crew, int64_t n);
/* Pings until standard input has something to say. */
void job_probe(struct crew *crew);

/* Waits n times more for the lock crew->key. */
void job_wait(struct crew *crew, int64_t n);
/* The same, and all give up within spread_ms, in_ms from now. False: that was
 * too soon, and some may have given up before all had begun. */
bool job_due(struct crew *crew, int64_t n, int64_t in_ms, int64_t spread_ms);
/* Until all waits have timed out; the times are how much too late. */
void job_expire(struct crew *crew);
/* Takes the lock n times, releases it at once and waits again at the end of
 * the queue. Somebody else lets go of it first. */
void job_handover(struct crew *crew, int64_t n);
/* Cancels n waits from anywhere in the queue; each waits again at its end. */
void job_cancel(struct crew *crew, int64_t n);

#endif
