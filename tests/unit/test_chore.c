/* SPDX-License-Identifier: MIT */
/* What is done in portions: that others are served in between, and that each
 * gets the answer that it would have got had it all been done at once. */
#include "unit.h"

#include "flight.h"
#include "limit.h"
#include "lock.h"
#include "pool.h"

#include <stdio.h>

#define PORTION 3
#define N       10

static void begin(void)
{
	core->chores.portion = PORTION;
	core->chores.n_leaves = PORTION;
	B->multiplexed = true; /* may wait for one key several times */
}

static void acquire(struct request *req, const char *text)
{
	lock_acquire(core, req, key_of(&lock_kind, text));
}

static void release(struct session *session, const char *text)
{
	lock_release(core, by(session, 99), key_of(&lock_kind, text), 0);
}

static void follow(struct session *session, int64_t id)
{
	flight_begin(core, by(session, id), key_of(&flight_kind, "f"), 1);
}

static void finish(struct session *session, int64_t keep_ms)
{
	const struct flight_report report = {
	    .value = "7", .value_len = 1, .keep_ms = keep_ms};

	flight_finish(
	    core, by(session, 99), key_of(&flight_kind, "f"), 0, &report);
}

static void cancel(struct session *session, int64_t id, bool cancels)
{
	const struct ident target = {.type = IDENT_NUMBER, .number = id};
	struct claim *wait = claim_find_wait(core, session, &target);

	ck_assert_ptr_nonnull(wait);
	ck_assert_int_eq(claim_cancel(core, wait, WIRE_CANCELLED), cancels);
	core_check(core);
}

/* The next turn, without time passing. */
static void turn(void)
{
	ck_assert_int_eq(core_deadline(core), core->now);
	at(core->now);
}

static void nothing_is_left(void)
{
	silence();
	ck_assert(!chores_wait(core));
}

static void got_value(struct session *session, int64_t id)
{
	ck_assert_str_eq(text_of(answered(session, id), MEMBER_VALUE), "7");
}

/* N of B follow A's flight, with the ids from 1 on. */
static void fly(void)
{
	follow(A, 0);
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		follow(B, i);
	silence();
}

START_TEST(waits_that_end_at_once_time_out_in_order_a_portion_a_turn)
{
	begin();
	acquire(by(A, 0), "k");
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		acquire(waits(by(B, i), 5), "k");
	for (int i = 1; i <= N; i++) {
		if (i == 1)
			at(5);
		else if (i % PORTION == 1)
			turn();
		refused(B, i, WIRE_TIMEOUT);
		if (i % PORTION == 0)
			silence();
	}
	nothing_is_left();
	ck_assert_int_eq(core_deadline(core), MTIME_NEVER);
}
END_TEST

START_TEST(a_wait_that_is_due_gets_one_answer_whether_granted_or_not)
{
	begin();
	acquire(by(A, 0), "k");
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		acquire(waits(by(B, i), 5), "k");
	at(5);
	for (int i = 1; i <= PORTION; i++)
		refused(B, i, WIRE_TIMEOUT);
	release(A, "k");
	answered(B, PORTION + 1);
	answered(A, 99);
	while (chores_wait(core))
		turn();
	for (int i = PORTION + 2; i <= N; i++)
		refused(B, i, WIRE_TIMEOUT);
	nothing_is_left();
}
END_TEST

START_TEST(leases_that_end_at_once_pass_on_in_order_a_portion_a_turn)
{
	char text[N + 1][8];

	begin();
	for (int i = 1; i <= N; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", i);
		acquire(leased(by(A, 0), 5), text[i]);
		answered(A, 0);
		acquire(by(B, i), text[i]);
	}
	silence();
	for (int i = 1; i <= N; i++) {
		if (i == 1)
			at(5);
		else if (i % PORTION == 1)
			turn();
		ck_assert(flag_of(answered(B, i), MEMBER_ABANDONED));
	}
	nothing_is_left();
}
END_TEST

START_TEST(none_of_the_waits_of_a_session_that_leaves_is_granted_meanwhile)
{
	begin();
	acquire(by(A, 0), "k");
	answered(A, 0);
	acquire(by(D, 1), "k");
	for (int i = 1; i <= N; i++)
		acquire(by(B, i), "k");
	acquire(by(C, 1), "k");
	core_leave(core, B->id);
	core_check(core);
	release(A, "k");
	answered(D, 1);
	answered(A, 99);
	release(D, "k"); /* behind it there are B's, which are gone */
	answered(D, 99);
	while (chores_wait(core))
		turn();
	answered(C, 1);
	nothing_is_left();
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_WAITS), 0);
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_LOCK][TALLY_LEFT], N);
}
END_TEST

START_TEST(the_holds_of_a_session_that_leaves_pass_on_a_portion_a_turn)
{
	char text[N][8];
	uint64_t id = B->id;

	begin();
	for (int i = 0; i < N; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", i);
		acquire(by(B, 0), text[i]);
		answered(B, 0);
		acquire(by(C, i + 1), text[i]);
	}
	core_leave(core, id);
	core_leave(core, id); /* once more is ignored */
	for (int i = 0; i < N; i++) {
		if (i > 0 && i % PORTION == 0) {
			silence();
			ck_assert_ptr_nonnull(
			    session_find(&core->sessions, id));
			turn();
		}
		ck_assert(flag_of(answered(C, i + 1), MEMBER_ABANDONED));
	}
	while (chores_wait(core))
		turn();
	ck_assert_ptr_null(session_find(&core->sessions, id));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_CONNECTIONS), 2);
	nothing_is_left();
}
END_TEST

START_TEST(sessions_that_leave_together_grant_nothing_to_each_other)
{
	char text[N][8];

	begin();
	for (int i = 0; i < N; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", i);
		acquire(by(i % 2 == 0 ? A : B, 0), text[i]);
		answered(i % 2 == 0 ? A : B, 0);
		acquire(by(i % 2 == 0 ? B : A, i + 1), text[i]);
	}
	core_stop_waiting(core, A->id);
	core_stop_waiting(core, B->id);
	core_check(core);
	core_leave(core, A->id);
	core_leave(core, B->id);
	while (chores_wait(core))
		turn();
	nothing_is_left();
	ck_assert_uint_eq(core->tally.counts[WIRE_KIND_LOCK][TALLY_GRANTED], N);
	ck_assert_uint_eq(core->tally.counts[WIRE_KIND_LOCK][TALLY_LOST], N);
}
END_TEST

START_TEST(a_session_that_leaves_closes_no_cycle)
{
	begin();
	B->multiplexed = false;
	acquire(by(A, 0), "a");
	acquire(by(B, 0), "b");
	answered(A, 0);
	answered(B, 0);
	acquire(by(A, 1), "b");
	core->chores.n_leaves = 0;
	core_leave(core, A->id);
	acquire(by(B, 1), "a"); /* A waits for B, but is gone */
	silence();
	turn();
	answered(B, 1);
	nothing_is_left();
}
END_TEST

START_TEST(a_request_of_one_that_is_gone_may_have_the_id_of_a_void_wait)
{
	begin();
	acquire(by(A, 0), "k");
	answered(A, 0);
	acquire(by(B, 1), "k");
	core->chores.n_leaves = 0;
	core_stop_waiting(core, B->id);
	ck_assert_ptr_null(claim_find_wait(core, B, &by(B, 1)->id));
	leave(B);
	nothing_is_left();
}
END_TEST

START_TEST(a_result_reaches_all_followers_a_portion_a_turn)
{
	begin();
	fly();
	finish(A, 0);
	ck_assert_int_eq(number_of(answered(A, 99), MEMBER_FOLLOWERS), N);
	for (int i = 1; i <= N; i++) {
		if (i > 1 && i % PORTION == 1) {
			silence();
			turn();
		}
		got_value(B, i);
	}
	while (chores_wait(core))
		turn();
	nothing_is_left();
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

START_TEST(who_begins_while_a_result_is_told_begins_anew)
{
	begin();
	fly();
	finish(A, 0);
	answered(A, 99);
	ck_assert(!exists(&flight_kind, "f"));
	follow(C, 1);
	follow(D, 1); /* follows C */
	for (int i = 1; i <= PORTION; i++)
		got_value(B, i);
	ck_assert(flag_of(answered(C, 1), MEMBER_LEADER));
	while (chores_wait(core))
		turn();
	for (int i = PORTION + 1; i <= N; i++)
		got_value(B, i);
	finish(C, 0);
	ck_assert_int_eq(number_of(answered(C, 99), MEMBER_FOLLOWERS), 1);
	got_value(D, 1);
	nothing_is_left();
}
END_TEST

START_TEST(a_result_is_kept_while_it_is_still_being_told)
{
	begin();
	fly();
	finish(A, 100);
	answered(A, 99);
	for (int i = 1; i <= PORTION; i++)
		got_value(B, i);
	follow(C, 1);
	ck_assert_int_eq(number_of(answered(C, 1), MEMBER_AGE_MS), 0);
	while (chores_wait(core))
		turn();
	for (int i = PORTION + 1; i <= N; i++)
		got_value(B, i);
	nothing_is_left();
	ck_assert(exists(&flight_kind, "f"));
}
END_TEST

START_TEST(a_follower_that_is_owed_the_result_gets_nothing_else)
{
	begin();
	follow(A, 0);
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		flight_begin(
		    core, waits(by(B, i), 5), key_of(&flight_kind, "f"), 1);
	finish(A, 0);
	answered(A, 99);
	for (int i = 1; i <= PORTION; i++)
		got_value(B, i);
	cancel(B, N, false);
	got_value(B, N);
	at(5); /* the others are due, too */
	for (int i = PORTION + 1; i < N; i++)
		got_value(B, i);
	nothing_is_left();
}
END_TEST

START_TEST(a_follower_that_leaves_is_not_told_and_the_others_are)
{
	begin();
	fly();
	follow(C, 1);
	finish(A, 0);
	answered(A, 99);
	for (int i = 1; i <= PORTION; i++)
		got_value(B, i);
	leave(B);
	got_value(C, 1);
	nothing_is_left();
}
END_TEST

START_TEST(followers_are_owed_the_result_even_when_the_daemon_ends)
{
	begin();
	fly();
	acquire(by(D, 1), "k");
	acquire(by(C, 1), "k");
	answered(D, 1);
	finish(A, 0);
	answered(A, 99);
	for (int i = 1; i <= PORTION; i++)
		got_value(B, i);
	while (core_shut_down(core))
		core_check(core);
	for (int i = PORTION + 1; i <= N; i++)
		got_value(B, i);
	refused(C, 1, WIRE_SHUTTING_DOWN);
	silence();
}
END_TEST

START_TEST(leader_lost_reaches_all_followers_a_portion_a_turn)
{
	begin();
	fly();
	leave(A);
	for (int i = 1; i <= N; i++)
		refused(B, i, WIRE_LEADER_LOST);
	nothing_is_left();
	ck_assert(!exists(&flight_kind, "f"));
}
END_TEST

START_TEST(a_forgotten_flight_is_told_in_portions_too)
{
	begin();
	fly();
	flight_forget(core, by(C, 1), key_of(&flight_kind, "f"));
	answered(C, 1);
	follow(C, 2);
	ck_assert(flag_of(answered(C, 2), MEMBER_LEADER));
	finish(A, 0);
	answered(A, 99);
	while (chores_wait(core))
		turn();
	for (int i = 1; i <= N; i++)
		got_value(B, i);
	nothing_is_left();
	ck_assert(exists(&flight_kind, "f"));
}
END_TEST

static void borrow(struct session *session, int64_t id, int64_t wait_ms)
{
	const struct limit_terms terms = {.capacity = -1, .permits = 1};

	limit_borrow(core, waits(by(session, id), wait_ms),
	    key_of(&limit_kind, "l"), &terms);
}

static void set_limit(int64_t capacity)
{
	limit_set(core, by(A, 99), key_of(&limit_kind, "l"), capacity);
	answered(A, 99);
}

START_TEST(a_raised_limit_lets_waiters_in_a_portion_a_turn_and_nobody_overtakes)
{
	begin();
	set_limit(1);
	borrow(A, 0, -1);
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		borrow(B, i, -1);
	set_limit(100);
	borrow(C, 1, 0);
	for (int i = 1; i <= PORTION; i++)
		answered(B, i);
	refused(C, 1, WIRE_BUSY);
	borrow(C, 2, -1);
	silence();
	while (chores_wait(core))
		turn();
	for (int i = PORTION + 1; i <= N; i++)
		answered(B, i);
	answered(C, 2);
	nothing_is_left();
}
END_TEST

START_TEST(waits_for_too_much_are_refused_a_portion_a_turn_where_they_are)
{
	const struct limit_terms two = {.capacity = -1, .permits = 2};

	begin();
	set_limit(2);
	borrow(A, 0, -1);
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		limit_borrow(core, by(B, i), key_of(&limit_kind, "l"), &two);
	borrow(C, 1, -1);
	for (int i = N + 1; i <= 2 * N; i++)
		limit_borrow(core, by(B, i), key_of(&limit_kind, "l"), &two);
	set_limit(1);
	for (int i = 1; i <= 2 * N; i++) {
		if (i > 1 && i % PORTION == 1) {
			silence();
			turn();
		}
		refused(B, i, WIRE_CONFLICT);
	}
	while (chores_wait(core))
		turn();
	silence();
	limit_return(core, by(A, 1), key_of(&limit_kind, "l"), 0);
	answered(C, 1);
	answered(A, 1);
	nothing_is_left();
}
END_TEST

START_TEST(a_wait_can_be_cancelled_before_its_portion_lets_it_in)
{
	begin();
	set_limit(1);
	borrow(A, 0, -1);
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		borrow(B, i, -1);
	set_limit(100);
	for (int i = 1; i <= PORTION; i++)
		answered(B, i);
	cancel(B, N, true);
	refused(B, N, WIRE_CANCELLED);
	while (chores_wait(core))
		turn();
	for (int i = PORTION + 1; i < N; i++)
		answered(B, i);
	nothing_is_left();
}
END_TEST

static void get(struct session *session, int64_t id)
{
	const struct pool_terms terms = {.capacity = -1, .max_idle_ms = -1};

	pool_get(core, by(session, id), key_of(&pool_kind, "p"), &terms);
}

static void set_pool(int64_t capacity)
{
	const struct pool_terms terms = {.capacity = capacity,
	    .max_idle_ms = -1,
	    .order = -1,
	    .on_lost = -1};

	pool_set(core, by(A, 99), key_of(&pool_kind, "p"), &terms);
	answered(A, 99);
}

START_TEST(a_larger_pool_serves_waiters_a_portion_a_turn)
{
	begin();
	set_pool(1);
	get(A, 0);
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		get(B, i);
	set_pool(100);
	for (int i = 1; i <= N; i++) {
		if (i > 1 && i % PORTION == 1) {
			silence();
			turn();
		}
		ck_assert(flag_of(answered(B, i), MEMBER_CREATE));
	}
	while (chores_wait(core))
		turn();
	nothing_is_left();
}
END_TEST

START_TEST(an_object_that_is_owed_may_go_before_its_turn)
{
	begin();
	set_limit(1);
	borrow(A, 0, -1);
	answered(A, 0);
	for (int i = 1; i <= PORTION + 1; i++)
		borrow(B, i, -1);
	set_limit(100);
	for (int i = 1; i <= PORTION; i++)
		answered(B, i);
	ck_assert(chores_wait(core));
	core->chores.n_leaves = 100;
	core_leave(core, B->id);
	core_leave(core, A->id);
	limit_delete(core, by(C, 1), key_of(&limit_kind, "l"));
	answered(C, 1);
	nothing_is_left();
	ck_assert(!exists(&limit_kind, "l"));
}
END_TEST

START_TEST(a_reset_goes_on_turn_by_turn_until_it_is_done)
{
	char text[N][8];
	int n_calls = 1;

	begin();
	acquire(by(A, 0), "k");
	answered(A, 0);
	for (int i = 0; i < N; i++) {
		snprintf(text[i], sizeof(text[i]), "%d", i);
		acquire(by(B, 0), text[i]);
		answered(B, 0);
	}
	acquire(by(B, 1), "k");
	while (!core_reset(core, B)) {
		core_check(core);
		n_calls++;
	}
	refused(B, 1, WIRE_CANCELLED);
	nothing_is_left();
	ck_assert_int_eq(n_calls, (N + 1 + PORTION - 1) / PORTION);
	ck_assert_uint_eq(B->n_held, 0);
	ck_assert_int_eq(core->tally.counts[WIRE_KIND_LOCK][TALLY_RESET], N);
}
END_TEST

START_TEST(the_end_of_the_daemon_is_told_in_portions)
{
	int n_calls = 1;

	begin();
	acquire(by(A, 0), "k");
	answered(A, 0);
	for (int i = 1; i <= N; i++)
		acquire(by(B, i), "k");
	while (core_shut_down(core)) {
		core_check(core);
		n_calls++;
	}
	ck_assert_int_eq(n_calls, (N + PORTION - 1) / PORTION);
	for (int i = 1; i <= N; i++)
		refused(B, i, WIRE_SHUTTING_DOWN);
	silence();
}
END_TEST

/* Found by the fuzzer of sessions. */
START_TEST(a_forgotten_flight_that_nobody_leads_is_told_the_end)
{
	begin();
	flight_begin(core, by(A, 1), key_of(&flight_kind, "f"), 2);
	answered(A, 1);
	for (int i = 1; i <= PORTION + 1; i++)
		follow(B, i);
	flight_forget(core, by(C, 1), key_of(&flight_kind, "f"));
	answered(C, 1);
	ck_assert(core_shut_down(core));
	leave(A);
	core_check(core);
	ck_assert(!core_shut_down(core));
	for (int i = 1; i <= PORTION + 1; i++)
		refused(B, i, WIRE_SHUTTING_DOWN);
	silence();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    waits_that_end_at_once_time_out_in_order_a_portion_a_turn,
	    a_wait_that_is_due_gets_one_answer_whether_granted_or_not,
	    leases_that_end_at_once_pass_on_in_order_a_portion_a_turn,
	    none_of_the_waits_of_a_session_that_leaves_is_granted_meanwhile,
	    the_holds_of_a_session_that_leaves_pass_on_a_portion_a_turn,
	    sessions_that_leave_together_grant_nothing_to_each_other,
	    a_session_that_leaves_closes_no_cycle,
	    a_request_of_one_that_is_gone_may_have_the_id_of_a_void_wait,
	    a_result_reaches_all_followers_a_portion_a_turn,
	    who_begins_while_a_result_is_told_begins_anew,
	    a_result_is_kept_while_it_is_still_being_told,
	    a_follower_that_is_owed_the_result_gets_nothing_else,
	    a_follower_that_leaves_is_not_told_and_the_others_are,
	    followers_are_owed_the_result_even_when_the_daemon_ends,
	    leader_lost_reaches_all_followers_a_portion_a_turn,
	    a_forgotten_flight_is_told_in_portions_too,
	    a_raised_limit_lets_waiters_in_a_portion_a_turn_and_nobody_overtakes,
	    waits_for_too_much_are_refused_a_portion_a_turn_where_they_are,
	    a_wait_can_be_cancelled_before_its_portion_lets_it_in,
	    a_larger_pool_serves_waiters_a_portion_a_turn,
	    an_object_that_is_owed_may_go_before_its_turn,
	    a_reset_goes_on_turn_by_turn_until_it_is_done,
	    the_end_of_the_daemon_is_told_in_portions,
	    a_forgotten_flight_that_nobody_leads_is_told_the_end,
	    NULL,
	};

	return unit_main("chore", true, tests, NULL);
}
