/* SPDX-License-Identifier: MIT */
/* The calls of event loops, a daemon that hangs, and the end: see nomem.h. */
#define _GNU_SOURCE 1
#include "nomem.h"

#include "fixture.h"
#include "memory.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

/* Turns ------------------------------------------------------------ */

enum {
	LOCK,
	LIMIT,
	LEAD,
	FAILING_LEAD,
	OBJECT,
	BROKEN_OBJECT,
	N_TURNS,
	N_QUESTIONS = 6 /* so many calls at once that their table grows */
};

static void start_turns(struct ear turns[N_TURNS], struct msync_pool *pool)
{
	START(&turns[LOCK], one,
	    msync_lock_acquire_start(
		one, "s", 0, NULL, nomem_on_done, &turns[LOCK], NULL));
	START(&turns[LIMIT], one,
	    msync_limit_borrow_start(
		one, "s", 2, 0, NULL, nomem_on_done, &turns[LIMIT], NULL));
	START(&turns[LEAD], one,
	    msync_flight_begin_start(
		one, "s", 0, NULL, nomem_on_done, &turns[LEAD], NULL));
	START(&turns[FAILING_LEAD], one,
	    msync_flight_begin_start(one, "s failing", 0, NULL, nomem_on_done,
		&turns[FAILING_LEAD], NULL));
	for (int i = OBJECT; i <= BROKEN_OBJECT; i++)
		START(&turns[i], one,
		    msync_pool_get_start(
			pool, 0, NULL, nomem_on_done, &turns[i], NULL));
}

static void start_questions(struct ear questions[N_QUESTIONS])
{
	for (int i = 0; i < N_QUESTIONS; i++)
		START(&questions[i], one,
		    msync_ask_start(one, "ping", NULL, 0, nomem_on_done,
			&questions[i], NULL));
}

/* A call about a grant, where there is one. */
#define START_ABOUT(ear, turn, call)                                           \
	do {                                                                   \
		if ((turn)->grant != NULL)                                     \
			START(ear, one, call);                                 \
	} while (0)

static void end_turns(struct ear turns[N_TURNS], struct ear ends[N_TURNS])
{
	START_ABOUT(&ends[LOCK], &turns[LOCK],
	    msync_renew_start(
		turns[LOCK].grant, 60000, nomem_on_done, &ends[LOCK]));
	START_ABOUT(&ends[LEAD], &turns[LEAD],
	    msync_flight_finish_start(
		turns[LEAD].grant, "[1]", 3, 0, nomem_on_done, &ends[LEAD]));
	START_ABOUT(&ends[FAILING_LEAD], &turns[FAILING_LEAD],
	    msync_flight_fail_start(turns[FAILING_LEAD].grant, "no", NULL, 0, 0,
		nomem_on_done, &ends[FAILING_LEAD]));
	START_ABOUT(&ends[OBJECT], &turns[OBJECT],
	    msync_pool_put_start(turns[OBJECT].grant, "\"kept\"", 6,
		nomem_on_done, &ends[OBJECT]));
	START_ABOUT(&ends[BROKEN_OBJECT], &turns[BROKEN_OBJECT],
	    msync_pool_drop_start(turns[BROKEN_OBJECT].grant, nomem_on_done,
		&ends[BROKEN_OBJECT]));
}

/* Releases while the calls about the grants are under way, so that both have a
 * say in when they are freed. */
static void release_turns(struct ear turns[N_TURNS], struct ear last[N_TURNS])
{
	for (int i = 0; i < N_TURNS; i++) {
		struct msync_grant *grant = turns[i].grant;

		turns[i].grant = NULL;
		if (grant != NULL)
			START(&last[i], one,
			    msync_release_start(
				grant, nomem_on_done, &last[i]));
	}
}

static void hear_all(struct ear ears[], int n)
{
	for (int i = 0; i < n; i++)
		(void)nomem_hear(one, &ears[i], 0);
}

static void end_all(struct ear ears[], int n)
{
	for (int i = 0; i < n; i++)
		nomem_end(&ears[i]);
}

static void take_turns(struct msync_pool *pool)
{
	struct ear turns[N_TURNS] = {0}, ends[N_TURNS] = {0};
	struct ear last[N_TURNS] = {0}, questions[N_QUESTIONS] = {0};

	start_turns(turns, pool);
	start_questions(questions);
	hear_all(turns, N_TURNS);
	hear_all(questions, N_QUESTIONS);
	end_turns(turns, ends);
	release_turns(turns, last);
	hear_all(ends, N_TURNS);
	hear_all(last, N_TURNS);
	end_all(turns, N_TURNS);
	end_all(ends, N_TURNS);
	end_all(last, N_TURNS);
	end_all(questions, N_QUESTIONS);
}

/* Waits ------------------------------------------------------------ */

/* A wait that is cancelled, and two that last until the handle is closed. The
 * lock "other" is somebody else's. A connection that had not said that it is
 * multiplexed could not wait for it twice. */
static void wait_in_vain(
    struct ear *cancelled, struct ear *again, struct ear *closed)
{
	struct msync_call *call;

	START(cancelled, one,
	    msync_lock_acquire_start(one, "other", MSYNC_FOREVER, NULL,
		nomem_on_done, cancelled, &call));
	START(again, one,
	    msync_lock_acquire_start(
		one, "other", MSYNC_FOREVER, NULL, nomem_on_done, again, NULL));
	START(closed, two,
	    msync_lock_acquire_start(
		two, "other", 600000, NULL, nomem_on_done, closed, NULL));
	/* Where it cannot be sent, it waits on. */
	if (cancelled->is_due && GOT(one, msync_call_cancel(call), 0))
		(void)nomem_hear(one, cancelled, MSYNC_E_CANCELLED);
}

static void expect_closed(struct ear *ear)
{
	if (ear->is_due && ear->code != MSYNC_E_CLOSED)
		ck_assert_msg(
		    !nomem_is_untouched() && (ear->code == MSYNC_E_NOMEM ||
						 ear->code == MSYNC_E_CONN),
		    "callback: %s, not closed", msync_strcode(ear->code));
	nomem_end(ear);
}

void nomem_play_started(void)
{
	struct ear cancelled = {0}, again = {0}, closed = {0};
	struct msync_grant *grant;
	struct msync_pool *pool;
	int n_destroyed = 0;

	if (GOT(NULL, msync_pool_new(&pool, one, "s", 2), 0)) {
		(void)msync_pool_set_callbacks(
		    pool, nomem_on_create, nomem_on_destroy, &n_destroyed);
		take_turns(pool);
		(void)GOT_COUNT(one, msync_pool_clear(pool), 1);
		msync_pool_free(pool);
	}
	wait_in_vain(&cancelled, &again, &closed);
	(void)GOT(one, msync_lock_acquire(one, "last", 0, NULL, &grant), 0);
	msync_close(one);
	msync_close(two);
	one = two = NULL;
	nomem_end(&cancelled);
	expect_closed(&again);
	expect_closed(&closed);
	(void)GOT(NULL, msync_release(grant), grant == NULL ? 0 : MSYNC_E_LOST);
}

/* Silence ---------------------------------------------------------- */

static void open_impatient(struct msync_conn **conn)
{
	struct msync_opts *opts;

	*conn = NULL;
	if (!GOT(NULL, msync_opts_new(&opts), 0))
		return;
	(void)GOT(NULL, msync_opts_set_socket(opts, server.socket), 0);
	(void)GOT(NULL, msync_opts_set_answer_ms(opts, 1), 0);
	(void)GOT(NULL, msync_open(conn, opts), 0);
	msync_opts_free(opts);
}

/* The handle cannot give up a call without memory, and tries again until there
 * is some, or it is closed. */
static void hear_silence(struct msync_conn *conn, struct ear *ear)
{
	while (ear->is_due && ear->n_heard == 0 && !memory_is_gone())
		nomem_process(conn);
	if (ear->n_heard > 0)
		(void)nomem_hear(conn, ear, MSYNC_E_SILENT);
}

/* A daemon that stands still; what it is asked for meanwhile is taken back or
 * given back. */
void nomem_play_silence(void)
{
	struct ear ear = {0};
	struct msync_conn *conn;
	struct msync_grant *grant;

	daemon_freeze(&server);
	open_impatient(&conn);
	if (conn != NULL) {
		/* What it takes back, it need not be able to. */
		(void)GOT_ANYHOW(conn,
		    msync_lock_acquire(conn, "silent", 1, NULL, &grant),
		    MSYNC_E_SILENT);
		ck_assert_ptr_null(grant);
		START(&ear, conn,
		    msync_lock_acquire_start(conn, "silent too", 0, NULL,
			nomem_on_done, &ear, NULL));
		hear_silence(conn, &ear);
		/* Nothing is left that an event loop could do. */
		if (nomem_is_untouched())
			ck_assert_int_eq(msync_timeout(conn), -1);
	}
	daemon_thaw(&server);
	msync_close(conn);
	nomem_end(&ear);
}
