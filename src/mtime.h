/* SPDX-License-Identifier: MIT */
/*
 * Time as the core knows it: monotonic milliseconds since some start. It comes
 * in from outside (clock.c, or a test that makes it up) and never goes back.
 */
#ifndef MTIME_H
#define MTIME_H

#include <stdint.h>

typedef int64_t mtime_t;

/* Later than everything: a deadline that does not come. */
#define MTIME_NEVER INT64_MAX

/* The time ms milliseconds after now; MTIME_NEVER where ms is below 0 (the
 * word for "without limit"). ms is at most 2^53, so the sum cannot overflow. */
static inline mtime_t mtime_after(mtime_t now, int64_t ms)
{
	return ms < 0 ? MTIME_NEVER : now + ms;
}

#endif
