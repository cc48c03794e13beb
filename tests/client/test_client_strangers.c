/* SPDX-License-Identifier: MIT */
/*
 * Servers that are no msyncd, or not one that this library understands. The
 * test plays them on a socket of its own, line by line, and looks at the code
 * that calls under way are answered.
 */
#include "launch.h"
#include "watch.h"

#include "handle.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int listener;
static struct client peer; /* the server's end of the connection */
static struct msync_conn *conn;
static struct told told[2];

static void open_stranger(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	launch_make_home(&server);
	strcpy(address.sun_path, server.socket);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
}

static void close_stranger(void)
{
	client_close(&peer);
	close(listener);
	launch_remove_home(&server);
}

static void accept_peer(void)
{
	struct timeval limit = {.tv_sec = 60};

	peer.fd = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer.fd, 0);
	ck_assert_int_eq(
	    setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
	    0);
}

static void open_conn(void)
{
	conn = watch_open(NULL);
	accept_peer();
}

/* The next request, which has this op; returns its id. */
static json_int_t expect_request(const char *op)
{
	json_t *request = client_answer(&peer);
	json_int_t id = json_integer_value(json_object_get(request, "id"));

	ck_assert_str_eq(json_string_value(json_object_get(request, "op")), op);
	ck_assert_int_gt(id, 0);
	json_decref(request);
	return id;
}

static void answer_hello(void)
{
	tell(&peer, "{'id':%lld,'ok':true,'server':'msyncd','protocol':1}",
	    expect_request("hello"));
}

/* A handle that this server has let in, with two calls under way; the id of
 * the second. */
static json_int_t start_calls(void)
{
	open_conn();
	told[0].conn = conn;
	(void)watch_start(conn, "a", MSYNC_FOREVER, &told[0]);
	(void)watch_start(conn, "b", MSYNC_FOREVER, &told[1]);
	answer_hello();
	answer_hello();
	(void)expect_request("lock.acquire");
	return expect_request("lock.acquire");
}

/* Every call ends with the code, and so does the connection. */
static void expect_end_with(int code)
{
	watch_expect(conn, watch_await(conn, &told[0]), code);
	ck_assert_int_eq(told[1].n, 1);
	ck_assert_int_eq(told[1].code, code);
	ck_assert_int_eq(msync_fd(conn), -1);
	watch_close(conn);
	ck_assert_int_eq(told[0].n + told[1].n, 2);
	ck_assert_ptr_null(told[0].grant);
	ck_assert_ptr_null(told[1].grant);
}

/* What ends the connection ----------------------------------------- */

START_TEST(line_that_is_no_answer_ends_the_connection)
{
	static const char *const lines[] = {"HTTP/1.1 400 Bad Request", "",
	    "[]", "{}", "{'ok':1}", "{'ok':false}", "{'ok':false,'error':7}",
	    "{'event':1}", "{'id':'a','ok':true}", "{'ok':true}",
	    "{'ok':true,'ok':true}x"};

	(void)start_calls();
	tell(&peer, "%s", lines[_i]);
	expect_end_with(MSYNC_E_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(told[0].words, "not msyncd"));
}
END_TEST

START_TEST(hello_of_another_protocol_ends_the_connection)
{
	open_conn();
	(void)watch_start(conn, "a", MSYNC_FOREVER, &told[0]);
	(void)watch_start(conn, "b", MSYNC_FOREVER, &told[1]);
	tell(&peer, "{'id':%lld,'ok':true,'server':'msyncd','protocol':2}",
	    expect_request("hello"));
	expect_end_with(MSYNC_E_PROTOCOL);
}
END_TEST

START_TEST(answer_to_nothing_ends_the_connection)
{
	(void)start_calls();
	tell(&peer, "{'id':1234567,'ok':true,'token':1}");
	expect_end_with(MSYNC_E_PROTOCOL);
}
END_TEST

START_TEST(refusal_of_nothing_ends_the_connection)
{
	(void)start_calls();
	tell(&peer, "{'id':1234567,'ok':false,'error':'busy','message':''}");
	expect_end_with(MSYNC_E_PROTOCOL);
}
END_TEST

START_TEST(second_answer_to_one_request_ends_the_connection)
{
	json_int_t id = start_calls();

	for (int i = 0; i < 2; i++)
		tell(&peer, "{'id':%lld,'ok':true,'token':%d}", id, 7 + i);
	/* The first was granted something that is gone already. */
	expect_end_with(MSYNC_E_PROTOCOL);
}
END_TEST

START_TEST(grant_without_a_token_ends_the_connection)
{
	json_int_t id = start_calls();

	tell(&peer, "{'id':%lld,'ok':true}", id);
	expect_end_with(MSYNC_E_PROTOCOL);
}
END_TEST

START_TEST(refusal_without_an_id_is_meant_for_all)
{
	static const struct {
		const char *name;
		int code;
	} refusals[] = {
	    {"quota", MSYNC_E_QUOTA},
	    {"parse", MSYNC_E_PARSE},
	    {"new_code", MSYNC_E_REFUSED},
	};

	(void)start_calls();
	tell(&peer, "{'ok':false,'error':'%s','message':'no more of you'}",
	    refusals[_i].name);
	client_close(&peer);
	expect_end_with(refusals[_i].code);
	ck_assert_str_eq(told[0].words, "no more of you");
}
END_TEST

START_TEST(refusal_at_the_start_is_heard_behind_the_end)
{
	open_conn();
	tell(&peer, "{'ok':false,'error':'quota','message':'too many'}");
	client_close(&peer);
	/* The handle has not sent anything yet, and can no more. */
	(void)watch_start(conn, "a", 0, &told[0]);
	(void)watch_start(conn, "b", 0, &told[1]);
	expect_end_with(MSYNC_E_QUOTA);
}
END_TEST

START_TEST(server_that_closes_at_once_is_no_connection)
{
	open_conn();
	client_close(&peer);
	(void)watch_start(conn, "a", 0, &told[0]);
	(void)watch_start(conn, "b", 0, &told[1]);
	expect_end_with(MSYNC_E_CONN);
}
END_TEST

START_TEST(half_a_line_before_the_end_is_no_answer)
{
	json_int_t id = start_calls();
	char line[64];
	int len = snprintf(
	    line, sizeof(line), "{\"id\":%lld,\"ok\":true", (long long)id);

	client_write(&peer, line, (size_t)len);
	client_close(&peer);
	expect_end_with(MSYNC_E_CONN);
}
END_TEST

/* What does not ---------------------------------------------------- */

START_TEST(what_a_newer_daemon_says_is_passed_over)
{
	json_int_t id = start_calls();

	tell(&peer, "{'event':'weather','sky':'clear'}");
	tell(&peer, "{'event':'lost','reason':'new','token':99}");
	tell(&peer, "{'id':%lld,'ok':true,'token':5,'new':{'a':[1]}}", id);
	watch_expect(conn, watch_await(conn, &told[1]), 0);
	ck_assert_int_eq(msync_grant_token(told[1].grant), 5);
	ck_assert_int_eq(told[0].n, 0);
	watch_close(conn);
	ck_assert_int_eq(msync_release(told[1].grant), MSYNC_E_LOST);
}
END_TEST

START_TEST(refusal_of_a_newer_daemon_is_a_refusal)
{
	json_int_t id = start_calls();

	told[1].conn = conn;
	tell(&peer,
	    "{'id':%lld,'ok':false,'error':'overslept','message':'later'}", id);
	watch_expect(conn, watch_await(conn, &told[1]), MSYNC_E_REFUSED);
	ck_assert_str_eq(told[1].words, "later");
	ck_assert_int_eq(told[0].n, 0);
	ck_assert_int_ge(msync_fd(conn), 0);
	watch_close(conn);
}
END_TEST

START_TEST(release_that_is_refused_is_tried_once_more_and_no_more)
{
	json_int_t id = start_calls();
	struct told released = {0};

	tell(&peer, "{'id':%lld,'ok':true,'token':5}", id);
	watch_expect(conn, watch_await(conn, &told[1]), 0);
	ck_assert_int_eq(
	    msync_release_start(told[1].grant, watch_told, &released), 0);
	for (int i = 0; i < 2; i++) {
		tell(&peer, "{'id':%lld,'ok':false,'error':'overslept'}",
		    expect_request("lock.release"));
		watch_readable(conn);
		ck_assert_int_eq(watch_process(conn), 0);
	}
	ck_assert_int_eq(released.n, 1);
	ck_assert_int_eq(released.code, MSYNC_E_REFUSED);
	watch_close(conn);
	expect_end(&peer);
}
END_TEST

/* Grants and their end in one piece -------------------------------- */

/* The answer to the next request, and another line behind it, before the
 * handle asks: it will read both at once. */
static void answer_next(const char *line)
{
	long long id =
	    (long long)(conn->n_calls + 1) << 20 | (long long)conn->free_slot;

	tell(&peer, "{'id':%lld,'ok':true,'token':5}\n%s", id, line);
}

/* A handle without calls. */
static void open_idle(void)
{
	struct told asked = {0};

	open_conn();
	ck_assert_int_eq(
	    msync_ask_start(conn, "ping", NULL, 0, watch_told, &asked, NULL),
	    0);
	answer_hello();
	answer_hello();
	tell(&peer, "{'id':%lld,'ok':true}", expect_request("ping"));
	watch_expect(conn, watch_await(conn, &asked), 0);
	msync_result_free(asked.result);
}

static int never_run(void *ctx)
{
	(void)ctx;
	ck_abort_msg("ran for a lock that was lost before");
	return 0;
}

START_TEST(call_that_waits_is_not_granted_what_ended_meanwhile)
{
	struct msync_grant *grant;

	open_idle();
	answer_next("{'event':'lost','reason':'lease','token':5}");
	watch_expect(
	    conn, msync_lock_acquire(conn, "k", 0, NULL, &grant), MSYNC_E_LOST);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_nonnull(strstr(msync_errmsg(conn), "(lease)"));
	answer_next("{'event':'lost','reason':'lease','token':5}");
	watch_expect(conn, msync_lock_do(conn, "k", 0, NULL, never_run, NULL),
	    MSYNC_E_LOST);
	watch_close(conn);
}
END_TEST

START_TEST(call_that_waits_is_not_granted_what_broke_meanwhile)
{
	struct msync_grant *grant;

	open_idle();
	answer_next("no msyncd");
	watch_expect(conn, msync_lock_acquire(conn, "k", 0, NULL, &grant),
	    MSYNC_E_PROTOCOL);
	ck_assert_ptr_null(grant);
	watch_close(conn);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strangers");
	TCase *tests =
	    scene_case(suite, "strangers", open_stranger, close_stranger);

	tcase_add_loop_test(
	    tests, line_that_is_no_answer_ends_the_connection, 0, 11);
	tcase_add_test(tests, hello_of_another_protocol_ends_the_connection);
	tcase_add_test(tests, answer_to_nothing_ends_the_connection);
	tcase_add_test(tests, refusal_of_nothing_ends_the_connection);
	tcase_add_test(tests, second_answer_to_one_request_ends_the_connection);
	tcase_add_test(tests, grant_without_a_token_ends_the_connection);
	tcase_add_loop_test(
	    tests, refusal_without_an_id_is_meant_for_all, 0, 3);
	tcase_add_test(tests, refusal_at_the_start_is_heard_behind_the_end);
	tcase_add_test(tests, server_that_closes_at_once_is_no_connection);
	tcase_add_test(tests, half_a_line_before_the_end_is_no_answer);
	tcase_add_test(tests, what_a_newer_daemon_says_is_passed_over);
	tcase_add_test(tests, refusal_of_a_newer_daemon_is_a_refusal);
	tcase_add_test(
	    tests, release_that_is_refused_is_tried_once_more_and_no_more);
	tcase_add_test(
	    tests, call_that_waits_is_not_granted_what_ended_meanwhile);
	tcase_add_test(
	    tests, call_that_waits_is_not_granted_what_broke_meanwhile);
	return scene_run(suite);
}
