/* SPDX-License-Identifier: MIT */
/*
 * Callbacks of libmsync that are left by a C++ exception: the caller gets it,
 * the turn ends as if the callback had failed, and nothing is left behind.
 */
#include <check.h>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <jansson.h>
#include <semaphore.h>
#include <string>

/* The C of these tests; it has no guards of its own against C++. */
extern "C" {
#include "others.h"
}

namespace
{

/* Not one that anybody else throws. */
struct surprise {
	std::string word;
};

/* One who waits, and its process, once the turn is taken. */
struct guest {
	struct other *other;
	pid_t pid;
};

int throw_at_once(void *)
{
	throw surprise{"at once"};
}

int throw_when_waited_for(void *ctx)
{
	guest *g = static_cast<guest *>(ctx);

	g->pid = other_start(g->other);
	throw surprise{"when waited for"};
}

struct visit visit_of(int (*inside)(void *), void *ctx)
{
	struct visit v = visit();

	v.inside = inside;
	v.ctx = ctx;
	return v;
}

/* Goes in; the word of what comes out, or what way_go returns. */
std::string go(enum way way, struct msync_conn *conn, struct visit *v)
{
	try {
		return std::to_string(way_go(way, conn, v));
	} catch (const surprise &s) {
		return s.word;
	}
}

void expect_word(const std::string &seen, const char *expected)
{
	ck_assert_str_eq(seen.c_str(), expected);
}

} // namespace

START_TEST(turn_that_is_left_by_an_exception_ends_as_a_failure)
{
	struct other *other = other_new(static_cast<enum way>(_i));
	guest g = {other, 0};
	struct visit v = visit_of(throw_when_waited_for, &g);

	way_prepare(other->way, one, &v);
	expect_word(go(other->way, one, &v), "when waited for");
	other_expect_let_in(g.pid, other);
	ck_assert_str_eq(v.destroyed, other->way == WAY_USE ? "1;" : "");
	if (other->way == WAY_FLIGHT)
		ck_assert_ptr_nonnull(strstr(other->message, "exception"));
	way_expect_usable(other->way);
	other_free(other);
}
END_TEST

START_TEST(handle_goes_on_after_an_exception)
{
	enum way way = static_cast<enum way>(_i);
	struct visit v = visit_of(throw_at_once, nullptr);

	way_prepare(way, one, &v);
	for (int i = 0; i < 20; i++) {
		expect_word(go(way, one, &v), "at once");
		ck_assert_int_eq(gauge(P, way_kinds[way], "holds"), 0);
	}
	v.inside = way_nothing;
	expect_word(go(way, one, &v), "0");
	expect_code(one, msync_ping(one), 0);
}
END_TEST

/* Within a lock, a limit; through both. */
static int go_deeper(void *)
{
	struct visit v = visit_of(throw_at_once, nullptr);

	return way_go(WAY_LIMIT, one, &v);
}

START_TEST(exception_passes_through_several_turns)
{
	struct visit v = visit_of(go_deeper, nullptr);

	expect_word(go(WAY_LOCK, one, &v), "at once");
	emptiness_await(P);
	ck_assert_int_eq(was_abandoned(two, "k"), 0);
}
END_TEST

/* Within a lock, a limit whose exception stays inside. */
static int go_and_catch(void *)
{
	struct visit v = visit_of(throw_at_once, nullptr);

	expect_word(go(WAY_LIMIT, one, &v), "at once");
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	ck_assert_int_eq(gauge(P, "limit", "holds"), 0);
	return 9;
}

START_TEST(exception_that_is_caught_inside_ends_the_inner_turn_only)
{
	struct visit v = visit_of(go_and_catch, nullptr);

	expect_word(go(WAY_LOCK, one, &v), "9");
	emptiness_await(P);
}
END_TEST

START_TEST(exception_leaves_a_callback_that_runs_without_the_daemon)
{
	struct visit v = visit_of(throw_at_once, nullptr);

	v.terms = with(MSYNC_TERM_RUN_ANYWAY, 1);
	daemon_kill(&server);
	expect_word(go(WAY_LIMIT, one, &v), "at once");
	expect_word(go(WAY_FLIGHT, one, &v), "at once");
	expect_word(
	    go(WAY_LOCK, one, &v), std::to_string(MSYNC_E_CONN).c_str());
}
END_TEST

/* Destroying ------------------------------------------------------- */

static void throw_in_destroy(void *ctx, const char *, size_t)
{
	++*static_cast<int *>(ctx);
	throw surprise{"in destroy"};
}

/* A pool with two idle objects, which it does not destroy in peace. */
static struct msync_pool *pool_of_two(int *n_destroyed)
{
	struct msync_pool *pool = handles_pool(one, "k", 2);
	struct msync_grant *grants[2];

	msync_pool_set_callbacks(pool, way_make, throw_in_destroy, n_destroyed);
	for (int i = 0; i < 2; i++)
		grants[i] = get_object(pool);
	for (int i = 0; i < 2; i++)
		give_back(grants[i]);
	return pool;
}

START_TEST(exception_of_destroy_leaves_clear)
{
	int n = 0;
	struct msync_pool *pool = pool_of_two(&n);
	std::string word;

	try {
		(void)msync_pool_clear(pool);
	} catch (const surprise &s) {
		word = s.word;
	}
	expect_word(word, "in destroy");
	ck_assert_int_eq(n, 1);
	expect_counts(pool, 0, 0);
	give_back(get_object(pool));
}
END_TEST

START_TEST(exception_of_destroy_leaves_get_and_what_was_got_goes_back)
{
	int n = 0;
	struct msync_pool *pool = handles_pool(one, "k", 2);
	struct msync_grant *grant = nullptr;
	std::string word;

	ck_assert_int_eq(msync_pool_set_max_idle(pool, 50), 0);
	msync_pool_set_callbacks(pool, way_make, throw_in_destroy, &n);
	give_back(get_object(pool));
	let_pass(60);
	try {
		(void)msync_pool_get(pool, 0, nullptr, &grant);
	} catch (const surprise &s) {
		word = s.word;
	}
	expect_word(word, "in destroy");
	ck_assert_int_eq(n, 1);
	ck_assert_ptr_null(grant);
	expect_counts(pool, 0, 0);
	give_back(get_object(pool));
	expect_counts(pool, 1, 1);
}
END_TEST

static int fail_to_use(void *, const char *, size_t)
{
	return 5;
}

START_TEST(exception_of_destroy_leaves_do_after_the_place_is_free)
{
	int n = 0;
	struct msync_pool *pool = pool_of_two(&n);
	std::string word;

	try {
		(void)msync_pool_do(pool, 0, nullptr, fail_to_use, nullptr);
	} catch (const surprise &s) {
		word = s.word;
	}
	expect_word(word, "in destroy");
	ck_assert_int_eq(n, 1);
	expect_counts(pool, 1, 1);
	give_back(get_object(pool));
}
END_TEST

/* Event loops -------------------------------------------------------- */

static void throw_when_told(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *)
{
	++*static_cast<int *>(ctx);
	expect_code(one, code, 0);
	give_back(grant);
	throw surprise{"when told"};
}

START_TEST(exception_leaves_process_and_the_next_callback_is_still_to_come)
{
	const char *const keys[] = {"a", "b", "c"};
	int n = 0, n_caught = 0;

	for (const char *key : keys)
		expect_code(one,
		    msync_lock_acquire_start(
			one, key, 0, nullptr, throw_when_told, &n, nullptr),
		    0);
	gauge_await(P, "lock", "holds", 3);
	while (n < 3) {
		try {
			expect_code(one, msync_process(one), 0);
		} catch (const surprise &s) {
			expect_word(s.word, "when told");
			n_caught++;
		}
	}
	ck_assert_int_eq(n_caught, 3);
	ck_assert_int_eq(msync_process(one), 0);
	ck_assert_int_eq(n, 3);
	emptiness_await(P);
}
END_TEST

int main()
{
	Suite *suite = suite_create("client_throw");
	TCase *tests = handles_case(suite, "client_throw");

	tcase_add_loop_test(tests,
	    turn_that_is_left_by_an_exception_ends_as_a_failure, 0, N_WAYS);
	tcase_add_loop_test(
	    tests, handle_goes_on_after_an_exception, 0, N_WAYS);
	tcase_add_test(tests, exception_passes_through_several_turns);
	tcase_add_test(
	    tests, exception_that_is_caught_inside_ends_the_inner_turn_only);
	tcase_add_test(
	    tests, exception_leaves_a_callback_that_runs_without_the_daemon);
	tcase_add_test(tests, exception_of_destroy_leaves_clear);
	tcase_add_test(
	    tests, exception_of_destroy_leaves_get_and_what_was_got_goes_back);
	tcase_add_test(
	    tests, exception_of_destroy_leaves_do_after_the_place_is_free);
	tcase_add_test(tests,
	    exception_leaves_process_and_the_next_callback_is_still_to_come);
	return scene_run(suite);
}
