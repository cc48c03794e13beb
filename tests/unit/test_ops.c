/* SPDX-License-Identifier: MIT */
/*
 * What each operation does with its members: flights, locks, limits. That it
 * takes them is shown by test_ops_table.c, what the primitives make of them by
 * the tests of the core; here, that every one of them arrives there.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct proto p;

static void set_up(void)
{
	proto_open(&p);
}

/* Asserts what is heard after so many milliseconds. */
static void after(mtime_t ms, const char *heard)
{
	ck_assert_str_eq(proto_pass(&p, ms), heard);
}

#define ACQUIRE "{'op':'lock.acquire','key':'k'"
#define BEGIN   "{'op':'flight.begin','key':'k'"
#define FINISH  "{'op':'flight.finish','key':'k'"
#define FAIL    "{'op':'flight.fail','key':'k'"
#define BORROW  "{'op':'limit.borrow','key':'k'"
#define TRY     "{'op':'limit.try_borrow','key':'k'"
#define INFO    "{'op':'limit.info','key':'k'}"

/* LockedCalls ------------------------------------------------------ */

START_TEST(lock_acquire_waits_as_long_as_it_is_told)
{
	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_refuse(&p, B, ACQUIRE ",'wait_ms':0}", "busy", "pid 11 (cat)");
	proto_expect(&p, B, ACQUIRE ",'id':1,'wait_ms':30}", "");
	proto_expect(&p, C, ACQUIRE "}", "");
	after(29, "");
	ck_assert_ptr_nonnull(strstr(
	    proto_pass(&p, 1), "B {'id':1,'ok':false,'error':'timeout'"));
	after(1000000, "");
	proto_expect(&p, A, "{'op':'lock.release','key':'k'}",
	    "A {'ok':true}\nC {'ok':true,'token':502}");
	proto_close(&p);
}
END_TEST

START_TEST(lock_acquire_looks_at_the_length_of_the_queue)
{
	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_refuse(
	    &p, B, ACQUIRE ",'max_waiters':0}", "queue_full", "0 wait");
	proto_expect(&p, B, ACQUIRE ",'max_waiters':1}", "");
	proto_refuse(
	    &p, C, ACQUIRE ",'max_waiters':1}", "queue_full", "1 wait");
	proto_close(&p);
}
END_TEST

START_TEST(lock_acquire_takes_a_lease)
{
	set_up();
	proto_expect(
	    &p, A, ACQUIRE ",'lease_ms':30}", "A {'ok':true,'token':501}");
	proto_expect(&p, B, ACQUIRE "}", "");
	after(29, "");
	after(1, "B {'ok':true,'token':502,'abandoned':true}");
	proto_close(&p);
}
END_TEST

START_TEST(lock_acquire_takes_a_hold_that_outlives_its_connection)
{
	set_up();
	proto_expect(&p, A, ACQUIRE ",'lease_ms':30,'detached':true}",
	    "A {'ok':true,'token':501}");
	core_leave(p.core, p.sessions[A]);
	proto_refuse(&p, B, ACQUIRE ",'wait_ms':0}", "busy", "");
	proto_refuse(&p, B, "{'op':'lock.release','key':'k'}", "not_held", "");
	proto_refuse(&p, D, "{'op':'lock.release','key':'k','token':501}",
	    "denied", "uid 1000");
	proto_expect(&p, B, "{'op':'lock.release','key':'k','token':501}",
	    "B {'ok':true}");
	proto_close(&p);
}
END_TEST

START_TEST(lock_release_ends_the_hold_that_the_token_names)
{
	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_refuse(&p, A, "{'op':'lock.release','key':'k','token':500}",
	    "stale_token", "lock \\'k\\'");
	proto_refuse(&p, A, "{'op':'lock.release','key':'K','token':501}",
	    "not_held", "lock \\'K\\'");
	proto_expect(&p, A, "{'op':'lock.release','key':'k','token':501}",
	    "A {'ok':true}");
	proto_close(&p);
}
END_TEST

/* SingleFlight ----------------------------------------------------- */

START_TEST(flight_finish_shares_its_value_byte_for_byte)
{
	set_up();
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':501}");
	proto_expect(&p, B, BEGIN "}", "");
	proto_expect(&p, A, FINISH ",'value': { 'b' : 0.10, 'b':1e400 } }",
	    "A {'ok':true,'followers':1}\n"
	    "B {'ok':true,'leader':false,'value':{ 'b' : 0.10, 'b':1e400 }}");
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':502}");
	proto_expect(&p, B, BEGIN "}", "");
	proto_expect(&p, A, FINISH "}",
	    "A {'ok':true,'followers':1}\n"
	    "B {'ok':true,'leader':false,'value':null}");
	proto_close(&p);
}
END_TEST

START_TEST(flight_finish_keeps_its_value_as_long_as_it_is_told)
{
	set_up();
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':501}");
	proto_expect(&p, A, FINISH ",'value':0,'keep_ms':30}",
	    "A {'ok':true,'followers':0}");
	after(29, "");
	proto_expect(&p, B, BEGIN "}",
	    "B {'ok':true,'leader':false,'value':0,'age_ms':29}");
	after(1, "");
	proto_expect(
	    &p, B, BEGIN "}", "B {'ok':true,'leader':true,'token':502}");
	proto_close(&p);
}
END_TEST

START_TEST(flight_fail_shares_message_and_value)
{
	set_up();
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':501}");
	proto_expect(&p, B, BEGIN ",'id':5}", "");
	proto_expect(&p, A,
	    FAIL ",'message':'no \\u00e4','value':[1],'keep_ms':5}",
	    "A {'ok':true,'followers':1}\n"
	    "B {'id':5,'ok':false,'error':'flight_failed',"
	    "'message':'no \xC3\xA4','value':[1]}");
	proto_expect(&p, C, BEGIN "}",
	    "C {'ok':false,'error':'flight_failed','message':'no \xC3\xA4',"
	    "'value':[1],'age_ms':0}");
	after(5, "");
	proto_expect(
	    &p, C, BEGIN "}", "C {'ok':true,'leader':true,'token':502}");
	proto_expect(&p, B, BEGIN "}", "");
	proto_expect(&p, C, FAIL "}",
	    "B {'ok':false,'error':'flight_failed','message':''}\n"
	    "C {'ok':true,'followers':1}");
	proto_close(&p);
}
END_TEST

START_TEST(flights_are_ended_by_the_token_that_is_given)
{
	set_up();
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':501}");
	proto_refuse(&p, A, FINISH ",'token':500}", "stale_token", "");
	proto_refuse(&p, A, FAIL ",'token':500}", "stale_token", "");
	proto_refuse(&p, A, "{'op':'flight.abandon','key':'k','token':500}",
	    "stale_token", "");
	proto_expect(
	    &p, A, FAIL ",'token':501}", "A {'ok':true,'followers':0}");
	proto_refuse(&p, A, FAIL ",'token':501}", "not_held", "");
	proto_close(&p);
}
END_TEST

START_TEST(flight_begin_takes_its_terms_along)
{
	set_up();
	proto_expect(&p, A, BEGIN ",'max_leaders':1,'lease_ms':30}",
	    "A {'ok':true,'leader':true,'token':501}");
	proto_refuse(&p, B, BEGIN ",'wait_ms':0}", "busy", "");
	proto_refuse(&p, B, BEGIN ",'max_waiters':0}", "queue_full", "");
	proto_expect(&p, B, BEGIN ",'max_leaders':5}", "");
	/* The lease of A runs out, and it was the only leader allowed. */
	ck_assert_ptr_nonnull(strstr(proto_pass(&p, 30),
	    "B {'ok':false,'error':'leader_lost','message':'"));
	proto_close(&p);
}
END_TEST

START_TEST(three_leaders_may_be_lost_where_nothing_was_said)
{
	set_up();
	proto_expect(&p, A, BEGIN ",'lease_ms':10}",
	    "A {'ok':true,'leader':true,'token':501}");
	proto_expect(&p, B, BEGIN ",'lease_ms':10}", "");
	proto_expect(&p, C, BEGIN ",'lease_ms':10}", "");
	proto_expect(&p, D, BEGIN "}", "");
	after(10, "B {'ok':true,'leader':true,'token':502,'attempt':2}");
	after(10, "C {'ok':true,'leader':true,'token':503,'attempt':3}");
	ck_assert_ptr_nonnull(
	    strstr(proto_pass(&p, 10), "D {'ok':false,'error':'leader_lost'"));
	proto_close(&p);
}
END_TEST

START_TEST(flight_abandon_and_forget_reach_their_flight)
{
	set_up();
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':501}");
	proto_expect(&p, B, BEGIN "}", "");
	proto_expect(&p, A, "{'op':'flight.abandon','key':'k'}",
	    "A {'ok':true}\n"
	    "B {'ok':true,'leader':true,'token':502,'attempt':2}");
	proto_expect(&p, C, "{'op':'flight.forget','key':'k'}",
	    "C {'ok':true,'forgotten':true}");
	proto_expect(&p, C, "{'op':'flight.forget','key':'k'}",
	    "C {'ok':true,'forgotten':false}");
	proto_expect(
	    &p, A, BEGIN "}", "A {'ok':true,'leader':true,'token':503}");
	proto_close(&p);
}
END_TEST

/* Limit ------------------------------------------------------------ */

START_TEST(limit_borrow_takes_its_terms_along)
{
	set_up();
	proto_refuse(&p, A, BORROW "}", "unknown_key", "limit \\'k\\'");
	proto_expect(&p, A, BORROW ",'capacity':5,'permits':2,'lease_ms':30}",
	    "A {'ok':true,'token':501,'in_use':2,'capacity':5}");
	proto_expect(&p, B, BORROW "}",
	    "B {'ok':true,'token':502,'in_use':3,'capacity':5}");
	ck_assert_ptr_nonnull(strstr(
	    proto_ask(&p, B, BORROW ",'capacity':6}"), "'error':'conflict'"));
	proto_expect(&p, B, BORROW ",'capacity':6,'adopt':true}",
	    "B {'ok':true,'token':503,'in_use':4,'capacity':5}");
	proto_refuse(&p, C, BORROW ",'permits':6}", "bad_request", "6 permits");
	proto_refuse(
	    &p, C, BORROW ",'permits':2,'wait_ms':0}", "busy", "pid 11");
	proto_refuse(
	    &p, C, BORROW ",'permits':2,'max_waiters':0}", "queue_full", "");
	proto_expect(&p, C, BORROW ",'permits':2}", "");
	after(30, "C {'ok':true,'token':504,'in_use':4,'capacity':5}");
	proto_close(&p);
}
END_TEST

START_TEST(limit_try_borrow_says_whether_it_has)
{
	set_up();
	proto_expect(&p, A, TRY ",'capacity':2,'lease_ms':30,'detached':true}",
	    "A {'ok':true,'borrowed':true,'token':501,'in_use':1,"
	    "'capacity':2}");
	proto_expect(&p, B, TRY ",'permits':2,'capacity':9,'adopt':true}",
	    "B {'ok':true,'borrowed':false,'in_use':1,'capacity':2}");
	core_leave(p.core, p.sessions[A]);
	proto_expect(&p, B, "{'op':'limit.return','key':'k','token':501}",
	    "B {'ok':true,'in_use':0}");
	proto_close(&p);
}
END_TEST

START_TEST(a_limit_is_set_asked_for_and_deleted)
{
	set_up();
	proto_expect(&p, A, "{'op':'limit.set','key':'k','capacity':3}",
	    "A {'ok':true}");
	proto_expect(&p, A, BORROW ",'permits':3}",
	    "A {'ok':true,'token':501,'in_use':3,'capacity':3}");
	proto_expect(&p, B, BORROW "}", "");
	proto_expect(&p, C, INFO,
	    "C {'ok':true,'capacity':3,'in_use':3,'available':0,"
	    "'waiting':1}");
	proto_refuse(&p, C, "{'op':'limit.delete','key':'k'}", "conflict", "");
	proto_expect(&p, C, "{'op':'limit.set','key':'k','capacity':5}",
	    "B {'ok':true,'token':502,'in_use':4,'capacity':5}\n"
	    "C {'ok':true}");
	proto_expect(&p, B, "{'op':'limit.return','key':'k'}",
	    "B {'ok':true,'in_use':3}");
	proto_expect(&p, A, "{'op':'limit.return','key':'k','token':501}",
	    "A {'ok':true,'in_use':0}");
	proto_expect(&p, A, "{'op':'limit.delete','key':'k'}", "A {'ok':true}");
	proto_refuse(&p, A, INFO, "unknown_key", "");
	proto_close(&p);
}
END_TEST

START_TEST(kinds_have_keys_of_their_own)
{
	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_expect(
	    &p, B, BEGIN "}", "B {'ok':true,'leader':true,'token':502}");
	proto_expect(&p, C, BORROW ",'capacity':1}",
	    "C {'ok':true,'token':503,'in_use':1,'capacity':1}");
	proto_expect(&p, D, "{'op':'pool.get','key':'k','capacity':1}",
	    "D {'ok':true,'token':504,'create':true}");
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_acquire_waits_as_long_as_it_is_told,
	    lock_acquire_looks_at_the_length_of_the_queue,
	    lock_acquire_takes_a_lease,
	    lock_acquire_takes_a_hold_that_outlives_its_connection,
	    lock_release_ends_the_hold_that_the_token_names,
	    flight_finish_shares_its_value_byte_for_byte,
	    flight_finish_keeps_its_value_as_long_as_it_is_told,
	    flight_fail_shares_message_and_value,
	    flights_are_ended_by_the_token_that_is_given,
	    flight_begin_takes_its_terms_along,
	    three_leaders_may_be_lost_where_nothing_was_said,
	    flight_abandon_and_forget_reach_their_flight,
	    limit_borrow_takes_its_terms_along,
	    limit_try_borrow_says_whether_it_has,
	    a_limit_is_set_asked_for_and_deleted,
	    kinds_have_keys_of_their_own,
	    NULL,
	};

	return unit_run("ops", tests);
}
