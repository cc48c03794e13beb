/* SPDX-License-Identifier: MIT */
/*
 * What a service manager is told, when, and what happens when it does not
 * listen. The service manager is a datagram socket of the test.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify.h"
#include "proto.h"

STAGE_CLOCK

static const struct log silent = {.level = (enum log_level) - 1};
static const struct notify_counts none, few = {3, 2, 1}, one = {1, 1, 1};
static struct notifier n;
static char path[64];
static int manager;

/* Listens on the path, or with @ on an abstract name, and says so. */
static void listen_on(const char *where)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(where));

	memcpy(address.sun_path, where, strlen(where));
	if (where[0] == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(manager, (const struct sockaddr *)&address, len), 0);
	setenv("NOTIFY_SOCKET", where, 1);
}

static void begin(void)
{
	snprintf(path, sizeof(path), "/tmp/msyncd-unit-%d", (int)getpid());
	(void)unlink(path);
	listen_on(path);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void end(void)
{
	close(manager);
	(void)unlink(path);
}

/* The next message; "" when there is none. */
static const char *told(void)
{
	static char text[400];
	ssize_t got = recv(manager, text, sizeof(text) - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

START_TEST(readiness_comes_with_a_first_line)
{
	begin();
	notify_ready(&n, 5000, &silent);
	ck_assert_str_eq(
	    told(), "READY=1\nSTATUS=0 connections, 0 holds, 0 waits");
	notify_reloading(&n);
	ck_assert_str_eq(told(), "RELOADING=1");
	notify_reloaded(&n);
	ck_assert_int_eq(strncmp(told(), "READY=1\n", 8), 0);
	notify_stopping(&n);
	ck_assert_str_eq(told(), "STOPPING=1");
	ck_assert_str_eq(told(), "");
	end();
}
END_TEST

START_TEST(a_line_is_told_when_it_is_another_one_and_once_a_second)
{
	begin();
	notify_ready(&n, 5000, &silent);
	told();
	notify_turn(&n, &none, 7000);
	ck_assert_str_eq(told(), "");
	ck_assert_int_eq(notify_deadline(&n), MTIME_NEVER);
	notify_turn(&n, &few, 7001);
	ck_assert_str_eq(
	    told(), "READY=1\nSTATUS=3 connections, 2 holds, 1 wait");
	notify_turn(&n, &one, 7500);
	ck_assert_str_eq(told(), "");
	ck_assert_int_eq(notify_deadline(&n), 8001);
	notify_turn(&n, &one, 8000);
	ck_assert_str_eq(told(), "");
	notify_turn(&n, &one, 8001);
	ck_assert_str_eq(
	    told(), "READY=1\nSTATUS=1 connection, 1 hold, 1 wait");
	ck_assert_int_eq(notify_deadline(&n), MTIME_NEVER);
	/* What is as it was in the end is no news. */
	notify_turn(&n, &few, 8100);
	notify_turn(&n, &one, 8200);
	ck_assert_int_eq(notify_deadline(&n), MTIME_NEVER);
	ck_assert_str_eq(told(), "");
	end();
}
END_TEST

START_TEST(a_watchdog_hears_twice_as_often_as_it_asks_for)
{
	begin();
	setenv("WATCHDOG_USEC", "10000000", 1);
	notify_ready(&n, 5000, &silent);
	told();
	ck_assert_int_eq(notify_deadline(&n), 5000);
	for (mtime_t at = 5000; at < 40000; at += 5000) {
		notify_turn(&n, &none, at);
		ck_assert_str_eq(told(), "WATCHDOG=1");
		notify_turn(&n, &none, at + 4999);
		ck_assert_str_eq(told(), "");
		ck_assert_int_eq(notify_deadline(&n), at + 5000);
	}
	end();
}
END_TEST

START_TEST(a_watchdog_of_another_process_is_none)
{
	static const char *const periods[] = {"", "x", "0", "-1", "1000000"};
	char pid[16];

	begin();
	setenv("WATCHDOG_PID", "1", 1);
	for (int i = 0; i < 5; i++) {
		setenv("WATCHDOG_USEC", periods[i], 1);
		notify_ready(&n, 5000, &silent);
		ck_assert_int_eq(notify_deadline(&n), MTIME_NEVER);
	}
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	for (int i = 0; i < 5; i++) {
		setenv("WATCHDOG_USEC", periods[i], 1);
		notify_ready(&n, 5000, &silent);
		ck_assert_int_eq(
		    notify_deadline(&n), i < 4 ? MTIME_NEVER : 5000);
	}
	end();
}
END_TEST

START_TEST(without_a_service_manager_nothing_is_done)
{
	begin();
	setenv("WATCHDOG_USEC", "1000", 1);
	unsetenv("NOTIFY_SOCKET");
	notify_ready(&n, 5000, &silent);
	notify_turn(&n, &few, 9000);
	ck_assert_int_eq(notify_deadline(&n), MTIME_NEVER);
	notify_reloading(&n);
	notify_reloaded(&n);
	notify_stopping(&n);
	ck_assert_str_eq(told(), "");
	end();
}
END_TEST

START_TEST(an_abstract_name_is_understood)
{
	char name[64];

	begin();
	close(manager);
	snprintf(name, sizeof(name), "@msyncd-unit-%d", (int)getpid());
	listen_on(name);
	notify_ready(&n, 5000, &silent);
	ck_assert_int_eq(strncmp(told(), "READY=1\n", 8), 0);
	end();
}
END_TEST

START_TEST(a_manager_that_does_not_read_is_not_waited_for)
{
	struct notify_counts counts = {0};

	begin();
	notify_ready(&n, 5000, &silent);
	/* More than any queue of datagrams has room for. */
	for (mtime_t i = 1; i < 100000; i++) {
		counts.waits = i;
		notify_turn(&n, &counts, 5000 + 1000 * i);
	}
	ck_assert(n.is_lost);
	ck_assert_int_eq(notify_deadline(&n), n.said_at + 1000);
	while (told()[0] != '\0')
		continue;
	/* Then it hears the news, though nothing has changed since. */
	notify_turn(&n, &counts, n.said_at + 1000);
	ck_assert_str_eq(
	    told(), "READY=1\nSTATUS=0 connections, 0 holds, 99999 waits");
	ck_assert_int_eq(notify_deadline(&n), MTIME_NEVER);
	end();
}
END_TEST

START_TEST(a_manager_that_comes_back_is_told)
{
	begin();
	close(manager);
	(void)unlink(path);
	notify_ready(&n, 5000, &silent);
	ck_assert_int_eq(notify_deadline(&n), 6000);
	listen_on(path);
	notify_turn(&n, &none, 6000);
	ck_assert_int_eq(strncmp(told(), "READY=1\n", 8), 0);
	end();
}
END_TEST

START_TEST(an_idle_server_has_no_timer)
{
	struct stage s;
	int a;

	begin();
	stage_open(&s);
	notify_ready(&s.server->notifier, stage_now, &silent);
	told();
	stage_pass(&s, 5000);
	a = stage_join(&s);
	stage_ask(&s, a, "{'op':'lock.acquire','key':'k'}");
	ck_assert_str_eq(
	    told(), "READY=1\nSTATUS=1 connection, 0 holds, 0 waits");
	ck_assert_int_eq(s.server->timer_at, stage_now + 1000);
	stage_pass(&s, 1000);
	server_turn(s.server);
	ck_assert_str_eq(
	    told(), "READY=1\nSTATUS=1 connection, 1 hold, 0 waits");
	ck_assert_int_eq(s.server->timer_at, MTIME_NEVER);
	stage_leave(&s, a);
	stage_close(&s);
	end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    readiness_comes_with_a_first_line,
	    a_line_is_told_when_it_is_another_one_and_once_a_second,
	    a_watchdog_hears_twice_as_often_as_it_asks_for,
	    a_watchdog_of_another_process_is_none,
	    without_a_service_manager_nothing_is_done,
	    an_abstract_name_is_understood,
	    a_manager_that_does_not_read_is_not_waited_for,
	    a_manager_that_comes_back_is_told,
	    an_idle_server_has_no_timer,
	    NULL,
	};

	return unit_run("notify", tests);
}
