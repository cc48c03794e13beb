/* SPDX-License-Identifier: MIT */
/* Numbers as texts of a few letters, for the columns of msync top. */
#ifndef TOP_TEXT_H
#define TOP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct top_series;

/* Every text below fits into this, also a line of UTF-8 for a minute. */
#define TOP_TEXT_BYTES 256

/* 7ms, 3.2s, 3m12s, 2h02m, 45d: at most 6 letters; "-" below 0. */
void top_text_ms(char text[TOP_TEXT_BYTES], int64_t ms);
/* 17, 9999, 12.3k, 120M: at most 5 letters; "-" below 0. */
void top_text_count(char text[TOP_TEXT_BYTES], int64_t count);
/* So much a second: 0.2, 12, 12.3k: at most 5 letters; "-" below 0. */
void top_text_rate(char text[TOP_TEXT_BYTES], double rate);
/* The last minute as a line of so many cells (at most 60), drawn with blocks
 * where is_utf8, otherwise with ASCII. The largest one is a full cell. */
struct top_spark {
	int n_cells;
	int64_t now_ms;
	bool is_utf8;
};
void top_text_spark(char text[TOP_TEXT_BYTES], const struct top_series *series,
    struct top_spark how);

#endif
