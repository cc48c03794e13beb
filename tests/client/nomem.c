/* SPDX-License-Identifier: MIT */
/* What is right where memory is refused: see nomem.h. */
#include "nomem.h"

#include "memory.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MS 60000

static unsigned n_marked; /* refusals before the call */

void nomem_mark(void)
{
	n_marked = memory_refused();
}

bool nomem_is_untouched(void)
{
	return memory_refused() == 0;
}

/* What may be answered in place of the right code: that there is no memory,
 * where it was refused just now; that the connection had to be given up, or
 * what was held on it, where it was refused earlier. */
static bool follows(int code)
{
	if (code == MSYNC_E_NOMEM)
		return memory_refused() > n_marked;
	return n_marked > 0 && (code == MSYNC_E_CONN || code == MSYNC_E_LOST);
}

static void expect_words(struct msync_conn *conn, int code)
{
	if (code == MSYNC_E_NOMEM && conn != NULL)
		ck_assert_msg(strstr(msync_errmsg(conn), "memory") != NULL,
		    "of no memory it is said: %s", msync_errmsg(conn));
}

bool nomem_judge(
    struct msync_conn *conn, int code, int expected, const char *call)
{
	if (code == expected && memory_refused() == n_marked)
		return true;
	ck_assert_msg(follows(code), "%s: %s (%d), expected %s (%d)%s", call,
	    msync_strcode(code), code, msync_strcode(expected), expected,
	    memory_refused() > n_marked ? ", but for a refusal" : "");
	expect_words(conn, code);
	return false;
}

bool nomem_judge_lenient(
    struct msync_conn *conn, int code, int expected, const char *call)
{
	return code == expected || nomem_judge(conn, code, expected, call);
}

bool nomem_judge_count(
    struct msync_conn *conn, int code, int expected, const char *call)
{
	if (n_marked > 0 && code >= 0 && code < expected)
		return true;
	return nomem_judge(conn, code, expected, call);
}

/* Callbacks -------------------------------------------------------- */

void nomem_on_done(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	struct ear *ear = ctx;

	ear->n_heard++;
	ear->code = code;
	ear->grant = grant;
	ear->result = result;
}

void nomem_process(struct msync_conn *conn)
{
	struct pollfd pollfd = {
	    .fd = msync_fd(conn), .events = (short)msync_events(conn)};
	int ms = msync_timeout(conn);
	int n = poll(&pollfd, 1, ms < 0 || ms > LIMIT_MS ? LIMIT_MS : ms);

	ck_assert_msg(n > 0 || ms >= 0, "nothing came for 60 seconds");
	nomem_mark();
	n = msync_process(conn);
	ck_assert_msg(n == 0 || (n == MSYNC_E_CONN && !nomem_is_untouched()),
	    "msync_process: %s", msync_strcode(n));
}

void nomem_wait(struct msync_conn *conn, struct ear *ear)
{
	while (ear->is_due && ear->n_heard == 0)
		nomem_process(conn);
}

bool nomem_hear(struct msync_conn *conn, struct ear *ear, int expected)
{
	nomem_wait(conn, ear);
	if (!ear->is_due)
		return false;
	if (ear->code == expected)
		return true;
	/* It may have been refused at any time since the start. */
	ck_assert_msg(!nomem_is_untouched() && (ear->code == MSYNC_E_NOMEM ||
						   ear->code == MSYNC_E_CONN),
	    "callback: %s, expected %s", msync_strcode(ear->code),
	    msync_strcode(expected));
	return false;
}

void nomem_end(struct ear *ear)
{
	ck_assert_int_eq(ear->n_heard, ear->is_due);
	(void)msync_release(ear->grant);
	msync_result_free(ear->result);
	*ear = (struct ear){0};
}

/* Values ----------------------------------------------------------- */

int nomem_on_create(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)len;
	*json = strdup("{\"port\":7}");
	return *json == NULL;
}

void nomem_on_destroy(void *ctx, const char *json, size_t len)
{
	int *n_destroyed = ctx;

	(void)json;
	ck_assert_uint_gt(len, 0);
	(*n_destroyed)++;
}
