/* SPDX-License-Identifier: MIT */
/*
 * Metrics over HTTP: a second Unix socket, a port of the loopback addresses, or
 * both, where /metrics, /healthz and /readyz are answered. They are served at
 * the end of a turn, after all clients, and all of it has bounds: whoever asks
 * for pages, or does anything else here, cannot take time or memory away from
 * those who want locks.
 */
#ifndef METRICS_H
#define METRICS_H

#include "blob.h"
#include "http.h"
#include "listener.h"
#include "mtime.h"

#include <event2/event.h>
#include <event2/event_struct.h>

struct metrics_conn;
struct server;

/* Fixed bounds. */
#define METRICS_MAX_CONNS   32    /* more are closed at once */
#define METRICS_MAX_ACCEPTS 16    /* of each socket, a turn */
#define METRICS_MAX_MS      10000 /* from the first byte to the last */
#define METRICS_MAX_PAGES   20    /* made in a second, of each form */
#define METRICS_MAX_DRAINED 65536 /* bytes behind a request */
#define METRICS_N_LISTENERS 3     /* the Unix socket, 127.0.0.1, ::1 */
/* Descriptors: three for each listener, one for each connection. */
#define METRICS_DESCRIPTORS (3 * METRICS_N_LISTENERS + METRICS_MAX_CONNS)

struct metrics_listener {
	struct listener listener; /* fd -1: not open */
	struct event *event;      /* owned; NULL: not open */
	bool has_newcomers;
};

/* The last page of one form. */
struct metrics_page {
	struct blob *text; /* owned; NULL: none yet */
	mtime_t since;     /* when the second began */
	int n_made;        /* in it */
};

struct metrics {
	struct metrics_listener listeners[METRICS_N_LISTENERS];
	struct metrics_page pages[2]; /* by enum openmetrics_form */
	struct metrics_conn *conns;   /* owned */
	int n_conns;
	mtime_t rests_until;    /* all listeners do, out of descriptors */
	size_t n_turned_away;   /* newcomers, since that was logged */
	mtime_t turned_away_at; /* when it was */
};

/* metrics.c: */

/* Opens what the configuration wants. What cannot be opened is logged, and the
 * server does without it: clients need their locks. */
void metrics_open(struct server *server);
/* NULL events and lists that were never opened are allowed. */
void metrics_close(struct server *server);
/* What is ready, at the end of a turn. */
void metrics_turn(struct server *server);
/* Its last turn: who has asked by now hears that the server shuts down. */
void metrics_stop(struct server *server);
/* When there has to be a turn even if nothing comes. */
mtime_t metrics_deadline(const struct server *server);
/* A page with what is now, or with what was a moment ago, when somebody asks
 * more often than makes sense; with a reference for the caller. */
struct blob *metrics_page(struct server *server, bool as_openmetrics);

/* metrics_conn.c: */

struct metrics_conn {
	struct server *server;
	struct metrics_conn *prev, *next; /* of metrics.conns */
	int fd;
	struct event event; /* readable; while it replies: writable */
	enum {
		METRICS_READS,   /* the head of a request */
		METRICS_REPLIES, /* what is left of head and body */
		METRICS_DRAINS,  /* has replied, and awaits the end */
		METRICS_ENDED
	} state;
	bool is_ready;
	bool carries;      /* its messages may carry descriptors */
	mtime_t ends_at;   /* at the latest */
	size_t n_in;       /* read so far */
	size_t sent;       /* of head and body */
	size_t head_len;   /* of the reply */
	struct blob *body; /* owned; NULL: none */
	char head[HTTP_REPLY_HEAD_BYTES];
	char in[HTTP_MAX_HEAD_BYTES];
};

/* Takes over the descriptor; ends after METRICS_MAX_MS. */
struct metrics_conn *metrics_conn_new(struct server *server, int fd);
void metrics_conn_free(struct metrics_conn *conn);
/* Reads, replies and drains as far as it goes now. */
void metrics_conn_serve(struct metrics_conn *conn);

#endif
