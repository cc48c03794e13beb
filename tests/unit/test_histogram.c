/* SPDX-License-Identifier: MIT */
/* Histograms: where a number is counted, how far off that may be, quantiles. */
#include "histogram.h"

#include "proto.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST ((INT64_C(1) << 32) - 1)

static struct histogram h;

/* Everything that follows about numbers rests on this: the buckets lie side by
 * side, from 0 to 2^32 - 1. */
START_TEST(every_number_has_just_one_bucket)
{
	ck_assert_int_eq(histogram_lower(0), 0);
	for (int i = 0; i < HISTOGRAM_N_BUCKETS; i++) {
		int64_t lower = histogram_lower(i), upper = histogram_upper(i);

		ck_assert_int_le(lower, upper);
		ck_assert_int_eq(histogram_bucket(lower), i);
		ck_assert_int_eq(histogram_bucket(upper), i);
		if (i > 0)
			ck_assert_int_eq(lower, histogram_upper(i - 1) + 1);
	}
	ck_assert_int_eq(histogram_upper(HISTOGRAM_N_BUCKETS - 1), LARGEST);
}
END_TEST

/* Within a bucket the ends are the farthest from the middle, so looking at the
 * ends of each is looking at every number. */
START_TEST(the_middle_of_a_bucket_is_at_most_a_32nd_off)
{
	for (int i = 0; i < HISTOGRAM_N_BUCKETS; i++) {
		int64_t lower = histogram_lower(i), upper = histogram_upper(i);
		int64_t middle = (lower + upper) / 2;

		ck_assert_int_le(32 * (middle - lower), lower);
		ck_assert_int_le(32 * (upper - middle), upper);
	}
}
END_TEST

START_TEST(the_first_million_numbers_are_where_they_belong)
{
	int last = 0;

	for (int64_t ms = 0; ms < 1 << 20; ms++) {
		int i = histogram_bucket(ms);

		ck_assert(i == last || i == last + 1);
		ck_assert(histogram_lower(i) <= ms && ms <= histogram_upper(i));
		ck_assert(ms >= 32 || (histogram_lower(i) == ms &&
					  histogram_upper(i) == ms));
		last = i;
	}
}
END_TEST

START_TEST(what_is_out_of_range_is_counted_at_its_end)
{
	ck_assert_int_eq(histogram_bucket(-1), 0);
	ck_assert_int_eq(histogram_bucket(INT64_MIN), 0);
	ck_assert_int_eq(
	    histogram_bucket(LARGEST + 1), HISTOGRAM_N_BUCKETS - 1);
	ck_assert_int_eq(histogram_bucket(INT64_MAX), HISTOGRAM_N_BUCKETS - 1);
	memset(&h, 0, sizeof(h));
	histogram_add(&h, -5);
	histogram_add(&h, LARGEST + 10);
	ck_assert_int_eq(h.count, 2);
	ck_assert_int_eq(h.sum, LARGEST + 10);
	ck_assert_int_eq(h.max, LARGEST + 10);
	ck_assert_int_eq(h.buckets[0], 1);
	ck_assert_int_eq(h.buckets[HISTOGRAM_N_BUCKETS - 1], 1);
}
END_TEST

START_TEST(an_empty_one_says_0)
{
	memset(&h, 0, sizeof(h));
	ck_assert_int_eq(histogram_quantile(&h, 500), 0);
	ck_assert_int_eq(histogram_quantile(&h, 1000), 0);
}
END_TEST

START_TEST(quantiles_of_small_numbers_are_exact)
{
	memset(&h, 0, sizeof(h));
	histogram_add(&h, 7);
	ck_assert_int_eq(histogram_quantile(&h, 500), 7);
	ck_assert_int_eq(histogram_quantile(&h, 999), 7);
	for (int i = 1; i <= 9; i++)
		histogram_add(&h, i);
	/* 1 2 3 4 5 6 7 7 8 9 */
	ck_assert_int_eq(h.count, 10);
	ck_assert_int_eq(h.sum, 52);
	ck_assert_int_eq(histogram_quantile(&h, 500), 5);
	ck_assert_int_eq(histogram_quantile(&h, 501), 6);
	ck_assert_int_eq(histogram_quantile(&h, 900), 8);
	ck_assert_int_eq(histogram_quantile(&h, 901), 9);
	ck_assert_int_eq(histogram_quantile(&h, 999), 9);
}
END_TEST

START_TEST(no_quantile_is_above_the_largest_number)
{
	memset(&h, 0, sizeof(h));
	/* The first of its bucket, whose middle is 1055. */
	histogram_add(&h, 1024);
	ck_assert_int_eq(histogram_quantile(&h, 500), 1024);
	histogram_add(&h, 1050);
	ck_assert_int_eq(histogram_quantile(&h, 999), 1050);
}
END_TEST

START_TEST(a_great_many_do_not_overflow)
{
	memset(&h, 0, sizeof(h));
	h.count = INT64_MAX;
	h.max = 3;
	h.buckets[1] = INT64_MAX / 2;
	h.buckets[3] = INT64_MAX - INT64_MAX / 2;
	ck_assert_int_eq(histogram_quantile(&h, 499), 1);
	ck_assert_int_eq(histogram_quantile(&h, 501), 3);
}
END_TEST

static int compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

#define N_NUMBERS 10000

START_TEST(quantiles_are_a_32nd_off_those_of_the_numbers_themselves)
{
	static const int shares[] = {1, 500, 900, 990, 999, 1000};
	static int64_t all[N_NUMBERS];
	uint64_t dice = 1;

	memset(&h, 0, sizeof(h));
	for (int i = 0; i < N_NUMBERS; i++) {
		dice = dice * 6364136223846793005u + 1442695040888963407u;
		/* As many of every length, from 1 to 31 bits. */
		all[i] = (int64_t)(dice >> 33 >> (i % 31));
		histogram_add(&h, all[i]);
	}
	qsort(all, N_NUMBERS, sizeof(all[0]), compare);
	ck_assert_int_eq(h.max, all[N_NUMBERS - 1]);
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		int64_t exact = all[(N_NUMBERS * shares[i] + 999) / 1000 - 1];
		int64_t said = histogram_quantile(&h, shares[i]);

		ck_assert_int_le(32 * llabs(said - exact), exact);
	}
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    every_number_has_just_one_bucket,
	    the_middle_of_a_bucket_is_at_most_a_32nd_off,
	    the_first_million_numbers_are_where_they_belong,
	    what_is_out_of_range_is_counted_at_its_end,
	    an_empty_one_says_0,
	    quantiles_of_small_numbers_are_exact,
	    no_quantile_is_above_the_largest_number,
	    a_great_many_do_not_overflow,
	    quantiles_are_a_32nd_off_those_of_the_numbers_themselves,
	    NULL,
	};

	return unit_run("histogram", tests);
}
