/* SPDX-License-Identifier: MIT */
/* Calls of handles in a loop of libevent: see evloop.h. */
#include "evloop.h"

#include <string.h>

/* Calls ------------------------------------------------------------ */

START_TEST(lock_comes_at_once_or_when_it_is_free)
{
	struct told at_once = {0}, later = {0};

	evloop_open(NULL);
	acquire(A, "taken");
	(void)watch_start(evloop_conn, "free", 0, &at_once);
	(void)watch_start(evloop_conn, "taken", MSYNC_FOREVER, &later);
	msync_libevent_update(&evloop);
	evloop_expect(&at_once, 0);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(later.n, 0);
	expect_ok(release(A, "taken"));
	evloop_expect(&later, 0);
	watch_release(at_once.grant);
	watch_release(later.grant);
	msync_libevent_update(&evloop);
	evloop_expect_idle();
	evloop_close();
}
END_TEST

START_TEST(two_handles_of_one_loop_share_a_flight)
{
	struct msync_conn *other = watch_open(NULL);
	struct msync_libevent other_loop;
	struct told lead = {0}, follow = {0}, done = {0};

	evloop_open(NULL);
	ck_assert_int_eq(
	    msync_libevent_attach(&other_loop, other, evloop_base), 0);
	ck_assert_int_eq(msync_flight_begin_start(evloop_conn, "f", 0, NULL,
			     watch_told, &lead, NULL),
	    0);
	msync_libevent_update(&evloop);
	evloop_expect(&lead, 0);
	ck_assert_int_eq(msync_flight_begin_start(other, "f", MSYNC_FOREVER,
			     NULL, watch_told, &follow, NULL),
	    0);
	msync_libevent_update(&other_loop);
	gauge_await(P, "flight", "waits", 1);
	ck_assert_int_eq(msync_flight_finish_start(
			     lead.grant, "\"v\"", 3, 0, watch_told, &done),
	    0);
	msync_libevent_update(&evloop);
	evloop_expect(&done, 1);
	evloop_expect(&follow, 0);
	ck_assert_str_eq(msync_result_value(follow.result, NULL), "\"v\"");
	msync_result_free(follow.result);
	watch_release(lead.grant);
	msync_libevent_detach(&other_loop);
	watch_close(other);
	evloop_close();
}
END_TEST

START_TEST(wait_can_be_cancelled)
{
	struct told told = {0};
	struct msync_call *call;

	evloop_open(NULL);
	acquire(A, "k");
	call = watch_start(evloop_conn, "k", MSYNC_FOREVER, &told);
	msync_libevent_update(&evloop);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(msync_call_cancel(call), 0);
	msync_libevent_update(&evloop);
	evloop_expect(&told, MSYNC_E_CANCELLED);
	ck_assert_int_eq(gauge(P, "lock", "waits"), 0);
	evloop_close();
}
END_TEST

START_TEST(output_that_waits_is_sent_by_the_loop)
{
	static char members[900000];
	struct told told[3] = {{0}};

	memset(members, 'a', sizeof(members) - 2);
	memcpy(members, "\"x_\":\"", 6);
	members[sizeof(members) - 2] = '"';
	evloop_open(NULL);
	daemon_freeze(&server);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(msync_ask_start(evloop_conn, "ping", members,
				     0, watch_told, &told[i], NULL),
		    0);
	msync_libevent_update(&evloop);
	ck_assert(event_pending(&evloop.io, EV_WRITE, NULL));
	daemon_thaw(&server);
	for (int i = 0; i < 3; i++) {
		evloop_expect(&told[i], 0);
		msync_result_free(told[i].result);
	}
	evloop_expect_idle();
	evloop_close();
}
END_TEST

START_TEST(call_that_nobody_answers_is_given_up_by_the_timer)
{
	struct msync_opts *opts = watch_opts();
	struct told told = {0};

	msync_opts_set_answer_ms(opts, 10);
	daemon_freeze(&server);
	evloop_open(opts);
	(void)watch_start(evloop_conn, "k", 0, &told);
	msync_libevent_update(&evloop);
	evloop_expect(&told, MSYNC_E_SILENT);
	evloop_expect_idle();
	daemon_thaw(&server);
	evloop_close();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_comes_at_once_or_when_it_is_free,
	    two_handles_of_one_loop_share_a_flight,
	    wait_can_be_cancelled,
	    output_that_waits_is_sent_by_the_loop,
	    call_that_nobody_answers_is_given_up_by_the_timer,
	    NULL,
	};

	return run_tests("libevent", tests);
}
