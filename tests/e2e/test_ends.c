/* SPDX-License-Identifier: MIT */
/*
 * The ends of a connection: a close, a close of the sending side only, and
 * what becomes of holds and waits. Where things must happen together, the
 * daemon is stopped meanwhile and finds all of them in one turn. Lines that
 * lie unread at the end are in test_unread.c, clients that hang in
 * test_slow.c.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 20

/* Asks for one hold of each kind; the ids are 0 to 3. */
static void tell_all_kinds(struct client *c)
{
	tell(c, "{'id':0,'op':'lock.acquire','key':'k'}");
	tell(c, "{'id':1,'op':'limit.borrow','key':'k','capacity':3,"
		"'permits':2}");
	tell(c, "{'id':2,'op':'flight.begin','key':'k'}");
	tell(c, "{'id':3,'op':'pool.get','key':'k','capacity':1}");
}

/* n grants with the ids 0 to n - 1, each once, in whatever order. */
static void expect_grants(struct client *c, int n)
{
	unsigned long seen = 0;
	json_int_t id;
	int i;

	for (i = 0; i < n; i++) {
		json_t *answer = client_answer(c);

		id = json_integer_value(json_object_get(answer, "id"));
		ck_assert_int_lt(id, n);
		ck_assert_uint_eq(seen & 1UL << id, 0);
		seen |= 1UL << id;
		ck_assert_int_gt(expect_ok(answer), 0);
	}
}

/* The client has said all it says, and the daemon has read it. */
static void settle(struct client *c)
{
	expect(ask(c, "{'op':'ping','id':'settled'}"), "{'id':'settled'}");
}

/* A lock remembers that it was abandoned until it is granted again. */
static void expect_nothing_left(void)
{
	acquire(P, "k");
	expect_ok(release(P, "k"));
	emptiness_await(P);
}

/* edge: 46 49 92 100 */
START_TEST(close_passes_every_hold_to_the_next_in_one_go)
{
	json_t *info;

	tell_all_kinds(A);
	expect_grants(A, 4);
	tell_all_kinds(B);
	settle(B);
	client_close(A);
	expect_grants(B, 4);
	info = ask(C, "{'op':'limit.info','key':'k'}");
	expect(info, "{'in_use':2,'available':1,'waiting':0}");
	client_close(B);
	gauge_await(P, "lock", "holds", 0);
	expect_nothing_left();
}
END_TEST

/* edge: 29 100 */
START_TEST(waits_of_a_closing_client_leave_before_its_holds_pass_on)
{
	expect_ok(ask(A, "{'op':'limit.borrow','key':'k','capacity':1}"));
	ask_to_wait(A, "{'op':'limit.borrow','key':'k'}");
	ask_to_wait(A, "{'op':'limit.borrow','key':'k'}");
	ask_to_wait(B, "{'op':'limit.borrow','key':'k'}");
	client_close(A);
	expect(client_answer(B), "{'ok':true,'in_use':1,'capacity':1}");
	expect(ask(B, "{'op':'limit.info','key':'k'}"), "{'waiting':0}");
}
END_TEST

/* edge: 12 41 92 100 */
START_TEST(places_pass_over_those_who_died_together_with_the_holder)
{
	int i;

	for (i = 0; i < MANY; i++)
		expect_ok(ask(A, "{'op':'lock.acquire','key':'k%d'}", i));
	for (i = 0; i < MANY; i++) {
		ask_to_wait(B, "{'op':'lock.acquire','key':'k%d'}", i);
		ask_to_wait(C, "{'op':'lock.acquire','key':'k%d'}", i);
		ask_to_wait(
		    D, "{'id':%d,'op':'lock.acquire','key':'k%d'}", i, i);
	}
	daemon_freeze(&server);
	client_close(A);
	client_close(C);
	client_close(B);
	daemon_thaw(&server);
	expect_grants(D, MANY);
	expect_silence(D);
	gauge_await(P, "lock", "holds", MANY);
	gauge_await(P, "lock", "waits", 0);
}
END_TEST

/* edge: 1 12 */
START_TEST(lead_passes_over_followers_who_died_with_the_leader)
{
	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'k'}");
	ask_to_wait(C, "{'op':'flight.begin','key':'k'}");
	ask_to_wait(D, "{'op':'flight.begin','key':'k'}");
	daemon_freeze(&server);
	client_close(A);
	client_close(B);
	daemon_thaw(&server);
	expect(client_answer(C), "{'ok':true,'leader':true}");
	expect_silence(D);
	expect_ok(ask(C, "{'op':'flight.finish','key':'k','value':7}"));
	expect(client_answer(D), "{'ok':true,'leader':false,'value':7}");
}
END_TEST

/* edge: 19 93 */
START_TEST(results_reach_the_living_when_a_follower_is_dead)
{
	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'k'}");
	ask_to_wait(C, "{'op':'flight.begin','key':'k'}");
	ask_to_wait(D, "{'op':'flight.begin','key':'k'}");
	daemon_freeze(&server);
	tell(A, "{'op':'flight.finish','key':'k','value':7}");
	client_close(C);
	daemon_thaw(&server);
	expect_ok(client_answer(A));
	expect(client_answer(B), "{'ok':true,'leader':false,'value':7}");
	expect(client_answer(D), "{'ok':true,'leader':false,'value':7}");
}
END_TEST

/* edge: 41 100 */
START_TEST(waiter_that_leaves_does_not_disturb_the_queue)
{
	acquire(A, "k");
	wait_for_lock(B, "k");
	wait_for_lock(C, "k");
	wait_for_lock(D, "k");
	client_close(C);
	gauge_await(P, "lock", "waits", 2);
	expect_silence(B);
	expect_ok(release(A, "k"));
	expect_ok(client_answer(B));
	expect_silence(D);
	expect_ok(release(B, "k"));
	expect_ok(client_answer(D));
}
END_TEST

/* edge: 90 */
/* row: 65 */
START_TEST(half_close_answers_all_that_was_received_waits_included)
{
	acquire(A, "k");
	tell(B, "{'id':1,'op':'lock.acquire','key':'k','wait_ms':20}");
	tell(B, "{'id':2,'op':'lock.acquire','key':'k','wait_ms':0}");
	tell(B, "{'id':3,'op':'lock.release','key':'k'}");
	client_shut(B);
	expect(client_answer(B), "{'id':2,'error':'busy'}");
	expect(client_answer(B), "{'id':3,'error':'not_held'}");
	expect(client_answer(B), "{'id':1,'error':'timeout'}");
	expect_end(B);
}
END_TEST

/* edge: 90 */
START_TEST(half_close_behind_a_thousand_requests_cuts_none_of_them_off)
{
	char text[1000 * 32], *p = text;
	int i;

	for (i = 0; i < 1000; i++)
		p += sprintf(p, "{\"id\":%d,\"op\":\"ping\"}\n", i);
	daemon_freeze(&server);
	client_write(A, text, (size_t)(p - text));
	client_shut(A);
	daemon_thaw(&server);
	for (i = 0; i < 1000; i++)
		expect_ok(client_answer(A));
	expect_end(A);
}
END_TEST

/* A grant after a half-close: answered, then lost, then the end. */
static void expect_short_hold(const char *kind, const char *request)
{
	struct client c;
	json_int_t token;

	client_open(&c, &server);
	tell(&c, "%s", request);
	client_shut(&c);
	token = expect_ok(client_answer(&c));
	ck_assert_int_gt(token, 0);
	expect_last_word(&c, kind, "k", token);
	expect_end(&c);
	client_close(&c);
}

/* edge: 90 100 */
START_TEST(hold_of_a_half_closed_connection_ends_with_a_last_word)
{
	expect_short_hold("lock", "{'op':'lock.acquire','key':'k'}");
	expect_short_hold(
	    "limit", "{'op':'limit.borrow','key':'k','capacity':1}");
	expect_short_hold("flight", "{'op':'flight.begin','key':'k'}");
	expect_short_hold("pool", "{'op':'pool.get','key':'k','capacity':1}");
	expect_nothing_left();
}
END_TEST

/* edge: 90 */
START_TEST(half_closed_connection_waits_then_loses_its_grant_to_the_next)
{
	json_int_t token;

	acquire(A, "k");
	tell(B, "{'op':'lock.acquire','key':'k'}");
	client_shut(B);
	gauge_await(P, "lock", "waits", 1);
	wait_for_lock(C, "k");
	expect_silence(B);
	expect_ok(release(A, "k"));
	token = expect_ok(client_answer(B));
	expect_last_word(B, "lock", "k", token);
	expect_end(B);
	ck_assert_int_gt(expect_ok(client_answer(C)), token);
}
END_TEST

START_TEST(half_closed_connection_holds_until_its_last_wait_is_answered)
{
	json_int_t first, second;

	acquire(A, "late");
	first = acquire(B, "early");
	tell(B, "{'op':'lock.acquire','key':'late'}");
	client_shut(B);
	gauge_await(P, "lock", "waits", 1);
	expect_silence(B);
	expect_error(try_lock(C, "early"), "busy");
	wait_for_lock(C, "early");
	expect_ok(release(A, "late"));
	second = expect_ok(client_answer(B));
	ck_assert_int_gt(second, first);
	/* Both holds are lost, in whatever order. */
	expect(client_answer(B), "{'event':'lost','reason':'eof'}");
	expect(client_answer(B), "{'event':'lost','reason':'eof'}");
	expect_end(B);
	expect_ok(client_answer(C));
}
END_TEST

/* edge: 90 100 */
START_TEST(full_close_after_half_close_ends_the_wait_at_once)
{
	acquire(A, "k");
	tell(B, "{'op':'lock.acquire','key':'k'}");
	client_shut(B);
	gauge_await(P, "lock", "waits", 1);
	wait_for_lock(C, "k");
	client_close(B);
	/* The lock is held all the time: only the close can end the wait. */
	gauge_await(P, "lock", "waits", 1);
	expect_ok(release(A, "k"));
	expect(client_answer(C), "{'ok':true,'abandoned':'<absent>'}");
}
END_TEST

/* edge: 90 */
START_TEST(detached_hold_outlives_its_half_closed_connection)
{
	json_int_t token;

	tell(A, "{'op':'lock.acquire','key':'k','lease_ms':600000,"
		"'detached':true}");
	client_shut(A);
	token = expect_ok(client_answer(A));
	expect_end(A);
	expect_error(try_lock(B, "k"), "busy");
	expect_ok(release_token(B, "k", token));
	acquire(B, "k");
}
END_TEST

START_TEST(connection_without_requests_ends_quietly_at_half_close)
{
	client_shut(A);
	expect_end(A);
	client_write(B, "\n\n", 2);
	client_shut(B);
	expect_end(B);
}
END_TEST

/* A child that keeps all of our descriptors until it is killed. */
static pid_t fork_keeper(void)
{
	pid_t parent = getpid(), pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent)
			pause();
		_exit(0);
	}
	return pid;
}

/* row: 67 */
START_TEST(hold_lasts_while_a_forked_child_keeps_the_descriptor)
{
	pid_t keeper;

	acquire(A, "k");
	keeper = fork_keeper();
	client_close(A);
	expect_error(try_lock(B, "k"), "busy");
	wait_for_lock(B, "k");
	expect_silence(B);
	kill_holder(keeper);
	expect(client_answer(B), "{'ok':true,'abandoned':true}");
}
END_TEST

/* edge: 98 */
START_TEST(hold_lasts_when_a_forked_child_ends_that_had_the_descriptor)
{
	pid_t keeper;

	acquire(A, "k");
	keeper = fork_keeper();
	kill_holder(keeper);
	expect_error(try_lock(B, "k"), "busy");
	expect_ok(release(A, "k"));
	acquire(B, "k");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    close_passes_every_hold_to_the_next_in_one_go,
	    waits_of_a_closing_client_leave_before_its_holds_pass_on,
	    places_pass_over_those_who_died_together_with_the_holder,
	    lead_passes_over_followers_who_died_with_the_leader,
	    results_reach_the_living_when_a_follower_is_dead,
	    waiter_that_leaves_does_not_disturb_the_queue,
	    half_close_answers_all_that_was_received_waits_included,
	    half_close_behind_a_thousand_requests_cuts_none_of_them_off,
	    hold_of_a_half_closed_connection_ends_with_a_last_word,
	    half_closed_connection_waits_then_loses_its_grant_to_the_next,
	    half_closed_connection_holds_until_its_last_wait_is_answered,
	    full_close_after_half_close_ends_the_wait_at_once,
	    detached_hold_outlives_its_half_closed_connection,
	    connection_without_requests_ends_quietly_at_half_close,
	    hold_lasts_while_a_forked_child_keeps_the_descriptor,
	    hold_lasts_when_a_forked_child_ends_that_had_the_descriptor,
	    NULL,
	};

	return run_tests("ends", tests);
}
