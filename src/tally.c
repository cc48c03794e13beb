/* SPDX-License-Identifier: MIT */
/* Counters per kind: see tally.h. */
#include "tally.h"

#define TALLY_NAME(constant, name, kinds)  [TALLY_##constant] = name,
#define TALLY_KINDS(constant, name, kinds) [TALLY_##constant] = (kinds),

const char *tally_name(enum tally_count count)
{
	static const char *const names[TALLY_N_COUNTS] = {
	    TALLY_COUNTS(TALLY_NAME)};

	return names[count];
}

bool tally_is_for(enum tally_count count, enum wire_kind kind)
{
	static const int kinds_of[TALLY_N_COUNTS] = {TALLY_COUNTS(TALLY_KINDS)};

	return kinds_of[count] >> kind & 1;
}

enum tally_count tally_of_code(enum wire_code code)
{
	switch (code) {
	case WIRE_BUSY:
		return TALLY_BUSY;
	case WIRE_TIMEOUT:
		return TALLY_TIMEOUT;
	case WIRE_QUEUE_FULL:
		return TALLY_QUEUE_FULL;
	case WIRE_CANCELLED:
		return TALLY_CANCELLED;
	case WIRE_DEADLOCK:
		return TALLY_DEADLOCK;
	case WIRE_QUOTA:
		return TALLY_QUOTA;
	case WIRE_LEADER_LOST:
		return TALLY_LEADER_LOST;
	default:
		return TALLY_N_COUNTS;
	}
}
