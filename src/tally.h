/* SPDX-License-Identifier: MIT */
/*
 * Counters per kind: what happened since the daemon started, what is there now,
 * and how long waits and holds took. Fixed memory, whatever keys clients
 * choose.
 */
#ifndef TALLY_H
#define TALLY_H

#include "histogram.h"
#include "wire.h"

#include <stdbool.h>
#include <stdint.h>

/* The kinds that a counter is for. */
#define TALLY_ALL    ((1 << WIRE_N_KINDS) - 1)
#define TALLY_FLIGHT (1 << WIRE_KIND_FLIGHT)
#define TALLY_POOL   (1 << WIRE_KIND_POOL)

/* X(constant, name in stats, kinds). Gauges first: they go down, too. */
#define TALLY_COUNTS(X)                                                        \
	X(KEYS, "keys", TALLY_ALL)                                             \
	X(HOLDS, "holds", TALLY_ALL)                                           \
	X(WAITS, "waits", TALLY_ALL)                                           \
	X(GRANTED, "granted", TALLY_ALL)                                       \
	X(WAITED, "waited", TALLY_ALL)                                         \
	X(BUSY, "busy", TALLY_ALL)                                             \
	X(TIMEOUT, "timeout", TALLY_ALL)                                       \
	X(QUEUE_FULL, "queue_full", TALLY_ALL)                                 \
	X(CANCELLED, "cancelled", TALLY_ALL)                                   \
	X(DEADLOCK, "deadlock", TALLY_ALL)                                     \
	X(QUOTA, "quota", TALLY_ALL)                                           \
	X(LEFT, "left", TALLY_ALL)                                             \
	X(RELEASED, "released", TALLY_ALL)                                     \
	X(LEASE_EXPIRED, "lease_expired", TALLY_ALL)                           \
	X(LOST, "lost", TALLY_ALL)                                             \
	X(RESET, "reset", TALLY_ALL)                                           \
	X(UNDELIVERED, "undelivered", TALLY_ALL)                               \
	X(ENDED_BY_ADMIN, "ended_by_admin", TALLY_ALL)                         \
	X(FRESH, "fresh", TALLY_FLIGHT)                                        \
	X(SHARED, "shared", TALLY_FLIGHT)                                      \
	X(TAKE_OVERS, "take_overs", TALLY_FLIGHT)                              \
	X(LEADER_LOST, "leader_lost", TALLY_FLIGHT)                            \
	X(CREATED, "created", TALLY_POOL)                                      \
	X(REUSED, "reused", TALLY_POOL)                                        \
	X(EXPIRED, "expired", TALLY_FLIGHT | TALLY_POOL)

#define TALLY_COUNT_ENUM(constant, name, kinds) TALLY_##constant,
enum tally_count {
	TALLY_COUNTS(TALLY_COUNT_ENUM) TALLY_N_COUNTS
};

struct tally {
	int64_t counts[WIRE_N_KINDS][TALLY_N_COUNTS];
	/* Of those that are over, however they ended. A grant without a wait
	 * is none. */
	struct histogram wait_ms[WIRE_N_KINDS], hold_ms[WIRE_N_KINDS];
	int64_t n_requests; /* lines that were a request, whatever came of it */
	int64_t n_bad_lines; /* lines that were none: parse, too_long */
	int64_t n_joined;    /* connections let in */
	int64_t n_refused;   /* connections turned away */
};

/* The counter's name in the answer to stats. */
const char *tally_name(enum tally_count count);
/* Whether things of this kind are counted there. */
bool tally_is_for(enum tally_count count, enum wire_kind kind);
/* The counter of a refusal with this code; TALLY_N_COUNTS where none counts. */
enum tally_count tally_of_code(enum wire_code code);

#endif
