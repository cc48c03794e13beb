/* SPDX-License-Identifier: MIT */
/* One client's connection, its events and its ends: see conn.h. */
#include "conn.h"
#include "report.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Events ----------------------------------------------------------- */

void conn_on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct conn *conn = ctx;

	(void)fd;
	/* A reset comes as EV_READ; half-closed, nothing else can. */
	if ((what & EV_CLOSED) || conn->state != CONN_OPEN)
		conn->may_be_gone = true;
	server_note_ready(conn->server, conn);
}

void conn_on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct conn *conn = ctx;

	(void)fd;
	(void)what;
	conn->is_blocked = false;
	server_note_touched(conn->server, conn);
}

static bool is_paused(const struct conn *conn)
{
	return conn->out.n_bytes > SERVER_PAUSE_OUTPUT_BYTES;
}

/* What the system does not watch would never be looked at again. */
static void add_or_end(struct conn *conn, struct event *event)
{
	if (event_add(event, NULL) == 0)
		return;
	conn_log_turned_away(conn->server, "the system cannot watch it");
	conn_end(conn);
}

/* Once the peer has stopped sending, a level-triggered event would come in
 * every turn; edge-triggered it comes again only when the peer closes the
 * rest, or resets. libevent wants all events of a descriptor to be of one sort,
 * so while there is output to wait for it is left out: then writing tells. */
static void watch_input(struct conn *conn)
{
	bool wants = conn->state == CONN_OPEN
			 ? !is_paused(conn) && !conn->has_backlog
			 : !conn->is_blocked;

	/* What goes out in the next turn is no reason to tell the kernel. */
	if (wants == conn->is_reading || (is_paused(conn) && !conn->is_blocked))
		return;
	conn->is_reading = wants;
	if (wants) {
		conn->input_at = conn->server->now; /* it may go on now */
		add_or_end(conn, &conn->read_event);
	} else {
		(void)event_del(&conn->read_event);
	}
}

/* Whether the peer has begun a line, and it is for him to go on. */
static bool has_half_line(const struct conn *conn)
{
	return (conn->n_in > 0 || conn->is_discarding) && !conn->has_backlog &&
	       !is_paused(conn);
}

/* What the connection has to be looked at for, even if nothing comes. */
static mtime_t next_deadline(const struct conn *conn)
{
	mtime_t at = MTIME_NEVER;

	if (has_half_line(conn))
		at = conn->input_at + conn->server->line_timeout_ms;
	if (conn->out.n_stored > conn->server->max_output_bytes &&
	    at > conn->output_at + SERVER_OUTPUT_TIMEOUT_MS)
		at = conn->output_at + SERVER_OUTPUT_TIMEOUT_MS;
	return at;
}

void conn_watch(struct conn *conn)
{
	struct heap *heap = &conn->server->deadlines;
	mtime_t at = next_deadline(conn);

	watch_input(conn);
	if (conn->is_blocked)
		add_or_end(conn, &conn->write_event);
	if (conn->has_backlog && !is_paused(conn))
		server_note_ready(conn->server, conn);
	if (at == MTIME_NEVER)
		heap_remove(heap, &conn->deadline);
	else if (conn->deadline.pos == HEAP_OUT || conn->deadline.at != at)
		heap_set(heap, &conn->deadline, at, 0);
}

void conn_end(struct conn *conn)
{
	conn->state = CONN_ENDED;
	server_note_touched(conn->server, conn);
}

void conn_on_deadline(struct conn *conn)
{
	struct server *server = conn->server;
	bool is_engaged = core_is_engaged(server->core, conn->session);
	bool is_half_line = has_half_line(conn);

	if (conn->out.n_stored > server->max_output_bytes &&
	    server->now >= conn->output_at + SERVER_OUTPUT_TIMEOUT_MS) {
		log_event(&server->log, LOG_LEVEL_INFO, "does_not_read",
		    "pid=%d uid=%lu bytes=%zu", (int)conn->peer.pid,
		    (unsigned long)conn->peer.uid, conn->out.n_stored);
		conn_drop_output(conn);
		conn_end(conn);
	} else if (is_half_line && !is_engaged &&
		   server->now >= conn->input_at + server->line_timeout_ms) {
		conn_end(conn);
	} else {
		/* One that holds or waits is left alone, and looked at again
		 * later. */
		if (is_half_line && is_engaged)
			conn->input_at = server->now;
		conn_watch(conn);
	}
}

/* Reading ---------------------------------------------------------- */

/* Whether the peer has closed its whole end, not just stopped sending. One that
 * cannot be looked at is as good as gone. (A signal that comes just now ends
 * even a poll(2) that does not wait.) */
static bool is_gone(int fd)
{
	struct pollfd pollfd = {.fd = fd};
	int n;

	do {
		n = poll(&pollfd, 1, 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 || (n == 1 && (pollfd.revents & (POLLHUP | POLLERR)));
}

/* Into the server's buffer. (recv(2), not read(2), which takes longer.) */
static ssize_t read_input(struct conn *conn)
{
	struct server *server = conn->server;
	/* What comes behind the lines of a turn is kept, so it may not be
	 * much: there is more to read only in the middle of a long line. */
	bool is_long = (conn->n_in > 0 || conn->is_discarding) &&
		       conn->out.n_bytes == 0 &&
		       conn_has_bytes(conn, SERVER_READ_BYTES);
	size_t len = is_long ? SERVER_READ_BYTES : CONN_SMALL_BYTES;
	bool came;
	ssize_t n;

	if (!conn->carries)
		return recv(conn->fd, server->buffer, len, 0);
	n = rights_read(
	    &server->listener.rights, conn->fd, server->buffer, len, &came);
	conn->has_sent_fds = conn->has_sent_fds || came;
	return n;
}

static void spend_last(struct server *server, size_t len)
{
	server->last_left -= len < server->last_left ? len : server->last_left;
}

/* Reads and does last lines, while the turn has some left. Returns whether
 * that was all. */
static bool read_last(struct conn *conn)
{
	struct server *server = conn->server;

	while (server->last_left > 0) {
		ssize_t n = read_input(conn);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		spend_last(server, (size_t)n);
		conn_take(
		    conn, server->buffer, (size_t)n, VERBS_LEAVING, INT_MAX);
	}
	return false;
}

void conn_serve_last(struct conn *conn)
{
	struct server *server = conn->server;

	/* A peer that only stopped reading could go on sending for ever; what
	 * has come so far stays readable. */
	(void)shutdown(conn->fd, SHUT_RD);
	conn->state = CONN_GONE;
	/* Its waits first, or it would let go to itself. */
	core_stop_waiting(server->core, conn->session);
	if (conn->has_backlog && server->last_left > 0) {
		spend_last(server, conn->n_in);
		conn_take_backlog(conn, VERBS_LEAVING, INT_MAX);
	}
	if (!read_last(conn)) {
		server_note_ready(server, conn);
		return;
	}
	conn_take_end(conn, VERBS_LEAVING);
	conn_end(conn);
}

/* The peer has stopped sending, and waits for what it asked. */
static void begin_half(struct conn *conn)
{
	conn_take_end(conn, VERBS_LIVE);
	if (conn->state == CONN_ENDED)
		return;
	conn->state = CONN_HALF;
	(void)event_del(&conn->read_event);
	conn->is_reading = false;
	(void)event_assign(&conn->read_event, conn->server->base, conn->fd,
	    EV_READ | EV_CLOSED | EV_ET | EV_PERSIST, conn_on_readable, conn);
	server_note_touched(conn->server, conn);
}

static enum verbs_mode live_mode(const struct server *server)
{
	return server->n_long_left > 0 ? VERBS_LIVE : VERBS_BRIEF;
}

static void serve_input(struct conn *conn)
{
	struct server *server = conn->server;
	ssize_t n = read_input(conn);

	if (conn->has_sent_fds) {
		conn_log_turned_away(server, "it sent descriptors");
		conn_end(conn);
	} else if (n > 0) {
		conn->input_at = server->now;
		conn_take(conn, server->buffer, (size_t)n, live_mode(server),
		    SERVER_MAX_LINES);
	} else if (n == 0 && !is_gone(conn->fd)) {
		begin_half(conn);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		conn_serve_last(conn);
	}
}

void conn_look(struct conn *conn)
{
	/* While there is a backlog nothing is read, so no event tells. */
	if (!conn->may_be_gone && !conn->has_backlog)
		return;
	conn->may_be_gone = false;
	if (conn->state == CONN_ENDED || !is_gone(conn->fd))
		return;
	conn->state = CONN_GONE;
	core_stop_waiting(conn->server->core, conn->session);
}

void conn_serve(struct conn *conn)
{
	if (conn->state == CONN_ENDED)
		return;
	if (conn->state == CONN_GONE) {
		conn_serve_last(conn);
		return;
	}
	if (conn->state == CONN_OPEN && !is_paused(conn)) {
		if (conn->has_backlog)
			conn_take_backlog(
			    conn, live_mode(conn->server), SERVER_MAX_LINES);
		else
			serve_input(conn);
	}
	conn_watch(conn);
}

void conn_free(struct conn *conn)
{
	report_vanished(conn->server, conn->session);
	core_leave(conn->server->core, conn->session);
	conn_drop_output(conn);
	(void)event_del(&conn->read_event);
	(void)event_del(&conn->write_event);
	heap_remove(&conn->server->deadlines, &conn->deadline);
	conn_leave_room(conn);
	if (conn->carries)
		rights_close(&conn->server->listener.rights, conn->fd);
	else
		(void)close(conn->fd);
	log_event(&conn->server->log, LOG_LEVEL_DEBUG, "disconnected",
	    "pid=%d uid=%lu", (int)conn->peer.pid,
	    (unsigned long)conn->peer.uid);
	conn_free_input(conn);
	quota_let_go(&conn->server->core->quota, conn->account);
	cell_give(&conn->server->conns, conn);
}
