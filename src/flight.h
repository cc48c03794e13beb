/* SPDX-License-Identifier: MIT */
/* SingleFlight: the first caller runs, the others share what comes of it. */
#ifndef FLIGHT_H
#define FLIGHT_H

#include "claim.h"

extern const struct kind flight_kind;

/* What a leader reports. The pointers are borrowed from the line. */
struct flight_report {
	bool failed;
	const char *value; /* JSON; NULL: none given */
	size_t value_len;
	const char *message; /* text, decoded; NULL: none given */
	size_t message_len;
	int64_t keep_ms; /* 0: share it with those who wait, no longer */
};

/* flight.begin: leads, follows, or gets what is kept. */
void flight_begin(struct core *core, struct request *req, const struct key *key,
    int64_t max_leaders);
/* flight.finish and flight.fail; token 0 where none was given. */
void flight_finish(struct core *core, struct request *req,
    const struct key *key, int64_t token, const struct flight_report *report);
/* flight.abandon: the oldest follower leads instead. */
void flight_abandon(struct core *core, struct request *req,
    const struct key *key, int64_t token);
/* flight.forget: the next begin starts anew, whatever is under way. */
void flight_forget(
    struct core *core, struct request *req, const struct key *key);

#endif
