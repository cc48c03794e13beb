/* SPDX-License-Identifier: MIT */
/*
 * The operation list: who holds, who waits, with pid, user and program; which
 * keys are told; and pages that miss nobody.
 */
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The only key of the answer, borrowed from it. */
static const json_t *only_key(const json_t *answer)
{
	const json_t *keys = json_object_get(answer, "keys");

	ck_assert(json_is_true(json_object_get(answer, "ok")));
	ck_assert_uint_eq(json_array_size(keys), 1);
	return json_array_get(keys, 0);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	ck_assert_msg(text != NULL, "%s is no text", name);
	return text;
}

static json_int_t number_of(const json_t *object, const char *name)
{
	const json_t *number = json_object_get(object, name);

	ck_assert_msg(json_is_integer(number), "%s is no integer", name);
	return json_integer_value(number);
}

/* Asserts that somebody is this process, under the name it gave itself. */
static void is_us(const json_t *who, const char *command, const char *client)
{
	ck_assert_int_eq(number_of(who, "pid"), getpid());
	ck_assert_int_eq(number_of(who, "uid"), getuid());
	ck_assert_str_eq(text_of(who, "command"), command);
	ck_assert_str_eq(text_of(who, "client"), client);
}

static const json_t *nth(const json_t *key, const char *list, size_t i)
{
	return json_array_get(json_object_get(key, list), i);
}

START_TEST(list_names_holder_and_waiters_in_order_with_their_programs)
{
	long began = now_ms();
	const json_t *key;
	json_int_t token;
	json_t *answer;

	ck_assert_int_eq(prctl(PR_SET_NAME, "a \"shop\""), 0);
	expect_ok(ask(A, "{'op':'hello','client':'holder'}"));
	expect_ok(ask(B, "{'op':'hello','client':'first'}"));
	expect_ok(ask(C, "{'op':'hello','client':'\\'second\\''}"));
	token = acquire(A, "db");
	wait_for_lock(B, "db");
	wait_for_lock(C, "db");
	let_pass(20);
	answer = ask(D, "{'op':'list','waiting':true}");
	key = only_key(answer);
	ck_assert_str_eq(text_of(key, "kind"), "lock");
	ck_assert_str_eq(text_of(key, "key"), "db");
	ck_assert_str_eq(text_of(key, "state"), "held");
	ck_assert_int_eq(number_of(key, "holding"), 1);
	ck_assert_int_eq(number_of(key, "waiting"), 2);
	is_us(nth(key, "holders", 0), "a \"shop\"", "holder");
	ck_assert_int_eq(number_of(nth(key, "holders", 0), "token"), token);
	ck_assert_int_ge(number_of(nth(key, "holders", 0), "held_ms"), 20);
	ck_assert_int_le(
	    number_of(nth(key, "holders", 0), "held_ms"), now_ms() - began + 1);
	is_us(nth(key, "waiters", 0), "a \"shop\"", "first");
	is_us(nth(key, "waiters", 1), "a \"shop\"", "\"second\"");
	ck_assert_int_ge(number_of(nth(key, "waiters", 1), "waited_ms"), 20);
	json_decref(answer);
}
END_TEST

START_TEST(list_tells_processes_apart)
{
	pid_t holder = start_holder(
	    "{\"op\":\"limit.borrow\",\"key\":\"l\",\"capacity\":2}");
	const json_t *key;
	json_t *answer;

	expect_ok(ask(A, "{'op':'limit.borrow','key':'l'}"));
	answer = ask(B, "{'op':'list','kind':'limit','key':'l'}");
	key = only_key(answer);
	ck_assert_int_eq(number_of(key, "holding"), 2);
	ck_assert_int_eq(number_of(nth(key, "holders", 0), "pid"), holder);
	ck_assert_int_eq(number_of(nth(key, "holders", 1), "pid"), getpid());
	json_decref(answer);
	kill_holder(holder);
	gauge_await(P, "limit", "holds", 1);
	answer = ask(B, "{'op':'list','kind':'limit','key':'l'}");
	key = only_key(answer);
	ck_assert_int_eq(number_of(nth(key, "holders", 0), "pid"), getpid());
	json_decref(answer);
}
END_TEST

START_TEST(a_program_is_looked_up_once_for_a_connection)
{
	static const char *const names[] = {"before", "after"};

	acquire(A, "k");
	for (int i = 0; i < 2; i++) {
		json_t *answer;

		ck_assert_int_eq(prctl(PR_SET_NAME, names[i]), 0);
		answer = ask(B, "{'op':'list'}");
		is_us(nth(only_key(answer), "holders", 0), "before", "");
		json_decref(answer);
	}
	/* Another connection has not been looked up yet. */
	expect(release(A, "k"), RELEASED);
	acquire(C, "k");
	for (int i = 1; i >= 0; i--) {
		json_t *answer = ask(B, "{'op':'list'}");

		is_us(nth(only_key(answer), "holders", 0), "after", "");
		json_decref(answer);
		ck_assert_int_eq(prctl(PR_SET_NAME, names[0]), 0);
	}
}
END_TEST

START_TEST(a_detached_hold_is_told_when_its_connection_is_gone)
{
	const json_t *holder;
	json_t *answer;

	expect_ok(ask(A, "{'op':'hello','client':'cron'}"));
	expect_ok(ask(A, "{'op':'lock.acquire','key':'k','lease_ms':60000,"
			 "'detached':true}"));
	client_close(A);
	connected_await(P, 4);
	answer = ask(B, "{'op':'list'}");
	holder = nth(only_key(answer), "holders", 0);
	ck_assert_int_eq(number_of(holder, "pid"), getpid());
	ck_assert_str_eq(text_of(holder, "client"), "cron");
	ck_assert(json_is_true(json_object_get(holder, "detached")));
	ck_assert_int_le(number_of(holder, "lease_left_ms"), 60000);
	ck_assert_ptr_null(json_object_get(holder, "command"));
	json_decref(answer);
	client_open(A, &server);
}
END_TEST

START_TEST(a_prefix_may_have_any_bytes_that_a_key_has)
{
	static const struct {
		const char *prefix; /* as JSON, ' for " */
		size_t n;
	} rows[] = {
	    {"", 7},
	    {"\\'", 2},
	    {"\\'\\\\", 1},
	    {"\\u0022", 2},
	    {"\xC3\xBC", 2},
	    {"\\u00fc", 2},
	    {"\\u00fcb", 1},
	    {"\xF0\x9F\xA6\x86", 1},
	    {"\\ud83e\\udd86 ", 1},
	    {" ", 1},
	    {"%", 1},
	    {"%s", 0},
	    {"u", 0},
	};
	static const char *const keys[] = {"\\'a\\'", "\\'\\\\", "\xC3\xBC",
	    "\u00fcber", "\xF0\x9F\xA6\x86 duck", " b", "%d"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		acquire(A, keys[i]);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *answer =
		    ask(B, "{'op':'list','prefix':'%s'}", rows[i].prefix);
		size_t n = json_array_size(json_object_get(answer, "keys"));

		ck_assert_msg(n == rows[i].n, "%s: %zu", rows[i].prefix, n);
		json_decref(answer);
	}
}
END_TEST

/* Sends lock requests for many keys, numbered from begin on, and takes their
 * answers, which must be good. */
static void ask_many(
    struct client *c, const char *op, const char *name, int begin, int n)
{
	for (int i = 0; i < n; i += 500) {
		for (int k = i; k < n && k < i + 500; k++)
			tell(c, "{'op':'lock.%s','key':'%s %d'}", op, name,
			    begin + k);
		for (int k = i; k < n && k < i + 500; k++)
			expect_ok(client_answer(c));
	}
}

START_TEST(of_a_queue_of_2000_the_first_hundred_are_told_and_all_counted)
{
	const json_t *key;
	json_t *answer;

	acquire(A, "k");
	expect_ok(ask(B, "{'op':'hello','multiplexed':true}"));
	for (int i = 0; i < 2000; i++)
		tell(B, "{'id':%d,'op':'lock.acquire','key':'k'}", i);
	gauge_await(P, "lock", "waits", 2000);
	answer = ask(C, "{'op':'list'}");
	ck_assert_ptr_null(json_object_get(answer, "next"));
	key = only_key(answer);
	ck_assert_int_eq(number_of(key, "waiting"), 2000);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(key, "waiters")), 100);
	ck_assert(json_is_true(json_object_get(key, "more")));
	json_decref(answer);
}
END_TEST

#define N_STABLE 20000
#define N_OTHERS 100000

static unsigned char told[N_STABLE];

/* Notes which of the stable keys the page tells; returns whether there is a
 * next one, and then asks for it. */
static int take_page(json_t *page, int max)
{
	const json_t *next = json_object_get(page, "next");
	size_t i;
	json_t *key;

	json_array_foreach(json_object_get(page, "keys"), i, key) {
		const char *text = text_of(key, "key");

		if (strncmp(text, "stable ", 7) == 0)
			told[atoi(text + 7)]++;
	}
	ck_assert_uint_le(i, (size_t)max);
	if (next != NULL)
		tell(C, "{'op':'list','max':%d,'after':'%s'}", max,
		    json_string_value(next));
	i = next != NULL;
	json_decref(page);
	return (int)i;
}

/* row: 95 */
START_TEST(a_walk_tells_each_of_20000_keys_once_while_others_come_and_go)
{
	int n_others = 0, n_gone = 0, max = 700;

	ask_many(A, "acquire", "stable", 0, N_STABLE / 2);
	ask_many(B, "acquire", "other", 0, 500);
	n_others = 500;
	ask_many(A, "acquire", "stable", N_STABLE / 2, N_STABLE / 2);
	tell(C, "{'op':'list','max':%d}", max);
	/* Between two pages 740 keys come and 700 go: gaps are made and
	 * filled before and behind the place of the walk, and there are ever
	 * more keys. */
	while (take_page(client_answer(C), max) && n_others < N_OTHERS) {
		ask_many(B, "acquire", "other", n_others, 740);
		n_others += 740;
		ask_many(B, "release", "other", n_gone, 700);
		n_gone += 700;
	}
	ck_assert_int_lt(n_others, N_OTHERS);
	ck_assert_int_gt(n_others, 10000);
	for (int i = 0; i < N_STABLE; i++)
		ck_assert_msg(told[i] == 1, "stable %d: %d times", i, told[i]);
}
END_TEST

START_TEST(a_page_that_is_long_and_full_of_quotes_is_no_longer_than_allowed)
{
	char quotes[2 * 250 + 1] = "";
	int n_pages = 0, n_keys = 0;
	const char *from = "0.0";
	json_t *page = NULL;

	for (int i = 0; i < 250; i++)
		strcat(quotes, "\\'");
	for (int i = 0; i < 3000; i++)
		tell(A, "{'op':'limit.set','key':'%04d%s','capacity':1}", i,
		    quotes);
	for (int i = 0; i < 3000; i++)
		expect_ok(client_answer(A));
	while (from != NULL) {
		char *line;

		tell(B, "{'op':'list','max':1000,'after':'%s'}", from);
		json_decref(page);
		line = client_line(B);
		ck_assert_uint_le(strlen(line), 1024 * 1024 + 4096);
		page = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		ck_assert_ptr_nonnull(page);
		n_keys += (int)json_array_size(json_object_get(page, "keys"));
		n_pages++;
		from = json_string_value(json_object_get(page, "next"));
		free(line);
	}
	json_decref(page);
	ck_assert_int_eq(n_keys, 3000);
	ck_assert_int_ge(n_pages, 3);
}
END_TEST

START_TEST(what_no_list_ended_with_is_refused)
{
	acquire(A, "k");
	expect_refused(ask(B, "{'op':'list','after':'yesterday'}"),
	    "bad_request", "after", NULL);
	expect_refused(ask(B, "{'op':'list','kind':'limit','after':'1.0'}"),
	    "bad_request", "after", NULL);
	expect_refused(ask(B, "{'op':'list','kind':'mutex'}"), "bad_request",
	    "kind", "pool", NULL);
	expect_refused(ask(B, "{'op':'list','max':1001}"), "bad_request", "max",
	    "1000", NULL);
	expect_refused(ask(B, "{'op':'list','prefx':'k'}"), "bad_request",
	    "did you mean \"prefix\"?", NULL);
	expect(ask(B, "{'op':'list','after':'1.4294967295'}"),
	    "{'ok':true,'keys':[],'next':'<absent>'}");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    list_names_holder_and_waiters_in_order_with_their_programs,
	    list_tells_processes_apart,
	    a_program_is_looked_up_once_for_a_connection,
	    a_detached_hold_is_told_when_its_connection_is_gone,
	    a_prefix_may_have_any_bytes_that_a_key_has,
	    of_a_queue_of_2000_the_first_hundred_are_told_and_all_counted,
	    a_walk_tells_each_of_20000_keys_once_while_others_come_and_go,
	    a_page_that_is_long_and_full_of_quotes_is_no_longer_than_allowed,
	    what_no_list_ended_with_is_refused,
	    NULL,
	};

	return run_tests("list", tests);
}
