/* SPDX-License-Identifier: MIT */
/*
 * The server's beginning and end, and what it does until a signal comes. What
 * a turn does is the matter of test_turn.c.
 */
#include "stage.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto.h"

#define ACQUIRE "{'op':'lock.acquire','key':'k'"

STAGE_CLOCK

static struct stage s;

/* Standard error from now on: a pipe; returns its read end. */
static int catch_log(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	close(fds[1]);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	return fds[0];
}

static const char *caught(int log)
{
	static char text[10000];
	ssize_t n = read(log, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Beginning -------------------------------------------------------- */

START_TEST(a_server_begins_with_nothing)
{
	stage_open(&s);
	ck_assert_uint_eq(s.server->n_conns, 0);
	ck_assert_ptr_null(s.server->all);
	ck_assert(!s.server->is_stopping);
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	ck_assert(!stage_turn(&s));
	stage_close(&s);
}
END_TEST

START_TEST(tokens_begin_at_the_time_of_day)
{
	int a;

	stage_open(&s);
	ck_assert_int_eq(s.server->core->first_token, STAGE_WALL_US);
	a = stage_join(&s);
	stage_expect(
	    &s, a, ACQUIRE "}", "{'ok':true,'token':1763860000000000}\n");
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

START_TEST(every_server_has_a_hash_key_of_its_own)
{
	uint8_t first[SIP_KEY_BYTES];

	stage_open(&s);
	memcpy(first, s.server->core->hash_key, sizeof(first));
	stage_close(&s);
	stage_open(&s);
	/* The same 16 random bytes twice would be news indeed. */
	ck_assert(memcmp(first, s.server->core->hash_key, sizeof(first)) != 0);
	stage_close(&s);
}
END_TEST

START_TEST(one_uid_has_the_shares_that_are_documented)
{
	const size_t *most;

	stage_open(&s);
	most = s.server->core->quota.shares.most;
	ck_assert_uint_eq(most[QUOTA_CONNECTIONS], 5000);
	ck_assert_uint_eq(most[QUOTA_WAITS], 100000);
	ck_assert_uint_eq(most[QUOTA_KEYS], 250000);
	ck_assert_uint_eq(most[QUOTA_BYTES], 64 * 1024 * 1024);
	ck_assert_uint_eq(s.server->core->max_line_bytes, 1024 * 1024);
	stage_close(&s);
}
END_TEST

START_TEST(a_server_that_cannot_listen_is_none_and_leaves_nothing)
{
	int reader, before;
	struct stat st;

	stage_open(&s);
	reader = catch_log();
	before = dup(STDIN_FILENO);
	close(before);
	ck_assert_ptr_null(stage_server("/nowhere/at/all", LOG_LEVEL_INFO));
	ck_assert_ptr_nonnull(strstr(caught(reader), "event=cannot_listen"));
	/* Nor does it harm the one that has the path. */
	ck_assert_ptr_null(stage_server(s.path, LOG_LEVEL_INFO));
	ck_assert_ptr_nonnull(strstr(caught(reader), "another msyncd"));
	ck_assert_int_eq(dup(STDIN_FILENO), before);
	close(before);
	close(reader);
	ck_assert_int_eq(stat(s.path, &st), 0);
	close(stage_join(&s));
	s.n_clients--;
	stage_close(&s);
}
END_TEST

START_TEST(no_server_at_all_is_freed_as_well)
{
	server_free(NULL);
	stage_open(&s);
	stage_close(&s);
}
END_TEST

START_TEST(a_connection_is_noted_once_however_often_it_is_told)
{
	struct conn *conn;
	int a;

	stage_open(&s);
	a = stage_join(&s);
	conn = stage_last(&s);
	for (int i = 0; i < 3; i++) {
		server_note_ready(s.server, conn);
		server_note_touched(s.server, conn);
	}
	ck_assert_ptr_eq(s.server->ready, conn);
	ck_assert_ptr_eq(s.server->touched, conn);
	ck_assert_ptr_null(conn->ready_next);
	ck_assert_ptr_null(conn->touched_next);
	server_turn(s.server);
	ck_assert_ptr_null(s.server->ready);
	ck_assert_ptr_null(s.server->touched);
	ck_assert(!conn->is_ready && !conn->is_touched);
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

/* End -------------------------------------------------------------- */

START_TEST(freeing_a_server_closes_its_connections_and_removes_its_socket)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	stage_write(&s, a, "{\"half", 6);
	stage_settle(&s);
	server_free(s.server);
	ck_assert_str_eq(stage_heard(&s, a), "(end)");
	ck_assert_str_eq(stage_heard(&s, b), "(end)");
	ck_assert_int_eq(access(s.path, F_OK), -1);
	/* The next one takes its place. */
	s.server = stage_server(s.path, LOG_LEVEL_ERROR);
	ck_assert_ptr_nonnull(s.server);
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

START_TEST(no_token_leaves_that_the_mark_does_not_cover)
{
	char folder[] = "/tmp/msyncd-unit-XXXXXX", path[64], text[64] = "";
	struct mark *mark;
	int64_t first;
	FILE *in;
	int a;

	stage_open(&s);
	mark = &s.server->mark;
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert(
	    mark_open(mark, folder, STAGE_WALL_US, &s.server->log, &first));
	/* As if a million had been granted. */
	mark->highest = s.server->core->next_token;
	a = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	ck_assert_int_eq(mark->highest, STAGE_WALL_US);
	stage_ask(&s, a, "{'op':'lock.acquire','key':'k2'}");
	ck_assert_ptr_nonnull(strstr(s.said, "'token':1763860000000001}"));
	ck_assert_int_eq(mark->highest, STAGE_WALL_US + 1 + MARK_AHEAD);
	snprintf(path, sizeof(path), "%s/token-mark", folder);
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), in));
	ck_assert_str_eq(text, "1763860001000001\n");
	fclose(in);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

/* Runs the server until the signal, which is there already: what is ready is
 * served before it ends. */
static void run_until(int signal_number)
{
	ck_assert_int_eq(raise(signal_number), 0);
	server_run(s.server);
	ck_assert(s.server->is_stopping);
}

static void expect_end_by(int signal_number, const char *name)
{
	const char *lines;
	int a, b, c, log;

	stage_open(&s);
	s.server->log.level = LOG_LEVEL_INFO;
	log = catch_log();
	a = stage_join(&s);
	b = stage_join(&s);
	c = stage_join(&s);
	stage_ask(&s, a, "{'op':'hello','client':'a \\\"b\\\"'}");
	stage_ask(&s, a, ACQUIRE "}");
	stage_now += 1234;
	stage_send(b, ACQUIRE ",'id':7}");
	stage_send(c, "{'op':'ping'}");
	run_until(signal_number);
	ck_assert_str_eq(stage_heard(&s, a), "");
	stage_heard(&s, b);
	ck_assert_ptr_eq(
	    strstr(s.said, "{'id':7,'ok':false,'error':'shutting_down',"),
	    s.said);
	ck_assert_str_eq(stage_heard(&s, c), "{'ok':true}\n");
	lines = caught(log);
	ck_assert_ptr_nonnull(strstr(lines, "event=stopping signal="));
	ck_assert_ptr_nonnull(strstr(lines, name));
	ck_assert_ptr_nonnull(strstr(lines,
	    "event=held_at_stop kind=lock key=\"k\" token=1763860000000000 "));
	ck_assert_ptr_nonnull(
	    strstr(lines, " client=\"a \\\"b\\\"\" held_ms=1234\n"));
	close(log);
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_leave(&s, c);
	stage_close(&s);
}

START_TEST(sigterm_answers_the_waits_and_tells_the_holds)
{
	expect_end_by(SIGTERM, strsignal(SIGTERM));
}
END_TEST

START_TEST(sigint_does_the_same)
{
	expect_end_by(SIGINT, strsignal(SIGINT));
}
END_TEST

START_TEST(a_long_answer_to_a_wait_does_not_hold_up_the_end)
{
	static const char acquire[] =
	    "{\"op\":\"lock.acquire\",\"key\":\"k\"}\n";
	enum {
		N = 3000
	}; /* more than the socket can take answers */
	char *lines = calloc(N, sizeof(acquire));
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, "{'op':'hello','multiplexed':true}");
	for (size_t i = 0; i < N; i++)
		memcpy(lines + i * (sizeof(acquire) - 1), acquire,
		    sizeof(acquire));
	stage_write(&s, b, lines, strlen(lines));
	free(lines);
	stage_settle(&s);
	run_until(SIGTERM);
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, b), "'shutting_down'"));
	ck_assert_uint_gt(s.server->all->next->out.n_bytes, 0);
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_server_begins_with_nothing,
	    tokens_begin_at_the_time_of_day,
	    every_server_has_a_hash_key_of_its_own,
	    one_uid_has_the_shares_that_are_documented,
	    a_server_that_cannot_listen_is_none_and_leaves_nothing,
	    no_server_at_all_is_freed_as_well,
	    a_connection_is_noted_once_however_often_it_is_told,
	    freeing_a_server_closes_its_connections_and_removes_its_socket,
	    no_token_leaves_that_the_mark_does_not_cover,
	    sigterm_answers_the_waits_and_tells_the_holds,
	    sigint_does_the_same,
	    a_long_answer_to_a_wait_does_not_hold_up_the_end,
	    NULL,
	};

	return unit_run("server", tests);
}
