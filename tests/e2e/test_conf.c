/* SPDX-License-Identifier: MIT */
/*
 * Configurations that are good: what is in force from the start, and what a
 * changed one does to a daemon that is at work. (Wrong ones:
 * test_conf_wrong.c; who may do what: test_rules.c.)
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"
#include "settings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From the start --------------------------------------------------- */

/* Writes the configuration and starts a further daemon with it; its files are
 * put into the folder of the usual one, which is stopped first. */
static void restart_with(struct launch *l, const char *text)
{
	const char *const args[] = {
	    "-c", server.conf, "-s", server.socket, NULL};

	for (int i = 0; i < 5; i++)
		client_close(&connections[i]);
	daemon_kill(&server);
	put_file(server.conf, text, strlen(text));
	launch(l, args, NULL);
	launch_await_ready(l);
	client_open(A, &server);
	client_open(B, &server);
}

START_TEST(what_is_configured_is_in_force_from_the_start)
{
	struct launch l;
	struct stat st;

	restart_with(&l, "socket_mode = 0600\nmax_line = 8K\n"
			 "limit \"db\" { capacity = 2 }\n"
			 "pool \"gpu\" { items = {\"0\", \"1\"} }\n"
			 "uid_share { keys = 3 }\n");
	ck_assert_int_eq(stat(server.socket, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	expect_word(l.blamed, "event=configured file=");
	expect_word(l.blamed, "limits=1 pools=1 allow=0 admin=0 ");
	expect_word(l.blamed, "max_line=8192");
	expect_word(l.blamed, "event=no_state_directory");
	expect(ask(A, "{'op':'limit.info','key':'db'}"),
	    "{'ok':true,'capacity':2,'in_use':0}");
	expect(ask(A, "{'op':'pool.get','key':'gpu'}"),
	    "{'ok':true,'create':false,'value':'1'}");
	expect(ask(A, "{'op':'pool.get','key':'gpu'}"),
	    "{'ok':true,'create':false,'value':'0'}");
	acquire(A, "a");
	expect_error(ask(A, "{'op':'lock.acquire','key':'b'}"), "quota");
	tell(A, "{'x_':'%9000s'}", "");
	expect_error(client_answer(A), "too_long");
	client_close(A);
	client_close(B);
	launch_end(&l, SIGTERM);
	ck_assert_int_eq(l.status, 0);
}
END_TEST

/* One that the daemon is not in, where it may do that: not as an ordinary user,
 * and not under the filter of its unit (make check-seccomp). */
static gid_t some_group(void)
{
	const char *chown = getenv("MSYNC_TEST_CHOWN");

	return geteuid() == 0 && (!chown || *chown != '0') ? 4242 : getegid();
}

START_TEST(the_socket_is_given_to_its_group)
{
	char text[100];
	struct launch l;
	struct stat st;

	snprintf(text, sizeof(text), "socket_group = \"%u\"\n",
	    (unsigned)some_group());
	restart_with(&l, text);
	ck_assert_int_eq(stat(server.socket, &st), 0);
	ck_assert_uint_eq(st.st_gid, some_group());
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	client_close(A);
	client_close(B);
	launch_end(&l, SIGTERM);
	ck_assert_int_eq(l.status, 0);
}
END_TEST

START_TEST(the_configuration_in_force_is_printed)
{
	static const char text[] = "max_line = 2M\nlimit a { capacity = 5 }\n";
	const char *const args[] = {"-c", server.conf, "--print-config", NULL};
	const char *const check[] = {"-c", server.conf, "--check-config", NULL};
	struct launch l;

	put_file(server.conf, text, sizeof(text) - 1);
	launch_and_wait(&l, args);
	ck_assert_int_eq(l.status, 0);
	ck_assert_str_eq(l.blamed, "");
	expect_word(l.said, "max_line = 2M\n");
	expect_word(l.said, "max_output = 8M  # default\n");
	expect_word(l.said, "limit \"a\" {");
	/* It is a configuration itself. */
	put_file(server.conf, l.said, strlen(l.said));
	launch_and_wait(&l, check);
	ck_assert_int_eq(l.status, 0);
	ck_assert_str_eq(l.said, "");
	ck_assert_str_eq(l.blamed, "");
}
END_TEST

/* Limits and pools ------------------------------------------------- */

START_TEST(clients_cannot_change_what_is_configured)
{
	reconfigure(&server, "limit l { capacity = 2 }\n"
			     "pool p { items = {a, b} }\n");
	expect(ask(A, "{'op':'limit.set','key':'l','capacity':3}"),
	    "{'ok':false,'error':'denied','capacity':2}");
	expect(ask(A, "{'op':'limit.borrow','key':'l','capacity':3}"),
	    "{'ok':false,'error':'denied','capacity':2}");
	expect(ask(A, "{'op':'limit.try_borrow','key':'l','capacity':3,"
		      "'adopt':true}"),
	    "{'ok':true,'borrowed':true,'capacity':2}");
	expect_refused(ask(A, "{'op':'limit.delete','key':'l'}"), "denied",
	    "limit", "configuration", NULL);
	expect_refused(ask(A, "{'op':'pool.set','key':'p','capacity':3}"),
	    "denied", "pool", "configuration", NULL);
	expect_error(
	    ask(A, "{'op':'pool.set','key':'p','on_lost':'drop'}"), "denied");
	expect_error(ask(A, "{'op':'pool.delete','key':'p'}"), "denied");
	expect_error(ask(A, "{'op':'pool.clear','key':'p'}"), "denied");
	expect(ask(A, "{'op':'pool.get','key':'p','capacity':3}"),
	    "{'ok':false,'error':'denied','capacity':2}");
	/* What is said that is so anyway does no harm. */
	expect_ok(ask(A, "{'op':'limit.set','key':'l','capacity':2}"));
	expect_ok(ask(A, "{'op':'pool.set','key':'p','items':['a','b']}"));
}
END_TEST

START_TEST(a_raised_limit_lets_waiters_in_on_reload)
{
	reconfigure(&server, "limit l { capacity = 1 }\n"
			     "pool p { capacity = 1 }\n");
	expect_ok(ask(A, "{'op':'limit.borrow','key':'l'}"));
	expect_ok(ask(A, "{'op':'pool.get','key':'p'}"));
	ask_to_wait(B, "{'id':1,'op':'limit.borrow','key':'l'}");
	ask_to_wait(C, "{'id':2,'op':'limit.borrow','key':'l'}");
	ask_to_wait(D, "{'id':3,'op':'pool.get','key':'p'}");
	reconfigure(&server, "limit l { capacity = 2 }\n"
			     "pool p { capacity = 2 }\n");
	expect(client_answer(B), "{'id':1,'ok':true,'in_use':2,'capacity':2}");
	expect(client_answer(D), "{'id':3,'ok':true,'create':true}");
	expect_silence(C);
	/* Lowered, it drains. */
	reconfigure(&server, "limit l { capacity = 1 }\n");
	expect(ask(B, "{'op':'limit.return','key':'l'}"), "{'in_use':1}");
	expect_silence(C);
	expect_ok(ask(A, "{'op':'limit.return','key':'l'}"));
	expect(client_answer(C), "{'id':2,'ok':true,'capacity':1}");
}
END_TEST

START_TEST(what_is_taken_out_goes_with_its_last_use)
{
	reconfigure(&server, "limit l { capacity = 1 }\n");
	expect_ok(ask(A, "{'op':'limit.borrow','key':'l'}"));
	put_file(server.conf, "", 0);
	expect_word(reload(&server), "event=reloaded");
	expect_ok(ask(A, "{'op':'limit.info','key':'l'}"));
	expect_ok(ask(A, "{'op':'limit.return','key':'l'}"));
	expect_error(ask(A, "{'op':'limit.info','key':'l'}"), "unknown_key");
}
END_TEST

/* Reload ----------------------------------------------------------- */

START_TEST(a_reload_says_what_is_different_and_what_needs_a_restart)
{
	static const char text[] = "max_connections = 77\nmax_line = 2M\n"
				   "limit l { capacity = 4 }\n";

	reconfigure(&server, "limit l { capacity = 3 }\n");
	put_file(server.conf, text, sizeof(text) - 1);
	ck_assert_int_eq(kill(server.pid, SIGHUP), 0);
	expect_word(log_await(&server, "event=needs_restart"),
	    "setting=max_line from=\"1M\" to=\"2M\"");
	expect_word(log_await(&server, "event=setting_changed"),
	    "setting=max_connections from=\"10000\" to=\"77\"");
	expect_word(log_await(&server, "event=setting_changed"),
	    "setting=limit.\"l\".capacity from=\"3\" to=\"4\"");
	expect_word(log_await(&server, "event=reloaded"), "differences=3");
	/* The socket is that of the command line still. */
	expect_ok(ask(A, "{'op':'ping'}"));
}
END_TEST

START_TEST(bounds_are_in_force_at_once)
{
	struct client late;

	connected_await(P, 5);
	reconfigure(&server, "max_connections = 5\nline_timeout = 100ms\n"
			     "uid_share { waits = 1 }\n");
	client_open(&late, &server);
	expect_refused(
	    client_answer(&late), "quota", "all its connections", NULL);
	expect_end(&late);
	client_close(&late);
	acquire(A, "k");
	tell(A, "{'op':'hello','multiplexed':true}");
	expect_ok(client_answer(A));
	wait_for_lock(B, "k");
	expect_error(ask(C, "{'op':'lock.acquire','key':'k'}"), "quota");
	client_write(D, "{\"half", 6);
	expect_end(D);
}
END_TEST

START_TEST(the_level_of_the_log_changes)
{
	struct client c;

	reconfigure(&server, "log_level = debug\n");
	client_open(&c, &server);
	/* It has been let in, and so has everybody before it. */
	expect_ok(ask(&c, "{'op':'ping'}"));
	(void)log_await(&server, "event=connected");
	client_close(&c);
	(void)log_await(&server, "event=disconnected");
}
END_TEST

START_TEST(holds_and_waits_live_through_reloads)
{
	json_int_t token = acquire(A, "k");

	wait_for_lock(B, "k");
	for (int i = 0; i < 20; i++)
		reconfigure(&server, "limit l%d { capacity = %d }\n", i, i + 1);
	expect_silence(B);
	expect_ok(release_token(A, "k", token));
	expect(client_answer(B), "{'id':'k','ok':true}");
	ck_assert_int_eq(gauge(C, "limit", "keys"), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    what_is_configured_is_in_force_from_the_start,
	    the_socket_is_given_to_its_group,
	    the_configuration_in_force_is_printed,
	    clients_cannot_change_what_is_configured,
	    a_raised_limit_lets_waiters_in_on_reload,
	    what_is_taken_out_goes_with_its_last_use,
	    a_reload_says_what_is_different_and_what_needs_a_restart,
	    bounds_are_in_force_at_once,
	    the_level_of_the_log_changes,
	    holds_and_waits_live_through_reloads,
	    NULL,
	};

	return run_tests("configuration", tests);
}
