/* SPDX-License-Identifier: MIT */
/*
 * Flights by libmsync that end later, or otherwise: results that are kept or
 * forgotten, leaders that give up, vanish, or run out of their lease.
 */
#include "child.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct msync_grant *lead_with(
    struct msync_conn *conn, const char *key, const struct msync_terms *terms)
{
	struct msync_result *result;
	struct msync_grant *grant;

	expect_code(
	    conn, msync_flight_begin(conn, key, 0, terms, &grant, &result), 0);
	ck_assert_ptr_nonnull(grant);
	ck_assert_ptr_null(result);
	return grant;
}

static struct msync_grant *lead(struct msync_conn *conn, const char *key)
{
	return lead_with(conn, key, NULL);
}

/* Asks for what is kept; asserts this answer. To be freed. */
static struct msync_result *ask_kept(
    struct msync_conn *conn, const char *key, int code)
{
	struct msync_result *result;
	struct msync_grant *grant;

	expect_code(conn,
	    msync_flight_begin(conn, key, 0, NULL, &grant, &result), code);
	ck_assert_ptr_null(grant);
	ck_assert_ptr_nonnull(result);
	ck_assert_int_eq(msync_result_is_fresh(result), 0);
	return result;
}

/* What is kept --------------------------------------------------------- */

START_TEST(result_is_kept_for_those_who_ask_later_and_tells_its_age)
{
	struct msync_grant *grant = lead(one, "page");
	struct msync_result *result;

	ck_assert_int_eq(msync_flight_finish(grant, "{\"a\":0.10}",
			     MSYNC_NUL_TERMINATED, 60000),
	    0);
	give_back(grant);
	let_pass(20);
	for (int i = 0; i < 2; i++) {
		result = ask_kept(i ? one : two, "page", 0);
		expect_value(result, "{\"a\":0.10}");
		ck_assert_int_eq(msync_result_is_failure(result), 0);
		ck_assert_int_ge(msync_result_age_ms(result), 20);
		ck_assert_int_eq(msync_result_by_uid(result), -1);
		msync_result_free(result);
	}
}
END_TEST

START_TEST(failure_is_kept_too)
{
	struct msync_grant *grant = lead(one, "page");
	struct msync_result *result;

	ck_assert_int_eq(
	    msync_flight_fail(grant, "no such page", "404", 3, 60000), 0);
	give_back(grant);
	let_pass(20);
	result = ask_kept(two, "page", MSYNC_E_FLIGHT_FAILED);
	ck_assert_int_eq(msync_result_is_failure(result), 1);
	ck_assert_str_eq(msync_result_message(result), "no such page");
	expect_value(result, "404");
	ck_assert_int_ge(msync_result_age_ms(result), 20);
	msync_result_free(result);
}
END_TEST

START_TEST(result_is_kept_for_its_time_and_no_longer)
{
	struct msync_grant *grant = lead(one, "page");

	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 50), 0);
	give_back(grant);
	let_pass(60);
	give_back(lead(two, "page"));
	grant = lead(one, "page");
	ck_assert_int_eq(msync_flight_fail(grant, "m", NULL, 0, 50), 0);
	give_back(grant);
	let_pass(60);
	give_back(lead(two, "page"));
}
END_TEST

START_TEST(result_that_is_too_much_to_keep_is_refused_and_the_lead_goes_on)
{
	char *json = long_number(A_MILLION);
	struct msync_grant *grant = lead(two, "page");

	use_up_share(one);
	expect_failure(two, msync_flight_finish(grant, json, A_MILLION, 60000),
	    MSYNC_E_QUOTA, "page", "bytes", NULL);
	expect_code(two, msync_flight_fail(grant, "m", json, A_MILLION, 60000),
	    MSYNC_E_QUOTA);
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	/* What is not kept is not counted. */
	ck_assert_int_eq(msync_flight_finish(grant, json, A_MILLION, 0), 0);
	give_back(grant);
	free(json);
}
END_TEST

START_TEST(leader_of_another_user_is_told_by_its_uid)
{
	struct msync_result *result;
	struct client other;

	/* Only root can be two users. */
	if (!open_as_other_user(&other))
		return;
	expect_ok(ask(&other, "{'op':'flight.begin','key':'page'}"));
	expect_ok(ask(&other, "{'op':'flight.finish','key':'page','value':1,"
			      "'keep_ms':60000}"));
	result = ask_kept(one, "page", 0);
	ck_assert_int_eq(msync_result_by_uid(result), OTHER_UID);
	msync_result_free(result);
	client_close(&other);
}
END_TEST

/* What is forgotten ---------------------------------------------------- */

START_TEST(kept_result_is_forgotten_once)
{
	struct msync_grant *grant = lead(one, "page");

	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 60000), 0);
	give_back(grant);
	msync_result_free(ask_kept(two, "page", 0));
	ck_assert_int_eq(msync_flight_forget(two, "page"), 1);
	ck_assert_int_eq(msync_flight_forget(two, "page"), 0);
	give_back(lead(two, "page"));
}
END_TEST

/* Follows the flight that comes to "old". */
static int follow_old(struct msync_conn *conn, void *ctx)
{
	struct msync_result *result;
	struct msync_grant *grant;

	(void)ctx;
	expect_code(conn,
	    msync_flight_begin(
		conn, "page", MSYNC_FOREVER, NULL, &grant, &result),
	    0);
	ck_assert_ptr_null(grant);
	expect_value(result, "\"old\"");
	msync_result_free(result);
	return 7;
}

START_TEST(flight_that_is_forgotten_goes_on_for_those_who_follow_it)
{
	struct msync_grant *old = lead(one, "page"), *young;
	pid_t follower = child_start(follow_old, NULL);
	struct msync_result *result;

	gauge_await(P, "flight", "waits", 1);
	ck_assert_int_eq(msync_flight_forget(one, "page"), 1);
	young = lead(two, "page");
	ck_assert_int_eq(msync_grant_attempt(young), 1);
	ck_assert_int_eq(msync_flight_finish(
			     young, "\"young\"", MSYNC_NUL_TERMINATED, 60000),
	    0);
	give_back(young);
	/* And what it comes to is not kept. */
	ck_assert_int_eq(
	    msync_flight_finish(old, "\"old\"", MSYNC_NUL_TERMINATED, 60000),
	    1);
	give_back(old);
	child_expect(follower, 7);
	result = ask_kept(one, "page", 0);
	expect_value(result, "\"young\"");
	msync_result_free(result);
}
END_TEST

/* Leaders ------------------------------------------------------------ */

/* What a child that follows, and then leads, does and sees. */
struct heir {
	struct gate leads, inherits;
	struct msync_terms *terms; /* set before the child is made */
	int attempt, code;
};

/* In shared memory, with both gates shut. */
static struct heir *heir_new(void)
{
	struct heir *heir = shared_new(sizeof(*heir));

	gate_init(&heir->leads);
	gate_init(&heir->inherits);
	return heir;
}

static int lead_and_stay(struct msync_conn *conn, void *ctx)
{
	struct heir *heir = ctx;

	(void)lead_with(conn, "page", heir->terms);
	gate_pass(&heir->leads);
	return 1;
}

/* Waits, is let in, finishes. */
static int inherit(struct msync_conn *conn, void *ctx)
{
	struct heir *heir = ctx;
	struct msync_result *result;
	struct msync_grant *grant;

	heir->code = msync_flight_begin(
	    conn, "page", MSYNC_FOREVER, NULL, &grant, &result);
	ck_assert_ptr_null(result);
	if (heir->code != 0)
		return 3;
	heir->attempt = msync_grant_attempt(grant);
	gate_pass(&heir->inherits);
	ck_assert_int_eq(msync_flight_finish(grant, "1", 1, 0), 0);
	give_back(grant);
	return 7;
}

START_TEST(lead_that_is_released_goes_to_the_oldest_follower)
{
	struct heir *heir = heir_new();
	struct msync_grant *grant = lead(one, "page");
	pid_t follower = child_start(inherit, heir);

	gauge_await(P, "flight", "waits", 1);
	gate_let(&heir->inherits, 1);
	give_back(grant);
	child_expect(follower, 7);
	ck_assert_int_eq(heir->attempt, 2);
	ck_assert_int_eq(gauge(P, "flight", "take_overs"), 1);
	shared_free(heir, sizeof(*heir));
}
END_TEST

START_TEST(lead_is_given_up_by_its_token_on_its_own_handle)
{
	struct msync_grant *grant = lead(one, "page");
	int64_t token = msync_grant_token(grant);

	expect_code(two, msync_release_token(two, MSYNC_FLIGHT, "page", token),
	    MSYNC_E_STALE_TOKEN);
	expect_code(
	    one, msync_renew_token(one, MSYNC_FLIGHT, "page", token, 60000), 0);
	expect_code(
	    one, msync_release_token(one, MSYNC_FLIGHT, "page", token), 0);
	expect_code(one, msync_flight_finish(grant, "1", 1, 0), MSYNC_E_LOST);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}
END_TEST

START_TEST(lead_of_a_process_that_is_killed_goes_to_a_follower)
{
	struct heir *heir = heir_new();
	pid_t leader, follower;

	leader = child_start(lead_and_stay, heir);
	gate_await(&heir->leads, 1);
	follower = child_start(inherit, heir);
	gauge_await(P, "flight", "waits", 1);
	gate_let(&heir->inherits, 1);
	child_kill(leader);
	child_expect(follower, 7);
	ck_assert_int_eq(heir->attempt, 2);
	shared_free(heir, sizeof(*heir));
}
END_TEST

START_TEST(followers_are_told_when_too_many_leaders_were_lost)
{
	struct heir *heir = heir_new();
	pid_t leader, follower;

	heir->terms = with(MSYNC_TERM_MAX_LEADERS, 1);
	leader = child_start(lead_and_stay, heir);
	gate_await(&heir->leads, 1);
	follower = child_start(inherit, heir);
	gauge_await(P, "flight", "waits", 1);
	child_kill(leader);
	child_expect(follower, 3);
	ck_assert_int_eq(heir->code, MSYNC_E_LEADER_LOST);
	/* That flight is over; the next one begins anew. */
	give_back(lead(one, "page"));
	shared_free(heir, sizeof(*heir));
}
END_TEST

START_TEST(leader_whose_lease_ran_out_leads_no_more)
{
	struct heir *heir = heir_new();
	struct msync_grant *late = lead(one, "page");
	pid_t follower;

	follower = child_start(inherit, heir);
	gauge_await(P, "flight", "waits", 1);
	expect_code(one, msync_renew(late, 50), 0);
	gate_await(&heir->inherits, 1);
	ck_assert_int_eq(heir->attempt, 2);
	expect_failure(one, msync_flight_finish(late, "1", 1, 60000),
	    MSYNC_E_LOST, "page", NULL);
	expect_code(
	    one, msync_flight_fail(late, "m", NULL, 0, 60000), MSYNC_E_LOST);
	expect_lost_grant(late);
	/* Nothing came of that, and the new one leads on. */
	gate_let(&heir->inherits, 1);
	child_expect(follower, 7);
	give_back(lead(one, "page"));
	shared_free(heir, sizeof(*heir));
}
END_TEST

START_TEST(result_that_is_too_late_is_lost_even_if_nobody_looked_before)
{
	struct msync_grant *late = lead(one, "page");

	run_out(late);
	/* The word of it is still unread in the socket. */
	expect_failure(one, msync_flight_finish(late, "1", 1, 0), MSYNC_E_LOST,
	    "page", NULL);
	expect_lost_grant(late);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    result_is_kept_for_those_who_ask_later_and_tells_its_age,
	    failure_is_kept_too,
	    result_is_kept_for_its_time_and_no_longer,
	    result_that_is_too_much_to_keep_is_refused_and_the_lead_goes_on,
	    leader_of_another_user_is_told_by_its_uid,
	    kept_result_is_forgotten_once,
	    flight_that_is_forgotten_goes_on_for_those_who_follow_it,
	    lead_that_is_released_goes_to_the_oldest_follower,
	    lead_is_given_up_by_its_token_on_its_own_handle,
	    lead_of_a_process_that_is_killed_goes_to_a_follower,
	    followers_are_told_when_too_many_leaders_were_lost,
	    leader_whose_lease_ran_out_leads_no_more,
	    result_that_is_too_late_is_lost_even_if_nobody_looked_before,
	    NULL,
	};

	return handles_run("client_flight_kept", tests);
}
