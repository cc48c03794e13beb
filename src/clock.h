/* SPDX-License-Identifier: MIT */
/* The only reader of the clock: everybody else is told the time. */
#ifndef CLOCK_H
#define CLOCK_H

#include "mtime.h"

/* Monotonic milliseconds; stepping the wall clock does not move them. */
mtime_t clock_now(void);
/* Microseconds of wall-clock time since 1970: a start for tokens. */
int64_t clock_wall_us(void);

#endif
