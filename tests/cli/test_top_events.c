/* SPDX-License-Identifier: MIT */
/* Tests of top_model.h: what the events of a watch make of it. */
#include "scene.h"
#include "tops.h"

#include <stdio.h>

static void ck_near(double is, double expected)
{
	ck_assert_double_eq_tol(is, expected, 0.001 + expected / 100);
}

static int64_t n_rows(void)
{
	return HASH_COUNT(model->rows);
}

START_TEST(grant_makes_a_row_and_its_end_ends_the_hold)
{
	granted_at(100, "k", 5);
	ck_assert(lock_row("k")->is_held);
	ck_assert_int_eq(lock_row("k")->holder.pid, 7);
	ck_assert_str_eq(lock_row("k")->holder.client, "nightly");
	ck_assert_int_eq(top_row_held_ms(lock_row("k"), START + 300), 200);
	/* Another one's end is not its own. */
	released_at(200, "k", 4);
	ck_assert(lock_row("k")->is_held);
	released_at(300, "k", 5);
	ck_assert(!lock_row("k")->is_held);
	ck_assert_int_eq(lock_row("k")->holding, 0);
	ck_assert(!lock_row("k")->is_there);
}
END_TEST

static double rate_of(const char *key)
{
	return top_row_rate(model, lock_row(key));
}

START_TEST(rates_of_keys_are_known_where_somebody_watches)
{
	stats_at(0, 1000, 0);
	granted_at(1, "busy", 1);
	ck_assert_double_eq(rate_of("busy"), -1);
	model->is_watching = true;
	for (int i = 1; i <= 100; i++) {
		granted_at(100 * i, "busy", i);
		released_at(100 * i, "busy", i);
		if (i % 10 == 0) {
			granted_at(100 * i, "calm", i);
			top_model_tick(model, START + 100 * i);
		}
	}
	ck_near(rate_of("busy"), 10);
	ck_near(rate_of("calm"), 1);
}
END_TEST

START_TEST(missed_events_are_shared_out)
{
	stats_at(0, 1000, 0);
	model->is_watching = true;
	for (int second = 1; second <= 10; second++) {
		/* 30 + 10 seen, 360 missed: a tenth is known. */
		for (int i = 0; i < 30; i++)
			granted_at(1000 * second, "busy", i + 1);
		for (int i = 0; i < 10; i++)
			granted_at(1000 * second, "calm", i + 1);
		event_at(1000 * second,
		    line("{'event':'watch','what':'missed','count':360}"));
		top_model_tick(model, START + 1000 * second);
	}
	ck_near(rate_of("busy"), 300);
	ck_near(rate_of("calm"), 100);
}
END_TEST

START_TEST(row_stays_for_a_minute_after_its_last_grant)
{
	stats_at(0, 1000, 0);
	granted_at(0, "k", 1);
	released_at(1, "k", 1);
	top_model_tick(model, START + 1000);
	top_model_tick(model, START + 55000);
	(void)lock_row("k");
	top_model_tick(model, START + 63000);
	ck_assert_int_eq(n_rows(), 0);
}
END_TEST

START_TEST(there_are_never_more_rows_than_a_reader_wants)
{
	for (int i = 0; i < TOP_MAX_ROWS + 500; i++) {
		char key[24];

		(void)snprintf(key, sizeof(key), "one-time/%d", i);
		granted_at(i / 100, key, i + 1);
	}
	ck_assert_int_eq(n_rows(), TOP_MAX_ROWS);
	/* Those that are known are counted all the same. */
	granted_at(200, "one-time/3", 77);
	ck_assert_double_eq(lock_row("one-time/3")->n_granted, 2);
	/* And there is room again when they are over. */
	for (int i = 0; i < TOP_MAX_ROWS; i++) {
		char key[24];

		(void)snprintf(key, sizeof(key), "one-time/%d", i);
		released_at(200, key, i + 1);
	}
	top_model_tick(model, START + 1000);
	top_model_tick(model, START + 600000);
	ck_assert_int_eq(n_rows(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_events");
	TCase *tests =
	    scene_case(suite, "top_events", tops_setup, tops_teardown);

	tcase_add_test(tests, grant_makes_a_row_and_its_end_ends_the_hold);
	tcase_add_test(tests, rates_of_keys_are_known_where_somebody_watches);
	tcase_add_test(tests, missed_events_are_shared_out);
	tcase_add_test(tests, row_stays_for_a_minute_after_its_last_grant);
	tcase_add_test(tests, there_are_never_more_rows_than_a_reader_wants);
	return scene_run(suite);
}
