/* SPDX-License-Identifier: MIT */
/*
 * The operation stats: what the daemon says of waits and holds against what
 * clients measured themselves, on the same clock.
 *
 * A client cannot see when the daemon noticed something, but between which two
 * moments of its own that was: not before a request was sent, and not after it
 * was answered, or a ping behind it. So each wait and each hold took at least
 * so long and at most so long, however slow the machine is, and the daemon has
 * to agree with both. It counts whole milliseconds, so one more on either side.
 */
#include "crowd.h"
#include "fixture.h"
#include "settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_ROUNDS 60

/* How long something took, as bounds. */
struct span {
	long at_least, at_most;
};

struct spans {
	struct span all[2 * N_ROUNDS];
	int n;
};

static void add_span(struct spans *spans, long at_least, long at_most)
{
	/* The daemon's two readings of the clock are rounded down. */
	spans->all[spans->n++] =
	    (struct span){at_least > 0 ? at_least - 1 : 0, at_most + 1};
}

static json_int_t number_of(const json_t *object, const char *name)
{
	const json_t *number = json_object_get(object, name);

	ck_assert_msg(json_is_integer(number), "%s is no integer", name);
	return json_integer_value(number);
}

/* A number of the whole daemon. */
static json_int_t counted(const char *name)
{
	json_t *stats = ask(P, "{'op':'stats'}");
	json_int_t n = number_of(stats, name);

	json_decref(stats);
	return n;
}

/* Distributions ---------------------------------------------------- */

static int compare(const void *left, const void *right)
{
	long a = *(const long *)left, b = *(const long *)right;

	return (a > b) - (a < b);
}

/* The quantile of numbers that were measured, exactly. */
static long quantile(long *all, int n, int per_mille)
{
	qsort(all, (size_t)n, sizeof(*all), compare);
	return all[(n * per_mille + 999) / 1000 - 1];
}

/* Asserts that the quantile lies between those of the bounds, but for the 1/32
 * that a bucket may be off. */
static void is_quantile(const json_t *said, const char *name, int per_mille,
    const struct spans *spans)
{
	long least[2 * N_ROUNDS], most[2 * N_ROUNDS], low, high;
	long number = (long)number_of(said, name);

	for (int i = 0; i < spans->n; i++) {
		least[i] = spans->all[i].at_least;
		most[i] = spans->all[i].at_most;
	}
	low = quantile(least, spans->n, per_mille);
	high = quantile(most, spans->n, per_mille);
	ck_assert_msg(number >= low - low / 32 && number <= high + high / 32,
	    "%s is %ld, measured were %ld to %ld", name, number, low, high);
}

static void are_buckets(const json_t *said)
{
	const json_t *buckets = json_object_get(said, "buckets");
	json_int_t n = 0, last = -1;
	json_t *bucket;
	size_t i;

	json_array_foreach(buckets, i, bucket) {
		json_int_t upper =
		    json_integer_value(json_array_get(bucket, 0));
		json_int_t count =
		    json_integer_value(json_array_get(bucket, 1));

		ck_assert_int_gt(upper, last);
		ck_assert_int_gt(count, 0);
		last = upper;
		n += count;
	}
	ck_assert_int_eq(n, number_of(said, "count"));
	ck_assert_int_ge(last, number_of(said, "max"));
}

/* Asserts that a distribution of the kind agrees with what was measured. */
static void agrees(
    const char *kind, const char *name, const struct spans *spans)
{
	json_t *stats = ask(P, "{'op':'stats'}");
	const json_t *kinds = json_object_get(stats, "kinds");
	const json_t *said =
	    json_object_get(json_object_get(kinds, kind), name);
	json_int_t sum = number_of(said, "sum");
	long least = 0, most = 0, longest = 0;

	for (int i = 0; i < spans->n; i++) {
		least += spans->all[i].at_least;
		most += spans->all[i].at_most;
		if (spans->all[i].at_most > longest)
			longest = spans->all[i].at_most;
	}
	ck_assert_int_eq(number_of(said, "count"), spans->n);
	ck_assert_msg(sum >= least && sum <= most,
	    "%s of %s: sum %lld, measured were %ld to %ld", name, kind,
	    (long long)sum, least, most);
	ck_assert_int_le(number_of(said, "max"), longest);
	is_quantile(said, "p50", 500, spans);
	is_quantile(said, "p90", 900, spans);
	is_quantile(said, "p99", 990, spans);
	is_quantile(said, "p999", 999, spans);
	are_buckets(said);
	json_decref(stats);
}

static void pass(int ms)
{
	if (ms > 0)
		let_pass(ms);
}

/* Waits end by a grant. Locks serve let_pass(), so these are permits. */
START_TEST(waits_and_holds_took_as_long_as_clients_say)
{
	static struct spans waits, holds;

	for (int i = 0; i < N_ROUNDS; i++) {
		/* From nothing to a quarter of a second, short ones more. */
		int ms = i * i * i / 900;
		long asked, held, waiting, waits_from, freed, granted;

		asked = now_ms();
		expect_ok(
		    ask(A, "{'op':'limit.borrow','key':'k','capacity':1}"));
		held = now_ms();
		waits_from = now_ms();
		ask_to_wait(B, "{'op':'limit.borrow','key':'k'}");
		waiting = now_ms();
		pass(ms);
		freed = now_ms();
		expect_ok(ask(A, "{'op':'limit.return','key':'k'}"));
		expect_ok(client_answer(B));
		granted = now_ms();
		add_span(&holds, freed - held, granted - asked);
		add_span(&waits, freed - waiting, granted - waits_from);
		pass(ms / 4);
		asked = now_ms();
		expect_ok(ask(B, "{'op':'limit.return','key':'k'}"));
		add_span(&holds, asked - granted, now_ms() - freed);
	}
	agrees("limit", "wait_ms", &waits);
	agrees("limit", "hold_ms", &holds);
}
END_TEST

/* However they end: refused, cancelled, with their connection, by their lease.
 */
START_TEST(waits_and_holds_that_end_otherwise_are_timed_too)
{
	static struct spans waits, holds;
	long asked, held, over;

	asked = now_ms();
	expect_ok(ask(A, "{'op':'limit.borrow','key':'k','capacity':1,"
			 "'lease_ms':120}"));
	held = now_ms();
	expect_error(
	    ask(B, "{'op':'limit.borrow','key':'k','wait_ms':25}"), "timeout");
	over = now_ms();
	add_span(&waits, 25, over - held);
	held = now_ms();
	ask_to_wait(B, "{'id':1,'op':'limit.borrow','key':'k'}");
	ask_to_wait(C, "{'op':'limit.borrow','key':'k'}");
	expect_ok(ask(D, "{'op':'limit.info','key':'k'}"));
	tell(B, "{'op':'cancel','target':1}");
	expect_error(client_answer(B), "cancelled");
	expect_ok(client_answer(B));
	client_close(C);
	connected_await(P, 4);
	over = now_ms();
	add_span(&waits, 0, over - held);
	add_span(&waits, 0, over - held);
	gauge_await(P, "limit", "holds", 0);
	add_span(&holds, 120, now_ms() - asked);
	agrees("limit", "wait_ms", &waits);
	agrees("limit", "hold_ms", &holds);
	client_open(C, &server);
}
END_TEST

/* Gauges ----------------------------------------------------------- */

static json_int_t oldest_wait(const char *kind)
{
	return gauge(P, kind, "oldest_wait_ms");
}

START_TEST(the_oldest_wait_is_told_until_it_ends)
{
	long asked, waiting, later;

	expect_ok(ask(A, "{'op':'limit.borrow','key':'k','capacity':1}"));
	expect_ok(ask(A, "{'op':'limit.borrow','key':'l','capacity':1}"));
	ck_assert_int_eq(oldest_wait("limit"), 0);
	asked = now_ms();
	ask_to_wait(B, "{'op':'limit.borrow','key':'k'}");
	waiting = now_ms();
	let_pass(60);
	later = now_ms();
	ask_to_wait(C, "{'op':'limit.borrow','key':'l'}");
	ck_assert_int_ge(oldest_wait("limit"), later - waiting - 1);
	ck_assert_int_le(oldest_wait("limit"), now_ms() - asked + 1);
	ck_assert_int_eq(oldest_wait("lock"), 0);
	expect_ok(ask(A, "{'op':'limit.return','key':'k'}"));
	expect_ok(client_answer(B));
	ck_assert_int_le(oldest_wait("limit"), now_ms() - later + 1);
	expect_ok(ask(A, "{'op':'limit.return','key':'l'}"));
	expect_ok(client_answer(C));
	ck_assert_int_eq(oldest_wait("limit"), 0);
}
END_TEST

static const struct way ways[] = {
    {"lock", "{\"op\":\"lock.acquire\",\"key\":\"k\"}",
	"{\"op\":\"lock.release\",\"key\":\"k\"}", 1, 0},
    {"limit", "{\"op\":\"limit.borrow\",\"key\":\"k\",\"capacity\":3}",
	"{\"op\":\"limit.return\",\"key\":\"k\"}", 3, 0},
    {"flight", "{\"op\":\"flight.begin\",\"key\":\"k\"}",
	"{\"op\":\"flight.finish\",\"key\":\"k\"}", 1, 0},
    {"pool", "{\"op\":\"pool.get\",\"key\":\"k\",\"capacity\":2}",
	"{\"op\":\"pool.drop\",\"key\":\"k\"}", 2, 0},
};

/* What has ended was counted once, as a wait that ended and as a hold. */
static void is_even(const char *kind)
{
	json_t *stats = ask(P, "{'op':'stats'}");
	const json_t *of =
	    json_object_get(json_object_get(stats, "kinds"), kind);
	const json_t *waits = json_object_get(of, "wait_ms");
	const json_t *holds = json_object_get(of, "hold_ms");

	ck_assert_int_eq(number_of(of, "waits"), 0);
	ck_assert_int_eq(number_of(of, "holds"), 0);
	ck_assert_int_eq(number_of(of, "oldest_wait_ms"), 0);
	ck_assert_int_eq(number_of(waits, "count"), number_of(of, "waited"));
	ck_assert_int_eq(number_of(holds, "count"), number_of(of, "granted"));
	ck_assert_int_ge(number_of(of, "granted"), 1);
	json_decref(stats);
}

START_TEST(after_a_crowd_was_killed_the_gauges_are_at_zero_again)
{
	json_int_t joined = counted("joined"), n = 0;
	struct crowd crowd;

	crowd_init(&crowd, &server);
	for (int round = 0; round < 5; round++) {
		for (size_t i = 0; i < 4; i++)
			crowd_queue(&crowd, P, &ways[i], 6, 1);
		ck_assert_int_eq(counted("connections"), 5 + 24);
		crowd_kill_all(&crowd);
		crowd_clear(&crowd);
		connected_await(P, 5);
		emptiness_await(P);
		n += 24;
	}
	crowd_deinit(&crowd);
	for (size_t i = 0; i < 4; i++)
		is_even(ways[i].kind);
	ck_assert_int_eq(counted("connections"), 5);
	ck_assert_int_eq(counted("users"), 1);
	ck_assert_int_eq(counted("joined"), joined + n);
}
END_TEST

/* Lines and connections -------------------------------------------- */

START_TEST(requests_and_bad_lines_are_counted)
{
	json_int_t requests = counted("requests");

	for (int i = 0; i < 100; i++)
		tell(A, "{'op':'ping'}\r\n\r\n");
	for (int i = 0; i < 100; i++)
		expect_ok(client_answer(A));
	expect_error(ask(A, "{'op':'pong'}"), "unknown_op");
	expect_error(ask(A, "{'op':'ping','key':'k'}"), "bad_request");
	expect_error(ask(A, "{'op':'ping'"), "parse");
	expect_error(ask(A, "[]"), "parse");
	client_send(A, "%0*d", 1024 * 1024 + 1, 0);
	expect_error(client_answer(A), "too_long");
	ck_assert_int_eq(counted("bad_lines"), 3);
	/* With the two requests for these numbers. */
	ck_assert_int_eq(counted("requests"), requests + 102 + 2);
}
END_TEST

START_TEST(connections_turned_away_are_counted)
{
	struct client turned;

	reconfigure(&server, "max_connections = 5\n");
	for (int i = 0; i < 3; i++) {
		client_open(&turned, &server);
		expect_error(client_answer(&turned), "quota");
		client_close(&turned);
	}
	ck_assert_int_eq(counted("refused"), 3);
	ck_assert_int_eq(counted("joined"), 5);
	reconfigure(&server, "uid_share {\n\tconnections = 5\n}\n");
	client_open(&turned, &server);
	expect_error(client_answer(&turned), "quota");
	client_close(&turned);
	ck_assert_int_eq(counted("refused"), 4);
}
END_TEST

START_TEST(users_are_those_who_are_connected)
{
	struct client other;

	ck_assert_int_eq(counted("users"), 1);
	if (!open_as_other_user(&other))
		return;
	expect_ok(ask(&other, "{'op':'ping'}"));
	ck_assert_int_eq(counted("users"), 2);
	client_close(&other);
	connected_await(P, 5);
	ck_assert_int_eq(counted("users"), 1);
}
END_TEST

START_TEST(the_ratio_of_shared_results_is_told)
{
	json_t *stats;
	const json_t *ratio;

	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	for (int i = 0; i < 3; i++)
		ask_to_wait(
		    &connections[1 + i], "{'op':'flight.begin','key':'k'}");
	expect_ok(ask(A, "{'op':'flight.finish','key':'k'}"));
	for (int i = 0; i < 3; i++)
		expect_ok(client_answer(&connections[1 + i]));
	stats = ask(P, "{'op':'stats'}");
	ratio = json_object_get(
	    json_object_get(json_object_get(stats, "kinds"), "flight"),
	    "hit_ratio");
	ck_assert(json_real_value(ratio) == 0.75);
	json_decref(stats);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    waits_and_holds_took_as_long_as_clients_say,
	    waits_and_holds_that_end_otherwise_are_timed_too,
	    the_oldest_wait_is_told_until_it_ends,
	    after_a_crowd_was_killed_the_gauges_are_at_zero_again,
	    requests_and_bad_lines_are_counted,
	    connections_turned_away_are_counted,
	    users_are_those_who_are_connected,
	    the_ratio_of_shared_results_is_told,
	    NULL,
	};

	return run_tests("stats", tests);
}
