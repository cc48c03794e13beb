/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a lock when its holder or its waiters vanish: it is passed
 * on, once, and the next holder is told.
 */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(lock_of_a_vanished_holder_is_granted_as_abandoned_once)
{
	acquire(A, "k");
	wait_for_lock(B, "k");
	wait_for_lock(C, "k");
	client_close(A);
	expect(client_answer(B), ABANDONED);
	expect(release(B, "k"), RELEASED);
	expect(client_answer(C), GRANTED);
}
END_TEST

START_TEST(abandoned_is_remembered_until_the_next_grant_however_late)
{
	pid_t holder = start_holder("{'op':'lock.acquire','key':'k'}");

	wait_for_lock(B, "k");
	tell(B, "{'op':'cancel','target':'k'}");
	expect_error(client_answer(B), "cancelled");
	expect_ok(client_answer(B));
	kill_holder(holder);
	/* Nobody was there to be told: other keys come and go meanwhile. */
	acquire(A, "other");
	expect(release(A, "other"), RELEASED);
	expect(ask(B, "{'op':'lock.acquire','key':'k'}"), ABANDONED);
	expect(release(B, "k"), RELEASED);
	expect(try_lock(B, "k"), GRANTED);
}
END_TEST

/* edge: 29 41 */
START_TEST(waiter_that_vanished_is_passed_over)
{
	acquire(A, "k");
	wait_for_lock(B, "k");
	wait_for_lock(C, "k");
	client_close(B);
	expect(release(A, "k"), RELEASED);
	/* Abandoned or not: B may have held it for a moment. */
	expect(client_answer(C), "{'ok':true,'token':'<int>'}");
	expect(release(C, "k"), RELEASED);
	expect(try_lock(D, "k"), GRANTED);
}
END_TEST

/* edge: 92 */
START_TEST(many_locks_of_a_vanished_holder_pass_by_a_vanished_waiter)
{
	char key[32];
	int i;

	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "%d", i);
		acquire(A, key);
		wait_for_lock(B, key);
		wait_for_lock(C, key);
	}
	client_close(A);
	client_close(B);
	for (i = 0; i < 50; i++)
		expect(client_answer(C), ABANDONED);
	expect_silence(C);
	for (i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), "%d", i);
		expect(release(C, key), RELEASED);
	}
}
END_TEST

/* edge: 99 */
/* row: 63 */
START_TEST(stopped_holder_keeps_its_lock_until_it_is_killed)
{
	pid_t holder = start_holder("{'op':'lock.acquire','key':'k'}");
	int status;

	ck_assert_int_eq(kill(holder, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(holder, &status, WUNTRACED), holder);
	expect_error(
	    ask(A, "{'op':'lock.acquire','key':'k','wait_ms':100}"), "timeout");
	wait_for_lock(A, "k");
	kill_holder(holder);
	expect(client_answer(A), ABANDONED);
}
END_TEST

START_TEST(connection_ends_with_its_last_descriptor)
{
	int inherited = dup(A->fd);

	acquire(A, "k");
	wait_for_lock(B, "k");
	client_close(A);
	expect_silence(B);
	close(inherited);
	expect(client_answer(B), ABANDONED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_of_a_vanished_holder_is_granted_as_abandoned_once,
	    abandoned_is_remembered_until_the_next_grant_however_late,
	    waiter_that_vanished_is_passed_over,
	    many_locks_of_a_vanished_holder_pass_by_a_vanished_waiter,
	    stopped_holder_keeps_its_lock_until_it_is_killed,
	    connection_ends_with_its_last_descriptor,
	    NULL,
	};

	return run_tests("ops_lock_ends", tests);
}
