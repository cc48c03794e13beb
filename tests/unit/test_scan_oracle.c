/* SPDX-License-Identifier: MIT */
/*
 * The scanner against another parser: jansson reads the same lines, made up
 * from fixed seeds, valid ones and spoiled ones. What one accepts the other
 * has to accept, and it has to mean the same; but for the differences that
 * are in the table, which are meant to be.
 */
#include "proto.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "lines.h"
#include "scan.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define N_LINES     20000 /* of each sort */

/* jansson shall read integers of any length, and \u0000. */
#define FLAGS (JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/* Where the two differ because we want them to. */
static const struct {
	const char *why;
	bool ours_accepts;
	enum json_error_code theirs; /* of jansson, where ours accepts */
	const char *ours;            /* of the scanner, where it refuses */
	bool has_nul;                /* only in a line with a raw NUL */
} differences[] = {
    {"numbers of any size are carried, jansson has only doubles", true,
	json_error_numeric_overflow, NULL, false},
    {"a name may hold \\u0000, in jansson it ends there", true,
	json_error_null_byte_in_key, NULL, false},
    {"a value nests 64 deep, in jansson 2,048", false, json_error_unknown,
	"nested too deep", false},
    {"a raw NUL is an error, jansson overlooks it behind a word", false,
	json_error_unknown, "expected", true},
};

/* Places in the table. */
enum {
	HUGE_NUMBER,
	NUL_IN_NAME,
	TOO_DEEP,
	RAW_NUL,
	N_DIFFERENCES
};

static unsigned n_seen[N_DIFFERENCES];

/* The value as jansson reads its span; strings as scan_text decodes them. */
static json_t *value_of(const struct scan_value *value)
{
	char text[LINES_BYTES];
	json_error_t error;
	json_t *json;
	long len;

	if (value->type == SCAN_STRING) {
		len = scan_text(value, text, sizeof(text));
		ck_assert_int_ge(len, 0);
		return json_stringn(text, (size_t)len);
	}
	json =
	    json_loadb(value->at, value->len, FLAGS | JSON_DECODE_ANY, &error);
	ck_assert_msg(json != NULL, "a span is no value: %.*s: %s",
	    (int)value->len, value->at, error.text);
	return json;
}

/* Scans the line; NULL, or what is wrong. *json is what its members are, for
 * as long as jansson can tell. */
static const char *scan_line(
    const char *line, size_t len, bool is_readable, json_t **json)
{
	struct scan_value name, value;
	struct scan scan;
	enum scan_step step;

	*json = json_object();
	scan_begin(&scan, line, len);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		char text[LINES_BYTES + 1];
		long n = scan_text(&name, text, sizeof(text) - 1);

		ck_assert_int_ge(n, 0);
		text[n] = '\0';
		if (is_readable)
			json_object_set_new_nocheck(
			    *json, text, value_of(&value));
	}
	return step == SCAN_DONE ? NULL : scan.error;
}

/* Finds the difference in the table, and counts it. */
static bool is_meant(
    const struct lines *lines, const char *ours, enum json_error_code theirs)
{
	bool has_nul = memchr(lines->line, '\0', lines->len) != NULL;

	for (size_t i = 0; i < COUNT(differences); i++) {
		bool is_it =
		    differences[i].ours_accepts
			? ours == NULL && theirs == differences[i].theirs
			: ours != NULL && strstr(ours, differences[i].ours);

		if (is_it && (has_nul || !differences[i].has_nul)) {
			n_seen[i]++;
			return true;
		}
	}
	return false;
}

static void complain(
    const struct lines *lines, const char *ours, const char *theirs)
{
	for (size_t i = 0; i < lines->len; i++) {
		unsigned char c = (unsigned char)lines->line[i];

		printf(c >= 0x20 && c < 0x7F ? "%c" : "<%02X>", c);
	}
	printf("\n");
	fflush(stdout);
	ck_abort_msg("the line above: scan: %s; jansson: %s", ours, theirs);
}

/* Compares one line; what is wrong with it by our own scanner, or NULL. */
static const char *compare(const struct lines *lines)
{
	const char *line = guard_copy(lines->line, lines->len);
	json_error_t error = {0};
	json_t *theirs = json_loadb(line, lines->len, FLAGS, &error);
	bool is_object = json_is_object(theirs);
	json_t *ours;
	const char *wrong = scan_line(line, lines->len, is_object, &ours);

	if ((wrong == NULL) != is_object &&
	    !is_meant(lines, wrong,
		is_object ? json_error_unknown : json_error_code(&error)))
		complain(lines, wrong == NULL ? "accepted" : wrong,
		    is_object ? "accepted" : error.text);
	if (wrong == NULL && is_object && !json_equal(ours, theirs))
		complain(lines, "accepted", "it means something else");
	json_decref(ours);
	json_decref(theirs);
	guard_free();
	return wrong;
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
			ck_assert_str_eq(wrong, differences[TOO_DEEP].ours);
	}
	ck_assert_uint_gt(n_bytes / N_LINES, 50);
	/* All that can differ in a valid line has come up. */
	ck_assert_uint_gt(n_seen[HUGE_NUMBER], 20);
	ck_assert_uint_gt(n_seen[NUL_IN_NAME], 20);
	ck_assert_uint_gt(n_seen[TOO_DEEP], 20);
	ck_assert_uint_eq(n_seen[RAW_NUL], 0);
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
	ck_assert_uint_gt(n_seen[RAW_NUL], 0);
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
	ck_assert_uint_eq(n_seen[TOO_DEEP] + n_seen[RAW_NUL], 0);
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
