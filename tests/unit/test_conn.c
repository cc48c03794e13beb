/* SPDX-License-Identifier: MIT */
/*
 * A connection: how it comes and is turned away, what is known of its peer,
 * and all the ways in which it ends. Output that is not read is the matter of
 * test_conn_output.c.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto.h"
#include "scan.h"

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

/* Coming ----------------------------------------------------------- */

START_TEST(the_peer_is_known_by_the_kernels_word)
{
	struct conn *conn;

	set_up();
	conn = stage_last(&s);
	ck_assert_int_eq(conn->peer.pid, getpid());
	ck_assert_uint_eq(conn->peer.uid, getuid());
	ck_assert_ptr_eq(server_find(s.server, conn->session), conn);
	stage_ask(&s, a, ACQUIRE "}");
	stage_send(b, BUSY);
	stage_settle(&s);
	stage_expect_words(&s, b, "(test_conn)");
	tear_down();
}
END_TEST

START_TEST(the_name_of_a_program_is_asked_for_once)
{
	struct conn *conn;

	set_up();
	conn = stage_last(&s);
	ck_assert_int_eq(prctl(PR_SET_NAME, "fifteen-letters"), 0);
	ck_assert_str_eq(conn_command(conn), "fifteen-letters");
	ck_assert_int_eq(prctl(PR_SET_NAME, "other"), 0);
	ck_assert_str_eq(conn_command(conn), "fifteen-letters");
	tear_down();
}
END_TEST

START_TEST(a_program_that_is_not_known_has_no_name)
{
	struct conn *conn;

	set_up();
	conn = stage_last(&s);
	conn->peer.pid = 0;
	ck_assert_ptr_null(conn_command(conn));
	conn->peer.pid = INT32_MAX; /* nobody has this one */
	ck_assert_ptr_null(conn_command(conn));
	ck_assert_ptr_null(conn_command(conn));
	tear_down();
}
END_TEST

/* Whether a strict parser takes the line. */
static bool is_json(const char *line)
{
	char *text = proto_swap(line, '\'', '"');
	struct scan_value name, value;
	struct scan scan;
	enum scan_step step;

	scan_begin(&scan, text, strlen(text));
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM)
		continue;
	free(text);
	return step == SCAN_DONE;
}

START_TEST(no_name_of_a_program_spoils_the_answers_of_others)
{
	static const char *const names[] = {"\xFF\xFE", "a\xC3",
	    "fourteen--byte\xC3\xA4", "\x01\x1F\n\"\\", "\xED\xA0\x80", "\x80",
	    "\xF0\x9F\x98\x80"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set_up();
		ck_assert_int_eq(prctl(PR_SET_NAME, names[i]), 0);
		stage_ask(&s, a, ACQUIRE "}");
		stage_ask(&s, b, BUSY);
		ck_assert_msg(is_json(s.said), "name %zu: %s", i, s.said);
		tear_down();
	}
}
END_TEST

START_TEST(a_uid_with_all_its_connections_gets_no_more)
{
	int c;

	set_up();
	s.server->core->quota.shares.most[QUOTA_CONNECTIONS] = 2;
	c = stage_connect(&s);
	stage_settle(&s);
	stage_expect_heard(&s, c,
	    "{'ok':false,'error':'quota','message':'this uid has "
	    "all its connections'}\n(end)");
	ck_assert_uint_eq(s.server->n_conns, 2);
	stage_leave(&s, c);
	leave_a();
	stage_settle(&s);
	a = stage_join(&s);
	tear_down();
}
END_TEST

START_TEST(a_daemon_with_all_its_connections_takes_no_more)
{
	int c;

	set_up();
	s.server->n_conns += s.server->max_conns - 2;
	c = stage_connect(&s);
	stage_settle(&s);
	s.server->n_conns -= s.server->max_conns - 2;
	stage_expect_heard(&s, c,
	    "{'ok':false,'error':'quota','message':'the daemon "
	    "has all its connections'}\n(end)");
	stage_leave(&s, c);
	c = stage_join(&s);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

/* A full close ----------------------------------------------------- */

START_TEST(holds_of_a_client_that_closes_pass_on)
{
	set_up();
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	leave_a();
	stage_settle(&s);
	stage_expect_grant(&s, b, true);
	ck_assert_uint_eq(s.server->n_conns, 1);
	tear_down();
}
END_TEST

START_TEST(waits_of_a_client_that_closes_leave_their_queue)
{
	int c;

	set_up();
	c = stage_join(&s);
	stage_ask(&s, b, ACQUIRE "}");
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, c, ACQUIRE "}");
	ck_assert_int_eq(stage_counted(&s, TALLY_WAITS), 2);
	leave_a();
	stage_settle(&s);
	ck_assert_int_eq(stage_counted(&s, TALLY_WAITS), 1);
	stage_ask(&s, b, RELEASE);
	stage_expect_grant(&s, c, false);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

START_TEST(what_lets_go_is_done_for_a_client_that_closed_and_nothing_else)
{
	set_up();
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	stage_send(a, "{'op':'lock.acquire','key':'other'}");
	stage_send(a, "{'op':'limit.set','key':'l','capacity':1}");
	stage_send(a, RELEASE);
	leave_a();
	stage_settle(&s);
	stage_expect_grant(&s, b, false);
	stage_expect(&s, b, "{'op':'limit.info','key':'l'}",
	    "{'ok':true,'capacity':1,'in_use':0,'available':1,'waiting':0}\n");
	/* Had it been granted, it would be abandoned now. */
	ck_assert_int_eq(stage_counted(&s, TALLY_GRANTED), 2);
	tear_down();
}
END_TEST

START_TEST(a_long_backlog_of_a_client_that_closed_is_looked_through)
{
	set_up();
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	for (int i = 0; i < 100; i++)
		stage_send(a, "{'op':'lock.acquire','key':'k%d'}", i);
	stage_send(a, "{'op':'lock.release','key':'k'");
	stage_turn(&s);
	ck_assert(stage_last(&s)->prev->has_backlog);
	leave_a();
	stage_settle(&s);
	/* Nothing is left of what was granted, and the release was no complete
	 * line. */
	stage_expect_grant(&s, b, true);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	ck_assert_int_eq(stage_counted(&s, TALLY_RELEASED), 0);
	tear_down();
}
END_TEST

START_TEST(answers_that_a_client_left_unread_do_not_matter)
{
	set_up();
	stage_send(a, ACQUIRE "}");
	stage_settle(&s);
	stage_ask(&s, b, ACQUIRE "}");
	leave_a(); /* with the grant unread: the kernel tells ECONNRESET */
	stage_settle(&s);
	stage_expect_grant(&s, b, true);
	tear_down();
}
END_TEST

/* row: 51 64 */
START_TEST(a_grant_passes_on_when_its_answer_cannot_be_written)
{
	int c;

	set_up();
	c = stage_join(&s);
	stage_ask(&s, b, ACQUIRE "}");
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, c, ACQUIRE "}");
	/* The server learns of the end by writing only. */
	stage_send(b, RELEASE);
	stage_look(&s);
	leave_a();
	server_turn(s.server);
	stage_expect_grant(&s, c, true);
	ck_assert_int_eq(stage_counted(&s, TALLY_GRANTED), 3);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	ck_assert_uint_eq(s.server->n_conns, 2);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

START_TEST(what_lets_go_is_done_when_the_end_shows_in_writing)
{
	int c;

	set_up();
	c = stage_join(&s);
	stage_ask(&s, a, "{'op':'lock.acquire','key':'l'}");
	stage_ask(&s, c, "{'op':'lock.acquire','key':'l'}");
	stage_ask(&s, b, ACQUIRE "}");
	stage_ask(&s, a, ACQUIRE "}");
	stage_send(b, RELEASE);
	stage_look(&s);
	stage_send(a, "{'op':'lock.release','key':'l'}");
	stage_send(a, "{'op':'lock.acquire','key':'m'}");
	leave_a();
	server_turn(s.server);
	stage_expect_grant(&s, c, false);
	ck_assert_int_eq(stage_counted(&s, TALLY_GRANTED), 4);
	ck_assert_int_eq(stage_counted(&s, TALLY_HOLDS), 1);
	stage_leave(&s, c);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    the_peer_is_known_by_the_kernels_word,
	    the_name_of_a_program_is_asked_for_once,
	    a_program_that_is_not_known_has_no_name,
	    no_name_of_a_program_spoils_the_answers_of_others,
	    a_uid_with_all_its_connections_gets_no_more,
	    a_daemon_with_all_its_connections_takes_no_more,
	    holds_of_a_client_that_closes_pass_on,
	    waits_of_a_client_that_closes_leave_their_queue,
	    what_lets_go_is_done_for_a_client_that_closed_and_nothing_else,
	    a_long_backlog_of_a_client_that_closed_is_looked_through,
	    answers_that_a_client_left_unread_do_not_matter,
	    a_grant_passes_on_when_its_answer_cannot_be_written,
	    what_lets_go_is_done_when_the_end_shows_in_writing,
	    NULL,
	};

	return unit_run("conn", tests);
}
