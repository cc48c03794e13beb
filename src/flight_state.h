/* SPDX-License-Identifier: MIT */
/*
 * What a flight consists of, between the files of SingleFlight: flight.c, and
 * flight_kept.c, which keeps results.
 */
#ifndef FLIGHT_STATE_H
#define FLIGHT_STATE_H

#include "core.h"

/* What came of a flight. */
struct outcome {
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
	struct flight *older; /* forgotten flights of the key, newest first */
	struct flight *newer; /* the other way; NULL: this is the listed one */
};

/* flight_kept.c: */

void flight_outcome_deinit(struct outcome *outcome);
/* Keeps the outcome for keep_ms; takes over what it owns. The account pays. */
void flight_keep(struct core *core, struct flight *flight,
    struct outcome *outcome, struct account *account, int64_t keep_ms);
/* Drops what is kept, if anything is. */
void flight_drop_kept(struct core *core, struct flight *flight);

#endif
