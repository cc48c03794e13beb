/* SPDX-License-Identifier: MIT */
/*
 * The mark: a file in the state directory that has a number no token is above.
 * It is written a million ahead, so that it costs one write in a million
 * grants. The first token of the next life is above it, also when somebody has
 * set back the clock, from which tokens otherwise begin.
 */
#ifndef MARK_H
#define MARK_H

#include "log.h"
#include "mtime.h"

#include <stdbool.h>
#include <stdint.h>

#define MARK_AHEAD INT64_C(1000000)

struct mark {
	int dir; /* the state directory, open and locked; -1: there is none */
	int64_t highest;  /* no token is above it; as it is in the file */
	mtime_t retry_at; /* it could not be written; not again before this */
};

/* Opens the directory (NULL: none) and reads the mark. *first_out is the first
 * token to be given: at least wall_us, and above the mark; the file knows it
 * already. False: it could not, and logged why. */
bool mark_open(struct mark *mark, const char *directory, int64_t wall_us,
    const struct log *log, int64_t *first_out);
/* Makes sure that the file knows of the token. Where it cannot be written, that
 * is logged, and tried again a second later: tokens rise all the same. */
void mark_reach(
    struct mark *mark, int64_t token, mtime_t now, const struct log *log);
void mark_close(struct mark *mark);

#endif
