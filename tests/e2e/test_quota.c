/* SPDX-License-Identifier: MIT */
/*
 * The shares of a uid, over the socket: connections, waits, keys and bytes.
 * What is beyond them is answered quota, changes nothing, and can be had as
 * soon as something has been given back. Other uids are not touched.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CONNECTIONS 5000
#define MAX_WAITS       100000
#define MAX_KEYS        250000
#define MAX_BYTES       (64 << 20)
#define BATCH           200 /* their answers fit into the socket */

/* Asks for n locks with names of their own, or all for one key, which then
 * wait; asserts that each is granted where they are not to wait. */
static void ask_many(struct client *c, const char *key, int from, int n)
{
	char *text = malloc((size_t)BATCH * 64);

	ck_assert_ptr_nonnull(text);
	for (int at = from; at < from + n; at += BATCH) {
		int end = at + BATCH < from + n ? at + BATCH : from + n;
		char *p = text;

		for (int i = at; i < end; i++)
			p += sprintf(p,
			    "{\"op\":\"lock.acquire\",\"key\":\"%s%d\"}\n",
			    key != NULL ? key : "", key != NULL ? 0 : i);
		client_write(c, text, (size_t)(p - text));
		for (int i = at; key == NULL && i < end; i++)
			expect_ok(client_answer(c));
	}
	free(text);
}

/* edge: 22 */
START_TEST(keys_beyond_the_share_are_refused_until_one_is_released)
{
	struct client other;

	ask_many(A, NULL, 0, MAX_KEYS);
	expect_refused(ask(B, "{'op':'lock.acquire','key':'one more'}"),
	    "quota", "one more", "keys", "250000", NULL);
	expect_refused(
	    ask(B, "{'op':'limit.set','key':'l','capacity':1}"), "quota", NULL);
	expect_error(ask(B, "{'op':'limit.info','key':'l'}"), "unknown_key");
	if (open_as_other_user(&other)) {
		acquire(&other, "one more");
		expect_ok(release(&other, "one more"));
		client_close(&other);
	}
	expect_ok(release(A, "77"));
	acquire(B, "one more");
}
END_TEST

/* edge: 22 */
/* row: 52 */
START_TEST(waits_beyond_the_share_are_refused_until_one_ends)
{
	expect_ok(ask(A, "{'op':'hello','multiplexed':true}"));
	expect_ok(ask(B, "{'op':'hello','multiplexed':true}"));
	acquire(C, "k0");
	ask_many(A, "k", 0, MAX_WAITS - 1);
	expect_ok(ask(A, "{'op':'ping'}")); /* all of them wait now */
	ask_to_wait(B, "{'id':1,'op':'lock.acquire','key':'k0'}");
	expect_refused(ask(B, "{'id':2,'op':'lock.acquire','key':'k0'}"),
	    "quota", "k0", "waiting", NULL);
	/* What can be granted at once needs no wait. */
	acquire(D, "free");
	tell(B, "{'op':'cancel','target':1}");
	expect_error(client_answer(B), "cancelled");
	expect_ok(client_answer(B));
	ask_to_wait(B, "{'id':2,'op':'lock.acquire','key':'k0'}");
}
END_TEST

/* Puts an object with a value of so many bytes into the pool. */
static json_t *put_bytes(struct client *c, const char *key, size_t len)
{
	char *text = malloc(len + 1);
	json_t *answer;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	text[len] = '\0';
	expect_ok(ask(c, "{'op':'pool.get','key':'%s','capacity':1}", key));
	answer =
	    ask(c, "{'op':'pool.put','key':'%s','value':'%s'}", key, text + 2);
	free(text);
	return answer;
}

/* edge: 18 */
/* row: 77 */
START_TEST(values_beyond_the_share_are_refused_and_the_hold_stays)
{
	size_t each = 512 * 1024;
	char key[16];

	for (int i = 0; i < (int)(MAX_BYTES / each); i++) {
		snprintf(key, sizeof(key), "p%d", i);
		expect_ok(put_bytes(A, key, each));
	}
	expect_refused(
	    put_bytes(A, "more", each), "quota", "more", "bytes", NULL);
	/* Still lent: to be put with nothing less, or dropped. */
	expect(ask(A, "{'op':'pool.info','key':'more'}"),
	    "{'ok':true,'size':1,'available':0}");
	expect_refused(
	    ask(A, "{'op':'pool.put','key':'more','value':1}"), "quota", NULL);
	/* A result is shared all the same, but not kept. */
	expect_ok(ask(A, "{'op':'flight.begin','key':'f'}"));
	expect_refused(ask(A, "{'op':'flight.finish','key':'f','value':12,"
			      "'keep_ms':60000}"),
	    "quota", NULL);
	expect_ok(ask(A, "{'op':'flight.finish','key':'f','value':12}"));
	json_decref(ask(A, "{'op':'pool.clear','key':'p0'}"));
	expect_ok(ask(A, "{'op':'pool.put','key':'more','value':1}"));
}
END_TEST

/* edge: 91 */
/* row: 57 */
START_TEST(connections_beyond_the_share_get_one_line_and_are_closed)
{
	struct client *c = calloc(MAX_CONNECTIONS, sizeof(*c));
	struct client last;
	json_t *answer;
	int n = 0;

	ck_assert_ptr_nonnull(c);
	/* The fixture's connections count, too. */
	connected_await(P, 5);
	for (n = 0; n < MAX_CONNECTIONS - 5; n++) {
		client_open(&c[n], &server);
		if (n % 500 == 499)
			expect_ok(client_ask(&c[n], "{\"op\":\"ping\"}"));
	}
	expect_ok(client_ask(&c[n - 1], "{\"op\":\"ping\"}"));
	client_open(&last, &server);
	answer = client_answer(&last);
	ck_assert_ptr_null(json_object_get(answer, "id"));
	expect_error(answer, "quota");
	expect_end(&last);
	client_close(&last);
	client_close(&c[0]);
	connected_await(P, MAX_CONNECTIONS - 1);
	client_open(&c[0], &server);
	expect_ok(client_ask(&c[0], "{\"op\":\"ping\"}"));
	while (n-- > 0)
		client_close(&c[n]);
	free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    keys_beyond_the_share_are_refused_until_one_is_released,
	    waits_beyond_the_share_are_refused_until_one_ends,
	    values_beyond_the_share_are_refused_and_the_hold_stays,
	    connections_beyond_the_share_get_one_line_and_are_closed,
	    NULL,
	};

	scene_allow_files(MAX_CONNECTIONS + 100);
	return run_tests("quota", tests);
}
