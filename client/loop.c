/* SPDX-License-Identifier: MIT */
/* What an event loop calls, and the only place that runs callbacks: see
 * msync.h. */
#include "call.h"
#include "sock.h"

#include <poll.h>
#include <string.h>

int msync_fd(const struct msync_conn *conn)
{
	return conn->fd;
}

int msync_events(const struct msync_conn *conn)
{
	if (conn->fd < 0)
		return 0;
	return handle_has_output(conn) ? POLLIN | POLLOUT : POLLIN;
}

int msync_timeout(const struct msync_conn *conn)
{
	if (handle_is_forked(conn))
		return -1;
	if (!list_is_empty(&conn->done) || !list_is_empty(&conn->untold))
		return 0;
	if (conn->fd >= 0)
		return sock_left(conn->due);
	return conn->opts.reconnect_ms > 0 ? sock_left(conn->retry_at) : -1;
}

/* Callbacks -------------------------------------------------------- */

static void stop_dispatching(struct msync_conn **conn)
{
	(*conn)->is_dispatching = false;
}

static void tell_lost(struct msync_conn *conn)
{
	struct msync_grant *grant =
	    LIST_OWNER(conn->untold.next, struct msync_grant, link);

	char why[sizeof(grant->lost_why)];

	/* The callback may release the grant, and then look at the reason. */
	memcpy(why, grant->lost_why, sizeof(why));
	list_remove(&grant->link);
	conn->opts.on_lost(conn->opts.lost_ctx, grant, why);
}

/* Tells everybody, those that come meanwhile included. Where a callback wants
 * the handle closed, the rest is told by msync_close. A callback may fork, and
 * return in the child as well, whose the rest is not. */
void loop_tell_all(struct msync_conn *conn)
{
	/* A callback may leave by an exception. */
	__attribute__((cleanup(stop_dispatching))) struct msync_conn *telling =
	    conn;

	conn->is_dispatching = true;
	while (
	    (conn->is_closed || !conn->is_closing) && !handle_is_forked(conn)) {
		if (!list_is_empty(&conn->untold))
			tell_lost(conn);
		else if (!list_is_empty(&conn->done))
			call_tell(LIST_OWNER(
			    conn->done.next, struct msync_call, link));
		else
			break;
	}
	(void)telling;
}

int msync_process(struct msync_conn *conn)
{
	int code;

	if (conn->is_dispatching)
		return failure_set(&conn->failure, MSYNC_E_INVALID,
		    "msync_process was called inside of a callback");
	code = handle_check_pid(conn);
	if (code != 0)
		return code;
	if (conn->fd < 0)
		(void)handle_check(conn, false);
	if (conn->fd >= 0) {
		handle_exchange(conn);
		call_give_up_due(conn);
		handle_flush(conn);
	}
	loop_tell_all(conn);
	if (conn->is_closing) {
		msync_close(conn);
		return MSYNC_E_CLOSED;
	}
	code = handle_check_pid(conn);
	if (code != 0)
		return code;
	return conn->fd >= 0 ? 0 : MSYNC_E_CONN;
}
