/* SPDX-License-Identifier: MIT */
/*
 * msync_flight_do: one callback makes the result, and all others share it. The
 * callback waits until as many as a test wants follow.
 */
#include "child.h"

#include <stdlib.h>
#include <string.h>

/* A callback, and what it is to do. */
struct work {
	int code;
	const char *json; /* NULL: none */
	size_t len;       /* 0: not set */
	int followers;    /* to be waited for */
	int n_runs;
};

static int produce(void *ctx, char **json, size_t *len)
{
	struct work *work = ctx;

	work->n_runs++;
	gauge_await(P, "flight", "waits", work->followers);
	if (work->json == NULL)
		return work->code;
	if (work->len == 0) {
		*json = strdup(work->json);
	} else {
		/* Not a byte more than is said. */
		*json = malloc(work->len);
		memcpy(*json, work->json, work->len);
		*len = work->len;
	}
	return work->code;
}

static int never_run(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)json;
	(void)len;
	ck_abort_msg("a follower's callback ran");
}

static struct msync_result *fly(
    struct work *work, const struct msync_terms *terms, int code)
{
	struct msync_result *result = NULL;

	expect_code(one,
	    msync_flight_do(one, "page", 0, terms, produce, work, &result),
	    code);
	ck_assert_int_eq(work->n_runs, 1);
	return result;
}

/* What a follower got. */
struct told {
	int code, is_fresh, is_failure;
	char message[200];
	char value[200];
};

static int follow(struct msync_conn *conn, void *ctx)
{
	struct told *told = ctx;
	struct msync_result *result;

	told->code = msync_flight_do(
	    conn, "page", MSYNC_FOREVER, NULL, never_run, NULL, &result);
	if (result == NULL)
		return 3;
	told->is_fresh = msync_result_is_fresh(result);
	told->is_failure = msync_result_is_failure(result);
	ck_assert_int_eq(msync_result_followers(result), 0);
	strcpy(told->message, msync_result_message(result));
	if (msync_result_value(result, NULL) != NULL)
		strcpy(told->value, msync_result_value(result, NULL));
	msync_result_free(result);
	return 7;
}

/* They ask as soon as somebody leads. */
static int follow_later(struct msync_conn *conn, void *ctx)
{
	struct client eye;

	client_open(&eye, &server);
	gauge_await(&eye, "flight", "holds", 1);
	client_close(&eye);
	return follow(conn, ctx);
}

START_TEST(callback_runs_and_its_result_is_fresh)
{
	struct work work = {.json = "{\"a\":0.10}"};
	struct msync_result *result = fly(&work, NULL, 0);

	expect_value(result, "{\"a\":0.10}");
	ck_assert_int_eq(msync_result_is_fresh(result), 1);
	ck_assert_int_eq(msync_result_is_failure(result), 0);
	ck_assert_int_eq(msync_result_followers(result), 0);
	ck_assert_int_eq(msync_result_age_ms(result), 0);
	ck_assert_int_eq(msync_result_by_uid(result), -1);
	ck_assert_str_eq(msync_result_message(result), "");
	msync_result_free(result);
	emptiness_await(P);
}
END_TEST

START_TEST(value_with_a_length_of_its_own_needs_no_nul)
{
	struct work work = {.json = "12345", .len = 2};
	struct msync_result *result = fly(&work, NULL, 0);

	expect_value(result, "12");
	msync_result_free(result);
}
END_TEST

START_TEST(no_value_is_null)
{
	struct work work = {.json = NULL};
	struct msync_result *result = fly(&work, NULL, 0);

	expect_value(result, "null");
	msync_result_free(result);
}
END_TEST

START_TEST(followers_share_the_value_and_their_callbacks_do_not_run)
{
	struct told *told = shared_new(3 * sizeof(*told));
	struct work work = {.json = "[1, 2]", .followers = 3};
	struct msync_result *result;
	pid_t followers[3];

	for (int i = 0; i < 3; i++)
		followers[i] = child_start(follow_later, &told[i]);
	result = fly(&work, NULL, 0);
	ck_assert_int_eq(msync_result_followers(result), 3);
	expect_value(result, "[1, 2]");
	msync_result_free(result);
	for (int i = 0; i < 3; i++) {
		child_expect(followers[i], 7);
		ck_assert_int_eq(told[i].code, 0);
		ck_assert_int_eq(told[i].is_fresh, 0);
		ck_assert_int_eq(told[i].is_failure, 0);
		ck_assert_str_eq(told[i].value, "[1, 2]");
	}
	shared_free(told, 3 * sizeof(*told));
}
END_TEST

START_TEST(failure_is_the_leader_s_code_and_the_followers_failure)
{
	struct told *told = shared_new(sizeof(*told));
	struct work work = {.code = 5, .json = "{\"e\":1}", .followers = 1};
	pid_t follower = child_start(follow_later, told);
	struct msync_result *result = fly(&work, NULL, 5);

	ck_assert_int_eq(msync_result_is_fresh(result), 1);
	ck_assert_int_eq(msync_result_is_failure(result), 1);
	ck_assert_int_eq(msync_result_followers(result), 1);
	expect_value(result, "{\"e\":1}");
	msync_result_free(result);
	child_expect(follower, 7);
	ck_assert_int_eq(told->code, MSYNC_E_FLIGHT_FAILED);
	ck_assert_int_eq(told->is_failure, 1);
	ck_assert_int_eq(told->is_fresh, 0);
	ck_assert_str_eq(told->value, "{\"e\":1}");
	ck_assert_ptr_nonnull(strstr(told->message, "5"));
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(failure_without_a_value_has_none)
{
	struct work work = {.code = 5};
	struct msync_result *result = fly(&work, NULL, 5);
	size_t len = 17;

	ck_assert_int_eq(msync_result_is_failure(result), 1);
	ck_assert_ptr_null(msync_result_value(result, &len));
	ck_assert_uint_eq(len, 0);
	msync_result_free(result);
}
END_TEST

START_TEST(value_that_is_not_json_is_the_leader_s_fault_and_a_failure)
{
	struct told *told = shared_new(sizeof(*told));
	struct work work = {.json = "oops", .followers = 1};
	pid_t follower = child_start(follow_later, told);
	struct msync_result *result = fly(&work, NULL, MSYNC_E_INVALID);

	ck_assert_ptr_null(result);
	ck_assert_ptr_nonnull(strstr(msync_errmsg(one), "not JSON"));
	child_expect(follower, 7);
	ck_assert_int_eq(told->code, MSYNC_E_FLIGHT_FAILED);
	ck_assert_ptr_nonnull(strstr(told->message, "could not be shared"));
	emptiness_await(P);
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(value_that_is_too_long_to_share_is_still_the_caller_s)
{
	struct told *told = shared_new(sizeof(*told));
	size_t len = 1024 * 1024;
	char *json = malloc(len + 1);
	struct work work = {.json = json, .followers = 1};
	pid_t follower = child_start(follow_later, told);
	struct msync_result *result;

	ck_assert_ptr_nonnull(json);
	memset(json, '1', len);
	json[len] = '\0';
	result = fly(&work, NULL, 0);
	expect_value(result, json);
	ck_assert_int_eq(msync_result_followers(result), -1);
	msync_result_free(result);
	child_expect(follower, 7);
	ck_assert_int_eq(told->code, MSYNC_E_FLIGHT_FAILED);
	ck_assert_ptr_nonnull(strstr(told->message, "too long"));
	free(json);
	shared_free(told, sizeof(*told));
}
END_TEST

START_TEST(result_and_failure_are_kept_as_long_as_their_terms_say)
{
	struct msync_terms *terms = also(
	    with(MSYNC_TERM_KEEP_MS, 60000), MSYNC_TERM_KEEP_FAILURE_MS, 50);
	struct work work = {.json = "1"}, fails = {.code = 5};
	struct msync_result *result;

	msync_result_free(fly(&work, terms, 0));
	expect_code(two,
	    msync_flight_do(two, "page", 0, NULL, never_run, NULL, &result), 0);
	expect_value(result, "1");
	ck_assert_int_eq(msync_result_is_fresh(result), 0);
	msync_result_free(result);

	ck_assert_int_eq(msync_flight_forget(one, "page"), 1);
	msync_result_free(fly(&fails, terms, 5));
	let_pass(60);
	work.n_runs = 0;
	msync_result_free(fly(&work, NULL, 0));
	/* And without such terms, not at all. */
	work.n_runs = 0;
	msync_result_free(fly(&work, NULL, 0));
}
END_TEST

START_TEST(kept_failure_is_shared_without_running_the_callback)
{
	struct work fails = {.code = 5, .json = "\"why\""};
	struct msync_result *result;

	msync_result_free(
	    fly(&fails, with(MSYNC_TERM_KEEP_FAILURE_MS, 60000), 5));
	expect_failure(two,
	    msync_flight_do(two, "page", 0, NULL, never_run, NULL, &result),
	    MSYNC_E_FLIGHT_FAILED, "5", NULL);
	ck_assert_int_eq(msync_result_is_failure(result), 1);
	expect_value(result, "\"why\"");
	msync_result_free(result);
}
END_TEST

START_TEST(caller_that_may_not_wait_gets_no_result)
{
	struct msync_result *result = NULL;
	struct msync_grant *grant;

	expect_code(
	    two, msync_flight_begin(two, "page", 0, NULL, &grant, &result), 0);
	expect_failure(one,
	    msync_flight_do(one, "page", 0, NULL, never_run, NULL, &result),
	    MSYNC_E_BUSY, "two", NULL);
	ck_assert_ptr_null(result);
	expect_code(one,
	    msync_flight_do(one, "page", 50, NULL, never_run, NULL, &result),
	    MSYNC_E_TIMEOUT);
	ck_assert_ptr_null(result);
	give_back(grant);
}
END_TEST

/* Runs out of its lease, and then has a result all the same. */
static int produce_too_late(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)len;
	let_pass(1010);
	*json = strdup("1");
	return 0;
}

START_TEST(result_of_a_lead_that_was_lost_is_the_callers_alone)
{
	struct msync_result *result;

	expect_code(one,
	    msync_flight_do(one, "page", 0, with(MSYNC_TERM_LEASE_MS, 1000),
		produce_too_late, NULL, &result),
	    0);
	expect_value(result, "1");
	ck_assert_int_eq(msync_result_is_fresh(result), 1);
	ck_assert_int_eq(msync_result_followers(result), -1);
	msync_result_free(result);
}
END_TEST

static int nested(void *ctx, char **json, size_t *len)
{
	struct work work = {.json = "2"};
	struct msync_result *result;

	(void)ctx;
	(void)len;
	expect_code(one,
	    msync_flight_do(one, "other", 0, NULL, produce, &work, &result), 0);
	msync_result_free(result);
	give_back(take(one, "k"));
	*json = strdup("1");
	return 0;
}

START_TEST(callback_may_use_the_handle_for_other_keys)
{
	struct msync_result *result;

	expect_code(one,
	    msync_flight_do(one, "page", 0, NULL, nested, NULL, &result), 0);
	expect_value(result, "1");
	msync_result_free(result);
	emptiness_await(P);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    callback_runs_and_its_result_is_fresh,
	    value_with_a_length_of_its_own_needs_no_nul,
	    no_value_is_null,
	    followers_share_the_value_and_their_callbacks_do_not_run,
	    failure_is_the_leader_s_code_and_the_followers_failure,
	    failure_without_a_value_has_none,
	    value_that_is_not_json_is_the_leader_s_fault_and_a_failure,
	    value_that_is_too_long_to_share_is_still_the_caller_s,
	    result_and_failure_are_kept_as_long_as_their_terms_say,
	    kept_failure_is_shared_without_running_the_callback,
	    caller_that_may_not_wait_gets_no_result,
	    result_of_a_lead_that_was_lost_is_the_callers_alone,
	    callback_may_use_the_handle_for_other_keys,
	    NULL,
	};

	return handles_run("client_flight_do", tests);
}
