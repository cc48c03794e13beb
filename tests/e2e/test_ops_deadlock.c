/* SPDX-License-Identifier: MIT */
/*
 * Waits that would never end are refused: a connection's own lock or flight,
 * and cycles over locks and flights; and what looks like one but is none is
 * let through.
 */
#include "fixture.h"

static void wait_for_flight(struct client *c, const char *key)
{
	ask_to_wait(c, "{'id':'%s','op':'flight.begin','key':'%s'}", key, key);
}

static void lead(struct client *c, const char *key)
{
	expect(ask(c, "{'op':'flight.begin','key':'%s'}", key),
	    "{'ok':true,'leader':true}");
}

/* Asks for a lock with an end to the wait, should it not be refused. */
static json_t *ask_for_lock(struct client *c, const char *key)
{
	return ask(c, "{'op':'lock.acquire','key':'%s','wait_ms':5000}", key);
}

/* edge: 39 */
START_TEST(own_lock_is_refused_as_a_deadlock)
{
	acquire(A, "k");
	expect_refused(ask_for_lock(A, "k"), "deadlock", "k", NULL);
	expect_ok(release(A, "k"));
	expect(try_lock(B, "k"), GRANTED);
}
END_TEST

START_TEST(own_lock_with_a_wait_of_0_ms_is_busy)
{
	acquire(A, "k");
	expect_error(try_lock(A, "k"), "busy");
	expect_error(ask(A, "{'op':'lock.acquire','key':'k','max_waiters':0}"),
	    "queue_full");
}
END_TEST

/* edge: 15 */
START_TEST(own_flight_is_refused_as_a_deadlock)
{
	lead(A, "page");
	expect_refused(
	    ask(A, "{'op':'flight.begin','key':'page','wait_ms':5000}"),
	    "deadlock", "page", NULL);
	expect_error(
	    ask(A, "{'op':'flight.begin','key':'page','wait_ms':0}"), "busy");
	expect(ask(A, "{'op':'flight.finish','key':'page'}"),
	    "{'ok':true,'followers':0}");
}
END_TEST

START_TEST(second_wait_for_one_key_is_refused_and_the_first_stays)
{
	acquire(A, "k");
	wait_for_lock(B, "k");
	expect_refused(ask_for_lock(B, "k"), "deadlock", "k", NULL);
	expect_ok(release(A, "k"));
	expect(client_answer(B), GRANTED);
	expect_silence(B);
}
END_TEST

/* edge: 16 */
START_TEST(two_locks_in_opposite_order_are_refused_with_the_cycle)
{
	acquire(A, "one");
	acquire(B, "two");
	wait_for_lock(A, "two");
	expect_refused(ask_for_lock(B, "one"), "deadlock", "one", "two", NULL);
	expect_error(try_lock(B, "one"), "busy");
	/* The refused one has left nothing behind, the waiting one waits. */
	expect_ok(release(B, "two"));
	expect(client_answer(A), GRANTED);
	wait_for_lock(B, "one");
	expect_ok(release(A, "one"));
	expect(client_answer(B), GRANTED);
}
END_TEST

START_TEST(cycle_of_three_connections_is_refused)
{
	acquire(A, "one");
	acquire(B, "two");
	acquire(C, "three");
	wait_for_lock(A, "two");
	wait_for_lock(B, "three");
	wait_for_lock(D, "three");
	expect_refused(
	    ask_for_lock(C, "one"), "deadlock", "one", "two", "three", NULL);
	expect_ok(release(C, "three"));
	expect(client_answer(B), GRANTED);
	expect_silence(D);
}
END_TEST

START_TEST(cycle_over_a_lock_and_a_flight_is_refused)
{
	lead(A, "page");
	acquire(B, "row");
	wait_for_lock(A, "row");
	expect_refused(
	    ask(B, "{'op':'flight.begin','key':'page','wait_ms':5000}"),
	    "deadlock", "page", "row", NULL);
	expect_ok(release(B, "row"));
	expect(client_answer(A), GRANTED);
	expect(ask(A, "{'op':'flight.finish','key':'page'}"),
	    "{'ok':true,'followers':0}");
}
END_TEST

START_TEST(cycle_over_two_flights_is_refused)
{
	lead(A, "one");
	lead(B, "two");
	wait_for_flight(A, "two");
	expect_refused(
	    ask(B, "{'op':'flight.begin','key':'one','wait_ms':5000}"),
	    "deadlock", "one", "two", NULL);
	expect(ask(B, "{'op':'flight.finish','key':'two'}"),
	    "{'ok':true,'followers':1}");
	expect(client_answer(A), "{'ok':true,'leader':false}");
}
END_TEST

START_TEST(chain_that_closes_no_cycle_waits)
{
	acquire(A, "one");
	acquire(B, "two");
	wait_for_lock(B, "one");
	wait_for_lock(C, "two");
	wait_for_lock(C, "one");
	expect_ok(release(A, "one"));
	expect(client_answer(B), GRANTED);
	expect_ok(release(B, "two"));
	expect(client_answer(C), "{'id':'two','ok':true}");
}
END_TEST

START_TEST(wait_that_ended_closes_no_cycle)
{
	acquire(A, "one");
	acquire(B, "two");
	expect_error(ask(A, "{'op':'lock.acquire','key':'two','wait_ms':10}"),
	    "timeout");
	wait_for_lock(B, "one");
	expect_ok(release(A, "one"));
	expect(client_answer(B), GRANTED);
}
END_TEST

START_TEST(detached_hold_belongs_to_no_connection_and_closes_no_cycle)
{
	expect_ok(ask(A, "{'op':'lock.acquire','key':'k','lease_ms':60000,"
			 "'detached':true}"));
	expect_error(
	    ask(A, "{'op':'lock.acquire','key':'k','wait_ms':10}"), "timeout");
}
END_TEST

START_TEST(limits_and_pools_are_not_searched_for_cycles)
{
	expect_ok(ask(A, "{'op':'limit.borrow','key':'k','capacity':1}"));
	expect_error(
	    ask(A, "{'op':'limit.borrow','key':'k','wait_ms':10}"), "timeout");
	expect_ok(ask(A, "{'op':'pool.get','key':'k','capacity':1}"));
	expect_error(
	    ask(A, "{'op':'pool.get','key':'k','wait_ms':10}"), "timeout");
}
END_TEST

START_TEST(multiplexed_connection_is_left_out)
{
	expect_ok(ask(A, "{'op':'hello','multiplexed':true}"));
	expect_error(ask(A, "{'op':'lock.release','key':'k'}"), "bad_request");
	acquire(A, "one");
	expect_error(ask(A, "{'op':'lock.acquire','key':'one','wait_ms':10}"),
	    "timeout");
	acquire(B, "two");
	wait_for_lock(A, "two");
	/* B's wait would close a cycle, were A one flow of control. */
	wait_for_lock(B, "one");
}
END_TEST

START_TEST(multiplexed_connection_may_wait_twice_for_one_key)
{
	expect_ok(ask(B, "{'op':'hello','multiplexed':true}"));
	acquire(A, "k");
	wait_for_lock(B, "k");
	ask_to_wait(B, "{'id':'again','op':'lock.acquire','key':'k'}");
	expect_ok(release(A, "k"));
	expect(client_answer(B), "{'id':'k','ok':true}");
	expect_silence(B);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    own_lock_is_refused_as_a_deadlock,
	    own_lock_with_a_wait_of_0_ms_is_busy,
	    own_flight_is_refused_as_a_deadlock,
	    second_wait_for_one_key_is_refused_and_the_first_stays,
	    two_locks_in_opposite_order_are_refused_with_the_cycle,
	    cycle_of_three_connections_is_refused,
	    cycle_over_a_lock_and_a_flight_is_refused,
	    cycle_over_two_flights_is_refused,
	    chain_that_closes_no_cycle_waits,
	    wait_that_ended_closes_no_cycle,
	    detached_hold_belongs_to_no_connection_and_closes_no_cycle,
	    limits_and_pools_are_not_searched_for_cycles,
	    multiplexed_connection_is_left_out,
	    multiplexed_connection_may_wait_twice_for_one_key,
	    NULL,
	};

	return run_tests("ops_deadlock", tests);
}
