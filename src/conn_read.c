/* SPDX-License-Identifier: MIT */
/*
 * Bytes to lines: see conn.h. A line that came in one piece is done where it
 * lies; only what has no line feed yet is copied, and never more of it than
 * the longest line.
 */
#include "conn.h"

#include <stdlib.h>
#include <string.h>

#define MIN_IN_BYTES 256

static void count_bad(struct conn *conn)
{
	if (++conn->n_bad >= WIRE_MAX_BAD_LINES)
		conn_end(conn);
}

/* False: it is to be done again in the next turn. */
static bool do_line(
    struct conn *conn, const char *line, size_t len, enum verbs_mode mode)
{
	enum verbs_result result =
	    verbs_line(conn->server->core, conn->session, line, len, mode);

	if (result == VERBS_BAD)
		count_bad(conn);
	else if (result != VERBS_EMPTY)
		conn->n_bad = 0;
	if (result == VERBS_LONG) {
		conn->had_enough = true;
		conn->server->n_long_left--;
	}
	return result != VERBS_AGAIN;
}

void conn_charge(struct conn *conn)
{
	size_t n = conn->cap_in + conn->out.n_held;

	if (n > conn->n_charged)
		quota_charge_buffers(conn->account, n - conn->n_charged);
	else if (n < conn->n_charged)
		quota_give_back_buffers(conn->account, conn->n_charged - n);
	conn->n_charged = n;
}

bool conn_has_bytes(const struct conn *conn, size_t n)
{
	return quota_has_buffers(&conn->server->core->quota, conn->account, n);
}

void conn_free_input(struct conn *conn)
{
	free(conn->in);
	conn->in = NULL;
	conn->n_in = 0;
	conn->cap_in = 0;
	conn_charge(conn);
}

/* The memory that so many bytes more take. */
static size_t cap_for(const struct conn *conn, size_t len)
{
	size_t cap = conn->cap_in == 0 ? MIN_IN_BYTES : conn->cap_in;

	while (cap < conn->n_in + len)
		cap *= 2;
	return cap;
}

static void append_in(struct conn *conn, const char *bytes, size_t len)
{
	size_t cap = cap_for(conn, len);

	if (cap != conn->cap_in) {
		conn->in = xrealloc(conn->in, cap);
		conn->cap_in = cap;
		conn_charge(conn);
	}
	memcpy(conn->in + conn->n_in, bytes, len);
	conn->n_in += len;
}

/* The line in hand, with len more bytes of it, is too long. */
static void begin_discarding(struct conn *conn, size_t len)
{
	verbs_too_long(conn->server->core, conn->session);
	count_bad(conn);
	conn->is_discarding = true;
	conn->n_discarded = conn->n_in + len;
	conn_free_input(conn);
}

static bool fits(const struct conn *conn, size_t len)
{
	return conn->n_in + len <= conn->server->core->max_line_bytes;
}

/* More of a line that is too long, or of one that becomes so. True: it is. */
static bool discards(struct conn *conn, size_t len)
{
	size_t most = WIRE_ENDLESS_FACTOR * conn->server->core->max_line_bytes;

	if (conn->is_discarding)
		conn->n_discarded += len;
	else if (!fits(conn, len))
		begin_discarding(conn, len);
	if (conn->is_discarding && conn->n_discarded > most)
		conn_end(conn);
	return conn->is_discarding;
}

/* Whether this much of a line that is not whole yet can be kept. */
static bool can_keep(const struct conn *conn, size_t len)
{
	size_t cap = cap_for(conn, len);

	return cap <= CONN_SMALL_BYTES || cap == conn->cap_in ||
	       conn_has_bytes(conn, cap - conn->cap_in);
}

/* Bytes that end in no line feed. */
static void take_part(struct conn *conn, const char *bytes, size_t len)
{
	if (discards(conn, len))
		return;
	if (can_keep(conn, len)) {
		append_in(conn, bytes, len);
	} else {
		verbs_no_room(conn->server->core, conn->session);
		conn_log_turned_away(conn->server, "its uid has all its bytes");
		conn_end(conn);
	}
}

/* The line is whole: it counts no more, or it might be in its own way. False:
 * it is to be done again, and kept. */
static bool do_kept_line(struct conn *conn, enum verbs_mode mode)
{
	char *line = conn->in;
	size_t len = conn->n_in, cap = conn->cap_in;

	conn->in = NULL;
	conn_free_input(conn);
	if (do_line(conn, line, len, mode)) {
		free(line);
		return true;
	}
	conn->in = line;
	conn->n_in = len;
	conn->cap_in = cap;
	conn_charge(conn);
	return false;
}

/* Bytes up to a line feed. False: the line is to be done again, and kept. */
static bool take_line(
    struct conn *conn, const char *bytes, size_t len, enum verbs_mode mode)
{
	bool is_kept = conn->n_in > 0;

	if (discards(conn, len)) {
		conn->is_discarding = false;
		return true;
	}
	if (!is_kept && do_line(conn, bytes, len, mode))
		return true;
	append_in(conn, bytes, len);
	if (is_kept && do_kept_line(conn, mode))
		return true;
	append_in(conn, "\n", 1);
	return false;
}

/* Keeps what comes after the lines of this turn. */
static void keep_backlog(struct conn *conn, const char *bytes, size_t len)
{
	append_in(conn, bytes, len);
	conn->has_backlog = true;
}

void conn_take(struct conn *conn, const char *bytes, size_t len,
    enum verbs_mode mode, int max_lines)
{
	const char *end = bytes + len;

	conn->had_enough = false;
	while (bytes < end && conn->state != CONN_ENDED) {
		size_t left = (size_t)(end - bytes);
		const char *feed;

		if (max_lines-- == 0 || conn->had_enough) {
			keep_backlog(conn, bytes, left);
			return;
		}
		feed = memchr(bytes, '\n', left);
		if (feed == NULL) {
			take_part(conn, bytes, left);
			return;
		}
		if (!take_line(conn, bytes, (size_t)(feed - bytes), mode)) {
			keep_backlog(conn, feed + 1, (size_t)(end - feed - 1));
			return;
		}
		bytes = feed + 1;
	}
}

void conn_take_backlog(struct conn *conn, enum verbs_mode mode, int max_lines)
{
	char *bytes = conn->in;
	size_t len = conn->n_in;

	conn->in = NULL;
	conn->n_in = 0;
	conn->cap_in = 0;
	conn->has_backlog = false;
	conn_take(conn, bytes, len, mode, max_lines);
	free(bytes);
	conn_charge(conn);
}

void conn_take_end(struct conn *conn, enum verbs_mode mode)
{
	while (conn->n_in > 0 && !do_kept_line(conn, mode))
		; /* there is no next turn for the last line */
	conn->is_discarding = false;
}
