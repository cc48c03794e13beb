/* SPDX-License-Identifier: MIT */
/*
 * Output that is not read: when reading stops and goes on, who is closed and
 * who is not, and what becomes of detached holds whose answer was never sent.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto.h"

#define OK      "{'ok':true}\n"
#define BEGIN   "{'op':'flight.begin','key':'%d'}"
#define ACQUIRE "{'op':'lock.acquire','key':'k'"

STAGE_CLOCK

static struct stage s;
static int a, b;
static struct conn *of_a;

static void set_up(void)
{
	stage_open(&s);
	a = stage_join(&s);
	of_a = stage_last(&s);
	b = stage_join(&s);
}

static void tear_down(void)
{
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}

/* A line that answers with n bytes of a value: a kept result. */
static void keep_value(size_t n)
{
	char *line = malloc(n + 200);
	int len = sprintf(line,
	    "{\"op\":\"flight.finish\",\"key\":\"v\",\"keep_ms\":100000000,"
	    "\"value\":\"");

	stage_ask(&s, b, "{'op':'flight.begin','key':'v'}");
	memset(line + len, 'x', n);
	strcpy(line + len + n, "\"}\n");
	stage_write(&s, b, line, (size_t)len + n + 3);
	stage_settle(&s);
	stage_heard(&s, b);
	ck_assert_ptr_nonnull(strstr(s.said, "'followers':0"));
	free(line);
}

#define GET_VALUE "{'op':'flight.begin','key':'v'}"

/* Lets a ask until its socket takes no more and this much waits. */
static void fill(size_t n_bytes)
{
	while (of_a->out.n_bytes <= n_bytes) {
		size_t before = of_a->out.n_bytes;

		stage_send(a, GET_VALUE);
		stage_settle(&s);
		ck_assert(of_a->out.n_bytes >= before);
	}
}

START_TEST(reading_stops_while_64_kib_are_waiting_to_be_read)
{
	size_t n_bytes;

	set_up();
	keep_value(10000);
	fill(SERVER_PAUSE_OUTPUT_BYTES);
	n_bytes = of_a->out.n_bytes;
	ck_assert_uint_le(n_bytes, SERVER_PAUSE_OUTPUT_BYTES + 10100);
	for (int i = 0; i < 50; i++)
		stage_send(a, "{'op':'limit.set','key':'%d','capacity':1}", i);
	stage_settle(&s);
	ck_assert_uint_eq(of_a->out.n_bytes, n_bytes);
	ck_assert_int_eq(
	    s.server->core->tally.counts[WIRE_KIND_LIMIT][TALLY_KEYS], 0);
	/* Others are served meanwhile. */
	stage_expect(&s, b, "{'op':'ping'}", OK);
	/* It goes on where it was, and nothing is missing. */
	while (stage_heard(&s, a)[0] != '\0')
		stage_settle(&s);
	ck_assert_uint_eq(of_a->out.n_bytes, 0);
	ck_assert_int_eq(
	    s.server->core->tally.counts[WIRE_KIND_LIMIT][TALLY_KEYS], 50);
	tear_down();
}
END_TEST

START_TEST(of_many_lines_few_are_taken_ahead)
{
	static const char line[] = "{\"op\":\"flight.begin\",\"key\":\"v\"}\n";
	char lines[500 * (sizeof(line) - 1)];

	for (size_t i = 0; i < sizeof(lines); i += sizeof(line) - 1)
		memcpy(lines + i, line, sizeof(line) - 1);
	set_up();
	keep_value(10000);
	stage_write(&s, a, lines, sizeof(lines));
	stage_settle(&s);
	ck_assert(of_a->has_backlog);
	ck_assert_uint_gt(of_a->out.n_bytes, SERVER_PAUSE_OUTPUT_BYTES);
	ck_assert_uint_le(of_a->n_in, CONN_SMALL_BYTES);
	tear_down();
}
END_TEST

START_TEST(all_that_was_asked_is_answered_however_slowly_it_is_read)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	size_t n_asked = 0, n_heard = 0;

	set_up();
	/* Until the daemon reads no more, and both sockets are full. */
	for (;;) {
		ssize_t n = send(a, ping, sizeof(ping) - 1, MSG_NOSIGNAL);

		if (n < 0 && !stage_turn(&s))
			break;
		if (n < 0)
			continue;
		ck_assert_int_eq(n, sizeof(ping) - 1);
		n_asked++;
	}
	ck_assert_uint_gt(of_a->out.n_bytes, SERVER_PAUSE_OUTPUT_BYTES);
	ck_assert_uint_gt(n_asked, 1000);
	while (stage_heard(&s, a)[0] != '\0') {
		n_heard += strlen(s.said);
		stage_settle(&s);
	}
	ck_assert_uint_eq(n_heard, n_asked * strlen(OK));
	tear_down();
}
END_TEST

START_TEST(a_client_that_reads_slowly_is_not_closed_for_the_lines_it_has_sent)
{
	set_up();
	keep_value(10000);
	fill(SERVER_PAUSE_OUTPUT_BYTES - 20000);
	/* Many lines at once, and a part of one: the daemon has them, does
	 * some, and then waits for the client to read. */
	for (int i = 0; i < 40; i++)
		stage_send(a, GET_VALUE);
	stage_write(&s, a, "{", 1);
	stage_settle(&s);
	ck_assert(of_a->has_backlog);
	ck_assert_uint_gt(of_a->out.n_bytes, SERVER_PAUSE_OUTPUT_BYTES);
	stage_pass(&s, 10 * s.server->line_timeout_ms);
	ck_assert_uint_eq(s.server->n_conns, 2);
	while (stage_heard(&s, a)[0] != '\0') {
		ck_assert_ptr_null(strstr(s.said, "(end)"));
		stage_settle(&s);
	}
	stage_expect(&s, a, "'op':'ping'}", OK);
	tear_down();
}
END_TEST

/* Fills what waits for a beyond the limit, with values that differ (of 40 KB
 * each), as results of flights that it follows; b leads them. */
static void fill_beyond(size_t n_bytes)
{
	static char line[41000];
	int n = 0;

	for (size_t sum = 0; sum < n_bytes + 800000; sum += 40000, n++) {
		stage_ask(&s, b, BEGIN, n);
		stage_send(a, BEGIN, n);
		stage_settle(&s);
	}
	for (int i = 0; i < n; i++) {
		int len = sprintf(line,
		    "{\"op\":\"flight.finish\",\"key\":\"%d\",\"value\":\"", i);

		memset(line + len, 'a' + i % 26, 40000);
		strcpy(line + len + 40000, "\"}\n");
		stage_write(&s, b, line, (size_t)len + 40003);
		stage_settle(&s);
		stage_heard(&s, b);
	}
}

START_TEST(who_takes_nothing_of_more_than_4_mib_for_10_s_is_closed)
{
	int c;

	set_up();
	c = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, c, ACQUIRE "}");
	fill_beyond(s.server->max_output_bytes);
	ck_assert_uint_gt(of_a->out.n_stored, s.server->max_output_bytes);
	stage_pass(&s, SERVER_OUTPUT_TIMEOUT_MS - 1);
	ck_assert_uint_eq(s.server->n_conns, 3);
	/* To take something is enough, whatever is left. */
	stage_heard(&s, a);
	stage_settle(&s);
	ck_assert_uint_gt(of_a->out.n_stored, s.server->max_output_bytes);
	stage_pass(&s, SERVER_OUTPUT_TIMEOUT_MS - 1);
	ck_assert_uint_eq(s.server->n_conns, 3);
	ck_assert_int_eq(stage_counted(&s, TALLY_LOST), 0);
	stage_pass(&s, 1);
	ck_assert_uint_eq(s.server->n_conns, 2);
	stage_heard(&s, c);
	ck_assert_ptr_nonnull(strstr(s.said, "'abandoned':true"));
	ck_assert_int_eq(stage_counted(&s, TALLY_LOST), 1);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

START_TEST(who_takes_nothing_of_less_is_left_alone)
{
	set_up();
	fill_beyond(s.server->max_output_bytes / 2);
	ck_assert_uint_gt(of_a->out.n_stored, s.server->max_output_bytes / 2);
	ck_assert_uint_le(of_a->out.n_stored, s.server->max_output_bytes);
	stage_pass(&s, 100 * SERVER_OUTPUT_TIMEOUT_MS);
	ck_assert_uint_eq(s.server->n_conns, 2);
	tear_down();
}
END_TEST

START_TEST(a_shared_value_counts_once)
{
	size_t len = 900000;
	char *line = malloc(len + 100);

	set_up();
	stage_ask(&s, a, "{'op':'hello','multiplexed':true}");
	stage_ask(&s, b, "{'op':'flight.begin','key':'f'}");
	for (int i = 0; i < 50; i++) {
		stage_send(a, "{'op':'flight.begin','key':'f'}");
		stage_settle(&s);
	}
	len = (size_t)sprintf(
	    line, "{\"op\":\"flight.finish\",\"key\":\"f\",\"value\":\"");
	memset(line + len, 'x', 900000);
	strcpy(line + len + 900000, "\"}\n");
	stage_write(&s, b, line, len + 900003);
	stage_settle(&s);
	ck_assert_uint_gt(of_a->out.n_bytes, 40 * 900000);
	ck_assert_uint_lt(of_a->out.n_stored, 1000000);
	stage_pass(&s, 10 * SERVER_OUTPUT_TIMEOUT_MS);
	ck_assert_uint_eq(s.server->n_conns, 2);
	free(line);
	tear_down();
}
END_TEST

/* Detached holds --------------------------------------------------- */

#define DETACHED ",'lease_ms':1000000,'detached':true}"

START_TEST(a_detached_hold_whose_answer_was_sent_stays)
{
	set_up();
	stage_send(a, ACQUIRE DETACHED);
	stage_settle(&s);
	shutdown(a, SHUT_RDWR);
	stage_settle(&s);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	tear_down();
}
END_TEST

START_TEST(a_detached_hold_whose_answer_was_not_sent_ends)
{
	set_up();
	keep_value(10000);
	stage_ask(&s, b, ACQUIRE "}");
	stage_send(a, ACQUIRE DETACHED);
	stage_settle(&s);
	fill(0);
	stage_ask(&s, b, "{'op':'lock.release','key':'k'}");
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	stage_send(b, ACQUIRE "}");
	stage_settle(&s);
	shutdown(a, SHUT_RDWR);
	stage_settle(&s);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_UNDELIVERED), 1);
	/* Nobody has held it, so nothing is half done. */
	stage_heard(&s, b);
	ck_assert_ptr_nonnull(strstr(s.said, "{'ok':true,'token':"));
	ck_assert_ptr_null(strstr(s.said, "abandoned"));
	tear_down();
}
END_TEST

START_TEST(of_several_detached_holds_those_unsent_end)
{
	set_up();
	stage_send(a, ACQUIRE DETACHED);
	stage_settle(&s);
	keep_value(10000);
	fill(0);
	stage_send(a, "{'op':'lock.acquire','key':'k1'" DETACHED);
	stage_send(a, "{'op':'lock.acquire','key':'k2'}");
	stage_send(a, "{'op':'lock.acquire','key':'k3'" DETACHED);
	stage_settle(&s);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 4);
	shutdown(a, SHUT_RDWR);
	stage_settle(&s);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_UNDELIVERED), 2);
	ck_assert_int_eq(stage_counted(&s, TALLY_LOST), 1);
	tear_down();
}
END_TEST

START_TEST(a_detached_hold_ends_whose_answer_cannot_be_written)
{
	set_up();
	stage_ask(&s, b, ACQUIRE "}");
	stage_send(a, ACQUIRE DETACHED);
	stage_settle(&s);
	stage_send(b, "{'op':'lock.release','key':'k'}");
	stage_look(&s);
	shutdown(a, SHUT_RDWR);
	server_turn(s.server);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_UNDELIVERED), 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 0);
	tear_down();
}
END_TEST

START_TEST(a_detached_hold_of_who_does_not_read_ends_with_its_answer)
{
	int c;

	set_up();
	c = stage_join(&s);
	stage_ask(&s, c, ACQUIRE "}");
	stage_send(a, ACQUIRE DETACHED);
	stage_settle(&s);
	fill_beyond(s.server->max_output_bytes);
	stage_ask(&s, c, "{'op':'lock.release','key':'k'}");
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	stage_pass(&s, SERVER_OUTPUT_TIMEOUT_MS);
	ck_assert_uint_eq(s.server->n_conns, 2);
	ck_assert_int_eq(stage_counted(&s, TALLY_UNDELIVERED), 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 0);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    reading_stops_while_64_kib_are_waiting_to_be_read,
	    of_many_lines_few_are_taken_ahead,
	    all_that_was_asked_is_answered_however_slowly_it_is_read,
	    a_client_that_reads_slowly_is_not_closed_for_the_lines_it_has_sent,
	    who_takes_nothing_of_more_than_4_mib_for_10_s_is_closed,
	    who_takes_nothing_of_less_is_left_alone,
	    a_shared_value_counts_once,
	    a_detached_hold_whose_answer_was_sent_stays,
	    a_detached_hold_whose_answer_was_not_sent_ends,
	    of_several_detached_holds_those_unsent_end,
	    a_detached_hold_ends_whose_answer_cannot_be_written,
	    a_detached_hold_of_who_does_not_read_ends_with_its_answer,
	    NULL,
	};

	return unit_run("conn_output", tests);
}
