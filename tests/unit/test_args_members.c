/* SPDX-License-Identifier: MIT */
/*
 * Members of a request, one by one: what each may be, up to the ends of its
 * range, and what is refused. And the words that echo what was sent.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "xalloc.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define COUNTS      2147483647
#define INTEGERS    9007199254740991

static char *line;
static char error[ARGS_ERROR_BYTES];

/* Checks {"MEMBER":value} for an operation that takes just this. */
static bool check(
    struct args *args, enum arg arg, const char *member, const char *value)
{
	struct args_rule rule = {.op = "test", .required = UINT32_C(1) << arg};
	size_t at;

	free(line);
	ck_assert_int_ge(asprintf(&line, "{\"%s\":%s}", member, value), 0);
	ck_assert_ptr_null(args_take(args, line, strlen(line), &at));
	ck_assert_msg(args_has(args, arg), "not the member meant: %s", line);
	error[0] = '\0';
	return args_check(args, &rule, error);
}

static void takes(enum arg arg, const char *member, const char *value)
{
	struct args args;

	ck_assert_msg(check(&args, arg, member, value), "%s: %s", line, error);
}

/* Asserts that the value is refused, in words with the member's name. */
static void refuses(enum arg arg, const char *member, const char *value)
{
	struct args args;
	char named[40];

	snprintf(named, sizeof(named), "\"%s\"", member);
	ck_assert_msg(!check(&args, arg, member, value), "accepted: %s", line);
	ck_assert_msg(strstr(error, named) != NULL, "%s: %s", line, error);
}

/* Integers --------------------------------------------------------- */

static const struct {
	enum arg arg;
	const char *member;
	int64_t smallest, largest;
} integers[] = {
    {ARG_TOKEN, "token", 1, INTEGERS},
    {ARG_WAIT_MS, "wait_ms", 0, INTEGERS},
    {ARG_MAX_WAITERS, "max_waiters", 0, INTEGERS},
    {ARG_LEASE_MS, "lease_ms", 1, INTEGERS},
    {ARG_MAX_LEADERS, "max_leaders", 1, COUNTS},
    {ARG_KEEP_MS, "keep_ms", 0, INTEGERS},
    {ARG_CAPACITY, "capacity", 1, COUNTS},
    {ARG_PERMITS, "permits", 1, COUNTS},
    {ARG_MAX_IDLE_MS, "max_idle_ms", 0, INTEGERS},
};

START_TEST(integers_are_taken_to_the_ends_of_their_range)
{
	for (size_t i = 0; i < COUNT(integers); i++) {
		enum arg arg = integers[i].arg;
		const int64_t ends[] = {
		    integers[i].smallest, integers[i].largest};

		for (size_t end = 0; end < 2; end++) {
			struct args args;
			char text[32];

			snprintf(
			    text, sizeof(text), "%lld", (long long)ends[end]);
			ck_assert(check(&args, arg, integers[i].member, text));
			ck_assert_int_eq(
			    args_number(&args, arg, -1), ends[end]);
		}
	}
}
END_TEST

START_TEST(integers_beyond_the_ends_of_their_range_are_refused)
{
	for (size_t i = 0; i < COUNT(integers); i++) {
		char text[32];

		snprintf(text, sizeof(text), "%lld",
		    (long long)integers[i].smallest - 1);
		refuses(integers[i].arg, integers[i].member, text);
		snprintf(text, sizeof(text), "%lld",
		    (long long)integers[i].largest + 1);
		refuses(integers[i].arg, integers[i].member, text);
	}
	ck_assert_str_eq(error, "\"max_idle_ms\" must be an integer from 0 to "
				"9007199254740991, not 9007199254740992");
}
END_TEST

START_TEST(what_is_no_integer_is_refused_where_one_is_due)
{
	static const char *const values[] = {"1.0", "1e2", "1E0", "-1",
	    "9223372036854775808", "18446744073709551617",
	    "10000000000000000000000000000000000000000001", "1e400", "true",
	    "false", "null", "\"1\"", "\"\"", "[1]", "[]", "{}"};

	for (size_t i = 0; i < COUNT(integers); i++) {
		for (size_t k = 0; k < COUNT(values); k++)
			refuses(integers[i].arg, integers[i].member, values[k]);
	}
	/* -0 is 0, where 0 may be. */
	takes(ARG_WAIT_MS, "wait_ms", "-0");
	refuses(ARG_LEASE_MS, "lease_ms", "-0");
}
END_TEST

/* Texts ------------------------------------------------------------ */

/* A string of n bytes, after decoding; how: raw, or with one escape. */
static void text_of(char *text, size_t n, bool has_escape)
{
	char *at = text;

	*at++ = '"';
	if (has_escape && n > 0) {
		memcpy(at, "\\u0061", 6);
		at += 6;
		n--;
	}
	memset(at, 'a', n);
	memcpy(at + n, "\"", 2);
}

START_TEST(texts_are_bounded_in_decoded_bytes)
{
	static const struct {
		enum arg arg;
		const char *member;
		size_t smallest, largest;
	} texts[] = {
	    {ARG_KEY, "key", 1, 256},
	    {ARG_MESSAGE, "message", 0, 1024},
	    {ARG_CLIENT, "client", 0, 64},
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		for (int has_escape = 0; has_escape < 2; has_escape++) {
			char text[1100];

			text_of(text, texts[i].smallest, has_escape);
			takes(texts[i].arg, texts[i].member, text);
			text_of(text, texts[i].largest, has_escape);
			takes(texts[i].arg, texts[i].member, text);
			text_of(text, texts[i].largest + 1, has_escape);
			refuses(texts[i].arg, texts[i].member, text);
		}
	}
	refuses(ARG_KEY, "key", "\"\"");
}
END_TEST

START_TEST(a_key_is_decoded_wherever_its_bytes_come_from)
{
	struct args args;

	ck_assert(check(&args, ARG_KEY, "key", "\"a/\xC3\xA4\""));
	ck_assert_uint_eq(args.key_len, 4);
	ck_assert(memcmp(args.key, "a/\xC3\xA4", 4) == 0);
	ck_assert(check(&args, ARG_KEY, "key", "\"a\\/\\u00e4\""));
	ck_assert_uint_eq(args.key_len, 4);
	ck_assert(memcmp(args.key, "a/\xC3\xA4", 4) == 0);
	/* Composed or not makes two keys. */
	ck_assert(check(&args, ARG_KEY, "key", "\"a/a\\u0308\""));
	ck_assert_uint_eq(args.key_len, 5);
}
END_TEST

START_TEST(keys_and_names_have_no_control_characters)
{
	static const char *const controls[] = {"\\u0000", "\\u0001", "\\n",
	    "\\r", "\\t", "\\b", "\\u001f", "\\u007f", "\x7F", "\\u0080",
	    "\\u009f", "\xC2\x80", "\xC2\x85", "\xC2\x9F"};
	static const char *const others[] = {" ", "~", "\\u00a0", "\xC2\xA0",
	    "\xC3\x80", "\xE2\x80\xA8", "\\u2028", "\\\"", "\\\\"};
	char text[32];

	for (size_t i = 0; i < COUNT(controls); i++) {
		snprintf(text, sizeof(text), "\"a%sb\"", controls[i]);
		refuses(ARG_KEY, "key", text);
		refuses(ARG_CLIENT, "client", text);
		takes(ARG_MESSAGE, "message", "\"a\\u0000\\n\\u0085b\"");
		for (int before = 0; before < 18; before++) {
			snprintf(text, sizeof(text), "\"%.*s%s\"", before,
			    "aaaaaaaaaaaaaaaaa", controls[i]);
			refuses(ARG_KEY, "key", text);
		}
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		snprintf(text, sizeof(text), "\"a%s\"", others[i]);
		takes(ARG_KEY, "key", text);
		takes(ARG_CLIENT, "client", text);
	}
}
END_TEST

START_TEST(keys_that_begin_with_an_at_sign_are_reserved)
{
	struct args args;

	ck_assert(!check(&args, ARG_KEY, "key", "\"@\""));
	ck_assert_str_eq(error, "keys that begin with @ are reserved");
	ck_assert(!check(&args, ARG_KEY, "key", "\"\\u0040all\""));
	takes(ARG_KEY, "key", "\"a@\"");
}
END_TEST

START_TEST(a_message_is_decoded)
{
	struct args args;

	ck_assert(check(&args, ARG_MESSAGE, "message", "\"a\\u0000\\n\""));
	ck_assert_uint_eq(args.text_len, 3);
	ck_assert(memcmp(args.text, "a\0\n", 3) == 0);
	ck_assert(check(&args, ARG_MESSAGE, "message", "\"\""));
	ck_assert_uint_eq(args.text_len, 0);
	ck_assert_ptr_nonnull(args.text);
}
END_TEST

/* The other types -------------------------------------------------- */

START_TEST(each_type_refuses_the_others)
{
	static const struct {
		enum arg arg;
		const char *member;
		const char *type; /* first letters of the values it takes */
	} rows[] = {
	    {ARG_KEY, "key", "s"},
	    {ARG_MESSAGE, "message", "s"},
	    {ARG_CLIENT, "client", "s"},
	    {ARG_ORDER, "order", "s"},
	    {ARG_ON_LOST, "on_lost", "s"},
	    {ARG_KIND, "kind", "s"},
	    {ARG_DETACHED, "detached", "b"},
	    {ARG_ADOPT, "adopt", "b"},
	    {ARG_MULTIPLEXED, "multiplexed", "b"},
	    {ARG_ITEMS, "items", "a"},
	    {ARG_EVENTS, "events", "a"},
	    {ARG_CAPACITY, "capacity", "i"},
	    {ARG_VALUE, "value", "snibfao"},
	};
	static const struct {
		char type;
		const char *value;
	} values[] = {{'s', "\"a\""}, {'n', "null"}, {'i', "1"}, {'f', "1.5"},
	    {'b', "true"}, {'b', "false"}, {'a', "[1]"}, {'a', "[]"},
	    {'o', "{\"a\":1}"}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t k = 0; k < COUNT(values); k++) {
			if (strchr(rows[i].type, values[k].type) != NULL)
				takes(rows[i].arg, rows[i].member,
				    values[k].value);
			else
				refuses(rows[i].arg, rows[i].member,
				    values[k].value);
		}
	}
}
END_TEST

/* Echoes ----------------------------------------------------------- */

START_TEST(an_echo_is_cut_to_32_bytes_at_a_whole_character)
{
	static const struct {
		const char *sent, *echo;
	} rows[] = {
	    {"\"\"", ""},
	    {"\"abc\"", "abc"},
	    {"1.50", "1.50"},
	    {"[1, 2]", "[1, 2]"},
	    {"\"\\u0061\\u00e4\"", "a\xC3\xA4"},
	    {"\"ping\\u0000\"", "ping\\u0000"}, /* not ping */
	    {"\"0123456789abcdef0123456789abcdef\"",
		"0123456789abcdef0123456789abcdef"},
	    {"\"0123456789abcdef0123456789abcdefg\"",
		"0123456789abcdef0123456789abcdef..."},
	    {"\"0123456789abcdef0123456789abcde\xC3\xA4\"",
		"0123456789abcdef0123456789abcde..."},
	    {"\"0123456789abcdef0123456789abc\xF0\x9F\x98\x80\"",
		"0123456789abcdef0123456789abc..."},
	    {"[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6]",
		"[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5..."},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char echo[ARGS_ECHO_BYTES];
		struct args args;

		takes(ARG_VALUE, "value", rows[i].sent);
		check(&args, ARG_VALUE, "value", rows[i].sent);
		ck_assert_str_eq(
		    args_echo(&args.values[ARG_VALUE], echo), rows[i].echo);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    integers_are_taken_to_the_ends_of_their_range,
	    integers_beyond_the_ends_of_their_range_are_refused,
	    what_is_no_integer_is_refused_where_one_is_due,
	    texts_are_bounded_in_decoded_bytes,
	    a_key_is_decoded_wherever_its_bytes_come_from,
	    keys_and_names_have_no_control_characters,
	    keys_that_begin_with_an_at_sign_are_reserved,
	    a_message_is_decoded,
	    each_type_refuses_the_others,
	    an_echo_is_cut_to_32_bytes_at_a_whole_character,
	    NULL,
	};

	return unit_run("args_members", tests);
}
