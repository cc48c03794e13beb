/* SPDX-License-Identifier: MIT */
/* Answer times in classes: see growth_times.h. */
#include "growth_times.h"

#include <time.h>

uint64_t times_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t times_cpu_of(pid_t pid)
{
	clockid_t clock;
	struct timespec ts;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &ts) != 0)
		return 0;
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Below 16 each number is a class; above, each octave has 16. */
static unsigned class_of(uint64_t ns)
{
	unsigned octave;

	if (ns < 16)
		return (unsigned)ns;
	octave = 63 - (unsigned)__builtin_clzll(ns);
	return (octave - 3) * 16 + (unsigned)(ns >> (octave - 4) & 15);
}

static uint64_t end_of_class(unsigned class)
{
	if (class < 16)
		return class;
	return (uint64_t)(17 + class % 16) << (class / 16 - 1);
}

void times_add(struct times *times, uint64_t ns)
{
	unsigned class = class_of(ns);

	times->n++;
	if (ns > times->max_ns)
		times->max_ns = ns;
	times->classes[class < TIMES_N_CLASSES ? class : TIMES_N_CLASSES - 1]++;
}

uint64_t times_part(const struct times *times, double part)
{
	uint64_t wanted = (uint64_t)((double)times->n * part);
	uint64_t n = 0;

	for (unsigned class = 0; class < TIMES_N_CLASSES; class ++) {
		n += times->classes[class];
		if (n > wanted) {
			uint64_t ns = end_of_class(class);

			return ns < times->max_ns ? ns : times->max_ns;
		}
	}
	return times->max_ns;
}
