/* SPDX-License-Identifier: MIT */
/*
 * A wall clock that somebody sets, a year back or forth, whenever it is looked
 * at: for LD_PRELOAD. The other clocks are as they were.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#define YEAR 31536000

static long next_lie(void)
{
	static long lie = YEAR;

	lie = -lie;
	return lie;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int (*real)(clockid_t, struct timespec *) = (int (*)(
	    clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, t);

	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		t->tv_sec += next_lie();
	return result;
}

int gettimeofday(struct timeval *t, void *zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
