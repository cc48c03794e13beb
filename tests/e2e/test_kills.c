/* SPDX-License-Identifier: MIT */
/*
 * Clients that are killed with SIGKILL while they wait and while they are
 * being granted: ten thousand and more. Those who live must be served in their
 * order, as if the dead had never asked, and in the end nothing is left.
 */
#include "crowd.h"

#define BATCH 50

/* So many times the rounds: 10,500 deaths while a grant is on its way. Under
 * valgrind and the like, which say so with MSYNC_TEST_MEMORY=0, 1,750. */
static int races(void)
{
	return getenv("MSYNC_TEST_MEMORY") == NULL ? 6 : 1;
}

enum {
	LOCK,
	LIMIT,
	FLIGHT,
	POOL,
	WAYS
};

/* The lock alone sees 20 x BATCH = 1,000 deaths in each test, and in the last
 * one races() times as many. */
static const struct way ways[WAYS] = {
    [LOCK] = {"lock", "{\"op\":\"lock.acquire\",\"key\":\"k\"}",
	"{\"op\":\"lock.release\",\"key\":\"k\"}", 1, 20},
    [LIMIT] = {"limit",
	"{\"op\":\"limit.borrow\",\"key\":\"k\",\"capacity\":1}",
	"{\"op\":\"limit.return\",\"key\":\"k\"}", 1, 5},
    [FLIGHT] = {"flight",
	"{\"op\":\"flight.begin\",\"key\":\"k\",\"max_leaders\":1000000}",
	"{\"op\":\"flight.abandon\",\"key\":\"k\"}", 1, 5},
    [POOL] = {"pool", "{\"op\":\"pool.get\",\"key\":\"k\",\"capacity\":1}",
	"{\"op\":\"pool.drop\",\"key\":\"k\"}", 1, 5},
};

static struct daemon d;
static struct client eye, a, b; /* eye only looks at the gauges */
static struct crowd crowd;

static void setup(void)
{
	daemon_start(&d, NULL);
	client_open(&eye, &d);
	client_open(&a, &d);
	client_open(&b, &d);
	crowd_init(&crowd, &d);
}

/* Every test ends here: whatever was killed, nothing of it is left. */
static void teardown(void)
{
	crowd_deinit(&crowd);
	emptiness_await(&eye);
	connected_await(&eye, 3);
	client_close(&eye);
	client_close(&a);
	client_close(&b);
	daemon_stop(&d);
}

static void swap(struct client **x, struct client **y)
{
	struct client *was = *x;

	*x = *y;
	*y = was;
}

/* edge: 29 41 92 100 */
START_TEST(waiters_killed_in_the_queue_leave_it_to_the_living)
{
	const struct way *w = &ways[_i];
	struct client *holder = &a, *next = &b;
	int round;

	expect_ok(client_ask(holder, "%s", w->ask));
	for (round = 0; round < w->rounds; round++) {
		crowd_queue(&crowd, &eye, w, BATCH / 2, 0);
		crowd_queue_client(next, &eye, w);
		crowd_queue(&crowd, &eye, w, BATCH / 2, 0);
		crowd_kill_all(&crowd);
		crowd_clear(&crowd);
		expect_ok(client_ask(holder, "%s", w->let_go));
		expect_ok(client_answer(next));
		present_await(&eye, w->kind, 1);
		swap(&holder, &next);
	}
	ck_assert_int_eq(client_has_line(next, &eye), 0);
	expect_ok(client_ask(holder, "%s", w->let_go));
}
END_TEST

/* Kills each child in the order of the queue, when its grant lies unread in
 * its socket: then those behind it and the last client wait, and it holds. */
static void kill_each_when_granted(const struct way *w)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		gauge_await(&eye, w->kind, "waits", BATCH - i);
		ck_assert_int_eq(gauge(&eye, w->kind, "holds"), 1);
		crowd_kill(&crowd, i);
	}
}

static void queue_stopped_children(const struct way *w)
{
	int i;

	crowd_queue(&crowd, &eye, w, BATCH, 0);
	for (i = 0; i < BATCH; i++)
		crowd_stop(&crowd, i);
}

/* edge: 12 29 49 92 100 */
START_TEST(grants_that_stopped_clients_never_read_pass_on_at_their_death)
{
	const struct way *w = &ways[_i];
	struct client *holder = &a, *next = &b;
	int round;

	expect_ok(client_ask(holder, "%s", w->ask));
	for (round = 0; round < w->rounds; round++) {
		queue_stopped_children(w);
		crowd_queue_client(next, &eye, w);
		expect_ok(client_ask(holder, "%s", w->let_go));
		kill_each_when_granted(w);
		crowd_clear(&crowd);
		expect_ok(client_answer(next));
		swap(&holder, &next);
	}
	ck_assert_int_eq(client_has_line(next, &eye), 0);
	expect_ok(client_ask(holder, "%s", w->let_go));
}
END_TEST

/* edge: 12 29 92 100 */
/* row: 94 */
START_TEST(grants_that_race_with_the_death_of_their_client_are_not_lost)
{
	const struct way *w = &ways[_i];
	struct client *holder = &a, *next = &b;
	int round;

	expect_ok(client_ask(holder, "%s", w->ask));
	for (round = 0; round < races() * w->rounds; round++) {
		queue_stopped_children(w);
		crowd_queue_client(next, &eye, w);
		client_send(holder, "%s", w->let_go);
		crowd_kill_all(&crowd);
		crowd_clear(&crowd);
		expect_ok(client_answer(holder));
		expect_ok(client_answer(next));
		present_await(&eye, w->kind, 1);
		swap(&holder, &next);
	}
	ck_assert_int_eq(client_has_line(next, &eye), 0);
	expect_ok(client_ask(holder, "%s", w->let_go));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kills");
	TCase *t = scene_case(s, "kills", setup, teardown);

	tcase_add_loop_test(
	    t, waiters_killed_in_the_queue_leave_it_to_the_living, 0, WAYS);
	tcase_add_loop_test(t,
	    grants_that_stopped_clients_never_read_pass_on_at_their_death, 0,
	    WAYS);
	tcase_add_loop_test(t,
	    grants_that_race_with_the_death_of_their_client_are_not_lost, 0,
	    WAYS);
	return scene_run(s);
}
