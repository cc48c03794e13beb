/* SPDX-License-Identifier: MIT */
/*
 * Clients that do not read what they asked for, or do not finish what they
 * say. The daemon stops reading from the former, parts after ten seconds with
 * those that burden it, and leaves alone whoever only holds or waits. The ten
 * seconds are waited for once, by one test for all kinds of slowness.
 */
#define _GNU_SOURCE 1
#include "crowd.h"
#include "fixture.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VALUE         900000 /* bytes of a large result */
#define TOO_EARLY     9000   /* ms; ten seconds with room for another clock */
#define MANY_TURNS    2000
#define PINGS_AT_ONCE 200

/* "x…x", len bytes with its quotes. */
static char *large_value(size_t len)
{
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	text[0] = text[len - 1] = '"';
	text[len] = '\0';
	return text;
}

/* Sends so many pings in one go, if there is room for them: more than the
 * daemon answers in one turn. Returns how many. */
static int send_pings_if_they_fit(struct client *c)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	char text[PINGS_AT_ONCE * sizeof(ping)], *p = text;
	ssize_t n;
	int i;

	for (i = 0; i < PINGS_AT_ONCE; i++)
		p = stpcpy(p, ping);
	n = send(c->fd, text, (size_t)(p - text), MSG_NOSIGNAL | MSG_DONTWAIT);
	/* The kernel takes so short a text whole or not at all. */
	ck_assert(n == p - text || (n < 0 && errno == EAGAIN));
	return n > 0 ? PINGS_AT_ONCE : 0;
}

/* Sends pings until the daemon has not made room for more in many turns;
 * returns how many. */
static int send_until_stuck(struct client *c)
{
	int sent = 0, turns = 0, n;

	while (turns < MANY_TURNS) {
		n = send_pings_if_they_fit(c);
		sent += n;
		turns = n > 0 ? 0 : turns + 1;
		if (n == 0)
			expect_ok(ask(P, "{'op':'ping'}"));
		ck_assert_msg(sent < 1000000, "it reads and reads");
	}
	return sent;
}

static void expect_pongs(struct client *c, int n)
{
	while (n-- > 0)
		expect_ok(client_answer(c));
}

/* edge: 93 */
/* row: 62 */
START_TEST(daemon_stops_reading_from_a_client_that_does_not_read)
{
	int sent = send_until_stuck(A);

	/* Others are served, and nothing is lost when it reads at last. */
	acquire(B, "k");
	expect_pongs(A, sent);
	expect_silence(A);
	expect_ok(ask(A, "{'op':'ping'}"));
}
END_TEST

/* c follows n flights, led by the leader; their keys are prefix0 and so on. */
static void follow(
    struct client *c, struct client *leader, const char *prefix, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		expect_ok(ask(
		    leader, "{'op':'flight.begin','key':'%s%d'}", prefix, i));
		ask_to_wait(c, "{'op':'flight.begin','key':'%s%d'}", prefix, i);
	}
}

static void finish(
    struct client *leader, const char *prefix, int n, const char *value)
{
	int i;

	for (i = 0; i < n; i++) {
		client_send(leader,
		    "{\"op\":\"flight.finish\",\"key\":\"%s%d\",\"value\":%s}",
		    prefix, i, value);
		expect_ok(client_answer(leader));
	}
}

static void expect_values(struct client *c, int n, const char *value)
{
	while (n-- > 0)
		expect_line_with(c, value);
}

/* edge: 19 93 100 */
START_TEST(detached_grant_that_cannot_be_handed_over_ends_with_the_client)
{
	char *value = large_value(VALUE);

	acquire(B, "k");
	follow(A, D, "f", 1);
	ask_to_wait(A, "{'op':'lock.acquire','key':'k','lease_ms':600000,"
		       "'detached':true}");
	wait_for_lock(C, "k");
	/* The value fills the socket, the grant comes to lie behind it. */
	finish(D, "f", 1, value);
	expect_ok(release(B, "k"));
	gauge_await(P, "lock", "waits", 1);
	expect_silence(C);
	client_close(A);
	expect_ok(client_answer(C));
	gauge_await(P, "lock", "holds", 1);
	free(value);
}
END_TEST

/*
 * The slow ones. A has more than the daemon will keep for it; C has less, and
 * so has `sharer`, because a value that is shared counts once; `lazy` has so
 * many answers unread that it is not read from. The others end in the middle of
 * a line: `half` has nothing, `holder` holds "held", and `waiter` waits for it.
 * D is idle. `stopped` is a process that holds "k".
 */
static struct client sharer, lazy, half, holder, waiter, leader;
static struct crowd stopped;
static int lazy_pings;

static const struct way held_by_stopped = {
    "lock", "{\"op\":\"lock.acquire\",\"key\":\"k\"}", NULL, 1, 1};

static void enter_slow_ones(void)
{
	client_open(&sharer, &server);
	client_open(&lazy, &server);
	client_open(&half, &server);
	client_open(&holder, &server);
	client_open(&waiter, &server);
	client_open(&leader, &server);
	crowd_init(&stopped, &server);
	crowd_queue(&stopped, P, &held_by_stopped, 1, 0);
	crowd_stop(&stopped, 0);
}

static void leave_slow_ones(void)
{
	crowd_deinit(&stopped);
	client_close(&sharer);
	client_close(&lazy);
	client_close(&half);
	client_close(&holder);
	client_close(&waiter);
	client_close(&leader);
}

#define FIRST_HALF  "{\"op\":"
#define SECOND_HALF "\"ping\"}\n"

static void say_half_lines(void)
{
	acquire(&holder, "held");
	wait_for_lock(&waiter, "held");
	client_write(&holder, FIRST_HALF, strlen(FIRST_HALF));
	client_write(&waiter, FIRST_HALF, strlen(FIRST_HALF));
	client_write(&half, FIRST_HALF, strlen(FIRST_HALF));
}

/* Sharer waits eight times for one flight: it may, being multiplexed. */
static void share_one_value(const char *value)
{
	int i;

	expect_ok(ask(&sharer, "{'op':'hello','multiplexed':true}"));
	acquire(&sharer, "sharer");
	expect_ok(ask(&leader, "{'op':'flight.begin','key':'s0'}"));
	for (i = 0; i < 8; i++)
		ask_to_wait(&sharer, "{'op':'flight.begin','key':'s0'}");
	finish(&leader, "s", 1, value);
}

static void burden(const char *value)
{
	share_one_value(value);
	acquire(C, "C");
	follow(C, &leader, "c", 3);
	finish(&leader, "c", 3, value);
	acquire(A, "A");
	wait_for_lock(B, "A");
	follow(A, &leader, "a", 6);
	/* One who reads has its share, whoever else does not. */
	ask_to_wait(D, "{'op':'flight.begin','key':'a5'}");
	finish(&leader, "a", 6, value);
	expect_values(D, 1, value);
}

static void expect_half_lines_to_go_on(void)
{
	client_write(&holder, SECOND_HALF, strlen(SECOND_HALF));
	expect_ok(client_answer(&holder));
	client_write(&waiter, SECOND_HALF, strlen(SECOND_HALF));
	expect_ok(client_answer(&waiter));
	expect_silence(&waiter);
	expect_ok(release(&holder, "held"));
	expect_ok(client_answer(&waiter));
}

static void expect_others_as_before(const char *value)
{
	expect_error(try_lock(P, "C"), "busy");
	expect_error(try_lock(P, "sharer"), "busy");
	expect_error(try_lock(P, "k"), "busy");
	expect_values(C, 3, value);
	expect_ok(release(C, "C"));
	expect_values(&sharer, 8, value);
	expect_ok(ask(&sharer, "{'op':'ping'}"));
	expect_pongs(&lazy, lazy_pings);
	expect_ok(ask(&lazy, "{'op':'ping'}"));
	expect_ok(ask(D, "{'op':'ping'}"));
}

/* What the daemon had handed to the socket comes, and then the end. */
static void expect_cut_off(struct client *c)
{
	char *line;
	int n = 0;

	for (; (line = client_line(c)); n++)
		free(line);
	ck_assert_int_lt(n, 6);
}

/* Something comes on one of the two connections. */
static void await_first(struct client *x, struct client *y)
{
	struct pollfd p[] = {
	    {.fd = x->fd, .events = POLLIN},
	    {.fd = y->fd, .events = POLLIN},
	};

	ck_assert_int_gt(TEMP_FAILURE_RETRY(poll(p, 2, 60000)), 0);
}

/* edge: 19 93 99 */
/* row: 10 62 */
START_TEST(slow_clients_are_parted_with_after_ten_seconds_if_they_burden)
{
	char *value = large_value(VALUE);
	long since;

	enter_slow_ones();
	lazy_pings = send_until_stuck(&lazy);
	since = now_ms();
	say_half_lines();
	burden(value);
	await_first(B, &half);
	ck_assert_int_ge(now_ms() - since, TOO_EARLY);
	expect_ok(client_answer(B));
	expect_end(&half);
	expect_half_lines_to_go_on();
	expect_others_as_before(value);
	expect_cut_off(A);
	leave_slow_ones();
	free(value);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    daemon_stops_reading_from_a_client_that_does_not_read,
	    detached_grant_that_cannot_be_handed_over_ends_with_the_client,
	    slow_clients_are_parted_with_after_ten_seconds_if_they_burden,
	    NULL,
	};

	return run_tests("slow", tests);
}
