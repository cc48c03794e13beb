/* SPDX-License-Identifier: MIT */
/*
 * Handles in a loop of libevent that lose their connection, their loop or
 * their process: see evloop.h.
 */
#include "evloop.h"
#include "launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(loop_connects_again_when_the_daemon_is_back)
{
	const char *const args[] = {"-s", server.socket, NULL};
	struct msync_opts *opts = watch_opts();
	struct told waiting = {0}, told = {0};
	struct launch second;
	struct lost lost = {.releases = true};

	msync_opts_set_reconnect(opts, 20);
	msync_opts_set_on_lost(opts, watch_lost, &lost);
	evloop_open(opts);
	(void)watch_lock(evloop_conn, "held");
	acquire(A, "taken");
	(void)watch_start(evloop_conn, "taken", MSYNC_FOREVER, &waiting);
	msync_libevent_update(&evloop);
	gauge_await(P, "lock", "waits", 1);
	daemon_kill(&server);
	evloop_expect(&waiting, MSYNC_E_CONN);
	evloop_run(&lost.n, 1);
	launch(&second, args, NULL);
	launch_await_ready(&second);
	evloop_await_connection();
	(void)watch_start(evloop_conn, "taken", 0, &told);
	msync_libevent_update(&evloop);
	evloop_expect(&told, 0);
	watch_release(told.grant);
	msync_libevent_update(&evloop);
	evloop_expect_idle();
	evloop_close();
	launch_end(&second, SIGTERM);
	ck_assert_int_eq(second.status, 0);
	ck_assert_int_eq(waiting.n + lost.n, 2);
}
END_TEST

static void on_told_close(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	msync_close(evloop_conn);
	ck_assert_int_eq(msync_release(grant), 0);
}

START_TEST(loop_lets_go_of_a_handle_that_a_callback_closes)
{
	struct told closing = {0}, waiting = {0};

	evloop_open(NULL);
	acquire(A, "taken");
	(void)watch_start(evloop_conn, "taken", MSYNC_FOREVER, &waiting);
	ck_assert_int_eq(msync_lock_acquire_start(evloop_conn, "k", 0, NULL,
			     on_told_close, &closing, NULL),
	    0);
	msync_libevent_update(&evloop);
	evloop_run(&closing.n, 1);
	evloop_expect_empty();
	ck_assert_int_eq(waiting.n, 1);
	ck_assert_int_eq(waiting.code, MSYNC_E_CLOSED);
	connected_await(P, 5);
	event_base_free(evloop_base);
}
END_TEST

static struct msync_conn *next;

static void on_told_change(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	ck_assert_int_eq(msync_release(grant), 0);
	msync_libevent_detach(&evloop);
	msync_close(evloop_conn);
	next = watch_open(NULL);
	ck_assert_int_eq(msync_libevent_attach(&evloop, next, evloop_base), 0);
}

START_TEST(loop_serves_another_handle_that_a_callback_attaches)
{
	struct told first = {0}, second = {0};

	evloop_open(NULL);
	ck_assert_int_eq(msync_lock_acquire_start(evloop_conn, "k", 0, NULL,
			     on_told_change, &first, NULL),
	    0);
	msync_libevent_update(&evloop);
	evloop_run(&first.n, 1);
	evloop_conn = next;
	(void)watch_start(evloop_conn, "k", 0, &second);
	msync_libevent_update(&evloop);
	evloop_expect(&second, 0);
	watch_release(second.grant);
	connected_await(P, 6);
	evloop_close();
}
END_TEST

START_TEST(loop_leaves_a_handle_that_is_detached_alone)
{
	struct told told = {0};

	evloop_open(NULL);
	(void)watch_start(evloop_conn, "k", 0, &told);
	msync_libevent_update(&evloop);
	msync_libevent_detach(&evloop);
	evloop_expect_empty();
	ck_assert_int_eq(told.n, 0);
	/* Who likes can go on in another evloop. */
	watch_expect(evloop_conn, watch_await(evloop_conn, &told), 0);
	watch_release(told.grant);
	evloop_close();
}
END_TEST

/* A descriptor of the program's own, under the number of the connection that
 * is gone. */
static int number, n_heard, writer;
static struct event own;

static void on_own(evutil_socket_t fd, short what, void *ctx)
{
	char byte;

	(void)ctx;
	ck_assert_int_eq(what, EV_READ);
	ck_assert_int_eq(read(fd, &byte, 1), 1);
	n_heard++;
}

static void take_number(void)
{
	int ends[2], reader;

	/* Out of the way, whatever numbers they got. */
	ck_assert_int_eq(pipe(ends), 0);
	reader = fcntl(ends[0], F_DUPFD, number + 16);
	writer = fcntl(ends[1], F_DUPFD, number + 16);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(dup2(reader, number), number);
	close(reader);
}

static void on_told_reuse(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	watch_told(ctx, code, grant, result);
	ck_assert_int_eq(msync_fd(evloop_conn), -1);
	take_number();
	ck_assert_int_eq(
	    event_assign(&own, evloop_base, number, EV_READ, on_own, NULL), 0);
	ck_assert_int_eq(event_add(&own, NULL), 0);
}

START_TEST(number_of_a_broken_connection_can_be_used_again)
{
	struct told told = {0};

	evloop_open(NULL);
	number = msync_fd(evloop_conn);
	acquire(A, "k");
	ck_assert_int_eq(msync_lock_acquire_start(evloop_conn, "k",
			     MSYNC_FOREVER, NULL, on_told_reuse, &told, NULL),
	    0);
	msync_libevent_update(&evloop);
	gauge_await(P, "lock", "waits", 1);
	/* What has come is read, so that the end is next. */
	watch_expect(evloop_conn, msync_ping(evloop_conn), 0);
	msync_libevent_update(&evloop);
	daemon_kill(&server);
	/* The timer comes first, and finds the connection broken. */
	event_active(&evloop.timer, EV_TIMEOUT, 1);
	evloop_expect(&told, MSYNC_E_CONN);
	ck_assert_int_eq(write(writer, "", 1), 1);
	evloop_run(&n_heard, 1);
	close(writer);
	close(number);
	evloop_close();
}
END_TEST

/* Forks --------------------------------------------------------- */

/* The child's loop is its own, and so is its connection. */
static int live_as_child(void)
{
	struct told told = {0};

	msync_libevent_detach(&evloop);
	if (event_reinit(evloop_base) != 0)
		return 1;
	if (msync_reopen(evloop_conn) != 0)
		return 2;
	(void)msync_libevent_attach(&evloop, evloop_conn, evloop_base);
	(void)watch_start(evloop_conn, "child's", 0, &told);
	msync_libevent_update(&evloop);
	evloop_expect(&told, 0);
	evloop_close();
	return 0;
}

START_TEST(child_of_a_fork_goes_on_with_a_loop_of_its_own)
{
	struct told told = {0};
	pid_t child;
	int status;

	evloop_open(NULL);
	acquire(A, "k");
	(void)watch_start(evloop_conn, "k", MSYNC_FOREVER, &told);
	msync_libevent_update(&evloop);
	gauge_await(P, "lock", "waits", 1);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(live_as_child());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	expect_ok(release(A, "k"));
	evloop_expect(&told, 0);
	watch_release(told.grant);
	msync_libevent_update(&evloop);
	evloop_expect_idle();
	evloop_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    loop_connects_again_when_the_daemon_is_back,
	    loop_lets_go_of_a_handle_that_a_callback_closes,
	    loop_serves_another_handle_that_a_callback_attaches,
	    loop_leaves_a_handle_that_is_detached_alone,
	    number_of_a_broken_connection_can_be_used_again,
	    child_of_a_fork_goes_on_with_a_loop_of_its_own,
	    NULL,
	};

	return run_tests("libevent_ends", tests);
}
