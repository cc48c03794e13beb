/* SPDX-License-Identifier: MIT */
/*
 * An answer, taken apart: see load_answer.h. One pass, no allocation; that the
 * text between the members is strict JSON is for other tests to find out.
 */
#include "load_answer.h"

#include <stddef.h>
#include <string.h>

struct cursor {
	const char *at, *end;
};

#define MEMBER(name)                                                           \
	{                                                                      \
#name, sizeof(#name) - 1, offsetof(struct load_answer, name)   \
	}

/* The most frequent first. */
static const struct {
	const char *name;
	size_t len, offset;
} numbers[] = {
    MEMBER(id),
    MEMBER(ok),
    MEMBER(token),
    MEMBER(leader),
    MEMBER(borrowed),
    MEMBER(in_use),
    MEMBER(capacity),
    MEMBER(create),
    MEMBER(followers),
};

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static bool take(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

/* Past the quote that ends a string. */
static bool skip_string(struct cursor *cursor)
{
	while (cursor->at < cursor->end) {
		char c = *cursor->at++;

		if (c == '"')
			return true;
		if (c == '\\')
			cursor->at++;
	}
	return false;
}

/* Up to the comma or brace that ends a member's value. */
static bool skip_value(struct cursor *cursor)
{
	int depth = 0;

	while (cursor->at < cursor->end) {
		char c = *cursor->at;

		if (depth == 0 && (c == ',' || c == '}'))
			return true;
		cursor->at++;
		if (c == '"' && !skip_string(cursor))
			return false;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
	}
	return false;
}

/* -1 where it is neither a natural number nor true or false. */
static int64_t number_of(const char *at, const char *end)
{
	int64_t number = 0;

	if (end - at == 4 && memcmp(at, "true", 4) == 0)
		return 1;
	if (end - at == 5 && memcmp(at, "false", 5) == 0)
		return 0;
	if (at == end || end - at > 18)
		return -1;
	for (; at < end; at++) {
		if (*at < '0' || *at > '9')
			return -1;
		number = number * 10 + (*at - '0');
	}
	return number;
}

static void set_member(struct load_answer *answer, const char *name, size_t len,
    const char *at, const char *end)
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (numbers[i].len == len &&
		    memcmp(numbers[i].name, name, len) == 0) {
			int64_t number = number_of(at, end);

			memcpy((char *)answer + numbers[i].offset, &number,
			    sizeof(number));
			return;
		}
	}
	if (len == 5 && memcmp(name, "value", 5) == 0) {
		answer->value = at;
		answer->n_value = (size_t)(end - at);
	}
}

static bool take_member(struct cursor *cursor, struct load_answer *answer)
{
	const char *name, *value;
	size_t len;

	if (!take(cursor, '"'))
		return false;
	name = cursor->at;
	if (!skip_string(cursor))
		return false;
	len = (size_t)(cursor->at - 1 - name);
	if (!take(cursor, ':'))
		return false;
	value = cursor->at;
	if (!skip_value(cursor))
		return false;
	set_member(answer, name, len, value, cursor->at);
	return true;
}

bool load_answer_parse(const char *line, size_t len, struct load_answer *out)
{
	struct cursor cursor = {line, line + len};

	*out = (struct load_answer){.id = -1,
	    .ok = -1,
	    .token = -1,
	    .leader = -1,
	    .borrowed = -1,
	    .create = -1,
	    .in_use = -1,
	    .capacity = -1,
	    .followers = -1};
	if (!take(&cursor, '{'))
		return false;
	do {
		if (!take_member(&cursor, out))
			return false;
	} while (take(&cursor, ','));
	return take(&cursor, '}') && cursor.at == cursor.end;
}
