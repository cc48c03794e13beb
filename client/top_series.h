/* SPDX-License-Identifier: MIT */
/*
 * How much of something happened in each second of the last minute. Times are
 * in milliseconds of any clock that only rises; a series of zeros is an empty
 * one.
 */
#ifndef TOP_SERIES_H
#define TOP_SERIES_H

#include <stdbool.h>
#include <stdint.h>

/* A minute, and what a cell of several seconds reaches beyond it. */
#define TOP_SERIES_SLOTS 80
#define TOP_MINUTE_S     60
/* A rate is the mean of so many seconds, so that it can be read. */
#define TOP_RATE_S 5

struct top_series {
	int64_t newest; /* the second of the newest slot */
	/* That of second s is at s % TOP_SERIES_SLOTS. */
	float slots[TOP_SERIES_SLOTS];
};

/* count happened between the two times, evenly. */
void top_series_add(
    struct top_series *series, int64_t from_ms, int64_t to_ms, double count);
/* So much a second, of late; since_ms is when counting began. */
double top_series_rate(
    const struct top_series *series, int64_t since_ms, int64_t now_ms);
/* The last minute in n_cells equal parts (from 5 to 60), the oldest first:
 * what happened in each, a second. Returns the largest. */
double top_series_minute(const struct top_series *series, int64_t now_ms,
    int n_cells, double *cells);
/* Nothing has happened within the last minute. */
bool top_series_is_quiet(const struct top_series *series, int64_t now_ms);

#endif
