/* SPDX-License-Identifier: MIT */
/* What the log says of holds that ended without their holder's doing. */
#include "stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto.h"

#define ACQUIRE "{'op':'lock.acquire','key':'k'"

STAGE_CLOCK

static struct stage s;
static int log_fd;

static void begin(void)
{
	int fds[2];

	stage_open(&s);
	s.server->log.level = LOG_LEVEL_INFO;
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	close(fds[1]);
	log_fd = fds[0];
}

static void end(void)
{
	close(log_fd);
	stage_close(&s);
}

/* What has been logged since. */
static const char *logged(void)
{
	static char text[64 * 1024];
	ssize_t n = read(log_fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int count(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

START_TEST(a_holder_that_vanishes_is_logged_with_what_it_held)
{
	char uid[32];
	const char *line;
	int a;

	begin();
	snprintf(uid, sizeof(uid), " uid=%lu ", (unsigned long)getuid());
	a = stage_join(&s);
	stage_ask(&s, a, "{'op':'hello','client':'cron'}");
	stage_ask(&s, a, ACQUIRE "}");
	stage_pass(&s, 1500);
	ck_assert_str_eq(logged(), "");
	stage_leave(&s, a);
	stage_settle(&s);
	line = logged();
	ck_assert_ptr_nonnull(strstr(line,
	    "event=holder_vanished kind=lock key=\"k\" token=1763860000000000"));
	ck_assert_ptr_nonnull(strstr(line, uid));
	ck_assert_ptr_nonnull(strstr(line, " client=\"cron\" held_ms=1500\n"));
	end();
}
END_TEST

START_TEST(one_that_only_stops_sending_vanishes_as_well)
{
	int a;

	begin();
	a = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	ck_assert_int_eq(shutdown(a, SHUT_WR), 0);
	stage_settle(&s);
	ck_assert_int_eq(count(logged(), "event=holder_vanished"), 1);
	stage_leave(&s, a);
	end();
}
END_TEST

START_TEST(who_lets_go_or_only_waits_is_no_news)
{
	int a, b;

	begin();
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_ask(&s, b, ACQUIRE "}");
	stage_leave(&s, b);
	stage_settle(&s);
	stage_ask(&s, a, "{'op':'lock.release','key':'k'}");
	stage_ask(&s, a, ACQUIRE ",'detached':true,'lease_ms':9000}");
	stage_leave(&s, a);
	stage_settle(&s);
	ck_assert_str_eq(logged(), "");
	end();
}
END_TEST

START_TEST(of_many_that_vanish_ten_a_second_are_logged_and_the_rest_counted)
{
	const char *lines;
	int a;

	begin();
	a = stage_join(&s);
	for (int i = 0; i < 25; i++)
		stage_ask(&s, a, "{'op':'lock.acquire','key':'k%d'}", i);
	stage_leave(&s, a);
	stage_settle(&s);
	ck_assert_int_eq(count(logged(), "event=holder_vanished"), 10);
	a = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_leave(&s, a);
	stage_settle(&s);
	ck_assert_str_eq(logged(), "");
	stage_pass(&s, 1000);
	a = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	stage_leave(&s, a);
	stage_settle(&s);
	lines = logged();
	ck_assert_ptr_nonnull(
	    strstr(lines, "event=more_holders_vanished count=16\n"));
	ck_assert_int_eq(count(lines, "event=holder_vanished"), 1);
	end();
}
END_TEST

START_TEST(what_an_admin_ends_is_logged_with_who_did_it)
{
	struct rules rules = {
	    .admin = calloc(1, sizeof(struct rule)), .n_admin = 1};
	char by[64];
	const char *line;
	int a, b;

	begin();
	core_set_rules(s.server->core, &rules); /* everybody is an admin */
	snprintf(by, sizeof(by), " by_pid=%d by_uid=%lu\n", (int)getpid(),
	    (unsigned long)getuid());
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, "{'op':'lock.acquire','key':'a\\\"b'}");
	stage_pass(&s, 40);
	stage_ask(&s, b,
	    "{'op':'admin.release','kind':'lock','key':'a\\\"b',"
	    "'token':1763860000000000}");
	ck_assert_ptr_nonnull(strstr(s.said, "'ok':true"));
	line = logged();
	ck_assert_ptr_nonnull(
	    strstr(line, "event=admin_release kind=lock key=\"a\\\"b\" "
			 "token=1763860000000000 pid="));
	ck_assert_ptr_nonnull(strstr(line, " held_ms=40 by_pid="));
	ck_assert_ptr_nonnull(strstr(line, by));
	stage_leave(&s, a);
	stage_leave(&s, b);
	end();
}
END_TEST

START_TEST(at_the_end_what_is_held_is_listed_once)
{
	const char *lines;
	int a;

	begin();
	a = stage_join(&s);
	stage_ask(&s, a, ACQUIRE "}");
	s.server->is_stopping = true;
	server_run(s.server);
	server_free(s.server);
	lines = logged();
	ck_assert_int_eq(count(lines, "event=held_at_stop"), 1);
	ck_assert_int_eq(count(lines, "event=holder_vanished"), 0);
	s.server = stage_server(s.path, LOG_LEVEL_ERROR);
	stage_leave(&s, a);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_holder_that_vanishes_is_logged_with_what_it_held,
	    one_that_only_stops_sending_vanishes_as_well,
	    who_lets_go_or_only_waits_is_no_news,
	    of_many_that_vanish_ten_a_second_are_logged_and_the_rest_counted,
	    what_an_admin_ends_is_logged_with_who_did_it,
	    at_the_end_what_is_held_is_listed_once,
	    NULL,
	};

	return unit_run("report", tests);
}
