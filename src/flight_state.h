/* SPDX-License-Identifier: MIT */
/*
 * What a flight consists of, between the files of SingleFlight: flight.c;
 * flight_over.c, which tells the followers what came of it; and flight_kept.c,
 * which keeps results.
 */
#ifndef FLIGHT_STATE_H
#define FLIGHT_STATE_H

#include "core.h"

/* What came of a flight. */
struct outcome {
	bool lost; /* too many leaders were; there is no more to it */
	bool failed;
	struct blob *value;   /* owned; NULL: none */
	struct blob *message; /* owned; NULL: none */
	uid_t by;             /* who led */
};

/* An outcome that is kept for a while. */
struct kept {
	struct deadline deadline; /* when it is dropped */
	struct flight *flight;
	struct outcome outcome;
	mtime_t since;
	struct account *account; /* pays a key and the bytes */
	size_t n_bytes;
};

struct flight {
	struct object object;
	int64_t max_leaders;  /* what the request that began it said */
	int64_t attempt;      /* how many have led it */
	int64_t n_lost;       /* how many of them vanished */
	struct kept *kept;    /* owned; NULL: none. Then nobody leads. */
	struct outcome *over; /* owned: it is over, and not all followers have
			       * been told that; NULL: it is not. It has left
			       * the key, and is in no list. */
	struct flight *older; /* forgotten flights of the key, newest first */
	struct flight *newer; /* the other way; NULL: this is the listed one */
};

/* flight_over.c: */

/* Fills a follower's answer. age_ms -1: it is not a kept one. */
void flight_tell(struct core *core, struct answer *answer,
    const struct outcome *outcome, uid_t to, int64_t age_ms);
/* Answers one that waits. */
void flight_tell_follower(
    struct core *core, struct claim *wait, const struct outcome *outcome);
/* Tells a portion of the followers; the others are owed it. */
void flight_tell_followers(
    struct core *core, struct object *object, const struct outcome *outcome);
/* The flight is over: tells its followers, and keeps the outcome where there is
 * an account to pay for that. */
void flight_land(struct core *core, struct object *object,
    struct outcome *outcome, struct account *keeper, int64_t keep_ms);
/* Takes a forgotten flight out of the list that hangs from the listed one. */
void flight_unchain(struct core *core, struct flight *flight);

/* flight_kept.c: */

void flight_outcome_deinit(struct outcome *outcome);
/* Keeps the outcome for keep_ms; takes over what it owns. The account pays. */
void flight_keep(struct core *core, struct flight *flight,
    struct outcome *outcome, struct account *account, int64_t keep_ms);
/* Drops what is kept, if anything is. */
void flight_drop_kept(struct core *core, struct flight *flight);

#endif
