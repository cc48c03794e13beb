/* SPDX-License-Identifier: MIT */
/* What the unit tests of SingleFlight ask: all of it about the flight "f". */
#ifndef FLIGHTS_H
#define FLIGHTS_H

#include "unit.h"

#include "flight.h"

#include <string.h>

#define F key_of(&flight_kind, "f")

static inline void begin(struct session *session, int64_t id)
{
	flight_begin(core, by(session, id), F, WIRE_DEFAULT_LEADERS);
}

/* Begins a flight that is not under way; the token. */
static inline int64_t lead(struct session *session, int64_t id)
{
	const struct answer *answer;

	begin(session, id);
	answer = answered(session, id);
	ck_assert_int_eq(flag_of(answer, MEMBER_LEADER), 1);
	ck_assert(!has(answer, MEMBER_ATTEMPT));
	return token_of(answer);
}

static inline void finish_and_keep(struct session *session, int64_t id,
    int64_t token, const char *value, int64_t keep_ms)
{
	const struct flight_report report = {
	    .value = value,
	    .value_len = value == NULL ? 0 : strlen(value),
	    .keep_ms = keep_ms,
	};

	flight_finish(core, by(session, id), F, token, &report);
}

static inline void finish(
    struct session *session, int64_t id, int64_t token, const char *value)
{
	finish_and_keep(session, id, token, value, 0);
}

static inline void fail_and_keep(struct session *session, int64_t id,
    const char *message, const char *value, int64_t keep_ms)
{
	const struct flight_report report = {
	    .failed = true,
	    .value = value,
	    .value_len = value == NULL ? 0 : strlen(value),
	    .message = message,
	    .message_len = message == NULL ? 0 : strlen(message),
	    .keep_ms = keep_ms,
	};

	flight_finish(core, by(session, id), F, 0, &report);
}

static inline void fail_with(
    struct session *session, int64_t id, const char *message, const char *value)
{
	fail_and_keep(session, id, message, value, 0);
}

#endif
