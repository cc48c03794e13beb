/* SPDX-License-Identifier: MIT */
/*
 * How much a socket takes before its peer reads. What lies there the kernel
 * charges to us, so all of it together is bounded: every connection has little
 * room, which is enough for answers of the usual size, and so many of those
 * that get large values have the kernel's usual room, which is quicker. See
 * conn.h.
 */
#include "conn.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* The kernel doubles both, for its own records. With the first, a line of 64
 * KiB goes out at once, in two buffers of half the room each; the second is its
 * default. */
#define NARROW_BYTES (33 * 1024)
#define WIDE_BYTES   (104 * 1024)

/* 106 MiB in all. */
#define MAX_WIDE 512

/* So many of those that have much room are asked whether they need it. */
#define MAX_ASKED 4

static void set_room(const struct conn *conn, int bytes)
{
	(void)setsockopt(
	    conn->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static void list(struct conn *conn)
{
	struct server *server = conn->server;

	DL_APPEND2(server->wide, conn, wide_prev, wide_next);
	server->n_wide++;
	conn->is_wide = true;
}

static void unlist(struct conn *conn)
{
	struct server *server = conn->server;

	DL_DELETE2(server->wide, conn, wide_prev, wide_next);
	server->n_wide--;
	conn->is_wide = false;
}

void conn_narrow(struct conn *conn)
{
	set_room(conn, NARROW_BYTES);
}

static bool has_unread(const struct conn *conn)
{
	int bytes;

	return ioctl(conn->fd, SIOCOUTQ, &bytes) != 0 || bytes > 0;
}

/* Takes the room from one that has had it for long, and has nothing there. */
static bool take_back(struct server *server)
{
	for (int i = 0; i < MAX_ASKED && server->wide != NULL; i++) {
		struct conn *oldest = server->wide;

		unlist(oldest);
		if (!has_unread(oldest)) {
			set_room(oldest, NARROW_BYTES);
			return true;
		}
		list(oldest);
	}
	return false;
}

bool conn_widen(struct conn *conn)
{
	struct server *server = conn->server;

	if (conn->is_wide)
		return false;
	if (server->n_wide >= MAX_WIDE && !take_back(server))
		return false;
	set_room(conn, WIDE_BYTES);
	list(conn);
	return true;
}

void conn_leave_room(struct conn *conn)
{
	if (conn->is_wide)
		unlist(conn);
}
