/* SPDX-License-Identifier: MIT */
/*
 * Holds that end by themselves: leases of every kind, their renewal, and the
 * line that tells the holder.
 */
#include "fixture.h"

static json_t *renew(struct client *c, json_int_t token, int lease_ms)
{
	return ask(
	    c, "{'op':'renew','token':%lld,'lease_ms':%d}", token, lease_ms);
}

static json_int_t acquire_for(struct client *c, const char *key, int ms)
{
	return expect(
	    ask(c, "{'op':'lock.acquire','key':'%s','lease_ms':%d}", key, ms),
	    GRANTED);
}

/*
 * As wait_for_lock, but for a lock that may have been lost by its holder
 * already when the request arrives.
 */
static void ask_for_lock(struct client *c, const char *key)
{
	tell(c, "{'op':'lock.acquire','key':'%s'}", key);
}

static void want_lost(struct client *c)
{
	expect_ok(ask(c, "{'op':'hello','events':['lost']}"));
}

START_TEST(lock_ends_with_its_lease_and_passes_on_as_abandoned)
{
	long start = now_ms();
	json_int_t token;

	want_lost(A);
	token = acquire_for(A, "k", 50);
	ask_for_lock(B, "k");
	expect(client_answer(B), ABANDONED);
	ck_assert_int_ge(now_ms() - start, 49);
	expect_lost(A, "lock", "k", token);
}
END_TEST

/* edge: 38 */
START_TEST(late_release_is_no_success_and_changes_nothing)
{
	json_int_t token = acquire_for(A, "k", 10);

	ask_for_lock(B, "k");
	expect(client_answer(B), ABANDONED);
	expect_refused(release_token(A, "k", token), "stale_token", "k", NULL);
	expect_refused(release(A, "k"), "not_held", "k", NULL);
	expect_error(try_lock(C, "k"), "busy");
	expect_ok(release(B, "k"));
	expect_refused(release_token(A, "k", token), "not_held", "k", NULL);
}
END_TEST

/* edge: 36 */
START_TEST(lease_is_counted_from_the_grant)
{
	json_int_t token;
	long released;

	want_lost(B);
	acquire(A, "k");
	ask_to_wait(B, "{'op':'lock.acquire','key':'k','lease_ms':60}");
	wait_for_lock(C, "k");
	/* Counted from the request it would have ended before the grant. */
	let_pass(80);
	released = now_ms();
	expect_ok(release(A, "k"));
	token = expect(client_answer(B), GRANTED);
	expect(client_answer(C), ABANDONED);
	ck_assert_int_ge(now_ms() - released, 59);
	expect_lost(B, "lock", "k", token);
}
END_TEST

START_TEST(renewal_starts_the_lease_anew)
{
	json_int_t token = acquire_for(A, "k", 60000);
	long start = now_ms();

	expect(renew(A, token, 50), "{'ok':true,'token':'<absent>'}");
	ask_for_lock(B, "k");
	expect(client_answer(B), ABANDONED);
	ck_assert_int_ge(now_ms() - start, 49);
}
END_TEST

START_TEST(renewal_prolongs_a_lease)
{
	json_int_t token = acquire_for(A, "k", 2000);

	expect(renew(A, token, 60000), "{'ok':true}");
	/* Longer than the first lease; the only wait of such a length. */
	let_pass(2100);
	expect_error(try_lock(B, "k"), "busy");
	expect_ok(release(A, "k"));
}
END_TEST

START_TEST(renewal_sets_a_lease_where_there_was_none)
{
	json_int_t token = acquire(A, "k");

	wait_for_lock(B, "k");
	expect(renew(A, token, 10), "{'ok':true}");
	expect(client_answer(B), ABANDONED);
}
END_TEST

/* edge: 37 */
START_TEST(renewal_never_revives)
{
	json_int_t token = acquire(A, "k");

	expect_ok(release(A, "k"));
	expect_error(renew(A, token, 60000), "not_held");
	token = acquire_for(A, "k", 10);
	let_pass(20);
	expect_error(renew(A, token, 60000), "not_held");
	expect(try_lock(B, "k"), ABANDONED);
	expect_error(renew(A, token, 60000), "not_held");
}
END_TEST

START_TEST(renewal_is_for_the_holder_s_connection)
{
	json_int_t token = acquire(A, "k");

	expect_error(renew(B, token, 1), "not_held");
	expect_error(renew(A, token + 1000000, 1), "not_held");
	let_pass(10);
	expect_error(try_lock(B, "k"), "busy");
}
END_TEST

static json_t *renew_named(
    struct client *c, json_int_t token, const char *kind, const char *key)
{
	return ask(c,
	    "{'op':'renew','token':%lld,'lease_ms':60000,'kind':'%s',"
	    "'key':'%s'}",
	    token, kind, key);
}

START_TEST(renewal_may_name_kind_and_key_and_then_they_must_fit)
{
	json_int_t token = acquire(A, "k");

	expect(renew_named(A, token, "lock", "k"), "{'ok':true}");
	expect_error(renew_named(A, token, "limit", "k"), "not_held");
	expect_error(renew_named(A, token, "lock", "other"), "not_held");
	expect_refused(
	    renew_named(A, token, "locks", "k"), "bad_request", "kind", NULL);
}
END_TEST

START_TEST(permits_come_back_when_the_lease_ends)
{
	json_int_t token;

	want_lost(A);
	token = expect(ask(A, "{'op':'limit.borrow','key':'db','capacity':3,"
			      "'permits':2,'lease_ms':20}"),
	    "{'ok':true,'in_use':2,'capacity':3}");
	tell(B, "{'op':'limit.borrow','key':'db','capacity':3,'permits':3}");
	expect(client_answer(B), "{'ok':true,'in_use':3,'capacity':3}");
	expect_lost(A, "limit", "db", token);
	expect_error(
	    ask(A, "{'op':'limit.return','key':'db','token':%lld}", token),
	    "not_held");
	expect_error(ask(A, "{'op':'limit.return','key':'db'}"), "not_held");
	expect(
	    ask(B, "{'op':'limit.info','key':'db'}"), "{'ok':true,'in_use':3}");
}
END_TEST

/* edge: 9 */
START_TEST(leader_whose_lease_ran_out_is_followed_and_its_result_is_late)
{
	json_int_t late, token;

	want_lost(A);
	late = expect(
	    ask(A, "{'op':'flight.begin','key':'page','lease_ms':60000}"),
	    "{'ok':true,'leader':true,'attempt':'<absent>'}");
	ask_to_wait(B, "{'op':'flight.begin','key':'page'}");
	expect(renew(A, late, 10), "{'ok':true}");
	token =
	    expect(client_answer(B), "{'ok':true,'leader':true,'attempt':2}");
	ck_assert_int_gt(token, late);
	expect_lost(A, "flight", "page", late);
	ask_to_wait(C, "{'op':'flight.begin','key':'page'}");
	expect_refused(
	    ask(A, "{'op':'flight.finish','key':'page','token':%lld}", late),
	    "stale_token", "page", NULL);
	expect_error(ask(A, "{'op':'flight.finish','key':'page'}"), "not_held");
	expect(ask(B, "{'op':'flight.finish','key':'page','value':1}"),
	    "{'ok':true,'followers':1}");
	expect(client_answer(C), "{'leader':false,'value':1}");
	expect_error(
	    ask(A, "{'op':'flight.fail','key':'page','token':%lld}", late),
	    "not_held");
}
END_TEST

START_TEST(lease_of_a_follower_bounds_its_own_lead)
{
	expect_ok(ask(A, "{'op':'flight.begin','key':'page'}"));
	ask_to_wait(B, "{'op':'flight.begin','key':'page','lease_ms':20}");
	ask_to_wait(C, "{'op':'flight.begin','key':'page'}");
	let_pass(40);
	expect_silence(C);
	expect(ask(A, "{'op':'flight.abandon','key':'page'}"), "{'ok':true}");
	expect(client_answer(B), "{'leader':true,'attempt':2}");
	expect(client_answer(C), "{'leader':true,'attempt':3}");
}
END_TEST

START_TEST(object_of_a_pool_is_lost_with_its_lease)
{
	json_int_t token;

	want_lost(A);
	expect_ok(ask(A, "{'op':'pool.get','key':'pg','capacity':1}"));
	expect_ok(ask(A, "{'op':'pool.put','key':'pg','value':'c1'}"));
	token = expect(ask(A, "{'op':'pool.get','key':'pg','lease_ms':20}"),
	    "{'ok':true,'create':false,'value':'c1'}");
	tell(B, "{'op':'pool.get','key':'pg','capacity':1}");
	expect(client_answer(B), "{'create':true,'destroy':['c1']}");
	expect_lost(A, "pool", "pg", token);
	expect_error(
	    ask(A, "{'op':'pool.put','key':'pg','value':'c1'}"), "not_held");
}
END_TEST

START_TEST(lost_holds_are_told_only_to_who_asked_for_it)
{
	acquire_for(A, "k", 10);
	want_lost(B);
	ask_for_lock(B, "k");
	expect(client_answer(B), ABANDONED);
	expect_silence(A);
	/* The last hello holds, and it said nothing of events. */
	expect_ok(ask(B, "{'op':'hello'}"));
	acquire_for(B, "other", 10);
	let_pass(20);
	expect_silence(B);
}
END_TEST

START_TEST(released_hold_is_never_lost)
{
	want_lost(A);
	acquire_for(A, "k", 1000);
	expect_ok(release(A, "k"));
	let_pass(1100);
	expect_silence(A);
	expect(try_lock(B, "k"), GRANTED);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    lock_ends_with_its_lease_and_passes_on_as_abandoned,
	    late_release_is_no_success_and_changes_nothing,
	    lease_is_counted_from_the_grant,
	    renewal_starts_the_lease_anew,
	    renewal_prolongs_a_lease,
	    renewal_sets_a_lease_where_there_was_none,
	    renewal_never_revives,
	    renewal_is_for_the_holder_s_connection,
	    renewal_may_name_kind_and_key_and_then_they_must_fit,
	    permits_come_back_when_the_lease_ends,
	    leader_whose_lease_ran_out_is_followed_and_its_result_is_late,
	    lease_of_a_follower_bounds_its_own_lead,
	    object_of_a_pool_is_lost_with_its_lease,
	    lost_holds_are_told_only_to_who_asked_for_it,
	    released_hold_is_never_lost,
	    NULL,
	};

	return run_tests("ops_lease", tests);
}
