/* SPDX-License-Identifier: MIT */
/*
 * Flights by libmsync: who leads, who follows, and what becomes of the result
 * between them, byte for byte. Kept results and leaders that vanish are in
 * test_client_flight_kept.c.
 */
#include "child.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANY_BYTES (900 * 1024)

static struct msync_grant *lead(struct msync_conn *conn, const char *key)
{
	struct msync_result *result;
	struct msync_grant *grant;

	expect_code(
	    conn, msync_flight_begin(conn, key, 0, NULL, &grant, &result), 0);
	ck_assert_ptr_nonnull(grant);
	ck_assert_ptr_null(result);
	return grant;
}

/* What followers got, as far as it matters here. */
struct told {
	int code, is_failure, is_fresh;
	int64_t age_ms, by_uid;
	size_t len;
	char message[1100];
	char value[MANY_BYTES + 100];
};

static int follow(struct msync_conn *conn, void *ctx)
{
	struct msync_result *result = NULL;
	struct msync_grant *grant;
	struct told *told = ctx;
	const char *value;

	told->code = msync_flight_begin(
	    conn, "page", MSYNC_FOREVER, NULL, &grant, &result);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_nonnull(result);
	told->is_failure = msync_result_is_failure(result);
	told->is_fresh = msync_result_is_fresh(result);
	told->age_ms = msync_result_age_ms(result);
	told->by_uid = msync_result_by_uid(result);
	strcpy(told->message, msync_result_message(result));
	value = msync_result_value(result, &told->len);
	if (value != NULL) {
		ck_assert_int_eq(value[told->len], '\0');
		memcpy(told->value, value, told->len + 1);
	}
	msync_result_free(result);
	return value != NULL;
}

/* A follower that waits already; it ends with 1 where it gets a value. */
static pid_t start_follower(struct told *told)
{
	json_int_t before = gauge(P, "flight", "waits");
	pid_t pid = child_start(follow, told);

	gauge_await(P, "flight", "waits", before + 1);
	return pid;
}

START_TEST(first_one_leads_and_the_others_share_what_it_finishes_with)
{
	struct told *told = shared_new(3 * sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t followers[3];

	ck_assert_int_eq(msync_grant_kind(grant), MSYNC_FLIGHT);
	ck_assert_str_eq(msync_grant_key(grant), "page");
	ck_assert_int_gt(msync_grant_token(grant), 0);
	ck_assert_int_eq(msync_grant_attempt(grant), 1);
	for (int i = 0; i < 3; i++)
		followers[i] = start_follower(&told[i]);
	ck_assert_int_eq(msync_flight_finish(grant, "[1,2]", 5, 0), 3);
	for (int i = 0; i < 3; i++) {
		child_expect(followers[i], 1);
		ck_assert_int_eq(told[i].code, 0);
		ck_assert_int_eq(told[i].is_failure, 0);
		ck_assert_int_eq(told[i].is_fresh, 0);
		ck_assert_int_eq(told[i].age_ms, 0);
		ck_assert_int_eq(told[i].by_uid, -1);
		ck_assert_str_eq(told[i].message, "");
		ck_assert_str_eq(told[i].value, "[1,2]");
	}
	give_back(grant);
	/* What is not kept is nobody's who asks later. */
	grant = lead(two, "page");
	ck_assert_int_eq(msync_grant_attempt(grant), 1);
	give_back(grant);
	shared_free(told, 3 * sizeof(*told));
}
END_TEST

static const struct {
	const char *json, *arrives;
	size_t len; /* 0: all of it, as MSYNC_NUL_TERMINATED */
} values[] = {
    {"0.10", "0.10", 0},
    {"1e400", "1e400", 0},
    {"-0", "-0", 0},
    {"12345678901234567890", "12345678901234567890", 0},
    {"false", "false", 0},
    {"null", "null", 0},
    {NULL, "null", 0},
    {"\"\"", "\"\"", 0},
    {"\"\\u0000\\ud83d\\ude00\\/\"", "\"\\u0000\\ud83d\\ude00\\/\"", 0},
    {"\"\xf0\x9f\x90\x98\x7f\"", "\"\xf0\x9f\x90\x98\x7f\"", 0},
    {"{\"b\":1,\"a\":2,\"b\":3}", "{\"b\":1,\"a\":2,\"b\":3}", 0},
    {"{ \"a\" :\t[1 , 2]\r}", "{ \"a\" :\t[1 , 2]\r}", 0},
    {"[\n1,\n\n{\"a\":\n2}\n]", "[ 1,  {\"a\": 2} ]", 0},
    {"[1,2]]]", "[1,2]", 5},
    {"123456", "12", 2},
};

START_TEST(value_reaches_the_followers_byte_for_byte)
{
	struct told *told = shared_new(sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = start_follower(told);
	size_t len = values[_i].len;

	ck_assert_int_eq(msync_flight_finish(grant, values[_i].json,
			     len == 0 ? MSYNC_NUL_TERMINATED : len, 0),
	    1);
	child_expect(follower, 1);
	ck_assert_str_eq(told->value, values[_i].arrives);
	ck_assert_uint_eq(told->len, strlen(values[_i].arrives));
	give_back(grant);
	shared_free(told, sizeof(*told));
}
END_TEST

/* A string of so many bytes with its quotes, to be freed. */
static char *long_value(size_t len)
{
	char *json = malloc(len + 1);

	ck_assert_ptr_nonnull(json);
	for (size_t i = 0; i < len; i++)
		json[i] = (char)('a' + i % 26);
	json[0] = json[len - 1] = '"';
	json[len] = '\0';
	return json;
}

START_TEST(value_of_900_kib_reaches_the_followers_byte_for_byte)
{
	struct told *told = shared_new(sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = start_follower(told);
	char *json = long_value(MANY_BYTES);

	ck_assert_int_eq(msync_flight_finish(grant, json, MANY_BYTES, 0), 1);
	child_expect(follower, 1);
	ck_assert_uint_eq(told->len, MANY_BYTES);
	ck_assert_mem_eq(told->value, json, MANY_BYTES + 1);
	give_back(grant);
	free(json);
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(value_that_cannot_be_sent_is_refused_and_the_lead_goes_on)
{
	static const char *const bad[] = {"", " ", "{", "01", "[1,]", "'a'",
	    "1 2", "\"\xff\"", "\"\\ud800\"", "\"a\nb\"", "nul", "},\"x_\":{"};
	struct told *told = shared_new(sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = start_follower(told);
	char *json = long_value(1024 * 1024);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		expect_failure(one,
		    msync_flight_finish(grant, bad[i], MSYNC_NUL_TERMINATED, 0),
		    MSYNC_E_INVALID, "not JSON", NULL);
		expect_code(one,
		    msync_flight_fail(grant, "m", bad[i], strlen(bad[i]), 0),
		    MSYNC_E_INVALID);
	}
	expect_failure(one,
	    msync_flight_finish(grant, json, MSYNC_NUL_TERMINATED, 0),
	    MSYNC_E_TOO_LONG, "1048576", NULL);
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 0), 1);
	child_expect(follower, 1);
	ck_assert_str_eq(told->value, "1");
	give_back(grant);
	free(json);
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(value_may_be_as_deep_as_the_daemon_takes_it_and_no_deeper)
{
	struct msync_grant *grant = lead(one, "page");
	char json[131];

	memset(json, '[', 65);
	memset(json + 65, ']', 65);
	expect_failure(one, msync_flight_finish(grant, json, 130, 0),
	    MSYNC_E_INVALID, "not JSON", NULL);
	ck_assert_int_eq(msync_flight_finish(grant, json + 1, 128, 0), 0);
	give_back(grant);
}
END_TEST

/* Failures --------------------------------------------------------- */

static const struct {
	const char *message, *json;
} failures[] = {
    {"no such page", "{\"status\":404}"},
    {"no such page", NULL},
    {NULL, "null"},
    {NULL, NULL},
    {"\"quoted\"\n\xc3\xa4", "0.10"},
};

START_TEST(failure_is_shared_with_its_message_and_its_value)
{
	const char *message = failures[_i].message, *json = failures[_i].json;
	struct told *told = shared_new(sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = start_follower(told);

	ck_assert_int_eq(
	    msync_flight_fail(grant, message, json, MSYNC_NUL_TERMINATED, 0),
	    1);
	child_expect(follower, json != NULL);
	ck_assert_int_eq(told->code, MSYNC_E_FLIGHT_FAILED);
	ck_assert_int_eq(told->is_failure, 1);
	ck_assert_int_eq(told->is_fresh, 0);
	ck_assert_str_eq(told->message, message == NULL ? "" : message);
	ck_assert_str_eq(told->value, json == NULL ? "" : json);
	ck_assert_uint_eq(told->len, json == NULL ? 0 : strlen(json));
	give_back(grant);
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(message_of_a_failure_has_at_most_1024_bytes)
{
	struct told *told = shared_new(sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = start_follower(told);
	char message[1026];

	memset(message, 'm', 1025);
	message[1025] = '\0';
	expect_failure(one, msync_flight_fail(grant, message, NULL, 0, 0),
	    MSYNC_E_BAD_REQUEST, "message", NULL);
	message[1024] = '\0';
	ck_assert_int_eq(msync_flight_fail(grant, message, NULL, 0, 0), 1);
	child_expect(follower, 0);
	ck_assert_str_eq(told->message, message);
	give_back(grant);
	shared_free(told, sizeof(*told));
}
END_TEST

/* Waiting -------------------------------------------------------------- */

START_TEST(flight_that_is_led_is_busy_and_the_words_name_its_leader)
{
	struct msync_grant *held = lead(one, "page"), *grant = held;
	struct msync_result *result = NULL;
	long begin;
	int code;

	code = msync_flight_begin(two, "page", 0, NULL, &grant, &result);
	expect_failure(two, code, MSYNC_E_BUSY, "page", NULL);
	expect_holder(two, "one", 0);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_null(result);
	begin = now_ms();
	code = msync_flight_begin(two, "page", 50, NULL, &grant, &result);
	expect_failure(two, code, MSYNC_E_TIMEOUT, "page", NULL);
	ck_assert_int_ge(now_ms() - begin, 50);
	expect_holder(two, "one", 50);
	code = msync_flight_begin(two, "page", 60000,
	    with(MSYNC_TERM_MAX_WAITERS, 0), &grant, &result);
	expect_code(two, code, MSYNC_E_QUEUE_FULL);
	expect_holder(two, "one", 50);
	code = msync_flight_begin(one, "page", 60000, NULL, &grant, &result);
	expect_failure(one, code, MSYNC_E_DEADLOCK, "page", NULL);
	give_back(held);
}
END_TEST

START_TEST(lead_is_finished_once)
{
	struct msync_grant *grant = lead(one, "page");

	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 0), 0);
	expect_failure(one, msync_flight_finish(grant, "2", 1, 0),
	    MSYNC_E_INVALID, "page", NULL);
	expect_code(
	    one, msync_flight_fail(grant, "m", NULL, 0, 0), MSYNC_E_INVALID);
	give_back(grant);
}
END_TEST

START_TEST(lead_that_was_finished_is_not_lost_with_the_connection)
{
	struct told *told = shared_new(sizeof(*told));
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = start_follower(told);

	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 0), 1);
	child_expect(follower, 1);
	expect_code(one, msync_reopen(one), 0);
	give_back(grant);
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(only_a_lead_can_be_finished)
{
	struct msync_grant *lock = take(one, "k");

	expect_failure(one, msync_flight_finish(lock, "1", 1, 0),
	    MSYNC_E_INVALID, "lock \"k\"", NULL);
	expect_failure(one, msync_flight_fail(lock, "m", NULL, 0, 0),
	    MSYNC_E_INVALID, "lock \"k\"", NULL);
	give_back(lock);
}
END_TEST

START_TEST(instance_stands_before_the_keys_of_flights)
{
	struct msync_opts *opts = handles_opts();
	struct msync_result *result;
	struct msync_grant *grant;
	struct msync_conn *shop;

	ck_assert_int_eq(msync_opts_set_instance(opts, "shop"), 0);
	shop = handle_open(opts);
	grant = lead(shop, "page");
	ck_assert_str_eq(msync_grant_key(grant), "shop/page");
	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 60000), 0);
	give_back(grant);
	give_back(lead(one, "page"));
	expect_code(one,
	    msync_flight_begin(one, "shop/page", 0, NULL, &grant, &result), 0);
	expect_value(result, "1");
	msync_result_free(result);
	ck_assert_int_eq(msync_flight_forget(one, "page"), 0);
	ck_assert_int_eq(msync_flight_forget(shop, "page"), 1);
	msync_close(shop);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_flight");
	TCase *tests = handles_case(suite, "client_flight");

	tcase_add_test(
	    tests, first_one_leads_and_the_others_share_what_it_finishes_with);
	tcase_add_loop_test(tests, value_reaches_the_followers_byte_for_byte, 0,
	    sizeof(values) / sizeof(*values));
	tcase_add_test(
	    tests, value_of_900_kib_reaches_the_followers_byte_for_byte);
	tcase_add_test(
	    tests, value_that_cannot_be_sent_is_refused_and_the_lead_goes_on);
	tcase_add_test(
	    tests, value_may_be_as_deep_as_the_daemon_takes_it_and_no_deeper);
	tcase_add_loop_test(tests,
	    failure_is_shared_with_its_message_and_its_value, 0,
	    sizeof(failures) / sizeof(*failures));
	tcase_add_test(tests, message_of_a_failure_has_at_most_1024_bytes);
	tcase_add_test(
	    tests, flight_that_is_led_is_busy_and_the_words_name_its_leader);
	tcase_add_test(tests, lead_is_finished_once);
	tcase_add_test(
	    tests, lead_that_was_finished_is_not_lost_with_the_connection);
	tcase_add_test(tests, only_a_lead_can_be_finished);
	tcase_add_test(tests, instance_stands_before_the_keys_of_flights);
	return scene_run(suite);
}
