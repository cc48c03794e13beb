/* SPDX-License-Identifier: MIT */
/*
 * The judge of a history. It knows what the journals say and what the protocol
 * promises, and accuses the daemon only of what is certain:
 *
 * - A hold certainly lasts from when its grant was read until its client was
 *   about to give it back, to hang up or to be killed, or until its lease may
 *   first have run out.
 * - A request has certainly arrived when it, a ping behind it on the same
 *   connection, or the cancel for it was answered.
 * - Tokens rise in the order of grants, so a grant was not made before any
 *   one with a lower token could be, nor after one with a higher token was
 *   read.
 * - The daemon looks at its clock before it writes an answer, and again before
 *   it takes a request that was sent when that answer had been read. So its
 *   clock, when it took a request, was not behind the sending of any request
 *   that had been answered before. That bounds leases and waits without any
 *   tolerance, however busy the machine was.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "record.h"

#include <stddef.h>

/* A connection. */
struct conn {
	int64_t ends;   /* it certainly lasted until then */
	int64_t closed; /* and was closed by then, or NEVER */
	bool ended;     /* by hanging up or being killed */
	bool multiplexed, alone;
};

struct view;

struct request {
	const struct view *view;
	struct conn *conn;
	const struct record *sent, *got; /* got NULL: there is no answer */
	const struct record *cancel;     /* the one for it that was sent */
	struct hold *hold;               /* what it was granted */
	int64_t arrived;                 /* it had arrived by then */
	int64_t clock; /* what the daemon's clock was, at least, when it came */
};

/* One journal. */
struct view {
	uint32_t number; /* of the client; 0: the parent */
	const struct record *records;
	int64_t n_records;
	struct request *requests; /* by id, less 1 */
	uint32_t n_requests;
	int64_t killed_at; /* NEVER: it was not */
	int64_t dead_at;   /* NEVER: it was not killed */
	bool said_bye;
};

struct hold {
	struct request *ask;
	struct request *ender;     /* what gave it back, or may have */
	const struct record *lost; /* the news that it has ended by itself */
	int64_t token;
	int64_t object;      /* pool */
	int64_t from, until; /* the grant was between these */
	int64_t end;         /* it certainly lasted until then */
	int64_t gone;        /* and had certainly ended by then, or NEVER */
	int64_t lease_from, lease_until; /* its lease ran out between */
	bool may_last; /* longer, for nobody heard whether it was renewed */
};

struct destroyed {
	const struct request *by;
	const struct record *record;
};

struct history {
	struct view *views;
	int n_views;
	struct request *requests;
	size_t n_requests;
	struct hold *holds; /* by key, then by token */
	size_t n_holds;
	struct hold *of_key[PLAN_N + 1]; /* where each key's begin */
	struct destroyed *destroyed;
	size_t n_destroyed;
	const struct request **forgets; /* all of flight.forget */
	size_t n_forgets;
	int64_t *quiet_at; /* when all was given back */
	size_t n_quiet;
	int64_t stuck_at; /* somebody had waited in vain; NEVER */
	size_t n_kills, n_stops;
};

/* load.c: reads the journals of a folder. */
void history_load(struct history *history, const char *dir);

/* clocks.c: what the daemon's clock was when a request came. */
void history_find_clocks(struct history *history);

/* windows.c: who held what, when it was granted, and what ended it. */
void history_find_holds(struct history *history);
/* The hold with the token, or NULL. */
struct hold *history_hold(
    const struct history *history, int key, int64_t token);
/* Whether only one may hold the key, or lead its flight, at a time. */
bool key_is_exclusive(int key);
/* Whether what ended the hold was accepted. */
bool hold_was_given_back(const struct hold *hold);

/* leases.c: until when it was held; accuses where a lease is not honoured. */
void history_find_ends(struct history *history);

/* The judgements; each accuses. */
void judge_answers(struct history *history);
void judge_queues(const struct history *history);
void judge_holds(const struct history *history);
void judge_ends(const struct history *history);
void judge_limits(const struct history *history);
void judge_flights(const struct history *history);
void judge_objects(const struct history *history);
void judge_room(const struct history *history);

/* tell.c: says what is wrong, and shows what the journals say around a
 * request or two (NULL: none). */
void accuse(const struct request *one, const struct request *other,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void accuse_record(
    const struct view *view, const struct record *record, const char *what);
size_t n_accusations(void);
/* The time to which all that is told relates. */
void tell_since(int64_t at);

/* count.c: one line of what there was; false if it was too little. */
bool history_count(const struct history *history);

#endif
