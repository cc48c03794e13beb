/* SPDX-License-Identifier: MIT */
/*
 * The operations: a row for each, and a function that does it. A function sees
 * members that are there and in range (args.c), and hands them to the
 * primitive.
 */
#ifndef OPS_H
#define OPS_H

#include "args.h"
#include "core.h"
#include "flight.h"
#include "limit.h"
#include "lock.h"
#include "pool.h"

/* Members that come together. */
#define OPS_WAIT  (ARG_BIT(WAIT_MS) | ARG_BIT(MAX_WAITERS))
#define OPS_LEASE (ARG_BIT(LEASE_MS) | ARG_BIT(DETACHED))
#define OPS_TERMS (ARG_BIT(CAPACITY) | ARG_BIT(ADOPT))

/* What else there is to know of an operation. */
enum op_flags {
	/* Lets go: is done for a connection that has ended, too. */
	OP_LETS_GO = 1,
	/* Ends a hold: needs its token on a multiplexed connection. */
	OP_RELEASES = 2,
	/* Takes a while: is the last one of its connection in a turn. */
	OP_IS_LONG = 4,
	/* Looks at the form of members itself, then asks op_is_allowed. */
	OP_ASKS = 8,
};

/* X(function, name, kind of its key, required, optional, flags) */
#define OPS(X)                                                                 \
	X(lock_acquire, "lock.acquire", &lock_kind, ARG_BIT(KEY),              \
	    OPS_WAIT | OPS_LEASE, 0)                                           \
	X(lock_release, "lock.release", &lock_kind, ARG_BIT(KEY),              \
	    ARG_BIT(TOKEN), OP_LETS_GO | OP_RELEASES)                          \
	X(flight_begin, "flight.begin", &flight_kind, ARG_BIT(KEY),            \
	    OPS_WAIT | ARG_BIT(LEASE_MS) | ARG_BIT(MAX_LEADERS), 0)            \
	X(flight_finish, "flight.finish", &flight_kind, ARG_BIT(KEY),          \
	    ARG_BIT(TOKEN) | ARG_BIT(VALUE) | ARG_BIT(KEEP_MS),                \
	    OP_LETS_GO | OP_RELEASES)                                          \
	X(flight_fail, "flight.fail", &flight_kind, ARG_BIT(KEY),              \
	    ARG_BIT(TOKEN) | ARG_BIT(VALUE) | ARG_BIT(KEEP_MS) |               \
		ARG_BIT(MESSAGE),                                              \
	    OP_LETS_GO | OP_RELEASES)                                          \
	X(flight_abandon, "flight.abandon", &flight_kind, ARG_BIT(KEY),        \
	    ARG_BIT(TOKEN), OP_LETS_GO | OP_RELEASES)                          \
	X(flight_forget, "flight.forget", &flight_kind, ARG_BIT(KEY), 0, 0)    \
	X(limit_borrow, "limit.borrow", &limit_kind, ARG_BIT(KEY),             \
	    OPS_WAIT | OPS_LEASE | OPS_TERMS | ARG_BIT(PERMITS), 0)            \
	X(limit_try_borrow, "limit.try_borrow", &limit_kind, ARG_BIT(KEY),     \
	    OPS_LEASE | OPS_TERMS | ARG_BIT(PERMITS), 0)                       \
	X(limit_return, "limit.return", &limit_kind, ARG_BIT(KEY),             \
	    ARG_BIT(TOKEN), OP_LETS_GO | OP_RELEASES)                          \
	X(limit_set, "limit.set", &limit_kind,                                 \
	    ARG_BIT(KEY) | ARG_BIT(CAPACITY), 0, OP_LETS_GO)                   \
	X(limit_info, "limit.info", &limit_kind, ARG_BIT(KEY), 0, 0)           \
	X(limit_delete, "limit.delete", &limit_kind, ARG_BIT(KEY), 0, 0)       \
	X(pool_get, "pool.get", &pool_kind, ARG_BIT(KEY),                      \
	    OPS_WAIT | OPS_LEASE | OPS_TERMS | ARG_BIT(MAX_IDLE_MS), 0)        \
	X(pool_put, "pool.put", &pool_kind, ARG_BIT(KEY),                      \
	    ARG_BIT(TOKEN) | ARG_BIT(VALUE), OP_LETS_GO | OP_RELEASES)         \
	X(pool_drop, "pool.drop", &pool_kind, ARG_BIT(KEY), ARG_BIT(TOKEN),    \
	    OP_LETS_GO | OP_RELEASES)                                          \
	X(pool_size, "pool.size", &pool_kind, ARG_BIT(KEY), 0, 0)              \
	X(pool_available, "pool.available", &pool_kind, ARG_BIT(KEY), 0, 0)    \
	X(pool_clear, "pool.clear", &pool_kind, ARG_BIT(KEY), 0, 0)            \
	X(pool_set, "pool.set", &pool_kind, ARG_BIT(KEY),                      \
	    ARG_BIT(CAPACITY) | ARG_BIT(MAX_IDLE_MS) | ARG_BIT(ITEMS) |        \
		ARG_BIT(ORDER) | ARG_BIT(ON_LOST),                             \
	    OP_LETS_GO | OP_ASKS)                                              \
	X(pool_info, "pool.info", &pool_kind, ARG_BIT(KEY), 0, 0)              \
	X(pool_delete, "pool.delete", &pool_kind, ARG_BIT(KEY), 0, 0)          \
	X(ping, "ping", NULL, 0, 0, 0)                                         \
	X(hello, "hello", NULL, 0,                                             \
	    ARG_BIT(CLIENT) | ARG_BIT(EVENTS) | ARG_BIT(MULTIPLEXED), 0)       \
	X(cancel, "cancel", NULL, ARG_BIT(TARGET), 0, 0)                       \
	X(renew, "renew", NULL, ARG_BIT(TOKEN) | ARG_BIT(LEASE_MS),            \
	    ARG_BIT(KIND) | ARG_BIT(KEY), 0)                                   \
	X(reset, "reset", NULL, 0, 0, 0)                                       \
	X(list, "list", NULL, 0,                                               \
	    ARG_BIT(KIND) | ARG_BIT(KEY) | ARG_BIT(PREFIX) |                   \
		ARG_BIT(WAITING) | ARG_BIT(MAX) | ARG_BIT(AFTER),              \
	    OP_IS_LONG)                                                        \
	X(stats, "stats", NULL, 0, 0, OP_IS_LONG)                              \
	X(watch, "watch", NULL, ARG_BIT(EVENTS),                               \
	    ARG_BIT(KIND) | ARG_BIT(PREFIX) | ARG_BIT(MAX_PER_S), 0)           \
	X(admin_release, "admin.release", NULL,                                \
	    ARG_BIT(KIND) | ARG_BIT(KEY) | ARG_BIT(TOKEN), 0, 0)

/* One request, checked. */
struct call {
	struct core *core;
	struct request req;
	struct key key; /* where the operation has one */
	const struct args *args;
	bool goes_on; /* a portion is done; to be called again next turn */
};

typedef void (*op_fn)(struct call *call);

#define OP_PROTOTYPE(function, name, kind, required, optional, flags)          \
	void op_##function(struct call *call);
OPS(OP_PROTOTYPE)

/* For these functions: */

/* An integer or bool member, or what is said where it is not there. */
int64_t op_number(const struct call *call, enum arg arg, int64_t absent);
/* The token, 0 where none was given. */
int64_t op_token(const struct call *call);
/* Whether the rules let the peer use the key; answers denied if not. What is
 * held may be let go (releases), whatever the rules have become since. */
bool op_is_allowed(struct call *call, bool releases);
/* Answers bad_request. */
void op_refuse(struct call *call, const char *words);
/* Whether the member is this word; false, too, where it is not there. */
bool op_is_word(const struct call *call, enum arg arg, const char *word);
/* The kinds that the request is about, a bit for each: all where it names none;
 * 0, and an answer, where the word is none of them. */
unsigned op_kinds(struct call *call);

#endif
