/* SPDX-License-Identifier: MIT */
/* Limits and pools that the configuration fixes: what clients may do with
 * them, and what a changed configuration does to those who hold and wait. */
#include "pools.h"

#include "limit.h"

#define L key_of(&limit_kind, "l")

static struct pool_value items[] = {{"\"0\"", 3}, {"\"1\"", 3}};

static void borrow(struct request *req, int64_t capacity, bool adopts)
{
	const struct limit_terms terms = {
	    .capacity = capacity, .permits = 1, .adopt = adopts};

	limit_borrow(core, req, L, &terms);
}

static struct pool_terms pinned_terms(int64_t capacity, int64_t n_items)
{
	return (struct pool_terms){
	    .capacity = capacity,
	    .max_idle_ms = 0,
	    .items = items,
	    .n_items = n_items,
	    .order = POOL_LIFO,
	    .on_lost = n_items > 0 ? POOL_REQUEUE : POOL_DROP,
	};
}

static bool pin_pool(int64_t capacity, int64_t n_items)
{
	const struct pool_terms terms = pinned_terms(capacity, n_items);

	return pool_pin(core, P, &terms);
}

static void set_pool(struct request *req, struct pool_terms terms)
{
	pool_set(core, req, P, &terms);
}

/* Limits ----------------------------------------------------------- */

START_TEST(a_pinned_limit_is_there_and_nobody_pays_for_it)
{
	limit_pin(core, L, 2);
	limit_info(core, by(A, 1), L);
	ck_assert_int_eq(number_of(answered(A, 1), MEMBER_CAPACITY), 2);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	borrow(by(A, 2), -1, false);
	limit_return(core, by(A, 3), L, token_of(answered(A, 2)));
	answered(A, 3);
	ck_assert(exists(&limit_kind, "l"));
}
END_TEST

START_TEST(clients_cannot_change_a_pinned_limit)
{
	const struct answer *answer;

	limit_pin(core, L, 2);
	limit_set(core, by(A, 1), L, 3);
	answer = refused(A, 1, WIRE_DENIED);
	says(answer, "configuration");
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	limit_delete(core, by(A, 2), L);
	says(refused(A, 2, WIRE_DENIED), "limit \"l\": ");
	borrow(by(A, 3), 3, false);
	answer = refused(A, 3, WIRE_DENIED);
	ck_assert_int_eq(number_of(answer, MEMBER_CAPACITY), 2);
	borrow(by(A, 4), 3, true);
	ck_assert_int_eq(number_of(answered(A, 4), MEMBER_CAPACITY), 2);
}
END_TEST

START_TEST(asking_for_what_is_pinned_changes_nothing_and_is_allowed)
{
	limit_pin(core, L, 2);
	limit_set(core, by(A, 1), L, 2);
	answered(A, 1);
	borrow(by(A, 2), 2, false);
	(void)token_of(answered(A, 2));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1); /* the hold */
}
END_TEST

START_TEST(a_raised_pinned_limit_lets_waiters_in)
{
	limit_pin(core, L, 1);
	borrow(by(A, 1), -1, false);
	(void)token_of(answered(A, 1));
	borrow(by(B, 1), -1, false);
	borrow(by(C, 1), -1, false);
	silence();
	limit_pin(core, L, 2);
	ck_assert_int_eq(number_of(answered(B, 1), MEMBER_IN_USE), 2);
	silence();
}
END_TEST

START_TEST(a_lowered_pinned_limit_drains_and_refuses_what_can_never_be)
{
	const struct limit_terms two = {.capacity = -1, .permits = 2};

	limit_pin(core, L, 2);
	borrow(by(A, 1), -1, false);
	(void)token_of(answered(A, 1));
	limit_borrow(core, by(B, 1), L, &two);
	limit_pin(core, L, 1);
	refused(B, 1, WIRE_CONFLICT);
	borrow(waits(by(B, 2), 0), -1, false);
	refused(B, 2, WIRE_BUSY);
}
END_TEST

START_TEST(pinning_takes_over_what_clients_made)
{
	borrow(by(A, 1), 5, false);
	(void)token_of(answered(A, 1));
	limit_set(core, by(A, 2), L, 6);
	answered(A, 2);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 2);
	limit_pin(core, L, 7);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 1);
	limit_info(core, by(A, 3), L);
	ck_assert_int_eq(number_of(answered(A, 3), MEMBER_CAPACITY), 7);
}
END_TEST

START_TEST(what_is_unpinned_goes_with_its_last_use)
{
	limit_unpin(core, L);
	limit_pin(core, L, 2);
	borrow(by(A, 1), -1, false);
	(void)token_of(answered(A, 1));
	limit_unpin(core, L);
	ck_assert(exists(&limit_kind, "l"));
	leave(A);
	ck_assert(!exists(&limit_kind, "l"));
	limit_pin(core, L, 2);
	limit_unpin(core, L);
	ck_assert(!exists(&limit_kind, "l"));
}
END_TEST

START_TEST(what_a_client_set_is_not_unpinned)
{
	limit_set(core, by(A, 1), L, 6);
	answered(A, 1);
	limit_unpin(core, L);
	ck_assert(exists(&limit_kind, "l"));
}
END_TEST

/* Pools ------------------------------------------------------------ */

START_TEST(a_pinned_pool_has_its_items_and_nobody_pays_for_them)
{
	ck_assert(pin_pool(2, 2));
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_KEYS), 0);
	ck_assert_uint_eq(used(UNIT_UID, QUOTA_BYTES), 0);
	get(by(A, 1), -1);
	lent(A, 1, "\"1\"");
	get(by(B, 1), -1);
	lent(B, 1, "\"0\"");
	get(by(C, 1), -1);
	leave(A);
	lent(C, 1, "\"1\""); /* on_lost is requeue */
}
END_TEST

START_TEST(clients_cannot_change_a_pinned_pool)
{
	struct pool_terms other[] = {
	    no_terms(), no_terms(), no_terms(), no_terms(), no_terms()};

	other[0].capacity = 3;
	other[1].max_idle_ms = 5;
	other[2].items = items;
	other[2].n_items = 1;
	other[3].order = POOL_FIFO;
	other[4].on_lost = POOL_DROP;
	ck_assert(pin_pool(2, 2));
	for (int i = 0; i < 5; i++) {
		set_pool(by(A, 1), other[i]);
		says(refused(A, 1, WIRE_DENIED), "configuration");
	}
	pool_delete(core, by(A, 2), P);
	says(refused(A, 2, WIRE_DENIED), "pool \"p\": ");
	pool_clear(core, by(A, 3), P);
	says(refused(A, 3, WIRE_DENIED), "items");
	get(by(A, 4), 3);
	ck_assert_int_eq(
	    number_of(refused(A, 4, WIRE_DENIED), MEMBER_CAPACITY), 2);
	set_pool(by(A, 5), pinned_terms(2, 2));
	answered(A, 5);
	get(by(A, 6), 2);
	lent(A, 6, "\"1\"");
}
END_TEST

START_TEST(a_pinned_pool_without_items_can_be_cleared)
{
	ck_assert(pin_pool(1, -1));
	get(by(A, 1), -1);
	put(A, 2, told_to_create(A, 1), "7");
	answered(A, 2);
	pool_clear(core, by(A, 3), P);
	ck_assert_str_eq(text_of(answered(A, 3), MEMBER_DESTROY), "7");
	ck_assert(exists(&pool_kind, "p"));
}
END_TEST

START_TEST(a_raised_pinned_pool_lets_waiters_in)
{
	ck_assert(pin_pool(1, -1));
	get(by(A, 1), -1);
	told_to_create(A, 1);
	get(by(B, 1), -1);
	silence();
	ck_assert(pin_pool(2, -1));
	told_to_create(B, 1);
}
END_TEST

START_TEST(other_items_are_not_taken_on_while_the_pool_is_there)
{
	ck_assert(pin_pool(2, 2));
	ck_assert(!pin_pool(1, 1));
	ck_assert(!pin_pool(2, -1));
	ck_assert(pin_pool(3, 2));
	pool_info(core, by(A, 1), P);
	ck_assert_int_eq(number_of(answered(A, 1), MEMBER_CAPACITY), 3);
}
END_TEST

START_TEST(a_pool_that_a_client_set_is_not_unpinned)
{
	set_pool(by(A, 1), pinned_terms(2, -1));
	answered(A, 1);
	pool_unpin(core, P);
	ck_assert(exists(&pool_kind, "p"));
}
END_TEST

START_TEST(an_unpinned_pool_stays_while_it_has_objects)
{
	pool_unpin(core, P);
	ck_assert(pin_pool(2, 2));
	pool_unpin(core, P);
	ck_assert(exists(&pool_kind, "p"));
	pool_clear(core, by(A, 1), P);
	ck_assert_str_eq(
	    text_of(answered(A, 1), MEMBER_DESTROY), "\"0\",\"1\"");
	ck_assert(!exists(&pool_kind, "p"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_pinned_limit_is_there_and_nobody_pays_for_it,
	    clients_cannot_change_a_pinned_limit,
	    asking_for_what_is_pinned_changes_nothing_and_is_allowed,
	    a_raised_pinned_limit_lets_waiters_in,
	    a_lowered_pinned_limit_drains_and_refuses_what_can_never_be,
	    pinning_takes_over_what_clients_made,
	    what_is_unpinned_goes_with_its_last_use,
	    what_a_client_set_is_not_unpinned,
	    a_pinned_pool_has_its_items_and_nobody_pays_for_them,
	    clients_cannot_change_a_pinned_pool,
	    a_pinned_pool_without_items_can_be_cleared,
	    a_raised_pinned_pool_lets_waiters_in,
	    other_items_are_not_taken_on_while_the_pool_is_there,
	    a_pool_that_a_client_set_is_not_unpinned,
	    an_unpinned_pool_stays_while_it_has_objects,
	    NULL,
	};

	return unit_main("pinned", true, tests, NULL);
}
