/* SPDX-License-Identifier: MIT */
/*
 * Answers to the socket: see conn.h. At the end of each turn everything that
 * came together for a connection goes out by one call; what the socket
 * does not take waits until it is writable.
 */
#include "conn.h"
#include "report.h"
#include "watch.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define MAX_IOV 64

static void on_unsent(void *ctx, int64_t token)
{
	struct conn *conn = ctx;

	core_take_back(conn->server->core, conn->peer.uid, token);
}

void conn_drop_output(struct conn *conn)
{
	outbuf_drop(&conn->out, on_unsent, conn);
}

/* Writes once; the number of bytes taken, 0 where there was no room. */
static ssize_t write_once(struct conn *conn)
{
	struct server *server = conn->server;
	struct iovec iov[MAX_IOV];
	int n_iov = outbuf_iov(&conn->out, iov, MAX_IOV);
	ssize_t n;

	/* Most have one span; send(2) takes a tenth less than writev(2). */
	n = n_iov == 1
		? send(conn->fd, iov[0].iov_base, iov[0].iov_len, MSG_NOSIGNAL)
		: writev(conn->fd, iov, n_iov);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	conn->output_at = server->now;
	server->write_budget -=
	    (size_t)n < server->write_budget ? (size_t)n : server->write_budget;
	outbuf_sent(&conn->out, (size_t)n);
	return n;
}

/* Whether the others come first now, and this one in the next turn; for one
 * that has ended there is none. The last half of what a turn may write is for
 * those who get little, so that they are not behind a thousand who get much. */
static bool has_to_wait(const struct conn *conn)
{
	size_t reserved =
	    conn->out.n_bytes > CONN_SMALL_BYTES ? SERVER_SMALL_WRITE_BYTES : 0;

	return conn->server->write_budget <= reserved &&
	       conn->state != CONN_ENDED;
}

/* Writes as much as the socket takes and the turn allows. */
static void write_out(struct conn *conn)
{
	while (conn->out.n_bytes > 0 && !conn->is_blocked) {
		ssize_t n;

		if (has_to_wait(conn)) {
			server_defer(conn->server, conn);
			return;
		}
		n = write_once(conn);
		conn->is_blocked = n == 0 && !conn_widen(conn);
		if (n >= 0)
			continue;
		/* The peer is gone. What it sent before is done first. */
		if (conn->state != CONN_ENDED)
			conn_serve_last(conn);
		conn_drop_output(conn);
	}
}

/* Looks again in the next turn. */
static void look_again(struct conn *conn)
{
	if (!conn->is_touched)
		server_defer(conn->server, conn);
}

/* All is written. Holds do not outlive the end of the connection, and many take
 * some turns to end. */
static void end_left(struct conn *conn)
{
	const struct core *core = conn->server->core;

	if (session_find(&core->sessions, conn->session) == NULL)
		conn->state = CONN_ENDED;
	else
		look_again(conn);
}

/* All is answered. What the session still holds it cannot keep; the last words
 * on the connection say so. */
static void leave(struct conn *conn)
{
	if (!core_say_lost(conn->server->core, conn->session)) {
		look_again(conn);
		return;
	}
	report_vanished(conn->server, conn->session);
	core_leave(conn->server->core, conn->session);
	conn->state = CONN_LEFT;
	server_note_touched(conn->server, conn);
}

/* Whether a watch that has so much unread misses what comes; long before its
 * connection would have to be closed for that. */
static bool is_full(const struct conn *conn)
{
	return conn->out.n_bytes > SERVER_MAX_WATCH_BYTES ||
	       conn->out.n_bytes > conn->server->max_output_bytes / 2;
}

/* Whether there is nothing more to come. A watch goes on until its client
 * closes. */
static bool is_done(const struct conn *conn)
{
	const struct core *core = conn->server->core;

	return !core_is_waiting(core, conn->session) &&
	       !watch_has(core, conn->session);
}

/* More answers wait to be read than the uid may let wait. */
static void judge_output(struct conn *conn)
{
	size_t before = conn->n_left;

	conn_charge(conn);
	if (conn->out.n_bytes > 0 && !conn->is_blocked)
		return; /* it is we who have not written yet */
	conn->n_left = conn->out.n_bytes;
	/* Who only has not read yet what came earlier is not the one. */
	if (conn->n_left <= before || conn->n_left <= CONN_SMALL_BYTES ||
	    conn->state == CONN_ENDED || conn_has_bytes(conn, 1))
		return;
	conn_log_turned_away(conn->server, "its uid has all its bytes");
	conn_drop_output(conn);
	conn_end(conn);
}

void conn_flush(struct conn *conn)
{
	write_out(conn);
	if (conn->misses && !is_full(conn)) {
		conn->misses = false;
		watch_drained(conn->server->core, conn->session);
	}
	judge_output(conn);
	if (conn->state == CONN_LEFT && conn->out.n_bytes == 0)
		end_left(conn);
	if (conn->state == CONN_HALF && is_done(conn))
		leave(conn);
	if (conn->state != CONN_ENDED)
		conn_watch(conn);
}

void conn_answer(struct conn *conn, const struct answer *answer,
    const struct reply_names *names)
{
	if (answer->sighting != NULL && is_full(conn)) {
		conn->misses = true;
		watch_unsent(
		    conn->server->core, conn->session, answer->sighting);
		return;
	}
	if (conn->out.n_bytes == 0)
		conn->output_at = conn->server->now;
	reply_render(answer, names, &conn->out);
	server_note_touched(conn->server, conn);
}
