/* SPDX-License-Identifier: MIT */
/*
 * Flights that go as they should: one runs, the others share its result or
 * its failure, kept for a while if it said so.
 */
#include "fixture.h"

#define LEADS                                                                  \
	"{'ok':true,'leader':true,'token':'<int>',"                            \
	"'attempt':'<absent>'}"
#define FOLLOWS                                                                \
	"{'ok':true,'leader':false,'value':%s,"                                \
	"'token':'<absent>','by_uid':'<absent>',"                              \
	"'age_ms':'<absent>'}"
#define KEPT "{'ok':true,'leader':false,'value':%s,'age_ms':'<int>'}"

static json_t *begin(struct client *c)
{
	return ask(c, "{'op':'flight.begin','key':'page:42'}");
}

static void follow(struct client *c)
{
	ask_to_wait(c, "{'id':6,'op':'flight.begin','key':'page:42'}");
}

/* Finishes with further members of the request. */
static json_t *finish(struct client *c, const char *members)
{
	return ask(c, "{'op':'flight.finish','key':'page:42'%s}", members);
}

/* edge: 20 */
START_TEST(followers_share_the_value_of_the_leader)
{
	ck_assert_int_gt(expect(begin(A), LEADS), 0);
	follow(B);
	follow(C);
	expect(
	    finish(A, ",'value':{'html':'<p>'}"), "{'ok':true,'followers':2}");
	expect(client_answer(B), FOLLOWS, "{'html':'<p>'}");
	expect(client_answer(C), FOLLOWS, "{'html':'<p>'}");
	expect_silence(A);
}
END_TEST

/* One flight with this value: the follower gets it, and leads no second. */
static void share(const char *value)
{
	json_int_t token = expect(begin(A), LEADS);

	follow(B);
	expect(ask(A,
		   "{'op':'flight.finish','key':'page:42','token':%lld,"
		   "'value':%s}",
		   token, value),
	    "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, value);
	expect_silence(B);
}

/* edge: 5 */
START_TEST(null_false_0_and_nothing_are_results)
{
	share("null");
	share("false");
	share("0");
	share("''");
	share("[]");
	share("{}");
}
END_TEST

START_TEST(absent_value_is_null)
{
	expect(begin(A), LEADS);
	follow(B);
	expect(finish(A, ""), "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, "null");
}
END_TEST

/* edge: 4 24 */
START_TEST(followers_share_the_failure_of_the_leader)
{
	expect(begin(A), LEADS);
	follow(B);
	follow(C);
	follow(D);
	expect(ask(A, "{'op':'flight.fail','key':'page:42',"
		      "'message':'no such page','value':{'code':404}}"),
	    "{'ok':true,'followers':3}");
	expect(client_answer(B),
	    "{'id':6,'ok':false,'error':'flight_failed',"
	    "'message':'no such page','value':{'code':404}}");
	expect_error(client_answer(C), "flight_failed");
	expect_error(client_answer(D), "flight_failed");
	/* Nobody was made leader; the next one starts anew. */
	expect(begin(B), LEADS);
}
END_TEST

START_TEST(failure_without_message_and_value_has_an_empty_message)
{
	expect(begin(A), LEADS);
	follow(B);
	expect(ask(A, "{'op':'flight.fail','key':'page:42'}"),
	    "{'ok':true,'followers':1}");
	expect(client_answer(B),
	    "{'ok':false,'error':'flight_failed','message':'',"
	    "'value':'<absent>'}");
}
END_TEST

START_TEST(failure_with_null_as_its_value_carries_it)
{
	expect(begin(A), LEADS);
	follow(B);
	expect_ok(ask(A, "{'op':'flight.fail','key':'page:42','value':null}"));
	expect(client_answer(B), "{'error':'flight_failed','value':null}");
}
END_TEST

/* edge: 6 */
START_TEST(request_after_the_result_starts_a_new_flight)
{
	json_int_t first = expect(begin(A), LEADS);

	expect(finish(A, ",'value':1"), "{'ok':true,'followers':0}");
	ck_assert_int_gt(expect(begin(B), LEADS), first);
	follow(A);
	expect(finish(B, ",'value':2"), "{'ok':true,'followers':1}");
	expect(client_answer(A), FOLLOWS, "2");
}
END_TEST

START_TEST(leader_that_finishes_and_leaves_at_once_is_heard)
{
	expect(begin(A), LEADS);
	follow(B);
	follow(C);
	tell(A, "{'op':'flight.finish','key':'page:42','value':'done'}");
	client_close(A);
	expect(client_answer(B), FOLLOWS, "'done'");
	expect(client_answer(C), FOLLOWS, "'done'");
}
END_TEST

START_TEST(flight_is_finished_once_and_by_its_leader_only)
{
	json_int_t token = expect(begin(A), LEADS);

	follow(B);
	expect_refused(finish(B, ",'value':0"), "not_held", "page:42", NULL);
	expect_refused(ask(C,
			   "{'op':'flight.finish','key':'page:42',"
			   "'token':%lld}",
			   token),
	    "stale_token", "page:42", NULL);
	expect_error(
	    ask(C, "{'op':'flight.fail','key':'page:42'}"), "not_held");
	expect_error(
	    ask(C, "{'op':'flight.abandon','key':'page:42'}"), "not_held");
	expect(finish(A, ",'value':1"), "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, "1");
	expect_error(finish(A, ",'value':2"), "not_held");
	expect_error(
	    ask(A, "{'op':'flight.fail','key':'page:42','token':%lld}", token),
	    "not_held");
}
END_TEST

/* edge: 10 */
START_TEST(follower_that_times_out_leaves_the_flight_in_peace)
{
	long start = now_ms();

	expect(begin(A), LEADS);
	follow(C);
	expect_held_by(
	    ask(B, "{'op':'flight.begin','key':'page:42','wait_ms':30}"),
	    "timeout", "", 29);
	ck_assert_int_ge(now_ms() - start, 29);
	expect(finish(A, ""), "{'ok':true,'followers':1}");
	expect(client_answer(C), FOLLOWS, "null");
	expect_silence(B);
}
END_TEST

/* edge: 14 */
START_TEST(caller_joins_a_flight_whose_followers_have_all_gone)
{
	expect(begin(A), LEADS);
	follow(B);
	client_close(B);
	follow(C);
	tell(C, "{'op':'cancel','target':6}");
	expect_refused(client_answer(C), "cancelled", "page:42", NULL);
	expect(client_answer(C), "{'ok':true,'cancelled':true}");
	follow(D);
	expect(finish(A, ",'value':7"), "{'ok':true,'followers':1}");
	expect(client_answer(D), FOLLOWS, "7");
}
END_TEST

/* edge: 23 */
START_TEST(wait_of_0_ms_says_at_once_that_a_flight_is_under_way)
{
	const char *now = "{'op':'flight.begin','key':'page:42','wait_ms':0}";

	expect_ok(ask(A, "{'op':'hello','client':'renderer'}"));
	expect(ask(A, "%s", now), LEADS);
	expect_held_by(ask(B, "%s", now), "busy", "renderer", 0);
	expect(finish(A, ""), "{'ok':true,'followers':0}");
	expect(ask(B, "%s", now), LEADS);
}
END_TEST

START_TEST(max_waiters_bounds_the_followers)
{
	const char *one = "{'op':'flight.begin','key':'page:42',"
			  "'max_waiters':1}";

	expect(ask(A, "%s", one), LEADS);
	ask_to_wait(B, "%s", one);
	expect_held_by(ask(C, "%s", one), "queue_full", "", 0);
	expect(finish(A, ",'value':1"), "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, "1");
	expect(ask(C, "%s", one), LEADS);
}
END_TEST

/* edge: 21 */
START_TEST(kept_result_is_shared_until_it_is_too_old)
{
	expect(begin(A), LEADS);
	follow(B);
	expect(finish(A, ",'value':'v','keep_ms':60000"),
	    "{'ok':true,'followers':1}");
	expect(client_answer(B), FOLLOWS, "'v'");
	expect(begin(C), KEPT, "'v'");
	expect(begin(A), KEPT, "'v'");
	expect(ask(D, "{'op':'flight.begin','key':'page:42','wait_ms':0}"),
	    KEPT, "'v'");
}
END_TEST

/* edge: 21 */
START_TEST(kept_result_grows_old_and_ends_by_itself)
{
	json_t *answer;

	expect(begin(A), LEADS);
	expect_ok(finish(A, ",'value':'v','keep_ms':60000"));
	let_pass(20);
	answer = begin(B);
	ck_assert_int_ge(
	    json_integer_value(json_object_get(answer, "age_ms")), 20);
	expect(answer, KEPT, "'v'");
	expect_ok(ask(A, "{'op':'flight.forget','key':'page:42'}"));
	expect(begin(A), LEADS);
	expect_ok(finish(A, ",'value':'w','keep_ms':10"));
	let_pass(20);
	expect(begin(B), LEADS);
}
END_TEST

/* edge: 21 */
START_TEST(kept_failure_is_shared_as_a_failure)
{
	expect(begin(A), LEADS);
	expect(ask(A, "{'op':'flight.fail','key':'page:42','message':'no',"
		      "'value':[1],'keep_ms':60000}"),
	    "{'ok':true,'followers':0}");
	expect(begin(B), "{'ok':false,'error':'flight_failed','message':'no',"
			 "'value':[1],'age_ms':'<int>'}");
	expect(begin(C), "{'error':'flight_failed','age_ms':'<int>'}");
}
END_TEST

START_TEST(result_kept_for_0_ms_is_not_kept)
{
	expect(begin(A), LEADS);
	expect(
	    finish(A, ",'value':1,'keep_ms':0"), "{'ok':true,'followers':0}");
	expect(begin(B), LEADS);
}
END_TEST

START_TEST(follower_of_another_uid_is_told_whose_result_it_is)
{
	struct client other;

	if (!open_as_other_user(&other))
		return;
	expect(begin(&other), LEADS);
	follow(A);
	expect(finish(&other, ",'value':1,'keep_ms':60000"),
	    "{'ok':true,'followers':1}");
	expect(client_answer(A), "{'leader':false,'value':1,'by_uid':%d}",
	    OTHER_UID);
	expect(begin(B), "{'leader':false,'value':1,'by_uid':%d}", OTHER_UID);
	expect(begin(&other), "{'leader':false,'by_uid':'<absent>'}");
	client_close(&other);
}
END_TEST

/*
 * A result and a timeout that fall into about the same instant: the follower
 * is answered once, and the leader's count agrees with what it was told.
 */
/* edge: 11 */
START_TEST(result_and_timeout_in_one_instant_give_exactly_one_of_them)
{
	json_t *answer;
	int i, j, shared;

	for (i = 0; i < 200; i++) {
		expect(begin(A), LEADS);
		tell(B, "{'op':'flight.begin','key':'page:42','wait_ms':1}");
		for (j = 0; j < 1 + i % 20; j++)
			expect_ok(ask(A, "{'op':'ping'}"));
		answer = finish(A, "");
		shared = (int)json_integer_value(
		    json_object_get(answer, "followers"));
		expect_ok(answer);
		answer = client_answer(B);
		ck_assert_int_eq(
		    json_is_true(json_object_get(answer, "ok")), shared);
		if (!shared)
			expect_error(json_incref(answer), "timeout");
		json_decref(answer);
		expect_silence(B);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    followers_share_the_value_of_the_leader,
	    null_false_0_and_nothing_are_results,
	    absent_value_is_null,
	    followers_share_the_failure_of_the_leader,
	    failure_without_message_and_value_has_an_empty_message,
	    failure_with_null_as_its_value_carries_it,
	    request_after_the_result_starts_a_new_flight,
	    leader_that_finishes_and_leaves_at_once_is_heard,
	    flight_is_finished_once_and_by_its_leader_only,
	    follower_that_times_out_leaves_the_flight_in_peace,
	    caller_joins_a_flight_whose_followers_have_all_gone,
	    wait_of_0_ms_says_at_once_that_a_flight_is_under_way,
	    max_waiters_bounds_the_followers,
	    kept_result_is_shared_until_it_is_too_old,
	    kept_result_grows_old_and_ends_by_itself,
	    kept_failure_is_shared_as_a_failure,
	    result_kept_for_0_ms_is_not_kept,
	    follower_of_another_uid_is_told_whose_result_it_is,
	    result_and_timeout_in_one_instant_give_exactly_one_of_them,
	    NULL,
	};

	return run_tests("ops_flight", tests);
}
