/* SPDX-License-Identifier: MIT */
/*
 * What is counted: nothing while the server warms up, then requests and their
 * times, and the processor time that the server takes for them, until the span
 * is over.
 */
#ifndef LOAD_COUNT_H
#define LOAD_COUNT_H

#include "growth_times.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct load_span {
	double warmup_s, measure_s;
	uint64_t n_requests; /* 0: as many as there are in measure_s */
	pid_t server_pid;    /* 0: its processor time is not looked at */
};

struct load_count {
	struct load_span span;
	bool is_counting;
	uint64_t counts_from, counts_until;
	uint64_t cpu_from, cpu_used;
	clockid_t cpu_clock;
	uint64_t n_requests;
	uint64_t n_cycles; /* rounds of steps, connections or flights */
	struct times times;
	/* Flights: values and their bytes, delivered in so many nanoseconds;
	 * and flights that fell apart because a follower came too late. */
	uint64_t delivered_values, delivered_bytes, delivered_ns, n_splits;
};

void load_count_init(struct load_count *count, const struct load_span *span);
/* Whether to go on; begins to count when the warm-up is over. */
bool load_count_tick(struct load_count *count, uint64_t now);
/* One line: name=number, separated by spaces. */
void load_count_print(const struct load_count *count);

/* A request was answered after so many nanoseconds. */
static inline void load_count_request(struct load_count *count, uint64_t ns)
{
	if (!count->is_counting)
		return;
	count->n_requests++;
	times_add(&count->times, ns);
}

#endif
