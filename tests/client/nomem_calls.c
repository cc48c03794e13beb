/* SPDX-License-Identifier: MIT */
/* The calls that wait, and the whole of the scenario: see nomem.h. */
#define _GNU_SOURCE 1
#include "nomem.h"

#include "fixture.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#define LONG_BYTES 100000
#define NAME       "n\"o\\mem"

struct msync_conn *one, *two;

static struct msync_terms *terms; /* a lease; two permits; results are kept */

/* Opening ---------------------------------------------------------- */

static void on_lost(void *ctx, struct msync_grant *grant, const char *reason)
{
	(void)ctx;
	(void)grant;
	ck_assert_str_eq(reason, "conn");
}

static void open_with(const struct msync_opts *opts)
{
	(void)GOT(NULL, msync_open(&one, opts), 0);
	(void)GOT(NULL, msync_open(&two, opts), 0);
}

static void open_all(void)
{
	struct msync_opts *opts;

	one = two = NULL;
	terms = NULL;
	if (!GOT(NULL, msync_terms_new(&terms), 0) ||
	    !GOT(NULL, msync_opts_new(&opts), 0))
		return;
	(void)msync_terms_set(terms, MSYNC_TERM_LEASE_MS, 600000);
	(void)msync_terms_set(terms, MSYNC_TERM_PERMITS, 2);
	(void)msync_terms_set(terms, MSYNC_TERM_KEEP_MS, 600000);
	(void)GOT(NULL, msync_opts_set_socket(opts, server.socket), 0);
	(void)GOT(NULL, msync_opts_set_client(opts, NAME), 0);
	(void)GOT(NULL, msync_opts_set_instance(opts, "i"), 0);
	(void)GOT(NULL, msync_opts_set_on_lost(opts, on_lost, NULL), 0);
	open_with(opts);
	msync_opts_free(opts);
}

/* A part of the scenario goes on where an earlier one had to give up the
 * connection. */
static void mend(struct msync_conn *conn)
{
	if (msync_fd(conn) < 0)
		(void)GOT(conn, msync_reopen(conn), 0);
}

/* Locks and limits ------------------------------------------------- */

static int on_turn(void *ctx)
{
	(void)ctx;
	return 0;
}

static void use_locks(void)
{
	struct msync_grant *grant, *none;

	if (GOT(one, msync_lock_acquire(one, "k", 0, terms, &grant), 0)) {
		ck_assert_ptr_nonnull(grant);
		(void)GOT(two, msync_lock_acquire(two, "k", 0, NULL, &none),
		    MSYNC_E_BUSY);
		ck_assert_ptr_null(none);
		(void)GOT(one, msync_renew(grant, 60000), 0);
	} else {
		ck_assert_ptr_null(grant);
	}
	(void)GOT(one, msync_release(grant), 0);
	(void)GOT_ANYHOW(
	    one, msync_lock_do(one, "k", 1000, NULL, on_turn, NULL), 0);
	(void)GOT(one, msync_release_token(one, MSYNC_LOCK, "k", 1),
	    MSYNC_E_NOT_HELD);
	(void)GOT(one, msync_renew_token(one, MSYNC_LOCK, "k", 1, 60000),
	    MSYNC_E_NOT_HELD);
}

static void use_limits(void)
{
	struct msync_grant *grant, *none;
	int64_t n_used = 0;

	if (GOT(one, msync_limit_borrow(one, "k", 3, 0, terms, &grant), 0)) {
		if (GOT(one, msync_limit_info(one, "k", NULL, &n_used, NULL),
			0))
			ck_assert_int_eq(n_used, 2);
		(void)GOT(two,
		    msync_limit_try_borrow(two, "k", 3, terms, &none),
		    MSYNC_E_BUSY);
		ck_assert_ptr_null(none);
	}
	(void)GOT(one, msync_release(grant), 0);
	(void)GOT_ANYHOW(
	    one, msync_limit_do(one, "k", 3, 1000, terms, on_turn, NULL), 0);
	(void)GOT(one, msync_limit_set(one, "set", 5), 0);
}

/* Flights ---------------------------------------------------------- */

static int on_produce(void *ctx, char **json, size_t *len)
{
	const char *const *value = ctx;

	(void)len;
	if (*value != NULL)
		*json = strdup(*value);
	return 0;
}

static int on_produce_failure(void *ctx, char **json, size_t *len)
{
	(void)on_produce(ctx, json, len);
	return 7;
}

/* The second handle waits for what the first one makes. */
static bool follow(struct ear *ear)
{
	START(ear, two,
	    msync_flight_begin_start(
		two, "k", MSYNC_FOREVER, NULL, nomem_on_done, ear, NULL));
	return ear->is_due && GOT(two, msync_ping(two), 0);
}

static void lead(bool fails)
{
	struct ear ear = {0};
	struct msync_grant *grant;
	struct msync_result *result;
	char *json;

	if (!GOT(one, msync_flight_begin(one, "k", 0, terms, &grant, &result),
		0))
		return;
	json = malloc(LONG_BYTES);
	ck_assert_ptr_nonnull(json);
	memset(json, '1', LONG_BYTES);
	(void)follow(&ear);
	if (fails)
		(void)GOT_COUNT(one,
		    msync_flight_fail(grant, "sorry", json, LONG_BYTES, 0), 1);
	else
		(void)GOT_COUNT(
		    one, msync_flight_finish(grant, json, LONG_BYTES, 0), 1);
	(void)GOT(one, msync_release(grant), 0);
	nomem_wait(two, &ear);
	/* Where nothing came of it, the follower leads. */
	ck_assert(ear.grant == NULL || !nomem_is_untouched());
	(void)nomem_hear(
	    two, &ear, ear.grant == NULL && fails ? MSYNC_E_FLIGHT_FAILED : 0);
	nomem_end(&ear);
	free(json);
}

static void do_flight(struct msync_conn *conn, const char *key,
    msync_produce_fn produce, const char *value, int expected)
{
	struct msync_result *result;

	if (GOT_ANYHOW(conn,
		msync_flight_do(conn, key, 0, terms, produce, &value, &result),
		expected)) {
		ck_assert_ptr_nonnull(result);
		ck_assert_ptr_nonnull(msync_result_value(result, NULL));
	}
	msync_result_free(result);
}

static void use_flights(void)
{
	lead(false);
	lead(true);
	do_flight(one, "kept", on_produce, "17", 0);
	do_flight(two, "kept", on_produce, "18", 0);
	do_flight(one, "null", on_produce, NULL, 0);
	do_flight(one, "failed", on_produce_failure, "\"why\"", 7);
	(void)GOT_COUNT(one, msync_flight_forget(one, "kept"), 1);
	(void)GOT_COUNT(one, msync_flight_forget(one, "null"), 1);
}

/* Pools ------------------------------------------------------------ */

static int on_use(void *ctx, const char *json, size_t len)
{
	(void)json;
	(void)len;
	return ctx != NULL;
}

/* The second handle vanishes with an object, whose value is then to be
 * destroyed by the next one who gets something. */
static void vanish_with_an_object(void)
{
	struct msync_pool *pool;
	struct msync_grant *grant;

	if (!GOT(NULL, msync_pool_new(&pool, two, "k", 2), 0))
		return;
	(void)GOT(two, msync_pool_get(pool, 0, NULL, &grant), 0);
	(void)GOT(two, msync_pool_put(grant, "\"mine\"", 6),
	    grant == NULL ? MSYNC_IGNORED : 0);
	(void)GOT(two, msync_release(grant), 0);
	(void)GOT(two, msync_pool_get(pool, 0, NULL, &grant), 0);
	(void)GOT(two, msync_reopen(two), 0);
	(void)GOT(two, msync_release(grant), grant == NULL ? 0 : MSYNC_E_LOST);
	msync_pool_free(pool);
	gauge_await(P, "pool", "holds", 0);
}

static void use_objects(struct msync_pool *pool)
{
	struct msync_grant *grant;

	(void)GOT_ANYHOW(one, msync_pool_do(pool, 0, NULL, on_use, NULL), 0);
	(void)GOT_ANYHOW(one, msync_pool_do(pool, 0, NULL, on_use, pool), 1);
	if (GOT(one, msync_pool_get(pool, 0, terms, &grant), 0)) {
		ck_assert_ptr_nonnull(msync_grant_value(grant, NULL));
		(void)GOT(one,
		    msync_pool_put(grant, "\"new\"", MSYNC_NUL_TERMINATED), 0);
	}
	(void)GOT(one, msync_release(grant), 0);
	if (GOT(one, msync_pool_get(pool, 0, terms, &grant), 0))
		(void)GOT(one, msync_pool_drop(grant), 0);
	(void)GOT(one, msync_release(grant), 0);
	vanish_with_an_object();
	(void)GOT(one, msync_pool_get(pool, 0, terms, &grant), 0);
	(void)GOT(one, msync_release(grant), 0);
	(void)GOT_COUNT(one, msync_pool_size(pool), 1);
	(void)GOT_COUNT(one, msync_pool_available(pool), 1);
	(void)GOT_COUNT(one, msync_pool_clear(pool), 1);
}

static void use_pools(void)
{
	struct msync_pool *pool;
	int n_destroyed = 0;

	if (!GOT(NULL, msync_pool_new(&pool, one, "k", 2), 0)) {
		ck_assert_ptr_null(pool);
		return;
	}
	(void)msync_pool_set_callbacks(
	    pool, nomem_on_create, nomem_on_destroy, &n_destroyed);
	use_objects(pool);
	msync_pool_free(pool);
	/* The one that was not trusted, the one that was vanished with, the
	 * cleared one. */
	if (nomem_is_untouched())
		ck_assert_int_eq(n_destroyed, 3);
}

/* Questions, and all ----------------------------------------------- */

static void use_questions(void)
{
	struct msync_result *result;

	if (GOT(one, msync_ask(one, "stats", NULL, 0, &result), 0))
		ck_assert_ptr_nonnull(result);
	msync_result_free(result);
	/* A refusal is an answer, too. */
	if (GOT(one,
		msync_ask(one, "limit.info", "\"key\":\"none\"", 0, &result),
		MSYNC_E_UNKNOWN_KEY))
		ck_assert_ptr_nonnull(result);
	msync_result_free(result);
}

/* Back at its beginning, the handle still has its name. */
static void reset(void)
{
	struct msync_grant *grant, *none;
	const char *name;

	(void)GOT(one, msync_reset(one), 0);
	(void)GOT(one, msync_ping(one), 0);
	if (GOT(one, msync_lock_acquire(one, "k", 0, NULL, &grant), 0) &&
	    GOT(two, msync_lock_acquire(two, "k", 0, NULL, &none),
		MSYNC_E_BUSY)) {
		ck_assert_int_eq(msync_errholder(two, NULL, &name, NULL), 1);
		ck_assert_str_eq(name, NAME);
	}
	(void)GOT(one, msync_release(grant), 0);
}

void nomem_play(void)
{
	static void (*const parts[])(void) = {use_locks, use_limits,
	    use_flights, use_pools, use_questions, reset, nomem_play_silence,
	    nomem_play_started};

	open_all();
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (one == NULL || two == NULL)
			break;
		mend(one);
		mend(two);
		parts[i]();
	}
	msync_close(one);
	msync_close(two);
	msync_terms_free(terms);
}
