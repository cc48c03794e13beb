/* SPDX-License-Identifier: MIT */
/* Requests, times and processor time within the span: see load_count.h. */
#include "load_count.h"

#include "load.h"

#include <stdio.h>
#include <string.h>

static uint64_t ns_of(double seconds)
{
	return (uint64_t)(seconds * 1e9);
}

/* The processor time of the server so far, or 0. */
static uint64_t cpu_of(const struct load_count *count)
{
	struct timespec ts;

	if (count->span.server_pid == 0)
		return 0;
	if (clock_gettime(count->cpu_clock, &ts) != 0)
		load_fail("the server is gone");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

void load_count_init(struct load_count *count, const struct load_span *span)
{
	memset(count, 0, sizeof(*count));
	count->span = *span;
	if (span->server_pid != 0 &&
	    clock_getcpuclockid(span->server_pid, &count->cpu_clock) != 0)
		load_fail("there is no process %d", (int)span->server_pid);
	count->counts_from = times_now() + ns_of(span->warmup_s);
}

static bool is_over(const struct load_count *count, uint64_t now)
{
	if (count->span.n_requests > 0)
		return count->n_requests >= count->span.n_requests;
	/* A flight may take longer than the span: never less than one. */
	return now >= count->counts_until && count->n_requests > 0;
}

bool load_count_tick(struct load_count *count, uint64_t now)
{
	if (!count->is_counting) {
		if (now < count->counts_from)
			return true;
		count->is_counting = true;
		count->counts_from = now;
		count->counts_until = now + ns_of(count->span.measure_s);
		count->cpu_from = cpu_of(count);
		return true;
	}
	if (!is_over(count, now))
		return true;
	count->is_counting = false;
	count->counts_until = now;
	count->cpu_used = cpu_of(count) - count->cpu_from;
	return false;
}

void load_count_print(const struct load_count *count)
{
	static const double parts[] = {0.5, 0.9, 0.99, 0.999};
	double ns = (double)(count->counts_until - count->counts_from);
	double n = (double)count->n_requests;

	printf("requests=%llu seconds=%.3f rate=%.0f cycles=%.1f",
	    (unsigned long long)count->n_requests, ns / 1e9, n / ns * 1e9,
	    (double)count->n_cycles / ns * 1e9);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		printf(" p%g_us=%.1f", parts[i] * 100,
		    (double)times_part(&count->times, parts[i]) / 1e3);
	printf(" max_us=%.1f", (double)count->times.max_ns / 1e3);
	if (count->span.server_pid != 0)
		printf(" cpu_us=%.3f busy=%.3f",
		    (double)count->cpu_used / n / 1e3,
		    (double)count->cpu_used / ns);
	if (count->delivered_ns > 0)
		printf(" values=%.1f megabytes=%.1f splits=%llu",
		    (double)count->delivered_values /
			(double)count->delivered_ns * 1e9,
		    (double)count->delivered_bytes /
			(double)count->delivered_ns * 1e3,
		    (unsigned long long)count->n_splits);
	printf("\n");
}
