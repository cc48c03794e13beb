/* SPDX-License-Identifier: MIT */
/*
 * The server: one event base, one core, one turn after the other.
 *
 * A turn: events say who is ready; then the clock is read once, the core is
 * advanced, newcomers are accepted, every ready connection is read and its
 * lines are done, the answers are written, what has ended is freed, and the
 * one timer is set to what is due next (beanstalkd: srvserve). Event callbacks
 * do nothing but note who is ready, so nothing is ever freed under them.
 */
#ifndef SERVER_H
#define SERVER_H

#include "conf_apply.h"
#include "core.h"
#include "listener.h"
#include "log.h"
#include "mark.h"
#include "metrics.h"
#include "notify.h"

#include <event2/event.h>

struct conn;

/* Fixed bounds. */
#define SERVER_MAX_ACCEPTS        16  /* a turn */
#define SERVER_MAX_LEFT           256 /* newcomers that have left, a turn */
#define SERVER_MAX_LINES          32  /* per connection and turn */
#define SERVER_MAX_LAST_BYTES     (256 * 1024) /* of those who go, a turn */
#define SERVER_MAX_LONG           16 /* of those that take a while, a turn */
#define SERVER_MAX_WRITE_BYTES    (4 * 1024 * 1024) /* a turn; of these */
#define SERVER_SMALL_WRITE_BYTES  (2 * 1024 * 1024) /* for who gets little */
#define SERVER_READ_BYTES         (64 * 1024)
#define SERVER_PAUSE_OUTPUT_BYTES (64 * 1024)
#define SERVER_OUTPUT_TIMEOUT_MS  10000
#define SERVER_MAX_WATCH_BYTES    (256 * 1024) /* unread, of a watch */

struct server {
	struct event_base *base;
	struct event *timer, *on_term, *on_int, *on_hup;
	mtime_t timer_at;  /* what the timer is set to */
	struct conf *conf; /* owned */
	struct conf_source source;
	/* Taken from there: */
	size_t max_conns, max_output_bytes;
	mtime_t line_timeout_ms;
	struct core *core;
	struct mark mark;
	struct log log;
	struct listener listener;
	struct notifier notifier;
	struct metrics metrics;
	mtime_t now; /* of this turn */
	bool is_stopping;
	int n_failures;        /* of waiting for events, in a row */
	bool has_to_reload;    /* the configuration, in this turn */
	struct cells conns;    /* what connections are made of, */
	struct cells texts;    /* and what they have to write */
	struct conn *all;      /* owned */
	struct conn **by_slot; /* of their sessions; borrowed */
	size_t cap_slots, n_conns;
	struct conn *ready;    /* have something to be read or done */
	struct conn *touched;  /* have output, or may be done */
	struct conn *deferred; /* will be touched in the next turn: they have
				* output, and the turn had no budget left */
	struct conn *wide;     /* their sockets have much room, longest first */
	size_t n_wide;         /* and how many they are */
	size_t n_vanished;     /* holds, since that was logged last */
	mtime_t vanished_at;   /* when a second of them began */
	size_t n_turned_away;  /* newcomers, since that was logged */
	mtime_t turned_away_at; /* when it was */
	bool has_newcomers;     /* the listener is readable */
	mtime_t rests_until;    /* the listener is, out of descriptors */
	mtime_t rest_log_at;    /* when that may be said again */
	struct event *newcomers;
	struct heap deadlines;          /* of connections */
	size_t write_budget;            /* left of SERVER_MAX_WRITE_BYTES */
	size_t last_left;               /* of SERVER_MAX_LAST_BYTES */
	int n_long_left;                /* of SERVER_MAX_LONG */
	char buffer[SERVER_READ_BYTES]; /* everybody reads into this one */
};

/* Opens the socket and makes ready to serve, with a configuration that it takes
 * over, from this source, which outlives it. Returns NULL when it cannot; the
 * reason has been logged, and *status_out is what the program should end with.
 */
struct server *server_new(
    struct conf *conf, const struct conf_source *source, int *status_out);
/* Serves until SIGTERM or SIGINT; then answers all waits and returns. False:
 * it had to stop, because it can wait for events no more. */
bool server_run(struct server *server);
/* Closes everything and removes the socket. NULL is allowed. */
void server_free(struct server *server);

/* reload.c: */

/* Takes what the server itself needs to know from its configuration. */
void server_set_bounds(struct server *server);
/* Reads the configuration again and takes it over, if it is good. */
void server_reload(struct server *server);

/* turn.c: */

/* One turn, after the events of the base have said who is ready. */
void server_turn(struct server *server);
/* Delivers all answers, and frees what has ended, until there is nothing more
 * to say. */
void server_settle(struct server *server);
/* Closes and frees the connection. */
void server_end_conn(struct server *server, struct conn *conn);

/* For conn.c: notes that the connection has something to be done in the next
 * turn, or to be written in this one. */
void server_note_ready(struct server *server, struct conn *conn);
void server_note_touched(struct server *server, struct conn *conn);
/* Puts off the writing of one that is not touched to the next turn. */
void server_defer(struct server *server, struct conn *conn);
/* The connection of this session, or NULL. */
struct conn *server_find(const struct server *server, uint64_t session);

#endif
