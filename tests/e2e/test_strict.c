/* SPDX-License-Identifier: MIT */
/*
 * What a line may contain: what is not JSON, what is JSON and not a request,
 * what is repeated unchanged, and what is carried byte for byte. How bytes
 * become lines is in test_framing.c.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define HUNDRED_DIGITS                                                         \
	"1234567890123456789012345678901234567890123456789012345678901234567"  \
	"890123456789012345678901234567890"
#define FOUR_HUNDRED_DIGITS                                                    \
	HUNDRED_DIGITS HUNDRED_DIGITS HUNDRED_DIGITS HUNDRED_DIGITS
#define SIXTY_FOUR                                                             \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Bytes with their number, for a NUL may be among them. */
#define BYTES(text)                                                            \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
/* The same in a member that is not looked at. */
#define NOTE(text) BYTES("{\"id\":1,\"op\":\"ping\",\"x_a\":" text "}")

static const struct {
	const char *bytes;
	size_t len;
} not_json[] = {
    BYTES("   "),
    BYTES("\t\r"),
    BYTES("{"),
    BYTES("}"),
    BYTES("{\"id\":1,\"op\":\"ping\""),
    BYTES("{\"id\":1,\"op\":\"ping\"}}"),
    BYTES("{\"id\":1,\"op\":\"ping\"}x"),
    BYTES("{\"id\":1,\"op\":\"ping\"},"),
    BYTES("{\"id\":1,\"op\":\"ping\"} {\"id\":1,\"op\":\"ping\"}"),
    BYTES("{\"id\":1,\"op\":\"ping\"}{}"),
    BYTES("x{\"id\":1,\"op\":\"ping\"}"),
    BYTES("{\"id\":1,\"op\":\"ping\",}"),
    BYTES("{,\"id\":1,\"op\":\"ping\"}"),
    BYTES("{\"id\":1 \"op\":\"ping\"}"),
    BYTES("{\"id\":1,\"op\" \"ping\"}"),
    BYTES("{\"id\":1,\"op\":}"),
    BYTES("{\"id\":1,\"op\"}"),
    BYTES("{id:1,\"op\":\"ping\"}"),
    BYTES("{'id':1,'op':'ping'}"),
    BYTES("{1:1,\"op\":\"ping\"}"),
    /* One value, but no object. */
    BYTES("[]"),
    BYTES("[{\"id\":1,\"op\":\"ping\"}]"),
    BYTES("\"ping\""),
    BYTES("1"),
    BYTES("null"),
    BYTES("true"),
    /* Comments. */
    BYTES("{\"id\":1,\"op\":\"ping\"/* note */}"),
    BYTES("{\"id\":1,\"op\":\"ping\"} // note"),
    BYTES("# note"),
    /* Numbers and words. */
    NOTE("NaN"),
    NOTE("Infinity"),
    NOTE("-Infinity"),
    NOTE("01"),
    NOTE("00"),
    NOTE("-01"),
    NOTE("+1"),
    NOTE(".5"),
    NOTE("1."),
    NOTE("1.e1"),
    NOTE("1e"),
    NOTE("1e+"),
    NOTE("-"),
    NOTE("--1"),
    NOTE("0x10"),
    NOTE("True"),
    NOTE("nul"),
    NOTE("nulls"),
    NOTE("undefined"),
    /* Arrays and objects. */
    NOTE("[1,]"),
    NOTE("[,1]"),
    NOTE("[1 2]"),
    NOTE("[1"),
    NOTE("[1}"),
    NOTE("{\"a\":1,}"),
    NOTE("{\"a\"}"),
    NOTE("{1:2}"),
    NOTE("{\"a\":1]"),
    /* Strings. */
    NOTE("'a'"),
    NOTE("\"a"),
    NOTE("\"\\x41\""),
    NOTE("\"\\u12\""),
    NOTE("\"\\u12g4\""),
    NOTE("\"a\tb\""),
    NOTE("\"a\001b\""),
    NOTE("\"a\037b\""),
    /* NUL. */
    BYTES("{\"id\":1,\"op\":\"ping\"}\0"),
    BYTES("\0{\"id\":1,\"op\":\"ping\"}"),
    BYTES("{\"id\":1,\0\"op\":\"ping\"}"),
    BYTES("{\"id\":1,\"op\":\"ping\0\"}"),
    /* Overlong UTF-8. */
    NOTE("\"\xc0\x80\""),
    NOTE("\"\xc1\xbf\""),
    NOTE("\"\xe0\x80\x80\""),
    NOTE("\"\xe0\x9f\xbf\""),
    NOTE("\"\xf0\x80\x80\x80\""),
    NOTE("\"\xf0\x8f\xbf\xbf\""),
    /* Surrogates and what is above U+10FFFF. */
    NOTE("\"\xed\xa0\x80\""),
    NOTE("\"\xed\xbf\xbf\""),
    NOTE("\"\xf4\x90\x80\x80\""),
    NOTE("\"\xf5\x80\x80\x80\""),
    NOTE("\"\xfe\""),
    NOTE("\"\xff\""),
    /* UTF-8 cut short, bytes out of place. */
    NOTE("\"\xc3\""),
    NOTE("\"\xe2\x82\""),
    NOTE("\"\xf0\x9f\x98\""),
    NOTE("\"\xe2\x28\xa1\""),
    NOTE("\"\x80\""),
    NOTE("\"\xbf\""),
    BYTES("{\"id\":1,\"op\":\"ping\"}\xc3\xa9"),
    BYTES("{\"id\":1,\"op\":\"ping\",\"x_\xff\":1}"),
    /* Lone surrogate escapes. */
    NOTE("\"\\ud800\""),
    NOTE("\"\\udbffx\""),
    NOTE("\"\\udc00\""),
    NOTE("\"\\udfff\""),
    NOTE("\"\\ud800\\ud800\""),
    NOTE("\"\\ud800\\u0041\""),
    NOTE("\"\\udc00\\ud800\""),
    NOTE("{\"\\ud800\":1}"),
    /* A byte order mark. */
    BYTES("\xef\xbb\xbf{\"id\":1,\"op\":\"ping\"}"),
};

/* edge: 88 89 */
START_TEST(line_that_is_not_one_json_object_is_answered_parse_without_id)
{
	json_t *answer;
	size_t i;

	for (i = 0; i < COUNT(not_json); i++) {
		client_write(A, not_json[i].bytes, not_json[i].len);
		client_write(A, "\n", 1);
		answer = client_answer(A);
		ck_assert_msg(json_is_false(json_object_get(answer, "ok")),
		    "accepted: %s", not_json[i].bytes);
		ck_assert_ptr_null(json_object_get(answer, "id"));
		expect_error(answer, "parse");
		/* The connection goes on, and the line was but one. */
		expect(ask(A, "{'id':2,'op':'ping'}"), "{'id':2,'ok':true}");
	}
}
END_TEST

/* n times `open`, the middle, n times `close`. */
static char *nested(
    const char *open, const char *middle, const char *close, size_t n)
{
	size_t len = n * (strlen(open) + strlen(close)) + strlen(middle), i;
	char *text = malloc(len + 1), *p = text;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < n; i++)
		p = stpcpy(p, open);
	p = stpcpy(p, middle);
	for (i = 0; i < n; i++)
		p = stpcpy(p, close);
	return text;
}

/* A leads, B follows, A finishes with the value: B has it byte for byte. */
static void expect_carried(const char *value)
{
	size_t len = strlen(value) + 16;
	char *wanted = malloc(len);

	ck_assert_ptr_nonnull(wanted);
	snprintf(wanted, len, "\"value\":%s", value);
	expect_ok(ask(A, "{'op':'flight.begin','key':'carry'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'carry'}");
	client_send(
	    A, "{\"op\":\"flight.finish\",\"key\":\"carry\",%s}", wanted);
	expect(client_answer(A), "{'ok':true,'followers':1}");
	expect_line_with(B, wanted);
	free(wanted);
}

static void expect_nesting(
    const char *open, const char *middle, const char *close)
{
	static const size_t too_deep[] = {65, 66, 2049, 100000};
	char *text = nested(open, middle, close, 64);
	size_t i;

	expect_carried(text);
	free(text);
	for (i = 0; i < COUNT(too_deep); i++) {
		text = nested(open, middle, close, too_deep[i]);
		client_send(A, "{\"op\":\"ping\",\"x_a\":%s}", text);
		expect(client_answer(A),
		    "{'ok':false,'error':'parse','id':'<absent>'}");
		free(text);
	}
}

/* edge: 89 */
START_TEST(values_nest_64_deep_and_no_deeper)
{
	expect_nesting("[", "", "]");
	expect_nesting("{\"a\":", "1", "}");
}
END_TEST

/* edge: 5 18 89 */
START_TEST(values_come_back_byte_for_byte)
{
	static const char *const values[] = {
	    "null",
	    "false",
	    "0",
	    "\"\"",
	    "-0",
	    "0.10",
	    "1e400",
	    "-1E-400",
	    "12345678901234567890",
	    FOUR_HUNDRED_DIGITS,
	    "{\"b\" : 1,\t\"a\":2 }",
	    "[ 1 ,2,  [ ] ,{ } ]",
	    "{\"a\":1,\"a\":2,\"\\u0061\":3}",
	    "\"\\u0000\"",
	    "\"\\ud83d\\ude00 \xf0\x9f\x98\x80 \\/ / \\u0041 \x7f\"",
	};
	size_t i;

	for (i = 0; i < COUNT(values); i++)
		expect_carried(values[i]);
}
END_TEST

/* edge: 18 */
START_TEST(large_values_come_back_byte_for_byte)
{
	char *text = nested("{},", "{}", "", 300000), *value;

	ck_assert_int_gt(asprintf(&value, "[%s]", text), 900000);
	expect_carried(value);
	memset(value, 'x', strlen(value));
	value[0] = value[strlen(value) - 1] = '"';
	expect_carried(value);
	free(value);
	free(text);
}
END_TEST

/* Each is answered bad_request with the word in its message, and its id. */
static const struct {
	const char *line, *word;
} bad_requests[] = {
    /* Missing. */
    {"{'id':9}", "op"},
    {"{'id':9,'key':'a'}", "op"},
    {"{'id':9,'op':'lock.acquire'}", "key"},
    {"{'id':9,'op':'limit.set','key':'a'}", "capacity"},
    {"{'id':9,'op':'lock.acquire','key':'a','detached':true}", "lease_ms"},
    /* Unknown. */
    {"{'id':9,'op':'ping','bogus':1}", "bogus"},
    {"{'id':9,'op':'ping','key':'a'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_s':1}",
	"unknown member \"wait_s\"; did you mean \"wait_ms\"?"},
    {"{'id':9,'op':'lock.acquire','key':'a','Key':'a'}", "Key"},
    {"{'id':9,'op':'lock.acquire','key':'a','keys':'a'}", "keys"},
    /* Repeated, also when spelled in another way. */
    {"{'id':9,'op':'ping','op':'ping'}", "op"},
    {"{'id':9,'op':'ping','\\u006fp':'ping'}", "op"},
    {"{'id':9,'op':'lock.acquire','key':'a','key':'a'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a','k\\u0065y':'b'}", "key"},
    {"{'id':9,'op':'lock.acquire','\\u006bey':'a','key':'b'}", "key"},
    /* Ill-typed; null is a value. */
    {"{'id':9,'op':1}", "op"},
    {"{'id':9,'op':null}", "op"},
    {"{'id':9,'op':['ping']}", "op"},
    {"{'id':9,'op':'lock.acquire','key':null}", "key"},
    {"{'id':9,'op':'lock.acquire','key':1}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':null}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':'5'}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':true}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','lease_ms':9,'detached':1}",
	"detached"},
    {"{'id':9,'op':'lock.release','key':'a','token':{}}", "token"},
    {"{'id':9,'op':'lock.release','key':'a','token':'1'}", "token"},
    /* Numbers that are no integers, or out of range. */
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':-1}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':0.5}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':1.0}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':1e2}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':1e400}", "wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':9007199254740992}",
	"wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':9223372036854775808}",
	"wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','wait_ms':" FOUR_HUNDRED_DIGITS "}",
	"wait_ms"},
    {"{'id':9,'op':'lock.acquire','key':'a','max_waiters':-1}", "max_waiters"},
    {"{'id':9,'op':'lock.acquire','key':'a','lease_ms':0}", "lease_ms"},
    {"{'id':9,'op':'limit.set','key':'a','capacity':0}", "capacity"},
    {"{'id':9,'op':'limit.set','key':'a','capacity':-1}", "capacity"},
    {"{'id':9,'op':'limit.set','key':'a','capacity':1.5}", "capacity"},
    {"{'id':9,'op':'limit.set','key':'a','capacity':2147483648}", "capacity"},
    {"{'id':9,'op':'limit.borrow','key':'a','capacity':1,'permits':0}",
	"permits"},
    {"{'id':9,'op':'limit.borrow','key':'a','capacity':1,'permits':2}",
	"permits"},
    {"{'id':9,'op':'flight.begin','key':'a','max_leaders':0}", "max_leaders"},
    {"{'id':9,'op':'pool.set','key':'a','capacity':1,'max_idle_ms':-1}",
	"max_idle_ms"},
    {"{'id':9,'op':'hello','client':'" SIXTY_FOUR "x'}", "client"},
    /* Keys. */
    {"{'id':9,'op':'lock.acquire','key':''}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'" SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR
	    SIXTY_FOUR "x'}",
	"key"},
    {"{'id':9,'op':'lock.acquire','key':'a\\n'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a\\u0000'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a\\u001f'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a\\u007f'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a\x7f'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a\\u0080'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'a\xc2\x9f'}", "key"},
    {"{'id':9,'op':'lock.acquire','key':'@a'}", "key"},
};

/* edge: 32 53 59 89 */
START_TEST(request_that_is_not_as_written_is_refused_before_any_effect)
{
	size_t i;

	for (i = 0; i < COUNT(bad_requests); i++) {
		json_t *answer = ask(A, "%s", bad_requests[i].line);
		const char *error =
		    json_string_value(json_object_get(answer, "error"));

		ck_assert_msg(error && strcmp(error, "bad_request") == 0,
		    "%s: %s", bad_requests[i].line, error ? error : "ok");
		ck_assert_int_eq(
		    json_integer_value(json_object_get(answer, "id")), 9);
		expect_refused(
		    answer, "bad_request", bad_requests[i].word, NULL);
	}
	emptiness_await(B);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    line_that_is_not_one_json_object_is_answered_parse_without_id,
	    values_nest_64_deep_and_no_deeper,
	    values_come_back_byte_for_byte,
	    large_values_come_back_byte_for_byte,
	    request_that_is_not_as_written_is_refused_before_any_effect,
	    NULL,
	};

	return run_tests("strict", tests);
}
