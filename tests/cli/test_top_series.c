/* SPDX-License-Identifier: MIT */
/* Tests of top_series.h and top_text.h: what happened within a minute, and
 * numbers in a few letters. */
#include "top_series.h"
#include "top_text.h"

#include "scene.h"

#include <stdlib.h>
#include <string.h>

/* Of any clock; the middle of a second. */
#define START 5000500

static void ck_near(double is, double expected)
{
	ck_assert_double_eq_tol(is, expected, 0.001 + expected / 1000);
}

/* so much in each interval, for that long; returns the end. */
static int64_t steadily(struct top_series *series, double count,
    int64_t interval_ms, int64_t for_ms)
{
	int64_t at = START;

	for (; at < START + for_ms; at += interval_ms)
		top_series_add(series, at, at + interval_ms, count);
	return at;
}

/* The interval in ms, and how much in each: always 40 a second. */
START_TEST(rate_is_the_same_however_often_one_looks)
{
	static const int64_t intervals[] = {
	    100, 250, 500, 1000, 2000, 5000, 10000, 30000};
	int64_t interval_ms = intervals[_i];
	struct top_series series = {0};
	int64_t end;

	end = steadily(
	    &series, 40.0 * (double)interval_ms / 1000, interval_ms, 30000);
	ck_near(top_series_rate(&series, START, end), 40);
	/* Also when it has just begun. */
	series = (struct top_series){0};
	top_series_add(&series, START, START + 300, 12);
	ck_near(top_series_rate(&series, START, START + 300), 40);
}
END_TEST

START_TEST(rate_falls_to_nothing_within_some_seconds)
{
	struct top_series series = {0};
	int64_t end = steadily(&series, 10, 1000, 20000);

	ck_assert_double_gt(top_series_rate(&series, START, end + 2000), 0);
	ck_assert_double_lt(top_series_rate(&series, START, end + 2000), 9);
	ck_assert_double_eq(top_series_rate(&series, START, end + 6000), 0);
	ck_assert_double_eq(top_series_rate(&series, START, START), 0);
}
END_TEST

START_TEST(minute_has_each_second_in_its_place)
{
	struct top_series series = {0};
	double cells[60];
	int64_t now = 100 * 60000;

	for (int64_t ago = 1; ago <= 60; ago++)
		top_series_add(&series, now - ago * 1000,
		    now - ago * 1000 + 1000, (double)ago);
	/* The newest one came first: that is no matter. */
	ck_near(top_series_minute(&series, now, 60, cells), 60);
	for (int i = 0; i < 60; i++)
		ck_near(cells[i], 60 - i);
	/* Two seconds in a cell. */
	ck_near(top_series_minute(&series, now, 30, cells), 59.5);
	for (int i = 0; i < 30; i++)
		ck_near(cells[i], 59.5 - 2 * i);
}
END_TEST

START_TEST(every_number_of_cells_has_all_of_it)
{
	struct top_series series = {0};
	double cells[60], sum;
	int64_t now = START;

	for (int n = 5; n <= 60; n++) {
		int64_t length = (60 + n - 1) / n;

		series = (struct top_series){0};
		now = (now / 1000 / length + 1) * length * 1000;
		top_series_add(&series, now - 60000, now, 6000);
		(void)top_series_minute(&series, now, n, cells);
		sum = 0;
		for (int i = 0; i < n; i++)
			sum += cells[i] * (double)length;
		ck_near(sum, 6000);
	}
}
END_TEST

START_TEST(series_is_quiet_after_a_minute_of_nothing)
{
	struct top_series series = {0};

	ck_assert(top_series_is_quiet(&series, START));
	top_series_add(&series, START, START, 1);
	ck_assert(!top_series_is_quiet(&series, START));
	ck_assert(!top_series_is_quiet(&series, START + 59000));
	ck_assert(top_series_is_quiet(&series, START + 62000));
	/* And what is long ago does not come back. */
	top_series_add(&series, START + 3600000, START + 3600000, 0);
	ck_assert(top_series_is_quiet(&series, START + 3600000));
}
END_TEST

START_TEST(span_longer_than_the_minute_counts_for_its_end)
{
	struct top_series series = {0};
	double cells[60];

	top_series_add(&series, 0, START, 0.001 * START);
	ck_near(top_series_minute(&series, START, 60, cells), 1);
	ck_near(cells[0], 1);
	ck_near(cells[59], 1);
}
END_TEST

/* Texts ------------------------------------------------------------ */

static const struct {
	int64_t ms;
	const char *text;
} times[] = {
    {-1, "-"},
    {0, "0ms"},
    {999, "999ms"},
    {1000, "1.0s"},
    {59999, "59.9s"},
    {60000, "1m00s"},
    {192000, "3m12s"},
    {3599999, "59m59s"},
    {3600000, "1h00m"},
    {359999999, "99h59m"},
    {360000000, "4d"},
    {86400000LL * 1000, "1000d"},
    {INT64_MAX, "99999d"},
};

START_TEST(times_are_short)
{
	char text[TOP_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		top_text_ms(text, times[i].ms);
		ck_assert_str_eq(text, times[i].text);
		ck_assert_uint_le(strlen(text), 6);
	}
}
END_TEST

static const struct {
	int64_t count;
	const char *text;
} counts[] = {
    {-1, "-"},
    {0, "0"},
    {9999, "9999"},
    {10000, "10.0k"},
    {12399, "12.3k"},
    {99999, "99.9k"},
    {100000, "100k"},
    {999999, "999k"},
    {1000000, "1.0M"},
    {123456789, "123M"},
    {INT64_MAX, "9.2E"},
};

START_TEST(counts_are_short_and_claim_no_more_than_there_is)
{
	char text[TOP_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		top_text_count(text, counts[i].count);
		ck_assert_str_eq(text, counts[i].text);
		ck_assert_uint_le(strlen(text), 5);
	}
}
END_TEST

static const struct {
	double rate;
	const char *text;
} rates[] = {
    {-1, "-"},
    {0, "0"},
    {0.001, "<0.1"},
    {0.2, "0.2"},
    {9.94, "9.9"},
    {9.96, "10"},
    {1234.4, "1234"},
    {56789, "56.7k"},
    {1e30, "huge"},
};

START_TEST(rates_are_short)
{
	char text[TOP_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		top_text_rate(text, rates[i].rate);
		ck_assert_str_eq(text, rates[i].text);
		ck_assert_uint_le(strlen(text), 5);
	}
}
END_TEST

START_TEST(spark_is_a_cell_for_each_part_and_full_at_the_most)
{
	struct top_series series = {0};
	struct top_spark how = {60, 100 * 60000, false};
	char text[TOP_TEXT_BYTES];

	top_text_spark(text, &series, how);
	ck_assert_uint_eq(strlen(text), 60);
	ck_assert_uint_eq(strspn(text, " "), 60);
	for (int i = 1; i <= 8; i++)
		top_series_add(&series, how.now_ms - 1000 * i,
		    how.now_ms - 1000 * i + 999, 9 - i);
	/* A little is seen beside much. */
	top_series_add(&series, how.now_ms - 10000, how.now_ms - 9001, 0.001);
	top_text_spark(text, &series, how);
	ck_assert_str_eq(text + 50, ". .:-=+*#@");
	how.is_utf8 = true;
	top_text_spark(text, &series, how);
	ck_assert_str_eq(text + 50, "▁ ▁▂▃▄▅▆▇█");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_series");
	TCase *tests = scene_case(suite, "top_series", NULL, NULL);

	tcase_add_loop_test(
	    tests, rate_is_the_same_however_often_one_looks, 0, 8);
	tcase_add_test(tests, rate_falls_to_nothing_within_some_seconds);
	tcase_add_test(tests, minute_has_each_second_in_its_place);
	tcase_add_test(tests, every_number_of_cells_has_all_of_it);
	tcase_add_test(tests, series_is_quiet_after_a_minute_of_nothing);
	tcase_add_test(tests, span_longer_than_the_minute_counts_for_its_end);
	tcase_add_test(tests, times_are_short);
	tcase_add_test(tests, counts_are_short_and_claim_no_more_than_there_is);
	tcase_add_test(tests, rates_are_short);
	tcase_add_test(
	    tests, spark_is_a_cell_for_each_part_and_full_at_the_most);
	return scene_run(suite);
}
