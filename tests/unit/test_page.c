/* SPDX-License-Identifier: MIT */
/*
 * Pages of the list of keys: what one may look at and show, and that pages one
 * after the other tell each key that stays once, whatever comes and goes.
 */
#include "page.h"

#include "flight.h"
#include "limit.h"
#include "lock.h"
#include "pool.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct page *page;

static struct page_query all(size_t max)
{
	return (struct page_query){
	    .session = A,
	    .kinds = {&flight_kind, &lock_kind, &limit_kind, &pool_kind},
	    .max = max,
	};
}

/* The page of this query; valid until the next. Its bounds are looked at each
 * time. */
static const struct page *look(const struct page_query *query)
{
	page_free(page);
	page = page_new(core, query);
	ck_assert_uint_le(page->n_keys, query->max);
	ck_assert_uint_le(page->n_looked, PAGE_MAX_PLACES);
	ck_assert_uint_le(page->n_claims, PAGE_MAX_CLAIMS);
	return page;
}

static void done(void)
{
	page_free(page);
	page = NULL;
}

static void quiet(void)
{
	struct answer answer;

	while (core_pop(core, &answer))
		answer_deinit(&answer);
}

static void acquire(struct session *session, const char *text)
{
	lock_acquire(core, by(session, 0), key_of(&lock_kind, text));
	quiet();
}

static void release(struct session *session, const char *text)
{
	lock_release(core, by(session, 0), key_of(&lock_kind, text), 0);
	quiet();
}

/* A lock of a number. */
static const char *name(int i)
{
	static char text[32];

	snprintf(text, sizeof(text), "key %d", i);
	return text;
}

static int number_in(const struct page *of, size_t i)
{
	const struct page_key *key = &of->keys[i];
	char text[32];

	snprintf(text, sizeof(text), "%.*s", (int)key->key_len,
	    of->texts + key->key_at);
	ck_assert_int_eq(strncmp(text, "key ", 4), 0);
	return atoi(text + 4);
}

START_TEST(a_page_has_no_more_keys_than_are_asked_for)
{
	struct page_query query = all(3);

	for (int i = 0; i < 3; i++)
		acquire(A, name(i));
	ck_assert(!look(&query)->has_more);
	ck_assert_uint_eq(page->n_keys, 3);
	acquire(A, name(3));
	ck_assert(look(&query)->has_more);
	ck_assert_uint_eq(page->n_keys, 3);
	ck_assert_uint_eq(page->next.kind, WIRE_KIND_LOCK);
	ck_assert_uint_eq(page->next.place, 3);
	query.from = page->next;
	ck_assert(!look(&query)->has_more);
	ck_assert_uint_eq(page->n_keys, 1);
	ck_assert_int_eq(number_in(page, 0), 3);
	done();
}
END_TEST

#define N_STABLE 600

/* What comes and goes between two pages: keys that are made while others end,
 * so that gaps are filled before and behind the place of the walk. */
static void churn(uint64_t *seed)
{
	for (int i = 0; i < 40; i++) {
		int other = N_STABLE + (int)draw(seed, 1800);

		if (exists(&lock_kind, name(other)))
			release(B, name(other));
		else
			acquire(B, name(other));
	}
}

START_TEST(pages_tell_each_key_that_stays_once_while_others_come_and_go)
{
	static int told[N_STABLE + 1800];
	uint64_t seed = 7;

	for (int i = 0; i < N_STABLE; i++) {
		acquire(A, name(i));
		if (i % 40 == 0)
			churn(&seed);
	}
	for (int walk = 0; walk < 5; walk++) {
		struct page_query query = all(1 + draw(&seed, 100));

		memset(told, 0, sizeof(told));
		do {
			look(&query);
			for (size_t i = 0; i < page->n_keys; i++)
				told[number_in(page, i)]++;
			query.from = page->next;
			churn(&seed);
		} while (page->has_more);
		for (int i = 0; i < N_STABLE; i++)
			ck_assert_msg(
			    told[i] == 1, "key %d: %d times", i, told[i]);
	}
	done();
}
END_TEST

START_TEST(a_page_looks_at_so_many_places_and_no_more)
{
	struct page_query query = all(10);
	size_t n_pages = 1, n_keys;

	query.prefix = "key 24999";
	query.prefix_len = strlen(query.prefix);
	for (int i = 0; i < 25000; i++) {
		struct key key = {&lock_kind, name(i), strlen(name(i))};

		lock_acquire(core,
		    &(struct request){.session = A,
			.wait_ms = -1,
			.max_waiters = -1,
			.lease_ms = -1},
		    &key);
		quiet();
	}
	for (n_keys = look(&query)->n_keys; page->has_more; n_pages++) {
		ck_assert_uint_eq(page->n_looked, PAGE_MAX_PLACES);
		ck_assert_uint_eq(page->n_keys, 0);
		query.from = page->next;
		n_keys += look(&query)->n_keys;
	}
	ck_assert_uint_eq(n_pages, 3);
	ck_assert_uint_eq(n_keys, 1);
	/* A key that is named is looked up. */
	query = all(10);
	query.key = "key 24999";
	query.key_len = strlen(query.key);
	ck_assert_uint_eq(look(&query)->n_keys, 1);
	ck_assert_uint_eq(page->n_looked, 1);
	done();
}
END_TEST

START_TEST(of_a_long_queue_the_first_are_told_and_all_counted)
{
	struct page_query query = all(10);
	const struct page_claim *claims;

	acquire(A, "k");
	for (int i = 0; i < 1000; i++) {
		acquire(join(UNIT_UID, 1000 + i), "k");
		if (i == 499)
			at(5);
	}
	at(12);
	ck_assert(!look(&query)->has_more);
	ck_assert_uint_eq(page->n_keys, 1);
	ck_assert_uint_eq(page->keys[0].n_holders, 1);
	ck_assert_uint_eq(page->keys[0].n_waiters, 1000);
	ck_assert_uint_eq(page->keys[0].n_holders_shown, 1);
	ck_assert_uint_eq(page->keys[0].n_waiters_shown, PAGE_MAX_OF_KEY);
	claims = page->claims + page->keys[0].first_claim;
	ck_assert_int_eq(claims[0].who.pid, UNIT_PID_OF_A);
	for (int i = 0; i < PAGE_MAX_OF_KEY; i++) {
		ck_assert_int_eq(claims[1 + i].who.pid, 1000 + i);
		ck_assert_int_eq(claims[1 + i].who.held_ms, 12);
		ck_assert_int_eq(claims[1 + i].token, 0);
	}
	done();
}
END_TEST

START_TEST(a_page_ends_before_a_key_whose_claims_are_too_many_for_it)
{
	const struct limit_terms terms = {.capacity = 1000, .permits = 1};
	struct page_query query = all(100);
	size_t n_keys = 0, n_pages = 0;

	for (int i = 0; i < 12; i++) {
		for (int k = 0; k < 90; k++)
			limit_borrow(core, by(A, 0),
			    key_of(&limit_kind, name(i)), &terms);
		quiet();
	}
	do {
		look(&query);
		ck_assert_uint_eq(page->n_claims, 90 * page->n_keys);
		n_keys += page->n_keys;
		n_pages++;
		query.from = page->next;
	} while (page->has_more);
	ck_assert_uint_eq(n_keys, 12);
	ck_assert_uint_eq(n_pages, 6);
	done();
}
END_TEST

START_TEST(a_page_is_a_picture_that_outlives_what_it_shows)
{
	struct page_query query = all(10);

	acquire(A, "k");
	look(&query);
	release(A, "k");
	ck_assert(!exists(&lock_kind, "k"));
	ck_assert_uint_eq(page->n_keys, 1);
	ck_assert_int_eq(memcmp(page->texts, "k", 1), 0);
	ck_assert_int_eq(page->claims[0].who.pid, UNIT_PID_OF_A);
	done();
}
END_TEST

START_TEST(a_key_with_more_forgotten_flights_than_a_page_says_so)
{
	struct page_query query = all(5);

	for (int i = 0; i < 9; i++) {
		flight_begin(core, by(A, 0), key_of(&flight_kind, "f"), 3);
		flight_forget(core, by(A, 0), key_of(&flight_kind, "f"));
	}
	quiet();
	query.key = "f";
	query.key_len = 1;
	ck_assert(look(&query)->has_more);
	ck_assert(page->is_look_up);
	ck_assert_uint_eq(page->n_keys, 5);
	ck_assert_str_eq(page->keys[0].state, "idle");
	ck_assert_str_eq(page->keys[4].state, "forgotten");
	query.max = 10;
	ck_assert(!look(&query)->has_more);
	ck_assert_uint_eq(page->n_keys, 10);
	done();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_page_has_no_more_keys_than_are_asked_for,
	    pages_tell_each_key_that_stays_once_while_others_come_and_go,
	    a_page_looks_at_so_many_places_and_no_more,
	    of_a_long_queue_the_first_are_told_and_all_counted,
	    a_page_ends_before_a_key_whose_claims_are_too_many_for_it,
	    a_page_is_a_picture_that_outlives_what_it_shows,
	    a_key_with_more_forgotten_flights_than_a_page_says_so,
	    NULL,
	};

	return unit_main("page", true, tests, NULL);
}
