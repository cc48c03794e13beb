/* SPDX-License-Identifier: MIT */
/* What the unit tests of Pool ask: all of it about the pool "p". */
#ifndef POOLS_H
#define POOLS_H

#include "unit.h"

#include "pool.h"

#include <string.h>

#define P key_of(&pool_kind, "p")

/* Terms that say nothing, to be filled in. */
static inline struct pool_terms no_terms(void)
{
	return (struct pool_terms){
	    .capacity = -1,
	    .max_idle_ms = -1,
	    .n_items = -1,
	    .order = -1,
	    .on_lost = -1,
	};
}

/* pool.get with this capacity (-1: none said). */
static inline void get(struct request *req, int64_t capacity)
{
	struct pool_terms terms = no_terms();

	terms.capacity = capacity;
	pool_get(core, req, P, &terms);
}

/* value NULL: none. */
static inline void put(
    struct session *session, int64_t id, int64_t token, const char *text)
{
	const struct pool_value value = {
	    .bytes = text, .len = text == NULL ? 0 : strlen(text)};

	pool_put(core, by(session, id), P, token, &value);
}

/* The next answer, which tells the session to create an object; the token. */
static inline int64_t told_to_create(const struct session *session, int64_t id)
{
	const struct answer *answer = answered(session, id);

	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), 1);
	ck_assert(!has(answer, MEMBER_VALUE));
	return token_of(answer);
}

/* The next answer, which lends the object with this value; the token. */
static inline int64_t lent(
    const struct session *session, int64_t id, const char *value)
{
	const struct answer *answer = answered(session, id);

	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), 0);
	ck_assert_str_eq(text_of(answer, MEMBER_VALUE), value);
	return token_of(answer);
}

/* Gets what is there at once: an object with this value, or, where value is
 * NULL, room for a new one. No duty to destroy comes with it. */
static inline int64_t take(struct session *session, const char *value)
{
	struct pool_terms terms = no_terms();
	const struct answer *answer;

	pool_get(core, by(session, 901), P, &terms);
	answer = answered(session, 901);
	ck_assert(!has(answer, MEMBER_DESTROY));
	ck_assert_int_eq(flag_of(answer, MEMBER_CREATE), value == NULL);
	if (value != NULL)
		ck_assert_str_eq(text_of(answer, MEMBER_VALUE), value);
	return token_of(answer);
}

/* Gives the newest back. */
static inline void put_back(struct session *session, const char *value)
{
	put(session, 902, 0, value);
	ck_assert_int_eq(answered(session, 902)->n_members, 0);
}

/* Makes the pool (D pays for it), or changes what the terms name. */
static inline void set_terms(const struct pool_terms *terms)
{
	pool_set(core, by(D, 903), P, terms);
	ck_assert_int_eq(answered(D, 903)->n_members, 0);
}

static inline void set(int64_t capacity, int64_t max_idle_ms)
{
	struct pool_terms terms = no_terms();

	terms.capacity = capacity;
	terms.max_idle_ms = max_idle_ms;
	set_terms(&terms);
}

static inline void expect_sizes(int64_t size, int64_t available)
{
	pool_size(core, by(D, 904), P);
	ck_assert_int_eq(number_of(answered(D, 904), MEMBER_SIZE), size);
	pool_available(core, by(D, 905), P);
	ck_assert_int_eq(
	    number_of(answered(D, 905), MEMBER_AVAILABLE), available);
}

/* What pool.clear hands out, with a comma between values. */
static inline const char *cleared(void)
{
	pool_clear(core, by(D, 906), P);
	return text_of(answered(D, 906), MEMBER_DESTROY);
}

#endif
