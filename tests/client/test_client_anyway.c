/* SPDX-License-Identifier: MIT */
/*
 * MSYNC_TERM_RUN_ANYWAY: what runs without the daemon, where it is not there,
 * stands still, or ends; and what never does.
 */
#include "child.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct msync_terms *anyway(void)
{
	return with(MSYNC_TERM_RUN_ANYWAY, 1);
}

static int count(void *ctx)
{
	++*(int *)ctx;
	return 4;
}

static int produce(void *ctx, char **json, size_t *len)
{
	(void)len;
	*json = strdup("[1]");
	return ++*(int *)ctx == 1 ? 0 : 5;
}

static int create(void *ctx, char **json, size_t *len)
{
	return produce(ctx, json, len);
}

static int use(void *ctx, const char *json, size_t len)
{
	(void)json;
	(void)len;
	return count(ctx);
}

/* Both run, the flight first with success and then with a failure. */
static void expect_to_run(struct msync_conn *conn, int wait_ms)
{
	struct msync_result *result = NULL;
	int n = 0;

	expect_code(conn,
	    msync_flight_do(conn, "k", wait_ms, anyway(), produce, &n, &result),
	    0);
	expect_value(result, "[1]");
	ck_assert_int_eq(msync_result_is_fresh(result), 1);
	ck_assert_int_eq(msync_result_followers(result), -1);
	msync_result_free(result);
	expect_code(conn,
	    msync_flight_do(conn, "k", wait_ms, anyway(), produce, &n, &result),
	    5);
	ck_assert_int_eq(msync_result_is_failure(result), 1);
	msync_result_free(result);
	ck_assert_int_eq(n, 2);
	expect_code(conn,
	    msync_limit_do(conn, "k", 1, wait_ms, anyway(), count, &n), 4);
	ck_assert_int_eq(n, 3);
}

/* Nothing runs that was not said to, and no lock and no pool. */
static void expect_refusal(struct msync_conn *conn, int code)
{
	struct msync_pool *pool = handles_pool(conn, "k", 1);
	struct msync_terms *no = with(MSYNC_TERM_RUN_ANYWAY, 0);
	struct msync_result *result = NULL;
	int n = 0;

	msync_pool_set_callbacks(pool, create, NULL, &n);
	expect_code(conn,
	    msync_flight_do(conn, "k", 0, no, produce, &n, &result), code);
	ck_assert_ptr_null(result);
	expect_code(conn, msync_limit_do(conn, "k", 1, 0, no, count, &n), code);
	expect_code(
	    conn, msync_limit_do(conn, "k", 1, 0, NULL, count, &n), code);
	expect_code(
	    conn, msync_lock_do(conn, "k", 0, anyway(), count, &n), code);
	expect_code(conn, msync_pool_do(pool, 0, anyway(), use, &n), code);
	ck_assert_int_eq(n, 0);
}

START_TEST(flights_and_limits_run_anyway_where_there_never_was_a_daemon)
{
	struct msync_opts *opts = handles_opts();
	struct msync_conn *conn;
	char path[108];

	snprintf(path, sizeof(path), "%s.not", server.socket);
	ck_assert_int_eq(msync_opts_set_socket(opts, path), 0);
	ck_assert_int_eq(msync_open(&conn, opts), MSYNC_E_CONN);
	msync_opts_free(opts);
	expect_to_run(conn, 0);
	expect_to_run(conn, MSYNC_FOREVER);
	expect_refusal(conn, MSYNC_E_CONN);
	msync_close(conn);
}
END_TEST

START_TEST(flights_and_limits_run_anyway_where_the_daemon_has_died)
{
	daemon_kill(&server);
	expect_to_run(one, 0);
	expect_refusal(one, MSYNC_E_CONN);
}
END_TEST

START_TEST(flights_and_limits_run_anyway_where_the_daemon_stands_still)
{
	struct msync_opts *opts = handles_opts();
	struct msync_conn *conn;

	ck_assert_int_eq(msync_opts_set_answer_ms(opts, 30), 0);
	conn = handle_open(opts);
	daemon_freeze(&server);
	expect_to_run(conn, 0);
	expect_refusal(conn, MSYNC_E_SILENT);
	daemon_thaw(&server);
	/* What was granted meanwhile is given back by the next call. */
	expect_code(conn, msync_ping(conn), 0);
	emptiness_await(P);
	msync_close(conn);
}
END_TEST

START_TEST(refusals_of_a_daemon_that_is_there_are_no_reason_to_run)
{
	struct msync_result *result;
	struct msync_grant *grant, *lead;
	int n = 0;

	expect_code(two, msync_limit_borrow(two, "k", 1, 0, NULL, &grant), 0);
	expect_code(
	    two, msync_flight_begin(two, "k", 0, NULL, &lead, &result), 0);
	expect_code(one, msync_limit_do(one, "k", 1, 0, anyway(), count, &n),
	    MSYNC_E_BUSY);
	expect_code(one, msync_limit_do(one, "k", 2, 0, anyway(), count, &n),
	    MSYNC_E_CONFLICT);
	expect_code(one, msync_limit_do(one, "", 2, 0, anyway(), count, &n),
	    MSYNC_E_BAD_REQUEST);
	expect_code(one,
	    msync_flight_do(one, "k", 30, anyway(), produce, &n, &result),
	    MSYNC_E_TIMEOUT);
	ck_assert_ptr_null(result);
	ck_assert_int_eq(n, 0);
	give_back(lead);
	give_back(grant);
}
END_TEST

START_TEST(primitives_are_not_granted_without_the_daemon)
{
	struct msync_result *result;
	struct msync_grant *grant;

	daemon_kill(&server);
	expect_code(one, msync_limit_borrow(one, "k", 1, 0, anyway(), &grant),
	    MSYNC_E_CONN);
	ck_assert_ptr_null(grant);
	expect_code(one,
	    msync_flight_begin(one, "k", 0, anyway(), &grant, &result),
	    MSYNC_E_CONN);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_null(result);
}
END_TEST

/* Waits for a permit until the daemon ends. */
static int wait_and_run(struct msync_conn *conn, void *ctx)
{
	int n = 0;

	(void)ctx;
	expect_code(conn,
	    msync_limit_do(conn, "k", 1, MSYNC_FOREVER, anyway(), count, &n),
	    4);
	ck_assert_int_eq(n, 1);
	return 7;
}

static int wait_and_be_refused(struct msync_conn *conn, void *ctx)
{
	int n = 0;

	(void)ctx;
	expect_failure(conn,
	    msync_limit_do(conn, "k", 1, MSYNC_FOREVER, NULL, count, &n),
	    MSYNC_E_SHUTTING_DOWN, "shutting down", NULL);
	expect_code(conn, msync_ping(conn), MSYNC_E_CONN);
	ck_assert_int_eq(n, 0);
	return 7;
}

START_TEST(limits_run_anyway_where_the_daemon_shuts_down)
{
	struct msync_grant *grant;
	pid_t runs, refused;

	expect_code(one, msync_limit_borrow(one, "k", 1, 0, NULL, &grant), 0);
	runs = child_start(wait_and_run, NULL);
	refused = child_start(wait_and_be_refused, NULL);
	gauge_await(P, "limit", "waits", 2);
	daemon_stop(&server);
	child_expect(runs, 7);
	child_expect(refused, 7);
	expect_code(one, msync_release(grant), MSYNC_E_CONN);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    flights_and_limits_run_anyway_where_there_never_was_a_daemon,
	    flights_and_limits_run_anyway_where_the_daemon_has_died,
	    flights_and_limits_run_anyway_where_the_daemon_stands_still,
	    refusals_of_a_daemon_that_is_there_are_no_reason_to_run,
	    primitives_are_not_granted_without_the_daemon,
	    limits_run_anyway_where_the_daemon_shuts_down,
	    NULL,
	};

	return handles_run("client_anyway", tests);
}
