/* SPDX-License-Identifier: MIT */
/* What a pool is like, and who says so. Its items: test_pool_items.c; what it
 * costs: test_pool_costs.c. */
#include "pools.h"

static void get_with(
    struct request *req, int64_t capacity, int64_t max_idle_ms, bool adopt)
{
	struct pool_terms terms = no_terms();

	terms.capacity = capacity;
	terms.max_idle_ms = max_idle_ms;
	terms.adopt = adopt;
	pool_get(core, req, P, &terms);
}

static void expect_info(int64_t capacity, int64_t max_idle_ms)
{
	const struct answer *answer;

	pool_info(core, by(D, 907), P);
	answer = answered(D, 907);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), capacity);
	ck_assert_int_eq(number_of(answer, MEMBER_MAX_IDLE_MS), max_idle_ms);
}

START_TEST(info_tells_what_the_pool_is_like_and_how_it_is_used)
{
	struct pool_terms terms = no_terms();
	const struct answer *answer;

	terms.capacity = 2;
	terms.max_idle_ms = 70;
	terms.order = POOL_FIFO;
	terms.on_lost = POOL_REQUEUE;
	set_terms(&terms);
	take(A, NULL);
	take(A, NULL);
	get(by(B, 1), -1);
	get(by(B, 2), -1);
	put(A, 3, 0, "1");
	lent(B, 1, "1");
	answered(A, 3);
	pool_info(core, by(C, 4), P);
	answer = answered(C, 4);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	ck_assert_int_eq(number_of(answer, MEMBER_SIZE), 2);
	ck_assert_int_eq(number_of(answer, MEMBER_AVAILABLE), 0);
	ck_assert_int_eq(number_of(answer, MEMBER_WAITING), 1);
	ck_assert_int_eq(number_of(answer, MEMBER_MAX_IDLE_MS), 70);
	ck_assert_str_eq(text_of(answer, MEMBER_ORDER), "fifo");
	ck_assert_str_eq(text_of(answer, MEMBER_ON_LOST), "requeue");
	ck_assert_int_eq(answer->n_members, 7);
}
END_TEST

START_TEST(pool_of_which_nothing_was_said_is_lifo_drops_and_has_no_limit)
{
	const struct answer *answer;

	get(by(A, 1), 3);
	told_to_create(A, 1);
	expect_info(3, 0);
	pool_info(core, by(A, 2), P);
	answer = answered(A, 2);
	ck_assert_str_eq(text_of(answer, MEMBER_ORDER), "lifo");
	ck_assert_str_eq(text_of(answer, MEMBER_ON_LOST), "drop");
}
END_TEST

START_TEST(what_does_not_exist_is_unknown)
{
	get(by(A, 1), -1);
	says(refused(A, 1, WIRE_UNKNOWN_KEY), "pool \"p\": ");
	pool_info(core, by(A, 2), P);
	refused(A, 2, WIRE_UNKNOWN_KEY);
	pool_size(core, by(A, 3), P);
	refused(A, 3, WIRE_UNKNOWN_KEY);
	pool_available(core, by(A, 4), P);
	refused(A, 4, WIRE_UNKNOWN_KEY);
	pool_clear(core, by(A, 5), P);
	refused(A, 5, WIRE_UNKNOWN_KEY);
	pool_delete(core, by(A, 6), P);
	refused(A, 6, WIRE_UNKNOWN_KEY);
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

/* Terms of a get ----------------------------------------------------------- */

START_TEST(pool_made_by_use_stays_while_it_has_anything)
{
	get(by(A, 1), 1);
	told_to_create(A, 1);
	put_back(A, "1");
	leave(A);
	expect_sizes(1, 1); /* an idle object keeps it */
	take(B, "1");
	leave(B);
	expect_sizes(0, 0); /* so does a duty */
	ck_assert_str_eq(cleared(), "1");
	ck_assert(!exists(&pool_kind, "p"));
	get(by(C, 2), 7);
	told_to_create(C, 2);
	pool_drop(core, by(C, 3), P, 0);
	answered(C, 3);
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

/* edge: 58 */
START_TEST(getters_who_disagree_are_told_what_is_in_force)
{
	const struct answer *answer;

	get_with(by(A, 1), 2, 50, false);
	told_to_create(A, 1);
	get_with(by(B, 2), 3, 50, false);
	answer = refused(B, 2, WIRE_CONFLICT);
	says(answer, "capacity 3 asked for, but 2");
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	ck_assert(!has(answer, MEMBER_MAX_IDLE_MS));
	get_with(by(B, 3), 2, 60, false);
	answer = refused(B, 3, WIRE_CONFLICT);
	says(answer, "max_idle_ms 60 asked for, but 50");
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	ck_assert_int_eq(number_of(answer, MEMBER_MAX_IDLE_MS), 50);
	get_with(by(B, 4), 3, 0, true);
	told_to_create(B, 4);
	expect_info(2, 50);
}
END_TEST

START_TEST(other_terms_take_effect_where_nobody_holds_or_waits)
{
	const struct answer *answer;

	get_with(by(A, 1), 3, 50, false);
	told_to_create(A, 1);
	get(by(A, 2), -1);
	told_to_create(A, 2);
	put_back(A, "1");
	get_with(by(B, 3), 1, 50, false); /* A holds the other one */
	refused(B, 3, WIRE_CONFLICT);
	put_back(A, "2");
	get_with(by(B, 4), 1, 60, false);
	answer = answered(B, 4);
	ck_assert_str_eq(text_of(answer, MEMBER_VALUE), "2");
	ck_assert_str_eq(text_of(answer, MEMBER_DESTROY), "1");
	expect_info(1, 60);
}
END_TEST

START_TEST(who_adopts_changes_nothing_even_where_he_could)
{
	get_with(by(A, 1), 3, 50, true); /* it makes the pool, though */
	told_to_create(A, 1);
	put_back(A, "1");
	get_with(by(B, 2), 1, 60, true);
	lent(B, 2, "1");
	expect_info(3, 50);
}
END_TEST

START_TEST(pool_that_was_set_keeps_its_terms_whatever_a_get_says)
{
	set(3, 50);
	get_with(by(A, 1), 2, -1, false);
	refused(A, 1, WIRE_CONFLICT);
	get_with(by(A, 2), -1, 0, false);
	refused(A, 2, WIRE_CONFLICT);
	get_with(by(A, 3), 3, 50, false);
	told_to_create(A, 3);
	expect_info(3, 50);
}
END_TEST

START_TEST(refused_get_leaves_no_pool_behind)
{
	share(QUOTA_KEYS, 0);
	get(by(A, 1), 3);
	refused(A, 1, WIRE_QUOTA);
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

START_TEST(refused_get_does_not_change_terms_either)
{
	get(by(D, 1), 3);
	told_to_create(D, 1);
	put_back(D, "1");
	share(QUOTA_KEYS, 1); /* D's object takes it */
	get(by(D, 2), 9);
	refused(D, 2, WIRE_QUOTA);
	expect_info(3, 0);
	get(by(A, 3), 9);
	lent(A, 3, "1");
	expect_info(9, 0);
}
END_TEST

/* pool.set ----------------------------------------------------------------- */

START_TEST(set_makes_a_pool_that_stays)
{
	set(3, -1);
	expect_info(3, 0);
	take(A, NULL);
	leave(A);
	expect_sizes(0, 0);
}
END_TEST

START_TEST(set_needs_a_capacity_for_a_new_pool)
{
	struct pool_terms terms = no_terms();

	terms.max_idle_ms = 5;
	pool_set(core, by(A, 1), P, &terms);
	says(refused(A, 1, WIRE_BAD_REQUEST), "capacity");
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

START_TEST(set_changes_what_it_names_and_nothing_else)
{
	struct pool_terms terms = no_terms();

	set(3, 50);
	set_terms(&terms);
	expect_info(3, 50);
	set(-1, 0);
	expect_info(3, 0);
	set(4, -1);
	expect_info(4, 0);
	terms.on_lost = POOL_REQUEUE;
	set_terms(&terms);
	take(A, NULL);
	put_back(A, "1");
	take(A, "1");
	leave(A);
	take(B, "1");
}
END_TEST

START_TEST(set_makes_a_pool_made_by_use_stay)
{
	struct pool_terms terms = no_terms();

	get(by(A, 1), 2);
	told_to_create(A, 1);
	set_terms(&terms);
	leave(A);
	expect_info(2, 0);
}
END_TEST

/* edge: 56 */
START_TEST(raised_capacity_lets_in_as_many_as_fit)
{
	struct pool_terms terms = no_terms();

	set(1, -1);
	take(A, NULL);
	for (int i = 1; i <= 3; i++)
		get(by(B, i), -1);
	terms.capacity = 3;
	pool_set(core, by(D, 4), P, &terms);
	answered(D, 4);
	told_to_create(B, 1);
	told_to_create(B, 2);
	silence();
}
END_TEST

START_TEST(delete_wants_a_pool_that_is_not_in_use)
{
	set(1, -1);
	take(A, NULL);
	pool_delete(core, by(B, 1), P);
	says(refused(B, 1, WIRE_CONFLICT), "1 lent");
	put_back(A, "1");
	pool_delete(core, by(B, 2), P);
	says(refused(B, 2, WIRE_CONFLICT), "1 idle");
	take(A, "1");
	leave(A);
	pool_delete(core, by(B, 3), P);
	says(refused(B, 3, WIRE_CONFLICT), "to be destroyed");
	ck_assert_str_eq(cleared(), "1");
	pool_delete(core, by(B, 4), P);
	ck_assert_int_eq(answered(B, 4)->n_members, 0);
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    info_tells_what_the_pool_is_like_and_how_it_is_used,
	    pool_of_which_nothing_was_said_is_lifo_drops_and_has_no_limit,
	    what_does_not_exist_is_unknown,
	    pool_made_by_use_stays_while_it_has_anything,
	    getters_who_disagree_are_told_what_is_in_force,
	    other_terms_take_effect_where_nobody_holds_or_waits,
	    who_adopts_changes_nothing_even_where_he_could,
	    pool_that_was_set_keeps_its_terms_whatever_a_get_says,
	    refused_get_leaves_no_pool_behind,
	    refused_get_does_not_change_terms_either,
	    set_makes_a_pool_that_stays,
	    set_needs_a_capacity_for_a_new_pool,
	    set_changes_what_it_names_and_nothing_else,
	    set_makes_a_pool_made_by_use_stay,
	    raised_capacity_lets_in_as_many_as_fit,
	    delete_wants_a_pool_that_is_not_in_use,
	    NULL,
	};

	return unit_main("pool terms", true, tests, NULL);
}
