/* SPDX-License-Identifier: MIT */
/*
 * The library without memory: a scenario that touches all of it is played
 * again and again, and the n-th allocation fails, for n = 1, 2, ... until none
 * is refused any more; then the same with all allocations from the n-th on.
 * After each time the library has no memory and no descriptor left, the daemon
 * holds nothing for it, and the daemon's other clients are as they were.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "memory.h"
#include "nomem.h"
#include "scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define N_RAW 5 /* connections of the test itself */

/* A holds a lock, and B waits for it, all the time. */
static void set_up(void)
{
	daemon_start(&server, NULL);
	for (int i = 0; i < N_RAW; i++)
		client_open(&connections[i], &server);
	acquire(A, "i/other");
	wait_for_lock(B, "i/other");
}

static void tear_down(void)
{
	expect_ok(release(A, "i/other"));
	expect(client_answer(B), GRANTED);
	for (int i = 0; i < N_RAW; i++)
		client_close(&connections[i]);
	daemon_stop(&server);
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* What is kept although nobody holds it; whether there is any depends on where
 * the scenario was disturbed. */
static void forget_kept(void)
{
	static const char *const requests[] = {
	    "{'op':'flight.forget','key':'i/kept'}",
	    "{'op':'flight.forget','key':'i/null'}",
	    "{'op':'limit.delete','key':'i/set'}",
	    "{'op':'pool.clear','key':'i/k'}",
	    "{'op':'pool.clear','key':'i/s'}",
	};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		json_decref(ask(P, "%s", requests[i]));
}

static void expect_others_unharmed(void)
{
	static const char *const kinds[] = {"limit", "flight", "pool"};

	connected_await(P, N_RAW);
	gauge_await(P, "lock", "holds", 1);
	gauge_await(P, "lock", "waits", 1);
	forget_kept();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		present_await(P, kinds[i], 0);
		gauge_await(P, kinds[i], "keys", 0);
	}
	expect_silence(A);
	expect_silence(B);
}

/* Plays it once; whether anything was refused. */
static bool play(unsigned n, bool is_final)
{
	int n_fds = count_fds();
	unsigned n_refused;

	memory_refuse(n, is_final);
	nomem_play();
	n_refused = memory_refused();
	memory_refuse(0, false);
	ck_assert_uint_eq(memory_live(), 0);
	ck_assert_int_eq(count_fds(), n_fds);
	expect_others_unharmed();
	return n_refused > 0;
}

/* _i: whether all that follow fail, too. */
START_TEST(failed_allocation_is_a_code_and_nothing_is_lost_by_it)
{
	unsigned n = 1;

	ck_assert(!play(0, false));
	while (play(n, _i == 1))
		n++;
	printf("%s: untouched from n = %u on\n",
	    _i == 1 ? "all allocations from the n-th fail"
		    : "the n-th allocation fails",
	    n);
	fflush(stdout);
	ck_assert_uint_gt(n, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client without memory");
	TCase *tests = scene_case(suite, "memory", set_up, tear_down);

	tcase_add_loop_test(
	    tests, failed_allocation_is_a_code_and_nothing_is_lost_by_it, 0, 2);
	return scene_run(suite);
}
