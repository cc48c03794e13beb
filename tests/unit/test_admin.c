/* SPDX-License-Identifier: MIT */
/*
 * hello and stats: what the documents say, member for member, against the
 * core that they describe.
 */
#include "proto.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct proto p;

/* The answer to a request of A, parsed; to be freed by the caller. */
static json_t *ask(const char *line)
{
	const char *heard = proto_ask(&p, A, "%s", line);
	char *text;
	json_t *json;

	ck_assert_ptr_null(strchr(heard, '\n'));
	text = proto_swap(heard + 2, '\'', '"');
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_msg(json != NULL, "no JSON: %s", text);
	ck_assert(json_is_true(json_object_get(json, "ok")));
	free(text);
	return json;
}

static json_int_t integer(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	ck_assert_msg(json_is_integer(value), "%s is no integer", name);
	return json_integer_value(value);
}

static const char *string(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	ck_assert_msg(json_is_string(value), "%s is no string", name);
	return json_string_value(value);
}

START_TEST(hello_says_who_serves)
{
	const json_t *features;
	json_t *hello;

	proto_open(&p);
	hello = ask("{'op':'hello','id':'h'}");
	ck_assert_str_eq(string(hello, "id"), "h");
	ck_assert_str_eq(string(hello, "server"), "msyncd");
	ck_assert_str_eq(string(hello, "version"), PACKAGE_VERSION);
	ck_assert_int_eq(integer(hello, "protocol"), 1);
	ck_assert_int_eq(integer(hello, "epoch"), 501);
	features = json_object_get(hello, "features");
	ck_assert_uint_eq(json_array_size(features), 1);
	ck_assert_str_eq(
	    json_string_value(json_array_get(features, 0)), "watch");
	ck_assert_uint_eq(json_object_size(hello), 9);
	json_decref(hello);
	proto_close(&p);
}
END_TEST

START_TEST(hello_names_the_limits_in_force)
{
	static const struct {
		const char *name;
		json_int_t limit;
	} rows[] = {
	    {"max_line", 5000},
	    {"key", 256},
	    {"id", 64},
	    {"message", 1024},
	    {"depth", 64},
	    {"connections", 11},
	    {"waits", 12},
	    {"keys", 13},
	    {"bytes", 67108864},
	};
	json_t *hello, *limits;

	proto_open(&p);
	p.core->max_line_bytes = 5000;
	p.core->quota.shares =
	    (struct quota_shares){.most = {11, 12, 13, 67108864}};
	hello = ask("{'op':'hello'}");
	limits = json_object_get(hello, "limits");
	ck_assert_uint_eq(json_object_size(limits), 9);
	for (size_t i = 0; i < 9; i++)
		ck_assert_int_eq(integer(limits, rows[i].name), rows[i].limit);
	json_decref(hello);
	proto_close(&p);
}
END_TEST

START_TEST(every_session_has_a_name_of_its_own)
{
	char first[64];
	json_t *hello;

	proto_open(&p);
	hello = ask("{'op':'hello'}");
	snprintf(first, sizeof(first), "%s", string(hello, "session"));
	json_decref(hello);
	hello = ask("{'op':'hello'}");
	ck_assert_str_eq(string(hello, "session"), first);
	json_decref(hello);
	/* The next one in the same place is another one. */
	core_leave(p.core, p.sessions[A]);
	p.sessions[A] = core_join(p.core, &(struct peer){.uid = 1000});
	hello = ask("{'op':'hello'}");
	ck_assert_str_ne(string(hello, "session"), first);
	json_decref(hello);
	proto_close(&p);
}
END_TEST

/* What stats says of the kind; owned by *stats, which is to be freed. */
static json_t *kind_in_stats(json_t **stats, const char *kind)
{
	*stats = ask("{'op':'stats'}");
	return json_object_get(json_object_get(*stats, "kinds"), kind);
}

/* The counter of the kind, as stats tells it. */
static json_int_t counted(const char *kind, const char *name)
{
	json_t *stats = ask("{'op':'stats'}");
	const json_t *kinds = json_object_get(stats, "kinds");
	json_int_t n = integer(json_object_get(kinds, kind), name);

	json_decref(stats);
	return n;
}

START_TEST(stats_tells_every_counter_of_every_kind)
{
	json_t *stats, *kinds;

	proto_open(&p);
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		/* Those before are gauges, and are told as they are. */
		for (int i = TALLY_GRANTED; i < TALLY_N_COUNTS; i++)
			p.core->tally.counts[kind][i] = 1000 * kind + i;
		/* They are over, all of them. */
		p.core->tally.wait_ms[kind].count = 1000 * kind + TALLY_WAITED;
		p.core->tally.hold_ms[kind].count = 1000 * kind + TALLY_GRANTED;
	}
	proto_pass(&p, 77);
	stats = ask("{'op':'stats'}");
	ck_assert_int_eq(integer(stats, "uptime_ms"), 77);
	ck_assert_int_eq(integer(stats, "connections"), 4);
	kinds = json_object_get(stats, "kinds");
	ck_assert_uint_eq(json_object_size(kinds), 4);
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		json_t *counts = json_object_get(
		    kinds, object_kind_name((enum wire_kind)kind));
		size_t n = 0;

		for (int i = 0; i < TALLY_N_COUNTS; i++) {
			enum tally_count count = (enum tally_count)i;

			if (!tally_is_for(count, (enum wire_kind)kind))
				continue;
			ck_assert_int_eq(integer(counts, tally_name(count)),
			    i < TALLY_GRANTED ? 0 : 1000 * kind + i);
			n++;
		}
		/* And oldest_wait_ms, wait_ms, hold_ms; of flights, a ratio. */
		n += kind == WIRE_KIND_FLIGHT ? 4 : 3;
		ck_assert_uint_eq(json_object_size(counts), n);
	}
	json_decref(stats);
	proto_close(&p);
}
END_TEST

START_TEST(stats_counts_what_is_there_and_what_was)
{
	proto_open(&p);
	proto_ask(&p, A, "{'op':'lock.acquire','key':'k'}");
	proto_ask(&p, B, "{'op':'lock.acquire','key':'k','wait_ms':5}");
	proto_ask(&p, C, "{'op':'lock.acquire','key':'l'}");
	ck_assert_int_eq(counted("lock", "keys"), 2);
	ck_assert_int_eq(counted("lock", "holds"), 2);
	ck_assert_int_eq(counted("lock", "waits"), 1);
	ck_assert_int_eq(counted("lock", "granted"), 2);
	proto_pass(&p, 5);
	core_leave(p.core, p.sessions[C]);
	ck_assert_int_eq(counted("lock", "timeout"), 1);
	ck_assert_int_eq(counted("lock", "waits"), 0);
	ck_assert_int_eq(counted("lock", "lost"), 1);
	proto_ask(&p, A, "{'op':'lock.release','key':'k'}");
	ck_assert_int_eq(counted("lock", "holds"), 0);
	ck_assert_int_eq(counted("lock", "released"), 1);
	ck_assert_int_eq(counted("limit", "granted"), 0);
	proto_close(&p);
}
END_TEST

START_TEST(connections_are_counted_as_they_come_and_go)
{
	json_t *stats;

	proto_open(&p);
	core_leave(p.core, p.sessions[B]);
	core_leave(p.core, p.sessions[D]);
	stats = ask("{'op':'stats'}");
	ck_assert_int_eq(integer(stats, "connections"), 2);
	json_decref(stats);
	proto_close(&p);
}
END_TEST

START_TEST(stats_counts_lines_and_users)
{
	json_t *stats;

	proto_open(&p);
	proto_ask(&p, B, "{'op':'ping'}");
	proto_ask(&p, B, "\r");
	proto_ask(&p, B, "{'op':'watch','events':['lost']}");
	proto_ask(&p, B, "{'op':'pong'}");
	proto_ask(&p, B, "{'op':'ping','id':[]}");
	proto_ask(&p, B, "{'op'");
	verbs_too_long(p.core, p.sessions[B]);
	p.core->tally.n_refused = 5;
	proto_heard(&p);
	stats = ask("{'op':'stats'}");
	ck_assert_str_eq(string(stats, "version"), PACKAGE_VERSION);
	ck_assert_int_eq(integer(stats, "requests"), 5);
	ck_assert_int_eq(integer(stats, "bad_lines"), 2);
	ck_assert_int_eq(integer(stats, "users"), 2);
	ck_assert_int_eq(integer(stats, "watchers"), 1);
	ck_assert_int_eq(integer(stats, "joined"), 4);
	ck_assert_int_eq(integer(stats, "refused"), 5);
	json_decref(stats);
	proto_close(&p);
}
END_TEST

START_TEST(stats_tells_how_long_the_oldest_wait_is)
{
	proto_open(&p);
	proto_ask(&p, A, "{'op':'lock.acquire','key':'k'}");
	proto_ask(&p, A, "{'op':'lock.acquire','key':'l'}");
	proto_pass(&p, 10);
	ck_assert_int_eq(counted("lock", "oldest_wait_ms"), 0);
	proto_ask(&p, B, "{'op':'lock.acquire','key':'k','wait_ms':50}");
	proto_pass(&p, 30);
	proto_ask(&p, C, "{'op':'lock.acquire','key':'l'}");
	ck_assert_int_eq(counted("lock", "oldest_wait_ms"), 30);
	ck_assert_int_eq(counted("pool", "oldest_wait_ms"), 0);
	proto_pass(&p, 20);
	ck_assert_int_eq(counted("lock", "oldest_wait_ms"), 20);
	proto_ask(&p, A, "{'op':'lock.release','key':'l'}");
	ck_assert_int_eq(counted("lock", "oldest_wait_ms"), 0);
	proto_close(&p);
}
END_TEST

START_TEST(stats_tells_how_long_waits_and_holds_were)
{
	json_t *stats, *wait, *expected;

	proto_open(&p);
	proto_ask(&p, A, "{'op':'lock.acquire','key':'k'}");
	proto_ask(&p, B, "{'op':'lock.acquire','key':'k','wait_ms':7}");
	proto_ask(&p, C, "{'op':'lock.acquire','key':'k','wait_ms':7}");
	proto_ask(&p, D, "{'op':'lock.acquire','key':'k','wait_ms':1000}");
	proto_pass(&p, 7);
	proto_pass(&p, 993);
	wait = json_object_get(kind_in_stats(&stats, "lock"), "wait_ms");
	/* 1000 is counted with 992 to 1023. */
	expected = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:[[i,i],"
			     "[i,i]]}",
	    "count", 3, "sum", 1014, "max", 1000, "p50", 7, "p90", 1000, "p99",
	    1000, "p999", 1000, "buckets", 7, 2, 1023, 1);
	ck_assert(json_equal(wait, expected));
	json_decref(expected);
	json_decref(stats);
	wait = json_object_get(kind_in_stats(&stats, "lock"), "hold_ms");
	expected = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:[]}",
	    "count", 0, "sum", 0, "max", 0, "p50", 0, "p90", 0, "p99", 0,
	    "p999", 0, "buckets");
	ck_assert(json_equal(wait, expected));
	json_decref(expected);
	json_decref(stats);
	proto_close(&p);
}
END_TEST

START_TEST(hit_ratio_is_the_part_of_flights_that_were_shared)
{
	static const struct {
		int64_t fresh, shared;
		const char *text;
	} rows[] = {
	    {3, 0, "0.0"},
	    {1, 2, "0.666667"},
	    {0, 5, "1.0"},
	};
	json_t *stats, *ratio;

	proto_open(&p);
	ratio = json_object_get(kind_in_stats(&stats, "flight"), "hit_ratio");
	ck_assert_ptr_null(ratio);
	json_decref(stats);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t *counts = p.core->tally.counts[WIRE_KIND_FLIGHT];
		char words[64];

		counts[TALLY_FRESH] = rows[i].fresh;
		counts[TALLY_SHARED] = rows[i].shared;
		snprintf(words, sizeof(words), "'hit_ratio':%s,", rows[i].text);
		ck_assert_ptr_nonnull(
		    strstr(proto_ask(&p, A, "{'op':'stats'}"), words));
	}
	proto_close(&p);
}
END_TEST

/* What it may be told with the longest line of 4 KiB, and what the manual
 * promises. */
START_TEST(the_fullest_stats_are_shorter_than_128_kib)
{
	size_t len;

	proto_open(&p);
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		for (int i = 0; i < HISTOGRAM_N_BUCKETS; i++) {
			p.core->tally.wait_ms[kind].buckets[i] = INT64_MAX;
			p.core->tally.hold_ms[kind].buckets[i] = INT64_MAX;
		}
	}
	len = strlen(proto_ask(&p, A, "{'op':'stats'}"));
	ck_assert_uint_gt(len, 64 * 1024);
	ck_assert_uint_lt(len, 128 * 1024);
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    hello_says_who_serves,
	    hello_names_the_limits_in_force,
	    every_session_has_a_name_of_its_own,
	    stats_tells_every_counter_of_every_kind,
	    stats_counts_what_is_there_and_what_was,
	    connections_are_counted_as_they_come_and_go,
	    stats_counts_lines_and_users,
	    stats_tells_how_long_the_oldest_wait_is,
	    stats_tells_how_long_waits_and_holds_were,
	    hit_ratio_is_the_part_of_flights_that_were_shared,
	    the_fullest_stats_are_shorter_than_128_kib,
	    NULL,
	};

	return unit_run("admin", tests);
}
