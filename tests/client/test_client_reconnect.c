/* SPDX-License-Identifier: MIT */
/*
 * Handles that connect again by themselves: when they try, how often, and what
 * becomes of what there was before. The daemon of the fixture is killed, and
 * another one comes up on its socket; or a server is played by the test, which
 * lets nobody in.
 */
#include "launch.h"
#include "watch.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_MS 50

static struct msync_conn *conn;
static struct launch second;
static struct lost lost;

static struct msync_opts *reconnecting(void)
{
	struct msync_opts *opts = watch_opts();

	ck_assert_int_eq(msync_opts_set_reconnect(opts, MOST_MS), 0);
	ck_assert_int_eq(msync_opts_set_on_lost(opts, watch_lost, &lost), 0);
	return opts;
}

/* Another daemon on the socket of the one that was killed. */
static void start_second(void)
{
	const char *const args[] = {"-s", server.socket, NULL};

	launch(&second, args, NULL);
	launch_await_ready(&second);
}

static void end_second(void)
{
	watch_close(conn);
	launch_end(&second, SIGTERM);
	ck_assert_int_eq(second.status, 0);
}

/* Back-off --------------------------------------------------------- */

/* The next attempt, which fails and is followed by a pause of so many ms. */
static void expect_pause(int pause_ms)
{
	long before, after;
	int ms;

	while ((ms = msync_timeout(conn)) > 0)
		ck_assert_int_eq(poll(NULL, 0, ms), 0);
	ck_assert_int_eq(ms, 0);
	before = now_ms();
	ck_assert_int_eq(watch_process(conn), MSYNC_E_CONN);
	ms = msync_timeout(conn);
	after = now_ms();
	ck_assert_int_le(ms, pause_ms);
	ck_assert_int_ge(ms, pause_ms - (after - before));
}

static void expect_all_pauses(void)
{
	static const int pauses[] = {10, 20, 40, MOST_MS, MOST_MS};

	for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++)
		expect_pause(pauses[i]);
}

START_TEST(pauses_between_attempts_grow_to_the_longest)
{
	long begin;

	conn = watch_open(reconnecting());
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	/* The first attempt comes at once. */
	ck_assert_int_eq(msync_timeout(conn), 0);
	begin = now_ms();
	expect_all_pauses();
	ck_assert_int_ge(now_ms() - begin, 10 + 20 + 40 + MOST_MS);
	ck_assert_int_eq(msync_fd(conn), -1);
	watch_close(conn);
}
END_TEST

START_TEST(pause_begins_anew_when_a_daemon_has_answered)
{
	conn = watch_open(reconnecting());
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	expect_all_pauses();
	start_second();
	while (watch_turn(conn) != 0)
		;
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(kill(second.pid, SIGKILL), 0);
	launch_await_end(&second);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	expect_all_pauses();
	watch_close(conn);
}
END_TEST

/* Takes the place of the daemon's socket. */
static int listen_instead(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, server.socket);
	ck_assert_int_eq(unlink(server.socket), 0);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

START_TEST(server_that_lets_nobody_in_is_not_asked_again_and_again)
{
	static const int pauses[] = {10, 20, 40, MOST_MS, MOST_MS};
	int listener, peer;

	conn = watch_open(reconnecting());
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	listener = listen_instead();
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	for (size_t i = 0; i < sizeof(pauses) / sizeof(*pauses); i++) {
		ck_assert_int_eq(watch_turn(conn), 0);
		peer = accept(listener, NULL, NULL);
		ck_assert_int_ge(peer, 0);
		close(peer);
		/* The connection ends, and this was an attempt. */
		expect_pause(pauses[i]);
		ck_assert_int_eq(accept(listener, NULL, NULL), -1);
	}
	close(listener);
	watch_close(conn);
}
END_TEST

START_TEST(call_within_a_pause_fails_at_once)
{
	struct told never = {0};
	struct msync_opts *opts = watch_opts();

	msync_opts_set_reconnect(opts, 3600000);
	conn = watch_open(opts);
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	ck_assert_int_eq(watch_turn(conn), MSYNC_E_CONN);
	/* Pauses double to more than a minute. */
	for (int pause_ms = 10; pause_ms < 300; pause_ms *= 2)
		expect_pause(pause_ms);
	ck_assert_int_eq(msync_ping(conn), MSYNC_E_CONN);
	ck_assert_ptr_nonnull(strstr(msync_errmsg(conn), server.socket));
	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "k", 0, NULL, watch_told, &never, NULL),
	    MSYNC_E_CONN);
	watch_close(conn);
	ck_assert_int_eq(never.n, 0);
}
END_TEST

/* Coming back ------------------------------------------------------ */

START_TEST(loop_comes_back_and_what_was_held_is_lost)
{
	struct told waiting = {0}, told = {0};
	struct msync_grant *grant;

	conn = watch_open(reconnecting());
	acquire(A, "taken");
	grant = watch_lock(conn, "held");
	(void)watch_start(conn, "taken", MSYNC_FOREVER, &waiting);
	gauge_await(P, "lock", "waits", 1);
	daemon_kill(&server);
	(void)watch_turn(conn);
	watch_expect(conn, watch_await(conn, &waiting), MSYNC_E_CONN);
	ck_assert_int_eq(lost.n, 1);
	ck_assert_str_eq(lost.reason, "conn");
	start_second();
	while (watch_turn(conn) != 0)
		;
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
	(void)watch_start(conn, "taken", 0, &told);
	watch_expect(conn, watch_await(conn, &told), 0);
	watch_release(told.grant);
	ck_assert_int_eq(lost.n, 1);
	ck_assert_int_eq(waiting.n, 1);
	end_second();
}
END_TEST

START_TEST(what_was_under_way_is_not_sent_again)
{
	struct told told = {0};
	struct client eye;

	conn = watch_open(reconnecting());
	acquire(A, "k");
	(void)watch_start(conn, "k", MSYNC_FOREVER, &told);
	gauge_await(P, "lock", "waits", 1);
	daemon_kill(&server);
	start_second();
	(void)watch_turn(conn);
	watch_expect(conn, watch_await(conn, &told), MSYNC_E_CONN);
	watch_expect(conn, msync_ping(conn), 0);
	client_open(&eye, &server);
	ck_assert_int_eq(gauge(&eye, "lock", "granted"), 0);
	client_close(&eye);
	end_second();
}
END_TEST

START_TEST(call_that_waits_connects_again_where_the_end_is_unread)
{
	struct msync_grant *grant;

	conn = watch_open(reconnecting());
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	start_second();
	/* Nobody has looked at the handle meanwhile. */
	ck_assert_int_ge(msync_fd(conn), 0);
	grant = watch_lock(conn, "k");
	ck_assert(!msync_grant_is_lost(grant));
	watch_release(grant);
	end_second();
}
END_TEST

START_TEST(start_connects_again_where_the_end_is_unread)
{
	struct told told = {0};

	conn = watch_open(reconnecting());
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	start_second();
	(void)watch_start(conn, "k", 0, &told);
	watch_expect(conn, watch_await(conn, &told), 0);
	watch_release(told.grant);
	end_second();
}
END_TEST

START_TEST(hold_is_lost_where_the_end_is_unread)
{
	struct msync_grant *renewed, *released;

	conn = watch_open(reconnecting());
	renewed = watch_lock(conn, "renewed");
	released = watch_lock(conn, "released");
	daemon_kill(&server);
	start_second();
	watch_expect(conn, msync_renew(renewed, 1000), MSYNC_E_LOST);
	ck_assert_int_eq(msync_release(released), MSYNC_E_LOST);
	ck_assert_int_eq(watch_process(conn), 0);
	ck_assert_int_eq(lost.n, 1);
	ck_assert_ptr_eq(lost.grant, renewed);
	ck_assert_int_eq(msync_release(renewed), MSYNC_E_LOST);
	end_second();
}
END_TEST

START_TEST(without_the_option_there_is_only_reopen)
{
	conn = watch_open(NULL);
	watch_expect(conn, msync_ping(conn), 0);
	daemon_kill(&server);
	start_second();
	ck_assert_int_eq(msync_ping(conn), MSYNC_E_CONN);
	ck_assert_int_eq(msync_timeout(conn), -1);
	ck_assert_int_eq(watch_process(conn), MSYNC_E_CONN);
	ck_assert_int_eq(msync_ping(conn), MSYNC_E_CONN);
	watch_expect(conn, msync_reopen(conn), 0);
	watch_expect(conn, msync_ping(conn), 0);
	end_second();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    pauses_between_attempts_grow_to_the_longest,
	    pause_begins_anew_when_a_daemon_has_answered,
	    server_that_lets_nobody_in_is_not_asked_again_and_again,
	    call_within_a_pause_fails_at_once,
	    loop_comes_back_and_what_was_held_is_lost,
	    what_was_under_way_is_not_sent_again,
	    call_that_waits_connects_again_where_the_end_is_unread,
	    start_connects_again_where_the_end_is_unread,
	    hold_is_lost_where_the_end_is_unread,
	    without_the_option_there_is_only_reopen,
	    NULL,
	};

	return run_tests("reconnect", tests);
}
