/* SPDX-License-Identifier: MIT */
/*
 * Callbacks of libmsync that fail or jump out. Whatever they do, the turn ends
 * as msync.h says, and the key can be had again. Threads that end in them and
 * processes that are killed in them are in test_client_leave_thread.c, C++
 * exceptions in test_client_throw.cc.
 */
#include "others.h"
#include "ways.h"

#include <setjmp.h>

/* Failing -------------------------------------------------------------- */

static int return_number(void *ctx)
{
	return *(int *)ctx;
}

START_TEST(positive_number_of_a_callback_is_handed_back)
{
	enum way way = (enum way)_i;
	int number = 12345;
	struct visit visit = {.inside = return_number, .ctx = &number};

	way_prepare(way, one, &visit);
	expect_code(one, way_go(way, one, &visit), 12345);
	ck_assert_str_eq(visit.destroyed, way == WAY_USE ? "1;" : "");
	present_await(P, way_kinds[way], 0);
	way_expect_usable(way);
	if (way == WAY_LOCK)
		ck_assert_int_eq(was_abandoned(one, "k"), 0);
}
END_TEST

START_TEST(negative_number_of_a_callback_is_a_failure_with_its_number)
{
	enum way way = (enum way)_i;
	int number = -12345;
	struct visit visit = {.inside = return_number, .ctx = &number};

	way_prepare(way, one, &visit);
	expect_failure(
	    one, way_go(way, one, &visit), MSYNC_E_CALLBACK, "-12345", NULL);
	ck_assert_str_eq(visit.destroyed, way == WAY_USE ? "1;" : "");
	present_await(P, way_kinds[way], 0);
	way_expect_usable(way);
	/* A code of the library's own is none when a callback returns it. */
	number = MSYNC_E_BUSY;
	expect_code(one, way_go(way, one, &visit), MSYNC_E_CALLBACK);
}
END_TEST

/* Losing the turn ------------------------------------------------------ */

static void never_told(void *ctx, struct msync_grant *grant, const char *reason)
{
	(void)ctx;
	ck_abort_msg("told of %s: %s", msync_grant_key(grant), reason);
}

static int outstay(void *ctx)
{
	let_pass(1010);
	expect_code(ctx, msync_process(ctx), 0);
	return 0;
}

START_TEST(turn_that_is_lost_meanwhile_is_answered_lost_by_its_call_alone)
{
	enum way way = (enum way)_i;
	struct msync_opts *opts = handles_opts();
	struct visit visit = {.inside = outstay};
	struct msync_conn *conn;

	ck_assert_int_eq(msync_opts_set_on_lost(opts, never_told, NULL), 0);
	conn = handle_open(opts);
	visit.ctx = conn;
	visit.terms = with(MSYNC_TERM_LEASE_MS, 1000);
	way_prepare(way, conn, &visit);
	/* A flight has its result all the same, for itself. */
	if (way == WAY_FLIGHT)
		expect_code(conn, way_go(way, conn, &visit), 0);
	else
		expect_failure(
		    conn, way_go(way, conn, &visit), MSYNC_E_LOST, "k", NULL);
	/* Of a new object, only its maker knows what to destroy. */
	ck_assert_str_eq(
	    visit.destroyed, way == WAY_USE || way == WAY_CREATE ? "1;" : "");
	expect_code(conn, msync_process(conn), 0);
	way_expect_usable(way);
	msync_close(conn);
}
END_TEST

START_TEST(object_that_is_lost_while_it_is_used_is_destroyed_by_the_next_one)
{
	struct visit visit = {.inside = outstay, .ctx = one};
	struct visit next = {.inside = way_nothing};

	way_fill(WAY_USE, two);
	visit.terms = with(MSYNC_TERM_LEASE_MS, 1000);
	way_prepare(WAY_USE, one, &visit);
	expect_code(one, way_go(WAY_USE, one, &visit), MSYNC_E_LOST);
	ck_assert_str_eq(visit.destroyed, "");
	way_prepare(WAY_USE, two, &next);
	expect_code(two, way_go(WAY_USE, two, &next), 0);
	ck_assert_str_eq(next.destroyed, "1;");
}
END_TEST

static size_t n_bytes_destroyed;

static void count_bytes(void *ctx, const char *json, size_t len)
{
	(void)ctx;
	(void)json;
	n_bytes_destroyed += len;
}

START_TEST(object_that_cannot_be_put_after_its_use_is_destroyed)
{
	struct maker maker = {.json = long_number(A_MILLION)};
	struct msync_pool *pool = handles_pool(one, "k", 1);

	use_up_share(two);
	msync_pool_set_callbacks(pool, maker_create, count_bytes, &maker);
	expect_failure(one, msync_pool_do(pool, 0, NULL, way_ignore, NULL),
	    MSYNC_E_QUOTA, "bytes", NULL);
	ck_assert_uint_eq(n_bytes_destroyed, A_MILLION);
	expect_counts(pool, 0, 0);
	free((char *)maker.json);
}
END_TEST

/* Jumping out ---------------------------------------------------------- */

static jmp_buf outside;

struct jump {
	struct other *other;
	pid_t pid;
};

static int jump_out(void *ctx)
{
	struct jump *jump = ctx;

	if (jump->other != NULL)
		jump->pid = other_start(jump->other);
	longjmp(outside, 1);
}

/* Goes in, and is back when somebody has jumped out. */
static void go_and_jump(
    enum way way, struct msync_conn *conn, struct visit *visit)
{
	if (setjmp(outside) == 0) {
		(void)way_go(way, conn, visit);
		ck_abort_msg("nobody has jumped");
	}
}

START_TEST(turn_that_was_left_by_longjmp_ends_with_a_reset)
{
	struct other *other = other_new((enum way)_i);
	struct jump jump = {.other = other};
	struct visit visit = {.inside = jump_out, .ctx = &jump};

	way_fill(other->way, two);
	way_prepare(other->way, one, &visit);
	go_and_jump(other->way, one, &visit);
	/* Until then it stays, also through other calls. */
	expect_code(one, msync_ping(one), 0);
	ck_assert_int_eq(gauge(P, way_kinds[other->way], "holds"), 1);
	ck_assert_int_eq(gauge(P, way_kinds[other->way], "waits"), 1);
	expect_code(one, msync_reset(one), 0);
	other_expect_inheritance(jump.pid, other);
	way_expect_usable(other->way);
	visit.inside = way_nothing;
	expect_code(one, way_go(other->way, one, &visit), 0);
	other_free(other);
}
END_TEST

START_TEST(turn_that_was_left_by_longjmp_ends_with_its_handle)
{
	struct other *other = other_new((enum way)_i);
	struct msync_conn *conn = handle_open(NULL);
	struct jump jump = {.other = other};
	struct visit visit = {.inside = jump_out, .ctx = &jump};

	way_fill(other->way, two);
	way_prepare(other->way, conn, &visit);
	go_and_jump(other->way, conn, &visit);
	ck_assert_int_eq(gauge(P, way_kinds[other->way], "holds"), 1);
	msync_close(conn);
	other_expect_inheritance(jump.pid, other);
	way_expect_usable(other->way);
	other_free(other);
}
END_TEST

START_TEST(turn_that_was_left_by_longjmp_ends_with_a_reopen)
{
	struct other *other = other_new((enum way)_i);
	struct jump jump = {.other = other};
	struct visit visit = {.inside = jump_out, .ctx = &jump};

	way_fill(other->way, two);
	way_prepare(other->way, one, &visit);
	go_and_jump(other->way, one, &visit);
	expect_code(one, msync_reopen(one), 0);
	other_expect_inheritance(jump.pid, other);
	way_expect_usable(other->way);
	other_free(other);
}
END_TEST

/* Within a lock, a limit; and out of both. */
static int go_deeper(void *ctx)
{
	struct jump jump = {.other = NULL};
	struct visit visit = {.inside = jump_out, .ctx = &jump};

	(void)ctx;
	return way_go(WAY_LIMIT, one, &visit);
}

START_TEST(turns_that_were_left_by_one_longjmp_end_with_one_reset)
{
	struct visit visit = {.inside = go_deeper};

	go_and_jump(WAY_LOCK, one, &visit);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 1);
	ck_assert_int_eq(gauge(P, "limit", "holds"), 1);
	expect_code(one, msync_reset(one), 0);
	emptiness_await(P);
	for (int i = 0; i < 100; i++) {
		go_and_jump(WAY_LOCK, one, &visit);
		expect_code(one, msync_reset(one), 0);
	}
	way_expect_usable(WAY_LOCK);
	way_expect_usable(WAY_LIMIT);
}
END_TEST

int main(void)
{
	static const TTest *const *const tests[] = {
	    &positive_number_of_a_callback_is_handed_back,
	    &negative_number_of_a_callback_is_a_failure_with_its_number,
	    &turn_that_is_lost_meanwhile_is_answered_lost_by_its_call_alone,
	    &turn_that_was_left_by_longjmp_ends_with_a_reset,
	    &turn_that_was_left_by_longjmp_ends_with_its_handle,
	    &turn_that_was_left_by_longjmp_ends_with_a_reopen,
	};
	Suite *suite = suite_create("client_leave");
	TCase *tcase = handles_case(suite, "client_leave");

	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)
		tcase_add_loop_test(tcase, *tests[i], 0, N_WAYS);
	tcase_add_test(tcase,
	    object_that_is_lost_while_it_is_used_is_destroyed_by_the_next_one);
	tcase_add_test(
	    tcase, object_that_cannot_be_put_after_its_use_is_destroyed);
	tcase_add_test(
	    tcase, turns_that_were_left_by_one_longjmp_end_with_one_reset);
	return scene_run(suite);
}
