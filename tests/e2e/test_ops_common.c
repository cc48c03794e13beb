/* SPDX-License-Identifier: MIT */
/*
 * The operations that are for all kinds: ping, hello, cancel, reset, stats.
 * (renew is tested with the leases.) And what stays true over a restart.
 */
#include "fixture.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

START_TEST(ping_is_answered_with_its_id)
{
	expect(ask(A, "{'op':'ping'}"), "{'ok':true,'id':'<absent>'}");
	expect(ask(A, "{'id':7,'op':'ping'}"), "{'ok':true,'id':7}");
}
END_TEST

START_TEST(hello_says_who_serves_and_since_when)
{
	json_t *answer =
	    ask(A, "{'op':'hello','client':'php-fpm','events':['lost']}");
	json_int_t epoch = json_integer_value(json_object_get(answer, "epoch"));

	ck_assert(json_is_string(json_object_get(answer, "server")));
	ck_assert(json_is_string(json_object_get(answer, "version")));
	ck_assert(json_is_string(json_object_get(answer, "session")));
	ck_assert(json_is_array(json_object_get(answer, "features")));
	ck_assert(json_is_object(json_object_get(answer, "limits")));
	expect(answer, "{'ok':true,'protocol':1,'epoch':'<int>'}");
	ck_assert_int_gt(epoch, 0);
	ck_assert_int_ge(acquire(A, "k"), epoch);
}
END_TEST

START_TEST(sessions_have_names_of_their_own_and_one_epoch)
{
	json_t *a = ask(A, "{'op':'hello'}"), *b = ask(B, "{'op':'hello'}");

	ck_assert(!json_equal(
	    json_object_get(a, "session"), json_object_get(b, "session")));
	ck_assert(json_equal(
	    json_object_get(a, "epoch"), json_object_get(b, "epoch")));
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(last_hello_holds)
{
	acquire(A, "k");
	expect_held_by(try_lock(B, "k"), "busy", "", 0);
	expect_ok(ask(A, "{'op':'hello','client':'one'}"));
	expect_held_by(try_lock(B, "k"), "busy", "one", 0);
	expect_ok(ask(A, "{'op':'hello','client':'two','multiplexed':true}"));
	expect_held_by(try_lock(B, "k"), "busy", "two", 0);
	expect_refused(release(A, "k"), "bad_request", "token", NULL);
	expect_ok(ask(A, "{'op':'hello','multiplexed':false}"));
	expect(release(A, "k"), RELEASED);
}
END_TEST

START_TEST(multiplexed_connection_names_every_hold_by_its_token)
{
	json_int_t token;

	expect_ok(ask(A, "{'op':'hello','multiplexed':true}"));
	token = acquire(A, "k");
	expect_refused(release(A, "k"), "bad_request", "token", NULL);
	expect_ok(ask(A, "{'op':'limit.borrow','key':'k','capacity':1}"));
	expect_refused(ask(A, "{'op':'limit.return','key':'k'}"), "bad_request",
	    "token", NULL);
	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	expect_refused(ask(A, "{'op':'flight.finish','key':'k'}"),
	    "bad_request", "token", NULL);
	expect_ok(ask(A, "{'op':'pool.get','key':'k','capacity':1}"));
	expect_refused(ask(A, "{'op':'pool.drop','key':'k'}"), "bad_request",
	    "token", NULL);
	expect(release_token(A, "k", token), RELEASED);
}
END_TEST

/* edge: 28 */
START_TEST(cancel_answers_the_waiting_request_before_itself)
{
	acquire(A, "k");
	ask_to_wait(B, "{'id':5,'op':'lock.acquire','key':'k'}");
	tell(B, "{'id':6,'op':'cancel','target':5}");
	expect(client_answer(B), "{'id':5,'ok':false,'error':'cancelled'}");
	expect(client_answer(B), "{'id':6,'ok':true,'cancelled':true}");
	expect(ask(B, "{'op':'cancel','target':5}"),
	    "{'ok':true,'cancelled':false}");
	/* The id is free again. */
	ask_to_wait(B, "{'id':5,'op':'lock.acquire','key':'k'}");
	expect_ok(release(A, "k"));
	expect(client_answer(B), "{'id':5,'ok':true}");
	expect(ask(B, "{'op':'cancel','target':5}"),
	    "{'ok':true,'cancelled':false}");
	expect_error(try_lock(C, "k"), "busy");
}
END_TEST

START_TEST(cancel_finds_the_id_in_its_type_and_on_its_connection_only)
{
	acquire(A, "k");
	ask_to_wait(B, "{'id':'5','op':'lock.acquire','key':'k'}");
	expect(ask(B, "{'op':'cancel','target':5}"),
	    "{'ok':true,'cancelled':false}");
	expect(ask(C, "{'op':'cancel','target':'5'}"),
	    "{'ok':true,'cancelled':false}");
	expect_silence(B);
	tell(B, "{'op':'cancel','target':'\\u0035'}");
	expect_error(client_answer(B), "cancelled");
	expect(client_answer(B), "{'ok':true,'cancelled':true}");
}
END_TEST

START_TEST(cancel_picks_one_of_many_waits)
{
	acquire(A, "one");
	acquire(A, "two");
	wait_for_lock(B, "one");
	wait_for_lock(B, "two");
	tell(B, "{'op':'cancel','target':'two'}");
	expect(client_answer(B), "{'id':'two','error':'cancelled'}");
	expect(client_answer(B), "{'ok':true,'cancelled':true}");
	expect_ok(release(A, "two"));
	expect_silence(B);
	expect_ok(release(A, "one"));
	expect(client_answer(B), "{'id':'one','ok':true}");
}
END_TEST

START_TEST(reset_ends_waits_and_holds_and_says_so_last)
{
	acquire(A, "mine");
	acquire(B, "yours");
	wait_for_lock(A, "yours");
	wait_for_lock(C, "mine");
	tell(A, "{'id':'r','op':'reset'}");
	expect(client_answer(A), "{'id':'yours','error':'cancelled'}");
	expect(client_answer(A), "{'id':'r','ok':true}");
	expect(client_answer(C), ABANDONED);
	expect_error(release(A, "mine"), "not_held");
	expect_ok(release(B, "yours"));
	expect_silence(A);
	expect(try_lock(A, "yours"), GRANTED);
}
END_TEST

START_TEST(reset_ends_holds_of_every_kind)
{
	expect_ok(ask(A, "{'op':'limit.borrow','key':'k','capacity':1}"));
	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	expect_ok(ask(A, "{'op':'pool.get','key':'k','capacity':1}"));
	ask_to_wait(B, "{'op':'limit.borrow','key':'k'}");
	ask_to_wait(C, "{'op':'flight.begin','key':'k'}");
	ask_to_wait(D, "{'op':'pool.get','key':'k'}");
	expect(ask(A, "{'op':'reset'}"), "{'ok':true}");
	expect(client_answer(B), "{'ok':true,'in_use':1}");
	expect(client_answer(C), "{'ok':true,'leader':true,'attempt':2}");
	expect(client_answer(D), "{'ok':true,'create':true}");
}
END_TEST

START_TEST(reset_forgets_what_hello_said)
{
	expect_ok(ask(A, "{'op':'hello','client':'old','events':['lost'],"
			 "'multiplexed':true}"));
	expect(ask(A, "{'op':'reset'}"), "{'ok':true}");
	expect_ok(ask(A, "{'op':'lock.acquire','key':'k','lease_ms':10}"));
	let_pass(20);
	expect_silence(A);
	acquire(A, "k2");
	expect_held_by(try_lock(B, "k2"), "busy", "", 0);
	expect(release(A, "k2"), RELEASED);
}
END_TEST

START_TEST(reset_behind_half_a_line_takes_a_connection_over)
{
	tell(A, "{'id':1,'op':'lock.acquire','key':'k'}");
	client_write(A, "{\"op\":\"pi", 9);
	client_write(A, "\n", 1);
	tell(A, "{'id':'fresh','op':'reset'}");
	expect(client_answer(A), "{'id':1,'ok':true}");
	expect(
	    client_answer(A), "{'id':'<absent>','ok':false,'error':'parse'}");
	expect(client_answer(A), "{'id':'fresh','ok':true}");
	expect(ask(B, "{'op':'lock.acquire','key':'k'}"), ABANDONED);
}
END_TEST

/* Adds up the integers of a document. */
static json_int_t sum_of(json_t *document)
{
	json_int_t sum = json_integer_value(document);
	const char *name;
	json_t *value;

	json_object_foreach(document, name, value) {
		sum += sum_of(value);
	}
	return sum;
}

/* What stats counts for one kind. */
static json_int_t counted(const char *kind)
{
	json_t *answer = ask(P, "{'op':'stats'}");
	json_t *of_kind = json_object_get(answer, kind);
	json_int_t sum;

	expect(json_incref(answer), "{'ok':true}");
	if (!of_kind)
		of_kind =
		    json_object_get(json_object_get(answer, "kinds"), kind);
	ck_assert_msg(of_kind, "stats says nothing of %s", kind);
	sum = sum_of(of_kind);
	json_decref(answer);
	return sum;
}

START_TEST(stats_counts_what_each_kind_did)
{
	const char *const kinds[] = {"lock", "limit", "flight", "pool"};
	json_int_t before[4];
	int i;

	for (i = 0; i < 4; i++)
		before[i] = counted(kinds[i]);
	for (i = 0; i < 100; i++) {
		acquire(A, "k");
		expect_ok(release(A, "k"));
	}
	ck_assert_int_ge(counted("lock"), before[0] + 100);
	for (i = 1; i < 4; i++)
		ck_assert_int_eq(counted(kinds[i]), before[i]);
}
END_TEST

/* edge: 43 97 */
START_TEST(tokens_rise_over_a_restart_and_old_ones_are_refused)
{
	json_int_t old = acquire(A, "k"), token, epoch;

	struct daemon first = server;
	json_t *hello;

	daemon_kill(&first);
	daemon_start(&server, NULL);

	client_close(B);
	client_open(B, &server);
	hello = ask(B, "{'op':'hello'}");
	epoch = json_integer_value(json_object_get(hello, "epoch"));
	json_decref(hello);
	token = acquire(B, "k");
	ck_assert_int_gt(epoch, old);
	ck_assert_int_ge(token, epoch);
	expect_error(release_token(B, "k", old), "stale_token");
	expect_error(ask(B, "{'op':'renew','token':%lld,'lease_ms':1}", old),
	    "not_held");
	expect(release_token(B, "k", token), RELEASED);
	daemon_stop(&first);
}
END_TEST

/* edge: 43 */
START_TEST(tokens_are_never_given_twice_and_rise_for_each_key)
{
	const char *const asking[] = {
	    "{'op':'lock.acquire','key':'k'}",
	    "{'op':'limit.borrow','key':'k','capacity':9}",
	    "{'op':'flight.begin','key':'k'}",
	    "{'op':'pool.get','key':'k','capacity':9}",
	};
	json_int_t seen[40];
	int i, j;

	for (i = 0; i < 40; i++) {
		seen[i] = expect_ok(ask(A, "%s", asking[i % 4]));
		for (j = 0; j < i; j++) {
			ck_assert_int_ne(seen[i], seen[j]);
			if (i % 4 == j % 4)
				ck_assert_int_gt(seen[i], seen[j]);
		}
		if (i % 4 == 0)
			expect_ok(release(A, "k"));
		if (i % 4 == 2)
			expect_ok(ask(A, "{'op':'flight.finish','key':'k'}"));
		if (i % 4 == 3)
			expect_ok(ask(A, "{'op':'pool.drop','key':'k'}"));
		if (i % 8 == 1)
			expect_ok(ask(A, "{'op':'limit.return','key':'k'}"));
	}
}
END_TEST

/* Asserts that the daemon, which is ending, says this word in its log. */
static void expect_logged(const char *word)
{
	char text[65536];
	size_t n = 0;
	ssize_t more;

	while (n < sizeof(text) - 1 &&
	       (more = read(server.log, text + n, sizeof(text) - 1 - n)) > 0)
		n += (size_t)more;
	text[n] = '\0';
	ck_assert_msg(strstr(text, word), "%s is not in: %s", word, text);
}

/* edge: 95 */
START_TEST(shutdown_tells_who_waits_why_and_logs_who_holds)
{
	acquire(A, "nightly-report");
	wait_for_lock(B, "nightly-report");
	expect_ok(ask(A, "{'op':'flight.begin','key':'page'}"));
	ask_to_wait(C, "{'id':3,'op':'flight.begin','key':'page'}");
	ck_assert_int_eq(kill(server.pid, SIGTERM), 0);
	expect(client_answer(B),
	    "{'id':'nightly-report','ok':false,'error':'shutting_down'}");
	expect_refused(client_answer(C), "shutting_down", NULL);
	expect_end(B);
	expect_end(A);
	expect_logged("nightly-report");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    ping_is_answered_with_its_id,
	    hello_says_who_serves_and_since_when,
	    sessions_have_names_of_their_own_and_one_epoch,
	    last_hello_holds,
	    multiplexed_connection_names_every_hold_by_its_token,
	    cancel_answers_the_waiting_request_before_itself,
	    cancel_finds_the_id_in_its_type_and_on_its_connection_only,
	    cancel_picks_one_of_many_waits,
	    reset_ends_waits_and_holds_and_says_so_last,
	    reset_ends_holds_of_every_kind,
	    reset_forgets_what_hello_said,
	    reset_behind_half_a_line_takes_a_connection_over,
	    stats_counts_what_each_kind_did,
	    tokens_rise_over_a_restart_and_old_ones_are_refused,
	    tokens_are_never_given_twice_and_rise_for_each_key,
	    shutdown_tells_who_waits_why_and_logs_who_holds,
	    NULL,
	};

	return run_tests("ops_common", tests);
}
