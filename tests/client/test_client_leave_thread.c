/* SPDX-License-Identifier: MIT */
/*
 * Threads that end in a callback of libmsync, and processes that are killed in
 * one: the turn ends as msync.h says, and the key can be had again.
 */
#include "others.h"
#include "ways.h"

#include <pthread.h>
#include <unistd.h>

/* Ending the thread -------------------------------------------------- */

/* A thread that goes in and does not come back. */
struct thread {
	pthread_t id;
	enum way way;
	struct visit visit;
	struct gate gate; /* inside of the callback */
	int has_returned;
};

static void *live(void *ctx)
{
	struct thread *thread = ctx;

	(void)way_go(thread->way, one, &thread->visit);
	thread->has_returned = 1;
	return NULL;
}

/* Returns when the thread is in the callback, and somebody waits outside. A
 * process ends with the thread that has made it, so it is made here. */
static pid_t start_thread(
    struct thread *thread, int (*inside)(void *), struct other *other)
{
	pid_t pid;

	memset(thread, 0, sizeof(*thread));
	gate_init(&thread->gate);
	thread->way = other->way;
	thread->visit.inside = inside;
	thread->visit.ctx = &thread->gate;
	way_prepare(other->way, one, &thread->visit);
	ck_assert_int_eq(pthread_create(&thread->id, NULL, live, thread), 0);
	gate_await(&thread->gate, 1);
	pid = other_start(other);
	gate_let(&thread->gate, 1);
	return pid;
}

/* Its turn has ended as if its callback had failed. */
static void expect_ended(struct thread *thread, pid_t pid, struct other *other)
{
	ck_assert_int_eq(thread->has_returned, 0);
	other_expect_let_in(pid, other);
	ck_assert_str_eq(
	    thread->visit.destroyed, other->way == WAY_USE ? "1;" : "");
	way_expect_usable(other->way);
	expect_code(one, msync_ping(one), 0);
	other_free(other);
}

static int exit_thread(void *ctx)
{
	gate_pass(ctx);
	pthread_exit(ctx);
}

START_TEST(turn_of_a_thread_that_exits_in_its_callback_ends_as_a_failure)
{
	struct other *other = other_new((enum way)_i);
	struct thread thread;
	pid_t pid = start_thread(&thread, exit_thread, other);
	void *result;

	ck_assert_int_eq(pthread_join(thread.id, &result), 0);
	ck_assert_ptr_eq(result, &thread.gate);
	expect_ended(&thread, pid, other);
}
END_TEST

static int wait_to_be_cancelled(void *ctx)
{
	int state;

	/* Not in the test's own words. */
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	gate_pass(ctx);
	(void)pthread_setcancelstate(state, &state);
	pause();
	return 0;
}

START_TEST(turn_of_a_thread_that_is_cancelled_in_its_callback_ends_as_a_failure)
{
	struct other *other = other_new((enum way)_i);
	struct thread thread;
	pid_t pid = start_thread(&thread, wait_to_be_cancelled, other);
	void *result;

	ck_assert_int_eq(pthread_cancel(thread.id), 0);
	ck_assert_int_eq(pthread_join(thread.id, &result), 0);
	ck_assert_ptr_eq(result, PTHREAD_CANCELED);
	expect_ended(&thread, pid, other);
}
END_TEST

/* Being killed ------------------------------------------------------- */

static int stay(void *ctx)
{
	gate_pass(ctx);
	return 0;
}

/* What a process that is to be killed does. */
struct victim {
	enum way way;
	struct gate gate;
};

static int go_and_stay(struct msync_conn *conn, void *ctx)
{
	struct victim *victim = ctx;
	struct visit visit = {.inside = stay, .ctx = &victim->gate};

	way_prepare(victim->way, conn, &visit);
	return way_go(victim->way, conn, &visit);
}

START_TEST(turn_of_a_process_that_is_killed_in_its_callback_ends_at_once)
{
	struct other *other = other_new((enum way)_i);
	struct victim *victim = shared_new(sizeof(*victim));
	pid_t killed, pid;

	way_fill(other->way, two);
	victim->way = other->way;
	gate_init(&victim->gate);
	killed = child_start(go_and_stay, victim);
	gate_await(&victim->gate, 1);
	pid = other_start(other);
	child_kill(killed);
	other_expect_inheritance(pid, other);
	way_expect_usable(other->way);
	shared_free(victim, sizeof(*victim));
	other_free(other);
}
END_TEST

int main(void)
{
	static const TTest *const *const tests[] = {
	    &turn_of_a_thread_that_exits_in_its_callback_ends_as_a_failure,
	    &turn_of_a_thread_that_is_cancelled_in_its_callback_ends_as_a_failure,
	    &turn_of_a_process_that_is_killed_in_its_callback_ends_at_once,
	};
	Suite *suite = suite_create("client_leave_thread");
	TCase *tcase = handles_case(suite, "client_leave_thread");

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_loop_test(tcase, *tests[i], 0, N_WAYS);
	return scene_run(suite);
}
