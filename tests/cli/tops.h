/* SPDX-License-Identifier: MIT */
/* What the tests of msync top share: answers of the daemon in short, and a
 * model that has been fed with them. */
#ifndef TOPS_H
#define TOPS_H

#include "top_ui.h"

#include <check.h>

/* Made anew for each test, at time START; the times of tests count from it. */
#define START 1000000
extern struct top_model *model;
void tops_setup(void);
void tops_teardown(void);

/* JSON in which ' stands for ", from a format; the caller gives it away with
 * one of the functions below. */
json_t *line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Stats of a daemon that is up for up_ms, with so many grants of locks, at
 * that time. */
void stats_at(int64_t now, int64_t up_ms, int64_t granted);
/* A page with these keys: what stands between [ and ]. */
void page_at(int64_t now, json_t *keys);
/* A whole sweep of one page. */
void sweep_at(int64_t now, bool only_waiting, json_t *keys);
void event_at(int64_t now, json_t *event);
/* A grant of a lock to pid 7 with this token. */
void granted_at(int64_t now, const char *key, int token);
void released_at(int64_t now, const char *key, int token);

/* The older a hold of a_lock(), the smaller its token. */
int token_when_held(int held_ms);

/* A lock that is held, by pid 812, for held_ms, with n_waiters of which the
 * first has waited for half of that; "" behind the last one. */
const char *a_lock(const char *key, int held_ms, int n_waiters);

/* The row of a lock; it is there. */
const struct top_row *lock_row(const char *key);

#endif
