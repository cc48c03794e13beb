/* SPDX-License-Identifier: MIT */
/*
 * The scanner against another parser: jansson reads the same lines, made up
 * from fixed seeds, valid ones and spoiled ones. What may differ is listed in
 * oracle.h.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "lines.h"
#include "oracle.h"

#define N_LINES 20000 /* of each sort */

static unsigned n_seen[ORACLE_N_DIFFERENCES + 1];

static void complain(const struct lines *lines, const char *complaint)
{
	for (size_t i = 0; i < lines->len; i++) {
		unsigned char c = (unsigned char)lines->line[i];

		printf(c >= 0x20 && c < 0x7F ? "%c" : "<%02X>", c);
	}
	printf("\n");
	fflush(stdout);
	ck_abort_msg("the line above: %s", complaint);
}

/* Compares one line; what is wrong with it by our own scanner, or NULL. */
static const char *compare(const struct lines *lines)
{
	const char *line = guard_copy(lines->line, lines->len);
	struct oracle oracle = oracle_compare(line, lines->len);

	if (oracle.complaint != NULL)
		complain(lines, oracle.complaint);
	n_seen[oracle.difference]++;
	guard_free();
	return oracle.ours;
}

START_TEST(valid_lines_mean_the_same_to_another_parser)
{
	static struct lines lines = {.state = 20261123};
	size_t n_bytes = 0;

	for (int i = 0; i < N_LINES; i++) {
		const char *wrong;

		lines_make(&lines);
		n_bytes += lines.len;
		wrong = compare(&lines);
		if (wrong != NULL)
			ck_assert_str_eq(wrong, "nested too deep");
	}
	ck_assert_uint_gt(n_bytes / N_LINES, 50);
	/* All that can differ in a valid line has come up. */
	ck_assert_uint_gt(n_seen[ORACLE_HUGE_NUMBER], 20);
	ck_assert_uint_gt(n_seen[ORACLE_NUL_IN_NAME], 20);
	ck_assert_uint_gt(n_seen[ORACLE_TOO_DEEP], 20);
	ck_assert_uint_eq(n_seen[ORACLE_RAW_NUL], 0);
}
END_TEST

START_TEST(spoiled_lines_are_judged_as_another_parser_judges_them)
{
	static struct lines lines = {.state = 53};
	int n_good = 0;

	for (int i = 0; i < N_LINES; i++) {
		lines_make(&lines);
		lines_spoil(&lines);
		n_good += compare(&lines) == NULL;
	}
	/* Both verdicts have to be common, or this would show nothing. */
	ck_assert_int_gt(n_good, N_LINES / 20);
	ck_assert_int_lt(n_good, N_LINES / 2);
	ck_assert_uint_gt(n_seen[ORACLE_RAW_NUL], 0);
}
END_TEST

START_TEST(every_cut_of_a_line_is_judged_as_another_parser_judges_it)
{
	static struct lines lines = {.state = 7};

	for (int i = 0; i < 200; i++) {
		size_t whole;

		lines_make(&lines);
		whole = lines.len < 300 ? lines.len : 300;
		for (lines.len = 0; lines.len < whole; lines.len++)
			compare(&lines);
	}
	/* There is nothing in such short lines that may differ. */
	ck_assert_uint_eq(n_seen[ORACLE_TOO_DEEP] + n_seen[ORACLE_RAW_NUL], 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    valid_lines_mean_the_same_to_another_parser,
	    spoiled_lines_are_judged_as_another_parser_judges_them,
	    every_cut_of_a_line_is_judged_as_another_parser_judges_it,
	    NULL,
	};

	return unit_run("scan_oracle", tests);
}
