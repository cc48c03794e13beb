/* SPDX-License-Identifier: MIT */
/*
 * A connection whose peer has ended its input, or leaves a line half done:
 * what is still answered, what is lost, and when the connection ends.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto.h"

#define ACQUIRE "{'op':'lock.acquire','key':'k'"
#define RELEASE "{'op':'lock.release','key':'k'}"
#define BUSY    "{'op':'lock.acquire','key':'k','wait_ms':0}"

STAGE_CLOCK

static struct stage s;
static int a, b;

static void set_up(void)
{
	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
}

/* Ends everything; -1 for clients that have been closed already. */
static void tear_down(void)
{
	if (a >= 0)
		stage_leave(&s, a);
	if (b >= 0)
		stage_leave(&s, b);
	stage_close(&s);
}

static void leave_a(void)
{
	stage_leave(&s, a);
	a = -1;
}

/* Half-close ------------------------------------------------------- */

START_TEST(a_wait_is_answered_after_the_client_has_ended_its_input)
{
	set_up();
	stage_ask(&s, b, ACQUIRE "}");
	stage_send(a, ACQUIRE ",'wait_ms':500}");
	shutdown(a, SHUT_WR);
	stage_settle(&s);
	stage_expect_heard(&s, a, "");
	stage_pass(&s, 499);
	stage_expect_heard(&s, a, "");
	stage_pass(&s, 1);
	stage_expect_words(&s, a, "'error':'timeout'");
	ck_assert_ptr_nonnull(strstr(s.said, "(end)"));
	ck_assert_uint_eq(s.server->n_conns, 1);
	tear_down();
}
END_TEST

START_TEST(the_last_word_after_half_close_is_what_was_lost)
{
	set_up();
	stage_send(a, ACQUIRE "}");
	stage_send(a, "{'op':'limit.borrow','key':'l','capacity':1}");
	shutdown(a, SHUT_WR);
	stage_settle(&s);
	stage_expect_words(&s, a,
	    "{'event':'lost','reason':'eof','kind':'lock',"
	    "'key':'k','token':1763860000000000}\n"
	    "{'event':'lost','reason':'eof','kind':'limit',"
	    "'key':'l','token':1763860000000001}\n(end)");
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 0);
	tear_down();
}
END_TEST

START_TEST(many_last_words_are_said_turn_by_turn_and_all_of_them)
{
	const char *lost;
	int n = 0;

	set_up();
	s.server->core->chores.portion = 2;
	for (int i = 0; i < 5; i++) {
		stage_send(a, "{'op':'lock.acquire','key':'k%d'}", i);
		stage_settle(&s);
		stage_expect_words(&s, a, "'ok':true");
	}
	shutdown(a, SHUT_WR);
	stage_settle(&s);
	stage_heard(&s, a);
	for (lost = s.said; (lost = strstr(lost, "'reason':'eof'")) != NULL;
	     lost++)
		n++;
	ck_assert_int_eq(n, 5);
	ck_assert_msg(strstr(s.said, "(end)") != NULL, "%s", s.said);
	ck_assert_int_eq(stage_counted(&s, TALLY_LOST), 5);
	tear_down();
}
END_TEST

START_TEST(a_grant_after_half_close_is_lost_and_passes_on)
{
	set_up();
	stage_ask(&s, b, ACQUIRE "}");
	stage_send(a, ACQUIRE "}");
	shutdown(a, SHUT_WR);
	stage_settle(&s);
	stage_ask(&s, b, RELEASE);
	stage_expect_words(&s, a,
	    "{'ok':true,'token':1763860000000001}\n"
	    "{'event':'lost','reason':'eof','kind':'lock',"
	    "'key':'k','token':1763860000000001}\n(end)");
	stage_send(b, BUSY);
	stage_settle(&s);
	stage_expect_grant(&s, b, true);
	tear_down();
}
END_TEST

START_TEST(a_full_close_after_half_close_is_noticed_at_once)
{
	set_up();
	stage_ask(&s, b, ACQUIRE "}");
	stage_send(a, ACQUIRE "}");
	shutdown(a, SHUT_WR);
	stage_settle(&s);
	ck_assert_int_eq(stage_counted(&s, TALLY_WAITS), 1);
	leave_a();
	stage_settle(&s);
	ck_assert_int_eq(stage_counted(&s, TALLY_WAITS), 0);
	ck_assert_uint_eq(s.server->n_conns, 1);
	tear_down();
}
END_TEST

/* Half a line, and no line ----------------------------------------- */

START_TEST(an_idle_connection_lives_for_ever)
{
	set_up();
	stage_pass(&s, INT64_C(365) * 86400 * 1000);
	stage_expect(&s, a, "{'op':'ping'}", "{'ok':true}\n");
	tear_down();
}
END_TEST

/* row: 10 */
START_TEST(half_a_line_without_progress_ends_the_connection)
{
	set_up();
	stage_write(&s, a, "{\"op\":", 6);
	stage_settle(&s);
	stage_pass(&s, s.server->line_timeout_ms - 1);
	stage_expect_heard(&s, a, "");
	/* Every byte is progress. */
	stage_write(&s, a, " ", 1);
	stage_settle(&s);
	stage_pass(&s, s.server->line_timeout_ms - 1);
	stage_expect_heard(&s, a, "");
	stage_pass(&s, 1);
	stage_expect_heard(&s, a, "(end)");
	ck_assert_uint_eq(s.server->n_conns, 1);
	tear_down();
}
END_TEST

START_TEST(the_rest_of_a_line_too_long_is_half_a_line)
{
	set_up();
	s.server->core->max_line_bytes = 4;
	stage_write(&s, a, "xxxxx", 5);
	stage_settle(&s);
	stage_expect_words(&s, a, "too_long");
	stage_pass(&s, s.server->line_timeout_ms);
	stage_expect_heard(&s, a, "(end)");
	tear_down();
}
END_TEST

START_TEST(who_holds_or_waits_may_leave_a_line_half_done)
{
	set_up();
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	stage_write(&s, a, "{", 1);
	stage_write(&s, b, "{", 1);
	stage_settle(&s);
	for (int i = 0; i < 10; i++)
		stage_pass(&s, s.server->line_timeout_ms);
	ck_assert_uint_eq(s.server->n_conns, 2);
	/* The lines go on where they were. */
	stage_expect(&s, a, "'op':'lock.release','key':'k'}", "{'ok':true}\n");
	stage_expect_grant(&s, b, false);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_wait_is_answered_after_the_client_has_ended_its_input,
	    the_last_word_after_half_close_is_what_was_lost,
	    many_last_words_are_said_turn_by_turn_and_all_of_them,
	    a_grant_after_half_close_is_lost_and_passes_on,
	    a_full_close_after_half_close_is_noticed_at_once,
	    an_idle_connection_lives_for_ever,
	    half_a_line_without_progress_ends_the_connection,
	    the_rest_of_a_line_too_long_is_half_a_line,
	    who_holds_or_waits_may_leave_a_line_half_done,
	    NULL,
	};

	return unit_run("conn_half", tests);
}
