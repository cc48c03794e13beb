/* SPDX-License-Identifier: MIT */
/* Loops and callbacks: see watch.h. */
#include "watch.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_MS 60000

static int n_turns;      /* callbacks so far */
static bool may_be_told; /* in msync_process and msync_close */

void watch_told(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	struct told *told = ctx;

	ck_assert_msg(may_be_told, "a callback outside of msync_process");
	told->n++;
	told->turn = ++n_turns;
	told->code = code;
	told->grant = grant;
	told->result = result;
	if (told->conn != NULL)
		(void)snprintf(told->words, sizeof(told->words), "%s",
		    msync_errmsg(told->conn));
}

void watch_lost(void *ctx, struct msync_grant *grant, const char *reason)
{
	struct lost *lost = ctx;

	ck_assert_msg(may_be_told, "on_lost outside of msync_process");
	lost->n++;
	lost->grant = grant;
	ck_assert(msync_grant_is_lost(grant));
	if (lost->releases)
		ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	(void)snprintf(lost->reason, sizeof(lost->reason), "%s", reason);
}

/* Handles ---------------------------------------------------------- */

struct msync_opts *watch_opts(void)
{
	struct msync_opts *opts;

	ck_assert_int_eq(msync_opts_new(&opts), 0);
	ck_assert_int_eq(msync_opts_set_socket(opts, server.socket), 0);
	return opts;
}

struct msync_conn *watch_open(struct msync_opts *opts)
{
	struct msync_conn *conn;
	int code;

	if (opts == NULL)
		opts = watch_opts();
	code = msync_open(&conn, opts);
	msync_opts_free(opts);
	watch_expect(conn, code, 0);
	return conn;
}

struct msync_conn *watch_open_lost(struct lost *lost)
{
	struct msync_opts *opts = watch_opts();

	ck_assert_int_eq(msync_opts_set_on_lost(opts, watch_lost, lost), 0);
	return watch_open(opts);
}

void watch_expect(struct msync_conn *conn, int seen, int expected)
{
	ck_assert_msg(seen == expected, "%s expected, seen: %s (%d): %s",
	    msync_strcode(expected), msync_strcode(seen), seen,
	    msync_errmsg(conn));
}

/* The loop --------------------------------------------------------- */

void watch_allow(bool may)
{
	may_be_told = may;
}

int watch_process(struct msync_conn *conn)
{
	int code;

	may_be_told = true;
	code = msync_process(conn);
	may_be_told = false;
	return code;
}

void watch_close(struct msync_conn *conn)
{
	may_be_told = true;
	msync_close(conn);
	may_be_told = false;
}

static int wait_ready(struct msync_conn *conn, short events, int ms)
{
	/* poll(2) passes over a descriptor of -1. */
	struct pollfd pollfd = {.fd = msync_fd(conn), .events = events};
	int n = poll(&pollfd, 1, ms < 0 || ms > LIMIT_MS ? LIMIT_MS : ms);

	ck_assert_int_ge(n, 0);
	ck_assert_msg(n > 0 || (ms >= 0 && ms <= LIMIT_MS),
	    "nothing comes for 60 seconds");
	return n;
}

int watch_turn(struct msync_conn *conn)
{
	(void)wait_ready(conn, (short)msync_events(conn), msync_timeout(conn));
	return watch_process(conn);
}

int watch_until(struct msync_conn *conn, const struct told *told)
{
	long end = now_ms() + LIMIT_MS;
	int code = 0;

	while (told->n == 0) {
		ck_assert_msg(now_ms() < end, "no callback in 60 seconds");
		code = watch_turn(conn);
	}
	return code;
}

void watch_count(struct msync_conn *conn, const int *count, int n)
{
	long end = now_ms() + LIMIT_MS;

	while (*count < n) {
		ck_assert_msg(
		    now_ms() < end, "%d of %d came in 60 seconds", *count, n);
		(void)watch_turn(conn);
	}
	ck_assert_int_eq(*count, n);
}

int watch_await(struct msync_conn *conn, const struct told *told)
{
	watch_count(conn, &told->n, 1);
	return told->code;
}

void watch_readable(struct msync_conn *conn)
{
	ck_assert_int_eq(wait_ready(conn, POLLIN, -1), 1);
}

/* Grants ----------------------------------------------------------- */

struct msync_call *watch_start(
    struct msync_conn *conn, const char *key, int wait_ms, struct told *told)
{
	struct msync_call *call;

	watch_expect(conn,
	    msync_lock_acquire_start(
		conn, key, wait_ms, NULL, watch_told, told, &call),
	    0);
	return call;
}

struct msync_grant *watch_lock(struct msync_conn *conn, const char *key)
{
	struct msync_grant *grant;

	watch_expect(conn, msync_lock_acquire(conn, key, 0, NULL, &grant), 0);
	return grant;
}

void watch_release(struct msync_grant *grant)
{
	ck_assert_int_eq(msync_release(grant), 0);
}

struct msync_terms *watch_terms(enum msync_term term, int64_t value)
{
	struct msync_terms *terms;

	ck_assert_int_eq(msync_terms_new(&terms), 0);
	ck_assert_int_eq(msync_terms_set(terms, term, value), 0);
	return terms;
}
