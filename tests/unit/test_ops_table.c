/* SPDX-License-Identifier: MIT */
/*
 * The table of operations, against a table of its own: which members each
 * operation needs, which it may have, and that everything else is refused
 * before anything is done.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Names of members, with a space behind each. */
#define WAIT  "wait_ms max_waiters "
#define LEASE "lease_ms detached "
#define TERMS "capacity adopt "

static const struct {
	const char *op, *required, *optional;
} ops[] = {
    {"flight.begin", "key ", WAIT "lease_ms max_leaders "},
    {"flight.finish", "key ", "token value keep_ms "},
    {"flight.fail", "key ", "token message value keep_ms "},
    {"flight.abandon", "key ", "token "},
    {"flight.forget", "key ", ""},
    {"lock.acquire", "key ", WAIT LEASE},
    {"lock.release", "key ", "token "},
    {"limit.borrow", "key ", TERMS "permits " WAIT LEASE},
    {"limit.try_borrow", "key ", TERMS "permits " LEASE},
    {"limit.return", "key ", "token "},
    {"limit.set", "key capacity ", ""},
    {"limit.info", "key ", ""},
    {"limit.delete", "key ", ""},
    {"pool.get", "key ", TERMS "max_idle_ms " WAIT LEASE},
    {"pool.put", "key ", "token value "},
    {"pool.drop", "key ", "token "},
    {"pool.size", "key ", ""},
    {"pool.available", "key ", ""},
    {"pool.clear", "key ", ""},
    {"pool.set", "key ", "capacity max_idle_ms items order on_lost "},
    {"pool.info", "key ", ""},
    {"pool.delete", "key ", ""},
    {"ping", "", ""},
    {"hello", "", "client events multiplexed "},
    {"cancel", "target ", ""},
    {"renew", "token lease_ms ", "kind key "},
    {"reset", "", ""},
    {"list", "", "kind key prefix waiting max after "},
    {"stats", "", ""},
    {"watch", "events ", "kind prefix max_per_s "},
    {"admin.release", "kind key token ", ""},
};

/* A value for each member that any operation takes it with, and one of a type
 * that none takes (NULL: it takes all). */
static const struct {
	const char *name, *good, *bad;
} members[] = {
    {"key", "'k'", "7"},
    {"token", "7", "'7'"},
    {"wait_ms", "7", "true"},
    {"max_waiters", "7", "[7]"},
    {"lease_ms", "7", "'7'"},
    {"detached", "false", "0"},
    {"max_leaders", "7", "7.5"},
    {"value", "{'a':[1]}", NULL},
    {"keep_ms", "7", "-1"},
    {"message", "'m'", "7"},
    {"capacity", "7", "0"},
    {"adopt", "true", "'true'"},
    {"permits", "7", "{}"},
    {"max_idle_ms", "7", "1e2"},
    {"items", "[1,2]", "{}"},
    {"order", "'fifo'", "1"},
    {"on_lost", "'requeue'", "[]"},
    {"client", "'c'", "{}"},
    {"events", "['lost']", "'lost'"},
    {"multiplexed", "true", "1"},
    {"target", "'t'", "[1]"},
    {"kind", "'lock'", "1"},
    {"prefix", "'p'", "7"},
    {"waiting", "true", "'true'"},
    {"max", "7", "1001"},
    {"after", "'1.0'", "1"},
    {"max_per_s", "7", "'7'"},
};

static struct proto p;

static bool lists(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (; *names != '\0'; names += strcspn(names, " ") + 1) {
		if (strncmp(names, name, len) == 0 && names[len] == ' ')
			return true;
	}
	return false;
}

static bool takes(size_t op, size_t member)
{
	return lists(ops[op].required, members[member].name) ||
	       lists(ops[op].optional, members[member].name);
}

/* A request of the operation with what it requires, but without the member
 * left out (-1: none), and with more at its end; ' for ". */
static const char *request(size_t op, int left_out, const char *more)
{
	static char line[1000];
	int len = snprintf(line, sizeof(line), "{'op':'%s'", ops[op].op);

	for (size_t i = 0; i < COUNT(members); i++) {
		if ((int)i != left_out &&
		    lists(ops[op].required, members[i].name))
			len += snprintf(line + len, sizeof(line) - (size_t)len,
			    ",'%s':%s", members[i].name, members[i].good);
	}
	snprintf(line + len, sizeof(line) - (size_t)len, "%s}", more);
	return line;
}

/* Asserts that the request is refused, that the message has the name in
 * quotes between these words, and that nothing came of it. */
static void refuses(
    const char *line, const char *before, const char *name, const char *behind)
{
	char words[200];
	size_t used = 0;

	snprintf(words, sizeof(words), "%s\\'%s\\'%s", before, name, behind);
	proto_refuse(&p, A, line, "bad_request", words);
	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		used += (size_t)p.core->tally.counts[kind][TALLY_KEYS];
	ck_assert_msg(used == 0, "%s has left something behind", line);
}

/* Does the request on a core of its own; whether it is refused for its form.
 */
static bool is_refused(const char *line, const char *word)
{
	const char *heard;
	char named[100];
	bool is;

	proto_close(&p);
	proto_open(&p);
	heard = proto_ask(&p, A, "%s", line);
	/* What the operation itself has to say of it is for other tests. */
	snprintf(named, sizeof(named), "member \\'%s\\'", word);
	is = strstr(heard, named) != NULL ||
	     strstr(heard, "needs member") != NULL ||
	     strstr(heard, "must ") != NULL;
	proto_close(&p);
	proto_open(&p);
	return is;
}

#define OP_NAME(function, name, kind, required, optional, flags) name,

START_TEST(the_table_has_just_these_operations)
{
	static const char *const names[] = {OPS(OP_NAME)};

	ck_assert_uint_eq(COUNT(names), COUNT(ops));
	for (size_t i = 0; i < COUNT(ops); i++) {
		size_t n = 0;

		for (size_t k = 0; k < COUNT(names); k++)
			n += strcmp(ops[i].op, names[k]) == 0;
		ck_assert_msg(n == 1, "%s: %zu rows", ops[i].op, n);
	}
}
END_TEST

#define ARG_NAME(constant, name, type, smallest, largest) name,

START_TEST(no_member_is_left_out_here)
{
	static const char *const names[] = {ARGS(ARG_NAME)};

	/* All but id and op. */
	ck_assert_uint_eq(COUNT(names), COUNT(members) + 2);
	for (size_t i = 0; i < COUNT(members); i++) {
		size_t n = 0;

		for (size_t k = 0; k < COUNT(names); k++)
			n += strcmp(members[i].name, names[k]) == 0;
		ck_assert_msg(n == 1, "%s: %zu rows", members[i].name, n);
	}
}
END_TEST

START_TEST(each_operation_takes_what_it_needs_and_what_it_may_have)
{
	proto_open(&p);
	for (size_t op = 0; op < COUNT(ops); op++) {
		ck_assert_msg(
		    !is_refused(request(op, -1, ""), "?"), "%s", ops[op].op);
		for (size_t i = 0; i < COUNT(members); i++) {
			char more[100];

			if (!lists(ops[op].optional, members[i].name))
				continue;
			snprintf(more, sizeof(more), ",'%s':%s",
			    members[i].name, members[i].good);
			ck_assert_msg(
			    !is_refused(request(op, -1, more), members[i].name),
			    "%s does not take %s", ops[op].op, members[i].name);
		}
	}
	proto_close(&p);
}
END_TEST

START_TEST(each_operation_misses_what_it_needs)
{
	int n = 0;

	proto_open(&p);
	for (size_t op = 0; op < COUNT(ops); op++) {
		for (size_t i = 0; i < COUNT(members); i++) {
			if (!lists(ops[op].required, members[i].name))
				continue;
			refuses(request(op, (int)i, ""), "needs member ",
			    members[i].name, "");
			n++;
		}
	}
	ck_assert_int_eq(n, 30);
	proto_close(&p);
}
END_TEST

START_TEST(each_operation_refuses_every_member_it_does_not_take)
{
	proto_open(&p);
	for (size_t op = 0; op < COUNT(ops); op++) {
		for (size_t i = 0; i < COUNT(members); i++) {
			char more[100];

			if (takes(op, i))
				continue;
			snprintf(more, sizeof(more), ",'%s':%s",
			    members[i].name, members[i].good);
			refuses(request(op, -1, more), "unknown member ",
			    members[i].name, "");
		}
		refuses(request(op, -1, ",'zzzz':1"), "unknown member ", "zzzz",
		    "");
	}
	proto_close(&p);
}
END_TEST

START_TEST(each_member_is_refused_with_another_type_and_as_null)
{
	proto_open(&p);
	for (size_t op = 0; op < COUNT(ops); op++) {
		for (size_t i = 0; i < COUNT(members); i++) {
			char more[100];

			if (!takes(op, i) || members[i].bad == NULL)
				continue;
			snprintf(more, sizeof(more), ",'%s':%s",
			    members[i].name, members[i].bad);
			refuses(
			    request(op, (int)i, more), "", members[i].name, "");
			snprintf(
			    more, sizeof(more), ",'%s':null", members[i].name);
			refuses(
			    request(op, (int)i, more), "", members[i].name, "");
		}
	}
	proto_close(&p);
}
END_TEST

START_TEST(each_member_is_refused_when_it_is_there_twice)
{
	proto_open(&p);
	for (size_t op = 0; op < COUNT(ops); op++) {
		for (size_t i = 0; i < COUNT(members); i++) {
			char more[100];

			if (!takes(op, i))
				continue;
			snprintf(more, sizeof(more), ",'%s':%s,'%s':%s",
			    members[i].name, members[i].good, members[i].name,
			    members[i].good);
			refuses(request(op, (int)i, more), "member ",
			    members[i].name, " is there twice");
		}
		refuses(request(op, -1, ",'op':'ping'"), "member ", "op",
		    " is there twice");
	}
	proto_close(&p);
}
END_TEST

START_TEST(every_operation_takes_an_id_and_notes)
{
	proto_open(&p);
	for (size_t op = 0; op < COUNT(ops); op++) {
		const char *heard;

		proto_close(&p);
		proto_open(&p);
		heard = proto_ask(
		    &p, A, "%s", request(op, -1, ",'id':'i','x_a':1,'x_b':[]"));
		ck_assert_msg(strncmp(heard, "A {'id':'i','ok':", 17) == 0,
		    "%s: %s", ops[op].op, heard);
		ck_assert_msg(strstr(heard, "bad_request") == NULL ||
				  strcmp(ops[op].op, "pool.set") == 0,
		    "%s: %s", ops[op].op, heard);
	}
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    the_table_has_just_these_operations,
	    no_member_is_left_out_here,
	    each_operation_takes_what_it_needs_and_what_it_may_have,
	    each_operation_misses_what_it_needs,
	    each_operation_refuses_every_member_it_does_not_take,
	    each_member_is_refused_with_another_type_and_as_null,
	    each_member_is_refused_when_it_is_there_twice,
	    every_operation_takes_an_id_and_notes,
	    NULL,
	};

	return unit_run("ops_table", tests);
}
