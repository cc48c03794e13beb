/* SPDX-License-Identifier: MIT */
/*
 * The claim: one session's stake in one object, waiting for it or holding it.
 * Everything that the four primitives have in common happens to claims, and
 * happens here: queueing, granting, deadlines, leases, who pays, and what
 * becomes of a claim when its session leaves.
 *
 *            claim_park                    claim_grant
 *   request -----------> waiting -----------------------> held --> claim_end
 *      |                    |                               ^
 *      |                    +--> claim_refuse (timeout, …)  |
 *      +----------------------------------------------------+
 *
 * Invariants: a claim is in exactly one of its object's lists (waiters or
 * holders) and in exactly one other list: its session's (waiting or held), or
 * its account's, where a detached hold stays when nobody is connected. While it
 * waits it is in the list of all waits of its kind, too, the oldest first. It
 * is in the heap of deadlines while it has a deadline. It is charged one key
 * from its making to its end, and one wait while it waits.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include "ident.h"
#include "object.h"
#include "outbox.h"
#include "session.h"
#include "heap.h"

struct core;
struct pooled;

/* A moment in the core's future. fire is called by core_advance when it has
 * come; the deadline is out of the heap by then. */
struct deadline {
	struct heap_item item;
	void (*fire)(struct core *core, struct deadline *deadline);
};

/* Who asks, under which id, and how long it is willing to wait. -1 stands for
 * a member that was not given. */
struct request {
	struct session *session;
	struct ident id; /* text borrowed from the line */
	int64_t wait_ms;
	int64_t max_waiters;
	int64_t lease_ms;
	bool detached;
};

enum claim_state {
	CLAIM_NEW, /* in no list yet */
	CLAIM_WAITING,
	CLAIM_HELD,
};

struct claim {
	enum claim_state state;
	pid_t pid;        /* who asked; 0: not known */
	uint32_t permits; /* limit: how many it takes */
	bool detached;    /* the hold is to belong to no session */
	bool inherits;    /* lock: its grant said abandoned */
	struct object *object;
	struct session *session;             /* NULL: a detached hold */
	struct account *account;             /* of the uid that asked */
	struct claim *prev, *next;           /* in the object's list */
	struct claim *mine_prev, *mine_next; /* in the session's or account's */
	struct deadline deadline; /* end of the wait, or of the lease */
	mtime_t since;            /* when the wait, or the hold, began */
	int64_t lease_ms;         /* how long it may hold; -1: no lease */
	union {
		struct {                               /* until it holds: */
			struct claim *elder, *younger; /* in core->waits */
			struct ident id; /* of the request; owned */
		};
		struct { /* CLAIM_HELD: */
			int64_t token;
			char *client; /* if detached: its name then; owned */
			struct pooled *lent; /* pool: what it borrowed; owned;
					      * NULL: it is being created */
		};
	};
	struct table_item item; /* in session->by_id, or in core->holds */
};

/* Looks whether the request may go on: it may if the object has room, or if
 * it may wait. If not, answers the refusal. Changes nothing. */
bool claim_may_enter(struct core *core, const struct object *object,
    struct request *req, bool has_room);
/* A new claim with a copy of the id; it must be granted or parked next. */
struct claim *claim_new(
    struct core *core, struct object *object, const struct request *req);
/* The one that has waited longest, or NULL. Those whose session is gone leave
 * the queue; when they are more than a portion, NULL, and the object is owed.
 */
struct claim *claim_next_waiter(struct core *core, struct object *object);
/* Lets it wait at the end of the queue. */
void claim_park(struct core *core, struct claim *claim, int64_t wait_ms);
/* Makes it a hold, with a new token and its lease; returns the answer that
 * says so, to which the primitive adds what else it has to say. */
struct answer *claim_grant(struct core *core, struct claim *claim);

/* A waiting claim gets its final answer without a hold: takes it out of its
 * queue, frees it, and returns the answer, WIRE_OK as yet. The caller settles
 * the object when it is done with it. */
struct answer *claim_answer(struct core *core, struct claim *claim);
/* The same, as a refusal with words for the code. */
void claim_refuse(struct core *core, struct claim *claim, enum wire_code code);
/* The same for one wait that ends by itself; settles the object. False: it was
 * owed an answer, and got that one. */
bool claim_cancel(struct core *core, struct claim *claim, enum wire_code code);
/* A waiting claim whose session leaves: no answer; settles the object. */
void claim_leave(struct core *core, struct claim *claim);
/* A hold ends: tells who has to know, passes the place on, frees the claim and
 * settles the object. */
void claim_end(struct core *core, struct claim *claim, enum claim_end how);
/* Whether a hold that ended so was not given back by its holder, so that what
 * it protected may be half done. */
bool claim_is_lost(enum claim_end how);

/* Sets the lease anew, from now. */
void claim_renew(struct core *core, struct claim *claim, int64_t lease_ms);
/* An event: the session has lost this hold, and why. */
void claim_tell_lost(
    struct core *core, const struct claim *claim, const char *reason);

/* Finds the hold that a release means: by token where one is given (not 0),
 * also a detached one of the same uid; else the session's newest on the
 * object. object may be NULL. NULL: there is none. */
struct claim *claim_find_hold(const struct core *core,
    const struct request *req, const struct object *object, int64_t token);
/* Answers a release that finds nothing: not_held, or stale_token where held
 * (else NULL) is the object that somebody else has now. */
void claim_refuse_release(struct core *core, struct request *req,
    const struct key *key, const struct object *held);

/* The session's wait with this id, or NULL. */
struct claim *claim_find_wait(const struct core *core,
    const struct session *session, const struct ident *id);

/* The hold with this token, whoever has it, or NULL. */
struct claim *claim_with_token(const struct core *core, int64_t token);
/* The same if it is the session's, or a detached one of its uid. */
struct claim *claim_find_token(
    const struct core *core, const struct session *session, int64_t token);
/* Who it is, for messages. */
struct holder claim_holder(const struct core *core, const struct claim *claim);

/* Lets the words of a refusal go on with the object's oldest holder, if there
 * is one. shows: the answer has it as a member, too. */
void claim_name_holder(const struct core *core, const struct object *object,
    struct refusal *refusal, bool shows);

#endif
