/* SPDX-License-Identifier: MIT */
/* msync_ask: any operation of the protocol, in its own words. */
#define _GNU_SOURCE 1
#include "child.h"

#include <stdlib.h>
#include <string.h>

/* The answer, which must be this code, as JSON. */
static json_t *ask_op(
    const char *op, const char *members, int wait_ms, int code)
{
	struct msync_result *result = NULL;
	json_t *answer;
	size_t len;

	expect_code(one, msync_ask(one, op, members, wait_ms, &result), code);
	ck_assert_ptr_nonnull(result);
	ck_assert_int_eq(msync_result_is_fresh(result), 0);
	answer = json_loads(msync_result_value(result, &len), 0, NULL);
	ck_assert_ptr_nonnull(answer);
	ck_assert_uint_eq(len, strlen(msync_result_value(result, NULL)));
	msync_result_free(result);
	return answer;
}

/* A question that is not even sent. */
static void expect_unsent(
    const char *op, const char *members, int wait_ms, int code)
{
	struct msync_result *result = (struct msync_result *)one;

	expect_code(one, msync_ask(one, op, members, wait_ms, &result), code);
	ck_assert_ptr_null(result);
}

START_TEST(answer_is_the_whole_answer)
{
	expect(ask_op("ping", NULL, 0, 0), "{'ok':true,'id':'<int>'}");
	expect(ask_op("ping", "", 0, 0), "{'ok':true}");
	expect(ask_op("limit.set", "\"key\":\"api\",\"capacity\":3", 0, 0),
	    "{'ok':true}");
	expect(ask_op("limit.info", "\"key\":\"api\"", 0, 0),
	    "{'ok':true,'capacity':3,'in_use':0,'available':3,'waiting':0}");
	expect(ask_op("limit.delete", "\"key\":\"api\"", 0, 0), "{'ok':true}");
	json_decref(ask_op("stats", NULL, 0, 0));
}
END_TEST

START_TEST(refusal_is_an_answer_too)
{
	json_t *answer =
	    ask_op("limit.info", "\"key\":\"api\"", 0, MSYNC_E_UNKNOWN_KEY);

	ck_assert_str_eq(msync_errmsg(one),
	    json_string_value(json_object_get(answer, "message")));
	expect_error(answer, "unknown_key");
	expect_refused(
	    ask_op("lock.aquire", "\"key\":\"k\"", 0, MSYNC_E_UNKNOWN_OP),
	    "unknown_op", "lock.acquire", NULL);
	expect_error(
	    ask_op("lock.acquire", "\"keyy\":\"k\"", 0, MSYNC_E_BAD_REQUEST),
	    "bad_request");
	expect_error(ask_op("", NULL, 0, MSYNC_E_UNKNOWN_OP), "unknown_op");
	/* The handle lives on. */
	give_back(take(one, "k"));
}
END_TEST

START_TEST(what_it_is_granted_is_the_connection_s)
{
	struct msync_grant *grant;

	expect(ask_op("lock.acquire", "\"key\":\"k\"", 0, 0),
	    "{'ok':true,'token':'<int>'}");
	expect_code(
	    two, msync_lock_acquire(two, "k", 0, NULL, &grant), MSYNC_E_BUSY);
	expect_holder(two, "one", 0);
	expect(ask_op("lock.release", "\"key\":\"k\"", 0, 0), "{'ok':true}");
	expect(ask_op("lock.acquire", "\"key\":\"k\"", 0, 0), "{'ok':true}");
	expect_code(one, msync_reset(one), 0);
	ck_assert_int_eq(was_abandoned(two, "k"), 1);
}
END_TEST

START_TEST(operation_that_waits_takes_its_time)
{
	struct msync_opts *opts = handles_opts();
	struct msync_grant *held = take(two, "k");
	struct msync_result *result;
	struct msync_conn *conn;

	/* The time for an answer begins when the wait is over. */
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, 20000), 0);
	conn = handle_open(opts);
	expect_code(conn,
	    msync_ask(conn, "lock.acquire", "\"key\":\"k\",\"wait_ms\":100",
		100, &result),
	    MSYNC_E_TIMEOUT);
	msync_result_free(result);
	expect_holder(conn, "two", 100);
	expect_code(conn,
	    msync_ask(conn, "lock.acquire", "\"key\":\"k\",\"wait_ms\":100",
		MSYNC_FOREVER, &result),
	    MSYNC_E_TIMEOUT);
	msync_result_free(result);
	expect_unsent("lock.acquire", "\"key\":\"k\"", -2, MSYNC_E_INVALID);
	give_back(held);
	msync_close(conn);
}
END_TEST

START_TEST(instance_does_not_stand_before_its_keys)
{
	struct msync_opts *opts = handles_opts();
	struct msync_result *result;
	struct msync_conn *shop;

	ck_assert_int_eq(msync_opts_set_instance(opts, "shop"), 0);
	shop = handle_open(opts);
	expect_code(shop,
	    msync_ask(shop, "limit.set", "\"key\":\"api\",\"capacity\":3", 0,
		&result),
	    0);
	msync_result_free(result);
	expect_code(one, msync_limit_info(one, "api", NULL, NULL, NULL), 0);
	msync_close(shop);
}
END_TEST

START_TEST(members_that_are_not_json_are_not_sent)
{
	static const char *const bad[] = {"\"key\"", "key:1",
	    "\"key\":", "\"key\":\"k\",", ",\"key\":\"k\"", "\"key\":\"a\nb\"",
	    "\"key\":\"k\"}", "\"key\":\"k\"},{\"key\":\"j\"",
	    "\"key\":\"k\"}\n{\"op\":\"ping\"", "\"key\":\"\xff\"", " "};
	struct msync_grant *held = take(one, "held");
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		expect_unsent("lock.acquire", bad[i], 0, MSYNC_E_INVALID);
		ck_assert_ptr_nonnull(strstr(msync_errmsg(one), "not JSON"));
	}
	expect_unsent("\xff", NULL, 0, MSYNC_E_INVALID);
	ck_assert_int_eq(gauge(P, "lock", "granted"), 1);
	give_back(held);
}
END_TEST

START_TEST(members_may_be_spread_over_lines)
{
	expect(ask_op("limit.set", "\n\"key\":\n\"api\",\n\"capacity\"\n:3\n",
		   0, 0),
	    "{'ok':true}");
	expect(ask_op("limit.info", "\t\"key\" : \"api\" ", 0, 0),
	    "{'ok':true,'capacity':3}");
}
END_TEST

START_TEST(members_that_the_library_writes_itself_are_not_sent)
{
	static const char *const bad[] = {"\"id\":7", "\"id\":\"x\"",
	    "\"x_a\":1,\"\\u0069d\":7", "\"op\":\"stats\"",
	    "\"o\\u0070\":\"ping\""};
	struct msync_grant *held = take(one, "held");

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		expect_unsent("ping", bad[i], 0, MSYNC_E_INVALID);
		ck_assert_ptr_nonnull(strstr(msync_errmsg(one), "an id"));
	}
	json_decref(ask_op("ping", "\"x_id\":{\"id\":1,\"op\":2}", 0, 0));
	give_back(held);
}
END_TEST

START_TEST(members_that_make_more_than_a_line_are_not_sent)
{
	char *number = long_number(1024 * 1024), *members;
	struct msync_grant *held = take(one, "held");

	ck_assert_int_gt(asprintf(&members, "\"x_note\":%s", number), 0);
	expect_unsent("ping", members, 0, MSYNC_E_TOO_LONG);
	members[1000 * 1000] = '\0';
	json_decref(ask_op("ping", members, 0, 0));
	give_back(held);
	free(members);
	free(number);
}
END_TEST

START_TEST(ping_asks_for_a_sign_of_life)
{
	for (int i = 0; i < 1000; i++)
		expect_code(one, msync_ping(one), 0);
	ck_assert_str_eq(msync_errmsg(one), "");
	daemon_kill(&server);
	expect_failure(one, msync_ping(one), MSYNC_E_CONN, server.socket, NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    answer_is_the_whole_answer,
	    refusal_is_an_answer_too,
	    what_it_is_granted_is_the_connection_s,
	    operation_that_waits_takes_its_time,
	    instance_does_not_stand_before_its_keys,
	    members_that_are_not_json_are_not_sent,
	    members_may_be_spread_over_lines,
	    members_that_the_library_writes_itself_are_not_sent,
	    members_that_make_more_than_a_line_are_not_sent,
	    ping_asks_for_a_sign_of_life,
	    NULL,
	};

	return handles_run("client_ask", tests);
}
