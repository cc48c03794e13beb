/* SPDX-License-Identifier: MIT */
/*
 * What the Go original promises of goroutines, by libmsync and with processes:
 * a hundred that call one interface, or share twenty connections. What they do
 * is counted by themselves, in memory that they share. All wait before the
 * first one is let on, so that nothing depends on who is how fast.
 */
#define _GNU_SOURCE 1
#include "child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_PROCESSES   100
#define N_CONNECTIONS 20
#define MAX_CREATED   100

/* What all processes of a test see. */
struct scene {
	struct gate gate; /* inside of the callback */
	struct presence inside;
	/* Connections: all that were made and are not destroyed; each one, by
	 * its number; and each one in the hand of somebody. */
	struct presence alive, connections[MAX_CREATED], hands[MAX_CREATED];
	struct presence numbers; /* of them, those that are given */
};

static struct scene *scene;

static void open_scene(void)
{
	scene = shared_new(sizeof(*scene));
	gate_init(&scene->gate);
}

/* Limit ---------------------------------------------------------------- */

/* The call of the interface. */
static int request(void *ctx)
{
	(void)ctx;
	presence_enter(&scene->inside);
	gate_pass(&scene->gate);
	presence_leave(&scene->inside);
	return 0;
}

static int call_limited(struct msync_conn *conn, void *ctx)
{
	(void)ctx;
	expect_code(conn,
	    msync_limit_do(conn, "api", 10, MSYNC_FOREVER, NULL, request, NULL),
	    0);
	return 7;
}

START_TEST(ten_of_a_hundred_processes_are_inside_and_never_more)
{
	struct msync_grant *none;
	pid_t pids[N_PROCESSES];

	open_scene();
	children_start(pids, N_PROCESSES, call_limited, NULL);
	/* In ten waves: ten are in, and the others can only wait. */
	for (int left = N_PROCESSES; left > 0; left -= 10) {
		gate_await(&scene->gate, 10);
		gauge_await(P, "limit", "waits", left - 10);
		ck_assert_int_eq(scene->inside.now, 10);
		expect_code(one,
		    msync_limit_try_borrow(one, "api", 10, NULL, &none),
		    MSYNC_E_BUSY);
		gate_let(&scene->gate, 10);
	}
	children_expect(pids, N_PROCESSES, 7);
	ck_assert_int_eq(scene->inside.most, 10);
	emptiness_await(P);
	shared_free(scene, sizeof(*scene));
}
END_TEST

/* Pool ----------------------------------------------------------------- */

static int create_connection(void *ctx, char **json, size_t *len)
{
	/* Nobody gives a number back. */
	int number = presence_enter(&scene->numbers) - 1;

	(void)ctx;
	(void)len;
	ck_assert_int_lt(number, MAX_CREATED);
	presence_enter(&scene->alive);
	presence_enter(&scene->connections[number]);
	ck_assert_int_gt(asprintf(json, "{\"connection\":%d}", number), 0);
	return 0;
}

static int number_of(const char *json, size_t len)
{
	json_t *value = json_loadb(json, len, 0, NULL);
	json_t *number = json_object_get(value, "connection");
	int n = (int)json_integer_value(number);

	ck_assert(json_is_integer(number));
	json_decref(value);
	return n;
}

/* It is there, in nobody's hand, and destroyed for the first time. */
static void destroy_connection(void *ctx, const char *json, size_t len)
{
	int number = number_of(json, len);

	(void)ctx;
	ck_assert_int_eq(scene->hands[number].now, 0);
	ck_assert_int_eq(presence_leave(&scene->connections[number]), 0);
	presence_leave(&scene->alive);
}

/* It is there, and in one hand only. */
static int use_connection(void *ctx, const char *json, size_t len)
{
	int number = number_of(json, len);

	(void)ctx;
	ck_assert_int_eq(scene->connections[number].now, 1);
	ck_assert_int_eq(presence_enter(&scene->hands[number]), 1);
	presence_enter(&scene->inside);
	gate_pass(&scene->gate);
	presence_leave(&scene->inside);
	ck_assert_int_eq(presence_leave(&scene->hands[number]), 0);
	return 0;
}

static struct msync_pool *pool_of_connections(struct msync_conn *conn)
{
	struct msync_pool *pool = handles_pool(conn, "db", N_CONNECTIONS);

	msync_pool_set_callbacks(
	    pool, create_connection, destroy_connection, NULL);
	return pool;
}

static int query_twice(struct msync_conn *conn, void *ctx)
{
	struct msync_pool *pool = pool_of_connections(conn);

	(void)ctx;
	for (int i = 0; i < 2; i++)
		expect_code(conn,
		    msync_pool_do(
			pool, MSYNC_FOREVER, NULL, use_connection, NULL),
		    0);
	return 7;
}

/* A hundred processes come and go; the connections stay. */
static struct msync_pool *serve_all(void)
{
	struct msync_pool *pool = pool_of_connections(one);
	pid_t pids[N_PROCESSES];

	children_start(pids, N_PROCESSES, query_twice, NULL);
	gate_await(&scene->gate, N_CONNECTIONS);
	gauge_await(P, "pool", "waits", N_PROCESSES - N_CONNECTIONS);
	ck_assert_int_eq(scene->inside.now, N_CONNECTIONS);
	ck_assert_int_eq(msync_pool_size(pool), N_CONNECTIONS);
	ck_assert_int_eq(msync_pool_available(pool), 0);
	gate_let(&scene->gate, 2 * N_PROCESSES);
	children_expect(pids, N_PROCESSES, 7);
	return pool;
}

START_TEST(twenty_connections_serve_a_hundred_processes)
{
	struct msync_pool *pool;

	open_scene();
	pool = serve_all();
	ck_assert_int_eq(scene->inside.most, N_CONNECTIONS);
	ck_assert_int_eq(scene->inside.ever, 2 * N_PROCESSES);
	ck_assert_int_eq(scene->alive.ever, N_CONNECTIONS);
	ck_assert_int_eq(msync_pool_size(pool), N_CONNECTIONS);
	ck_assert_int_eq(msync_pool_available(pool), N_CONNECTIONS);
	ck_assert_int_eq(msync_pool_clear(pool), N_CONNECTIONS);
	ck_assert_int_eq(scene->alive.now, 0);
	shared_free(scene, sizeof(*scene));
}
END_TEST

START_TEST(connections_that_were_idle_for_too_long_are_destroyed_once)
{
	struct msync_result *result;
	struct msync_pool *pool;

	open_scene();
	pool = serve_all();
	expect_code(one,
	    msync_ask(one, "pool.set", "\"key\":\"db\",\"max_idle_ms\":50", 0,
		&result),
	    0);
	msync_result_free(result);
	let_pass(60);
	ck_assert_int_eq(msync_pool_available(pool), N_CONNECTIONS);
	gate_let(&scene->gate, 1);
	expect_code(one, msync_pool_do(pool, 0, NULL, use_connection, NULL), 0);
	ck_assert_int_eq(scene->alive.ever, N_CONNECTIONS + 1);
	ck_assert_int_eq(scene->alive.now, 1);
	ck_assert_int_eq(scene->alive.most, N_CONNECTIONS);
	ck_assert_int_eq(msync_pool_size(pool), 1);
	shared_free(scene, sizeof(*scene));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    ten_of_a_hundred_processes_are_inside_and_never_more,
	    twenty_connections_serve_a_hundred_processes,
	    connections_that_were_idle_for_too_long_are_destroyed_once,
	    NULL,
	};

	return handles_run("client_samples_limit", tests);
}
