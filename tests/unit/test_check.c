/* SPDX-License-Identifier: MIT */
/*
 * core_check() itself: it is what all other tests rely on, so it has to find
 * what is wrong. Each of the aborting tests spoils one thing in a core that is
 * in order.
 */
#include "toy.h"

#include "claim_tables.h"

/* A holds "k" for a while, B waits for it; C and D share "two". */
static struct object *set_up_claims(void)
{
	toy_ask(leased(by(A, 1), 1000), key_of(&toy_kind, "k"));
	answered(A, 1);
	toy_wait(B, 2, &toy_kind, "k");
	toy_take(C, &toy_kind, "two");
	toy_get(&toy_kind, "two")->n_more = 1;
	toy_take(D, &toy_kind, "two");
	silence();
	return A->held->object;
}

START_TEST(core_in_order_is_passed)
{
	ck_assert_ptr_nonnull(set_up_claims());
	at(999);
	silence();
	at(1000);
	answered(B, 2);
}
END_TEST

START_TEST(holder_that_is_not_there_is_found)
{
	set_up_claims()->n_holders++;
	core_check(core);
}
END_TEST

START_TEST(waiter_that_is_not_counted_is_found)
{
	set_up_claims()->n_waiters--;
	core_check(core);
}
END_TEST

START_TEST(gauge_that_is_off_is_found)
{
	core->tally.counts[set_up_claims()->kind->number][TALLY_WAITS]++;
	core_check(core);
}
END_TEST

START_TEST(hold_without_a_token_is_found)
{
	set_up_claims()->holders->token = 0;
	core_check(core);
}
END_TEST

START_TEST(holders_out_of_order_are_found)
{
	(void)set_up_claims();
	C->held->token = D->held->token + 1;
	core_check(core);
}
END_TEST

START_TEST(session_that_is_not_counted_is_found)
{
	(void)set_up_claims();
	core->sessions.n_sessions--;
	core_check(core);
}
END_TEST

START_TEST(wait_that_nobody_pays_for_is_found)
{
	(void)set_up_claims();
	quota_give_back(B->account, QUOTA_WAITS, 1);
	core_check(core);
}
END_TEST

START_TEST(uid_beyond_its_share_is_found)
{
	(void)set_up_claims();
	share(QUOTA_KEYS, 2);
	core_check(core);
}
END_TEST

START_TEST(object_that_nothing_keeps_is_found)
{
	(void)toy_get(&toy_kind, "idle");
	core_check(core);
}
END_TEST

START_TEST(lease_that_is_over_is_found)
{
	(void)set_up_claims();
	core->now = 1000; /* and nobody has looked what is due */
	core_check(core);
}
END_TEST

START_TEST(lease_that_never_ends_is_found)
{
	(void)set_up_claims();
	core_clear_deadline(core, &A->held->deadline);
	core_check(core);
}
END_TEST

START_TEST(wait_that_cannot_be_found_by_its_id_is_found)
{
	(void)set_up_claims();
	claim_unlist_id(core, B->waiting);
	core_check(core);
}
END_TEST

START_TEST(wait_that_is_not_among_all_waits_is_found)
{
	(void)set_up_claims();
	DL_DELETE2(core->waits[WIRE_KIND_LOCK], B->waiting, elder, younger);
	core_check(core);
}
END_TEST

START_TEST(waits_out_of_order_are_found)
{
	(void)set_up_claims();
	at(5);
	toy_wait(C, 3, &toy_kind, "k");
	B->waiting->since = 6;
	core_check(core);
}
END_TEST

START_TEST(user_that_is_not_counted_is_found)
{
	(void)set_up_claims();
	core->n_users--;
	core_check(core);
}
END_TEST

START_TEST(hold_that_ended_untimed_is_found)
{
	(void)set_up_claims();
	leave(A);
	answered(B, 2);
	core->tally.hold_ms[WIRE_KIND_LOCK].count--;
	core_check(core);
}
END_TEST

START_TEST(wait_that_ended_untimed_is_found)
{
	(void)set_up_claims();
	leave(B);
	core->tally.wait_ms[WIRE_KIND_LOCK].count--;
	core_check(core);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    core_in_order_is_passed,
	    NULL,
	};
	const TTest *const aborting[] = {
	    holder_that_is_not_there_is_found,
	    waiter_that_is_not_counted_is_found,
	    gauge_that_is_off_is_found,
	    hold_without_a_token_is_found,
	    holders_out_of_order_are_found,
	    session_that_is_not_counted_is_found,
	    wait_that_nobody_pays_for_is_found,
	    uid_beyond_its_share_is_found,
	    object_that_nothing_keeps_is_found,
	    lease_that_is_over_is_found,
	    lease_that_never_ends_is_found,
	    wait_that_cannot_be_found_by_its_id_is_found,
	    wait_that_is_not_among_all_waits_is_found,
	    waits_out_of_order_are_found,
	    user_that_is_not_counted_is_found,
	    hold_that_ended_untimed_is_found,
	    wait_that_ended_untimed_is_found,
	    NULL,
	};

	return unit_main("check", true, tests, aborting);
}
