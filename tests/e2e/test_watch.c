/* SPDX-License-Identifier: MIT */
/*
 * The operation watch: what a client is told of keys, by whom, and what it
 * costs the others when it does not read.
 */
#include "crowd.h"
#include "fixture.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ALL "'granted','waiting','shared','released','lost','refused','expired'"

static void watch(struct client *c, const char *events, const char *more)
{
	expect(ask(c, "{'op':'watch','events':[%s]%s}", events, more),
	    "{'ok':true}");
}

/* The next line is an event of this process, as it calls itself, and has these
 * members. Returns its token, or 0. */
static json_int_t sees(
    struct client *c, const char *what, const char *key, const char *members)
{
	json_t *line = client_answer(c);

	expect(json_incref(line),
	    "{'event':'watch','what':'%s','kind':'lock','key':'%s','pid':%d,"
	    "'uid':%u,'ok':'<absent>','id':'<absent>'}",
	    what, key, (int)getpid(), (unsigned)getuid());
	return expect(line, "%s", members);
}

#define US "'command':'watched','client':'us'"

/* The words for refusals, and what is told beside them, are in watch.story. */
START_TEST(events_tell_what_happened_to_whom)
{
	json_int_t first, second;

	ck_assert_int_eq(prctl(PR_SET_NAME, "watched"), 0);
	expect_ok(ask(A, "{'op':'hello','client':'us'}"));
	expect_ok(ask(B, "{'op':'hello','client':'us'}"));
	watch(C, ALL, "");
	first = acquire(A, "k");
	ck_assert_int_eq(
	    sees(C, "granted", "k", "{" US ",'waited_ms':0}"), first);
	expect_error(try_lock(B, "k"), "busy");
	sees(C, "refused", "k",
	    "{" US ",'error':'busy','waited_ms':0,'token':'<absent>'}");
	wait_for_lock(B, "k");
	sees(C, "waiting", "k", "{" US ",'waiters':1,'token':'<absent>'}");
	expect(release(A, "k"), RELEASED);
	second = expect_ok(client_answer(B));
	ck_assert_int_eq(
	    sees(C, "released", "k", "{" US ",'held_ms':'<int>'}"), first);
	ck_assert_int_eq(
	    sees(C, "granted", "k", "{" US ",'waited_ms':'<int>'}"), second);
	client_close(B);
	ck_assert_int_eq(
	    sees(C, "lost", "k", "{" US ",'held_ms':'<int>','reason':'eof'}"),
	    second);
	expect_silence(C);
	client_open(B, &server);
}
END_TEST

START_TEST(a_hold_lost_to_an_administrator_is_told_so)
{
	json_int_t token;

	reconfigure(&server, "admin { uid = %u }\n", (unsigned)geteuid());
	token = acquire(A, "k");
	watch(C, "'lost'", "");
	expect_ok(ask(B,
	    "{'op':'admin.release','kind':'lock','key':'k','token':%lld}",
	    token));
	ck_assert_int_eq(
	    sees(C, "lost", "k", "{'reason':'admin','held_ms':'<int>'}"),
	    token);
}
END_TEST

START_TEST(a_killed_process_is_told_with_its_program)
{
	pid_t holder;

	ck_assert_int_eq(prctl(PR_SET_NAME, "victim"), 0);
	watch(C, "'lost'", "");
	holder = start_holder("{\"op\":\"lock.acquire\",\"key\":\"k\"}");
	kill_holder(holder);
	/* Its name was not asked for while it lived. What is left of a dead
	 * process still has one, until it is reaped: it may be told or not. */
	expect(client_answer(C),
	    "{'what':'lost','reason':'eof','pid':%d,'token':'<int>'}",
	    (int)holder);
	/* This one was told with its grant. */
	watch(C, "'granted','lost'", "");
	holder = start_holder("{\"op\":\"lock.acquire\",\"key\":\"k\"}");
	expect(client_answer(C), "{'what':'granted','command':'victim'}");
	kill_holder(holder);
	expect(client_answer(C),
	    "{'what':'lost','reason':'eof','pid':%d,'command':'victim'}",
	    (int)holder);
}
END_TEST

START_TEST(only_what_is_asked_for_is_told)
{
	watch(C, "'granted'", ",'kind':'limit','prefix':'a/'");
	acquire(A, "a/1");
	expect_ok(ask(A, "{'op':'limit.borrow','key':'b','capacity':1}"));
	expect_ok(ask(A, "{'op':'limit.borrow','key':'a/2','capacity':1}"));
	expect_ok(ask(A, "{'op':'limit.return','key':'a/2'}"));
	expect(client_answer(C), "{'what':'granted','key':'a/2'}");
	expect_silence(C);
}
END_TEST

START_TEST(a_watch_is_replaced_ended_and_forgotten_by_reset)
{
	watch(C, "'granted'", ",'prefix':'a'");
	watch(C, "'released'", "");
	watch(D, "'granted'", "");
	acquire(A, "a");
	expect(release(A, "a"), RELEASED);
	expect(client_answer(C), "{'what':'released'}");
	expect(client_answer(D), "{'what':'granted'}");
	expect(ask(P, "{'op':'stats'}"), "{'watchers':2}");
	watch(C, "", "");
	expect(ask(P, "{'op':'stats'}"), "{'watchers':1}");
	expect_ok(ask(D, "{'op':'reset'}"));
	expect(ask(P, "{'op':'stats'}"), "{'watchers':0}");
	acquire(A, "b");
	expect_silence(C);
	expect_silence(D);
}
END_TEST

START_TEST(half_closed_it_goes_on_until_its_client_is_gone)
{
	watch(C, "'granted'", "");
	client_shut(C);
	acquire(A, "a");
	expect(client_answer(C), "{'what':'granted','key':'a'}");
	let_pass(20);
	/* That took two locks of its own. */
	expect(client_answer(C), "{'what':'granted','key':'let pass'}");
	acquire(A, "b");
	expect(client_answer(C), "{'what':'granted','key':'b'}");
	client_close(C);
	connected_await(P, 4);
	expect(ask(P, "{'op':'stats'}"), "{'watchers':0}");
	client_open(C, &server);
}
END_TEST

START_TEST(at_the_end_of_the_daemon_the_watch_is_told_and_ends)
{
	struct daemon first = server;

	watch(C, "'refused'", "");
	client_shut(C);
	acquire(A, "k");
	wait_for_lock(B, "k");
	daemon_start(&server, NULL);
	daemon_stop(&first);
	expect(client_answer(C), "{'what':'refused','error':'shutting_down'}");
	expect_end(C);
}
END_TEST

/* Missing ---------------------------------------------------------- */

/* So often A takes a lock and lets it go: two events each. */
static void churn(int n)
{
	for (int i = 0; i < n; i += 100) {
		for (int k = 0; k < 100; k++) {
			tell(A, "{'op':'lock.acquire','key':'k'}");
			tell(A, "{'op':'lock.release','key':'k'}");
		}
		for (int k = 0; k < 200; k++)
			expect_ok(client_answer(A));
	}
}

/* Reads until so many events have come or are said to be missed. */
static void count_events(
    struct client *c, json_int_t n, json_int_t *n_told, json_int_t *n_missed)
{
	*n_told = 0;
	*n_missed = 0;
	while (*n_told + *n_missed < n) {
		json_t *line = client_answer(c);
		const char *what =
		    json_string_value(json_object_get(line, "what"));

		ck_assert_ptr_nonnull(what);
		if (strcmp(what, "missed") == 0)
			*n_missed +=
			    json_integer_value(json_object_get(line, "count"));
		else
			++*n_told;
		json_decref(line);
	}
	ck_assert_int_eq(*n_told + *n_missed, n);
}

static json_int_t counted(const char *name)
{
	return gauge(P, "lock", name);
}

START_TEST(who_never_reads_misses_what_another_one_sees)
{
	json_int_t told, missed, n = 0;

	watch(C, "'granted','released'", ",'max_per_s':1000000");
	watch(D, "'granted','released'", ",'max_per_s':1000000");
	for (int i = 0; i < 40; i++) {
		churn(200);
		count_events(C, 400, &told, &missed);
		ck_assert_int_eq(missed, 0);
		n += told;
	}
	ck_assert_int_eq(counted("granted") + counted("released"), n);
	count_events(D, n, &told, &missed);
	/* More than the socket and the daemon take, and less than all. */
	ck_assert_int_gt(missed, 0);
	ck_assert_int_gt(told, 256 * 1024 / 200);
	/* It is as good as new. */
	churn(100);
	count_events(D, 200, &told, &missed);
	ck_assert_int_eq(missed, 0);
}
END_TEST

START_TEST(beyond_so_many_a_second_the_rest_is_counted)
{
	json_int_t told, missed;
	long began = now_ms();

	watch(C, "'granted','released'", ",'max_per_s':7");
	churn(500);
	count_events(C, 1000, &told, &missed);
	ck_assert_int_ge(told, 7);
	/* As many in each second that has begun. */
	ck_assert_int_le(told, 7 * ((now_ms() - began) / 1000 + 1));
}
END_TEST

START_TEST(ten_thousand_a_second_are_told_unless_asked_otherwise)
{
	json_int_t told, missed;

	watch(C, "'granted'", "");
	for (int i = 0; i < 10; i++) {
		churn(100);
		count_events(C, 100, &told, &missed);
		ck_assert_int_eq(missed, 0);
	}
}
END_TEST

/* Rights ----------------------------------------------------------- */

static unsigned me(void)
{
	return (unsigned)geteuid();
}

START_TEST(what_one_may_not_see_is_not_told)
{
	struct client other, holder;

	reconfigure(&server,
	    "allow { uid = %u }\n"
	    "allow { uid = %u prefix = \"theirs/\" }\n",
	    me(), OTHER_UID);
	if (!open_as_other_user(&other))
		return;
	ck_assert_int_eq(open_as_other_user(&holder), 1);
	watch(&other, "'granted'", "");
	acquire(A, "mine");
	acquire(&holder, "theirs/1");
	expect(client_answer(&other), "{'what':'granted','key':'theirs/1'}");
	expect_silence(&other);
	/* The rules change under its feet. */
	reconfigure(&server,
	    "allow { uid = %u }\n"
	    "admin { uid = %u }\n",
	    me(), OTHER_UID);
	acquire(A, "mine, too");
	expect(client_answer(&other),
	    "{'what':'granted','key':'mine, too','uid':%u,'pid':%d}", me(),
	    (int)getpid());
	reconfigure(&server, "allow { uid = %u }\n", me());
	acquire(A, "mine, again");
	expect_silence(&other);
	client_close(&holder);
	client_close(&other);
}
END_TEST

START_TEST(one_without_rights_to_any_key_is_told_nothing)
{
	reconfigure(&server, "allow { uid = %u prefix = \"no/\" }\n", me() + 1);
	watch(C, ALL, "");
	expect_error(try_lock(A, "no/1"), "denied");
	expect_error(try_lock(A, "k"), "denied");
	expect_silence(C);
}
END_TEST

/* Hostile ---------------------------------------------------------- */

START_TEST(a_wrong_request_is_refused_and_leaves_the_watch_as_it_was)
{
	static const struct {
		const char *members, *word;
	} rows[] = {
	    {"", "events"},
	    {",'events':null", "events"},
	    {",'events':'granted'", "events"},
	    {",'events':{}", "events"},
	    {",'events':['granted','lose']", "events"},
	    {",'events':['Granted']", "events"},
	    {",'events':['granted ']", "events"},
	    {",'events':['grantedgrantedgrantedgranted']", "events"},
	    {",'events':['']", "events"},
	    {",'events':['granted',null]", "events"},
	    {",'events':[['granted']]", "events"},
	    {",'events':['missed']", "events"},
	    {",'events':[],'events':[]", "twice"},
	    {",'events':['lost'],'kind':'locks'", "kind"},
	    {",'events':['lost'],'kind':null", "kind"},
	    {",'events':['lost'],'kind':['lock']", "kind"},
	    {",'events':['lost'],'prefix':1", "prefix"},
	    {",'events':['lost'],'prefix':'\\u0000'", "prefix"},
	    {",'events':['lost'],'max_per_s':0", "max_per_s"},
	    {",'events':['lost'],'max_per_s':1000001", "max_per_s"},
	    {",'events':['lost'],'max_per_s':-1", "max_per_s"},
	    {",'events':['lost'],'max_per_s':1e3", "max_per_s"},
	    {",'events':['lost'],'max_per_s':'7'", "max_per_s"},
	    {",'events':['lost'],'max_pers':7", "max_per_s"},
	    {",'events':['lost'],'key':'k'", "key"},
	};

	watch(C, "'granted'", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_refused(ask(C, "{'op':'watch'%s}", rows[i].members),
		    "bad_request", rows[i].word, NULL);
	acquire(A, "k");
	expect(client_answer(C), "{'what':'granted','key':'k'}");
}
END_TEST

/* A prefix has as many bytes as a key. */
START_TEST(the_longest_prefix_is_the_longest_key)
{
	char key[2 * 256 + 1] = "";

	for (int i = 0; i < 256; i++)
		strcat(key, "\\'");
	ck_assert_int_eq(strlen(key), 512);
	expect_ok(
	    ask(C, "{'op':'watch','events':['granted'],'prefix':'%s'}", key));
	acquire(A, "k");
	acquire(A, key);
	expect(client_answer(C), "{'what':'granted','key':'%s'}", key);
	expect_refused(
	    ask(C, "{'op':'watch','events':['granted'],'prefix':'%sx'}", key),
	    "bad_request", "prefix", NULL);
}
END_TEST

START_TEST(a_user_has_eight_watches_at_most)
{
	struct client many[9];

	for (int i = 0; i < 9; i++)
		client_open(&many[i], &server);
	for (int i = 0; i < 8; i++)
		watch(&many[i], "'granted'", "");
	expect_refused(ask(&many[8], "{'op':'watch','events':['lost']}"),
	    "quota", "8 watches", NULL);
	client_close(&many[0]);
	connected_await(P, 5 + 8);
	watch(&many[8], "'granted'", "");
	acquire(A, "k");
	for (int i = 1; i < 9; i++) {
		expect(client_answer(&many[i]), "{'what':'granted'}");
		client_close(&many[i]);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    events_tell_what_happened_to_whom,
	    a_hold_lost_to_an_administrator_is_told_so,
	    a_killed_process_is_told_with_its_program,
	    only_what_is_asked_for_is_told,
	    a_watch_is_replaced_ended_and_forgotten_by_reset,
	    half_closed_it_goes_on_until_its_client_is_gone,
	    at_the_end_of_the_daemon_the_watch_is_told_and_ends,
	    who_never_reads_misses_what_another_one_sees,
	    beyond_so_many_a_second_the_rest_is_counted,
	    ten_thousand_a_second_are_told_unless_asked_otherwise,
	    what_one_may_not_see_is_not_told,
	    one_without_rights_to_any_key_is_told_nothing,
	    a_wrong_request_is_refused_and_leaves_the_watch_as_it_was,
	    the_longest_prefix_is_the_longest_key,
	    a_user_has_eight_watches_at_most,
	    NULL,
	};

	return run_tests("watch", tests);
}
