/* SPDX-License-Identifier: MIT */
/*
 * A daemon that goes away, killed or ended, while calls wait, while something
 * is held, and in the middle of a request: each call is answered, the process
 * lives on with its signals as they were, and the handle can be reopened.
 */
#include "launch.h"
#include "watch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static struct msync_conn *conn;

/* A process that sends the daemon a signal as soon as somebody waits for a
 * lock. */
static pid_t kill_when_waited(int signal)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		gauge_await(P, "lock", "waits", 1);
		_exit(kill(server.pid, signal) == 0 ? 0 : 1);
	}
	return pid;
}

static void expect_exit(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* The daemon has got a SIGTERM. */
static void expect_ended(void)
{
	expect_exit(server.pid);
	server.pid = 0;
}

static void expect_default_sigpipe(void)
{
	struct sigaction action;

	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_DFL);
}

/* While they wait -------------------------------------------------- */

START_TEST(call_that_waits_is_answered_when_the_daemon_is_killed)
{
	struct msync_grant *grant;
	pid_t killer;

	conn = watch_open(NULL);
	acquire(A, "k");
	killer = kill_when_waited(SIGKILL);
	watch_expect(conn,
	    msync_lock_acquire(conn, "k", MSYNC_FOREVER, NULL, &grant),
	    MSYNC_E_CONN);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_nonnull(strstr(msync_errmsg(conn), server.socket));
	expect_exit(killer);
	daemon_kill(&server);
	watch_close(conn);
}
END_TEST

START_TEST(call_that_waits_is_answered_when_the_daemon_is_ended)
{
	struct msync_grant *grant;
	pid_t killer;

	conn = watch_open(NULL);
	acquire(A, "k");
	killer = kill_when_waited(SIGTERM);
	watch_expect(conn,
	    msync_lock_acquire(conn, "k", MSYNC_FOREVER, NULL, &grant),
	    MSYNC_E_SHUTTING_DOWN);
	ck_assert_ptr_null(grant);
	expect_exit(killer);
	expect_ended();
	watch_close(conn);
}
END_TEST

START_TEST(started_waits_are_told_once_when_the_daemon_is_killed)
{
	struct told told[2] = {{0}};
	struct told asked = {0};

	conn = watch_open(NULL);
	acquire(A, "k");
	(void)watch_start(conn, "k", MSYNC_FOREVER, &told[0]);
	(void)watch_start(conn, "k2", MSYNC_FOREVER, &told[1]);
	watch_expect(conn, watch_await(conn, &told[1]), 0);
	/* This one is in the socket, and is never read. */
	daemon_freeze(&server);
	ck_assert_int_eq(
	    msync_ask_start(conn, "ping", NULL, 0, watch_told, &asked, NULL),
	    0);
	daemon_kill(&server);
	watch_expect(conn, watch_await(conn, &told[0]), MSYNC_E_CONN);
	ck_assert_int_eq(asked.n, 1);
	ck_assert_int_eq(asked.code, MSYNC_E_CONN);
	ck_assert_int_eq(msync_fd(conn), -1);
	ck_assert_int_eq(msync_release(told[1].grant), MSYNC_E_LOST);
	watch_close(conn);
	ck_assert_int_eq(told[0].n + told[1].n + asked.n, 3);
}
END_TEST

START_TEST(started_waits_are_told_once_when_the_daemon_is_ended)
{
	struct told told = {0};

	conn = watch_open(NULL);
	acquire(A, "k");
	(void)watch_start(conn, "k", MSYNC_FOREVER, &told);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	watch_expect(conn, watch_await(conn, &told), MSYNC_E_SHUTTING_DOWN);
	while (msync_fd(conn) >= 0)
		(void)watch_turn(conn);
	ck_assert_int_eq(watch_process(conn), MSYNC_E_CONN);
	watch_close(conn);
	ck_assert_int_eq(told.n, 1);
	expect_ended();
}
END_TEST

/* In the middle of a call ------------------------------------------ */

START_TEST(call_on_a_broken_connection_fails_and_raises_no_signal)
{
	struct told told = {0};

	expect_default_sigpipe();
	conn = watch_open(NULL);
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	/* The handle has not noticed, and takes the call. */
	(void)watch_start(conn, "k", 0, &told);
	(void)watch_start(conn, "k", 0, &told);
	watch_count(conn, &told.n, 2);
	ck_assert_int_eq(told.code, MSYNC_E_CONN);
	ck_assert_int_eq(msync_ping(conn), MSYNC_E_CONN);
	expect_default_sigpipe();
	watch_close(conn);
}
END_TEST

START_TEST(request_that_is_half_sent_is_answered)
{
	struct told told[3] = {{0}};
	size_t len = 900000;
	char *members = malloc(len);

	ck_assert_ptr_nonnull(members);
	memset(members, 'a', len);
	memcpy(members, "\"x_\":\"", 6);
	memcpy(members + len - 2, "\"", 2);
	conn = watch_open(NULL);
	daemon_freeze(&server);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(msync_ask_start(conn, "ping", members, 0,
				     watch_told, &told[i], NULL),
		    0);
	free(members);
	ck_assert_int_eq(watch_process(conn), 0);
	daemon_kill(&server);
	for (int i = 0; i < 3; i++) {
		watch_expect(conn, watch_await(conn, &told[i]), MSYNC_E_CONN);
		ck_assert_ptr_null(told[i].result);
	}
	expect_default_sigpipe();
	watch_close(conn);
}
END_TEST

/* While something is held ------------------------------------------ */

static int kill_inside(void *ctx)
{
	++*(int *)ctx;
	daemon_kill(&server);
	return 0;
}

START_TEST(turn_that_outlives_the_daemon_was_lost)
{
	int n = 0;

	conn = watch_open(NULL);
	watch_expect(conn, msync_lock_do(conn, "k", 0, NULL, kill_inside, &n),
	    MSYNC_E_LOST);
	ck_assert_int_eq(n, 1);
	/* And there is no turn without a daemon. */
	watch_expect(conn, msync_lock_do(conn, "k", 0, NULL, kill_inside, &n),
	    MSYNC_E_CONN);
	ck_assert_int_eq(n, 1);
	watch_close(conn);
}
END_TEST

START_TEST(calls_about_a_hold_of_a_dead_daemon_are_told_that_it_is_lost)
{
	struct told never = {0};
	struct msync_grant *lock;

	conn = watch_open(NULL);
	lock = watch_lock(conn, "k");
	daemon_kill(&server);
	(void)watch_turn(conn);
	ck_assert(msync_grant_is_lost(lock));
	watch_expect(conn, msync_renew_start(lock, 1000, watch_told, &never),
	    MSYNC_E_LOST);
	ck_assert_ptr_nonnull(strstr(msync_errmsg(conn), "lock \"k\""));
	watch_expect(
	    conn, msync_release_start(lock, watch_told, &never), MSYNC_E_LOST);
	watch_close(conn);
	ck_assert_int_eq(never.n, 0);
}
END_TEST

START_TEST(handle_is_reopened_when_the_daemon_is_back)
{
	const char *const args[] = {"-s", server.socket, NULL};
	struct launch second;
	struct msync_grant *old, *grant;
	struct told told = {0};
	int64_t token;

	conn = watch_open(NULL);
	old = watch_lock(conn, "k");
	token = msync_grant_token(old);
	daemon_kill(&server);
	watch_expect(conn, msync_reopen(conn), MSYNC_E_CONN);
	watch_expect(conn, msync_ping(conn), MSYNC_E_CONN);
	launch(&second, args, NULL);
	launch_await_ready(&second);
	watch_expect(conn, msync_reopen(conn), 0);
	ck_assert_int_eq(msync_release(old), MSYNC_E_LOST);
	grant = watch_lock(conn, "k");
	/* Tokens rise also over the end of a daemon. */
	ck_assert_int_gt(msync_grant_token(grant), token);
	(void)watch_start(conn, "other", 0, &told);
	watch_expect(conn, watch_await(conn, &told), 0);
	watch_release(told.grant);
	watch_release(grant);
	watch_close(conn);
	launch_end(&second, SIGTERM);
	ck_assert_int_eq(second.status, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    call_that_waits_is_answered_when_the_daemon_is_killed,
	    call_that_waits_is_answered_when_the_daemon_is_ended,
	    started_waits_are_told_once_when_the_daemon_is_killed,
	    started_waits_are_told_once_when_the_daemon_is_ended,
	    call_on_a_broken_connection_fails_and_raises_no_signal,
	    request_that_is_half_sent_is_answered,
	    turn_that_outlives_the_daemon_was_lost,
	    calls_about_a_hold_of_a_dead_daemon_are_told_that_it_is_lost,
	    handle_is_reopened_when_the_daemon_is_back,
	    NULL,
	};

	return run_tests("gone", tests);
}
