/* SPDX-License-Identifier: MIT */
/*
 * The random run as a test program (see episode.h). The steps are shared out to
 * groups with a seed each; at the end stands a table of what occurred, in which
 * nothing may be rare.
 *
 * MSYNC_RANDOM_STEPS: how many steps in all, instead of a million.
 * MSYNC_RANDOM_SEED: another seed for the first group; the rest follow.
 * MSYNC_RANDOM_EPISODE: this episode of that seed only.
 */
#include "episode.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define N_GROUPS      4
#define DEFAULT_STEPS 1000000
#define DEFAULT_SEED  1763860000
#define LEAST         1000

/* Shared with the processes in which Check runs the tests. */
static struct counts *counts;

static long long get_setting(const char *name, long long otherwise)
{
	const char *text = getenv(name);
	char *end;
	long long number;

	if (text == NULL || *text == '\0')
		return otherwise;
	number = strtoll(text, &end, 10);
	ck_assert_msg(*end == '\0' && number >= 0, "%s is no number", name);
	return number;
}

START_TEST(the_core_answers_as_the_reference_model_does)
{
	long long seed = get_setting("MSYNC_RANDOM_SEED", DEFAULT_SEED) + _i;
	long long n = get_setting("MSYNC_RANDOM_STEPS", DEFAULT_STEPS);
	long long only = get_setting("MSYNC_RANDOM_EPISODE", -1);
	long number = 0;

	if (only >= 0) {
		if (_i == 0)
			ck_assert_int_gt(
			    episode_run((uint64_t)seed, only, counts), 0);
		return;
	}
	n = (n + N_GROUPS - 1) / N_GROUPS;
	while (n > 0)
		n -= episode_run((uint64_t)seed, number++, counts);
	ck_assert_int_gt(number, 0);
}
END_TEST

START_TEST(nothing_in_the_table_is_rare)
{
	const char *rare = counts_find_rare(counts, LEAST);

	counts_print(counts, stdout);
	ck_assert_int_gt(counts->steps, 0);
	if (counts->steps >= DEFAULT_STEPS)
		ck_assert_msg(rare == NULL, "rare: %s", rare);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("random");
	TCase *groups = tcase_create("groups"), *table = tcase_create("table");

	/* As long as it takes under sanitizers on a slow machine. */
	tcase_set_timeout(groups, 1800);
	tcase_add_loop_test(
	    groups, the_core_answers_as_the_reference_model_does, 0, N_GROUPS);
	tcase_add_test(table, nothing_in_the_table_is_rare);
	suite_add_tcase(suite, groups);
	suite_add_tcase(suite, table);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(make_suite());
	int n_failed;

	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		return EXIT_FAILURE;
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	munmap(counts, sizeof(*counts));
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
