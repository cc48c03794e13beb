/* SPDX-License-Identifier: MIT */
/*
 * A handle of libmsync in a loop of libevent 2.1 or later. Header only: it
 * needs libevent where it is used, and libmsync itself never does.
 *
 *	struct msync_libevent loop;
 *	msync_libevent_attach(&loop, conn, base);
 *	msync_lock_acquire_start(conn, "k", 5000, NULL, on_lock, ctx, NULL);
 *	msync_libevent_update(&loop);
 *	event_base_dispatch(base);
 *	msync_libevent_detach(&loop);
 *	msync_close(conn);
 *
 * After a _start, and after any other call on the handle, outside of a
 * callback of the library, call msync_libevent_update(). A callback that wants
 * to end the handle calls msync_close(): the loop notices and lets go of it.
 * In the child of a fork, and in this order: msync_libevent_detach(),
 * event_reinit(), msync_reopen(), msync_libevent_attach().
 */
#ifndef MSYNC_LIBEVENT_H
#define MSYNC_LIBEVENT_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <msync.h>
#include <poll.h>
#include <stddef.h>

struct msync_libevent {
	struct msync_conn *conn; /* NULL: closed, or detached */
	struct event_base *base;
	struct event io, timer;
	int has_io; /* io was assigned */
};

static inline void msync_libevent_update(struct msync_libevent *loop);

static inline void msync_libevent_run(evutil_socket_t fd, short what, void *ctx)
{
	struct msync_libevent *loop = (struct msync_libevent *)ctx;
	struct msync_conn *conn = loop->conn;

	(void)fd;
	(void)what;
	/* Where the connection breaks, its descriptor may come back as one of
	 * the program's own before msync_process returns. */
	if (loop->has_io)
		(void)event_del(&loop->io);
	loop->has_io = 0;
	/* A callback may have attached another handle. */
	if (msync_process(conn) == MSYNC_E_CLOSED && loop->conn == conn)
		loop->conn = NULL;
	msync_libevent_update(loop);
}

/* Waits anew for what the handle wants now. The event is not persistent: the
 * descriptor may be another one each time, even under the same number. */
static inline void msync_libevent_update(struct msync_libevent *loop)
{
	struct timeval in;
	short what = EV_READ;
	int ms;

	if (loop->has_io)
		(void)event_del(&loop->io);
	(void)event_del(&loop->timer);
	loop->has_io = 0;
	if (loop->conn == NULL)
		return;
	if (msync_fd(loop->conn) >= 0) {
		if (msync_events(loop->conn) & POLLOUT)
			what = EV_READ | EV_WRITE;
		(void)event_assign(&loop->io, loop->base, msync_fd(loop->conn),
		    what, msync_libevent_run, loop);
		(void)event_add(&loop->io, NULL);
		loop->has_io = 1;
	}
	ms = msync_timeout(loop->conn);
	if (ms >= 0) {
		in.tv_sec = ms / 1000;
		in.tv_usec = ms % 1000 * 1000;
		(void)event_add(&loop->timer, &in);
	}
}

/* From here on the loop serves the handle. Both must outlive this. 0. */
static inline int msync_libevent_attach(struct msync_libevent *loop,
    struct msync_conn *conn, struct event_base *base)
{
	loop->conn = conn;
	loop->base = base;
	loop->has_io = 0;
	(void)event_assign(&loop->timer, base, -1, 0, msync_libevent_run, loop);
	msync_libevent_update(loop);
	return 0;
}

/* The loop leaves the handle alone again. */
static inline void msync_libevent_detach(struct msync_libevent *loop)
{
	loop->conn = NULL;
	msync_libevent_update(loop);
}

#endif
