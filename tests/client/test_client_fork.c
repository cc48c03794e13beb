/* SPDX-License-Identifier: MIT */
/*
 * A handle and fork(2): a table of what the parent was at, who dies, and what
 * the child makes of the handle that it inherits. Each row is judged by the
 * daemon, in its gauges and by who gets the lock next, and by what both
 * processes were answered.
 *
 * "Before connect" means: there was no daemon when the parent opened the
 * handle, so the child inherits one without a connection; the parent connects,
 * and begins what the row says, after the fork. "After connect": all that was
 * before the fork.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "kin.h"
#include "scene.h"
#include "steps.h"

#include <stdbool.h>
#include <stdio.h>

#define N_RAW 5 /* connections of the test itself */

enum when {
	BEFORE_CONNECT,
	AFTER_CONNECT,
};

enum what {
	IDLE,
	HOLDING,
	WAITING,
};

enum dying {
	PARENT_DIES,
	CHILD_DIES,
};

enum use {
	CHILD_USES,
	CHILD_IGNORES,
};

static const struct row {
	const char *name;
	enum when when;
	enum what what;
	enum dying dying;
	enum use use;
} rows[] = {
#define ROW(when, what, dying, use)                                            \
	{                                                                      \
#when ", " #what ", " #dying ", " #use, when, what, dying, use \
	}
#define ROWS_OF(when, what)                                                    \
	ROW(when, what, PARENT_DIES, CHILD_USES),                              \
	    ROW(when, what, PARENT_DIES, CHILD_IGNORES),                       \
	    ROW(when, what, CHILD_DIES, CHILD_USES),                           \
	    ROW(when, what, CHILD_DIES, CHILD_IGNORES)
    ROWS_OF(BEFORE_CONNECT, IDLE),
    ROWS_OF(BEFORE_CONNECT, HOLDING),
    ROWS_OF(BEFORE_CONNECT, WAITING),
    ROWS_OF(AFTER_CONNECT, IDLE),
    ROWS_OF(AFTER_CONNECT, HOLDING),
    ROWS_OF(AFTER_CONNECT, WAITING),
};

#define N_ROWS ((int)(sizeof(rows) / sizeof(rows[0])))

_Static_assert(sizeof(rows) / sizeof(rows[0]) == 24, "2 * 3 * 2 * 2");

static struct kin kin;

static void set_up(void)
{
	daemon_start(&server, NULL);
	for (int i = 0; i < N_RAW; i++)
		client_open(&connections[i], &server);
}

static void tear_down(void)
{
	for (int i = 0; i < N_RAW; i++)
		client_close(&connections[i]);
	daemon_stop(&server);
}

/* The beginning ---------------------------------------------------- */

/* The parent comes to be at what the row says. Who waits, waits for A; who
 * waits behind a holder is B. */
static void begin(const struct row *row)
{
	if (row->what == HOLDING) {
		ck_assert_int_eq(kin_ask_parent(&kin, step_hold), 0);
		wait_for_lock(B, "k");
	} else if (row->what == WAITING) {
		acquire(A, "k");
		ck_assert_int_eq(kin_ask_parent(&kin, step_wait), 0);
	}
}

static void connect_and_fork(const struct row *row)
{
	kin_start(&kin);
	if (row->when == BEFORE_CONNECT) {
		ck_assert_int_eq(kin_ask_parent(&kin, step_open), MSYNC_E_CONN);
		kin_fork(&kin);
		steps_let_there_be_a_daemon();
		ck_assert_int_eq(kin_ask_parent(&kin, step_reopen), 0);
		begin(row);
	} else {
		steps_let_there_be_a_daemon();
		ck_assert_int_eq(kin_ask_parent(&kin, step_open), 0);
		begin(row);
		kin_fork(&kin);
	}
}

/* What the daemon sees of the parent; n: sessions of the two. */
static void expect_parent_at(const struct row *row, int n, int n_own_holds)
{
	connected_await(P, N_RAW + n);
	ck_assert_int_eq(
	    gauge(P, "lock", "holds"), (row->what != IDLE) + n_own_holds);
	ck_assert_int_eq(gauge(P, "lock", "waits"), row->what != IDLE);
	if (row->what == HOLDING)
		expect_silence(B);
}

/* The child -------------------------------------------------------- */

static bool inherits_grant(const struct row *row)
{
	return row->when == AFTER_CONNECT && row->what == HOLDING;
}

/* The child tries all there is, lets go of what is not its own, and gets a
 * session. */
static void use_in_child(const struct row *row)
{
	ck_assert_int_eq(kin_ask_child(&kin, step_try_everything), 0);
	if (inherits_grant(row))
		ck_assert_int_eq(
		    kin_ask_child(&kin, step_release), MSYNC_E_FORKED);
	expect_parent_at(row, 1, 0);

	ck_assert_int_eq(kin_ask_child(&kin, step_reopen), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_ping), 0);
	expect_parent_at(row, 2, 0);
	if (row->what != IDLE)
		ck_assert_int_eq(kin_ask_child(&kin, step_hold), MSYNC_E_BUSY);
	ck_assert_int_eq(kin_ask_child(&kin, step_hold_own), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_process), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_count_called), 0);
	expect_error(try_lock(C, "c"), "busy");
	expect_parent_at(row, 2, 1);
}

/* What the child held of its own ended with its session. */
static void expect_child_left_nothing(void)
{
	connected_await(P, N_RAW + 1);
	expect(try_lock(C, "c"), ABANDONED);
	expect_ok(release(C, "c"));
}

/* The ends --------------------------------------------------------- */

/* Everything of the parent's is free at once; the child lives, and keeps
 * what is its own. */
static void bury_parent(const struct row *row)
{
	bool uses = row->use == CHILD_USES;

	kin_kill_parent(&kin);
	if (row->what == HOLDING) {
		expect(client_answer(B), ABANDONED);
		expect_ok(release(B, "k"));
	} else if (row->what == WAITING) {
		gauge_await(P, "lock", "waits", 0);
		expect_ok(release(A, "k"));
	}
	connected_await(P, N_RAW + uses);
	acquire(A, "k");
	expect_ok(release(A, "k"));
	ck_assert_int_eq(kin_ask_child(&kin, step_live), 0);
	ck_assert_int_eq(gauge(P, "lock", "holds"), uses);
	if (!uses)
		return;
	ck_assert_int_eq(kin_ask_child(&kin, step_ping), 0);
	ck_assert_int_eq(kin_ask_child(&kin, step_release), 0);
	expect_ok(try_lock(C, "c"));
	expect_ok(release(C, "c"));
	ck_assert_int_eq(kin_ask_child(&kin, step_close), 0);
}

/* The parent goes on to the end of what it was at. */
static void finish_parent(const struct row *row)
{
	ck_assert_int_eq(kin_ask_parent(&kin, step_ping), 0);
	if (row->what == WAITING) {
		expect_ok(release(A, "k"));
		ck_assert_int_eq(kin_ask_parent(&kin, step_hear), 0);
		ck_assert_int_eq(kin_ask_parent(&kin, step_count_called), 1);
		expect_error(try_lock(C, "k"), "busy");
	} else if (row->what == IDLE) {
		ck_assert_int_eq(kin_ask_parent(&kin, step_hold), 0);
		wait_for_lock(B, "k");
	}
	ck_assert_int_eq(kin_ask_parent(&kin, step_release), 0);
	if (row->what != WAITING) {
		expect(client_answer(B), GRANTED);
		expect_ok(release(B, "k"));
	}
	ck_assert_int_eq(kin_ask_parent(&kin, step_close), 0);
}

/* Nothing of the parent's is free, whether the child goes in an orderly way or
 * not. */
static void bury_child(const struct row *row)
{
	if (row->use == CHILD_USES) {
		/* The grant of its own, which it does not let go of, is what
		 * is left after the handle. */
		ck_assert_int_eq(kin_ask_child(&kin, step_close), 1);
		expect_child_left_nothing();
		ck_assert_int_eq(
		    kin_ask_child(&kin, step_release), MSYNC_E_LOST);
		ck_assert_int_eq(kin_ask_child(&kin, step_count_blocks), 0);
	}
	kin_kill_child(&kin);
	expect_parent_at(row, 1, 0);
	if (row->what == HOLDING)
		expect_error(try_lock(C, "k"), "busy");
	finish_parent(row);
}

START_TEST(handle_belongs_to_the_process_that_opened_it)
{
	const struct row *row = &rows[_i];

	fprintf(stderr, "%s\n", row->name);
	connect_and_fork(row);
	expect_parent_at(row, 1, 0);
	if (row->use == CHILD_USES)
		use_in_child(row);
	if (row->dying == PARENT_DIES)
		bury_parent(row);
	else
		bury_child(row);
	emptiness_await(P);
	connected_await(P, N_RAW);
	kin_end(&kin);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client, fork");
	TCase *tests = scene_case(suite, "fork", set_up, tear_down);

	tcase_add_loop_test(
	    tests, handle_belongs_to_the_process_that_opened_it, 0, N_ROWS);
	return scene_run(suite);
}
