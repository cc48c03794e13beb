/* SPDX-License-Identifier: MIT */
/*
 * A thousand connections at once: each is served, each in its turn, each
 * exactly once.
 */
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N          1000
#define VALUE_SIZE 65536

static struct client *crowd;

/* The tests run in processes of their own, each with the crowd it opens. */
static void open_crowd(void)
{
	int i;

	crowd = calloc(N, sizeof(*crowd));
	ck_assert_ptr_nonnull(crowd);
	for (i = 0; i < N; i++)
		client_open(&crowd[i], &server);
}

static void close_crowd(void)
{
	int i;

	for (i = 0; i < N; i++)
		client_close(&crowd[i]);
	free(crowd);
	emptiness_await(P);
}

/* edge: 25 26 92 100 */
START_TEST(thousand_connections_have_their_own_lock_and_the_common_one_in_turn)
{
	json_int_t token, last = 0;
	int i;

	open_crowd();
	acquire(A, "common");
	for (i = 0; i < N; i++) {
		expect_ok(
		    ask(&crowd[i], "{'op':'lock.acquire','key':'own/%d'}", i));
		wait_for_lock(&crowd[i], "common");
	}
	expect_ok(release(A, "common"));
	for (i = 0; i < N; i++) {
		token = expect_ok(client_answer(&crowd[i]));
		ck_assert_int_gt(token, last);
		last = token;
		/* Who asks again now stands behind all the others. */
		if (i == 0)
			wait_for_lock(A, "common");
		expect_ok(release(&crowd[i], "common"));
	}
	expect_ok(client_answer(A));
	for (i = 0; i < N; i++) {
		ck_assert_int_eq(client_has_line(&crowd[i], P), 0);
		expect_ok(
		    ask(&crowd[i], "{'op':'lock.release','key':'own/%d'}", i));
	}
	expect_ok(release(A, "common"));
	close_crowd();
}
END_TEST

/* What becomes of a waiter before its turn. */
enum fate {
	STAYS,
	CANCELS,
	TIMES_OUT,
	DIES,
	FATES
};

/* The same numbers in each run. */
static enum fate next_fate(unsigned long long *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (enum fate)(*seed >> 33) % FATES;
}

static void queue_with_fate(struct client *c, enum fate fate)
{
	if (fate == TIMES_OUT)
		ask_to_wait(
		    c, "{'id':1,'op':'lock.acquire','key':'k','wait_ms':1000}");
	else
		ask_to_wait(c, "{'id':1,'op':'lock.acquire','key':'k'}");
}

static void meet_fate(struct client *c, enum fate fate)
{
	if (fate == CANCELS) {
		tell(c, "{'id':2,'op':'cancel','target':1}");
		expect(client_answer(c), "{'id':1,'error':'cancelled'}");
		expect(client_answer(c), "{'id':2,'cancelled':true}");
	} else if (fate == TIMES_OUT) {
		expect(client_answer(c), "{'id':1,'error':'timeout'}");
	} else if (fate == DIES) {
		client_close(c);
	}
}

/* edge: 10 25 27 28 41 42 100 */
START_TEST(those_who_stay_keep_their_order_whoever_leaves_the_queue)
{
	static enum fate fates[N];
	unsigned long long seed = 42;
	int i, stay = 0;

	open_crowd();
	acquire(A, "k");
	for (i = 0; i < N; i++) {
		fates[i] = next_fate(&seed);
		stay += fates[i] == STAYS;
		queue_with_fate(&crowd[i], fates[i]);
	}
	for (i = 0; i < N; i++)
		meet_fate(&crowd[i], fates[i]);
	gauge_await(P, "lock", "waits", stay);
	expect_ok(release(A, "k"));
	for (i = 0; i < N; i++) {
		if (fates[i] != STAYS)
			continue;
		expect(client_answer(&crowd[i]), "{'id':1,'ok':true}");
		expect_ok(release(&crowd[i], "k"));
	}
	close_crowd();
}
END_TEST

/* Valid JSON whose bytes show what is changed: numbers, spaces, order. */
static char *large_value(void)
{
	char *text = malloc(VALUE_SIZE + 1), *p = text;

	ck_assert_ptr_nonnull(text);
	p += sprintf(p, "{\"b\" : 0.10,\t\"a\":\"");
	memset(p, 'x', (size_t)(text + VALUE_SIZE - p));
	memcpy(text + VALUE_SIZE - 2, "\"}", 3);
	return text;
}

/* edge: 5 18 93 */
START_TEST(thousand_followers_have_the_value_of_one_flight_byte_for_byte)
{
	char *value = large_value();
	int i;

	open_crowd();
	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	for (i = 0; i < N; i++)
		ask_to_wait(&crowd[i], "{'op':'flight.begin','key':'k'}");
	client_send(
	    A, "{\"op\":\"flight.finish\",\"key\":\"k\",\"value\":%s}", value);
	expect(client_answer(A), "{'ok':true,'followers':%d}", N);
	for (i = 0; i < N; i++) {
		expect_line_with(&crowd[i], value);
		ck_assert_uint_eq(crowd[i].n_in, 0);
		client_close(&crowd[i]);
	}
	free(value);
	close_crowd();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    thousand_connections_have_their_own_lock_and_the_common_one_in_turn,
	    those_who_stay_keep_their_order_whoever_leaves_the_queue,
	    thousand_followers_have_the_value_of_one_flight_byte_for_byte,
	    NULL,
	};

	scene_allow_files(4096);
	return run_tests("crowd", tests);
}
