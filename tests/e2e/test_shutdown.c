/* SPDX-License-Identifier: MIT */
/*
 * Signals, and the end of the daemon: who waits is told, who holds is listed
 * in the log, the socket goes.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct daemon home; /* only dir and socket are used */
static struct client a, b, c;
static struct launch l;

static void start(void (*prepare)(void))
{
	const char *const args[] = {"-s", home.socket, NULL};

	launch(&l, args, prepare);
	launch_await_ready(&l);
	client_open(&a, &home);
	client_open(&b, &home);
	client_open(&c, &home);
}

static void setup(void)
{
	launch_make_home(&home);
}

static void teardown(void)
{
	client_close(&a);
	client_close(&b);
	client_close(&c);
	launch_remove_home(&home);
}

static void expect_clean_end(void)
{
	ck_assert_int_eq(l.status, 0);
	ck_assert_int_ne(access(home.socket, F_OK), 0);
}

static const int endings[] = {SIGTERM, SIGINT};

/* edge: 95 */
/* row: 93 */
START_TEST(waiters_are_told_and_holders_logged_when_the_daemon_ends)
{
	start(NULL);
	acquire(&a, "precious");
	expect_ok(ask(&a, "{'op':'flight.begin','key':'long'}"));
	expect_ok(ask(&a, "{'op':'limit.borrow','key':'few','capacity':1}"));
	expect_ok(ask(&a, "{'op':'pool.get','key':'one','capacity':1}"));
	ask_to_wait(&b, "{'id':1,'op':'lock.acquire','key':'precious'}");
	ask_to_wait(&b, "{'id':2,'op':'flight.begin','key':'long'}");
	ask_to_wait(&c, "{'id':3,'op':'limit.borrow','key':'few'}");
	ask_to_wait(&c, "{'id':4,'op':'pool.get','key':'one'}");
	launch_end(&l, endings[_i]);
	expect_error(client_answer(&b), "shutting_down");
	expect_error(client_answer(&b), "shutting_down");
	expect_end(&b);
	expect_error(client_answer(&c), "shutting_down");
	expect_error(client_answer(&c), "shutting_down");
	expect_end(&c);
	expect_end(&a);
	expect_word(l.blamed, "precious");
	expect_clean_end();
}
END_TEST

/* c is to have a result that is larger than any socket holds. */
static void clog_c(void)
{
	char *value = calloc(1, 900001);

	ck_assert_ptr_nonnull(value);
	memset(value, '1', 900000);
	expect_ok(ask(&a, "{'op':'flight.begin','key':'f'}"));
	ask_to_wait(&c, "{'op':'flight.begin','key':'f'}");
	client_send(
	    &a, "{\"op\":\"flight.finish\",\"key\":\"f\",\"value\":%s}", value);
	expect_ok(client_answer(&a));
	free(value);
}

START_TEST(daemon_ends_though_a_client_does_not_read)
{
	start(NULL);
	acquire(&a, "k");
	wait_for_lock(&b, "k");
	clog_c();
	launch_end(&l, SIGTERM);
	expect_error(client_answer(&b), "shutting_down");
	expect_clean_end();
}
END_TEST

/* edge: 93 */
/* row: 64 */
START_TEST(broken_pipe_signal_is_ignored)
{
	start(NULL);
	ck_assert_int_eq(kill(l.pid, SIGPIPE), 0);
	acquire(&a, "k");
	launch_end(&l, SIGTERM);
	expect_clean_end();
}
END_TEST

static void close_stdin(void)
{
	close(STDIN_FILENO);
}

/* row: 90 */
START_TEST(closed_stdin_is_no_hindrance)
{
	start(close_stdin);
	acquire(&a, "k");
	expect_error(try_lock(&b, "k"), "busy");
	launch_end(&l, SIGTERM);
	expect_clean_end();
}
END_TEST

static void close_stdin_and_stdout(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
}

START_TEST(closed_stdout_is_no_hindrance)
{
	start(close_stdin_and_stdout);
	acquire(&a, "k");
	expect_error(try_lock(&b, "k"), "busy");
	launch_end(&l, SIGTERM);
	expect_clean_end();
}
END_TEST

/* row: 90 */
START_TEST(daemon_serves_on_when_nobody_reads_its_log)
{
	start(NULL);
	close(l.err);
	l.err = -1;
	acquire(&a, "k");
	wait_for_lock(&b, "k");
	client_close(&a);
	expect_ok(client_answer(&b));
	/* The log of its end has no reader either. */
	launch_end(&l, SIGTERM);
	expect_clean_end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("shutdown");
	TCase *t = scene_case(s, "shutdown", setup, teardown);

	tcase_add_loop_test(
	    t, waiters_are_told_and_holders_logged_when_the_daemon_ends, 0, 2);
	tcase_add_test(t, daemon_ends_though_a_client_does_not_read);
	tcase_add_test(t, broken_pipe_signal_is_ignored);
	tcase_add_test(t, closed_stdin_is_no_hindrance);
	tcase_add_test(t, closed_stdout_is_no_hindrance);
	tcase_add_test(t, daemon_serves_on_when_nobody_reads_its_log);
	return scene_run(s);
}
