/* SPDX-License-Identifier: MIT */
/*
 * The whole thing around a callback: get the turn, run it, let go. Callbacks
 * may leave by a C++ exception or thread cancellation; the cleanup attributes
 * let go then, for the library is built with -fexceptions. (longjmp(3) runs
 * none: the hold stays with the handle, and so does its grant, which nobody
 * else knows.)
 */
#include "calls.h"
#include "calls_pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_unreachable(int code)
{
	return code == MSYNC_E_CONN || code == MSYNC_E_SILENT ||
	       code == MSYNC_E_SHUTTING_DOWN;
}

static bool runs_anyway(const struct msync_terms *terms, int code)
{
	return is_unreachable(code) &&
	       terms_value(terms, MSYNC_TERM_RUN_ANYWAY, 0) != 0;
}

/* A callback's number, as it is handed back. */
static int own_code(struct msync_conn *conn, int code)
{
	if (code >= 0)
		return code;
	return failure_set(&conn->failure, MSYNC_E_CALLBACK,
	    "the callback returned %d, which is not a number of its own", code);
}

/* Whether the daemon, or the library, has not taken a value. */
static bool is_not_taken(int code)
{
	return code == MSYNC_E_INVALID || code == MSYNC_E_TOO_LONG ||
	       code == MSYNC_E_QUOTA;
}

/* What a turn came to, from the callback's code and that of the release. */
static int outcome(struct msync_conn *conn, int code, int released)
{
	if (released == MSYNC_E_FORKED)
		return released;
	/* The connection broke, and with it went the hold. */
	if (released == MSYNC_E_CONN)
		(void)failure_set(&conn->failure, MSYNC_E_LOST,
		    "the connection broke while the turn lasted");
	if (released == MSYNC_E_CONN || released == MSYNC_E_LOST)
		return MSYNC_E_LOST;
	return own_code(conn, code);
}

/* Lock and Limit --------------------------------------------------- */

static void release_at_end(struct msync_grant **grant)
{
	(void)msync_release(*grant);
}

static int run(
    struct msync_conn *conn, struct msync_grant *grant, msync_fn fn, void *ctx)
{
	__attribute__((cleanup(release_at_end))) struct msync_grant *guarded =
	    grant;
	int code;

	grant->is_own = true;
	code = fn(ctx);
	guarded = NULL;
	return outcome(conn, code, msync_release(grant));
}

int msync_lock_do(struct msync_conn *conn, const char *key, int wait_ms,
    const struct msync_terms *terms, msync_fn fn, void *ctx)
{
	struct msync_grant *grant;
	int code = msync_lock_acquire(conn, key, wait_ms, terms, &grant);

	return code == 0 ? run(conn, grant, fn, ctx) : code;
}

int msync_limit_do(struct msync_conn *conn, const char *key, int capacity,
    int wait_ms, const struct msync_terms *terms, msync_fn fn, void *ctx)
{
	struct msync_grant *grant;
	int code =
	    msync_limit_borrow(conn, key, capacity, wait_ms, terms, &grant);

	if (code == 0)
		return run(conn, grant, fn, ctx);
	return runs_anyway(terms, code) ? own_code(conn, fn(ctx)) : code;
}

/* SingleFlight ----------------------------------------------------- */

/* What a callback has produced. */
struct product {
	int code; /* the callback's */
	char *json;
	size_t len;
};

static struct product run_produce(msync_produce_fn produce, void *ctx)
{
	struct product product = {.len = MSYNC_NUL_TERMINATED};

	product.code = produce(ctx, &product.json, &product.len);
	if (product.json == NULL && product.code == 0)
		product.json = strdup("null");
	if (product.json == NULL)
		product.len = 0;
	else if (product.len == MSYNC_NUL_TERMINATED)
		product.len = strlen(product.json);
	return product;
}

static void fail_at_end(struct msync_grant **lead)
{
	if (*lead != NULL)
		(void)msync_flight_fail(*lead,
		    "the leader's callback was left by an exception", NULL, 0,
		    0);
	(void)msync_release(*lead);
}

/* Shares it; how many got it, or a code. */
static int share(struct msync_grant *lead, const struct product *product,
    const struct msync_terms *terms)
{
	char words[64];

	if (product->code == 0)
		return msync_flight_finish(lead, product->json, product->len,
		    terms_value(terms, MSYNC_TERM_KEEP_MS, 0));
	(void)snprintf(words, sizeof(words),
	    "the leader's callback failed with %d", product->code);
	return msync_flight_fail(lead, words, product->json, product->len,
	    terms_value(terms, MSYNC_TERM_KEEP_FAILURE_MS, 0));
}

/* The followers learn that there is something that cannot be sent to them. */
static void share_refusal(struct msync_grant *lead, int refused)
{
	char words[WIRE_MAX_MESSAGE_BYTES];

	if (!is_not_taken(refused))
		return;
	(void)snprintf(words, sizeof(words),
	    "the leader's result could not be shared: %s",
	    msync_strerror(refused));
	(void)msync_flight_fail(lead, words, NULL, 0, 0);
}

/* Hands the product to the caller. */
static int hand_over(struct msync_conn *conn, const struct product *product,
    int followers, struct msync_result **result)
{
	*result = NULL;
	/* A success has a value, if only null. */
	if (product->json != NULL || product->code != 0)
		*result =
		    result_own(product->json, product->len, product->code != 0);
	if (*result == NULL)
		return failure_set(&conn->failure, MSYNC_E_NOMEM, "%s",
		    msync_strerror(MSYNC_E_NOMEM));
	(*result)->followers = followers;
	return own_code(conn, product->code);
}

static int lead_flight(struct msync_conn *conn, struct msync_grant *lead,
    const struct msync_terms *terms, msync_produce_fn produce, void *ctx,
    struct msync_result **result)
{
	__attribute__((cleanup(fail_at_end))) struct msync_grant *guarded =
	    lead;
	struct product product;
	int shared;

	lead->is_own = true;
	product = run_produce(produce, ctx);
	guarded = NULL;
	shared = share(lead, &product, terms);
	share_refusal(lead, shared);
	(void)msync_release(lead);
	if (shared == MSYNC_E_INVALID || shared == MSYNC_E_FORKED) {
		free(product.json);
		return shared == MSYNC_E_FORKED
			   ? shared
			   : failure_set(&conn->failure, shared,
				 "what the callback made is not JSON");
	}
	return hand_over(conn, &product, shared < 0 ? -1 : shared, result);
}

int msync_flight_do(struct msync_conn *conn, const char *key, int wait_ms,
    const struct msync_terms *terms, msync_produce_fn produce, void *ctx,
    struct msync_result **result)
{
	struct msync_grant *lead;
	struct product product;
	int code = msync_flight_begin(conn, key, wait_ms, terms, &lead, result);

	if (lead != NULL)
		return lead_flight(conn, lead, terms, produce, ctx, result);
	if (!runs_anyway(terms, code))
		return code;
	product = run_produce(produce, ctx);
	return hand_over(conn, &product, -1, result);
}

/* Pool ------------------------------------------------------------- */

/* An object that is lent and in use. */
struct lent {
	struct msync_pool *pool;
	struct msync_grant *grant;
};

/* Of an object that was lost, the next one who gets something destroys it. But
 * only we know the value of one that is new, and what was dropped is in
 * nobody's books any more. */
static bool has_to_be_destroyed(const struct msync_grant *grant, int dropped)
{
	if (dropped == 0 || dropped == MSYNC_E_SILENT)
		return true;
	return grant->is_created && dropped != MSYNC_E_FORKED;
}

/* The object is not trusted any more. */
static int discard(const struct lent *lent)
{
	__attribute__((cleanup(release_at_end))) struct msync_grant *grant =
	    lent->grant;
	struct msync_pool *pool = lent->pool;
	size_t len;
	const char *json = msync_grant_value(grant, &len);
	int code = msync_pool_drop(grant);

	if (pool->destroy != NULL && has_to_be_destroyed(grant, code))
		pool->destroy(pool->ctx, json, len);
	return code;
}

static int put_back(const struct lent *lent)
{
	int code = msync_pool_put(lent->grant, NULL, 0);

	if (is_not_taken(code) ||
	    (code == MSYNC_E_LOST && lent->grant->is_created))
		(void)discard(lent);
	else
		(void)msync_release(lent->grant);
	return code;
}

static void discard_at_end(struct lent *lent)
{
	if (lent->grant != NULL)
		(void)discard(lent);
}

static int use_object(struct lent lent, msync_use_fn use, void *ctx)
{
	__attribute__((cleanup(discard_at_end))) struct lent guarded = lent;
	struct msync_conn *conn = lent.pool->conn;
	size_t len;
	const char *json = msync_grant_value(lent.grant, &len);
	int code, ended;

	lent.grant->is_own = true;
	code = use(ctx, json, len);
	guarded.grant = NULL;
	ended = code == 0 ? put_back(&lent) : discard(&lent);
	return is_not_taken(ended) ? ended : outcome(conn, code, ended);
}

int msync_pool_do(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, msync_use_fn use, void *ctx)
{
	struct lent lent = {.pool = pool};
	int code = msync_pool_get(pool, wait_ms, terms, &lent.grant);

	if (code != 0)
		return code;
	if (msync_grant_value(lent.grant, NULL) == NULL) {
		(void)msync_release(lent.grant);
		return failure_set(&pool->conn->failure, MSYNC_E_INVALID,
		    "msync_pool_do needs a callback that creates objects");
	}
	return use_object(lent, use, ctx);
}
