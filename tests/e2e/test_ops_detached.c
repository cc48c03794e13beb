/* SPDX-License-Identifier: MIT */
/*
 * Holds that belong to no connection: they outlive the one that asked, end by
 * their lease or by anybody of the same uid who knows the token.
 */
#include "fixture.h"

#define DETACHED "'lease_ms':60000,'detached':true"

static json_int_t detach_lock(struct client *c, const char *key)
{
	return expect(
	    ask(c, "{'op':'lock.acquire','key':'%s'," DETACHED "}", key),
	    GRANTED);
}

START_TEST(detached_hold_needs_a_lease)
{
	expect_refused(
	    ask(A, "{'op':'lock.acquire','key':'k','detached':true}"),
	    "bad_request", "lease_ms", NULL);
	expect(try_lock(B, "k"), GRANTED);
	/* Not detached is what one gets anyway. */
	expect(ask(A, "{'op':'lock.acquire','key':'o','detached':false}"),
	    GRANTED);
}
END_TEST

START_TEST(detached_lock_outlives_its_connection)
{
	json_int_t token = detach_lock(A, "deploy");

	client_close(A);
	wait_for_lock(B, "deploy");
	expect_silence(B);
	expect(release_token(C, "deploy", token), RELEASED);
	expect(client_answer(B), GRANTED);
}
END_TEST

START_TEST(detached_lock_is_released_by_its_token_only)
{
	json_int_t token = detach_lock(A, "deploy");

	/* It is not a hold of the connection that asked for it. */
	expect_error(release(A, "deploy"), "not_held");
	expect_error(release_token(A, "deploy", token - 1), "stale_token");
	expect_error(try_lock(B, "deploy"), "busy");
	expect(release_token(A, "deploy", token), RELEASED);
	expect_error(release_token(A, "deploy", token), "not_held");
}
END_TEST

START_TEST(detached_lock_ends_with_its_lease)
{
	long start = now_ms();

	expect_ok(ask(A, "{'op':'lock.acquire','key':'deploy','lease_ms':40,"
			 "'detached':true}"));
	client_close(A);
	tell(B, "{'op':'lock.acquire','key':'deploy'}");
	expect(client_answer(B), ABANDONED);
	ck_assert_int_ge(now_ms() - start, 39);
}
END_TEST

START_TEST(detached_lock_is_renewed_by_anybody_with_its_token)
{
	json_int_t token = detach_lock(A, "deploy");

	expect(ask(B, "{'op':'renew','token':%lld,'lease_ms':20}", token),
	    "{'ok':true}");
	tell(C, "{'op':'lock.acquire','key':'deploy'}");
	expect(client_answer(C), ABANDONED);
}
END_TEST

START_TEST(detached_lock_is_granted_to_a_waiter_in_its_turn)
{
	json_int_t token;

	acquire(A, "deploy");
	ask_to_wait(B, "{'op':'lock.acquire','key':'deploy'," DETACHED "}");
	expect_ok(release(A, "deploy"));
	token = expect(client_answer(B), GRANTED);
	client_close(B);
	expect_error(try_lock(C, "deploy"), "busy");
	expect(release_token(C, "deploy", token), RELEASED);
}
END_TEST

START_TEST(waiter_that_asked_for_a_detached_hold_takes_its_wait_along)
{
	acquire(A, "deploy");
	ask_to_wait(B, "{'op':'lock.acquire','key':'deploy'," DETACHED "}");
	client_close(B);
	wait_for_lock(C, "deploy");
	expect_ok(release(A, "deploy"));
	expect(client_answer(C), "{'ok':true,'token':'<int>'}");
}
END_TEST

START_TEST(detached_permits_are_returned_by_their_token)
{
	long long token = expect(
	    ask(A,
		"{'op':'limit.borrow','key':'db','capacity':2," DETACHED "}"),
	    "{'ok':true,'in_use':1}");

	expect_error(ask(A, "{'op':'limit.return','key':'db'}"), "not_held");
	client_close(A);
	expect(ask(B, "{'op':'limit.info','key':'db'}"),
	    "{'ok':true,'in_use':1,'available':1}");
	expect(ask(B, "{'op':'limit.return','key':'db','token':%lld}", token),
	    "{'ok':true,'in_use':0}");
	token = expect(
	    ask(B, "{'op':'limit.try_borrow','key':'db','capacity':2," DETACHED
		   "}"),
	    "{'ok':true,'borrowed':true}");
	expect(ask(C, "{'op':'limit.return','key':'db','token':%lld}", token),
	    "{'ok':true,'in_use':0}");
}
END_TEST

START_TEST(detached_object_is_put_back_by_its_token)
{
	long long token = expect(
	    ask(A, "{'op':'pool.get','key':'pg','capacity':1," DETACHED "}"),
	    "{'ok':true,'create':true}");

	expect_error(
	    ask(A, "{'op':'pool.put','key':'pg','value':1}"), "not_held");
	client_close(A);
	expect(ask(B, "{'op':'pool.put','key':'pg','token':%lld,'value':1}",
		   token),
	    "{'ok':true}");
	token = expect(ask(B, "{'op':'pool.get','key':'pg'," DETACHED "}"),
	    "{'ok':true,'create':false,'value':1}");
	expect(ask(C, "{'op':'pool.drop','key':'pg','token':%lld}", token),
	    "{'ok':true}");
}
END_TEST

START_TEST(lead_of_a_flight_is_never_detached)
{
	expect_refused(
	    ask(A, "{'op':'flight.begin','key':'page'," DETACHED "}"),
	    "bad_request", "detached", NULL);
}
END_TEST

START_TEST(detached_hold_stays_when_its_connection_is_reset)
{
	json_int_t token = detach_lock(A, "deploy");

	expect(ask(A, "{'op':'reset'}"), "{'ok':true}");
	expect_error(try_lock(B, "deploy"), "busy");
	expect(release_token(A, "deploy", token), RELEASED);
}
END_TEST

START_TEST(detached_hold_of_another_uid_is_out_of_reach)
{
	json_int_t token = detach_lock(A, "deploy");
	struct client other;

	if (!open_as_other_user(&other))
		return;
	expect_refused(
	    release_token(&other, "deploy", token), "denied", "deploy", NULL);
	expect_error(
	    ask(&other, "{'op':'renew','token':%lld,'lease_ms':1}", token),
	    "not_held");
	expect_error(try_lock(B, "deploy"), "busy");
	expect(release_token(B, "deploy", token), RELEASED);
	client_close(&other);
}
END_TEST

START_TEST(own_hold_of_another_uid_is_stale_as_any_other)
{
	json_int_t token = acquire(A, "k");
	struct client other;

	if (!open_as_other_user(&other))
		return;
	expect_error(release_token(&other, "k", token), "stale_token");
	expect(release_token(A, "k", token), RELEASED);
	client_close(&other);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    detached_hold_needs_a_lease,
	    detached_lock_outlives_its_connection,
	    detached_lock_is_released_by_its_token_only,
	    detached_lock_ends_with_its_lease,
	    detached_lock_is_renewed_by_anybody_with_its_token,
	    detached_lock_is_granted_to_a_waiter_in_its_turn,
	    waiter_that_asked_for_a_detached_hold_takes_its_wait_along,
	    detached_permits_are_returned_by_their_token,
	    detached_object_is_put_back_by_its_token,
	    lead_of_a_flight_is_never_detached,
	    detached_hold_stays_when_its_connection_is_reset,
	    detached_hold_of_another_uid_is_out_of_reach,
	    own_hold_of_another_uid_is_stale_as_any_other,
	    NULL,
	};

	return run_tests("ops_detached", tests);
}
