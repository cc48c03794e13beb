/* SPDX-License-Identifier: MIT */
/* The scanner: how deep values nest, arrays taken apart, integers read. */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "scan.h"
#include "xalloc.h"

#define COUNT(rows)   (sizeof(rows) / sizeof((rows)[0]))
#define TWENTY_DIGITS "12345678901234567890"
#define HUNDRED_DIGITS                                                         \
	TWENTY_DIGITS TWENTY_DIGITS TWENTY_DIGITS TWENTY_DIGITS TWENTY_DIGITS

/* Nesting ---------------------------------------------------------- */

/* What a value is nested with: opens, closes, and what is innermost. */
static const struct {
	const char *open, *inner, *close;
	int n_inner; /* how deep the inner one is itself */
} nests[] = {
    {"[", "1", "]", 0},
    {"[", "[]", "]", 1},
    {"[ ", "{}", " ]", 1},
    {"[0,", "\"\"", ",0]", 0},
    {"{\"a\":", "1", "}", 0},
    {"{\"a\":", "{}", "}", 1},
    {"{\"a\":0,\"b\":", "[[]]", ",\"c\":0}", 2},
    {"[{\"a\":", "null", "}]", 0},
    {"{\"a\":[ ", "[1]", "],\"b\":[]}", 1},
};

/* A line whose only value is nested so deep with the i-th of them; to be
 * freed by the caller. NULL where it cannot be that deep. */
static char *nested(size_t i, int depth)
{
	int step =
	    strpbrk(nests[i].open, "[") && strpbrk(nests[i].open, "{") ? 2 : 1;
	int n = (depth - nests[i].n_inner) / step;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	fputs("{\"v\":", out);
	for (int level = 0; level < n; level++)
		fputs(nests[i].open, out);
	fputs(nests[i].inner, out);
	for (int level = 0; level < n; level++)
		fputs(nests[i].close, out);
	fputs("}", out);
	fclose(out);
	if (n * step + nests[i].n_inner == depth)
		return text;
	free(text);
	return NULL;
}

/* What is wrong with the only member of the line; NULL: nothing. */
static const char *scan_only(const char *line, size_t len)
{
	struct scan_value name, value;
	struct scan scan;
	const char *error = NULL;

	scan_begin(&scan, guard_copy(line, len), len);
	if (scan_member(&scan, &name, &value) == SCAN_FAILED ||
	    scan_member(&scan, &name, &value) != SCAN_DONE)
		error = scan.error;
	guard_free();
	return error;
}

static void expect_depth(int depth, bool is_good)
{
	int n_seen = 0;

	for (size_t i = 0; i < COUNT(nests); i++) {
		char *line = nested(i, depth);
		const char *error;

		if (line == NULL)
			continue;
		n_seen++;
		error = scan_only(line, strlen(line));
		ck_assert_msg(is_good == (error == NULL), "%d: %.300s: %s",
		    depth, line, error == NULL ? "accepted" : error);
		if (!is_good)
			ck_assert_str_eq(error, "nested too deep");
		free(line);
	}
	ck_assert_int_ge(n_seen, 7);
}

START_TEST(a_value_nests_64_deep_and_no_deeper)
{
	for (int depth = 0; depth <= 64; depth++) {
		char *line = nested(0, depth);

		ck_assert_ptr_null(scan_only(line, strlen(line)));
		free(line);
	}
	expect_depth(63, true);
	expect_depth(64, true);
	expect_depth(65, false);
	expect_depth(66, false);
	expect_depth(2049, false);
	expect_depth(100000, false);
}
END_TEST

START_TEST(closed_brackets_do_not_count_as_depth)
{
	char line[4096] = "{\"v\":[";

	for (int i = 0; i < 200; i++)
		strcat(line, "[[{\"a\":[]}]],");
	strcat(line, "1]}");
	ck_assert_ptr_null(scan_only(line, strlen(line)));
}
END_TEST

START_TEST(a_bracket_is_closed_by_its_own_kind_at_every_depth)
{
	/* As deep as may be, a pattern of both kinds, one of them closed
	 * wrongly. */
	for (int wrong = -1; wrong < 64; wrong++) {
		char line[1024] = "{\"v\":";

		for (int i = 0; i < 64; i++)
			strcat(line, i * i % 3 ? "{\"a\":" : "[");
		strcat(line, "0");
		for (int i = 63; i >= 0; i--)
			strcat(
			    line, (i * i % 3 == 0) == (i == wrong) ? "}" : "]");
		strcat(line, "}");
		ck_assert_int_eq(
		    scan_only(line, strlen(line)) == NULL, wrong == -1);
	}
}
END_TEST

START_TEST(a_value_of_a_mebibyte_is_one_span)
{
	size_t len = 1024 * 1024;
	char *line = xmalloc(len + 1);
	struct scan_value name, value;
	struct scan scan;

	for (size_t i = 0; i + 3 <= len; i += 3)
		memcpy(line + i, "{},", 3);
	memcpy(line, "{\"v\":[", 6);
	memcpy(line + len - 4, "{}]}", 4);
	scan_begin(&scan, guard_copy(line, len), len);
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_ITEM);
	ck_assert_int_eq(value.type, SCAN_ARRAY);
	ck_assert_uint_eq(value.len, len - 6);
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_DONE);
	guard_free();
	free(line);
}
END_TEST

/* Arrays ----------------------------------------------------------- */

/* The elements of the array, each followed by a bar. */
static void expect_elements(const char *array, const char *elements)
{
	size_t len = strlen(array);
	struct scan_value whole = {.type = SCAN_ARRAY, .len = len}, element;
	struct scan scan;
	char seen[200] = "";

	whole.at = guard_copy(array, len);
	scan_array_begin(&scan, &whole);
	while (scan_element(&scan, &element) == SCAN_ITEM) {
		strncat(seen, element.at, element.len);
		strcat(seen, "|");
	}
	ck_assert_str_eq(seen, elements);
	guard_free();
}

START_TEST(an_array_is_taken_apart_into_its_elements)
{
	expect_elements("[]", "");
	expect_elements("[ \t]", "");
	expect_elements("[1]", "1|");
	expect_elements("[ 1 , \"a,]\" , [2,3] ,{\"b\":[4]}, null ]",
	    "1|\"a,]\"|[2,3]|{\"b\":[4]}|null|");
	expect_elements("[[],[[]],{}]", "[]|[[]]|{}|");
}
END_TEST

START_TEST(elements_tell_their_types)
{
	static const char array[] = "[null,true,1,\"\",[],{}]";
	struct scan_value whole = {
	    .type = SCAN_ARRAY, .at = array, .len = sizeof(array) - 1};
	struct scan_value element;
	struct scan scan;

	scan_array_begin(&scan, &whole);
	for (int type = SCAN_NULL; type <= SCAN_OBJECT; type++) {
		ck_assert_int_eq(scan_element(&scan, &element), SCAN_ITEM);
		ck_assert_int_eq(element.type, type);
	}
	ck_assert_int_eq(scan_element(&scan, &element), SCAN_DONE);
}
END_TEST

/* Integers --------------------------------------------------------- */

/* The value of the text in a line. */
static struct scan_value only_value(const char *text, char line[600])
{
	struct scan_value name, value;
	struct scan scan;

	snprintf(line, 600, "{\"v\":%s}", text);
	scan_begin(&scan, line, strlen(line));
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_ITEM);
	return value;
}

START_TEST(integers_are_read_up_to_2_to_the_53_less_one)
{
	static const struct {
		const char *text;
		int64_t number;
	} rows[] = {
	    {"0", 0},
	    {"-0", 0},
	    {"7", 7},
	    {"-7", -7},
	    {"1234567890", 1234567890},
	    {"9007199254740991", 9007199254740991},
	    {"-9007199254740991", -9007199254740991},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[600];
		struct scan_value value = only_value(rows[i].text, line);
		int64_t number = 99;

		ck_assert_msg(
		    scan_integer(&value, &number), "%s", rows[i].text);
		ck_assert_int_eq(number, rows[i].number);
	}
}
END_TEST

START_TEST(what_is_no_integer_of_that_size_is_none)
{
	static const char *const texts[] = {
	    "9007199254740992",
	    "-9007199254740992",
	    "9223372036854775807",
	    "9223372036854775808",
	    "-9223372036854775808",
	    "18446744073709551616",
	    "18446744073709551623",
	    TWENTY_DIGITS,
	    HUNDRED_DIGITS HUNDRED_DIGITS HUNDRED_DIGITS HUNDRED_DIGITS,
	    "1.0",
	    "1e2",
	    "0e0",
	    "-0.0",
	    "1e400",
	    "true",
	    "null",
	    "\"1\"",
	    "[1]",
	    "{}",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		char line[600];
		struct scan_value value = only_value(texts[i], line);
		int64_t number;

		ck_assert_msg(!scan_integer(&value, &number), "%s", texts[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_value_nests_64_deep_and_no_deeper,
	    closed_brackets_do_not_count_as_depth,
	    a_bracket_is_closed_by_its_own_kind_at_every_depth,
	    a_value_of_a_mebibyte_is_one_span,
	    an_array_is_taken_apart_into_its_elements,
	    elements_tell_their_types,
	    integers_are_read_up_to_2_to_the_53_less_one,
	    what_is_no_integer_of_that_size_is_none,
	    NULL,
	};

	return unit_run("scan_values", tests);
}
