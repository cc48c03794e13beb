/* SPDX-License-Identifier: MIT */
/*
 * The core: the whole state of the daemon, and nothing else. Requests and time
 * come in as calls, answers go out through the outbox. It makes no system
 * call, reads no clock, logs nothing and has no global data, so that a test
 * can run a year of it in a second, or two of them side by side (the idea of
 * cowsql's raft_step).
 *
 * One turn: core_advance() once, with the time; then any number of joins,
 * requests (verbs.h) and leaves; then core_pop() until nothing is left.
 */
#ifndef CORE_H
#define CORE_H

#include "chore.h"
#include "cell.h"
#include "claim.h"
#include "heap.h"
#include "mtime.h"
#include "object.h"
#include "outbox.h"
#include "quota.h"
#include "roster.h"
#include "rules.h"
#include "session.h"
#include "sip.h"
#include "tally.h"

struct core_config {
	int64_t first_token;             /* higher than any given before */
	uint8_t hash_key[SIP_KEY_BYTES]; /* random */
	size_t max_line_bytes;           /* bounds what one answer destroys */
	struct quota_shares shares;      /* per uid */
	size_t portion;                  /* 0: CHORE_PORTION */
};

struct core {
	mtime_t now; /* of this turn; never goes back */
	mtime_t started;
	bool shutting_down; /* nobody is let in any more */
	int64_t first_token, next_token;
	uint8_t hash_key[SIP_KEY_BYTES];
	size_t max_line_bytes;
	struct outbox outbox;
	struct outbox notes; /* events that nobody is told: for the log */
	struct quota quota;
	struct account house; /* keeps what the configuration fixes; of no
			       * uid, and without bounds */
	struct rules rules;
	struct session_table sessions;
	struct table objects[WIRE_N_KINDS];  /* those that are listed, by key */
	struct roster rosters[WIRE_N_KINDS]; /* of all objects */
	struct table holds;                  /* claims, by token */
	struct claim *waits[WIRE_N_KINDS];   /* all of them, oldest first */
	struct watch *watches;               /* in order of beginning, */
	size_t n_watches;                    /* and how many (watch.c) */
	size_t n_users; /* uids with at least one session */
	struct heap deadlines;
	struct chores chores;
	uint64_t n_deadlines; /* set so far: the first set is the first due */
	struct tally tally;
	struct cell_sizes cells; /* what objects and claims are made of */
};

/* A core without sessions, at time now. */
struct core *core_new(const struct core_config *config, mtime_t now);
/* Ends everything, detached holds too, and frees. NULL is allowed. */
void core_free(struct core *core);

/* A new session of this peer; 0, and no answer: its uid has all of them. */
uint64_t core_join(struct core *core, const struct peer *peer);
/* The session's connection has ended: its waits go, then its holds are passed
 * on, at once or in the turns that follow. Answers to it that are still in the
 * outbox have nobody to go to. An id that is not there is ignored. */
void core_leave(struct core *core, uint64_t id);
/* The first half of that alone, for when several sessions leave at once and
 * none of them shall be granted what another one held. */
void core_stop_waiting(struct core *core, uint64_t id);
/* Events "lost" for a portion of the holds that are going to end with the
 * connection; false: not for all, so it is to be called again next turn. */
bool core_say_lost(struct core *core, uint64_t id);
/* Whether the session waits for something; whether it waits or holds. */
bool core_is_waiting(const struct core *core, uint64_t session);
bool core_is_engaged(const struct core *core, uint64_t session);

/* Sets what one uid may use. Who uses more keeps it, and gets no more. */
void core_set_shares(struct core *core, const struct quota_shares *shares);
/* Sets who may do what from now on; takes over what the rules consist of. */
void core_set_rules(struct core *core, const struct rules *rules);

/* Begins a turn: sets the time, which never goes back, and does a portion of
 * what is due, and of what earlier turns have left. */
void core_advance(struct core *core, mtime_t now);
/* When core_advance has something to do next; MTIME_NEVER: nothing. */
mtime_t core_deadline(const struct core *core);
/* Takes out the next answer, for answer_deinit; false: there is none. */
bool core_pop(struct core *core, struct answer *answer);
/* The same of the notes for the log; their session is the one that did it. */
bool core_pop_note(struct core *core, struct answer *note);
/* The answer that granted this detached hold of the uid reached nobody: the
 * hold ends. Ignored when it has ended already. */
void core_take_back(struct core *core, uid_t uid, int64_t token);
/* Lets nobody in any more, answers a portion of the waits; false: the last. */
bool core_shut_down(struct core *core);

/* Calls fn for every hold; it must change nothing. */
typedef void (*core_hold_fn)(void *ctx, const struct claim *hold);
void core_each_hold(const struct core *core, core_hold_fn fn, void *ctx);
/* The same for some of one session's, the newest; returns how many it has. */
size_t core_each_hold_of(const struct core *core, uint64_t id, size_t most,
    core_hold_fn fn, void *ctx);
/* Asserts every invariant. For tests: it looks at everything. */
void core_check(const struct core *core);

/* For the protocol ------------------------------------------------- */

/* reset: waits are answered cancelled, holds end, and what hello said is
 * forgotten. False: a portion is done; it is to be called again next turn. */
bool core_reset(struct core *core, struct session *session);
/* Takes a copy of the name that the session gives itself; NULL: none. */
void core_introduce(struct session *session, const char *client, size_t len);
/* An admin ends this hold. */
void core_end_hold(struct core *core, struct claim *hold);

/* For the engine and the primitives -------------------------------- */

/* Sets or moves a deadline; MTIME_NEVER takes it out. Ends of holds and of
 * kept results (CORE_END) come before ends of waits that are due at the same
 * time, so that a wait is granted rather than refused. */
enum core_rank {
	CORE_END,
	CORE_WAIT
};
void core_set_deadline(struct core *core, struct deadline *deadline, mtime_t at,
    enum core_rank rank);
void core_clear_deadline(struct core *core, struct deadline *deadline);

/* The answer to a request that is not parked, with a copy of its id. */
struct answer *core_answer(struct core *core, struct request *req);
/* The same as a refusal with words for people, which begin with what key is
 * (NULL: the request names none). Counts it where it counts. */
struct answer *core_refuse(struct core *core, struct request *req,
    const struct key *key, enum wire_code code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Whether the request's uid has room for n more of the share; if not, answers
 * quota. */
bool core_has_share(struct core *core, struct request *req,
    const struct key *key, enum quota_share share, size_t n);

#endif
