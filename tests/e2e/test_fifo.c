/* SPDX-License-Identifier: MIT */
/*
 * First in, first out, shown with a thousand connections: on one lock, with
 * cancels, timeouts and deaths among them, and on a Limit where requests of
 * different weight wait behind each other.
 *
 * The order is shown by the tokens, which rise with every grant, and by who
 * has not been answered: where a grant overtook another, the token of the
 * later one would be the smaller, and the wait for the earlier one would fail.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define CROWD 1000

enum fate {
	STAYS,
	CANCELS,
	TIRES,
	DIES
};

/* One that waits, and what becomes of it before the turn of waiter `when`. */
struct waiter {
	struct client c;
	enum fate fate;
	int when, permits, gone;
};

static struct waiter *crowd;

/* A thousand connections need as many descriptors, here and in the daemon. */
static int may_open(rlim_t n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < n)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void open_crowd(int n)
{
	int i;

	crowd = calloc((size_t)n, sizeof(*crowd));
	ck_assert_ptr_nonnull(crowd);
	for (i = 0; i < n; i++)
		client_open(&crowd[i].c, &server);
}

static void close_crowd(int n)
{
	int i;

	for (i = 0; i < n; i++)
		client_close(&crowd[i].c);
	free(crowd);
}

/* A small generator of our own: the same numbers on every machine. */
static unsigned draw(unsigned long long *seed, unsigned below)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)(*seed >> 33) % below;
}

/* edge: 25 */
START_TEST(a_thousand_waiters_are_granted_in_order_of_arrival)
{
	json_int_t last, token;
	int i;

	open_crowd(CROWD);
	last = acquire(A, "k");
	for (i = 0; i < CROWD; i++)
		wait_for_lock(&crowd[i].c, "k");
	expect_ok(release(A, "k"));
	for (i = 0; i < CROWD; i++) {
		token = expect(client_answer(&crowd[i].c), GRANTED);
		ck_assert_int_gt(token, last);
		last = token;
		if (i % 100 == 0 && i + 1 < CROWD)
			expect_silence(&crowd[i + 1].c);
		expect_ok(release(&crowd[i].c, "k"));
	}
	expect(try_lock(A, "k"), GRANTED);
	close_crowd(CROWD);
}
END_TEST

/*
 * Queues one. A ping behind the request shows that it has its place; the
 * answer of one that tires may come even before that of the ping.
 */
static void queue_one(struct waiter *w, unsigned wait_ms)
{
	json_t *answer;

	if (w->fate == TIRES)
		tell(&w->c,
		    "{'id':'k','op':'lock.acquire','key':'k','wait_ms':%u}",
		    wait_ms);
	else
		tell(&w->c, "{'id':'k','op':'lock.acquire','key':'k'}");
	answer = ask(&w->c, "{'id':'p','op':'ping'}");
	if (w->fate == TIRES && json_object_get(answer, "error")) {
		expect_error(answer, "timeout");
		w->gone = 1;
		answer = client_answer(&w->c);
	}
	expect(answer, "{'id':'p','ok':true}");
}

/* Decides each one's fate, and queues them in order. */
static void queue_crowd(unsigned long long seed)
{
	struct waiter *w;
	int i;

	for (i = 0; i < CROWD; i++) {
		w = &crowd[i];
		w->fate = draw(&seed, 10) < 6 ? STAYS
					      : (enum fate)(1 + draw(&seed, 3));
		w->when = (int)draw(&seed, (unsigned)i + 1) - 1;
		queue_one(w, 1 + draw(&seed, 200));
	}
}

static void leave(struct waiter *w)
{
	if (w->fate == CANCELS) {
		tell(&w->c, "{'op':'cancel','target':'k'}");
		expect_error(client_answer(&w->c), "cancelled");
		expect(client_answer(&w->c), "{'ok':true,'cancelled':true}");
	} else {
		client_close(&w->c);
	}
	w->gone = 1;
}

/* Lets all leave whose time has come while this one holds (-1: A). */
static void leave_during(int turn)
{
	struct waiter *w;

	for (w = &crowd[turn + 1]; w < &crowd[CROWD]; w++)
		if (!w->gone && w->when <= turn &&
		    (w->fate == CANCELS || w->fate == DIES))
			leave(w);
}

/*
 * One that is still there is granted, or timed out if it was to be. It may be
 * told that the lock was abandoned: who died waiting was perhaps granted
 * before the daemon knew. Whose time to leave never came stays.
 */
static json_int_t take_turn(int turn, json_int_t last)
{
	struct waiter *w = &crowd[turn];
	json_t *answer = client_answer(&w->c);
	json_int_t token;

	if (w->fate == TIRES && json_object_get(answer, "error")) {
		expect_error(answer, "timeout");
		return last;
	}
	token = expect(answer, "{'id':'k','ok':true,'token':'<int>'}");
	ck_assert_int_gt(token, last);
	leave_during(turn);
	expect_ok(release(&w->c, "k"));
	return token;
}

static void grant_all_but_those_who_leave(unsigned long long seed)
{
	json_int_t last = acquire(A, "k");
	int i;

	open_crowd(CROWD);
	queue_crowd(seed);
	leave_during(-1);
	expect_ok(release(A, "k"));
	for (i = 0; i < CROWD; i++)
		if (!crowd[i].gone)
			last = take_turn(i, last);
	/* Nobody holds or waits any more. */
	expect_ok(ask(A, "{'op':'lock.acquire','key':'k'}"));
	expect_ok(release(A, "k"));
	expect(try_lock(B, "k"), GRANTED);
	expect_ok(release(B, "k"));
	close_crowd(CROWD);
}

/* edge: 25 27 41 */
START_TEST(cancels_timeouts_and_deaths_leave_the_others_in_order)
{
	grant_all_but_those_who_leave(1);
	grant_all_but_those_who_leave(2);
	grant_all_but_those_who_leave(3);
}
END_TEST

/* edge: 51 */
START_TEST(large_request_is_not_starved_by_a_hundred_small_ones)
{
	int i;

	open_crowd(100);
	expect_ok(ask(A, "{'op':'limit.set','key':'db','capacity':10}"));
	for (i = 0; i < 10; i++)
		expect_ok(ask(A, "{'op':'limit.borrow','key':'db'}"));
	ask_to_wait(B, "{'op':'limit.borrow','key':'db','permits':10}");
	for (i = 0; i < 100; i++)
		ask_to_wait(&crowd[i].c, "{'op':'limit.borrow','key':'db'}");
	for (i = 9; i > 0; i--) {
		expect(ask(A, "{'op':'limit.return','key':'db'}"),
		    "{'ok':true,'in_use':%d}", i);
		expect(ask(C, "{'op':'limit.info','key':'db'}"),
		    "{'in_use':%d,'waiting':101}", i);
	}
	expect_silence(B);
	expect(ask(A, "{'op':'limit.return','key':'db'}"), "{'in_use':10}");
	expect(client_answer(B), "{'ok':true,'in_use':10}");
	expect(ask(B, "{'op':'limit.return','key':'db'}"), "{'in_use':10}");
	for (i = 0; i < 10; i++)
		expect(client_answer(&crowd[i].c), "{'ok':true}");
	expect_silence(&crowd[10].c);
	close_crowd(100);
}
END_TEST

/* Queues n, of random weight; the first needs all, so that it waits too. */
static void queue_by_weight(int n, int capacity, unsigned long long seed)
{
	int i;

	for (i = 0; i < n; i++) {
		crowd[i].permits =
		    i == 0 ? capacity
			   : 1 + (int)draw(&seed, (unsigned)capacity);
		ask_to_wait(&crowd[i].c,
		    "{'op':'limit.borrow','key':'db','permits':%d}",
		    crowd[i].permits);
	}
}

/* A model in three lines: who is let in from here, and what is in use then. */
static int let_in(int next, int n, int *in_use, int capacity)
{
	for (; next < n && *in_use + crowd[next].permits <= capacity; next++) {
		*in_use += crowd[next].permits;
		expect(client_answer(&crowd[next].c),
		    "{'ok':true,'capacity':%d}", capacity);
	}
	if (next < n)
		expect_silence(&crowd[next].c);
	return next;
}

static void borrow_by_weight(int n, int capacity, unsigned long long seed)
{
	struct client *holder = A;
	int in_use = 0, next = 0, i;
	json_t *answer;

	open_crowd(n);
	expect_ok(
	    ask(A, "{'op':'limit.borrow','key':'db','capacity':%d}", capacity));
	queue_by_weight(n, capacity, seed);
	for (i = -1; i < n; i++) {
		answer = ask(holder, "{'op':'limit.return','key':'db'}");
		in_use -= i < 0 ? 0 : crowd[i].permits;
		next = let_in(next, n, &in_use, capacity);
		expect(answer, "{'ok':true,'in_use':%d}", in_use);
		holder = &crowd[i + 1 < n ? i + 1 : i].c;
	}
	ck_assert_int_eq(next, n);
	close_crowd(n);
}

/* edge: 51 60 */
START_TEST(requests_of_any_weight_are_let_in_in_order_of_arrival)
{
	borrow_by_weight(200, 7, 1);
	borrow_by_weight(200, 20, 2);
}
END_TEST

START_TEST(borrowers_of_a_pool_are_served_in_order_of_arrival)
{
	json_int_t last, token;
	int i;

	open_crowd(200);
	last = expect_ok(ask(A, "{'op':'pool.get','key':'pg','capacity':1}"));
	for (i = 0; i < 200; i++)
		ask_to_wait(&crowd[i].c, "{'op':'pool.get','key':'pg'}");
	expect_ok(ask(A, "{'op':'pool.put','key':'pg','value':0}"));
	for (i = 0; i < 200; i++) {
		token = expect(client_answer(&crowd[i].c), "{'create':false}");
		ck_assert_int_gt(token, last);
		last = token;
		expect_ok(ask(&crowd[i].c, "{'op':'pool.put','key':'pg'}"));
	}
	close_crowd(200);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_thousand_waiters_are_granted_in_order_of_arrival,
	    cancels_timeouts_and_deaths_leave_the_others_in_order,
	    large_request_is_not_starved_by_a_hundred_small_ones,
	    requests_of_any_weight_are_let_in_in_order_of_arrival,
	    borrowers_of_a_pool_are_served_in_order_of_arrival,
	    NULL,
	};

	if (!may_open(CROWD + 100)) {
		fprintf(stderr, "the limit of open files is too low\n");
		return EXIT_FAILURE;
	}
	return run_tests("fifo", tests);
}
