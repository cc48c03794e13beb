/* SPDX-License-Identifier: MIT */
/*
 * Flights whose leader gives up, vanishes or is forgotten: who follows it,
 * how often, and whose result reaches whom.
 */
#include "fixture.h"

#define LEADS                                                                  \
	"{'ok':true,'leader':true,'token':'<int>',"                            \
	"'attempt':'<absent>'}"
#define PROMOTED "{'ok':true,'leader':true,'token':'<int>','attempt':%d}"
#define FOLLOWS  "{'ok':true,'leader':false,'value':%s}"

static json_t *begin(struct client *c)
{
	return ask(c, "{'op':'flight.begin','key':'page'}");
}

static void follow(struct client *c)
{
	ask_to_wait(c, "{'id':6,'op':'flight.begin','key':'page'}");
}

static json_t *finish(struct client *c, const char *members)
{
	return ask(c, "{'op':'flight.finish','key':'page'%s}", members);
}

static json_t *abandon(struct client *c)
{
	return ask(c, "{'op':'flight.abandon','key':'page'}");
}

static json_t *forget(struct client *c)
{
	return ask(c, "{'op':'flight.forget','key':'page'}");
}

/* edge: 1 */
START_TEST(oldest_follower_leads_when_the_leader_vanishes)
{
	json_int_t token = expect(begin(A), LEADS);

	follow(B);
	follow(C);
	follow(D);
	client_close(A);
	ck_assert_int_gt(expect(client_answer(B), PROMOTED, 2), token);
	expect_silence(C);
	expect_silence(D);
	expect(finish(B, ",'value':'late'"), "{'ok':true,'followers':2}");
	expect(client_answer(C), FOLLOWS, "'late'");
	expect(client_answer(D), FOLLOWS, "'late'");
}
END_TEST

START_TEST(connection_that_vanishes_does_not_follow_itself)
{
	expect_ok(ask(A, "{'op':'hello','multiplexed':true}"));
	expect(begin(A), LEADS);
	follow(A);
	follow(B);
	client_close(A);
	/* Its wait has left first, or this would be the third attempt. */
	expect(client_answer(B), PROMOTED, 2);
}
END_TEST

/* edge: 3 */
START_TEST(followers_are_promoted_in_order_of_arrival_however_they_asked)
{
	expect(begin(A), LEADS);
	ask_to_wait(B, "{'op':'flight.begin','key':'page','wait_ms':60000}");
	ask_to_wait(C, "{'op':'flight.begin','key':'page','lease_ms':60000}");
	ask_to_wait(D, "{'op':'flight.begin','key':'page','max_waiters':9}");
	expect(abandon(A), "{'ok':true}");
	expect(client_answer(B), PROMOTED, 2);
	expect_silence(D);
	client_close(B);
	expect(client_answer(C), PROMOTED, 3);
	expect_silence(D);
	client_close(C);
	expect(client_answer(D), PROMOTED, 4);
}
END_TEST

/* edge: 12 */
START_TEST(follower_that_has_vanished_is_passed_over)
{
	expect(begin(A), LEADS);
	follow(B);
	follow(C);
	client_close(B);
	client_close(A);
	/* B may have led for a moment, unseen by anybody. */
	expect(client_answer(C), "{'ok':true,'leader':true}");
	expect(finish(C, ""), "{'ok':true,'followers':0}");
}
END_TEST

/* edge: 13 */
START_TEST(leader_that_abandons_is_followed_and_nobody_else_notices)
{
	json_int_t token = expect(begin(A), LEADS);

	follow(B);
	follow(C);
	expect(abandon(A), "{'ok':true}");
	expect(client_answer(B), PROMOTED, 2);
	expect_silence(C);
	expect_error(finish(A, ",'value':'A'"), "not_held");
	expect_refused(
	    ask(A, "{'op':'flight.finish','key':'page','token':%lld}", token),
	    "stale_token", "page", NULL);
	/* Who gave up the lead may ask again, at the end of the queue. */
	follow(A);
	expect(finish(B, ",'value':'B'"), "{'ok':true,'followers':2}");
	expect(client_answer(C), FOLLOWS, "'B'");
	expect(client_answer(A), FOLLOWS, "'B'");
}
END_TEST

START_TEST(abandoned_flight_without_followers_is_gone)
{
	expect(begin(A), LEADS);
	expect(abandon(A), "{'ok':true}");
	expect_error(abandon(A), "not_held");
	expect(begin(B), LEADS);
}
END_TEST

/* edge: 2 */
START_TEST(third_lost_leader_ends_the_flight)
{
	struct client last;

	client_open(&last, &server);
	expect(begin(A), LEADS);
	follow(B);
	follow(C);
	follow(D);
	follow(&last);
	client_close(A);
	expect(client_answer(B), PROMOTED, 2);
	client_close(B);
	expect(client_answer(C), PROMOTED, 3);
	client_close(C);
	expect_refused(client_answer(D), "leader_lost", "page", NULL);
	expect_refused(client_answer(&last), "leader_lost", "page", NULL);
	expect(begin(D), LEADS);
	client_close(&last);
}
END_TEST

/* edge: 2 */
START_TEST(max_leaders_of_the_first_request_counts)
{
	expect(ask(A, "{'op':'flight.begin','key':'page','max_leaders':1}"),
	    LEADS);
	ask_to_wait(B, "{'op':'flight.begin','key':'page','max_leaders':9}");
	client_close(A);
	expect_refused(client_answer(B), "leader_lost", "page", NULL);
}
END_TEST

START_TEST(abandoning_is_no_loss_but_lease_and_reset_are)
{
	json_int_t token;

	expect(ask(A, "{'op':'flight.begin','key':'page','max_leaders':2}"),
	    LEADS);
	follow(B);
	follow(C);
	expect(abandon(A), "{'ok':true}");
	token = expect(client_answer(B), PROMOTED, 2);
	follow(A);
	follow(D);
	expect_ok(ask(B, "{'op':'renew','token':%lld,'lease_ms':1}", token));
	expect(client_answer(C), PROMOTED, 3);
	expect_silence(A);
	expect(ask(C, "{'op':'reset'}"), "{'ok':true}");
	expect_refused(client_answer(A), "leader_lost", "page", NULL);
	expect_refused(client_answer(D), "leader_lost", "page", NULL);
}
END_TEST

/* edge: 7 8 */
START_TEST(forgotten_flight_serves_its_own_followers_only)
{
	expect(begin(A), LEADS);
	follow(B);
	expect(forget(C), "{'ok':true,'forgotten':true}");
	expect(begin(C), LEADS);
	follow(D);
	expect(finish(A, ",'value':'old'"), "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, "'old'");
	expect_silence(D);
	/* The end of the old flight has not removed the new one. */
	follow(A);
	expect(finish(C, ",'value':'new'"), "{'ok':true,'followers':2}");
	expect(client_answer(D), FOLLOWS, "'new'");
	expect(client_answer(A), FOLLOWS, "'new'");
}
END_TEST

START_TEST(forget_says_whether_there_was_anything)
{
	expect(forget(A), "{'ok':true,'forgotten':false}");
	expect(begin(A), LEADS);
	expect(forget(A), "{'ok':true,'forgotten':true}");
	expect(forget(A), "{'ok':true,'forgotten':false}");
	expect(finish(A, ""), "{'ok':true,'followers':0}");
	expect(forget(A), "{'ok':true,'forgotten':false}");
}
END_TEST

/* edge: 21 */
START_TEST(forget_drops_a_kept_result)
{
	expect(begin(A), LEADS);
	expect_ok(finish(A, ",'value':1,'keep_ms':60000"));
	expect(begin(B), FOLLOWS, "1");
	expect(forget(C), "{'ok':true,'forgotten':true}");
	expect(begin(B), LEADS);
}
END_TEST

START_TEST(forgotten_flight_keeps_no_result)
{
	expect(begin(A), LEADS);
	expect(forget(B), "{'ok':true,'forgotten':true}");
	expect_ok(finish(A, ",'value':1,'keep_ms':60000"));
	expect(begin(B), LEADS);
}
END_TEST

START_TEST(followers_of_a_forgotten_flight_are_promoted_as_ever)
{
	expect(begin(A), LEADS);
	follow(B);
	follow(C);
	expect(forget(D), "{'ok':true,'forgotten':true}");
	expect(begin(D), LEADS);
	client_close(A);
	expect(client_answer(B), PROMOTED, 2);
	expect(finish(B, ",'value':'old'"), "{'ok':true,'followers':1}");
	expect(client_answer(C), FOLLOWS, "'old'");
	expect(finish(D, ""), "{'ok':true,'followers':0}");
}
END_TEST

START_TEST(waits_of_a_forgotten_flight_do_not_count_for_max_waiters)
{
	expect(begin(A), LEADS);
	follow(B);
	expect(forget(C), "{'ok':true,'forgotten':true}");
	expect(begin(C), LEADS);
	ask_to_wait(D, "{'op':'flight.begin','key':'page','max_waiters':1}");
	expect_error(
	    ask(P, "{'op':'flight.begin','key':'page','max_waiters':1}"),
	    "queue_full");
}
END_TEST

START_TEST(newest_lead_is_meant_where_a_connection_leads_twice)
{
	json_int_t old = expect(begin(A), LEADS);

	follow(B);
	expect(forget(A), "{'ok':true,'forgotten':true}");
	/* Nobody leads the key now, so this is granted, not a deadlock. */
	ck_assert_int_gt(expect(begin(A), LEADS), old);
	follow(C);
	expect(finish(A, ",'value':'new'"), "{'ok':true,'followers':1}");
	expect(client_answer(C), FOLLOWS, "'new'");
	expect_silence(B);
	expect(finish(A, ",'value':'old'"), "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, "'old'");
	expect_error(finish(A, ""), "not_held");
}
END_TEST

/* edge: 9 */
START_TEST(result_of_a_forgotten_leader_does_not_complete_the_new_flight)
{
	json_int_t old = expect(begin(A), LEADS);

	expect(forget(B), "{'ok':true,'forgotten':true}");
	expect(begin(B), LEADS);
	follow(C);
	expect(ask(A,
		   "{'op':'flight.finish','key':'page','token':%lld,"
		   "'value':'old'}",
		   old),
	    "{'ok':true,'followers':0}");
	expect_silence(C);
	expect_error(
	    ask(A, "{'op':'flight.finish','key':'page','token':%lld}", old),
	    "stale_token");
	expect(finish(B, ",'value':'new'"), "{'ok':true,'followers':1}");
	expect(client_answer(C), FOLLOWS, "'new'");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    oldest_follower_leads_when_the_leader_vanishes,
	    connection_that_vanishes_does_not_follow_itself,
	    followers_are_promoted_in_order_of_arrival_however_they_asked,
	    follower_that_has_vanished_is_passed_over,
	    leader_that_abandons_is_followed_and_nobody_else_notices,
	    abandoned_flight_without_followers_is_gone,
	    third_lost_leader_ends_the_flight,
	    max_leaders_of_the_first_request_counts,
	    abandoning_is_no_loss_but_lease_and_reset_are,
	    forgotten_flight_serves_its_own_followers_only,
	    forget_says_whether_there_was_anything,
	    forget_drops_a_kept_result,
	    forgotten_flight_keeps_no_result,
	    followers_of_a_forgotten_flight_are_promoted_as_ever,
	    waits_of_a_forgotten_flight_do_not_count_for_max_waiters,
	    newest_lead_is_meant_where_a_connection_leads_twice,
	    result_of_a_forgotten_leader_does_not_complete_the_new_flight,
	    NULL,
	};

	return run_tests("ops_flight_leaders", tests);
}
