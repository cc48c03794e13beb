/* SPDX-License-Identifier: MIT */
/*
 * What a key, a connection, a value or an endless line costs when it is gone:
 * nothing. The figures are the daemon's own resident memory and descriptors.
 * They mean nothing under valgrind or AddressSanitizer: MSYNC_TEST_MEMORY=0
 * leaves out the judgement of the memory, and takes a tenth of the keys.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define COUNT(rows)   (sizeof(rows) / sizeof((rows)[0]))
#define WARM_UP_KEYS  100000
#define MILLION_KEYS  1000000
#define KEYS_AT_ONCE  250 /* their answers fit into the socket */
#define N_CONNECTIONS 1000
/* The allocator needs a few rounds until it has found its pages: about 400 KiB
 * come in the first three, and then it goes up and down by 100. */
#define WARM_UP_ROUNDS 4
#define ROUNDS         12
/* What one line of the greatest length may cost, buffers and all, in KiB. */
#define LINE_COST (6 * 1024)

static int memory_counts(void)
{
	const char *wish = getenv("MSYNC_TEST_MEMORY");

	return !wish || strcmp(wish, "0") != 0;
}

/* The daemon uses at most so much, in KiB. */
static void expect_rss_at_most(long most)
{
	long rss = daemon_rss(&server);

	if (memory_counts())
		ck_assert_msg(rss <= most,
		    "the daemon uses %ld KiB, allowed are %ld", rss, most);
}

/* How a key of each kind is taken and let go; with what members. */
static const struct {
	const char *take, *with, *leave, *saying;
} ways[] = {
    {"lock.acquire", "", "lock.release", ""},
    {"limit.borrow", ",\"capacity\":2", "limit.return", ""},
    {"flight.begin", "", "flight.finish", ",\"value\":[1]"},
    {"pool.get", ",\"capacity\":2", "pool.drop", ""},
};

/* The lines that take and let go the keys with these numbers. */
static size_t write_lines(char *text, int from, int n)
{
	char *p = text;
	int i;

	for (i = from; i < from + n; i++) {
		size_t way = (size_t)i % COUNT(ways);

		p += sprintf(p,
		    "{\"op\":\"%s\",\"key\":\"memory/%d\"%s}\n"
		    "{\"op\":\"%s\",\"key\":\"memory/%d\"%s}\n",
		    ways[way].take, i, ways[way].with, ways[way].leave, i,
		    ways[way].saying);
	}
	return (size_t)(p - text);
}

/* Reads n answers, all of which must be ok. */
static void expect_oks(struct client *c, int n)
{
	static char text[KEYS_AT_ONCE * 2 * 256];
	size_t len = 0;
	int lf = 0, ok = 0;
	ssize_t got, i;
	char *p;

	while (lf < n) {
		got = recv(c->fd, text + len, sizeof(text) - len - 1, 0);
		ck_assert_int_gt(got, 0);
		for (i = 0; i < got; i++)
			lf += text[len + (size_t)i] == '\n';
		len += (size_t)got;
	}
	text[len] = '\0';
	for (p = text; (p = strstr(p, "\"ok\":true")); p++)
		ok++;
	ck_assert_int_eq(lf, n);
	ck_assert_msg(ok == n, "not all are ok: %.1000s", text);
}

/* Each key is new to the daemon, and gone again when its answers are here. */
static void run_through_keys(struct client *c, int from, int n)
{
	static char text[KEYS_AT_ONCE * 256];
	int i;

	for (i = from; i < from + n; i += KEYS_AT_ONCE) {
		client_write(c, text, write_lines(text, i, KEYS_AT_ONCE));
		expect_oks(c, 2 * KEYS_AT_ONCE);
	}
}

/* edge: 44 100 */
/* row: 54 */
START_TEST(million_distinct_keys_leave_no_memory_behind)
{
	int n = memory_counts() ? MILLION_KEYS : MILLION_KEYS / 10;
	long warm;

	run_through_keys(A, 0, WARM_UP_KEYS);
	warm = daemon_rss(&server);
	run_through_keys(A, WARM_UP_KEYS, n);
	emptiness_await(B);
	expect_rss_at_most(warm + warm / 10);
}
END_TEST

static void park(struct client *c, int n)
{
	char text[KEYS_AT_ONCE * 64];

	for (int i = 0; i < n;) {
		char *p = text;

		for (int end = i + KEYS_AT_ONCE; i < end; i++)
			p += sprintf(p,
			    "{\"id\":%d,\"op\":\"lock.acquire\",\"key\":\"k\"}\n",
			    i);
		client_write(c, text, (size_t)(p - text));
		expect_ok(ask(c, "{'op':'ping'}"));
	}
}

/* What is made last lives on; it must not keep what is below it. */
START_TEST(waits_of_a_peak_leave_no_memory_behind)
{
	const int n = memory_counts() ? 40000 : 4000;
	long before;

	expect_ok(ask(A, "{'op':'hello','multiplexed':true}"));
	expect_ok(ask(B, "{'op':'lock.acquire','key':'k'}"));
	park(A, KEYS_AT_ONCE);
	before = daemon_rss(&server);
	expect_ok(ask(D, "{'op':'hello','multiplexed':true}"));
	park(D, n);
	ck_assert_int_gt(daemon_rss(&server), before);
	expect_ok(ask(C, "{'op':'lock.acquire','key':'stays'}"));
	tell(D, "{'op':'reset'}");
	for (int i = 0; i < n; i++)
		expect_error(client_answer(D), "cancelled");
	expect_ok(client_answer(D));
	expect_rss_at_most(before + 1024);
}
END_TEST

/* A thousand come, hold something, begin a line, and go. */
static void come_and_go(void)
{
	struct client *c = calloc(N_CONNECTIONS, sizeof(*c));
	int i;

	ck_assert_ptr_nonnull(c);
	for (i = 0; i < N_CONNECTIONS; i++) {
		client_open(&c[i], &server);
		expect_ok(ask(&c[i], "{'op':'lock.acquire','key':'%d'}", i));
		client_write(&c[i], "{\"op\":", 6);
	}
	for (i = 0; i < N_CONNECTIONS; i++)
		client_close(&c[i]);
	free(c);
}

static void await_fds(int n)
{
	long end = now_ms() + 60000;

	while (daemon_fds(&server) != n) {
		ck_assert_msg(now_ms() < end,
		    "%d descriptors are open, expected %d", daemon_fds(&server),
		    n);
		expect_ok(ask(B, "{'op':'ping'}"));
	}
}

/* edge: 44 100 */
START_TEST(thousand_connections_that_came_and_went_leave_nothing_behind)
{
	int fds, round;
	long warm = 0;

	/* All of the fixture's connections have been accepted. */
	connected_await(B, 5);
	fds = daemon_fds(&server);
	for (round = 1; round <= WARM_UP_ROUNDS + ROUNDS; round++) {
		come_and_go();
		connected_await(B, 5);
		await_fds(fds);
		if (round == WARM_UP_ROUNDS)
			warm = daemon_rss(&server);
	}
	gauge_await(B, "lock", "holds", 0);
	gauge_await(B, "lock", "waits", 0);
	/* A thousand take 800 KiB. If a tenth of that stayed each time, it
	 * would show: twelve rounds would leave 960. */
	expect_rss_at_most(warm + 480);
}
END_TEST

/* edge: 89 */
/* row: 4 */
START_TEST(endless_line_is_thrown_away_as_it_comes)
{
	size_t len = 8 << 20;
	char *text = malloc(len);
	long before = daemon_rss(&server);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	client_write(A, text, len);
	expect_rss_at_most(before + LINE_COST);
	client_write(A, "\n", 1);
	expect_error(client_answer(A), "too_long");
	expect_rss_at_most(before + LINE_COST);
	free(text);
}
END_TEST

/* As a tree in memory it would take eighty times its bytes. */
/* row: 20 */
START_TEST(value_of_many_small_parts_costs_its_bytes_and_no_more)
{
	size_t n = 300000, i;
	char *text = malloc(3 * n + 3), *p = stpcpy(text, "[{}");
	long before;

	for (i = 1; i < n; i++)
		p = stpcpy(p, ",{}");
	stpcpy(p, "]");
	before = daemon_rss(&server);
	expect_ok(ask(A, "{'op':'pool.get','key':'k','capacity':1}"));
	client_send(
	    A, "{\"op\":\"pool.put\",\"key\":\"k\",\"value\":%s}", text);
	expect_ok(client_answer(A));
	expect_rss_at_most(before + LINE_COST);
	tell(A, "{'op':'pool.get','key':'k'}");
	expect_line_with(A, text);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    million_distinct_keys_leave_no_memory_behind,
	    waits_of_a_peak_leave_no_memory_behind,
	    thousand_connections_that_came_and_went_leave_nothing_behind,
	    endless_line_is_thrown_away_as_it_comes,
	    value_of_many_small_parts_costs_its_bytes_and_no_more,
	    NULL,
	};

	scene_allow_files(4096);
	return run_tests("memory", tests);
}
