/* SPDX-License-Identifier: MIT */
/* Tests of top_model.h: what msync top knows after answers and events. */
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

/* stats ------------------------------------------------------------ */

/* Whoever could foretell it could make names that slow the screen down. */
START_TEST(each_model_hashes_names_in_its_own_way)
{
	struct top_model *other = top_model_new(START);

	ck_assert_mem_ne(
	    model->hash_key, other->hash_key, sizeof(model->hash_key));
	top_model_free(other);
}
END_TEST

START_TEST(stats_are_taken_as_they_are)
{
	const struct top_total *lock = &model->totals[TOP_LOCK];

	stats_at(0, 60000, 100);
	ck_assert_str_eq(model->version, "9.8");
	ck_assert_int_eq(model->uptime_ms, 60000);
	ck_assert_int_eq(model->connections, 17);
	ck_assert_int_eq(model->users, 3);
	ck_assert_int_eq(model->n_requests, 200);
	ck_assert_int_eq(lock->keys, 3);
	ck_assert_int_eq(lock->holds, 2);
	ck_assert_int_eq(lock->waits, 1);
	ck_assert_int_eq(lock->granted, 100);
	ck_assert_int_eq(lock->busy, 4);
	ck_assert_int_eq(lock->timeout, 5);
	ck_assert_int_eq(lock->lost, 6);
	ck_assert_int_eq(lock->oldest_wait_ms, 2500);
	ck_assert_int_eq(lock->wait_p50_ms, 7);
	ck_assert_int_eq(lock->wait_p99_ms, 90);
	ck_assert_int_eq(lock->hold_p50_ms, 1);
	ck_assert_int_eq(lock->hold_p99_ms, 30);
	/* Of nothing there is no middle. */
	ck_assert_int_eq(model->totals[TOP_LIMIT].wait_p50_ms, -1);
}
END_TEST

START_TEST(what_an_older_daemon_does_not_tell_is_not_known)
{
	json_t *answer = line("{'ok':true,'uptime_ms':5,'connections':1,"
			      "'kinds':{'lock':{'keys':1,'granted':2}}}");

	top_model_take_stats(model, answer, START);
	json_decref(answer);
	ck_assert_int_eq(model->users, -1);
	ck_assert_int_eq(model->n_requests, -1);
	ck_assert_int_eq(model->totals[TOP_LOCK].oldest_wait_ms, -1);
	ck_assert_int_eq(model->totals[TOP_LOCK].wait_p99_ms, -1);
	ck_assert_int_eq(model->totals[TOP_POOL].granted, -1);
}
END_TEST

static double rate_of_locks(int64_t now)
{
	return top_series_rate(
	    &model->totals[TOP_LOCK].grants, model->since_ms, START + now);
}

START_TEST(rates_are_of_what_rises_between_two_answers)
{
	/* What was before is not of now. */
	stats_at(0, 60000, 1000000);
	ck_assert_double_eq(rate_of_locks(0), 0);
	for (int i = 1; i <= 10; i++)
		stats_at(1000 * i, 60000 + 1000 * i, 1000000 + 50 * i);
	ck_near(rate_of_locks(10000), 50);
	ck_near(
	    top_series_rate(&model->requests, model->since_ms, START + 10000),
	    100);
}
END_TEST

START_TEST(late_answer_does_not_bend_the_rates)
{
	double cells[60];

	stats_at(0, 60000, 0);
	for (int i = 1; i <= 20; i++)
		stats_at(1000 * i + (i % 2) * 600, 60000 + 1000 * i, 50 * i);
	(void)top_series_minute(
	    &model->totals[TOP_LOCK].grants, START + 20000, 60, cells);
	/* Each count is where the daemon's own time says, if a little late. */
	for (int i = 45; i < 58; i++)
		ck_assert_double_gt(cells[i], 15);
}
END_TEST

START_TEST(counts_of_another_daemon_are_no_grants)
{
	stats_at(0, 60000, 1000);
	granted_at(10, "k", 1);
	top_model_open(model, TOP_LOCK, "k");
	top_model_forget(model, START + 100);
	ck_assert_int_eq(n_rows(), 0);
	ck_assert(model->open.is_open);
	stats_at(200, 50, 500);
	ck_assert_double_eq(rate_of_locks(200), 0);
	/* One that has begun again without our notice. */
	stats_at(1200, 20, 3);
	ck_assert_double_eq(rate_of_locks(1200), 0);
}
END_TEST

/* Lists ------------------------------------------------------------ */

START_TEST(page_tells_who_holds_and_who_waits)
{
	const struct top_row *row;

	sweep_at(0, false, line("[%s]", a_lock("db", 5000, 3)));
	row = lock_row("db");
	ck_assert(row->is_there);
	ck_assert(row->is_held);
	ck_assert_str_eq(row->state, "held");
	ck_assert_int_eq(row->holding, 1);
	ck_assert_int_eq(row->waiting, 3);
	ck_assert_int_eq(row->holder.pid, 812);
	ck_assert_int_eq(row->holder.uid, 33);
	ck_assert_int_eq(row->holder.token, token_when_held(5000));
	ck_assert_str_eq(row->holder.command, "php-fpm");
	ck_assert_str_eq(row->holder.client, "nightly");
	ck_assert_int_eq(top_row_held_ms(row, START), 5000);
	ck_assert_int_eq(top_row_waited_ms(row, START), 2500);
	/* They go on holding and waiting. */
	ck_assert_int_eq(top_row_held_ms(row, START + 700), 5700);
	ck_assert_int_eq(top_row_waited_ms(row, START + 700), 3200);
}
END_TEST

START_TEST(limits_and_pools_tell_what_is_taken)
{
	const struct top_row *row;

	sweep_at(0, false,
	    line("[{'kind':'limit','key':'k','state':'held','capacity':5,"
		 "'in_use':4,'available':1,'holding':2,'waiting':0,"
		 "'holders':[],'waiters':[]},"
		 "{'kind':'pool','key':'k','state':'held','capacity':3,"
		 "'size':3,'available':1,'holding':2,'waiting':0,"
		 "'holders':[],'waiters':[]}]"));
	row = top_row_find(model, TOP_LIMIT, "k");
	ck_assert_int_eq(row->in_use, 4);
	ck_assert_int_eq(row->capacity, 5);
	row = top_row_find(model, TOP_POOL, "k");
	ck_assert_int_eq(row->in_use, 2);
	ck_assert_int_eq(row->capacity, 3);
	ck_assert_ptr_null(top_row_find(model, TOP_LOCK, "k"));
}
END_TEST

START_TEST(key_that_a_sweep_of_all_does_not_tell_is_gone)
{
	sweep_at(0, false, line("[%s]", a_lock("db", 5000, 3)));
	sweep_at(1000, false, line("[%s]", a_lock("other", 1, 0)));
	top_model_tick(model, START + 1000);
	ck_assert_ptr_null(top_row_find(model, TOP_LOCK, "db"));
	ck_assert(lock_row("other")->is_held);
	ck_assert_int_eq(n_rows(), 1);
}
END_TEST

START_TEST(sweep_of_those_waited_for_takes_only_waits_away)
{
	sweep_at(0, true, line("[%s]", a_lock("db", 5000, 3)));
	sweep_at(1000, true, line("[]"));
	top_model_tick(model, START + 1000);
	ck_assert_int_eq(lock_row("db")->waiting, 0);
	ck_assert_int_eq(top_row_waited_ms(lock_row("db"), START + 1000), -1);
	/* Nothing was said of its holder. */
	ck_assert(lock_row("db")->is_held);
	/* But that is not believed for ever. */
	top_model_tick(model, START + 10 * 60000);
	ck_assert_int_eq(n_rows(), 0);
}
END_TEST

START_TEST(sweep_may_have_many_pages)
{
	top_model_begin_sweep(model, false);
	for (int i = 0; i < 500; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "key/%d", i);
		page_at(i, line("[%s]", a_lock(key, 1, 1)));
	}
	top_model_end_sweep(model);
	top_model_tick(model, START + 500);
	ck_assert_int_eq(n_rows(), 500);
}
END_TEST

static void look_up_at(int64_t now, const char *key, json_t *keys)
{
	json_t *answer = json_pack("{s:o}", "keys", keys);

	top_model_take_key(model, TOP_LOCK, key, answer, START + now);
	json_decref(answer);
}

START_TEST(look_up_within_a_sweep_is_not_undone_by_its_end)
{
	top_model_begin_sweep(model, false);
	look_up_at(5, "late", line("[%s]", a_lock("late", 1, 2)));
	top_model_end_sweep(model);
	ck_assert_int_eq(lock_row("late")->waiting, 2);
	ck_assert(lock_row("late")->is_held);
}
END_TEST

START_TEST(look_up_of_a_key_that_is_gone_says_so)
{
	granted_at(0, "k", 5);
	top_model_tick(model, START + 1000);
	ck_assert(lock_row("k")->is_held);
	look_up_at(1000, "k", line("[]"));
	ck_assert(!lock_row("k")->is_held);
	ck_assert(!lock_row("k")->is_there);
	/* Of one that was never known, nothing comes. */
	look_up_at(1000, "other", line("[]"));
	ck_assert_int_eq(n_rows(), 1);
}
END_TEST

#define FLIGHT                                                                 \
	"{'kind':'flight','key':'f','state':'%s','holding':1,'waiting':%d,"    \
	"'holders':[{'token':%d,'held_ms':%d}],"                               \
	"'waiters':[{'waited_ms':%d}]}"

START_TEST(forgotten_flights_count_for_their_key)
{
	const struct top_row *row;

	sweep_at(0, false,
	    line("[" FLIGHT "," FLIGHT "," FLIGHT "]", "forgotten", 2, 1, 900,
		800, "held", 3, 3, 100, 90, "forgotten", 4, 2, 500, 400));
	row = top_row_find(model, TOP_FLIGHT, "f");
	ck_assert_int_eq(row->holding, 3);
	ck_assert_int_eq(row->waiting, 9);
	ck_assert_str_eq(row->state, "held");
	ck_assert_int_eq(row->holder.token, 1);
	ck_assert_int_eq(top_row_waited_ms(row, START), 800);
	/* And once each time. */
	sweep_at(1, false, line("[" FLIGHT "]", "held", 3, 3, 101, 91));
	ck_assert_int_eq(row->waiting, 3);
	ck_assert_int_eq(row->holder.token, 3);
}
END_TEST

/* A key that is looked into ---------------------------------------- */

static void open_at(int64_t now, json_t *keys)
{
	json_t *answer = json_pack("{s:o}", "keys", keys);

	top_model_take_open(model, answer, START + now);
	json_decref(answer);
}

START_TEST(open_key_has_all_in_their_order)
{
	const struct top_open *open = &model->open;

	top_model_open(model, TOP_LOCK, "db");
	ck_assert(!open->is_told);
	open_at(0, line("[%s]", a_lock("db", 5000, 3)));
	ck_assert(open->is_told);
	ck_assert(!open->has_more);
	ck_assert_uint_eq(open->n_claims, 4);
	ck_assert_uint_eq(open->n_holders, 1);
	ck_assert_int_eq(open->claims[0].token, token_when_held(5000));
	ck_assert_int_eq(open->claims[0].lease_left_ms, 60000);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(open->claims[1 + i].pid, 900 + i);
		ck_assert_int_eq(open->claims[1 + i].token, -1);
	}
	ck_assert_int_eq(open->claims[1].ms, 2500);
	/* Its row is told by the way. */
	ck_assert_int_eq(lock_row("db")->waiting, 3);
	open_at(1, line("[%s]", a_lock("db", 5000, 150)));
	ck_assert_uint_eq(open->n_claims, 101);
	ck_assert_int_eq(open->waiting, 150);
	ck_assert(open->has_more);
	open_at(2, line("[]"));
	ck_assert_uint_eq(open->n_claims, 0);
	top_model_close(model);
	/* An answer that comes too late. */
	open_at(3, line("[%s]", a_lock("db", 5000, 3)));
	ck_assert(!open->is_open);
	ck_assert_uint_eq(open->n_claims, 0);
}
END_TEST

/* Members that are missing or of another type. */
START_TEST(odd_answers_do_no_harm)
{
	static const char *const odd[] = {
	    "[]",
	    "7",
	    "null",
	    "{}",
	    "{'keys':7,'kinds':[1,2],'what':3}",
	    "{'keys':[1,'a',null,{},{'kind':'lock'},{'key':'a'}]}",
	    "{'keys':[{'kind':'lock','key':7},{'kind':'x','key':'a'}]}",
	    "{'keys':[{'kind':'lock','key':'a','holders':{},'waiters':8}]}",
	    "{'keys':[{'kind':'lock','key':'a','holders':[7]}]}",
	    "{'kinds':{'lock':7,'pool':{'granted':'many','wait_ms':[]}}}",
	    "{'what':'granted'}",
	    "{'what':'granted','kind':'lock'}",
	    "{'what':'granted','kind':'lock','key':{}}",
	    "{'what':'granted','kind':'nothing','key':'a'}",
	    "{'what':'something','kind':'lock','key':'a'}",
	    "{'what':'missed'}",
	};

	top_model_open(model, TOP_LOCK, "a");
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_t *what = json_pack("[o]", line("[%s]", odd[i]));
		const json_t *answer =
		    json_array_get(json_array_get(what, 0), 0);

		top_model_take_stats(model, answer, START);
		top_model_begin_sweep(model, i % 2 == 0);
		top_model_take_page(model, answer, START);
		top_model_end_sweep(model);
		top_model_take_key(model, TOP_LOCK, "a", answer, START);
		top_model_take_open(model, answer, START);
		top_model_take_event(model, answer, START);
		top_model_tick(model, START + (int64_t)i);
		json_decref(what);
	}
	ck_assert_int_le(n_rows(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_model");
	TCase *tests =
	    scene_case(suite, "top_model", tops_setup, tops_teardown);

	tcase_add_test(tests, each_model_hashes_names_in_its_own_way);
	tcase_add_test(tests, stats_are_taken_as_they_are);
	tcase_add_test(tests, what_an_older_daemon_does_not_tell_is_not_known);
	tcase_add_test(tests, rates_are_of_what_rises_between_two_answers);
	tcase_add_test(tests, late_answer_does_not_bend_the_rates);
	tcase_add_test(tests, counts_of_another_daemon_are_no_grants);
	tcase_add_test(tests, page_tells_who_holds_and_who_waits);
	tcase_add_test(tests, limits_and_pools_tell_what_is_taken);
	tcase_add_test(tests, key_that_a_sweep_of_all_does_not_tell_is_gone);
	tcase_add_test(tests, sweep_of_those_waited_for_takes_only_waits_away);
	tcase_add_test(tests, sweep_may_have_many_pages);
	tcase_add_test(tests, look_up_within_a_sweep_is_not_undone_by_its_end);
	tcase_add_test(tests, look_up_of_a_key_that_is_gone_says_so);
	tcase_add_test(tests, forgotten_flights_count_for_their_key);
	tcase_add_test(tests, open_key_has_all_in_their_order);
	tcase_add_test(tests, odd_answers_do_no_harm);
	return scene_run(suite);
}
