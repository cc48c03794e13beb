/* SPDX-License-Identifier: MIT */
/* What a program does with a handle: see steps.h. */
#define _GNU_SOURCE 1
#include "steps.h"

#include "fixture.h"
#include "memory.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define LIMIT_MS 60000

struct msync_conn *conn;
struct msync_grant *grant;
struct msync_call *call;
int n_called;

static int heard; /* the code of the last callback */

const char *steps_path(void)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/later.sock", server.dir);
	return path;
}

void steps_let_there_be_a_daemon(void)
{
	ck_assert_int_eq(symlink(server.socket, steps_path()), 0);
}

int step_open(void)
{
	struct msync_opts *opts;
	int code = msync_opts_new(&opts);

	if (code != 0)
		return code;
	(void)msync_opts_set_socket(opts, steps_path());
	code = msync_open(&conn, opts);
	msync_opts_free(opts);
	return code;
}

int step_reopen(void)
{
	return msync_reopen(conn);
}

int step_ping(void)
{
	return msync_ping(conn);
}

int step_process(void)
{
	return msync_process(conn);
}

int step_close(void)
{
	msync_close(conn);
	conn = NULL;
	return step_count_blocks();
}

int step_count_blocks(void)
{
	return (int)memory_live();
}

int step_hold(void)
{
	return msync_lock_acquire(conn, "k", 0, NULL, &grant);
}

int step_hold_own(void)
{
	return msync_lock_acquire(conn, "c", 0, NULL, &grant);
}

static void on_done(void *ctx, int code, struct msync_grant *granted,
    struct msync_result *result)
{
	(void)ctx;
	n_called++;
	heard = code;
	grant = granted;
	call = NULL;
	msync_result_free(result);
}

int step_wait(void)
{
	int code = msync_lock_acquire_start(
	    conn, "k", MSYNC_FOREVER, NULL, on_done, NULL, &call);

	/* An answer to what was sent behind it. */
	return code == 0 ? msync_ping(conn) : code;
}

int step_hear(void)
{
	while (n_called == 0) {
		struct pollfd pollfd = {.fd = msync_fd(conn), .events = POLLIN};
		int code;

		if (msync_timeout(conn) != 0 && poll(&pollfd, 1, LIMIT_MS) != 1)
			return MSYNC_E_SILENT;
		code = msync_process(conn);
		if (code != 0)
			return code;
	}
	return heard;
}

int step_release(void)
{
	int code = msync_release(grant);

	grant = NULL;
	return code;
}

int step_count_called(void)
{
	return n_called;
}

int step_live(void)
{
	return 0;
}

/* Everything ------------------------------------------------------- */

static int never(void *ctx)
{
	(void)ctx;
	n_called++;
	return 0;
}

static int never_made(void *ctx, char **json, size_t *len)
{
	(void)json;
	(void)len;
	return never(ctx);
}

static int never_used(void *ctx, const char *json, size_t len)
{
	(void)json;
	(void)len;
	return never(ctx);
}

/* Codes of calls that wait: how many of them are MSYNC_E_FORKED. */
static int try_waiting(void)
{
	struct msync_grant *got;
	struct msync_result *result;
	int n = 0;

	n += msync_ping(conn) == MSYNC_E_FORKED;
	n += msync_reset(conn) == MSYNC_E_FORKED;
	n += msync_lock_acquire(conn, "x", 0, NULL, &got) == MSYNC_E_FORKED;
	n += msync_lock_do(conn, "x", 0, NULL, never, NULL) == MSYNC_E_FORKED;
	n += msync_limit_borrow(conn, "x", 1, 0, NULL, &got) == MSYNC_E_FORKED;
	n += msync_limit_try_borrow(conn, "x", 1, NULL, &got) == MSYNC_E_FORKED;
	n += msync_limit_do(conn, "x", 1, 0, NULL, never, NULL) ==
	     MSYNC_E_FORKED;
	n += msync_limit_set(conn, "x", 1) == MSYNC_E_FORKED;
	n += msync_limit_info(conn, "x", NULL, NULL, NULL) == MSYNC_E_FORKED;
	n += msync_flight_begin(conn, "x", 0, NULL, &got, &result) ==
	     MSYNC_E_FORKED;
	n += msync_flight_do(conn, "x", 0, NULL, never_made, NULL, &result) ==
	     MSYNC_E_FORKED;
	n += msync_flight_forget(conn, "x") == MSYNC_E_FORKED;
	n += msync_release_token(conn, MSYNC_LOCK, "k", 1) == MSYNC_E_FORKED;
	n += msync_renew_token(conn, MSYNC_LOCK, "k", 1, 1) == MSYNC_E_FORKED;
	n += msync_ask(conn, "stats", NULL, 0, &result) == MSYNC_E_FORKED;
	return n;
}

static int try_starting(void)
{
	int n = 0;

	n += msync_lock_acquire_start(
		 conn, "x", 0, NULL, on_done, NULL, NULL) == MSYNC_E_FORKED;
	n += msync_limit_borrow_start(
		 conn, "x", 1, 0, NULL, on_done, NULL, NULL) == MSYNC_E_FORKED;
	n += msync_flight_begin_start(
		 conn, "x", 0, NULL, on_done, NULL, NULL) == MSYNC_E_FORKED;
	n += msync_ask_start(conn, "stats", NULL, 0, on_done, NULL, NULL) ==
	     MSYNC_E_FORKED;
	n += msync_process(conn) == MSYNC_E_FORKED;
	return n;
}

static int try_pool(void)
{
	struct msync_pool *pool;
	struct msync_grant *got;
	int n = 0;

	if (msync_pool_new(&pool, conn, "x", 1) != 0)
		return -1;
	(void)msync_pool_set_callbacks(pool, never_made, NULL, NULL);
	n += msync_pool_get(pool, 0, NULL, &got) == MSYNC_E_FORKED;
	n += msync_pool_do(pool, 0, NULL, never_used, NULL) == MSYNC_E_FORKED;
	n += msync_pool_size(pool) == MSYNC_E_FORKED;
	n += msync_pool_available(pool) == MSYNC_E_FORKED;
	n += msync_pool_clear(pool) == MSYNC_E_FORKED;
	n += msync_pool_get_start(pool, 0, NULL, on_done, NULL, NULL) ==
	     MSYNC_E_FORKED;
	msync_pool_free(pool);
	return n;
}

int step_try_everything(void)
{
	if (try_waiting() != 15)
		return 1;
	if (try_starting() != 5)
		return 2;
	if (try_pool() != 6)
		return 3;
	if (grant != NULL &&
	    (msync_renew(grant, 1) != MSYNC_E_FORKED ||
		msync_renew_start(grant, 1, on_done, NULL) != MSYNC_E_FORKED))
		return 4;
	if (call != NULL && msync_call_cancel(call) != MSYNC_E_FORKED)
		return 5;
	if (msync_fd(conn) != -1 || msync_events(conn) != 0 ||
	    msync_timeout(conn) != -1)
		return 6;
	return n_called == 0 ? 0 : 7;
}
