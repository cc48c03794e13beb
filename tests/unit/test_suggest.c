/* SPDX-License-Identifier: MIT */
/* Did you mean: what is near is found, and what is not near is not. */
#include "proto.h"

#include <string.h>

#include "args.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char *const candidates[] = {"id", "key", "token", "wait_ms",
    "max_waiters", "lease_ms", "max_leaders", "max_idle_ms", "keep_ms",
    "on_lost"};

static void expect(const char *word, const char *nearest)
{
	const char *found = args_suggest(word, candidates, COUNT(candidates));

	if (nearest == NULL)
		ck_assert_msg(found == NULL, "%s: %s", word, found);
	else
		ck_assert_msg(found != NULL && strcmp(found, nearest) == 0,
		    "%s: %s", word, found == NULL ? "nothing" : found);
}

START_TEST(a_word_with_a_letter_wrong_is_recognized)
{
	expect("kei", "key");  /* changed */
	expect("ke", "key");   /* left out */
	expect("keyy", "key"); /* put in */
	expect("xkey", "key"); /* in front */
	expect("tokens", "token");
	expect("wait_s", "wait_ms");
	expect("waitms", "wait_ms");
	expect("max_waiter", "max_waiters");
	expect("Key", "key");
	expect("kye", "key"); /* swapped */
	expect("tokne", "token");
	expect("diw", NULL);
}
END_TEST

START_TEST(long_words_may_have_two_letters_wrong_and_short_ones_one)
{
	expect("max_waitr", "max_waiters");
	expect("lease_sec", NULL);
	expect("leas_m", "lease_ms");
	expect("tkon", NULL); /* two letters, and four in all */
	expect("kxx", NULL);
	expect("maxidlems", "max_idle_ms");
	expect("maxidlem", NULL);
}
END_TEST

START_TEST(the_nearest_one_wins_and_of_equals_the_first)
{
	/* keep_ms is one letter away, lease_ms more. */
	expect("keeps_ms", "keep_ms");
	/* Both are two letters away. */
	expect("max_leaiders", "max_leaders");
	static const char *const twins[] = {"aaaaaa1", "aaaaaa2"};
	ck_assert_str_eq(args_suggest("aaaaaa", twins, 2), "aaaaaa1");
}
END_TEST

START_TEST(what_is_near_to_nothing_has_no_suggestion)
{
	expect("", NULL);
	expect("q", NULL);
	expect("something", NULL);
	expect("timeout", NULL);
	ck_assert_ptr_null(args_suggest("key", candidates, 0));
}
END_TEST

START_TEST(words_of_any_length_are_compared_safely)
{
	char word[200];

	for (size_t len = 0; len < sizeof(word); len++) {
		memset(word, 'x', len);
		word[len] = '\0';
		expect(word, NULL);
	}
	/* The longest that is compared at all. */
	static const char *const longs[] = {
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
	memset(word, 'x', 39);
	word[39] = '\0';
	ck_assert_ptr_eq(args_suggest(word, longs, 1), longs[0]);
	memset(word, 'x', 41);
	word[41] = '\0';
	ck_assert_ptr_null(args_suggest(word, longs, 1));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_word_with_a_letter_wrong_is_recognized,
	    long_words_may_have_two_letters_wrong_and_short_ones_one,
	    the_nearest_one_wins_and_of_equals_the_first,
	    what_is_near_to_nothing_has_no_suggestion,
	    words_of_any_length_are_compared_safely,
	    NULL,
	};

	return unit_run("suggest", tests);
}
