/* SPDX-License-Identifier: MIT */
/*
 * Answer times: how many, the longest exactly, and the rest in classes of a
 * sixteenth of an octave, so that millions of them take a few KiB.
 */
#ifndef GROWTH_TIMES_H
#define GROWTH_TIMES_H

#include <stdint.h>
#include <sys/types.h>

#define TIMES_N_CLASSES (61 * 16)

struct times {
	uint64_t n, max_ns;
	uint32_t classes[TIMES_N_CLASSES];
};

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t times_now(void);
/* What the process has used of the processor, in nanoseconds; 0 where that
 * cannot be known. */
uint64_t times_cpu_of(pid_t pid);
void times_add(struct times *times, uint64_t ns);
/* The time that this part (0 to 1) of them does not exceed, 6 % too long at
 * most. 0 where there is none. */
uint64_t times_part(const struct times *times, double part);

#endif
