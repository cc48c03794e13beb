/* SPDX-License-Identifier: MIT */
/* Numbers as texts: see top_text.h. */
#include "top_text.h"

#include "top_series.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

void top_text_ms(char text[TOP_TEXT_BYTES], int64_t ms)
{
	if (ms < 0)
		(void)snprintf(text, TOP_TEXT_BYTES, "-");
	else if (ms < 1000)
		(void)sprintf(text, "%" PRId64 "ms", ms);
	else if (ms < MINUTE_MS)
		(void)sprintf(text, "%" PRId64 ".%" PRId64 "s", ms / 1000,
		    ms % 1000 / 100);
	else if (ms < HOUR_MS)
		(void)sprintf(text, "%" PRId64 "m%02" PRId64 "s",
		    ms / MINUTE_MS, ms % MINUTE_MS / 1000);
	else if (ms < 100 * HOUR_MS)
		(void)sprintf(text, "%" PRId64 "h%02" PRId64 "m", ms / HOUR_MS,
		    ms % HOUR_MS / MINUTE_MS);
	else
		(void)sprintf(text, "%" PRId64 "d",
		    ms < 99999 * DAY_MS ? ms / DAY_MS : 99999);
}

/* 12.3k, 123k: cut and not rounded, so that it never claims too much. */
static void text_large(char text[TOP_TEXT_BYTES], int64_t count)
{
	static const char units[] = {'k', 'M', 'G', 'T', 'P', 'E'};
	size_t unit = 0;
	int64_t divisor = 1000;

	while (count / divisor >= 1000 && unit + 1 < sizeof(units)) {
		divisor *= 1000;
		unit++;
	}
	if (count / divisor < 100)
		(void)sprintf(text, "%" PRId64 ".%" PRId64 "%c",
		    count / divisor, count % divisor / (divisor / 10),
		    units[unit]);
	else
		(void)sprintf(
		    text, "%" PRId64 "%c", count / divisor, units[unit]);
}

void top_text_count(char text[TOP_TEXT_BYTES], int64_t count)
{
	if (count < 0)
		(void)snprintf(text, TOP_TEXT_BYTES, "-");
	else if (count < 10000)
		(void)sprintf(text, "%" PRId64, count);
	else
		text_large(text, count);
}

void top_text_rate(char text[TOP_TEXT_BYTES], double rate)
{
	if (rate < 0)
		(void)snprintf(text, TOP_TEXT_BYTES, "-");
	else if (rate > 0 && rate < 0.05)
		(void)snprintf(text, TOP_TEXT_BYTES, "<0.1");
	else if (rate > 0 && rate < 9.95)
		(void)sprintf(text, "%.1f", rate);
	else if (rate < 1e15)
		top_text_count(text, (int64_t)(rate + 0.5));
	else
		(void)snprintf(text, TOP_TEXT_BYTES, "huge");
}

void top_text_spark(char text[TOP_TEXT_BYTES], const struct top_series *series,
    struct top_spark how)
{
	static const char *const blocks[] = {
	    " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const letters[] = {
	    " ", ".", ":", "-", "=", "+", "*", "#", "@"};
	double cells[TOP_MINUTE_S];
	double most = top_series_minute(series, how.now_ms, how.n_cells, cells);

	text[0] = '\0';
	for (int i = 0; i < how.n_cells; i++) {
		int level = 0;

		/* Whatever there was is seen. */
		if (cells[i] > 0)
			level = 1 + (int)(cells[i] / most * 7.5);
		text = stpcpy(text, (how.is_utf8 ? blocks : letters)[level]);
	}
}
