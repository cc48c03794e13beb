/* SPDX-License-Identifier: MIT */
/* What happened in each second: see top_series.h. */
#include "top_series.h"

#include <string.h>

static float *slot_of(struct top_series *series, int64_t second)
{
	return &series->slots[second % TOP_SERIES_SLOTS];
}

/* What is known of a second; 0 for what is to come or forgotten. */
static double count_of(const struct top_series *series, int64_t second)
{
	if (second < 0 || second > series->newest ||
	    second <= series->newest - TOP_SERIES_SLOTS)
		return 0;
	return (double)series->slots[second % TOP_SERIES_SLOTS];
}

/* Makes this second the newest one; those between were empty. */
static void advance(struct top_series *series, int64_t second)
{
	if (second - series->newest >= TOP_SERIES_SLOTS) {
		memset(series->slots, 0, sizeof(series->slots));
		series->newest = second;
	}
	while (series->newest < second)
		*slot_of(series, ++series->newest) = 0;
}

void top_series_add(
    struct top_series *series, int64_t from_ms, int64_t to_ms, double count)
{
	int64_t oldest = to_ms - (int64_t)(TOP_SERIES_SLOTS - 1) * 1000;
	int64_t length = to_ms - from_ms, begin, end;

	advance(series, to_ms / 1000);
	if (length <= 0) {
		*slot_of(series, to_ms / 1000) += (float)count;
		return;
	}
	for (begin = from_ms < oldest ? oldest : from_ms; begin < to_ms;
	     begin = end) {
		end = (begin / 1000 + 1) * 1000;
		if (end > to_ms)
			end = to_ms;
		*slot_of(series, begin / 1000) +=
		    (float)(count * (double)(end - begin) / (double)length);
	}
}

double top_series_rate(
    const struct top_series *series, int64_t since_ms, int64_t now_ms)
{
	int64_t second = now_ms / 1000, oldest = second - TOP_RATE_S + 1;
	int64_t begin_ms = oldest * 1000 > since_ms ? oldest * 1000 : since_ms;
	double sum = 0;

	for (int64_t at = oldest; at <= second; at++)
		sum += count_of(series, at);
	return now_ms > begin_ms ? sum * 1000 / (double)(now_ms - begin_ms) : 0;
}

double top_series_minute(
    const struct top_series *series, int64_t now_ms, int n_cells, double *cells)
{
	/* Whole seconds, and cells that begin at the same ones next time. */
	int64_t length = (TOP_MINUTE_S + n_cells - 1) / n_cells;
	int64_t at = now_ms / 1000 / length * length - n_cells * length;
	double most = 0;

	for (int i = 0; i < n_cells; i++) {
		cells[i] = 0;
		for (int64_t end = at + length; at < end; at++)
			cells[i] += count_of(series, at) / (double)length;
		if (cells[i] > most)
			most = cells[i];
	}
	return most;
}

bool top_series_is_quiet(const struct top_series *series, int64_t now_ms)
{
	for (int64_t ago = 0; ago <= TOP_MINUTE_S; ago++) {
		if (count_of(series, now_ms / 1000 - ago) > 0)
			return false;
	}
	return true;
}
