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
	json_t *hello;

	proto_open(&p);
	hello = ask("{'op':'hello','id':'h'}");
	ck_assert_str_eq(string(hello, "id"), "h");
	ck_assert_str_eq(string(hello, "server"), "msyncd");
	ck_assert_str_eq(string(hello, "version"), PACKAGE_VERSION);
	ck_assert_int_eq(integer(hello, "protocol"), 1);
	ck_assert_int_eq(integer(hello, "epoch"), 501);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(hello, "features")), 0);
	ck_assert(json_is_array(json_object_get(hello, "features")));
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

int main(void)
{
	const TTest *const tests[] = {
	    hello_says_who_serves,
	    hello_names_the_limits_in_force,
	    every_session_has_a_name_of_its_own,
	    stats_tells_every_counter_of_every_kind,
	    stats_counts_what_is_there_and_what_was,
	    connections_are_counted_as_they_come_and_go,
	    NULL,
	};

	return unit_run("admin", tests);
}
