/* SPDX-License-Identifier: MIT */
/*
 * The scanner: strict JSON (RFC 8259) in one pass, without allocation. It
 * checks a line to its last byte and gives each member of its top-level object
 * as spans of that line, so that values pass through byte for byte. A general
 * parser would round 0.1, refuse 1e400 and build a tree that is many times the
 * line.
 *
 * Stricter than some: no lone surrogate escapes, no invalid UTF-8, a value
 * nests at most WIRE_MAX_DEPTH deep (in an answer, SCAN_MAX_DEPTH).
 */
#ifndef SCAN_H
#define SCAN_H

#include "wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum scan_type {
	SCAN_NULL,
	SCAN_BOOL,
	SCAN_NUMBER,
	SCAN_STRING,
	SCAN_ARRAY,
	SCAN_OBJECT,
};

/* A value as it stands in the line. Borrowed: valid as long as the line. */
struct scan_value {
	enum scan_type type;
	bool is_plain;  /* string without escapes: what is between the quotes is
			 * the text. Number: an integer without fraction and
			 * exponent. */
	const char *at; /* first byte, of a string its quote */
	size_t len;
};

/* An answer may have a list of values that clients sent. */
#define SCAN_MAX_DEPTH (WIRE_MAX_DEPTH + 1)

struct scan {
	const char *begin, *at, *end;
	int max_depth;     /* of a value */
	const char *error; /* what is wrong at at; NULL: nothing so far */
	bool is_inside;    /* past the opening bracket: items are parted by
			    * commas from here on */
};

enum scan_step {
	SCAN_FAILED, /* see scan->error */
	SCAN_ITEM,   /* here is one more */
	SCAN_DONE,   /* that was all */
};

/* Begins with a line that has to be one object. */
void scan_begin(struct scan *scan, const char *line, size_t len);
/* The same with an answer of the daemon. */
void scan_begin_answer(struct scan *scan, const char *line, size_t len);
/* The next member of the object. After SCAN_DONE the whole line has been
 * checked; before, nothing that was returned may have an effect. */
enum scan_step scan_member(
    struct scan *scan, struct scan_value *name, struct scan_value *value);

/* Begins with an array that a scan has returned (and so has checked). */
void scan_array_begin(struct scan *scan, const struct scan_value *array);
/* Its next element. */
enum scan_step scan_element(struct scan *scan, struct scan_value *element);

/* Whether the text is one JSON value, with nothing but white space around it.
 */
bool scan_is_value(const char *text, size_t len);

/* Reads an integer; false where the value is not one, or beyond +-(2^53-1). */
bool scan_integer(const struct scan_value *value, int64_t *number);

/* scan_string.c: */

/* Decodes a string into text; returns its length, or -1 where it has more
 * than cap bytes: then text has the beginning, which may end inside of a
 * letter, and perhaps a few bytes less than would fit. No NUL is added. */
long scan_text(const struct scan_value *string, char *text, size_t cap);

#endif
