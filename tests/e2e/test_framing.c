/* SPDX-License-Identifier: MIT */
/*
 * Lines: how bytes become requests, however they are cut, joined, ended or
 * stretched. What a line may contain is in test_strict.c.
 */
#include "fixture.h"
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_LINE  (1024 * 1024)
#define BAD_LINES 16

/* A request of exactly len bytes without its line feed, which stands behind
 * it: `head` is its beginning, a note of spaces its rest. */
static char *padded(const char *head, size_t len)
{
	char *line = malloc(len + 2);
	size_t used = strlen(head);
	static const char note[] = ",\"x_note\":\"";

	ck_assert_ptr_nonnull(line);
	memset(line, ' ', len);
	memcpy(line, head, used);
	memcpy(line + used, note, sizeof(note) - 1);
	memcpy(line + len - 2, "\"}", 2);
	memcpy(line + len, "\n", 2);
	return line;
}

/* The next line is this one, byte for byte. */
static void expect_line(struct client *c, const char *wanted)
{
	char *line = client_line(c);

	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(line, wanted);
	free(line);
}

/* Asserts the code, and that the answer has no id. */
static void expect_nameless(json_t *answer, const char *code)
{
	ck_assert_ptr_null(json_object_get(answer, "id"));
	expect_error(answer, code);
}

static void expect_alive(struct client *c)
{
	json_t *answer = ask(c, "{'id':'alive','op':'ping'}");

	ck_assert_str_eq(
	    json_string_value(json_object_get(answer, "id")), "alive");
	expect_ok(answer);
}

/* edge: 86 88 */
/* row: 7 */
START_TEST(request_split_at_any_byte_is_one_request)
{
	static const char line[] =
	    "\t{\"id\":\"\\u00e9\xc3\xa9\\\"\", \"op\" :\"limit.info\","
	    "\"key\":\"split/\\ud83d\\ude00\",\"x_a\":[1,{\"b\":null}]} \r\n";
	char *whole;
	size_t i;

	expect_ok(ask(B, "{'op':'limit.set','key':'split/\xf0\x9f\x98\x80',"
			 "'capacity':7}"));
	client_write(A, line, sizeof(line) - 1);
	whole = client_line(A);
	ck_assert_ptr_nonnull(whole);
	ck_assert_ptr_nonnull(strstr(whole, "\"capacity\":7"));
	for (i = 1; i < sizeof(line) - 1; i++) {
		client_write(A, line, i);
		/* An answer to B: the first part of A has been read. */
		ck_assert_int_eq(client_has_line(A, B), 0);
		client_write(A, line + i, sizeof(line) - 1 - i);
		expect_line(A, whole);
	}
	free(whole);
}
END_TEST

/* row: 6 */
START_TEST(request_of_64_kib_may_come_byte_by_byte)
{
	size_t len = 65536, i;
	char *line = padded("{\"id\":1,\"op\":\"ping\"", len);
	json_t *answer;

	for (i = 0; i <= len; i++)
		client_write(A, line + i, 1);
	free(line);
	answer = client_answer(A);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "id")), 1);
	expect_ok(answer);
}
END_TEST

/* edge: 87 88 */
/* row: 8 */
START_TEST(thousand_requests_in_one_write_have_a_thousand_answers)
{
	char *text = malloc(1000 * 64), seen[1001] = "";
	size_t len = 0, i;
	json_t *answer;
	json_int_t id;

	ck_assert_ptr_nonnull(text);
	for (i = 1; i <= 1000; i++)
		len += (size_t)sprintf(
		    text + len, "{\"id\":%zu,\"op\":\"ping\"}\n", i);
	client_write(A, text, len);
	free(text);
	for (i = 1; i <= 1000; i++) {
		answer = client_answer(A);
		id = json_integer_value(json_object_get(answer, "id"));
		ck_assert(id >= 1 && id <= 1000);
		ck_assert_int_eq(seen[id]++, 0);
		expect_ok(answer);
	}
	ck_assert_int_eq(client_has_line(A, B), 0);
}
END_TEST

/* edge: 87 */
START_TEST(pipelined_requests_take_effect_in_their_order)
{
	int i;

	for (i = 1; i <= 500; i++)
		tell(A,
		    "{'op':'limit.set','key':'n','capacity':%d}\n"
		    "{'id':%d,'op':'limit.info','key':'n'}",
		    i, i);
	for (i = 0; i < 1000; i++) {
		json_t *answer = client_answer(A);
		json_t *id = json_object_get(answer, "id");

		if (id)
			ck_assert(json_equal(
			    id, json_object_get(answer, "capacity")));
		expect_ok(answer);
	}
}
END_TEST

/* All requests of A lie in its socket before the one of B, which must not wait
 * for the last of them. */
/* row: 8 */
START_TEST(other_clients_are_served_between_a_thousand_requests)
{
	char *text = malloc(1000 * 64);
	size_t len = 0, i;
	json_t *answer;

	ck_assert_ptr_nonnull(text);
	for (i = 1; i <= 1000; i++)
		len += (size_t)sprintf(text + len,
		    "{\"op\":\"limit.set\",\"key\":\"n\",\"capacity\":%zu}\n",
		    i);
	expect_ok(ask(B, "{'op':'limit.set','key':'n','capacity':1}"));
	daemon_freeze(&server);
	client_write(A, text, len);
	tell(B, "{'op':'limit.info','key':'n'}");
	daemon_thaw(&server);
	free(text);
	answer = client_answer(B);
	ck_assert_int_lt(
	    json_integer_value(json_object_get(answer, "capacity")), 1000);
	expect_ok(answer);
	for (i = 1; i <= 1000; i++)
		expect_ok(client_answer(A));
}
END_TEST

/* edge: 89 */
START_TEST(carriage_return_and_white_space_around_a_request_are_allowed)
{
	expect_ok(ask(A, "{'op':'ping'}\r"));
	expect_ok(ask(A, " \t\r {'op':'ping'} \t \r"));
	expect_ok(ask(A, "{ 'op'\t:\r 'ping' , 'x_a' : [ ] , 'x_b':{ } }"));
}
END_TEST

START_TEST(empty_lines_are_ignored)
{
	client_write(A, "\n\n\r\n\n", 5);
	ck_assert_int_eq(client_has_line(A, B), 0);
	client_write(A, "{\"op\":\"ping\"}\n\n\n{\"op\":\"ping\"}\n\n", 31);
	expect_ok(client_answer(A));
	expect_ok(client_answer(A));
	ck_assert_int_eq(client_has_line(A, B), 0);
}
END_TEST

/* edge: 89 */
START_TEST(line_of_exactly_max_line_is_accepted)
{
	char *line = padded("{\"op\":\"lock.acquire\",\"key\":\"a\"", MAX_LINE);

	client_write(A, line, MAX_LINE + 1);
	free(line);
	expect_ok(client_answer(A));
	expect_ok(ask(A, "{'op':'lock.release','key':'a'}"));
}
END_TEST

/* edge: 18 89 */
START_TEST(line_over_max_line_has_no_effect_and_the_connection_goes_on)
{
	char *line = padded(
	    "{\"id\":1,\"op\":\"lock.acquire\",\"key\":\"a\"", MAX_LINE + 1);

	client_write(A, line, MAX_LINE + 2);
	free(line);
	expect_nameless(client_answer(A), "too_long");
	/* Nothing of the rest is taken for a line. */
	ck_assert_int_eq(client_has_line(A, B), 0);
	expect_ok(ask(B, "{'op':'lock.acquire','key':'a','wait_ms':0}"));
	expect_alive(A);
}
END_TEST

START_TEST(rest_of_a_line_of_16_times_max_line_is_thrown_away)
{
	size_t len = 16 * MAX_LINE;
	char *line = padded("{\"op\":\"ping\"", len);

	client_write(A, line, len + 1);
	free(line);
	expect_nameless(client_answer(A), "too_long");
	ck_assert_int_eq(client_has_line(A, B), 0);
	expect_alive(A);
}
END_TEST

/* Sends as much of the bytes as the daemon takes before it closes. */
static void send_until_closed(struct client *c, const char *bytes, size_t len)
{
	ssize_t n = 1;

	for (; len > 0 && n > 0; bytes += n, len -= (size_t)n) {
		n = send(c->fd, bytes, len, MSG_NOSIGNAL);
		ck_assert(n > 0 || errno == EPIPE || errno == ECONNRESET);
		n = n < 0 ? 0 : n;
		if (n == 0)
			return;
	}
}

/* What follows such a line is not read any more. */
static void expect_close_after(struct client *c, const char *line, size_t len)
{
	send_until_closed(c, line, len);
	send_until_closed(c, "{\"op\":\"ping\"}\n", 14);
	expect_nameless(client_answer(c), "too_long");
	expect_end(c);
}

/* edge: 89 */
START_TEST(line_above_16_times_max_line_closes_the_connection)
{
	size_t len = 16 * MAX_LINE + 1;
	char *line = padded("{\"op\":\"ping\"", len);

	expect_ok(ask(A, "{'op':'lock.acquire','key':'a'}"));
	tell(B, "{'op':'lock.acquire','key':'a'}");
	expect_close_after(A, line, len + 1);
	/* Its hold has gone to the next. */
	expect_ok(client_answer(B));
	/* The daemon need not see the end of the line. */
	expect_close_after(C, line, len);
	free(line);
}
END_TEST

START_TEST(sixteen_bad_lines_in_a_row_close_the_connection)
{
	int i;

	expect_ok(ask(A, "{'op':'lock.acquire','key':'a'}"));
	tell(B, "{'op':'lock.acquire','key':'a'}");
	for (i = 0; i < BAD_LINES; i++)
		tell(A, "nonsense");
	for (i = 0; i < BAD_LINES; i++)
		expect_nameless(client_answer(A), "parse");
	expect_end(A);
	expect_ok(client_answer(B));
}
END_TEST

START_TEST(good_line_after_fifteen_bad_ones_clears_the_count)
{
	int round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < BAD_LINES - 1; i++)
			expect_nameless(ask(A, "nonsense"), "parse");
		expect_alive(A);
	}
}
END_TEST

START_TEST(long_lines_count_as_bad_lines)
{
	char *line = padded("{\"op\":\"ping\"", MAX_LINE + 1);
	int i;

	for (i = 0; i < BAD_LINES - 2; i++)
		expect_nameless(ask(A, "nonsense"), "parse");
	for (i = 0; i < 2; i++) {
		client_write(A, line, MAX_LINE + 2);
		expect_nameless(client_answer(A), "too_long");
	}
	free(line);
	expect_end(A);
}
END_TEST

/* edge: 86 90 */
START_TEST(complete_object_without_line_feed_before_the_end_is_executed)
{
	static const char line[] = "{\"id\":5,\"op\":\"limit.set\","
				   "\"key\":\"n\",\"capacity\":3}";
	json_t *answer;

	client_write(A, line, sizeof(line) - 1);
	client_shut(A);
	answer = client_answer(A);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "id")), 5);
	expect_ok(answer);
	expect_end(A);
	expect_ok(ask(B, "{'op':'limit.info','key':'n'}"));
}
END_TEST

START_TEST(fragment_before_the_end_is_answered_parse_and_not_executed)
{
	static const char line[] = "{\"op\":\"ping\"}\n{\"id\":5,\"op\":"
				   "\"limit.set\",\"key\":\"n\",\"capacity\":3";

	client_write(A, line, sizeof(line) - 1);
	client_shut(A);
	expect_ok(client_answer(A));
	expect_nameless(client_answer(A), "parse");
	expect_end(A);
	expect_error(ask(B, "{'op':'limit.info','key':'n'}"), "unknown_key");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    request_split_at_any_byte_is_one_request,
	    request_of_64_kib_may_come_byte_by_byte,
	    thousand_requests_in_one_write_have_a_thousand_answers,
	    pipelined_requests_take_effect_in_their_order,
	    other_clients_are_served_between_a_thousand_requests,
	    carriage_return_and_white_space_around_a_request_are_allowed,
	    empty_lines_are_ignored,
	    line_of_exactly_max_line_is_accepted,
	    line_over_max_line_has_no_effect_and_the_connection_goes_on,
	    rest_of_a_line_of_16_times_max_line_is_thrown_away,
	    line_above_16_times_max_line_closes_the_connection,
	    sixteen_bad_lines_in_a_row_close_the_connection,
	    good_line_after_fifteen_bad_ones_clears_the_count,
	    long_lines_count_as_bad_lines,
	    complete_object_without_line_feed_before_the_end_is_executed,
	    fragment_before_the_end_is_answered_parse_and_not_executed,
	    NULL,
	};

	return run_tests("framing", tests);
}
