/* SPDX-License-Identifier: MIT */
/*
 * Permits: borrowed, waited for in order, returned by who has them, and come
 * back from who vanished.
 */
#include "fixture.h"

#include <stdio.h>

#define HAS(in_use, capacity)                                                  \
	"{'ok':true,'token':'<int>','in_use':" #in_use                         \
	",'capacity':" #capacity "}"
#define RETURNED(in_use) "{'ok':true,'in_use':" #in_use "}"

/* Borrows so many of three, or waits. */
static json_t *borrow(struct client *c, int permits)
{
	return ask(c,
	    "{'op':'limit.borrow','key':'db','capacity':3,'permits':%d}",
	    permits);
}

static void wait_to_borrow(struct client *c, int permits)
{
	ask_to_wait(
	    c, "{'id':1,'op':'limit.borrow','key':'db','permits':%d}", permits);
}

static json_t *give_back(struct client *c)
{
	return ask(c, "{'op':'limit.return','key':'db'}");
}

static json_t *give_back_token(struct client *c, json_int_t token)
{
	return ask(c, "{'op':'limit.return','key':'db','token':%lld}", token);
}

static json_t *info(struct client *c)
{
	return ask(c, "{'op':'limit.info','key':'db'}");
}

/* edge: 61 */
START_TEST(permits_are_given_up_to_the_capacity)
{
	ck_assert_int_gt(
	    expect(ask(A, "{'op':'limit.borrow','key':'db','capacity':3}"),
		HAS(1, 3)),
	    0);
	expect(borrow(B, 2), HAS(3, 3));
	expect_held_by(ask(C, "{'op':'limit.borrow','key':'db','wait_ms':0}"),
	    "busy", "", 0);
	expect(info(C),
	    "{'ok':true,'capacity':3,'in_use':3,'available':0,'waiting':0}");
	expect(give_back(B), RETURNED(1));
	expect(give_back(A), RETURNED(0));
}
END_TEST

START_TEST(returned_permit_goes_to_the_oldest_waiter_in_the_same_turn)
{
	expect(borrow(A, 1), HAS(1, 3));
	expect(borrow(A, 2), HAS(3, 3));
	wait_to_borrow(B, 1);
	wait_to_borrow(C, 1);
	expect(info(D), "{'in_use':3,'waiting':2}");
	/* Without a token the newest hold is meant, here that of two; both
	 * are counted again for the waiters. */
	expect(give_back(A), RETURNED(3));
	expect(client_answer(B), "{'id':1,'ok':true,'capacity':3}");
	expect(client_answer(C), "{'id':1,'ok':true,'in_use':3}");
	expect(give_back(A), RETURNED(2));
}
END_TEST

START_TEST(one_connection_may_hold_several_times)
{
	json_int_t first = expect(borrow(A, 1), HAS(1, 3));
	json_int_t second = expect(borrow(A, 2), HAS(3, 3));

	ck_assert_int_gt(second, first);
	expect(give_back_token(A, first), RETURNED(2));
	expect(give_back_token(A, second), RETURNED(0));
}
END_TEST

START_TEST(try_borrow_says_whether_it_borrowed)
{
	const char *try = "{'op':'limit.try_borrow','key':'db','capacity':1}";

	expect(ask(A, "%s", try),
	    "{'ok':true,'borrowed':true,'token':'<int>','in_use':1,"
	    "'capacity':1}");
	expect(ask(B, "%s", try),
	    "{'ok':true,'borrowed':false,'token':'<absent>','in_use':1,"
	    "'capacity':1}");
	expect(give_back(A), RETURNED(0));
	expect(ask(B, "%s", try), "{'ok':true,'borrowed':true}");
}
END_TEST

/* edge: 50 */
START_TEST(try_borrow_takes_nothing_while_others_wait)
{
	expect(borrow(A, 2), HAS(2, 3));
	wait_to_borrow(B, 2);
	expect(ask(C, "{'op':'limit.try_borrow','key':'db'}"),
	    "{'ok':true,'borrowed':false,'in_use':2,'capacity':3}");
	expect_error(
	    ask(C, "{'op':'limit.borrow','key':'db','wait_ms':0}"), "busy");
	expect(give_back(A), RETURNED(2));
	expect(client_answer(B), HAS(2, 3));
	expect(ask(C, "{'op':'limit.try_borrow','key':'db'}"),
	    "{'ok':true,'borrowed':true,'in_use':3}");
}
END_TEST

/* edge: 51 60 */
START_TEST(large_request_at_the_head_is_not_starved)
{
	expect(borrow(A, 1), HAS(1, 3));
	expect(borrow(B, 1), HAS(2, 3));
	wait_to_borrow(C, 3);
	wait_to_borrow(D, 1);
	expect(give_back(A), RETURNED(1));
	expect_silence(C);
	expect_silence(D);
	expect(give_back(B), RETURNED(3));
	expect(client_answer(C), HAS(3, 3));
	expect_silence(D);
	expect(give_back(C), RETURNED(1));
	expect(client_answer(D), HAS(1, 3));
}
END_TEST

/* edge: 52 */
START_TEST(waiters_that_now_fit_are_let_in_when_the_head_cancels)
{
	expect(borrow(A, 1), HAS(1, 3));
	wait_to_borrow(B, 3);
	wait_to_borrow(C, 1);
	wait_to_borrow(D, 1);
	tell(B, "{'op':'cancel','target':1}");
	expect_refused(client_answer(B), "cancelled", "db", NULL);
	expect(client_answer(B), "{'ok':true,'cancelled':true}");
	expect(client_answer(C), "{'ok':true,'token':'<int>'}");
	expect(client_answer(D), HAS(3, 3));
}
END_TEST

START_TEST(waiters_that_now_fit_are_let_in_when_the_head_vanishes_or_tires)
{
	expect(borrow(A, 1), HAS(1, 3));
	wait_to_borrow(B, 3);
	wait_to_borrow(C, 1);
	client_close(B);
	expect(client_answer(C), HAS(2, 3));
	expect(give_back(C), RETURNED(1));
	tell(D, "{'op':'limit.borrow','key':'db','permits':3,'wait_ms':50}\n"
		"{'op':'ping'}");
	expect(client_answer(D), "{'ok':true,'token':'<absent>'}");
	tell(C, "{'op':'limit.borrow','key':'db'}");
	expect_error(client_answer(D), "timeout");
	expect(client_answer(C), HAS(2, 3));
}
END_TEST

/* edge: 60 */
START_TEST(refused_request_for_several_permits_keeps_none)
{
	expect(borrow(A, 2), HAS(2, 3));
	expect_held_by(ask(B, "{'op':'limit.borrow','key':'db','permits':2,"
			      "'wait_ms':10}"),
	    "timeout", "", 9);
	expect(info(C), "{'in_use':2,'available':1,'waiting':0}");
	expect(borrow(C, 1), HAS(3, 3));
}
END_TEST

/* edge: 53 */
START_TEST(more_permits_than_the_capacity_are_refused_at_once)
{
	expect_refused(borrow(A, 4), "bad_request", "permits", NULL);
	expect_error(info(A), "unknown_key");
	expect(borrow(A, 1), HAS(1, 3));
	expect_refused(ask(B, "{'op':'limit.borrow','key':'db','permits':4}"),
	    "bad_request", "permits", NULL);
	expect_refused(
	    ask(B, "{'op':'limit.try_borrow','key':'db','permits':4}"),
	    "bad_request", "permits", NULL);
	expect_refused(ask(B, "{'op':'limit.borrow','key':'db','permits':4,"
			      "'wait_ms':0}"),
	    "bad_request", "permits", NULL);
}
END_TEST

/* edge: 47 48 */
START_TEST(only_what_was_borrowed_is_returned_and_only_once)
{
	json_int_t token;

	expect_refused(give_back(A), "not_held", "db", NULL);
	token = expect(borrow(A, 2), HAS(2, 3));
	expect_refused(give_back(B), "not_held", "db", NULL);
	expect_refused(give_back_token(B, token), "not_held", "db", NULL);
	expect(info(B), "{'in_use':2}");
	expect(borrow(B, 1), HAS(3, 3));
	expect(give_back_token(A, token), RETURNED(1));
	expect_refused(give_back_token(A, token), "not_held", "db", NULL);
	expect_refused(give_back(A), "not_held", "db", NULL);
	expect(info(A), "{'in_use':1}");
}
END_TEST

/* edge: 49 */
START_TEST(permits_of_a_vanished_client_come_back)
{
	expect(borrow(A, 1), HAS(1, 3));
	expect(borrow(A, 1), HAS(2, 3));
	expect(borrow(B, 1), HAS(3, 3));
	wait_to_borrow(C, 2);
	client_close(A);
	expect(client_answer(C), HAS(3, 3));
	/* What D is granted when B vanishes is never read. */
	wait_to_borrow(D, 1);
	client_close(B);
	client_close(D);
	expect_ok(give_back(C));
	expect(borrow(C, 3), HAS(3, 3));
}
END_TEST

/* edge: 62 */
START_TEST(max_waiters_counts_who_waits_and_not_who_holds)
{
	const char *one = "{'id':1,'op':'limit.borrow','key':'db',"
			  "'max_waiters':1}";

	expect(borrow(A, 1), HAS(1, 3));
	expect(borrow(B, 2), HAS(3, 3));
	ask_to_wait(C, "%s", one);
	expect_held_by(ask(D, "%s", one), "queue_full", "", 0);
	expect(give_back(A), RETURNED(3));
	expect(client_answer(C), HAS(3, 3));
	ask_to_wait(D, "%s", one);
}
END_TEST

START_TEST(refusal_names_the_oldest_holder)
{
	const char *now = "{'op':'limit.borrow','key':'db','wait_ms':0}";

	expect_ok(ask(A, "{'op':'hello','client':'first'}"));
	expect_ok(ask(B, "{'op':'hello','client':'second'}"));
	expect(borrow(A, 1), HAS(1, 3));
	expect(borrow(B, 2), HAS(3, 3));
	expect_held_by(ask(C, "%s", now), "busy", "first", 0);
	expect(give_back(A), RETURNED(2));
	expect(borrow(A, 1), HAS(3, 3));
	expect_held_by(ask(C, "%s", now), "busy", "second", 0);
}
END_TEST

/* edge: 54 */
START_TEST(permit_that_came_back_wakes_the_waiter_every_time)
{
	int i;

	expect(borrow(A, 3), HAS(3, 3));
	for (i = 0; i < 1000; i++) {
		ask_to_wait(i % 2 ? A : B,
		    "{'op':'limit.borrow','key':'db','permits':3,"
		    "'wait_ms':60000}");
		expect(give_back(i % 2 ? B : A), RETURNED(3));
		expect(client_answer(i % 2 ? A : B), HAS(3, 3));
	}
}
END_TEST

/*
 * The daemon's own clock tells which of two waits ends first: one that is
 * looked at again and again, or a later and longer one that is left alone.
 */
/* edge: 31 41 */
START_TEST(wait_ends_at_its_deadline_however_often_others_come_and_go)
{
	int i;

	expect(borrow(A, 1), HAS(1, 3));
	expect(borrow(A, 1), HAS(2, 3));
	acquire(A, "quiet");
	tell(B, "{'op':'limit.borrow','key':'db','permits':3,'wait_ms':100}\n"
		"{'op':'ping','id':'p'}");
	expect(client_answer(B), "{'id':'p','ok':true}");
	tell(D, "{'op':'lock.acquire','key':'quiet','wait_ms':150}");
	for (i = 0; i < 100; i++) {
		tell(C, "{'id':1,'op':'limit.borrow','key':'db','permits':3}\n"
			"{'op':'cancel','target':1}");
		expect_error(client_answer(C), "cancelled");
		expect_ok(client_answer(C));
		if (i == 50)
			expect(give_back(A), RETURNED(1));
	}
	expect_error(client_answer(D), "timeout");
	ck_assert(client_has_line(B, P));
	expect_error(client_answer(B), "timeout");
}
END_TEST

/* edge: 55 */
START_TEST(what_can_be_granted_at_once_is_granted_without_waiting)
{
	expect(ask(A, "{'op':'limit.borrow','key':'db','capacity':3,"
		      "'permits':3,'wait_ms':0,'max_waiters':0}"),
	    HAS(3, 3));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    permits_are_given_up_to_the_capacity,
	    returned_permit_goes_to_the_oldest_waiter_in_the_same_turn,
	    one_connection_may_hold_several_times,
	    try_borrow_says_whether_it_borrowed,
	    try_borrow_takes_nothing_while_others_wait,
	    large_request_at_the_head_is_not_starved,
	    waiters_that_now_fit_are_let_in_when_the_head_cancels,
	    waiters_that_now_fit_are_let_in_when_the_head_vanishes_or_tires,
	    refused_request_for_several_permits_keeps_none,
	    more_permits_than_the_capacity_are_refused_at_once,
	    only_what_was_borrowed_is_returned_and_only_once,
	    permits_of_a_vanished_client_come_back,
	    max_waiters_counts_who_waits_and_not_who_holds,
	    refusal_names_the_oldest_holder,
	    permit_that_came_back_wakes_the_waiter_every_time,
	    wait_ends_at_its_deadline_however_often_others_come_and_go,
	    what_can_be_granted_at_once_is_granted_without_waiting,
	    NULL,
	};

	return run_tests("ops_limit", tests);
}
