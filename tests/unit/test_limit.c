/* SPDX-License-Identifier: MIT */
/* Limit: borrowing, trying and returning. What its capacity is and how it
 * changes: test_limit_capacity.c. */
#include "unit.h"

#include "limit.h"

#define K key_of(&limit_kind, "k")

/* Asks for so many permits of whatever is in force. */
static void borrow(struct request *req, int64_t permits)
{
	const struct limit_terms terms = {.capacity = -1, .permits = permits};

	limit_borrow(core, req, K, &terms);
}

static void try(struct request *req, int64_t permits)
{
	const struct limit_terms terms = {
	    .capacity = -1, .permits = permits, .only_try = true};

	limit_borrow(core, req, K, &terms);
}

/* A limit that stays. */
static void set(int64_t capacity)
{
	limit_set(core, by(D, 9), K, capacity);
	answered(D, 9);
}

/* Borrows what is free. */
static int64_t take(struct session *session, int64_t permits)
{
	borrow(by(session, 1), permits);
	return token_of(answered(session, 1));
}

static void give_back(struct session *session, int64_t id, int64_t token)
{
	limit_return(core, by(session, id), K, token);
}

static int64_t in_use(void)
{
	limit_info(core, by(D, 8), K);
	return number_of(answered(D, 8), MEMBER_IN_USE);
}

START_TEST(grant_tells_token_use_and_capacity)
{
	const struct answer *answer;

	set(5);
	borrow(by(A, 1), 2);
	answer = answered(A, 1);
	ck_assert_int_eq(token_of(answer), UNIT_FIRST_TOKEN);
	ck_assert_int_eq(number_of(answer, MEMBER_IN_USE), 2);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 5);
	ck_assert_int_eq(answer->n_members, 3);
	borrow(by(B, 2), 3);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_IN_USE), 5);
}
END_TEST

/* edge: 61 */
START_TEST(limit_of_n_lets_in_n_neither_fewer_nor_more)
{
	for (int n = 1; n <= 20; n++) {
		set(n);
		for (int i = 0; i < n; i++)
			take(A, 1);
		borrow(waits(by(A, 2), 0), 1);
		refused(A, 2, WIRE_BUSY);
		ck_assert_int_eq(in_use(), n);
		for (int i = 0; i < n; i++) {
			give_back(A, 3, 0);
			ck_assert_int_eq(
			    number_of(answered(A, 3), MEMBER_IN_USE),
			    n - 1 - i);
		}
	}
}
END_TEST

/* edge: 60 */
START_TEST(several_permits_come_together_when_so_many_are_free)
{
	int64_t first, second;

	set(3);
	first = take(A, 1);
	second = take(A, 1);
	borrow(by(B, 2), 3);
	give_back(A, 3, first);
	answered(A, 3);
	silence();
	give_back(A, 4, second);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_IN_USE), 3);
	answered(A, 4);
}
END_TEST

/* edge: 51 */
START_TEST(large_request_at_the_head_is_not_overtaken_by_small_ones)
{
	set(3);
	take(A, 2);
	borrow(by(B, 2), 3);
	borrow(by(C, 3), 1);
	borrow(waits(by(C, 4), 0), 1);
	refused(C, 4, WIRE_BUSY);
	silence();
	leave(A);
	answered(B, 2);
	silence();
	leave(B);
	answered(C, 3);
}
END_TEST

/* edge: 52 */
START_TEST(those_behind_a_head_that_goes_are_let_in_in_the_same_turn)
{
	set(3);
	take(A, 1);
	borrow(by(B, 2), 3);
	borrow(by(C, 3), 1);
	borrow(by(C, 4), 1);
	borrow(by(C, 5), 1);
	claim_cancel(core, B->waiting, WIRE_CANCELLED);
	refused(B, 2, WIRE_CANCELLED);
	answered(C, 3);
	answered(C, 4);
	silence();
	borrow(waits(by(B, 6), 10), 3);
	leave(A);
	answered(C, 5);
	at(10);
	refused(B, 6, WIRE_TIMEOUT);
	borrow(by(B, 7), 3);
	borrow(by(D, 8), 1);
	give_back(C, 9, 0);
	answered(C, 9);
	silence();
	leave(B);
	answered(D, 8);
}
END_TEST

/* edge: 49 */
START_TEST(who_leaves_gives_back_exactly_what_he_had)
{
	set(10);
	take(A, 3);
	take(B, 2);
	take(A, 4);
	borrow(by(A, 2), 5); /* waits */
	leave(A);
	ck_assert_int_eq(in_use(), 2);
	take(B, 8);
	leave(B);
	ck_assert_int_eq(in_use(), 0);
}
END_TEST

START_TEST(lease_that_runs_out_gives_the_permits_back)
{
	set(2);
	borrow(leased(by(A, 1), 10), 2);
	answered(A, 1);
	borrow(by(B, 2), 1);
	at(10);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_IN_USE), 1);
}
END_TEST

/* Trying ------------------------------------------------------------------- */

START_TEST(try_that_succeeds_is_a_borrow)
{
	const struct answer *answer;
	int64_t token;

	set(2);
	try(by(A, 1), 2);
	answer = answered(A, 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_BORROWED), 1);
	ck_assert_int_eq(number_of(answer, MEMBER_IN_USE), 2);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	token = token_of(answer);
	give_back(A, 2, token);
	answered(A, 2);
}
END_TEST

START_TEST(try_that_fails_is_no_error_and_takes_nothing)
{
	const struct answer *answer;

	set(2);
	take(A, 1);
	try(by(B, 1), 2);
	answer = answered(B, 1);
	ck_assert_int_eq(flag_of(answer, MEMBER_BORROWED), 0);
	ck_assert_int_eq(number_of(answer, MEMBER_IN_USE), 1);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	ck_assert_int_eq(answer->n_members, 3);
	ck_assert_ptr_null(B->held);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
}
END_TEST

/* edge: 50 */
START_TEST(try_fails_while_others_wait)
{
	set(3);
	take(A, 2);
	borrow(by(B, 1), 2);
	try(by(C, 2), 1);
	ck_assert_int_eq(flag_of(answered(C, 2), MEMBER_BORROWED), 0);
	silence();
}
END_TEST

START_TEST(try_is_refused_for_what_a_borrow_is)
{
	try(by(A, 1), 1);
	refused(A, 1, WIRE_UNKNOWN_KEY);
	set(2);
	try(by(A, 2), 3);
	refused(A, 2, WIRE_BAD_REQUEST);
	share(QUOTA_KEYS, 1);
	take(A, 1);
	try(by(B, 3), 1);
	refused(B, 3, WIRE_QUOTA);
}
END_TEST

/* Returning ---------------------------------------------------------------- */

START_TEST(return_tells_what_is_in_use_after_the_waiters)
{
	set(3);
	take(A, 3);
	borrow(by(B, 2), 1);
	borrow(by(C, 3), 1);
	give_back(A, 4, 0);
	ck_assert_int_eq(number_of(answered(B, 2), MEMBER_IN_USE), 1);
	ck_assert_int_eq(number_of(answered(C, 3), MEMBER_IN_USE), 2);
	ck_assert_int_eq(number_of(answered(A, 4), MEMBER_IN_USE), 2);
}
END_TEST

/* edge: 47 48 */
START_TEST(return_of_what_was_not_borrowed_changes_nothing)
{
	int64_t token;

	give_back(A, 1, 0);
	refused(A, 1, WIRE_NOT_HELD);
	set(3);
	token = take(A, 2);
	give_back(B, 2, 0);
	refused(B, 2, WIRE_NOT_HELD);
	give_back(B, 3, token);
	refused(B, 3, WIRE_NOT_HELD);
	give_back(A, 4, token + 1);
	refused(A, 4, WIRE_NOT_HELD);
	ck_assert_int_eq(in_use(), 2);
	give_back(A, 5, token);
	answered(A, 5);
	give_back(A, 6, token);
	refused(A, 6, WIRE_NOT_HELD);
	give_back(A, 7, 0);
	refused(A, 7, WIRE_NOT_HELD);
	ck_assert_int_eq(in_use(), 0);
}
END_TEST

START_TEST(return_without_a_token_means_the_newest)
{
	set(9);
	take(A, 1);
	take(A, 4);
	give_back(A, 2, 0);
	ck_assert_int_eq(number_of(answered(A, 2), MEMBER_IN_USE), 1);
	give_back(A, 3, 0);
	ck_assert_int_eq(number_of(answered(A, 3), MEMBER_IN_USE), 0);
}
END_TEST

START_TEST(detached_permits_go_by_token_and_only_by_their_uid)
{
	int64_t token;

	set(3);
	borrow(detached(by(A, 1), 100), 2);
	token = token_of(answered(A, 1));
	give_back(D, 2, token);
	refused(D, 2, WIRE_NOT_HELD);
	give_back(A, 3, 0);
	refused(A, 3, WIRE_NOT_HELD);
	leave(A);
	ck_assert_int_eq(in_use(), 2);
	give_back(B, 4, token);
	ck_assert_int_eq(number_of(answered(B, 4), MEMBER_IN_USE), 0);
}
END_TEST

START_TEST(session_may_borrow_again_and_wait_behind_itself)
{
	set(2);
	take(A, 1);
	take(A, 1);
	borrow(by(A, 2), 1);
	silence(); /* no deadlock: somebody else may return */
	give_back(A, 3, 0);
	answered(A, 2);
	answered(A, 3);
}
END_TEST

START_TEST(largest_numbers_do_not_overflow)
{
	set(WIRE_MAX_COUNT);
	take(A, WIRE_MAX_COUNT);
	borrow(by(B, 2), WIRE_MAX_COUNT);
	try(by(C, 3), 1);
	ck_assert_int_eq(flag_of(answered(C, 3), MEMBER_BORROWED), 0);
	leave(A);
	ck_assert_int_eq(
	    number_of(answered(B, 2), MEMBER_IN_USE), WIRE_MAX_COUNT);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    grant_tells_token_use_and_capacity,
	    limit_of_n_lets_in_n_neither_fewer_nor_more,
	    several_permits_come_together_when_so_many_are_free,
	    large_request_at_the_head_is_not_overtaken_by_small_ones,
	    those_behind_a_head_that_goes_are_let_in_in_the_same_turn,
	    who_leaves_gives_back_exactly_what_he_had,
	    lease_that_runs_out_gives_the_permits_back,
	    try_that_succeeds_is_a_borrow,
	    try_that_fails_is_no_error_and_takes_nothing,
	    try_fails_while_others_wait,
	    try_is_refused_for_what_a_borrow_is,
	    return_tells_what_is_in_use_after_the_waiters,
	    return_of_what_was_not_borrowed_changes_nothing,
	    return_without_a_token_means_the_newest,
	    detached_permits_go_by_token_and_only_by_their_uid,
	    session_may_borrow_again_and_wait_behind_itself,
	    largest_numbers_do_not_overflow,
	    NULL,
	};

	return unit_main("limit", true, tests, NULL);
}
