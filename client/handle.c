/* SPDX-License-Identifier: MIT */
/* The handle and its connection: see handle.h. */
#include "handle.h"

#include "call.h"
#include "sock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PAUSE_MS 10
/* A big output buffer that is empty is given back. */
#define KEPT_OUTPUT_BYTES (64 * 1024)

/* Connecting ------------------------------------------------------- */

static int tell_no_connection(struct msync_conn *conn, int error)
{
	const char *path = opts_path(&conn->opts);
	struct failure *failure = &conn->failure;

	switch (-error) {
	case EACCES:
	case EPERM:
		return failure_set(failure, MSYNC_E_DENIED,
		    "cannot connect to %s: permission denied; this user has to "
		    "be in the group of the socket, and to log in again after "
		    "being added to it",
		    path);
	case ENOENT:
		return failure_set(failure, MSYNC_E_CONN,
		    "cannot connect to %s: there is no such socket; is msyncd "
		    "running?",
		    path);
	case ECONNREFUSED:
		return failure_set(failure, MSYNC_E_CONN,
		    "cannot connect to %s: nobody listens there; is msyncd "
		    "running?",
		    path);
	case EAGAIN:
		return failure_set(failure, MSYNC_E_CONN,
		    "cannot connect to %s: too many are waiting to be let in",
		    path);
	default:
		return failure_set(failure, MSYNC_E_CONN,
		    "cannot connect to %s: %s", path, strerror(-error));
	}
}

static int take_hello(struct msync_call *call, const struct reply *reply)
{
	int64_t most = reply_member(&reply->limits, "max_line", 0);

	if (reply->protocol != WIRE_PROTOCOL_VERSION)
		return MSYNC_E_PROTOCOL;
	if (most > 0)
		call->conn->max_line = (size_t)most;
	call->conn->is_greeted = true;
	call->conn->pause_ms = FIRST_PAUSE_MS;
	return 0;
}

static const struct call_type hello_type = {
    .take = take_hello, .is_vital = true};

/* Puts hello before the first request, so that both go out at once. */
int handle_hello(struct msync_conn *conn)
{
	struct msync_call *call = call_new(conn, &hello_type, "hello");
	int code;

	if (call == NULL)
		return MSYNC_E_NOMEM;
	if (conn->opts.client[0] != '\0')
		call_add_text(call, "client", conn->opts.client);
	if (conn->is_multiplexed)
		call_add_json(call, "multiplexed", "true", 4);
	call_add_json(call, "events", "[\"lost\"]", 8);
	code = call_send(call, 0);
	if (code == 0) {
		call->listener = CALL_FORGOTTEN;
		call->due = SOCK_NEVER;
	}
	return code;
}

int handle_multiplex(struct msync_conn *conn)
{
	int code;

	if (conn->is_multiplexed)
		return 0;
	conn->is_multiplexed = true;
	code = handle_hello(conn);
	/* No memory: the next one says it. */
	if (code != 0)
		conn->is_multiplexed = false;
	return code;
}

/* The next attempt is put off, for longer each time. */
static void back_off(struct msync_conn *conn)
{
	if (conn->pause_ms > conn->opts.reconnect_ms)
		conn->pause_ms = conn->opts.reconnect_ms;
	conn->retry_at = sock_after(conn->pause_ms);
	conn->pause_ms *= 2;
}

int handle_connect(struct msync_conn *conn, bool may_wait)
{
	int error;

	if (conn->is_closed)
		return failure_set(&conn->failure, MSYNC_E_CLOSED,
		    "the handle is being closed");
	error = family_open(conn);

	conn->pid = getpid();
	conn->is_forked = false;
	conn->is_greeted = false;
	conn->max_line = WIRE_MAX_LINE_BYTES;
	if (error == 0)
		error = sock_join(conn->fd, opts_path(&conn->opts),
		    may_wait ? conn->opts.connect_ms : 0);
	if (error == 0)
		error = sock_set_recv_wait(conn->fd, conn->opts.answer_ms);
	if (error == 0 && handle_hello(conn) == 0)
		return 0;
	family_close(conn);
	back_off(conn);
	return error == 0 ? MSYNC_E_NOMEM : tell_no_connection(conn, error);
}

bool handle_is_forked(const struct msync_conn *conn)
{
	return conn->is_forked || conn->pid != getpid();
}

int handle_check_pid(struct msync_conn *conn)
{
	if (!handle_is_forked(conn))
		return 0;
	return failure_set(&conn->failure, MSYNC_E_FORKED,
	    "the connection belongs to the parent process; msync_reopen gives "
	    "this one its own");
}

int handle_check(struct msync_conn *conn, bool may_wait)
{
	int code = handle_check_pid(conn);

	if (code != 0)
		return code;
	/* Whether the connection has broken, nobody may have looked yet. */
	if (conn->fd >= 0 && conn->opts.reconnect_ms > 0 &&
	    list_is_empty(&conn->calls))
		handle_exchange(conn);
	if (conn->fd >= 0)
		return 0;
	if (conn->is_closed ||
	    (conn->opts.reconnect_ms > 0 && sock_left(conn->retry_at) == 0))
		return handle_connect(conn, may_wait);
	/* The words are still those of the break, or of the last attempt,
	 * unless another call has failed since. */
	if (conn->failure.code != MSYNC_E_CONN &&
	    conn->failure.code != MSYNC_E_DENIED)
		return failure_set(&conn->failure, MSYNC_E_CONN,
		    "there is no connection to %s", opts_path(&conn->opts));
	return conn->failure.code;
}

/* The end of a connection ------------------------------------------ */

static void empty_buffers(struct msync_conn *conn)
{
	text_cut(&conn->out, 0);
	conn->n_sent = 0;
	reader_deinit(&conn->in);
}

void handle_break(struct msync_conn *conn, int code)
{
	if (conn->fd < 0)
		return;
	family_close(conn);
	empty_buffers(conn);
	call_end_all(conn, code);
	while (!list_is_empty(&conn->grants))
		grant_lose(
		    LIST_OWNER(conn->grants.next, struct msync_grant, link),
		    "conn", code);
	/* One that was not let in, or not understood, is an attempt that
	 * failed. */
	if (conn->is_greeted)
		conn->retry_at = sock_now();
	else
		back_off(conn);
}

void handle_drop_grants(struct msync_conn *conn, const char *why, int code)
{
	while (!list_is_empty(&conn->grants))
		grant_drop(
		    LIST_OWNER(conn->grants.next, struct msync_grant, link),
		    why, code);
}

/* Nobody will be told of these. */
static void disown_calls(struct list *calls)
{
	while (!list_is_empty(calls)) {
		struct msync_call *call =
		    LIST_OWNER(calls->next, struct msync_call, link);
		struct msync_grant *about = NULL;

		if (call->type->waits)
			grant_free(call->grant);
		else
			about = call->grant;
		call_free(call);
		/* One that was released lasted only for the call. */
		if (about != NULL)
			grant_leave(about);
	}
}

void handle_disown(struct msync_conn *conn)
{
	family_close(conn);
	empty_buffers(conn);
	disown_calls(&conn->calls);
	disown_calls(&conn->done);
	/* Detached ones, too; and on_lost is not told of any. */
	for (struct list *at = conn->all.next; at != &conn->all;
	     at = at->next) {
		struct msync_grant *grant =
		    LIST_OWNER(at, struct msync_grant, all);

		list_remove(&grant->link);
		if (grant->state == GRANT_HELD || grant->state == GRANT_LETTING)
			grant_drop(grant, "fork", MSYNC_E_FORKED);
	}
	conn->due = SOCK_NEVER;
}

static void tell_broken(struct msync_conn *conn, int error)
{
	if (error == 0)
		(void)failure_set(&conn->failure, MSYNC_E_CONN,
		    "msyncd closed the connection to %s; has it been stopped?",
		    opts_path(&conn->opts));
	else
		(void)failure_set(&conn->failure, MSYNC_E_CONN,
		    "the connection to %s broke: %s", opts_path(&conn->opts),
		    strerror(error));
	handle_break(conn, MSYNC_E_CONN);
}

/* Sending and receiving -------------------------------------------- */

bool handle_has_output(const struct msync_conn *conn)
{
	return conn->n_sent < conn->out.len;
}

/* What is sent makes room for what is not. */
static void tidy_output(struct msync_conn *conn)
{
	struct text *out = &conn->out;

	if (conn->n_sent == out->len) {
		text_cut(out, 0);
		conn->n_sent = 0;
		if (out->cap > KEPT_OUTPUT_BYTES)
			text_deinit(out);
	} else if (conn->n_sent > out->len / 2) {
		memmove(out->bytes, out->bytes + conn->n_sent,
		    out->len - conn->n_sent);
		text_cut(out, out->len - conn->n_sent);
		conn->n_sent = 0;
	}
}

void handle_flush(struct msync_conn *conn)
{
	while (conn->fd >= 0 && handle_has_output(conn)) {
		ssize_t n = sock_send(conn->fd, conn->out.bytes + conn->n_sent,
		    conn->out.len - conn->n_sent);

		/* No room, or no memory in the kernel; later there may be. */
		if (n == -EAGAIN || n == -ENOBUFS || n == -ENOMEM)
			break;
		/* The other end is gone. It may have said why: reading tells.
		 */
		if (n < 0)
			n = (ssize_t)(conn->out.len - conn->n_sent);
		conn->n_sent += (size_t)n;
	}
	tidy_output(conn);
}

/* A line after which there is no going on. */
static void take_stray(struct msync_conn *conn, const struct reply *reply)
{
	/* Not let in, not understood, or hello is refused. */
	if (!reply->is_event && !reply->ok &&
	    (!reply->has_id || call_find(conn, reply->id) != NULL)) {
		handle_break(conn, failure_set_reply(&conn->failure, reply));
		return;
	}
	handle_break(conn,
	    failure_set(&conn->failure, MSYNC_E_PROTOCOL,
		"what answers at %s is not msyncd, or speaks another version "
		"of its protocol",
		opts_path(&conn->opts)));
}

static void take_lines(struct msync_conn *conn)
{
	struct reply reply;
	enum reader_step step;

	while (conn->fd >= 0 &&
	       (step = reader_next(&conn->in, &reply)) != READER_MORE) {
		if (step == READER_BAD)
			reply = (struct reply){.is_event = true};
		if (step == READER_BAD || !call_take_reply(conn, &reply))
			take_stray(conn, &reply);
	}
}

/* Reads once; false where there may be nothing more now. */
static bool receive(struct msync_conn *conn, bool waits)
{
	size_t room;
	char *to = reader_room(&conn->in, &room);
	ssize_t n;

	if (to == NULL) {
		(void)failure_set(
		    &conn->failure, MSYNC_E_NOMEM, "no memory for an answer");
		handle_break(conn, MSYNC_E_NOMEM);
		return false;
	}
	n = waits ? sock_recv_wait(conn->fd, to, room)
		  : sock_recv(conn->fd, to, room);
	if (n == -EAGAIN)
		return false;
	if (n <= 0) {
		tell_broken(conn, (int)-n);
		return false;
	}
	reader_got(&conn->in, (size_t)n);
	take_lines(conn);
	return (size_t)n == room;
}

void handle_exchange(struct msync_conn *conn)
{
	handle_flush(conn);
	while (conn->fd >= 0 && receive(conn, false))
		;
}

void handle_await(struct msync_conn *conn)
{
	bool waits = !handle_has_output(conn);

	while (conn->fd >= 0 && receive(conn, waits))
		waits = false;
}
