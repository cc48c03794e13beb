/* SPDX-License-Identifier: MIT */
/* The fixture of the tests of libmsync: see handles.h. */
#define _GNU_SOURCE 1
#include "handles.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_THINGS 16
#define N_RAW      (sizeof(connections) / sizeof(connections[0]))

struct msync_conn *one, *two;

/* What a test has asked for and does not end itself. */
static struct msync_terms *terms_made[MAX_THINGS];
static struct msync_pool *pools_made[MAX_THINGS];
static int n_terms, n_pools;

struct msync_opts *handles_opts(void)
{
	struct msync_opts *opts;

	ck_assert_int_eq(msync_opts_new(&opts), 0);
	ck_assert_int_eq(msync_opts_set_socket(opts, server.socket), 0);
	return opts;
}

struct msync_conn *handle_open(struct msync_opts *opts)
{
	struct msync_conn *conn;
	int code;

	if (opts == NULL)
		opts = handles_opts();
	code = msync_open(&conn, opts);
	msync_opts_free(opts);
	expect_code(conn, code, 0);
	return conn;
}

static struct msync_conn *open_named(const char *name)
{
	struct msync_opts *opts = handles_opts();

	ck_assert_int_eq(msync_opts_set_client(opts, name), 0);
	return handle_open(opts);
}

void handles_close_raw(void)
{
	for (size_t i = 0; i < N_RAW; i++)
		client_close(&connections[i]);
}

static void set_up(void)
{
	daemon_start(&server, NULL);
	for (size_t i = 0; i < N_RAW; i++)
		client_open(&connections[i], &server);
	one = open_named("one");
	two = open_named("two");
}

static void tear_down(void)
{
	while (n_pools > 0)
		msync_pool_free(pools_made[--n_pools]);
	while (n_terms > 0)
		msync_terms_free(terms_made[--n_terms]);
	msync_close(two);
	msync_close(one);
	handles_close_raw();
	daemon_stop(&server);
}

TCase *handles_case(Suite *suite, const char *name)
{
	return scene_case(suite, name, set_up, tear_down);
}

int handles_run(const char *name, const TTest *const tests[])
{
	Suite *suite = suite_create(name);
	TCase *tcase = handles_case(suite, name);

	for (; *tests; tests++)
		tcase_add_test(tcase, *tests);
	return scene_run(suite);
}

struct msync_pool *handles_pool(
    struct msync_conn *conn, const char *key, int capacity)
{
	ck_assert_int_lt(n_pools, MAX_THINGS);
	ck_assert_int_eq(
	    msync_pool_new(&pools_made[n_pools], conn, key, capacity), 0);
	return pools_made[n_pools++];
}

/* Terms ---------------------------------------------------------------- */

struct msync_terms *with(enum msync_term term, int64_t value)
{
	ck_assert_int_lt(n_terms, MAX_THINGS);
	ck_assert_int_eq(msync_terms_new(&terms_made[n_terms]), 0);
	return also(terms_made[n_terms++], term, value);
}

struct msync_terms *also(
    struct msync_terms *terms, enum msync_term term, int64_t value)
{
	ck_assert_int_eq(msync_terms_set(terms, term, value), 0);
	return terms;
}

/* Expectations ----------------------------------------------------- */

void expect_code(struct msync_conn *conn, int seen, int expected)
{
	ck_assert_msg(seen == expected, "%s (%d) expected, seen: %s (%d): %s",
	    msync_strcode(expected), expected, msync_strcode(seen), seen,
	    msync_errmsg(conn));
}

void expect_failure(struct msync_conn *conn, int seen, int expected, ...)
{
	const char *word;
	va_list words;

	expect_code(conn, seen, expected);
	va_start(words, expected);
	while ((word = va_arg(words, const char *)))
		ck_assert_msg(strstr(msync_errmsg(conn), word),
		    "\"%s\" is not in the words: %s", word, msync_errmsg(conn));
	va_end(words);
}

void expect_holder(struct msync_conn *conn, const char *client, long held_ms)
{
	const char *name = NULL;
	int64_t held = -1;
	char words[32];
	int pid = -1;

	ck_assert_int_eq(msync_errholder(conn, &pid, &name, &held), 1);
	ck_assert_int_eq(pid, getpid());
	ck_assert_str_eq(name, client);
	ck_assert_int_ge(held, held_ms);
	snprintf(words, sizeof(words), "pid %d", (int)getpid());
	ck_assert_ptr_nonnull(strstr(msync_errmsg(conn), words));
}

void expect_value(const struct msync_result *result, const char *json)
{
	size_t len = 0;
	const char *value;

	ck_assert_ptr_nonnull(result);
	value = msync_result_value(result, &len);
	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(len, strlen(json));
	ck_assert_mem_eq(value, json, len + 1);
}

/* Values ----------------------------------------------------------- */

char *long_number(size_t n_digits)
{
	char *json = malloc(n_digits + 1);

	ck_assert_ptr_nonnull(json);
	memset(json, '1', n_digits);
	json[n_digits] = '\0';
	return json;
}

/* Keeps one more value; whether that is not too much. */
static int keep_one(struct msync_conn *conn, int n, const char *json)
{
	struct msync_result *result;
	struct msync_grant *grant;
	char key[32];
	int code;

	snprintf(key, sizeof(key), "use up share %d", n);
	expect_code(
	    conn, msync_flight_begin(conn, key, 0, NULL, &grant, &result), 0);
	code = msync_flight_finish(grant, json, MSYNC_NUL_TERMINATED, 600000);
	if (code != 0)
		expect_failure(conn, code, MSYNC_E_QUOTA, key, "bytes", NULL);
	/* It is still led, where it could not be kept. */
	give_back(grant);
	return code == 0;
}

void use_up_share(struct msync_conn *conn)
{
	char *json = long_number(A_MILLION);
	int n = 0;

	while (keep_one(conn, n, json))
		ck_assert_int_lt(++n, 100);
	free(json);
}

/* Locks ---------------------------------------------------------------- */

struct msync_grant *take_with(
    struct msync_conn *conn, const char *key, const struct msync_terms *terms)
{
	struct msync_grant *grant = NULL;

	expect_code(conn, msync_lock_acquire(conn, key, 0, terms, &grant), 0);
	ck_assert_ptr_nonnull(grant);
	return grant;
}

struct msync_grant *take(struct msync_conn *conn, const char *key)
{
	return take_with(conn, key, NULL);
}

int was_abandoned(struct msync_conn *conn, const char *key)
{
	struct msync_grant *grant = take(conn, key);
	int is_abandoned = msync_grant_is_abandoned(grant);

	give_back(grant);
	return is_abandoned;
}

void run_out(struct msync_grant *grant)
{
	ck_assert_int_eq(msync_renew(grant, 50), 0);
	let_pass(60);
}

void expect_lost_grant(struct msync_grant *grant)
{
	ck_assert_int_eq(msync_grant_is_lost(grant), 1);
	ck_assert_int_eq(msync_release(grant), MSYNC_E_LOST);
}

void give_back(struct msync_grant *grant)
{
	ck_assert_int_eq(msync_grant_is_lost(grant), 0);
	ck_assert_int_eq(msync_release(grant), 0);
}
