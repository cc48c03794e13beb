/* SPDX-License-Identifier: MIT */
/*
 * Grants that nobody wants, and those that the daemon does not take back as
 * they are: none stays held when its caller has done with it.
 */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

static struct msync_conn *conn;
static struct msync_pool *pool;

/* What the pool's objects are made of; to be freed. */
static char *material;

static int create(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)len;
	*json = strdup(material);
	return 0;
}

static void open_pool(void)
{
	conn = watch_open(NULL);
	ck_assert_int_eq(msync_pool_new(&pool, conn, "p", 1), 0);
}

static void close_pool(void)
{
	msync_pool_free(pool);
	watch_close(conn);
	free(material);
}

/* A string of so many bytes, as JSON. */
static char *make_string(size_t len)
{
	char *json = malloc(len + 3);

	ck_assert_ptr_nonnull(json);
	memset(json, 'a', len + 2);
	json[0] = json[len + 1] = '"';
	json[len + 2] = '\0';
	return json;
}

/* Granted to nobody ------------------------------------------------ */

/* Starts to ask for one of each kind that is granted at once, to be told to
 * nobody. */
static void start_unheard(void)
{
	ck_assert_int_eq(
	    msync_lock_acquire_start(conn, "k", 0, NULL, NULL, NULL, NULL), 0);
	ck_assert_int_eq(
	    msync_limit_borrow_start(conn, "l", 1, 0, NULL, NULL, NULL, NULL),
	    0);
	ck_assert_int_eq(
	    msync_flight_begin_start(conn, "f", 0, NULL, NULL, NULL, NULL), 0);
	ck_assert_int_eq(
	    msync_pool_get_start(pool, 0, NULL, NULL, NULL, NULL), 0);
}

START_TEST(what_is_granted_to_nobody_is_given_back)
{
	static const char *const kinds[] = {"lock", "limit", "flight", "pool"};
	open_pool();
	start_unheard();
	watch_expect(conn, msync_ping(conn), 0);
	/* The answers are in; now what they granted goes back. */
	watch_expect(conn, msync_ping(conn), 0);
	emptiness_await(P);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(gauge(P, kinds[i], "granted"), 1);
	ck_assert_int_eq(msync_timeout(conn), -1);
	close_pool();
}
END_TEST

START_TEST(lock_that_nobody_waits_for_any_more_passes_on)
{
	conn = watch_open(NULL);
	acquire(A, "k");
	ck_assert_int_eq(msync_lock_acquire_start(
			     conn, "k", MSYNC_FOREVER, NULL, NULL, NULL, NULL),
	    0);
	gauge_await(P, "lock", "waits", 1);
	wait_for_lock(B, "k");
	expect_ok(release(A, "k"));
	while (gauge(P, "lock", "waits") > 0)
		ck_assert_int_eq(watch_turn(conn), 0);
	expect_ok(client_answer(B));
	watch_close(conn);
}
END_TEST

static void on_pong(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	(void)grant;
	ck_assert_int_eq(code, 0);
	++*(int *)ctx;
	msync_result_free(result);
}

/* Questions until the handle takes no more. */
static int fill(int *n_pongs)
{
	size_t len = 1000000;
	char *members = malloc(len);
	int n = 0;

	ck_assert_ptr_nonnull(members);
	memset(members, 'a', len);
	memcpy(members, "\"x_\":\"", 6);
	memcpy(members + len - 2, "\"", 2);
	while (msync_ask_start(
		   conn, "ping", members, 0, on_pong, n_pongs, NULL) == 0)
		n++;
	free(members);
	return n;
}

START_TEST(grant_is_let_go_of_however_much_waits_to_be_sent)
{
	struct told released = {0};
	struct msync_grant *grants[2];
	int n_pongs = 0, n;

	conn = watch_open(NULL);
	grants[0] = watch_lock(conn, "0");
	grants[1] = watch_lock(conn, "1");
	daemon_freeze(&server);
	n = fill(&n_pongs);
	ck_assert_int_eq(
	    msync_renew_start(grants[0], 1000, NULL, NULL), MSYNC_E_FULL);
	ck_assert_int_eq(
	    msync_release_start(grants[0], watch_told, &released), 0);
	ck_assert_int_eq(msync_release_start(grants[1], NULL, NULL), 0);
	daemon_thaw(&server);
	watch_expect(conn, watch_await(conn, &released), 0);
	ck_assert_int_gt(n, 15);
	ck_assert_int_eq(n_pongs, n);
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(gauge(P, "lock", "holds"), 0);
	watch_close(conn);
}
END_TEST

/* Not taken back --------------------------------------------------- */

/* An object that was just created; its release answers the code, and the
 * place is free. */
static void expect_dropped(int code)
{
	struct msync_grant *grant, *lock;

	msync_pool_set_callbacks(pool, create, NULL, NULL);
	lock = watch_lock(conn, "k");
	watch_expect(conn, msync_pool_get(pool, 0, NULL, &grant), 0);
	watch_expect(conn, msync_release(grant), code);
	watch_expect(conn, msync_ping(conn), 0);
	ck_assert_int_eq(msync_pool_size(pool), 0);
	ck_assert_int_eq(msync_timeout(conn), -1);
	/* The connection goes on. */
	watch_release(lock);
}

START_TEST(object_that_is_longer_than_a_line_is_dropped_by_its_release)
{
	open_pool();
	material = make_string(1 << 20);
	expect_dropped(MSYNC_E_TOO_LONG);
	close_pool();
}
END_TEST

/* Lets the user keep as many values as it may. */
static void use_up_quota(void)
{
	char *value = make_string(1000000);
	json_t *answer;
	bool is_taken;

	for (int i = 0; i < 99; i++)
		expect_ok(ask(A, "{'op':'pool.get','key':'q','capacity':99}"));
	do {
		tell(A, "{'op':'pool.put','key':'q','value':%s}", value);
		answer = client_answer(A);
		is_taken = json_is_true(json_object_get(answer, "ok"));
		if (!is_taken)
			expect_error(json_incref(answer), "quota");
		json_decref(answer);
	} while (is_taken);
	free(value);
}

START_TEST(object_that_is_too_much_to_keep_is_dropped_by_its_release)
{
	open_pool();
	material = make_string(1000000);
	use_up_quota();
	expect_dropped(MSYNC_E_QUOTA);
	close_pool();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    what_is_granted_to_nobody_is_given_back,
	    lock_that_nobody_waits_for_any_more_passes_on,
	    grant_is_let_go_of_however_much_waits_to_be_sent,
	    object_that_is_longer_than_a_line_is_dropped_by_its_release,
	    object_that_is_too_much_to_keep_is_dropped_by_its_release,
	    NULL,
	};

	return run_tests("unwanted", tests);
}
