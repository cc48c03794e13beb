/* SPDX-License-Identifier: MIT */
/*
 * A loop of libevent with a handle in it, by the adapter that programs include:
 * what its tests share.
 */
#ifndef EVLOOP_H
#define EVLOOP_H

#include "watch.h"

#include "msync_libevent.h"

extern struct event_base *evloop_base;
extern struct msync_conn *evloop_conn;
extern struct msync_libevent evloop;

/* A new loop, and a handle in it with these options, which are freed (NULL: as
 * watch_open); and the end of both. */
void evloop_open(struct msync_opts *opts);
void evloop_close(void);
/* Runs the loop until a count has come to n. */
void evloop_run(const int *count, int n);
/* Runs the loop until the callback has come; asserts its code. */
void evloop_expect(const struct told *told, int code);
/* Runs the loop until the handle has a connection. */
void evloop_await_connection(void);
/* Asserts that nothing but input wakes the loop. */
void evloop_expect_idle(void);
/* Asserts that nothing is left in the loop. */
void evloop_expect_empty(void);

#endif
