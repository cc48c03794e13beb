/* SPDX-License-Identifier: MIT */
/*
 * One client's connection: bytes in, lines to the core, answers out.
 *
 * It reads into the server's one buffer and has memory of its own only for
 * half a line, for lines beyond its share of a turn, and for what its socket
 * did not take (no bufferevent: that costs half the speed).
 *
 *          peer stops sending       all answered       all written
 *     OPEN -------------------> HALF -------------> LEFT -------------+
 *      |                         |                   |                v
 *      +-------------------------+-------------------+--> GONE ---> ENDED
 *               the peer is gone                     its last lines   |
 *                                                    are done         v
 *                                             freed at the end of the turn
 */
#ifndef CONN_H
#define CONN_H

#include "server.h"
#include "verbs.h"

#include "reply.h"

#include <event2/event_struct.h>

/* What every connection may keep in memory, even if its uid has used up its
 * share of bytes: so no flood of others keeps it from talking. */
#define CONN_SMALL_BYTES 4096

enum conn_state {
	CONN_OPEN,
	CONN_HALF,  /* the peer sends no more, but still reads */
	CONN_LEFT,  /* half-closed, and all is answered: its session has left;
		     * the last words are being written */
	CONN_GONE,  /* the peer is gone; what it left behind is to be done */
	CONN_ENDED, /* to be freed; what output it has is tried once */
};

struct conn {
	struct server *server; /* borrowed */
	int fd;
	enum conn_state state;
	bool is_ready, is_touched; /* is in the server's list of that name */
	bool is_reaped;            /* is to be freed when the turn ends */
	bool may_be_gone;   /* an event said that the peer closed something */
	bool is_reading;    /* its read_event is pending */
	bool is_blocked;    /* the socket took less than there was */
	bool has_backlog;   /* in has whole lines, for the next turn */
	bool is_discarding; /* in the rest of a line that is too long */
	bool misses;       /* events of its watch, for it has too much output */
	bool had_enough;   /* a long request was done in this turn */
	bool carries;      /* its messages may carry descriptors */
	bool has_sent_fds; /* and they did */
	bool is_wide;      /* its socket has much room; in a list of those */
	int n_bad;         /* bad lines in a row */
	uint64_t session;
	struct peer peer; /* without its groups: the session has those */
	struct event read_event, write_event;
	char *in; /* owned: half a line, or a backlog */
	size_t n_in, cap_in;
	size_t n_discarded; /* bytes of the line that is too long */
	struct outbuf out;
	struct account *account;     /* kept: of the peer's uid, charged with */
	size_t n_charged;            /* the memory of this connection */
	size_t n_left;               /* unsent after the last writing */
	struct heap_item deadline;   /* in the server's heap */
	mtime_t input_at, output_at; /* when bytes last moved */
	struct conn *prev, *next;    /* in the server's list of all */
	struct conn *ready_prev, *ready_next; /* in order of readiness */
	struct conn *touched_prev, *touched_next;
	struct conn *wide_prev, *wide_next;
	struct conn *ended_next;
	char command[WIRE_MAX_PROGRAM_BYTES +
		     1]; /* of the peer's process, once asked for */
	bool has_command;
};

/* A new connection over fd, which it owns from now on. NULL: the peer was
 * turned away, or cannot be known, and fd is closed. */
struct conn *conn_new(struct server *server, int fd);
/* Sees whether a connection that may be gone is; then it waits no more. To be
 * called for all that are ready before the first of them is served, so that
 * nobody lets go to the dead. */
void conn_look(struct conn *conn);
/* Reads, and does up to SERVER_MAX_LINES lines. */
void conn_serve(struct conn *conn);
/* Puts the answer behind what there is to write. names: see reply_render. */
void conn_answer(struct conn *conn, const struct answer *answer,
    const struct reply_names *names);
/* Writes what there is to write, and sees whether that was the last of it. */
void conn_flush(struct conn *conn);
/* Its deadline has come: half a line, or output, that does not go on. */
void conn_on_deadline(struct conn *conn);
/* Lets watches know whose end this is, before it leaves. */
void conn_name_program(struct conn *conn);
/* Closes and frees; the core passes on what it held. */
void conn_free(struct conn *conn);
/* The name of the peer's program, NULL when it cannot be known. Valid as long
 * as the connection. */
const char *conn_command(struct conn *conn);

/* Tells a newcomer why it is not let in, in a few words, and closes fd. */
void conn_turn_away(struct server *server, int fd, const char *why);
/* Logs that somebody was turned away; a line a second at most. */
void conn_log_turned_away(struct server *server, const char *why);

/* Between the files of the connection: */

/* conn.c: something has happened; ctx is the connection. */
void conn_on_readable(evutil_socket_t fd, short what, void *ctx);
void conn_on_writable(evutil_socket_t fd, short what, void *ctx);

/* conn_read.c: takes bytes apart into lines and does them; what has to wait for
 * the next turn is the backlog. The end of input does what is left as a line.
 */
void conn_take(struct conn *conn, const char *bytes, size_t len,
    enum verbs_mode mode, int max_lines);
void conn_take_backlog(struct conn *conn, enum verbs_mode mode, int max_lines);
void conn_take_end(struct conn *conn, enum verbs_mode mode);
/* conn_room.c: gives the socket little room for what is not read yet. */
void conn_narrow(struct conn *conn);
/* The socket has taken all that it has room for: gives it more, if there is
 * some left. Whether it did. */
bool conn_widen(struct conn *conn);
/* It needs that room no more. */
void conn_leave_room(struct conn *conn);
/* conn_read.c: charges what is kept of input and output now. */
void conn_charge(struct conn *conn);
/* Whether the peer's uid may use n more bytes. */
bool conn_has_bytes(const struct conn *conn, size_t n);
/* Frees what is kept of input. */
void conn_free_input(struct conn *conn);
/* conn_peer.c: who is at the other end; false where it cannot be known. Its
 * groups are the caller's to free. */
bool conn_know_peer(int fd, struct peer *peer);
/* conn.c: it shall end with this turn. */
void conn_end(struct conn *conn);
/* conn.c: does what a peer who is gone left behind, and ends it; where many
 * go at once, goes on in the next turn. Of the lines, what lets go is done, and
 * what would be granted to nobody is not. */
void conn_serve_last(struct conn *conn);
/* conn_write.c: throws away what is unsent; detached holds whose answers were
 * among it end. */
void conn_drop_output(struct conn *conn);
/* conn.c: sets its events and its deadline to what it waits for now. */
void conn_watch(struct conn *conn);

#endif
