/* SPDX-License-Identifier: MIT */
/*
 * Watches on connections: who does not read misses events and nothing else, a
 * watch goes on half-closed, and who died is known by the name of its program.
 */
#include "stage.h"

#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

STAGE_CLOCK

static struct stage s;
static int w, a;
static struct conn *of_w;

static void set_up(void)
{
	stage_open(&s);
	w = stage_join(&s);
	of_w = stage_last(&s);
	a = stage_join(&s);
}

static void tear_down(void)
{
	stage_leave(&s, w);
	stage_leave(&s, a);
	stage_close(&s);
}

#define WATCH                                                                  \
	"{'op':'watch','events':['granted','released'],'max_per_s':1000000}"

static int n_told, n_missed;

/* The line that w has heard the beginning of. */
static char line[1024];

static void add_to_line(const char *text, size_t len)
{
	size_t have = strlen(line);

	ck_assert_uint_lt(have + len, sizeof(line));
	memcpy(line + have, text, len);
	line[have + len] = '\0';
}

static void count_line(void)
{
	const char *count = strstr(line, "'count':");

	if (strncmp(line, "{'event':'watch','what':'missed',", 33) == 0)
		n_missed += atoi(count + 8);
	else if (strncmp(line, "{'event':'watch',", 17) == 0)
		n_told++;
	else
		ck_abort_msg("heard: %s", line);
	line[0] = '\0';
}

/* Counts what w has heard since. */
static void count_heard(void)
{
	const char *at = stage_heard(&s, w), *end;

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		add_to_line(at, (size_t)(end - at));
		count_line();
	}
	add_to_line(at, strlen(at));
}

/* Reads all there is; the clock stands still. */
static void read_all(void)
{
	while (of_w->out.n_bytes > 0) {
		count_heard();
		stage_settle(&s);
	}
	count_heard();
	ck_assert_str_eq(line, "");
}

/* So often a takes a lock and lets it go. */
static void churn(int n)
{
	for (int i = 0; i < n; i++) {
		stage_send(a, "{'op':'lock.acquire','key':'k'}");
		stage_send(a, "{'op':'lock.release','key':'k'}");
		stage_settle(&s);
		ck_assert_ptr_nonnull(strstr(stage_heard(&s, a), "'token'"));
	}
}

START_TEST(who_does_not_read_misses_events_and_stays)
{
	size_t full;

	set_up();
	stage_expect(&s, w, WATCH, "{'ok':true}\n");
	for (int i = 0; i < 10000; i++) {
		churn(1);
		if (of_w->out.n_bytes > SERVER_MAX_WATCH_BYTES)
			break;
	}
	full = of_w->out.n_bytes;
	ck_assert_uint_gt(full, SERVER_MAX_WATCH_BYTES);
	ck_assert_uint_lt(full, SERVER_MAX_WATCH_BYTES + 1000);
	churn(100);
	ck_assert_uint_eq(of_w->out.n_bytes, full);
	/* It is not parted with for that. */
	stage_pass(&s, 10 * SERVER_OUTPUT_TIMEOUT_MS);
	churn(100);
	ck_assert_uint_eq(of_w->out.n_bytes, full);
	ck_assert_int_eq(n_missed, 0);
	read_all();
	ck_assert_int_ge(n_missed, 400);
	churn(10);
	count_heard();
	ck_assert_int_eq(n_told + n_missed,
	    s.server->core->tally.counts[WIRE_KIND_LOCK][TALLY_GRANTED] +
		s.server->core->tally.counts[WIRE_KIND_LOCK][TALLY_RELEASED]);
	tear_down();
}
END_TEST

START_TEST(who_reads_again_is_told_at_once_what_it_missed)
{
	set_up();
	stage_expect(&s, w, WATCH, "{'ok':true}\n");
	while (of_w->out.n_bytes <= SERVER_MAX_WATCH_BYTES)
		churn(1);
	churn(3);
	read_all();
	ck_assert_int_ge(n_missed, 6);
	ck_assert_int_lt(n_missed, 10);
	n_missed = 0;
	churn(1);
	count_heard();
	ck_assert_int_eq(n_missed, 0);
	tear_down();
}
END_TEST

/* Where little output ends a connection, events never come near that. */
START_TEST(a_watch_stays_below_half_of_the_most_output)
{
	set_up();
	s.server->max_output_bytes = 64 * 1024;
	stage_expect(&s, w, WATCH, "{'ok':true}\n");
	for (int i = 0; i < 10000 && of_w->out.n_bytes <= 32 * 1024; i++)
		churn(1);
	churn(100);
	ck_assert_uint_gt(of_w->out.n_bytes, 32 * 1024);
	ck_assert_uint_lt(of_w->out.n_bytes, 33 * 1024);
	stage_pass(&s, 10 * SERVER_OUTPUT_TIMEOUT_MS);
	ck_assert_int_eq(of_w->state, CONN_OPEN);
	tear_down();
}
END_TEST

START_TEST(answers_come_to_one_that_misses_events)
{
	set_up();
	stage_expect(&s, w, WATCH, "{'ok':true}\n");
	stage_send(w, "{'op':'lock.acquire','key':'mine'}");
	stage_settle(&s);
	while (of_w->out.n_bytes <= SERVER_MAX_WATCH_BYTES)
		churn(1);
	/* Nothing is read from it now, but what it waited for comes. */
	stage_send(w, "{'op':'ping','id':'late'}");
	stage_settle(&s);
	while (of_w->out.n_bytes > 0) {
		ck_assert_ptr_null(strstr(stage_heard(&s, w), "late"));
		stage_settle(&s);
	}
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, w), "{'id':'late','ok'"));
	tear_down();
}
END_TEST

START_TEST(half_closed_it_goes_on_until_the_client_closes)
{
	set_up();
	stage_expect(&s, w, WATCH, "{'ok':true}\n");
	ck_assert_int_eq(shutdown(w, SHUT_WR), 0);
	stage_settle(&s);
	churn(2);
	stage_pass(&s, 1000000);
	churn(1);
	count_heard();
	ck_assert_int_eq(n_told, 6);
	ck_assert_int_eq(of_w->state, CONN_HALF);
	ck_assert_uint_eq(s.server->n_conns, 2);
	stage_leave(&s, w);
	stage_settle(&s);
	churn(1);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_uint_eq(s.server->core->n_watches, 0);
	w = stage_join(&s);
	tear_down();
}
END_TEST

START_TEST(a_watch_that_ended_before_the_half_close_holds_nothing_up)
{
	set_up();
	stage_expect(&s, w, WATCH, "{'ok':true}\n");
	stage_expect(&s, w, "{'op':'watch','events':[]}", "{'ok':true}\n");
	ck_assert_int_eq(shutdown(w, SHUT_WR), 0);
	stage_settle(&s);
	ck_assert_str_eq(stage_heard(&s, w), "(end)");
	tear_down();
}
END_TEST

START_TEST(of_who_died_the_name_of_the_program_is_told)
{
	const char *said;
	int b, c;

	set_up();
	b = stage_join(&s);
	c = stage_join(&s);
	ck_assert_int_eq(prctl(PR_SET_NAME, "victim"), 0);
	stage_ask(&s, b, "{'op':'lock.acquire','key':'k'}");
	stage_ask(&s, c, "{'op':'lock.acquire','key':'k'}");
	/* It begins later, so the name has not been asked for yet. */
	stage_expect(&s, w, "{'op':'watch','events':['lost','refused']}",
	    "{'ok':true}\n");
	stage_leave(&s, c);
	stage_settle(&s);
	said = stage_heard(&s, w);
	ck_assert_ptr_nonnull(strstr(said, "'what':'refused'"));
	ck_assert_ptr_nonnull(strstr(said, "'command':'victim'"));
	ck_assert_ptr_nonnull(strstr(said, "'reason':'eof'"));
	stage_leave(&s, b);
	stage_settle(&s);
	said = stage_heard(&s, w);
	ck_assert_ptr_nonnull(strstr(said, "'what':'lost'"));
	ck_assert_ptr_nonnull(strstr(said, "'command':'victim'"));
	ck_assert_ptr_nonnull(strstr(said, "'reason':'eof'"));
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    who_does_not_read_misses_events_and_stays,
	    who_reads_again_is_told_at_once_what_it_missed,
	    a_watch_stays_below_half_of_the_most_output,
	    answers_come_to_one_that_misses_events,
	    half_closed_it_goes_on_until_the_client_closes,
	    a_watch_that_ended_before_the_half_close_holds_nothing_up,
	    of_who_died_the_name_of_the_program_is_told,
	    NULL,
	};

	return unit_run("conn_watch", tests);
}
