/* SPDX-License-Identifier: MIT */
/*
 * Watches: sessions that want to be told what happens to keys. What happens is
 * held against each watch before anything is made of it; with no watch at all
 * that costs a comparison, which callers make themselves.
 *
 * A watch gets so many events a second, and none while its client leaves too
 * much unread: the server says so. What it misses is counted, and it is told
 * how much that was before it is told anything else: when the second is over,
 * or the client has read.
 */
#ifndef WATCH_H
#define WATCH_H

#include "claim.h"
#include "core.h"

/* X(constant, name on the wire) */
#define WATCH_EVENTS(X)                                                        \
	X(GRANTED, "granted")                                                  \
	X(WAITING, "waiting")                                                  \
	X(SHARED, "shared")                                                    \
	X(RELEASED, "released")                                                \
	X(LOST, "lost")                                                        \
	X(REFUSED, "refused")                                                  \
	X(EXPIRED, "expired")

#define WATCH_EVENT_ENUM(constant, name) WATCH_##constant,
enum watch_event {
	WATCH_EVENTS(WATCH_EVENT_ENUM) WATCH_N_EVENTS,
	WATCH_MISSED = WATCH_N_EVENTS, /* cannot be asked for */
};

/* So many of them may be in the outbox for a watch: more than its client may
 * leave unread, and few enough that many at once are no burden. */
#define WATCH_MAX_PENDING 2048

/* What a session asks to be told. */
struct watch_terms {
	unsigned events, kinds; /* a bit for each */
	const char *prefix;     /* of keys; borrowed */
	size_t prefix_len;
	int64_t max_per_s;
};

struct watch {
	const struct session *session; /* whose it is */
	unsigned events, kinds;
	char *prefix; /* owned */
	size_t prefix_len;
	int64_t max_per_s, n_told; /* in the second that began then: */
	mtime_t second;
	bool is_full;              /* its client leaves too much unread */
	int n_pending;             /* events in the outbox */
	int64_t n_missed;          /* since it was told how many */
	struct deadline deadline;  /* when it will be; set while there are such
				    * and it is not full */
	struct watch *prev, *next; /* in core->watches */
};

/* One thing that happened, on its way to one watch. Not all of these are of
 * interest in each event; see reply_watch.c. */
struct sighting {
	enum watch_event what;
	enum wire_kind kind;
	struct holder who; /* who holds, waits, asked; held_ms: for how long,
			    * or for how long it had waited */
	char program[WIRE_MAX_PROGRAM_BYTES + 1]; /* "": ask for it */
	int64_t token;
	int64_t n;          /* waiters; MISSED: events */
	const char *reason; /* a constant; NULL: none */
	enum wire_code code;
	size_t key_len;
	char key[];
};

/* Begins a watch, in the place of the one that the session has. False: its uid
 * has too many, and nothing has changed. */
bool watch_begin(struct core *core, struct session *session,
    const struct watch_terms *terms);
/* Ends the session's watch, if there is one. */
void watch_end(struct core *core, struct session *session);
/* Whether the session has one. */
bool watch_has(const struct core *core, uint64_t session);
/* This could not be sent, for the client leaves too much unread: the session's
 * watch has missed it, and misses all that follows until it is drained. */
void watch_unsent(
    struct core *core, uint64_t id, const struct sighting *sighting);
void watch_drained(struct core *core, uint64_t id);
/* Everything has been taken out of the outbox. */
void watch_taken(struct core *core);
/* Takes a copy of the name of the session's program (NULL: not known): what
 * happens at its end is told when nobody can be asked for it. */
void watch_name_program(struct core *core, uint64_t id, const char *program);
const char *watch_event_name(enum watch_event what);

/* What happens. To be called only while there are watches, and before the
 * answer is put into the outbox that goes with it. */

/* The claim is held now; the session asked for it, and had to wait so long. */
void watch_granted(struct core *core, const struct claim *claim, uint64_t asker,
    int64_t waited_ms);
/* It has begun to wait. */
void watch_waiting(struct core *core, const struct claim *claim);
/* Its wait is over, by somebody else's result. */
void watch_shared(struct core *core, const struct claim *claim);
/* The same of a request that did not have to wait. */
void watch_shared_at_once(
    struct core *core, const struct request *req, const struct key *key);
/* Its wait is over without a grant; WIRE_OK: its connection has ended. */
void watch_refused(
    struct core *core, const struct claim *claim, enum wire_code code);
/* The same of a request that did not wait. */
void watch_refused_at_once(struct core *core, const struct request *req,
    const struct key *key, enum wire_code code);
/* The hold is about to end. */
void watch_ended(
    struct core *core, const struct claim *claim, enum claim_end how);
/* Something that was kept without a claim was dropped for its age. */
void watch_expired(struct core *core, const struct object *object);

#endif
