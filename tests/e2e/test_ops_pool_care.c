/* SPDX-License-Identifier: MIT */
/*
 * What the daemon does for a pool beside lending: items it is filled with,
 * objects that grew too old, were lost or are too many, and the duty to
 * destroy them, which is handed out once.
 */
#include "fixture.h"

#include <string.h>

#define CREATE  "{'ok':true,'create':true,'destroy':'<absent>'}"
#define REUSE   "{'ok':true,'create':false,'value':%s,'destroy':'<absent>'}"
#define DONE    "{'ok':true}"
#define DESTROY "{'ok':true,'destroy':%s}"

static json_t *get(struct client *c)
{
	return ask(c, "{'op':'pool.get','key':'pg','wait_ms':0}");
}

static json_t *put(struct client *c, const char *value)
{
	return ask(c, "{'op':'pool.put','key':'pg','value':%s}", value);
}

static json_t *put_token(struct client *c, json_int_t token, const char *value)
{
	return ask(c, "{'op':'pool.put','key':'pg','token':%lld,'value':%s}",
	    token, value);
}

static json_t *set(struct client *c, const char *members)
{
	return ask(c, "{'op':'pool.set','key':'pg',%s}", members);
}

static json_t *clear(struct client *c)
{
	return ask(c, "{'op':'pool.clear','key':'pg'}");
}

static json_t *info(struct client *c)
{
	return ask(c, "{'op':'pool.info','key':'pg'}");
}

static json_t *delete (struct client *c)
{
	return ask(c, "{'op':'pool.delete','key':'pg'}");
}

/* Puts objects of these values into the pool, in this order. */
static void fill(int n, const char *const values[])
{
	json_int_t tokens[8];
	int i;

	for (i = 0; i < n; i++)
		tokens[i] = expect(get(P), CREATE);
	for (i = 0; i < n; i++)
		expect(put_token(P, tokens[i], values[i]), DONE);
}

/*
 * Asserts that an answer hands out just these objects to destroy, each named
 * by one letter, in whatever order.
 */
static void expect_destroyed(json_t *answer, const char *names)
{
	json_t *destroy = json_object_get(answer, "destroy"), *value;
	const char *name;
	size_t i;

	ck_assert_uint_eq(json_array_size(destroy), strlen(names));
	for (; *names; names++) {
		name = NULL;
		json_array_foreach(destroy, i, value) {
			if (*json_string_value(value) == *names)
				name = json_string_value(value);
		}
		ck_assert_msg(name, "%c is not destroyed", *names);
	}
	json_decref(answer);
}

static const char *const xyz[] = {"'x'", "'y'", "'z'"};

/* edge: 73 */
START_TEST(object_of_a_vanished_borrower_is_handed_out_once_to_destroy)
{
	expect(set(P, "'capacity':1"), DONE);
	fill(1, xyz);
	expect(get(A), REUSE, "'x'");
	ask_to_wait(B, "{'op':'pool.get','key':'pg'}");
	client_close(A);
	expect(client_answer(B), "{'create':true,'destroy':['x']}");
	expect(put(B, "'new'"), DONE);
	expect(get(C), REUSE, "'new'");
}
END_TEST

/* edge: 73 74 */
START_TEST(duty_to_destroy_waits_for_the_next_get_and_costs_no_room)
{
	expect(set(P, "'capacity':1"), DONE);
	fill(1, xyz);
	expect(get(A), REUSE, "'x'");
	client_close(A);
	/* B takes the room and the duty, and vanishes with both. */
	expect(ask(B, "{'op':'pool.get','key':'pg'}"),
	    "{'create':true,'destroy':['x']}");
	client_close(B);
	expect(ask(C, "{'op':'pool.get','key':'pg'}"), CREATE);
	expect(info(P), "{'capacity':1,'size':1,'available':0}");
}
END_TEST

START_TEST(clear_hands_out_the_duty_too)
{
	expect(set(P, "'capacity':2"), DONE);
	fill(2, xyz);
	expect(get(A), REUSE, "'y'");
	expect_ok(ask(A, "{'op':'reset'}"));
	expect(info(P), "{'size':1,'available':1}");
	expect_destroyed(clear(B), "xy");
	expect(clear(B), DESTROY, "[]");
	expect(get(B), CREATE);
}
END_TEST

START_TEST(object_is_requeued_where_the_pool_says_so)
{
	expect(set(P, "'capacity':1,'on_lost':'requeue'"), DONE);
	fill(1, xyz);
	expect(get(A), REUSE, "'x'");
	ask_to_wait(B, "{'op':'pool.get','key':'pg'}");
	client_close(A);
	expect(client_answer(B), REUSE, "'x'");
	expect_ok(ask(B, "{'op':'reset'}"));
	expect(info(P), "{'size':1,'available':1}");
	expect(get(C), REUSE, "'x'");
}
END_TEST

START_TEST(creator_lost_from_a_requeueing_pool_leaves_room)
{
	expect(set(P, "'capacity':1,'on_lost':'requeue'"), DONE);
	expect(get(A), CREATE);
	expect_ok(ask(A, "{'op':'reset'}"));
	expect(get(B), CREATE);
}
END_TEST

/* edge: 75 */
START_TEST(objects_idle_for_too_long_are_never_lent_and_destroyed_once)
{
	json_t *answer;

	expect(set(P, "'capacity':3,'max_idle_ms':10"), DONE);
	fill(3, xyz);
	let_pass(20);
	answer = get(A);
	expect(json_incref(answer), "{'ok':true,'create':true}");
	expect_destroyed(answer, "xyz");
	expect(info(P), "{'size':1,'available':0,'max_idle_ms':10}");
	expect(get(B), CREATE);
}
END_TEST

START_TEST(object_that_was_used_lately_is_lent_and_older_ones_destroyed)
{
	json_int_t token;

	expect(set(P, "'capacity':2,'max_idle_ms':1000"), DONE);
	fill(2, xyz);
	token = expect(get(A), REUSE, "'y'");
	let_pass(1100);
	/* y has not been idle; x has, for too long. */
	expect(put_token(A, token, "'y'"), DONE);
	expect(get(B), "{'create':false,'value':'y','destroy':['x']}");
	expect(get(C), CREATE);
}
END_TEST

START_TEST(max_idle_of_0_ms_is_no_limit)
{
	expect(set(P, "'capacity':1,'max_idle_ms':0"), DONE);
	fill(1, xyz);
	let_pass(20);
	expect(info(P), "{'max_idle_ms':0}");
	expect(get(A), REUSE, "'x'");
}
END_TEST

START_TEST(max_idle_may_come_with_the_first_get)
{
	expect_ok(ask(A, "{'op':'pool.get','key':'pg','capacity':1,"
			 "'max_idle_ms':10}"));
	expect_refused(ask(B, "{'op':'pool.get','key':'pg','capacity':1,"
			      "'max_idle_ms':99}"),
	    "conflict", "pg", "10", "99", NULL);
	expect(put(A, "'old'"), DONE);
	let_pass(20);
	expect(get(B), "{'create':true,'destroy':['old']}");
}
END_TEST

/* edge: 79 */
START_TEST(clear_takes_what_is_idle_and_leaves_what_is_lent)
{
	json_t *answer;
	expect(set(P, "'capacity':3"), DONE);
	fill(3, xyz);
	expect(get(A), REUSE, "'z'");
	answer = clear(B);
	expect(json_incref(answer), "{'ok':true,'more':'<absent>'}");
	expect_destroyed(answer, "xy");
	expect(info(B), "{'size':1,'available':0}");
	expect(put(A, "'z'"), DONE);
	expect(get(C), REUSE, "'z'");
}
END_TEST

/* edge: 80 */
START_TEST(clear_during_a_creation_takes_nothing_away)
{
	expect(set(P, "'capacity':1"), DONE);
	expect(get(A), CREATE);
	ask_to_wait(B, "{'op':'pool.get','key':'pg'}");
	expect(clear(C), DESTROY, "[]");
	expect(put(A, "'a'"), DONE);
	expect(client_answer(B), REUSE, "'a'");
}
END_TEST

/* edge: 78 */
START_TEST(lowered_capacity_makes_the_oldest_idle_objects_surplus)
{
	json_t *answer;
	expect(set(P, "'capacity':3"), DONE);
	fill(3, xyz);
	expect(set(P, "'capacity':1"), DONE);
	expect(info(P), "{'capacity':1,'size':1,'available':1}");
	answer = get(A);
	expect(json_incref(answer), "{'create':false,'value':'z'}");
	expect_destroyed(answer, "xy");
	expect_error(get(B), "busy");
}
END_TEST

START_TEST(lent_objects_above_a_lowered_capacity_drain_as_they_come_back)
{
	expect(set(P, "'capacity':2"), DONE);
	fill(2, xyz);
	expect(get(A), REUSE, "'y'");
	expect(get(B), REUSE, "'x'");
	ask_to_wait(C, "{'op':'pool.get','key':'pg'}");
	expect(set(P, "'capacity':1"), DONE);
	expect(put(A, "'y'"), DONE);
	expect_silence(C);
	expect(info(P), "{'size':1,'available':0,'waiting':1}");
	expect(put(B, "'x'"), DONE);
	expect(
	    client_answer(C), "{'create':false,'value':'x','destroy':['y']}");
}
END_TEST

START_TEST(raised_capacity_serves_waiters)
{
	expect(set(P, "'capacity':1"), DONE);
	expect(get(A), CREATE);
	ask_to_wait(B, "{'op':'pool.get','key':'pg'}");
	ask_to_wait(C, "{'op':'pool.get','key':'pg'}");
	expect(set(P, "'capacity':2"), DONE);
	expect(client_answer(B), CREATE);
	expect_silence(C);
}
END_TEST

START_TEST(pool_is_deleted_only_when_nothing_is_left_of_it)
{
	expect(set(P, "'capacity':2"), DONE);
	expect(get(A), CREATE);
	expect_refused(delete (B), "conflict", "pg", NULL);
	expect(put(A, "'a'"), DONE);
	expect_refused(delete (B), "conflict", "pg", NULL);
	expect(get(A), REUSE, "'a'");
	expect_ok(ask(A, "{'op':'reset'}"));
	/* Nothing idle, but a is still to be destroyed by somebody. */
	expect_refused(delete (B), "conflict", "pg", NULL);
	expect(clear(B), DESTROY, "['a']");
	expect(info(B), "{'capacity':2,'size':0,'available':0}");
	expect(delete (B), DONE);
	expect_error(delete (B), "unknown_key");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    object_of_a_vanished_borrower_is_handed_out_once_to_destroy,
	    duty_to_destroy_waits_for_the_next_get_and_costs_no_room,
	    clear_hands_out_the_duty_too,
	    object_is_requeued_where_the_pool_says_so,
	    creator_lost_from_a_requeueing_pool_leaves_room,
	    objects_idle_for_too_long_are_never_lent_and_destroyed_once,
	    object_that_was_used_lately_is_lent_and_older_ones_destroyed,
	    max_idle_of_0_ms_is_no_limit,
	    max_idle_may_come_with_the_first_get,
	    clear_takes_what_is_idle_and_leaves_what_is_lent,
	    clear_during_a_creation_takes_nothing_away,
	    lowered_capacity_makes_the_oldest_idle_objects_surplus,
	    lent_objects_above_a_lowered_capacity_drain_as_they_come_back,
	    raised_capacity_serves_waiters,
	    pool_is_deleted_only_when_nothing_is_left_of_it,
	    NULL,
	};

	return run_tests("ops_pool_care", tests);
}
