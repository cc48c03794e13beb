/* SPDX-License-Identifier: MIT */
/*
 * What the tests of event loops share: handles that lead to the daemon of the
 * fixture, a plain poll(2) loop around them, and a note of each callback. A
 * callback that comes at a time when none may come fails the test.
 */
#ifndef WATCH_H
#define WATCH_H

#include "fixture.h"
#include "scene.h"

#include "msync.h"

#include <stdbool.h>

/* What a callback was told; `conn` is the test's to set. */
struct told {
	struct msync_conn *conn; /* whose msync_errmsg is kept; NULL: none's */
	int n;                   /* how often it was called */
	int turn;                /* the how many-th callback of the test */
	int code;
	struct msync_grant *grant;
	struct msync_result *result;
	char words[512];
};

/* The callback that notes it all; ctx is a struct told. */
void watch_told(void *ctx, int code, struct msync_grant *grant,
    struct msync_result *result);

/* A hold that was lost, as on_lost hears of it; `releases` is the test's to
 * set. */
struct lost {
	int n;
	struct msync_grant *grant;
	char reason[32];
	bool releases; /* in the callback */
};
void watch_lost(void *ctx, struct msync_grant *grant, const char *reason);

/* Options that lead to the daemon of the test, to be freed. */
struct msync_opts *watch_opts(void);
/* Opens a handle with these options, which are freed (NULL: watch_opts). */
struct msync_conn *watch_open(struct msync_opts *opts);
/* The same, with on_lost noted. */
struct msync_conn *watch_open_lost(struct lost *lost);

/* msync_process and msync_close: the places where callbacks may come. */
int watch_process(struct msync_conn *conn);
void watch_close(struct msync_conn *conn);
/* Lets callbacks come, or not, while another loop calls msync_process. */
void watch_allow(bool may);
/* A turn of the loop: waits for what the handle wants, and processes it.
 * Returns what msync_process said. */
int watch_turn(struct msync_conn *conn);
/* Takes turns until the callback has come; returns what the last of them said.
 */
int watch_until(struct msync_conn *conn, const struct told *told);
/* The same, and it came once; returns its code. */
int watch_await(struct msync_conn *conn, const struct told *told);
/* Takes turns until a count has come to n, and not beyond. */
void watch_count(struct msync_conn *conn, const int *count, int n);
/* Waits until the handle's descriptor has something to read (or its end), and
 * leaves it there. */
void watch_readable(struct msync_conn *conn);

/* Asserts a code, and shows what the handle says where it is another one. */
void watch_expect(struct msync_conn *conn, int seen, int expected);
/* Starts to ask for a lock, with watch_told. */
struct msync_call *watch_start(
    struct msync_conn *conn, const char *key, int wait_ms, struct told *told);
/* A lock by a call that waits, to be had at once. */
struct msync_grant *watch_lock(struct msync_conn *conn, const char *key);
/* Lets go, which must succeed. */
void watch_release(struct msync_grant *grant);
/* Terms with one of them, to be freed. */
struct msync_terms *watch_terms(enum msync_term term, int64_t value);

#endif
