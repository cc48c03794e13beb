/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a handle of libmsync and of what it holds when it is reset,
 * reopened or closed, and when its daemon ends, dies, stands still or comes
 * back.
 */
#include "child.h"
#include "launch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Reset ---------------------------------------------------------------- */

START_TEST(reset_ends_all_that_the_handle_holds_on_the_same_connection)
{
	struct msync_grant *lock = take(one, "k"), *permit, *lead, *object;
	struct msync_result *result;
	int fd = msync_fd(one);

	expect_code(one, msync_limit_borrow(one, "l", 1, 0, NULL, &permit), 0);
	expect_code(
	    one, msync_flight_begin(one, "f", 0, NULL, &lead, &result), 0);
	expect_code(one,
	    msync_pool_get(handles_pool(one, "p", 1), 0, NULL, &object), 0);
	expect_code(one, msync_reset(one), 0);
	ck_assert_int_eq(msync_fd(one), fd);
	/* Of the lock it is remembered that it was abandoned. */
	ck_assert_int_eq(was_abandoned(two, "k"), 1);
	emptiness_await(P);
	expect_failure(one, msync_renew(lock, 100), MSYNC_E_LOST, "k", NULL);
	expect_code(one, msync_flight_finish(lead, "1", 1, 0), MSYNC_E_LOST);
	expect_code(one, msync_pool_put(object, "1", 1), MSYNC_E_LOST);
	expect_lost_grant(lock);
	expect_lost_grant(permit);
	expect_lost_grant(lead);
	expect_lost_grant(object);
	give_back(take(one, "k"));
}
END_TEST

START_TEST(handle_says_its_name_again_after_a_reset_and_a_reopen)
{
	struct msync_grant *held, *grant;

	for (int i = 0; i < 2; i++) {
		expect_code(one, i ? msync_reset(one) : msync_reopen(one), 0);
		held = take(one, "k");
		expect_code(two, msync_lock_acquire(two, "k", 0, NULL, &grant),
		    MSYNC_E_BUSY);
		expect_holder(two, "one", 0);
		give_back(held);
	}
}
END_TEST

START_TEST(lock_is_lost_with_its_lease_after_a_reset_too)
{
	struct msync_grant *grant;

	expect_code(one, msync_reset(one), 0);
	grant = take(one, "k");
	run_out(grant);
	/* The handle has asked to be told again. */
	ck_assert_int_eq(msync_grant_is_lost(grant), 1);
	expect_lost_grant(grant);
}
END_TEST

/* Reopen and close ---------------------------------------------------- */

START_TEST(reopen_ends_the_connection_and_makes_another_one)
{
	struct msync_grant *held = take(one, "k");
	int64_t token = msync_grant_token(held);
	struct msync_grant *grant;

	expect_code(one, msync_reopen(one), 0);
	expect_failure(one, msync_release(held), MSYNC_E_LOST, "k", NULL);
	expect_code(one, msync_lock_acquire(one, "k", 60000, NULL, &grant), 0);
	ck_assert_int_eq(msync_grant_is_abandoned(grant), 1);
	ck_assert_int_gt(msync_grant_token(grant), token);
	give_back(grant);
	connected_await(P, 7);
}
END_TEST

START_TEST(close_ends_the_connection_and_leaves_grants_to_be_freed)
{
	struct msync_conn *conn = handle_open(NULL);
	struct msync_grant *held = take(conn, "k");
	struct msync_grant *released = take(conn, "other");

	give_back(released);
	connected_await(P, 8);
	msync_close(conn);
	connected_await(P, 7);
	ck_assert_int_eq(msync_renew(held, 100), MSYNC_E_LOST);
	expect_lost_grant(held);
	msync_close(NULL);
}
END_TEST

/* The daemon ----------------------------------------------------------- */

static int wait_for_k(struct msync_conn *conn, void *ctx)
{
	struct msync_grant *grant;
	int code;

	(void)ctx;
	code = msync_lock_acquire(conn, "k", MSYNC_FOREVER, NULL, &grant);
	ck_assert_ptr_null(grant);
	ck_assert_uint_gt(strlen(msync_errmsg(conn)), 0);
	expect_code(conn, msync_ping(conn), MSYNC_E_CONN);
	return -code;
}

START_TEST(who_waits_is_told_when_the_daemon_ends)
{
	struct msync_grant *held = take(one, "k");
	pid_t waiting = child_start(wait_for_k, NULL);

	gauge_await(P, "lock", "waits", 1);
	daemon_stop(&server);
	child_expect(waiting, -MSYNC_E_SHUTTING_DOWN);
	expect_failure(one, msync_ping(one), MSYNC_E_CONN, server.socket, NULL);
	ck_assert_int_eq(msync_fd(one), -1);
	expect_lost_grant(held);
}
END_TEST

START_TEST(who_waits_is_told_when_the_daemon_dies)
{
	struct msync_grant *held = take(one, "k"), *grant = held;
	pid_t waiting = child_start(wait_for_k, NULL);

	gauge_await(P, "lock", "waits", 1);
	daemon_kill(&server);
	child_expect(waiting, -MSYNC_E_CONN);
	/* One who did not ask meanwhile finds out by asking. */
	ck_assert_int_eq(msync_grant_is_lost(held), 1);
	expect_failure(one, msync_lock_acquire(one, "j", 0, NULL, &grant),
	    MSYNC_E_CONN, server.socket, NULL);
	ck_assert_ptr_null(grant);
	expect_lost_grant(held);
}
END_TEST

/* A handle that is not patient. */
static struct msync_conn *open_impatient(void)
{
	struct msync_opts *opts = handles_opts();

	ck_assert_int_eq(msync_opts_set_answer_ms(opts, 50), 0);
	return handle_open(opts);
}

START_TEST(daemon_that_stands_still_is_silent_and_what_it_grants_goes_back)
{
	struct msync_conn *conn = open_impatient();
	struct msync_grant *held = take(conn, "held"), *grant = held;
	long begin;

	daemon_freeze(&server);
	begin = now_ms();
	expect_failure(conn, msync_lock_acquire(conn, "k", 100, NULL, &grant),
	    MSYNC_E_SILENT, "does not answer", NULL);
	ck_assert_int_ge(now_ms() - begin, 150);
	ck_assert_ptr_null(grant);
	expect_code(conn, msync_ping(conn), MSYNC_E_SILENT);
	/* Carried out when it goes on. */
	expect_code(conn, msync_release(held), MSYNC_E_SILENT);
	daemon_thaw(&server);
	expect_code(conn, msync_ping(conn), 0);
	emptiness_await(P);
	ck_assert_int_eq(was_abandoned(two, "k"), 0);
	ck_assert_int_eq(was_abandoned(two, "held"), 0);
	give_back(take(conn, "k"));
	msync_close(conn);
}
END_TEST

START_TEST(wait_that_has_begun_is_taken_back_after_the_silence)
{
	struct msync_conn *conn = open_impatient();
	struct msync_grant *held = take(one, "k"), *grant;

	daemon_freeze(&server);
	expect_code(conn, msync_lock_acquire(conn, "k", 100, NULL, &grant),
	    MSYNC_E_SILENT);
	daemon_thaw(&server);
	gauge_await(P, "lock", "cancelled", 1);
	ck_assert_int_eq(gauge(P, "lock", "waits"), 0);
	give_back(held);
	expect_code(conn, msync_ping(conn), 0);
	msync_close(conn);
}
END_TEST

/* Restarts on one path ------------------------------------------------ */

/* A home where daemons come and go, and a handle that was open before. */
struct restarts {
	struct daemon home;
	struct launch daemon;
	struct msync_conn *conn;
};

static void start(struct restarts *r)
{
	const char *const args[] = {"-s", r->home.socket, NULL};

	launch(&r->daemon, args, NULL);
	launch_await_ready(&r->daemon);
}

static void begin(struct restarts *r, int reconnect_ms)
{
	struct msync_opts *opts = handles_opts();

	launch_make_home(&r->home);
	start(r);
	ck_assert_int_eq(msync_opts_set_socket(opts, r->home.socket), 0);
	ck_assert_int_eq(msync_opts_set_reconnect(opts, reconnect_ms), 0);
	r->conn = handle_open(opts);
	expect_code(r->conn, msync_ping(r->conn), 0);
}

static void finish(struct restarts *r)
{
	msync_close(r->conn);
	launch_end(&r->daemon, SIGTERM);
	launch_remove_home(&r->home);
}

START_TEST(handle_stays_without_a_connection_until_it_is_reopened)
{
	struct restarts r;
	struct msync_grant *held, *grant;

	begin(&r, 0);
	held = take(r.conn, "k");
	launch_end(&r.daemon, SIGKILL);
	start(&r);
	expect_code(r.conn, msync_ping(r.conn), MSYNC_E_CONN);
	expect_code(r.conn, msync_lock_acquire(r.conn, "j", 0, NULL, &grant),
	    MSYNC_E_CONN);
	expect_code(r.conn, msync_reopen(r.conn), 0);
	expect_code(r.conn, msync_ping(r.conn), 0);
	grant = take(r.conn, "k");
	ck_assert_int_gt(msync_grant_token(grant), msync_grant_token(held));
	give_back(grant);
	expect_lost_grant(held);
	finish(&r);
}
END_TEST

START_TEST(handle_that_reconnects_does_so_when_the_next_call_begins)
{
	struct msync_grant *held, *grant;
	struct restarts r;

	begin(&r, 1000);
	held = take(r.conn, "k");
	launch_end(&r.daemon, SIGKILL);
	start(&r);
	/* That it broke is noticed before anything is sent. */
	expect_code(r.conn, msync_ping(r.conn), 0);
	grant = take(r.conn, "k");
	give_back(grant);
	expect_lost_grant(held);
	finish(&r);
}
END_TEST

START_TEST(attempts_to_reconnect_are_followed_by_longer_and_longer_pauses)
{
	struct restarts r;
	long attempt = 0;
	int code;

	begin(&r, 60000);
	launch_end(&r.daemon, SIGTERM);
	expect_code(r.conn, msync_ping(r.conn), MSYNC_E_CONN);
	for (int pause = 10; pause <= 320; pause *= 2) {
		attempt = now_ms();
		expect_code(r.conn, msync_ping(r.conn), MSYNC_E_CONN);
		while (msync_timeout(r.conn) > 0)
			let_pass(msync_timeout(r.conn));
		ck_assert_int_ge(now_ms() - attempt, pause);
	}
	attempt = now_ms();
	expect_code(r.conn, msync_ping(r.conn), MSYNC_E_CONN);
	start(&r);
	/* It is there, but the pause is not over. */
	while ((code = msync_ping(r.conn)) == MSYNC_E_CONN)
		let_pass(10);
	expect_code(r.conn, code, 0);
	ck_assert_int_ge(now_ms() - attempt, 640);
	finish(&r);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    reset_ends_all_that_the_handle_holds_on_the_same_connection,
	    handle_says_its_name_again_after_a_reset_and_a_reopen,
	    lock_is_lost_with_its_lease_after_a_reset_too,
	    reopen_ends_the_connection_and_makes_another_one,
	    close_ends_the_connection_and_leaves_grants_to_be_freed,
	    who_waits_is_told_when_the_daemon_ends,
	    who_waits_is_told_when_the_daemon_dies,
	    daemon_that_stands_still_is_silent_and_what_it_grants_goes_back,
	    wait_that_has_begun_is_taken_back_after_the_silence,
	    handle_stays_without_a_connection_until_it_is_reopened,
	    handle_that_reconnects_does_so_when_the_next_call_begins,
	    attempts_to_reconnect_are_followed_by_longer_and_longer_pauses,
	    NULL,
	};

	return handles_run("client_again", tests);
}
