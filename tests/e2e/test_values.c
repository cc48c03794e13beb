/* SPDX-License-Identifier: MIT */
/*
 * Values are opaque: whatever valid JSON a leader or a borrower sends comes
 * back byte for byte to everybody, and what is no valid JSON is refused. The
 * answers are compared as bytes, for a parser would hide the difference.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT_BYTES   (900 * 1024)

static const char *const values[] = {
    "0.10",
    "1e400",
    "-1E-400",
    "-0",
    "-0.0",
    "1.0",
    "12345678901234567890",
    "123456789012345678901234567890.1234567890e+00",
    "{\"b\":1,\"a\":2}",
    "{ \"b\" :1,\t\"a\" :  2 }",
    "{\t\"b\"\t:\t1 ,\"a\":2,\"b\":[ ] , \"\":{ }}",
    "[1 ,2,\t[ ],\r{ } ]",
    "\"\"",
    "\"a\\u0000b\"",
    "\"\\u00e9 \xc3\xa9 e\xcc\x81 \\/ / \\u002F\"",
    "\"\\ud83d\\ude00 \xf0\x9f\x98\x80 \x7f \xc2\x80\"",
    "\"\\\"ok\\\":true,\\\"value\\\":1}\"",
    "{\"ok\":false,\"value\":1,\"token\":2,\"id\":3,\"event\":\"x\"}",
    "null",
    "true",
    "false",
};

/* Asserts that the next line has just these bytes as its value, and frees. */
static void expect_value(struct client *c, const char *value)
{
	char *line = client_line(c), *seen, after;
	size_t len = strlen(value);

	ck_assert_ptr_nonnull(line);
	seen = strstr(line, "\"value\":");
	ck_assert_msg(seen, "no value in %.200s", line);
	seen += strlen("\"value\":");
	ck_assert_msg(strncmp(seen, value, len) == 0,
	    "%.80s came back in %.200s", value, line);
	after = seen[len];
	ck_assert_msg(after == ',' || after == '}',
	    "%.80s came back longer in %.200s", value, line);
	free(line);
}

static void lead(struct client *c)
{
	expect(ask(c, "{'op':'flight.begin','key':'page'}"),
	    "{'ok':true,'leader':true}");
}

static void follow(struct client *c)
{
	ask_to_wait(c, "{'id':6,'op':'flight.begin','key':'page'}");
}

/* A flight whose value goes to three followers and, kept, to a fourth. */
static void fly(const char *value)
{
	lead(A);
	follow(B);
	follow(C);
	follow(D);
	expect(client_ask(A,
		   "{\"op\":\"flight.finish\",\"key\":\"page\","
		   "\"value\":%s,\"keep_ms\":60000}",
		   value),
	    "{'ok':true,'followers':3}");
	expect_value(B, value);
	expect_value(C, value);
	expect_value(D, value);
	tell(A, "{'op':'flight.begin','key':'page'}");
	expect_value(A, value);
	expect_ok(ask(A, "{'op':'flight.forget','key':'page'}"));
}

/* A failure that carries the value, with the id at the end of the line. */
static void refuse(const char *value)
{
	lead(A);
	follow(B);
	follow(C);
	expect(client_ask(A,
		   "{\"value\":%s, \"key\":\"page\",\"op\":\"flight.fail\"}",
		   value),
	    "{'ok':true,'followers':2}");
	expect_value(B, value);
	expect_value(C, value);
}

/* An object that is put back by one and borrowed by three after another. */
static void lend(const char *value)
{
	struct client *const borrowers[] = {B, C, D};
	int i;

	expect_ok(ask(A, "{'op':'pool.get','key':'pg','capacity':1}"));
	ask_to_wait(B, "{'op':'pool.get','key':'pg'}");
	ask_to_wait(C, "{'op':'pool.get','key':'pg'}");
	ask_to_wait(D, "{'op':'pool.get','key':'pg'}");
	expect_ok(client_ask(
	    A, "{\"op\":\"pool.put\",\"key\":\"pg\",\"value\":%s}", value));
	for (i = 0; i < 3; i++) {
		expect_value(borrowers[i], value);
		expect_ok(ask(borrowers[i], "{'op':'pool.put','key':'pg'}"));
	}
	tell(A, "{'op':'pool.get','key':'pg'}");
	expect_value(A, value);
	expect_ok(ask(A, "{'op':'pool.drop','key':'pg'}"));
}

/* edge: 5 18 */
START_TEST(value_of_a_flight_comes_back_byte_for_byte)
{
	size_t i;

	for (i = 0; i < COUNT(values); i++)
		fly(values[i]);
}
END_TEST

START_TEST(value_of_a_failure_comes_back_byte_for_byte)
{
	size_t i;

	for (i = 0; i < COUNT(values); i++)
		refuse(values[i]);
}
END_TEST

START_TEST(object_of_a_pool_comes_back_byte_for_byte)
{
	size_t i;

	for (i = 0; i < COUNT(values); i++)
		if (strcmp(values[i], "null") != 0)
			lend(values[i]);
}
END_TEST

/* 900 KiB of text with escapes and characters of every length in it. */
static char *large_text(void)
{
	static const char piece[] =
	    "The quick brown \\u0066ox; \xc3\xa9 \xe2\x82\xac \xf0\x9f\xa6\x8a ";
	size_t len = sizeof(piece) - 1, n;
	char *text = malloc(TEXT_BYTES + 3);

	ck_assert_ptr_nonnull(text);
	text[0] = '"';
	for (n = 1; n + len <= TEXT_BYTES; n += len)
		memcpy(text + n, piece, len);
	memset(text + n, '.', TEXT_BYTES + 1 - n);
	text[TEXT_BYTES + 1] = '"';
	text[TEXT_BYTES + 2] = '\0';
	return text;
}

/* edge: 18 */
START_TEST(text_of_900_kib_comes_back_byte_for_byte)
{
	char *text = large_text();

	fly(text);
	refuse(text);
	lend(text);
	free(text);
}
END_TEST

/* edge: 19 */
START_TEST(follower_that_does_not_read_delays_nobody)
{
	char *text = large_text();
	int i;

	for (i = 0; i < 3; i++) {
		expect_ok(ask(A, "{'op':'flight.begin','key':'%d'}", i));
		/* B follows all three and reads none before the end. */
		ask_to_wait(B, "{'op':'flight.begin','key':'%d'}", i);
		ask_to_wait(C, "{'op':'flight.begin','key':'%d'}", i);
	}
	for (i = 0; i < 3; i++) {
		expect(client_ask(A,
			   "{\"op\":\"flight.finish\",\"key\":\"%d\","
			   "\"value\":%s}",
			   i, text),
		    "{'ok':true,'followers':2}");
		expect_value(C, text);
		acquire(C, "other");
		expect_ok(release(C, "other"));
	}
	for (i = 0; i < 3; i++)
		expect_value(B, text);
	free(text);
}
END_TEST

START_TEST(objects_to_be_destroyed_come_back_byte_for_byte)
{
	char *text = large_text(), *line, *at;
	const char *odd = "{ \"b\" :1.00,\t\"a\" :1e400}";

	expect_ok(ask(A, "{'op':'pool.set','key':'pg','capacity':2}"));
	expect_ok(ask(A, "{'op':'pool.get','key':'pg'}"));
	expect_ok(ask(A, "{'op':'pool.get','key':'pg'}"));
	expect_ok(client_ask(
	    A, "{\"op\":\"pool.put\",\"key\":\"pg\",\"value\":%s}", odd));
	expect_ok(client_ask(
	    A, "{\"op\":\"pool.put\",\"key\":\"pg\",\"value\":%s}", text));
	tell(B, "{'op':'pool.clear','key':'pg'}");
	line = client_line(B);
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, odd));
	at = strstr(line, "\"The quick");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(strncmp(at, text, strlen(text)), 0);
	free(line);
	free(text);
}
END_TEST

START_TEST(items_come_back_byte_for_byte)
{
	expect_ok(client_ask(A, "%s",
	    "{\"op\":\"pool.set\",\"key\":\"pg\",\"order\":\"fifo\","
	    "\"items\": [ 0.10 ,1e400, { \"b\" :1,\t\"a\":2} ]}"));
	tell(B, "{'op':'pool.get','key':'pg'}");
	expect_value(B, "0.10");
	tell(B, "{'op':'pool.get','key':'pg'}");
	expect_value(B, "1e400");
	tell(B, "{'op':'pool.get','key':'pg'}");
	expect_value(B, "{ \"b\" :1,\t\"a\":2}");
}
END_TEST

/* A value of so many arrays, one within the other. */
static const char *nested(int depth)
{
	static char text[4200];

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	text[2 * depth] = '\0';
	return text;
}

/* edge: 89 */
START_TEST(value_may_be_nested_64_deep_and_no_deeper)
{
	fly(nested(64));
	lend(nested(64));
	lead(A);
	expect_refused(ask(A, "{'op':'flight.finish','key':'page','value':%s}",
			   nested(65)),
	    "parse", NULL);
	expect_refused(ask(A, "{'op':'flight.finish','key':'page','value':%s}",
			   nested(2049)),
	    "parse", NULL);
	/* Nothing has been finished. */
	follow(B);
	expect(
	    ask(A, "{'op':'flight.finish','key':'page','value':%s}", nested(1)),
	    "{'ok':true,'followers':1}");
	expect_value(B, "[]");
}
END_TEST

/* edge: 18 */
START_TEST(value_that_is_no_json_is_refused_and_the_leader_leads_on)
{
	const char *const wrong[] = {"01", "+1", ".5", "1.", "1e", "0x10",
	    "NaN", "Infinity", "nul", "'a'", "\"\\x\"", "\"\\u12\"",
	    "\"\\ud83d\"", "\"\\ude00\"", "\"\\ude00\\ud83d\"", "\"\x01\"",
	    "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
	    "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "[1,]", "{\"a\":1,}",
	    "{\"a\"}", "{1:2}", "[1 2]", "[", "]", "/**/1"};
	size_t i;

	lead(A);
	follow(B);
	for (i = 0; i < COUNT(wrong); i++) {
		expect_refused(client_ask(A,
				   "{\"op\":\"flight.finish\","
				   "\"key\":\"page\",\"value\":%s}",
				   wrong[i]),
		    "parse", NULL);
		/* Sixteen bad lines in a row would end the connection. */
		expect_ok(ask(A, "{'op':'ping'}"));
	}
	expect_silence(B);
	expect(ask(A, "{'op':'flight.finish','key':'page','value':7}"),
	    "{'ok':true,'followers':1}");
	expect_value(B, "7");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    value_of_a_flight_comes_back_byte_for_byte,
	    value_of_a_failure_comes_back_byte_for_byte,
	    object_of_a_pool_comes_back_byte_for_byte,
	    text_of_900_kib_comes_back_byte_for_byte,
	    follower_that_does_not_read_delays_nobody,
	    objects_to_be_destroyed_come_back_byte_for_byte,
	    items_come_back_byte_for_byte,
	    value_may_be_nested_64_deep_and_no_deeper,
	    value_that_is_no_json_is_refused_and_the_leader_leads_on,
	    NULL,
	};

	return run_tests("values", tests);
}
