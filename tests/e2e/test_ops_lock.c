/* SPDX-License-Identifier: MIT */
/*
 * lock.acquire and lock.release: who is granted, in which order, and what a
 * release by somebody else does.
 */
#include "fixture.h"

#include <stdio.h>
#include <unistd.h>

START_TEST(lock_is_granted_with_a_token_and_released_once)
{
	json_int_t token;

	token = expect(ask(A, "{'id':1,'op':'lock.acquire','key':'order:7'}"),
	    "{'id':1,'ok':true,'token':'<int>','abandoned':'<absent>'}");
	ck_assert_int_gt(token, 0);
	expect(release_token(A, "order:7", token), RELEASED);
	expect_refused(
	    release_token(A, "order:7", token), "not_held", "order:7", NULL);
	expect_refused(release(A, "order:7"), "not_held", "order:7", NULL);
}
END_TEST

/* edge: 25 46 */
START_TEST(lock_passes_to_the_oldest_waiter_when_it_is_released)
{
	json_int_t first = acquire(A, "k"), second, third;

	wait_for_lock(B, "k");
	wait_for_lock(C, "k");
	expect(release(A, "k"), RELEASED);
	second = expect(client_answer(B), GRANTED);
	expect_silence(C);
	expect(release(B, "k"), RELEASED);
	third = expect(client_answer(C), GRANTED);
	ck_assert_int_gt(second, first);
	ck_assert_int_gt(third, second);
}
END_TEST

/* edge: 26 */
START_TEST(lock_asked_for_again_after_its_release_goes_to_the_tail)
{
	acquire(A, "k");
	wait_for_lock(B, "k");
	tell(A, "{'op':'lock.release','key':'k'}\n"
		"{'op':'lock.acquire','key':'k'}");
	expect(client_answer(A), RELEASED);
	expect(client_answer(B), GRANTED);
	expect_silence(A);
	expect(release(B, "k"), RELEASED);
	expect(client_answer(A), GRANTED);
}
END_TEST

/* Three wait; the one at this place cancels, the others keep their order. */
static void cancel_one_of_three(int place, const char *key)
{
	struct client *const waiters[] = {B, C, D};
	int i;

	acquire(A, key);
	for (i = 0; i < 3; i++)
		wait_for_lock(waiters[i], key);
	tell(waiters[place], "{'op':'cancel','target':'%s'}", key);
	expect_refused(client_answer(waiters[place]), "cancelled", key, NULL);
	expect(client_answer(waiters[place]), "{'ok':true,'cancelled':true}");
	expect(release(A, key), RELEASED);
	for (i = 0; i < 3; i++) {
		if (i == place)
			continue;
		expect(client_answer(waiters[i]), GRANTED);
		expect_silence(waiters[2]);
		expect(release(waiters[i], key), RELEASED);
	}
	expect_silence(waiters[place]);
}

/* edge: 27 */
START_TEST(cancelled_wait_leaves_the_order_of_the_others)
{
	cancel_one_of_three(0, "head");
	cancel_one_of_three(1, "middle");
	cancel_one_of_three(2, "tail");
}
END_TEST

/* edge: 22 28 */
START_TEST(refused_and_cancelled_waits_do_not_count_for_max_waiters)
{
	const char *one = "{'id':1,'op':'lock.acquire','key':'k',"
			  "'max_waiters':1}";

	acquire(A, "k");
	ask_to_wait(B, "%s", one);
	expect_held_by(ask(C, "%s", one), "queue_full", "", 0);
	tell(B, "{'op':'cancel','target':1}");
	expect_error(client_answer(B), "cancelled");
	expect(client_answer(B), "{'ok':true,'cancelled':true}");
	ask_to_wait(C, "%s", one);
	expect_error(ask(B, "%s", one), "queue_full");
	expect(release(A, "k"), RELEASED);
	expect(client_answer(C), GRANTED);
}
END_TEST

START_TEST(max_waiters_0_is_a_try_with_a_code_of_its_own)
{
	const char *none = "{'op':'lock.acquire','key':'k','max_waiters':0}";

	expect(ask(A, "%s", none), GRANTED);
	expect_held_by(ask(B, "%s", none), "queue_full", "", 0);
	expect(release(A, "k"), RELEASED);
	expect(ask(B, "%s", none), GRANTED);
}
END_TEST

/* edge: 32 55 */
START_TEST(wait_of_0_ms_is_granted_at_once_or_busy)
{
	expect_ok(ask(A, "{'op':'hello','client':'deploy'}"));
	expect(try_lock(A, "k"), GRANTED);
	expect_held_by(try_lock(B, "k"), "busy", "deploy", 0);
	expect(release(A, "k"), RELEASED);
	expect(try_lock(B, "k"), GRANTED);
}
END_TEST

/* edge: 30 */
START_TEST(waiter_that_timed_out_never_holds)
{
	long start;

	acquire(A, "order:7");
	start = now_ms();
	tell(B, "{'op':'lock.acquire','key':'order:7','wait_ms':50}");
	wait_for_lock(C, "order:7");
	expect_held_by(client_answer(B), "timeout", "", 49);
	ck_assert_int_ge(now_ms() - start, 49);
	expect(release(A, "order:7"), RELEASED);
	expect(client_answer(C), GRANTED);
	expect_silence(B);
	expect_refused(release(B, "order:7"), "not_held", "order:7", NULL);
}
END_TEST

START_TEST(timeout_says_what_was_waited_for_how_long_and_who_holds_it)
{
	char pid[32];
	pid_t holder;
	json_t *answer;

	holder = start_holder("{'op':'lock.acquire','key':'order:7'}");
	snprintf(pid, sizeof(pid), "pid %d", (int)holder);
	answer = ask(A, "{'op':'lock.acquire','key':'order:7','wait_ms':20}");
	expect(json_incref(json_object_get(answer, "holder")),
	    "{'pid':%d,'client':'','held_ms':'<int>'}", (int)holder);
	expect_refused(answer, "timeout", "lock", "order:7", "waited", "ms",
	    "held", pid, NULL);
	expect_refused(
	    try_lock(A, "order:7"), "busy", "lock", "order:7", pid, NULL);
	kill_holder(holder);
}
END_TEST

/* edge: 33 */
START_TEST(release_by_another_connection_changes_nothing)
{
	json_int_t token = acquire(A, "k");

	expect_refused(release(B, "k"), "not_held", "k", NULL);
	expect_refused(release_token(B, "k", token), "stale_token", "k", NULL);
	expect_refused(release_token(B, "k", 1), "stale_token", "k", NULL);
	expect_held_by(try_lock(C, "k"), "busy", "", 0);
	expect(release_token(A, "k", token), RELEASED);
	expect_refused(release_token(B, "k", token), "not_held", "k", NULL);
}
END_TEST

/* edge: 34 */
START_TEST(second_release_does_not_free_the_lock_of_the_successor)
{
	json_int_t first = acquire(A, "k");

	wait_for_lock(B, "k");
	expect(release_token(A, "k", first), RELEASED);
	expect(client_answer(B), GRANTED);
	expect_refused(release_token(A, "k", first), "stale_token", "k", NULL);
	expect_refused(release(A, "k"), "not_held", "k", NULL);
	expect_error(try_lock(C, "k"), "busy");
	expect(release(B, "k"), RELEASED);
}
END_TEST

/* edge: 35 */
START_TEST(release_frees_the_key_that_it_names)
{
	json_int_t one = acquire(A, "one"), two = acquire(A, "two");

	ck_assert_int_gt(two, one);
	expect_refused(release_token(A, "one", two), "stale_token", NULL);
	expect(release(A, "one"), RELEASED);
	expect_error(try_lock(B, "two"), "busy");
	expect(try_lock(B, "one"), GRANTED);
}
END_TEST

/* edge: 17 */
START_TEST(different_keys_never_get_into_each_other_s_way)
{
	char key[32];
	int i;

	for (i = 0; i < 2000; i++) {
		snprintf(key, sizeof(key), "shop/%d", i);
		acquire(i % 2 ? A : B, key);
	}
}
END_TEST

START_TEST(kinds_have_key_spaces_of_their_own)
{
	acquire(A, "k");
	expect(ask(B, "{'op':'flight.begin','key':'k','wait_ms':0}"),
	    "{'ok':true,'leader':true}");
	expect_ok(
	    ask(C, "{'op':'limit.borrow','key':'k','capacity':1,'wait_ms':0}"));
	expect_ok(
	    ask(D, "{'op':'pool.get','key':'k','capacity':1,'wait_ms':0}"));
}
END_TEST

/* edge: 45 */
START_TEST(refused_request_leaves_the_next_caller_its_turn)
{
	acquire(A, "k");
	expect_error(
	    ask(B, "{'op':'lock.acquire','key':'k','wait':1}"), "bad_request");
	wait_for_lock(C, "k");
	expect_error(try_lock(B, "k"), "busy");
	expect_error(release(B, "k"), "not_held");
	expect(release(A, "k"), RELEASED);
	expect(client_answer(C), GRANTED);
}
END_TEST

/*
 * A grant and a timeout that fall into about the same instant, the one sooner
 * in some rounds and the other in others.
 */
/* edge: 30 */
START_TEST(grant_and_timeout_in_one_instant_give_exactly_one_of_them)
{
	json_t *answer;
	int i, j, granted;

	for (i = 0; i < 200; i++) {
		acquire(A, "k");
		tell(B, "{'op':'lock.acquire','key':'k','wait_ms':1}");
		for (j = 0; j < i % 20; j++)
			expect_ok(ask(A, "{'op':'ping'}"));
		expect(release(A, "k"), RELEASED);
		answer = client_answer(B);
		granted = json_is_true(json_object_get(answer, "ok"));
		if (!granted)
			expect_error(json_incref(answer), "timeout");
		json_decref(answer);
		expect_silence(B);
		if (granted)
			expect_error(try_lock(C, "k"), "busy");
		else
			expect(try_lock(B, "k"), GRANTED);
		expect(release(B, "k"), RELEASED);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_is_granted_with_a_token_and_released_once,
	    lock_passes_to_the_oldest_waiter_when_it_is_released,
	    lock_asked_for_again_after_its_release_goes_to_the_tail,
	    cancelled_wait_leaves_the_order_of_the_others,
	    refused_and_cancelled_waits_do_not_count_for_max_waiters,
	    max_waiters_0_is_a_try_with_a_code_of_its_own,
	    wait_of_0_ms_is_granted_at_once_or_busy,
	    waiter_that_timed_out_never_holds,
	    timeout_says_what_was_waited_for_how_long_and_who_holds_it,
	    release_by_another_connection_changes_nothing,
	    second_release_does_not_free_the_lock_of_the_successor,
	    release_frees_the_key_that_it_names,
	    different_keys_never_get_into_each_other_s_way,
	    kinds_have_key_spaces_of_their_own,
	    refused_request_leaves_the_next_caller_its_turn,
	    grant_and_timeout_in_one_instant_give_exactly_one_of_them,
	    NULL,
	};

	return run_tests("ops_lock", tests);
}
