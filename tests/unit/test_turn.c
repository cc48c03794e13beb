/* SPDX-License-Identifier: MIT */
/*
 * One turn of the server: how much of what is ready it does for whom, what is
 * delivered in it, and when the next one is due.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto.h"

#define OK      "{'ok':true}\n"
#define ACQUIRE "{'op':'lock.acquire','key':'k'"
#define RELEASE "{'op':'lock.release','key':'k'}"

STAGE_CLOCK

static struct stage s;

/* Fair shares ------------------------------------------------------ */

/* row: 55 */
START_TEST(a_turn_accepts_16_newcomers)
{
	int clients[40];

	stage_open(&s);
	for (int i = 0; i < 40; i++)
		clients[i] = stage_connect(&s);
	stage_turn(&s);
	ck_assert_uint_eq(s.server->n_conns, 16);
	stage_turn(&s);
	ck_assert_uint_eq(s.server->n_conns, 32);
	stage_turn(&s);
	ck_assert_uint_eq(s.server->n_conns, 40);
	for (int i = 0; i < 40; i++) {
		stage_expect(&s, clients[i], "{'op':'ping'}", OK);
		stage_leave(&s, clients[i]);
	}
	stage_close(&s);
}
END_TEST

START_TEST(newcomers_that_have_left_again_take_nobodys_place)
{
	int a, b, c;

	stage_open(&s);
	for (int i = 0; i < 100; i++)
		stage_leave(&s, stage_connect(&s));
	a = stage_connect(&s);
	stage_turn(&s);
	ck_assert_uint_eq(s.server->n_conns, 1);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	/* But what they have said counts, as ever. */
	b = stage_connect(&s);
	stage_send(b, "{'op':'limit.set','key':'k','capacity':7}");
	stage_leave(&s, b);
	stage_settle(&s);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_ptr_nonnull(strstr(
	    stage_ask(&s, a, "{'op':'limit.info','key':'k'}"), "'capacity':7"));
	/* And some hundreds are enough for one turn. */
	for (int i = 0; i < SERVER_MAX_LEFT; i++)
		stage_leave(&s, stage_connect(&s));
	c = stage_connect(&s);
	stage_turn(&s);
	ck_assert_uint_eq(s.server->n_conns, 1);
	stage_turn(&s);
	ck_assert_uint_eq(s.server->n_conns, 2);
	stage_leave(&s, a);
	stage_leave(&s, c);
	stage_close(&s);
}
END_TEST

/* Says much and closes, in one moment. */
static void leave_with(int client, const char *last)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	char pings[7000 * sizeof(ping)] = "";

	/* In one piece: the kernel counts more than the bytes. */
	for (size_t i = 0; i < 7000; i++)
		memcpy(pings + i * strlen(ping), ping, sizeof(ping));
	ck_assert_int_eq(
	    write(client, pings, strlen(pings)), (ssize_t)strlen(pings));
	stage_send(client, "%s", last);
	stage_leave(&s, client);
}

START_TEST(many_who_leave_much_behind_keep_nobody_waiting)
{
	int a, b, leaving[8];
	int n_turns = 0;

	stage_open(&s);
	for (int i = 0; i < 8; i++)
		leaving[i] = stage_join(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, leaving[7], ACQUIRE "}");
	stage_ask(&s, a, ACQUIRE "}");
	for (int i = 0; i < 8; i++)
		leave_with(leaving[i], RELEASE);
	stage_send(b, "{'op':'ping'}");
	stage_turn(&s);
	stage_expect_heard(&s, b, OK);
	ck_assert_uint_gt(s.server->n_conns, 2 + 4);
	/* But its last words are done, sooner or later. */
	while (s.server->n_conns > 2) {
		stage_turn(&s);
		ck_assert_int_lt(++n_turns, 8);
	}
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, a), "'token'"));
	ck_assert_ptr_null(strstr(s.said, "abandoned"));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

START_TEST(who_sends_much_does_not_keep_others_waiting)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	char pings[500 * sizeof(ping)] = "";
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	for (int i = 0; i < 500; i++)
		strcat(pings, ping);
	stage_write(&s, a, pings, strlen(pings));
	stage_send(b, "{'op':'ping'}");
	stage_turn(&s);
	stage_expect_heard(&s, b, OK);
	ck_assert_uint_eq(
	    strlen(stage_heard(&s, a)), SERVER_MAX_LINES * strlen(OK));
	/* Also when the one has a backlog already. */
	stage_send(b, "{'op':'ping'}");
	stage_turn(&s);
	stage_expect_heard(&s, b, OK);
	stage_settle(&s);
	ck_assert_uint_eq(
	    strlen(stage_heard(&s, a)), (500 - SERVER_MAX_LINES) * strlen(OK));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

/* row: 98 */
START_TEST(a_turn_writes_2_mib_the_rest_waits_and_others_do_not)
{
	enum {
		N = 60,
		LEN = 900000
	};
	static char line[LEN + 100];
	int clients[N], leader, other, len;
	size_t n_left = 0;

	stage_open(&s);
	leader = stage_join(&s);
	other = stage_join(&s);
	stage_ask(&s, leader, "{'op':'flight.begin','key':'k'}");
	for (int i = 0; i < N; i++) {
		clients[i] = stage_join(&s);
		stage_send(clients[i], "{'op':'flight.begin','key':'k'}");
	}
	stage_settle(&s);
	len = sprintf(
	    line, "{\"op\":\"flight.finish\",\"key\":\"k\",\"value\":\"");
	memset(line + len, 'x', LEN);
	strcpy(line + len + LEN, "\"}");
	stage_write(&s, leader, line, strlen(line));
	stage_settle(&s);
	stage_write(&s, leader, "\n", 1);
	stage_turn(&s);
	ck_assert_uint_le(s.server->write_budget, SERVER_SMALL_WRITE_BYTES);
	for (const struct conn *conn = s.server->all; conn != NULL;
	     conn = conn->next)
		n_left += conn->out.n_bytes;
	ck_assert_uint_ge(
	    n_left, (size_t)N * LEN - SERVER_SMALL_WRITE_BYTES - 1000000);
	for (int i = 0; i < 2; i++) {
		stage_send(other, "{'op':'ping'}");
		stage_turn(&s);
		ck_assert_uint_le(
		    s.server->write_budget, SERVER_SMALL_WRITE_BYTES);
		stage_expect_heard(&s, other, OK);
	}
	for (int i = 0; i < N; i++) {
		size_t n_heard = 0;

		while (stage_heard(&s, clients[i])[0] != '\0') {
			n_heard += strlen(s.said);
			stage_turn(&s);
			stage_turn(&s);
		}
		ck_assert_uint_eq(n_heard,
		    LEN + strlen("{'ok':true,'leader':false,'value':''}\n"));
		stage_leave(&s, clients[i]);
	}
	stage_leave(&s, leader);
	stage_leave(&s, other);
	stage_close(&s);
}
END_TEST

/* row: 98 */
START_TEST(who_gets_little_waits_too_when_nothing_is_left_to_a_turn)
{
	static const char ping[] = "{\"op\":\"ping\"}";
	int a;

	stage_open(&s);
	a = stage_join(&s);
	verbs_line(s.server->core, stage_last(&s)->session, ping,
	    sizeof(ping) - 1, VERBS_LIVE);
	s.server->write_budget = 0;
	server_settle(s.server);
	stage_expect_heard(&s, a, "");
	s.server->write_budget = 1;
	server_settle(s.server);
	stage_expect_heard(&s, a, OK);
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

/* row: 95 99 */
/* However many ask for them: for lists of very many keys take a while. */
START_TEST(a_turn_does_16_long_requests_and_all_that_are_short)
{
	enum {
		N = 50
	};
	static const char first[] = "{\"op\":", rest[] = "\"stats\"}\n";
	int clients[N], other;
	char byte;

	stage_open(&s);
	other = stage_join(&s);
	for (int i = 0; i < N; i++)
		clients[i] = stage_join(&s);
	/* Of every second one the line comes in two parts. */
	for (int i = 0; i < N; i += 2)
		stage_write(&s, clients[i], first, sizeof(first) - 1);
	stage_settle(&s);
	stage_send(other, "{'op':'ping'}");
	for (int i = 0; i < N; i++) {
		if (i % 2 == 0)
			stage_write(&s, clients[i], rest, sizeof(rest) - 1);
		else
			stage_send(clients[i], "{'op':'stats'}");
		stage_send(clients[i], "{'op':'ping'}");
	}
	for (int n_told = 0, turn = 1; n_told < N; turn++) {
		stage_turn(&s);
		stage_expect_heard(&s, other, OK);
		stage_send(other, "{'op':'ping'}");
		n_told = 0;
		for (int i = 0; i < N; i++)
			n_told += recv(clients[i], &byte, 1, MSG_PEEK) == 1;
		ck_assert_int_eq(n_told, turn * 16 < N ? turn * 16 : N);
	}
	stage_settle(&s);
	for (int i = 0; i < N; i++) {
		const char *pong;

		stage_heard(&s, clients[i]);
		pong = strchr(s.said, '\n');
		ck_assert_int_eq(strncmp(s.said, "{'ok':true,", 11), 0);
		ck_assert_ptr_nonnull(pong);
		ck_assert_str_eq(pong + 1, OK);
		stage_leave(&s, clients[i]);
	}
	stage_leave(&s, other);
	stage_close(&s);
}
END_TEST

/* Delivery --------------------------------------------------------- */

START_TEST(what_happens_in_a_turn_is_heard_after_it)
{
	int a, b, c;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	c = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	stage_ask(&s, c, ACQUIRE "}");
	stage_send(a, RELEASE);
	stage_turn(&s);
	stage_expect_heard(&s, a, OK);
	stage_expect_heard(&s, b, "{'ok':true,'token':1763860000000001}\n");
	/* The end of a connection, and the grant that comes of it, too. */
	stage_leave(&s, b);
	stage_turn(&s);
	stage_expect_heard(
	    &s, c, "{'ok':true,'token':1763860000000002,'abandoned':true}\n");
	ck_assert_uint_eq(s.server->n_conns, 2);
	stage_leave(&s, a);
	stage_leave(&s, c);
	stage_close(&s);
}
END_TEST

START_TEST(a_row_of_dead_waiters_is_passed_over_in_one_turn)
{
	enum {
		N = 50
	};
	int clients[N], first, last;

	stage_open(&s);
	first = stage_join(&s);
	stage_ask(&s, first, ACQUIRE "}");
	for (int i = 0; i < N; i++) {
		clients[i] = stage_join(&s);
		stage_ask(&s, clients[i], ACQUIRE "}");
	}
	last = stage_join(&s);
	stage_ask(&s, last, ACQUIRE "}");
	for (int i = 0; i < N; i++)
		stage_leave(&s, clients[i]);
	stage_leave(&s, first);
	/* libevent reports 32 events at first, more later. */
	stage_settle(&s);
	ck_assert_ptr_nonnull(
	    strstr(stage_heard(&s, last), "'abandoned':true"));
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_int_eq(
	    s.server->core->tally.counts[WIRE_KIND_LOCK][TALLY_HOLDS], 1);
	stage_leave(&s, last);
	stage_close(&s);
}
END_TEST

START_TEST(a_refusal_names_the_program_of_the_holder)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE ",'lease_ms':50,'detached':true}");
	/* One that belongs to nobody's connection has no program. */
	stage_ask(&s, b, ACQUIRE ",'wait_ms':0}");
	ck_assert_ptr_null(strstr(s.said, "(test_turn)"));
	ck_assert_ptr_nonnull(strstr(s.said, "'holder':{"));
	stage_pass(&s, 50);
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE ",'wait_ms':0}");
	ck_assert_ptr_nonnull(strstr(s.said, "(test_turn)"));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

START_TEST(sessions_find_their_connection_and_old_ones_find_nobody)
{
	struct conn *conn;
	uint64_t session;
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	conn = stage_last(&s);
	session = conn->session;
	ck_assert_ptr_eq(server_find(s.server, session), conn);
	ck_assert_ptr_null(server_find(s.server, session + 1));
	ck_assert_ptr_null(server_find(s.server, UINT32_MAX));
	stage_leave(&s, a);
	stage_settle(&s);
	ck_assert_ptr_null(server_find(s.server, session));
	b = stage_join(&s);
	/* In the same place, but not the same. */
	ck_assert_uint_eq(
	    SESSION_SLOT(stage_last(&s)->session), SESSION_SLOT(session));
	ck_assert_ptr_null(server_find(s.server, session));
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

START_TEST(more_connections_than_there_was_room_for_find_theirs)
{
	enum {
		N = 200
	};
	int clients[N];

	stage_open(&s);
	for (int i = 0; i < N; i++) {
		clients[i] = stage_join(&s);
		ck_assert_ptr_eq(server_find(s.server, stage_last(&s)->session),
		    stage_last(&s));
	}
	for (int i = 0; i < N; i++)
		stage_expect(&s, clients[i], "{'op':'ping'}", OK);
	for (int i = 0; i < N; i++)
		stage_leave(&s, clients[i]);
	stage_settle(&s);
	ck_assert_uint_eq(s.server->n_conns, 0);
	stage_close(&s);
}
END_TEST

/* Time ------------------------------------------------------------- */

START_TEST(the_timer_is_set_to_what_is_due_next)
{
	int a, b;

	stage_open(&s);
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE ",'lease_ms':900}");
	ck_assert_int_eq(s.server->timer_at, stage_now + 900);
	stage_ask(&s, b, ACQUIRE ",'wait_ms':300}");
	ck_assert_int_eq(s.server->timer_at, stage_now + 300);
	stage_pass(&s, 300);
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, b), "'timeout'"));
	ck_assert_int_eq(s.server->timer_at, stage_now + 600);
	stage_ask(&s, a, RELEASE);
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	/* Half a line is due, too. */
	stage_write(&s, a, "{", 1);
	stage_settle(&s);
	ck_assert_int_eq(
	    s.server->timer_at, stage_now + s.server->line_timeout_ms);
	stage_write(&s, a, "\n", 1);
	stage_settle(&s);
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

START_TEST(the_timer_wakes_the_server)
{
	int a;

	stage_open(&s);
	a = stage_join(&s);
	stage_ask(&s, a, ACQUIRE ",'lease_ms':20}");
	ck_assert_int_eq(s.server->timer_at, stage_now + 20);
	/* This blocks until the timer itself fires. */
	(void)event_base_loop(s.server->base, EVLOOP_ONCE);
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	/* Too early by our clock: it is set again. */
	server_turn(s.server);
	ck_assert_int_eq(s.server->timer_at, stage_now + 20);
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

START_TEST(what_is_due_comes_before_what_is_read)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE ",'lease_ms':100}");
	stage_now += 100;
	stage_send(a, RELEASE);
	stage_send(b, ACQUIRE ",'wait_ms':0}");
	stage_settle(&s);
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, a), "'ok':false"));
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, b), "'abandoned':true"));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

/* Out of descriptors ----------------------------------------------- */

#define NO_ROOM                                                                \
	"{'ok':false,'error':'quota','message':'the daemon has no descriptors" \
	" left'}\n(end)"

/* From now on nothing can be opened. Returns the limit that was. */
static rlim_t forbid_descriptors(void)
{
	struct rlimit limit;
	rlim_t before;
	int next = dup(STDIN_FILENO);

	close(next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static void allow_descriptors(rlim_t n)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

START_TEST(without_descriptors_newcomers_are_turned_away_then_it_rests)
{
	int a, clients[18];
	rlim_t before;

	stage_open(&s);
	a = stage_join(&s);
	for (int i = 0; i < 18; i++)
		clients[i] = stage_connect(&s);
	before = forbid_descriptors();
	stage_turn(&s);
	for (int i = 0; i < 16; i++)
		stage_expect_heard(&s, clients[i], NO_ROOM);
	ck_assert_int_eq(s.server->rests_until, stage_now + 100);
	/* It rests: nothing is looked at but those who are in. */
	stage_settle(&s);
	stage_expect_heard(&s, clients[16], "");
	stage_expect(&s, a, "{'op':'ping'}", OK);
	stage_pass(&s, 99);
	ck_assert_uint_eq(s.server->n_conns, 1);
	/* And goes on where there are descriptors again. */
	allow_descriptors(before);
	stage_pass(&s, 1);
	ck_assert_uint_eq(s.server->n_conns, 3);
	stage_expect(&s, clients[16], "{'op':'ping'}", OK);
	stage_expect(&s, clients[17], "{'op':'ping'}", OK);
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	stage_leave(&s, a);
	for (int i = 0; i < 18; i++)
		stage_leave(&s, clients[i]);
	stage_close(&s);
}
END_TEST

/* Makes one more newcomer come to no descriptors; returns when it may be
 * logged the next time. */
static mtime_t rest_again(void)
{
	int client = stage_connect(&s);
	rlim_t before = forbid_descriptors();

	stage_settle(&s);
	stage_expect_heard(&s, client, NO_ROOM);
	allow_descriptors(before);
	stage_leave(&s, client);
	stage_pass(&s, 100);
	return s.server->rest_log_at;
}

START_TEST(that_there_are_no_descriptors_is_logged_once_in_10_s)
{
	mtime_t next;

	stage_open(&s);
	next = rest_again();
	ck_assert_int_eq(next, stage_now - 100 + 10000);
	for (int i = 1; i < 100; i++)
		ck_assert_int_eq(rest_again(), next);
	ck_assert_int_eq(rest_again(), next + 10000);
	stage_close(&s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_turn_accepts_16_newcomers,
	    newcomers_that_have_left_again_take_nobodys_place,
	    many_who_leave_much_behind_keep_nobody_waiting,
	    who_sends_much_does_not_keep_others_waiting,
	    a_turn_does_16_long_requests_and_all_that_are_short,
	    a_turn_writes_2_mib_the_rest_waits_and_others_do_not,
	    who_gets_little_waits_too_when_nothing_is_left_to_a_turn,
	    what_happens_in_a_turn_is_heard_after_it,
	    a_row_of_dead_waiters_is_passed_over_in_one_turn,
	    a_refusal_names_the_program_of_the_holder,
	    sessions_find_their_connection_and_old_ones_find_nobody,
	    more_connections_than_there_was_room_for_find_theirs,
	    the_timer_is_set_to_what_is_due_next,
	    the_timer_wakes_the_server,
	    what_is_due_comes_before_what_is_read,
	    without_descriptors_newcomers_are_turned_away_then_it_rests,
	    that_there_are_no_descriptors_is_logged_once_in_10_s,
	    NULL,
	};

	return unit_run("turn", tests);
}
