/* SPDX-License-Identifier: MIT */
/* Lines made up from a seed: see lines.h. */
#include "lines.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A line stops growing at this length, and then closes what is open. */
#define ENOUGH_BYTES 3000
#define MAX_LEVEL    7

/* splitmix64: short, and good enough. */
unsigned lines_draw(struct lines *lines, unsigned n)
{
	uint64_t z = lines->state += 0x9E3779B97F4A7C15;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
	z = (z ^ z >> 27) * 0x94D049BB133111EB;
	return (unsigned)((z ^ z >> 31) % n);
}

static void add_bytes(struct lines *lines, const char *bytes, size_t len)
{
	if (lines->len + len > LINES_BYTES)
		return;
	memcpy(lines->line + lines->len, bytes, len);
	lines->len += len;
}

static void add(struct lines *lines, const char *text)
{
	add_bytes(lines, text, strlen(text));
}

static void add_one_of(
    struct lines *lines, const char *const texts[], unsigned n)
{
	add(lines, texts[lines_draw(lines, n)]);
}

static void add_space(struct lines *lines)
{
	static const char *const spaces[] = {
	    " ", "\t", "\r", "\n", "  ", " \t"};

	if (lines_draw(lines, 4) == 0)
		add_one_of(lines, spaces, COUNT(spaces));
}

static void add_digits(struct lines *lines, unsigned most)
{
	unsigned n = 1 + lines_draw(lines, most);

	while (n-- > 0) {
		char digit = (char)('0' + lines_draw(lines, 10));

		add_bytes(lines, &digit, 1);
	}
}

static void add_number(struct lines *lines)
{
	static const char *const firsts[] = {
	    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
	static const char *const exponents[] = {"e", "E", "e+", "E-", "e-"};
	unsigned first = lines_draw(lines, 10);

	if (lines_draw(lines, 3) == 0)
		add(lines, "-");
	add(lines, firsts[first]);
	if (first != 0 && lines_draw(lines, 2) == 0)
		add_digits(lines, lines_draw(lines, 20) == 0 ? 400 : 20);
	if (lines_draw(lines, 4) == 0) {
		add(lines, ".");
		add_digits(lines, 20);
	}
	if (lines_draw(lines, 4) == 0) {
		add_one_of(lines, exponents, COUNT(exponents));
		add_digits(lines, lines_draw(lines, 8) == 0 ? 4 : 2);
	}
}

/* Characters and escapes that are likely to be misread. */
static const char *const atoms[] = {"\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n",
    "\\r", "\\t", "\\u0041", "\\u00e4", "\\u0800", "\\uD7FF", "\\uE000",
    "\\uffff", "\\u0001", "\\ud83d\\ude00", "\\uD800\\uDC00", "\\udbff\\udfff",
    "{", "}", "[", "]", ",", ":", "'", "/", "\x7F", "\xC2\x80", "\xC3\xA4",
    "\xDF\xBF", "\xE0\xA0\x80", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xEE\x80\x80",
    "\xEF\xBB\xBF", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF0\x9F\x98\x80",
    "\xF4\x8F\xBF\xBF"};

static void add_string(struct lines *lines)
{
	unsigned n = lines_draw(lines, lines_draw(lines, 10) == 0 ? 60 : 8);

	add(lines, "\"");
	while (n-- > 0) {
		char letter = (char)('a' + lines_draw(lines, 26));

		if (lines_draw(lines, 3) == 0)
			add_one_of(lines, atoms, COUNT(atoms));
		else if (lines_draw(lines, 300) == 0)
			add(lines, "\\u0000");
		else
			add_bytes(lines, &letter, 1);
	}
	add(lines, "\"");
}

static void add_value(struct lines *lines, int level);

static void add_name(struct lines *lines)
{
	static const char *const names[] = {"\"a\"", "\"b\"", "\"id\"",
	    "\"\\u0061\"", "\"\"", "\"op\"", "\"key\"", "\"value\""};

	if (lines_draw(lines, 2) == 0)
		add_one_of(lines, names, COUNT(names));
	else
		add_string(lines);
	add_space(lines);
	add(lines, ":");
}

static void add_container(struct lines *lines, int level, int is_object)
{
	unsigned n = lines_draw(lines, 5);

	add(lines, is_object ? "{" : "[");
	add_space(lines);
	for (unsigned i = 0; i < n && lines->len < ENOUGH_BYTES; i++) {
		if (i > 0) {
			add(lines, ",");
			add_space(lines);
		}
		if (is_object)
			add_name(lines);
		add_value(lines, level + 1);
	}
	add(lines, is_object ? "}" : "]");
}

/* Brackets around brackets, sometimes more than are allowed. */
static void add_deep(struct lines *lines)
{
	unsigned depth = 55 + lines_draw(lines, 20);

	for (unsigned i = 0; i < depth; i++)
		add(lines, i % 3 == 0 ? "{\"a\":" : "[");
	add(lines, "1");
	for (unsigned i = depth; i-- > 0;)
		add(lines, i % 3 == 0 ? "}" : "]");
}

static void add_value(struct lines *lines, int level)
{
	static const char *const words[] = {"true", "false", "null"};

	add_space(lines);
	switch (lines_draw(lines, level < MAX_LEVEL ? 7 : 4)) {
	case 0:
		add_one_of(lines, words, COUNT(words));
		break;
	case 1:
		add_number(lines);
		break;
	case 2:
	case 3:
		add_string(lines);
		break;
	case 4:
		if (lines_draw(lines, 60) == 0)
			add_deep(lines);
		else
			add_number(lines);
		break;
	case 5:
		add_container(lines, level, 0);
		break;
	default:
		add_container(lines, level, 1);
		break;
	}
	add_space(lines);
}

void lines_make(struct lines *lines)
{
	lines->len = 0;
	add_space(lines);
	add_container(lines, 0, 1);
	add_space(lines);
}

/* Spoiling --------------------------------------------------------- */

/* Puts the bytes in place of n bytes at this position. */
static void splice(
    struct lines *lines, size_t at, size_t n, const char *bytes, size_t len)
{
	if (lines->len - n + len > LINES_BYTES)
		return;
	memmove(
	    lines->line + at + len, lines->line + at + n, lines->len - at - n);
	memcpy(lines->line + at, bytes, len);
	lines->len += len - n;
}

/* Bytes that mean something to a parser, and some that must not. */
static const char hot[] = "{}[],:\"\\/'#+-.0123456789eEtfnaulrsd \t\r\n\v\f"
			  "\x00\x01\x1F\x7F\x80\xA0\xBF\xC0\xC2\xE0\xED\xF0"
			  "\xF4\xF5\xFE\xFF";

static const char *const pieces[] = {"NaN", "Infinity", "-", "01", "+1", ".5",
    "1.", "1e", "0x1", "1e999", "\\u0000", "\\ud83d", "\\ude00", "\\u12", "\\x",
    "//", "/**/", "\"a\":1,", ",\"a\":1", "{}", "[]", "null", "\"",
    "\xEF\xBB\xBF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "[[[[[[[["};

static void spoil_once(struct lines *lines)
{
	size_t at = lines_draw(lines, (unsigned)lines->len + 1);
	size_t left = lines->len - at;
	const char *piece = pieces[lines_draw(lines, COUNT(pieces))];
	char byte = hot[lines_draw(lines, sizeof(hot) - 1)];
	size_t n = left == 0 ? 0 : 1;

	switch (lines_draw(lines, 6)) {
	case 0: /* one byte less */
		splice(lines, at, n, "", 0);
		break;
	case 1: /* one byte more */
		splice(lines, at, 0, &byte, 1);
		break;
	case 2: /* another byte */
		splice(lines, at, n, &byte, 1);
		break;
	case 3: /* something in between */
		splice(lines, at, 0, piece, strlen(piece));
		break;
	case 4: /* a part missing */
		n = lines_draw(lines, 12);
		splice(lines, at, n < left ? n : left, "", 0);
		break;
	default: /* the end missing, or twice there */
		if (lines_draw(lines, 2) == 0)
			lines->len = at;
		else if (left < LINES_BYTES / 4)
			add_bytes(lines, lines->line + at, left);
		break;
	}
}

void lines_spoil(struct lines *lines)
{
	unsigned n = 1 + (lines_draw(lines, 3) == 0 ? lines_draw(lines, 3) : 0);

	while (n-- > 0)
		spoil_once(lines);
}
