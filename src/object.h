/* SPDX-License-Identifier: MIT */
/*
 * A named thing that clients coordinate over: a lock, a limit, a flight or a
 * pool, with its holders and its queue. What tells the four apart is their
 * struct kind; the engine below knows nothing else of them (the idea of
 * tmux's struct cmd_entry).
 *
 * Invariants: an object with no claims, and nothing of its own to keep, does
 * not exist. No claim waits while its object has room for it.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include "table.h"
#include "wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer;
struct claim;
struct core;
struct object;

/* How a hold ends. */
enum claim_end {
	CLAIM_RELEASED,    /* by its holder */
	CLAIM_GIVEN_UP,    /* flight.abandon: somebody else shall lead */
	CLAIM_EXPIRED,     /* its lease ran out */
	CLAIM_LOST,        /* its connection ended */
	CLAIM_RESET,       /* by reset */
	CLAIM_UNDELIVERED, /* detached, and its answer reached nobody */
	CLAIM_ADMIN,       /* by an admin */
};

/* One of the four primitives. is_idle, pay, deinit, check, describe and older
 * may be NULL: yes, nothing to do, nothing to say, and none. */
struct kind {
	enum wire_kind number;
	uint32_t size;  /* of its object, which begins with a struct object */
	bool exclusive; /* one holder at a time: waits for it can close a cycle
			 */
	/* A hold has ended; the claim is out of all lists and lives until
	 * this returns. */
	void (*ended)(struct core *core, struct object *object,
	    struct claim *claim, enum claim_end how);
	/* Grants to the oldest waiters what there is room for, a portion at
	 * most (chore_owe). */
	void (*serve)(struct core *core, struct object *object);
	/* Answers a wait that is owed an answer, instead of any other that it
	 * would get now; false: it is owed none. NULL: none ever is. */
	bool (*pay)(
	    struct core *core, struct object *object, struct claim *wait);
	/* Whether nothing but claims keeps the object. */
	bool (*is_idle)(const struct object *object);
	/* Frees what the kind added to the object. */
	void (*deinit)(struct core *core, struct object *object);
	/* Asserts the kind's own invariants. */
	void (*check)(const struct core *core, const struct object *object);
	/* Adds integers that say how the object is, and returns the word for
	 * its state: the one given, or one of its own. */
	const char *(*describe)(const struct core *core,
	    const struct object *object, struct answer *answer,
	    const char *state);
	/* The next object of the same key that is not listed itself; NULL:
	 * none. */
	const struct object *(*older)(const struct object *object);
};

struct object {
	const struct kind *kind;
	struct claim *holders; /* newest first */
	struct claim *waiters; /* oldest first */
	uint32_t n_holders, n_waiters;
	uint32_t place; /* in the roster of its kind */
	uint16_t key_len;
	bool listed;  /* found by its key; false: a flight that was forgotten,
		       * or is over */
	bool is_owed; /* its queue is served on in the next turn (chore.h) */
	struct table_item item; /* in the table of its kind, if listed */
				/* Behind what its kind adds: the key. */
};

/* The bytes of its key, NUL-terminated; they live as long as the object. */
static inline const char *object_key_bytes(const struct object *object)
{
	return (const char *)object + object->kind->size;
}

/* What a request names: the kind, and the bytes of the key as they came in
 * (borrowed, not NUL-terminated; valid UTF-8 without control characters). */
struct key {
	const struct kind *kind;
	const char *bytes;
	size_t len;
};

/* "lock", "limit", "flight", "pool". */
const char *object_kind_name(enum wire_kind kind);

/* The key of an object; its bytes live as long as the object. */
struct key object_key(const struct object *object);
/* Makes an empty table of the kind's listed objects. */
void object_init_table(struct core *core, enum wire_kind kind);
/* The listed object of this kind and key, or NULL. */
struct object *object_find(const struct core *core, const struct key *key);
/* The same, made when it is not there; then the caller gives it a claim, or
 * something to keep, or lets object_settle take it back. */
struct object *object_get(struct core *core, const struct key *key);
/* Makes a new object for the key of a listed one and lists it instead. */
struct object *object_replace(struct core *core, struct object *old);
/* Lets waiters in where there is room, then frees the object if nothing keeps
 * it. To be called after each change that may do either. */
void object_settle(struct core *core, struct object *object);
/* Frees an object without claims, whatever it would like to keep. */
void object_free(struct core *core, struct object *object);
/* Whether nothing keeps it. */
bool object_is_idle(const struct object *object);

/* The holder that has held longest, or NULL. */
struct claim *object_oldest_holder(const struct object *object);

#endif
