/* SPDX-License-Identifier: MIT */
/* The only reader of the clock: see clock.h. */
#include "clock.h"

#include <assert.h>
#include <time.h>

static struct timespec read_clock(clockid_t id)
{
	struct timespec now;
	int failed = clock_gettime(id, &now);

	assert(failed == 0); /* both clocks exist on every Linux */
	return now;
}

mtime_t clock_now(void)
{
	struct timespec now = read_clock(CLOCK_MONOTONIC);

	return (mtime_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_us(void)
{
	struct timespec now = read_clock(CLOCK_REALTIME);

	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
