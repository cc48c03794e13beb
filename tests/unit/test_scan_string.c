/* SPDX-License-Identifier: MIT */
/*
 * Strings: which bytes and escapes they may hold, and what they mean. Each row
 * is tried as a value and as the name of a member.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "scan.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* The string as it stands between the quotes, and what it means (good ones)
 * or what is wrong with it. */
struct row {
	const char *spelled;
	size_t n_spelled;
	const char *meaning;
	size_t n_meaning;
};

#define ROW(spelled, meaning)                                                  \
	{                                                                      \
		spelled, sizeof(spelled) - 1, meaning, sizeof(meaning) - 1     \
	}

/* Where the string of a row is put. */
static const struct {
	const char *before, *behind;
} places[] = {
    {"{\"a\":\"", "\"}"},
    {"{\"", "\":1}"},
    {"{\"a\":[\"", "\"]}"},
    {"{\"a\":{\"", "\":1}}"},
};

/* Puts the row's string into the place; returns the length of the line. */
static size_t put(const struct row *row, size_t place, char line[200])
{
	size_t n_before = strlen(places[place].before);
	size_t n_behind = strlen(places[place].behind);

	memcpy(line, places[place].before, n_before);
	memcpy(line + n_before, row->spelled, row->n_spelled);
	memcpy(
	    line + n_before + row->n_spelled, places[place].behind, n_behind);
	return n_before + row->n_spelled + n_behind;
}

/* Scans to the end. NULL, or what is wrong. */
static const char *scan_all(const char *line, size_t len)
{
	struct scan_value name, value;
	struct scan scan;
	enum scan_step step;

	scan_begin(&scan, guard_copy(line, len), len);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM)
		continue;
	guard_free();
	return step == SCAN_DONE ? NULL : scan.error;
}

static const struct row bad[] = {
    /* Bytes that are not themselves. */
    ROW("\0", "control character"),
    ROW("a\0b", "control character"),
    ROW("\x01", "control character"),
    ROW("\t", "control character"),
    ROW("\n", "control character"),
    ROW("\r", "control character"),
    ROW("\x1F", "control character"),
    /* Not UTF-8: continuations alone, starts without end. */
    ROW("\x80", "UTF-8"),
    ROW("\xBF", "UTF-8"),
    ROW("a\xA0z", "UTF-8"),
    ROW("\xC3", "UTF-8"),
    ROW("\xC3z", "UTF-8"),
    ROW("\xC3\xC3", "UTF-8"),
    ROW("\xE2\x82", "UTF-8"),
    ROW("\xE2\x82z", "UTF-8"),
    ROW("\xE2z\xAC", "UTF-8"),
    ROW("\xF0\x9F\x98", "UTF-8"),
    ROW("\xF0\x9F\x98z", "UTF-8"),
    ROW("\xF0\x9Fz\x80", "UTF-8"),
    /* Overlong forms. */
    ROW("\xC0\x80", "UTF-8"),
    ROW("\xC0\xAF", "UTF-8"),
    ROW("\xC1\xBF", "UTF-8"),
    ROW("\xE0\x80\x80", "UTF-8"),
    ROW("\xE0\x9F\xBF", "UTF-8"),
    ROW("\xF0\x80\x80\x80", "UTF-8"),
    ROW("\xF0\x8F\xBF\xBF", "UTF-8"),
    /* Surrogates, and what is above U+10FFFF. */
    ROW("\xED\xA0\x80", "UTF-8"),
    ROW("\xED\xBF\xBF", "UTF-8"),
    ROW("\xED\xA0\xBD\xED\xB8\x80", "UTF-8"),
    ROW("\xF4\x90\x80\x80", "UTF-8"),
    ROW("\xF5\x80\x80\x80", "UTF-8"),
    ROW("\xF8\x88\x80\x80\x80", "UTF-8"),
    ROW("\xFE", "UTF-8"),
    ROW("\xFF", "UTF-8"),
    /* Escapes. */
    ROW("\\", NULL),
    ROW("\\a", "escape"),
    ROW("\\x41", "escape"),
    ROW("\\'", "escape"),
    ROW("\\0", "escape"),
    ROW("\\v", "escape"),
    ROW("\\U0041", "escape"),
    ROW("\\ ", "escape"),
    ROW("\\\n", "escape"),
    ROW("\\\0", "escape"),
    ROW("\\\xC3\xA4", "escape"),
    ROW("\\u", "four hexadecimal"),
    ROW("\\u004", "four hexadecimal"),
    ROW("\\u004g", "four hexadecimal"),
    ROW("\\u 041", "four hexadecimal"),
    ROW("\\u+041", "four hexadecimal"),
    ROW("\\u{41}", "four hexadecimal"),
    /* Halves of pairs. */
    ROW("\\ud800", "high surrogate"),
    ROW("\\uDBFF", "high surrogate"),
    ROW("\\ud800x", "high surrogate"),
    ROW("\\ud83d\\", "high surrogate"),
    ROW("\\ud83d\\n", "high surrogate"),
    ROW("\\ud83d\\u", "high surrogate"),
    ROW("\\ud83d\\u0041", "high surrogate"),
    ROW("\\ud83d\\ud83d", "high surrogate"),
    ROW("\\ud83d\\ud83d\\ude00", "high surrogate"),
    ROW("\\ud83d\\ue000", "high surrogate"),
    ROW("\\ud83dude00", "high surrogate"),
    ROW("\\udc00", "low surrogate"),
    ROW("\\uDFFF", "low surrogate"),
    ROW("\\ude00\\ud83d", "low surrogate"),
    ROW("\\ud83d\\ude00\\ude00", "low surrogate"),
};

START_TEST(strings_that_are_none_are_refused_wherever_they_stand)
{
	for (size_t i = 0; i < COUNT(bad); i++) {
		for (size_t place = 0; place < COUNT(places); place++) {
			char line[200];
			size_t len = put(&bad[i], place, line);
			const char *error = scan_all(line, len);

			ck_assert_msg(error != NULL, "row %zu: accepted: %.*s",
			    i, (int)len, line);
			ck_assert_msg(bad[i].meaning == NULL ||
					  strstr(error, bad[i].meaning) != NULL,
			    "row %zu: %s, and not: %s", i, error,
			    bad[i].meaning);
		}
	}
}
END_TEST

static const struct row good[] = {
    ROW("", ""),
    ROW("a", "a"),
    ROW(" ~\x7F", " ~\x7F"),
    ROW("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"),
    ROW("\\u0041\\u007f", "A\x7F"),
    ROW("a\\u0000b", "a\0b"),
    ROW("\\u001f\\u000A", "\x1F\n"),
    ROW("\\\\u0041", "\\u0041"),
    ROW("\\u0022\\u005c", "\"\\"),
    /* The ends of each length of UTF-8, raw and escaped. */
    ROW("\xC2\x80\xDF\xBF", "\xC2\x80\xDF\xBF"),
    ROW("\\u0080\\u07ff", "\xC2\x80\xDF\xBF"),
    ROW("\xE0\xA0\x80\xEF\xBF\xBF", "\xE0\xA0\x80\xEF\xBF\xBF"),
    ROW("\\u0800\\uFFFF", "\xE0\xA0\x80\xEF\xBF\xBF"),
    ROW("\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"),
    ROW("\\ud7ff\\uE000", "\xED\x9F\xBF\xEE\x80\x80"),
    ROW("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
    ROW("\\ud800\\udc00\\uDBFF\\uDFFF", "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
    ROW("\\ud83d\\ude00!", "\xF0\x9F\x98\x80!"),
    ROW("\xEF\xBB\xBF", "\xEF\xBB\xBF"),
    ROW("x\\u00e4\xC3\xA4y", "x\xC3\xA4\xC3\xA4y"),
};

/* The name and the value of the line's only member. */
static void only_member(const char *line, size_t len, struct scan_value *name,
    struct scan_value *value)
{
	struct scan_value more;
	struct scan scan;

	scan_begin(&scan, line, len);
	ck_assert_int_eq(scan_member(&scan, name, value), SCAN_ITEM);
	ck_assert_int_eq(scan_member(&scan, &more, &more), SCAN_DONE);
}

static void expect_meaning(
    const struct row *row, const struct scan_value *string)
{
	bool is_plain = memchr(row->spelled, '\\', row->n_spelled) == NULL;
	long n = (long)row->n_meaning;
	char text[64];

	ck_assert_int_eq(string->type, SCAN_STRING);
	ck_assert_uint_eq(string->len, row->n_spelled + 2);
	ck_assert_int_eq(string->is_plain, is_plain);
	ck_assert_int_eq(scan_text(string, text, sizeof(text)), n);
	ck_assert_msg(memcmp(text, row->meaning, row->n_meaning) == 0,
	    "%s means %.*s", row->spelled, (int)n, text);
	/* The bound is exact, and nothing is written beyond it. */
	memset(text, '#', sizeof(text));
	ck_assert_int_eq(scan_text(string, text, row->n_meaning), n);
	ck_assert_int_eq(text[n], '#');
	if (n == 0)
		return;
	memset(text, '#', sizeof(text));
	ck_assert_int_eq(scan_text(string, text, row->n_meaning - 1), -1);
	ck_assert_int_eq(text[n - 1], '#');
}

START_TEST(strings_mean_what_their_escapes_stand_for)
{
	for (size_t i = 0; i < COUNT(good); i++) {
		struct scan_value name, value;
		char line[200];
		size_t len = put(&good[i], 0, line);

		only_member(guard_copy(line, len), len, &name, &value);
		expect_meaning(&good[i], &value);
		guard_free();
		len = put(&good[i], 1, line);
		only_member(guard_copy(line, len), len, &name, &value);
		expect_meaning(&good[i], &name);
		guard_free();
		for (size_t place = 2; place < COUNT(places); place++) {
			len = put(&good[i], place, line);
			ck_assert_ptr_null(scan_all(line, len));
		}
	}
}
END_TEST

/* Whether the two bytes and what is behind them are one character, by the
 * definition of UTF-8: decoded, and encoded again, it is the same. */
static bool is_utf8_pair(int first, int second)
{
	int point;

	if (first < 0x80 || first >= 0xE0)
		return false;
	point = (first & 0x1F) << 6 | (second & 0x3F);
	return first >= 0xC0 && (second & 0xC0) == 0x80 && point >= 0x80;
}

START_TEST(every_pair_of_bytes_is_judged_as_utf8_says)
{
	for (int pair = 0; pair < 0x8000; pair++) {
		int first = 0x80 + (pair >> 8), second = pair & 0xFF;
		char bytes[] = {(char)first, (char)second};
		struct row row = {bytes, 2, NULL, 0};
		char line[200];
		size_t len = put(&row, 0, line);
		bool is_good = scan_all(line, len) == NULL;

		ck_assert_msg(is_good == is_utf8_pair(first, second),
		    "%02X %02X", first, second);
	}
}
END_TEST

START_TEST(every_escaped_unit_is_judged_and_decoded)
{
	for (unsigned unit = 0; unit < 0x10000; unit++) {
		bool is_half = unit >= 0xD800 && unit <= 0xDFFF;
		struct scan_value name, value;
		char line[64], text[4];
		size_t len = (size_t)snprintf(
		    line, sizeof(line), "{\"a\":\"\\u%04X\"}", unit);
		unsigned char first;
		long n;

		ck_assert_int_eq(scan_all(line, len) != NULL, is_half);
		if (is_half)
			continue;
		only_member(line, len, &name, &value);
		n = scan_text(&value, text, sizeof(text));
		ck_assert_int_eq(n, unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3);
		first = (unsigned char)text[0];
		ck_assert_uint_eq(first, n == 1   ? unit
					 : n == 2 ? (0xC0 | unit >> 6)
						  : (0xE0 | unit >> 12));
		if (n > 1)
			ck_assert_uint_eq(
			    (unsigned char)text[n - 1], 0x80 | (unit & 0x3F));
	}
}
END_TEST

START_TEST(every_byte_is_judged_wherever_it_stands)
{
	for (size_t at = 0; at < 26; at++) {
		for (unsigned c = 0; c < 256; c++) {
			bool stands_for_itself =
			    c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
			char text[] = "\"aaaaaaaaaaaaaaaaaaaaaaaaaa\"";

			text[1 + at] = (char)c;
			ck_assert_int_eq(scan_is_value(text, sizeof(text) - 1),
			    stands_for_itself);
		}
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    strings_that_are_none_are_refused_wherever_they_stand,
	    strings_mean_what_their_escapes_stand_for,
	    every_pair_of_bytes_is_judged_as_utf8_says,
	    every_escaped_unit_is_judged_and_decoded,
	    every_byte_is_judged_wherever_it_stands,
	    NULL,
	};

	return unit_run("scan_string", tests);
}
