/* SPDX-License-Identifier: MIT */
/*
 * Pools as their users see them: objects are created by clients, lent, put
 * back, dropped, waited for.
 */
#include "fixture.h"

#define CREATE                                                                 \
	"{'ok':true,'create':true,'token':'<int>',"                            \
	"'value':'<absent>','destroy':'<absent>'}"
#define REUSE                                                                  \
	"{'ok':true,'create':false,'token':'<int>','value':%s,"                \
	"'destroy':'<absent>'}"
#define DONE "{'ok':true,'ignored':'<absent>'}"

/* Gets from a pool of two. */
static json_t *get(struct client *c)
{
	return ask(c, "{'op':'pool.get','key':'pg','capacity':2}");
}

static void wait_to_get(struct client *c)
{
	ask_to_wait(c, "{'id':1,'op':'pool.get','key':'pg'}");
}

static json_t *put(struct client *c, const char *value)
{
	return ask(c, "{'op':'pool.put','key':'pg','value':%s}", value);
}

static json_t *put_token(struct client *c, json_int_t token)
{
	return ask(
	    c, "{'op':'pool.put','key':'pg','value':0,'token':%lld}", token);
}

static json_t *drop(struct client *c)
{
	return ask(c, "{'op':'pool.drop','key':'pg'}");
}

static void expect_size(int size, int available)
{
	expect(ask(P, "{'op':'pool.size','key':'pg'}"), "{'ok':true,'size':%d}",
	    size);
	expect(ask(P, "{'op':'pool.available','key':'pg'}"),
	    "{'ok':true,'available':%d}", available);
}

START_TEST(object_is_created_put_and_lent_again)
{
	json_int_t created = expect(get(A), CREATE);

	expect_size(1, 0);
	expect(put(A, "'conn 1'"), DONE);
	expect_size(1, 1);
	ck_assert_int_gt(expect(get(B), REUSE, "'conn 1'"), created);
	expect_size(1, 0);
}
END_TEST

START_TEST(last_object_in_is_the_first_out)
{
	expect(get(A), CREATE);
	expect(get(B), CREATE);
	expect(put(A, "'a'"), DONE);
	expect(put(B, "'b'"), DONE);
	expect(get(C), REUSE, "'b'");
	expect(get(C), REUSE, "'a'");
}
END_TEST

START_TEST(put_without_value_leaves_it_and_with_one_replaces_it)
{
	expect(get(A), CREATE);
	expect(put(A, "{'n':1}"), DONE);
	expect(get(A), REUSE, "{'n':1}");
	expect(ask(A, "{'op':'pool.put','key':'pg'}"), DONE);
	expect(get(A), REUSE, "{'n':1}");
	expect(put(A, "{'n':2}"), DONE);
	expect(get(B), REUSE, "{'n':2}");
}
END_TEST

START_TEST(first_put_must_bring_a_value)
{
	expect(get(A), CREATE);
	expect_refused(ask(A, "{'op':'pool.put','key':'pg'}"), "bad_request",
	    "value", NULL);
	expect_size(1, 0);
	expect(put(A, "false"), DONE);
	expect(get(B), REUSE, "false");
}
END_TEST

START_TEST(put_of_null_is_ignored_and_the_object_stays_out)
{
	expect(get(A), CREATE);
	expect(put(A, "'v'"), DONE);
	expect(get(A), REUSE, "'v'");
	expect(put(A, "null"), "{'ok':true,'ignored':true}");
	expect_size(1, 0);
	expect(put(A, "'w'"), DONE);
	expect(get(B), REUSE, "'w'");
}
END_TEST

/* edge: 68 */
START_TEST(objects_never_exceed_the_capacity)
{
	expect(get(A), CREATE);
	expect(get(B), CREATE);
	expect_held_by(
	    ask(C, "{'op':'pool.get','key':'pg','wait_ms':0}"), "busy", "", 0);
	expect(put(A, "'a'"), DONE);
	expect(get(C), REUSE, "'a'");
	expect_held_by(ask(A, "{'op':'pool.get','key':'pg','wait_ms':10}"),
	    "timeout", "", 0);
	expect_held_by(ask(A, "{'op':'pool.get','key':'pg','max_waiters':0}"),
	    "queue_full", "", 0);
	expect_size(2, 0);
}
END_TEST

/* edge: 81 82 */
START_TEST(put_hands_the_object_to_the_oldest_waiter)
{
	expect(get(A), CREATE);
	expect(get(A), CREATE);
	wait_to_get(B);
	wait_to_get(C);
	wait_to_get(D);
	tell(C, "{'op':'cancel','target':1}");
	expect_refused(client_answer(C), "cancelled", "pg", NULL);
	expect_ok(client_answer(C));
	expect(put(A, "'one'"), DONE);
	expect(client_answer(B), REUSE, "'one'");
	expect_silence(D);
	expect(put(A, "'two'"), DONE);
	expect(client_answer(D), REUSE, "'two'");
	expect_silence(C);
}
END_TEST

/* edge: 64 71 */
START_TEST(drop_frees_the_room_and_serves_the_oldest_waiter)
{
	expect(get(A), CREATE);
	expect(get(B), CREATE);
	wait_to_get(C);
	wait_to_get(D);
	/* A could not create its object. */
	expect(drop(A), DONE);
	expect(client_answer(C), CREATE);
	expect_silence(D);
	expect(put(C, "'c'"), DONE);
	expect(client_answer(D), REUSE, "'c'");
	/* D finds its object broken; it is D's to destroy. */
	wait_to_get(A);
	expect(drop(D), DONE);
	expect(client_answer(A), CREATE);
	expect_size(2, 0);
}
END_TEST

/* edge: 65 */
START_TEST(creator_that_vanishes_leaves_its_room_to_the_next)
{
	expect(get(A), CREATE);
	expect(get(B), CREATE);
	wait_to_get(C);
	client_close(A);
	expect(client_answer(C), CREATE);
	expect_size(2, 0);
}
END_TEST

/* edge: 66 */
START_TEST(slow_creation_is_in_nobody_s_way)
{
	expect(get(A), CREATE);
	expect(get(B), CREATE);
	expect(put(B, "'b'"), DONE);
	expect(get(C), REUSE, "'b'");
	expect(put(C, "'b'"), DONE);
	expect_size(2, 1);
	expect(ask(P, "{'op':'pool.info','key':'pg'}"),
	    "{'ok':true,'capacity':2,'size':2,'available':1,'waiting':0,"
	    "'max_idle_ms':'<int>'}");
	expect(put(A, "'a'"), DONE);
	expect_size(2, 2);
}
END_TEST

/* edge: 67 */
START_TEST(cancel_comes_too_late_for_who_creates)
{
	expect(
	    ask(A, "{'id':1,'op':'pool.get','key':'pg','capacity':1}"), CREATE);
	wait_to_get(B);
	expect(ask(A, "{'op':'cancel','target':1}"),
	    "{'ok':true,'cancelled':false}");
	expect(put(A, "'a'"), DONE);
	expect(client_answer(B), REUSE, "'a'");
}
END_TEST

/* edge: 69 70 */
START_TEST(only_what_was_taken_is_put_back_and_only_once)
{
	json_int_t token = expect(get(A), CREATE);

	expect_refused(put(B, "1"), "not_held", "pg", NULL);
	expect_refused(put_token(B, token), "not_held", "pg", NULL);
	expect_refused(put_token(A, token + 1), "not_held", "pg", NULL);
	expect_refused(drop(B), "not_held", "pg", NULL);
	expect_size(1, 0);
	expect(put_token(A, token), DONE);
	expect_refused(put_token(A, token), "not_held", "pg", NULL);
	expect_refused(put(A, "1"), "not_held", "pg", NULL);
	/* What is not held is looked at before the value that is missing. */
	expect_error(ask(A, "{'op':'pool.put','key':'pg'}"), "not_held");
	expect_size(1, 1);
	expect(get(A), REUSE, "0");
	expect(get(B), CREATE);
}
END_TEST

/* edge: 72 */
START_TEST(put_and_drop_at_once_count_one_object)
{
	expect(get(A), CREATE);
	tell(A, "{'op':'pool.put','key':'pg','value':1}\n"
		"{'op':'pool.drop','key':'pg'}");
	expect(client_answer(A), DONE);
	expect_error(client_answer(A), "not_held");
	expect_size(1, 1);
	expect(get(A), REUSE, "1");
	tell(A, "{'op':'pool.drop','key':'pg'}\n"
		"{'op':'pool.put','key':'pg','value':1}");
	expect(client_answer(A), DONE);
	expect_error(client_answer(A), "not_held");
	expect_error(ask(A, "{'op':'pool.size','key':'pg'}"), "unknown_key");
}
END_TEST

START_TEST(newest_hold_is_meant_where_no_token_says_more)
{
	json_int_t first = expect(get(A), CREATE);

	expect(get(A), CREATE);
	expect(put(A, "'newest'"), DONE);
	expect(get(B), REUSE, "'newest'");
	expect(put_token(A, first), DONE);
	expect(get(C), REUSE, "0");
}
END_TEST

START_TEST(pool_that_does_not_exist_needs_a_capacity)
{
	const char *const asking[] = {
	    "get", "size", "available", "clear", "info", "delete"};
	size_t i;

	for (i = 0; i < sizeof(asking) / sizeof(asking[0]); i++)
		expect_refused(ask(A, "{'op':'pool.%s','key':'pg'}", asking[i]),
		    "unknown_key", "pg", NULL);
	expect_error(put(A, "1"), "not_held");
	expect_error(drop(A), "not_held");
	expect(get(A), CREATE);
	expect(drop(A), DONE);
	/* Made by use, it has vanished with its last use. */
	expect_error(ask(A, "{'op':'pool.get','key':'pg'}"), "unknown_key");
}
END_TEST

/* edge: 58 */
START_TEST(pool_of_another_size_is_a_conflict_or_adopted)
{
	json_t *answer;

	expect(get(A), CREATE);
	answer = ask(B, "{'op':'pool.get','key':'pg','capacity':7}");
	expect(json_incref(answer), "{'error':'conflict','capacity':2}");
	expect_refused(answer, "conflict", "pg", "2", "7", NULL);
	expect_size(1, 0);
	expect(ask(B, "{'op':'pool.get','key':'pg','capacity':7,"
		      "'adopt':true}"),
	    CREATE);
	expect_error(
	    ask(B, "{'op':'pool.get','key':'pg','wait_ms':0}"), "busy");
}
END_TEST

/*
 * An object that comes back and a wait that ends fall into about the same
 * instant: the object is lent or idle, never both and never neither.
 */
/* edge: 81 */
START_TEST(object_meant_for_who_timed_out_is_idle)
{
	int i, j, lent;
	json_t *answer;

	for (i = 0; i < 200; i++) {
		expect_ok(ask(A, "{'op':'pool.get','key':'pg','capacity':1}"));
		tell(B, "{'op':'pool.get','key':'pg','capacity':1,"
			"'wait_ms':1}");
		for (j = 0; j < 1 + i % 20; j++)
			expect_ok(ask(A, "{'op':'ping'}"));
		expect(put(A, "1"), DONE);
		answer = client_answer(B);
		lent = json_is_true(json_object_get(answer, "ok"));
		if (!lent)
			expect_error(json_incref(answer), "timeout");
		json_decref(answer);
		expect_size(1, !lent);
		if (lent)
			expect(put(B, "1"), DONE);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    object_is_created_put_and_lent_again,
	    last_object_in_is_the_first_out,
	    put_without_value_leaves_it_and_with_one_replaces_it,
	    first_put_must_bring_a_value,
	    put_of_null_is_ignored_and_the_object_stays_out,
	    objects_never_exceed_the_capacity,
	    put_hands_the_object_to_the_oldest_waiter,
	    drop_frees_the_room_and_serves_the_oldest_waiter,
	    creator_that_vanishes_leaves_its_room_to_the_next,
	    slow_creation_is_in_nobody_s_way,
	    cancel_comes_too_late_for_who_creates,
	    only_what_was_taken_is_put_back_and_only_once,
	    put_and_drop_at_once_count_one_object,
	    newest_hold_is_meant_where_no_token_says_more,
	    pool_that_does_not_exist_needs_a_capacity,
	    pool_of_another_size_is_a_conflict_or_adopted,
	    object_meant_for_who_timed_out_is_idle,
	    NULL,
	};

	return run_tests("ops_pool", tests);
}
