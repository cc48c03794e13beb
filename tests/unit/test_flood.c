/* SPDX-License-Identifier: MIT */
/*
 * Keys and ids that somebody chose because they meet in one row of a table:
 * that takes the hash key of the daemon, which nobody has. How long the rows
 * get is looked at, not how long it takes.
 */
#include "toy.h"

#include <stdio.h>
#include <string.h>

#define N_CHOSEN 200
/* The hash values of those chosen end in so many zeros, which is more than
 * tables of this size look at. */
#define N_BITS 12
/* Without a choice the longest row has about ten. */
#define NATURAL 30

static const uint8_t guessed[SIP_KEY_BYTES] = {9, 9, 9};

/* The next number from *from on, as text or as eight bytes, whose hash under
 * this hash key ends in zeros. */
static int64_t choose(const uint8_t *hash_key, int64_t *from, bool as_text)
{
	for (;;) {
		int64_t number = (*from)++;
		char text[24];
		int len =
		    snprintf(text, sizeof(text), "%lld", (long long)number);
		uint64_t hash =
		    as_text ? sip_hash(hash_key, text, (size_t)len)
			    : sip_hash(hash_key, &number, sizeof(number));

		if ((hash & ((1 << N_BITS) - 1)) == 0)
			return number;
	}
}

static unsigned longest_row(const struct table *table)
{
	unsigned longest = 0;

	for (uint32_t i = 0; i < table->n_buckets; i++) {
		const struct table_item *item = table->buckets[i];
		unsigned n = 0;

		for (; item != NULL; item = item->next)
			n++;
		if (n > longest)
			longest = n;
	}
	return longest;
}

static unsigned flood_with_keys(const uint8_t *hash_key)
{
	struct object *objects[N_CHOSEN];
	int64_t from = 1;
	unsigned longest;
	char text[24];

	for (int i = 0; i < N_CHOSEN; i++) {
		(void)snprintf(text, sizeof(text), "%lld",
		    (long long)choose(hash_key, &from, true));
		objects[i] = object_get(core, key_of(&toy_kind, text));
	}
	longest = longest_row(&core->objects[toy_kind.number]);
	for (int i = 0; i < N_CHOSEN; i++)
		object_settle(core, objects[i]);
	return longest;
}

/* For something that B has taken. */
static unsigned flood_with_ids(const uint8_t *hash_key)
{
	int64_t from = 1;
	unsigned longest;

	for (int i = 0; i < N_CHOSEN; i++) {
		struct request *req = by(A, choose(hash_key, &from, false));

		claim_park(core,
		    claim_new(
			core, object_get(core, key_of(&toy_kind, "k")), req),
		    -1);
	}
	longest = longest_row(&A->by_id);
	core_stop_waiting(core, A->id);
	return longest;
}

/* row: 75 */
START_TEST(keys_that_were_chosen_by_a_guess_are_spread)
{
	ck_assert_uint_lt(flood_with_keys(guessed), NATURAL);
	/* Somebody who knew better would see this. */
	ck_assert_uint_ge(flood_with_keys(core->hash_key), N_CHOSEN);
}
END_TEST

/* row: 75 */
START_TEST(ids_that_were_chosen_by_a_guess_are_spread)
{
	toy_take(B, &toy_kind, "k");
	ck_assert_uint_lt(flood_with_ids(guessed), NATURAL);
	ck_assert_uint_ge(flood_with_ids(core->hash_key), N_CHOSEN / 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    keys_that_were_chosen_by_a_guess_are_spread,
	    ids_that_were_chosen_by_a_guess_are_spread,
	    NULL,
	};

	return unit_main("flood", true, tests, NULL);
}
