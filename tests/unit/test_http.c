/* SPDX-License-Identifier: MIT */
/* Heads of requests, good and bad, and heads of replies. */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"

static struct http_request request;

/* Takes the text from memory of just that size, so that reading on is noticed.
 */
static int take(const char *head)
{
	size_t len = strlen(head);
	static char *copy;
	int status;

	free(copy);
	copy = malloc(len);
	memcpy(copy, head, len);
	ck_assert_uint_eq(http_head_len(copy, len), len);
	status = http_take_head(copy, len, &request);
	return status;
}

static void is_for(const char *path)
{
	ck_assert_msg(http_is_for(&request, path), "expected %s, saw %.*s",
	    path, (int)request.path_len, request.path);
}

START_TEST(a_head_ends_with_its_first_empty_line)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
	    {"", 0},
	    {"GET / HTTP/1.0", 0},
	    {"GET / HTTP/1.0\r\n", 0},
	    {"GET / HTTP/1.0\r\n\r", 0},
	    {"GET / HTTP/1.0\r\n\r\n", 18},
	    {"GET / HTTP/1.0\n\n", 16},
	    {"GET / HTTP/1.0\n\r\n", 17},
	    {"GET / HTTP/1.0\r\n\n", 17},
	    {"a\r\nb\r\n\r\nbody\r\n\r\n", 8},
	    {"\r\r\r\r", 0},
	    {"\n\n", 2},
	    {"\r\n\r\n", 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_uint_eq(
		    http_head_len(rows[i].bytes, strlen(rows[i].bytes)),
		    rows[i].len);
}
END_TEST

START_TEST(a_request_says_what_it_is_for)
{
	ck_assert_int_eq(take("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 0);
	is_for("/metrics");
	ck_assert(request.is_get && !request.is_head && !request.has_body);
	ck_assert(!http_is_for(&request, "/metric"));
	ck_assert(!http_is_for(&request, "/metrics/"));
	ck_assert_int_eq(take("HEAD /readyz?verbose=1 HTTP/1.0\n\n"), 0);
	is_for("/readyz");
	ck_assert(!request.is_get && request.is_head);
	ck_assert_int_eq(take("POST /a/b HTTP/1.0\r\n"
			      "Content-Length: 3\r\n\r\n"),
	    0);
	is_for("/a/b");
	ck_assert(!request.is_get && !request.is_head && request.has_body);
	ck_assert_int_eq(take("get / HTTP/1.0\r\n\r\n"), 0);
	ck_assert(!request.is_get);
}
END_TEST

START_TEST(a_target_may_begin_with_a_host)
{
	ck_assert_int_eq(
	    take("GET http://a.b:1/metrics?x HTTP/1.0\r\n\r\n"), 0);
	is_for("/metrics");
	ck_assert_int_eq(take("GET HTTP://a.b/ HTTP/1.0\r\n\r\n"), 0);
	is_for("/");
	ck_assert_int_eq(take("GET http://a.b HTTP/1.0\r\n\r\n"), 400);
	ck_assert_int_eq(take("GET http:// HTTP/1.0\r\n\r\n"), 400);
}
END_TEST

START_TEST(what_is_no_request_is_refused)
{
	static const struct {
		const char *head;
		int status;
	} rows[] = {
	    {"\r\n\r\n", 400},
	    {"GET /\r\n\r\n", 400}, /* HTTP/0.9 */
	    {"GET\r\n\r\n", 400},
	    {"GET / \r\n\r\n", 400},
	    {" GET / HTTP/1.0\r\n\r\n", 400},
	    {"GET  / HTTP/1.0\r\n\r\n", 400},
	    {"GET / HTTP/1.0 \r\n\r\n", 400},
	    {"GET / HTTP/1.x\r\n\r\n", 400},
	    {"GET / HTTP/11.0\r\n\r\n", 400},
	    {"GET / http/1.0\r\n\r\n", 400},
	    {"GET / HTTP/0.9\r\n\r\n", 505},
	    {"PRI * HTTP/2.0\r\n\r\n", 505},
	    {"OPTIONS * HTTP/1.0\r\n\r\n", 400},
	    {"GET metrics HTTP/1.0\r\n\r\n", 400},
	    {"GET / HTTP/1.1\r\n\r\n", 400}, /* no host */
	    {"GET / HTTP/1.0\r\nno colon\r\n\r\n", 400},
	    {"GET / HTTP/1.0\r\n: no name\r\n\r\n", 400},
	    {"GET / HTTP/1.0\r\nName : x\r\n\r\n", 400},
	    {"GET / HTTP/1.0\r\nA: b\r\n folded: c\r\n\r\n", 400},
	    {"GET / HTTP/1.0\r\nA: b\rC: d\r\n\r\n", 400},
	    {"GET /\001 HTTP/1.0\r\n\r\n", 400},
	    {"GET / HTTP/1.0\r\nA: \177\r\n\r\n", 400},
	    {"\026\003\001\002 of TLS\n\n", 400},
	    {"{\"op\":\"ping\"}\n\n", 400},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = take(rows[i].head);

		ck_assert_msg(status == rows[i].status, "%d, not %d: %s",
		    status, rows[i].status, rows[i].head);
	}
	/* A NUL ends nothing. */
	ck_assert_int_eq(
	    http_take_head("GET /\0 HTTP/1.0\r\n\r\n", 19, &request), 400);
}
END_TEST

START_TEST(a_body_is_noticed)
{
	static const struct {
		const char *field;
		bool has_body;
	} rows[] = {
	    {"Content-Length: 0", false},
	    {"Content-Length:0", false},
	    {"content-length: 1", true},
	    {"Content-Length: -1", true},
	    {"Content-Length:", true},
	    {"Transfer-Encoding: chunked", true},
	    {"X-Content-Length: 7", false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char head[200];

		snprintf(head, sizeof(head), "GET / HTTP/1.0\r\n%s\r\n\r\n",
		    rows[i].field);
		ck_assert_int_eq(take(head), 0);
		ck_assert_msg(
		    request.has_body == rows[i].has_body, "%s", rows[i].field);
	}
}
END_TEST

START_TEST(openmetrics_is_for_those_who_ask_for_it)
{
	static const struct {
		const char *accept;
		bool wants;
	} rows[] = {
	    {"*/*", false},
	    {"", false},
	    {"text/plain", false},
	    {"application/openmetrics-text", true},
	    {"APPLICATION/OpenMetrics-Text", true},
	    {"application/openmetrics-text-ish", false},
	    /* What Prometheus says. */
	    {"application/openmetrics-text;version=1.0.0,"
	     "application/openmetrics-text;version=0.0.1;q=0.75,"
	     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		true},
	    {"text/plain , application/openmetrics-text ; q = 1.0", true},
	    {"text/plain,application/openmetrics-text;q=0.9", false},
	    {"application/openmetrics-text;q=0", false},
	    {"application/openmetrics-text;q=", false},
	    {"application/openmetrics-text;q", false},
	    {"application/openmetrics-text;q=x", false},
	    {"application/openmetrics-text;q=nan", false},
	    {"application/openmetrics-text;charset=q;version=1", true},
	    {",,;;,=;q=,application/openmetrics-text", true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char head[300];

		snprintf(head, sizeof(head),
		    "GET / HTTP/1.0\r\nAccept: %s\r\n\r\n", rows[i].accept);
		ck_assert_int_eq(take(head), 0);
		ck_assert_msg(request.wants_openmetrics == rows[i].wants, "%s",
		    rows[i].accept);
	}
}
END_TEST

START_TEST(a_reply_says_how_long_it_is_and_that_it_is_the_last)
{
	char text[HTTP_REPLY_HEAD_BYTES];
	size_t len = http_put_head(text, 200, 784111777, "text/plain", 12);

	ck_assert_uint_eq(len, strlen(text));
	ck_assert_str_eq(text, "HTTP/1.1 200 OK\r\n"
			       "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
			       "Content-Type: text/plain\r\n"
			       "Content-Length: 12\r\n"
			       "Cache-Control: no-store\r\n"
			       "Connection: close\r\n\r\n");
	(void)http_put_head(text, 405, 0, "text/plain", 0);
	ck_assert_ptr_nonnull(strstr(text, "\r\nAllow: GET, HEAD\r\n"));
	ck_assert_ptr_nonnull(strstr(text, " 405 Method Not Allowed\r\n"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {a_head_ends_with_its_first_empty_line,
	    a_request_says_what_it_is_for, a_target_may_begin_with_a_host,
	    what_is_no_request_is_refused, a_body_is_noticed,
	    openmetrics_is_for_those_who_ask_for_it,
	    a_reply_says_how_long_it_is_and_that_it_is_the_last, NULL};

	return unit_run("http", tests);
}
