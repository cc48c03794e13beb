/* SPDX-License-Identifier: MIT */
/* Strict JSON in one pass: see scan.h. No recursion: the kinds of the open
 * containers are kept in a row. */
#include "scan_state.h"

#include <string.h>

static inline void skip_space(struct scan *s)
{
	if (s->at < s->end && (unsigned char)*s->at > ' ')
		return; /* mostly there is none */
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' ||
				     *s->at == '\r' || *s->at == '\n'))
		s->at++;
}

/* Numbers and words ------------------------------------------------ */

static bool skip_digits(struct scan *s)
{
	const char *begin = s->at, *at = begin;

	while (at < s->end && *at >= '0' && *at <= '9')
		at++;
	s->at = at;
	return at > begin || fail(s, "digit expected");
}

static bool skip_number(struct scan *s, bool *is_integer)
{
	*is_integer = true;
	if (peek(s) == '-')
		s->at++;
	if (peek(s) == '0')
		s->at++; /* nothing but 0 may begin with it */
	else if (!skip_digits(s))
		return false;
	if (peek(s) == '.') {
		*is_integer = false;
		s->at++;
		if (!skip_digits(s))
			return false;
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		*is_integer = false;
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (!skip_digits(s))
			return false;
	}
	return true;
}

static bool skip_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return fail(s, "value expected");
	s->at += len;
	return true;
}

static bool skip_scalar(struct scan *s, struct scan_value *value)
{
	switch (peek(s)) {
	case '"':
		value->type = SCAN_STRING;
		return scan_skip_string(s, &value->is_plain);
	case 't':
		value->type = SCAN_BOOL;
		return skip_word(s, "true");
	case 'f':
		value->type = SCAN_BOOL;
		return skip_word(s, "false");
	case 'n':
		value->type = SCAN_NULL;
		return skip_word(s, "null");
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		value->type = SCAN_NUMBER;
		return skip_number(s, &value->is_plain);
	default:
		return fail(s, "value expected");
	}
}

/* Arrays and objects ----------------------------------------------- */

/* The open containers, the innermost last. */
struct nest {
	int depth;
	bool is_object[SCAN_MAX_DEPTH];
};

/* A member's name and its colon. */
static bool skip_name(struct scan *s)
{
	bool is_plain;

	skip_space(s);
	if (peek(s) != '"')
		return fail(s, "name of a member expected");
	if (!scan_skip_string(s, &is_plain))
		return false;
	skip_space(s);
	if (peek(s) != ':')
		return fail(s, "colon expected");
	s->at++;
	return true;
}

/* At [ or {. Goes into it, up to its first value; out again where there is
 * none. is_open tells which. */
static bool open_container(struct scan *s, struct nest *nest, bool *is_open)
{
	bool is_object = *s->at == '{';

	if (nest->depth == s->max_depth)
		return fail(s, "nested too deep");
	s->at++;
	skip_space(s);
	*is_open = peek(s) != (is_object ? '}' : ']');
	if (!*is_open) {
		s->at++;
		return true;
	}
	nest->is_object[nest->depth++] = is_object;
	return !is_object || skip_name(s);
}

/* Behind a value: closes what ends here, and goes on to the next value. */
static bool after_value(struct scan *s, struct nest *nest)
{
	while (nest->depth > 0) {
		bool in_object = nest->is_object[nest->depth - 1];

		skip_space(s);
		if (peek(s) == ',') {
			s->at++;
			return !in_object || skip_name(s);
		}
		if (peek(s) != (in_object ? '}' : ']'))
			return fail(s, in_object ? "comma or } expected"
						 : "comma or ] expected");
		s->at++;
		nest->depth--;
	}
	return true;
}

static bool skip_container(struct scan *s)
{
	struct scan_value ignored;
	struct nest nest;

	nest.depth = 0;
	do {
		bool is_open = false;

		skip_space(s);
		if (peek(s) == '[' || peek(s) == '{') {
			if (!open_container(s, &nest, &is_open))
				return false;
		} else if (!skip_scalar(s, &ignored)) {
			return false;
		}
		if (!is_open && !after_value(s, &nest))
			return false;
	} while (nest.depth > 0);
	return true;
}

static bool take_value(struct scan *s, struct scan_value *value)
{
	bool ok;

	skip_space(s);
	value->at = s->at;
	if (peek(s) == '"') {
		value->type = SCAN_STRING; /* most are */
		ok = scan_skip_string(s, &value->is_plain);
	} else if (peek(s) == '[' || peek(s) == '{') {
		value->type = *s->at == '[' ? SCAN_ARRAY : SCAN_OBJECT;
		ok = skip_container(s);
	} else {
		ok = skip_scalar(s, value);
	}
	value->len = (size_t)(s->at - value->at);
	return ok;
}

/* The line --------------------------------------------------------- */

void scan_begin(struct scan *scan, const char *line, size_t len)
{
	*scan = (struct scan){.begin = line,
	    .at = line,
	    .end = line + len,
	    .max_depth = WIRE_MAX_DEPTH};
}

void scan_begin_answer(struct scan *scan, const char *line, size_t len)
{
	scan_begin(scan, line, len);
	scan->max_depth = SCAN_MAX_DEPTH;
}

static enum scan_step step(bool ok)
{
	return ok ? SCAN_ITEM : SCAN_FAILED;
}

/* Behind the object there may be white space only. */
static enum scan_step finish(struct scan *s)
{
	s->at++;
	skip_space(s);
	if (s->at == s->end)
		return SCAN_DONE;
	return step(fail(s, "text behind the object"));
}

/* Takes one byte that has to be there; the first of a container opens it,
 * the others part its items. */
static bool take_separator(struct scan *s, char open)
{
	skip_space(s);
	if (peek(s) != (s->is_inside ? ',' : open))
		return false;
	s->is_inside = true;
	s->at++;
	return true;
}

enum scan_step scan_member(
    struct scan *s, struct scan_value *name, struct scan_value *value)
{
	bool is_first = !s->is_inside;

	if (!take_separator(s, '{')) {
		if (is_first)
			return step(fail(s, "an object has to begin with {"));
		if (peek(s) == '}')
			return finish(s);
		return step(fail(s, "comma or } expected"));
	}
	skip_space(s);
	if (is_first && peek(s) == '}')
		return finish(s);
	name->at = s->at;
	name->type = SCAN_STRING;
	if (peek(s) != '"')
		return step(fail(s, "name of a member expected"));
	if (!scan_skip_string(s, &name->is_plain))
		return SCAN_FAILED;
	name->len = (size_t)(s->at - name->at);
	skip_space(s);
	if (peek(s) != ':')
		return step(fail(s, "colon expected"));
	s->at++;
	return step(take_value(s, value));
}

void scan_array_begin(struct scan *scan, const struct scan_value *array)
{
	scan_begin(scan, array->at, array->len);
}

enum scan_step scan_element(struct scan *s, struct scan_value *element)
{
	bool is_first = !s->is_inside;

	if (!take_separator(s, '['))
		return SCAN_DONE;
	skip_space(s);
	if (is_first && peek(s) == ']')
		return SCAN_DONE;
	return step(take_value(s, element));
}

bool scan_is_value(const char *text, size_t len)
{
	struct scan scan;
	struct scan_value value;

	scan_begin(&scan, text, len);
	if (!take_value(&scan, &value))
		return false;
	skip_space(&scan);
	return scan.at == scan.end;
}

/* Nothing longer is in range, and nothing as long overflows. */
#define MAX_INTEGER_BYTES ((long)sizeof("-9007199254740991") - 1)

bool scan_integer(const struct scan_value *value, int64_t *number)
{
	const char *at = value->at;
	const char *end = value->at + value->len;
	bool is_negative = *at == '-';
	int64_t sum = 0;

	if (value->type != SCAN_NUMBER || !value->is_plain ||
	    end - at > MAX_INTEGER_BYTES)
		return false;
	for (at += is_negative; at < end; at++)
		sum = 10 * sum + (*at - '0');
	*number = is_negative ? -sum : sum;
	return sum <= WIRE_MAX_INTEGER;
}
