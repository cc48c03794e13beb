/* SPDX-License-Identifier: MIT */
/*
 * The calls of libmsync that run a callback, all in one form, so that a
 * callback can be left in the same way out of each. In a header, because the
 * frames that are left have to be of the language of the test.
 */
#ifndef WAYS_H
#define WAYS_H

#include "objects.h"

#include <stdlib.h>
#include <string.h>

enum way {
	WAY_LOCK,
	WAY_LIMIT,
	WAY_FLIGHT,
	WAY_USE,    /* of a pool's object, which has the value 1 */
	WAY_CREATE, /* of such an object */
	N_WAYS
};

/* What happens inside of the callback; returns what that returns. */
struct visit {
	int (*inside)(void *ctx);
	void *ctx;
	const struct msync_terms *terms;
	struct msync_pool *pool; /* for the last two ways: see way_prepare */
	char destroyed[64];      /* objects, each with a semicolon */
};

static const char *const way_kinds[] = {
    "lock", "limit", "flight", "pool", "pool"};

static inline int way_fn(void *ctx)
{
	struct visit *visit = (struct visit *)ctx;

	return visit->inside(visit->ctx);
}

static inline int way_produce(void *ctx, char **json, size_t *len)
{
	int code = way_fn(ctx);

	(void)len;
	if (code == 0)
		*json = strdup("1");
	return code;
}

static inline int way_make(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	(void)len;
	*json = strdup("1");
	return 0;
}

static inline int way_use(void *ctx, const char *json, size_t len)
{
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(json[0], '1');
	return way_fn(ctx);
}

static inline int way_ignore(void *ctx, const char *json, size_t len)
{
	(void)ctx;
	(void)json;
	(void)len;
	return 0;
}

static inline void way_destroy(void *ctx, const char *json, size_t len)
{
	struct visit *visit = (struct visit *)ctx;

	ck_assert_uint_lt(
	    strlen(visit->destroyed) + len + 1, sizeof(visit->destroyed));
	strncat(visit->destroyed, json, len);
	strcat(visit->destroyed, ";");
}

/* Makes the visit's pool, where this way needs one. */
static inline void way_prepare(
    enum way way, struct msync_conn *conn, struct visit *visit)
{
	if (way != WAY_USE && way != WAY_CREATE)
		return;
	visit->pool = handles_pool(conn, "k", 1);
	msync_pool_set_callbacks(visit->pool,
	    way == WAY_USE ? way_make : way_produce, way_destroy, visit);
}

/* Has the object made and put back before, so that the daemon knows it. */
static inline void way_fill(enum way way, struct msync_conn *conn)
{
	struct msync_pool *pool = handles_pool(conn, "k", 1);

	msync_pool_set_callbacks(pool, way_make, NULL, NULL);
	if (way == WAY_USE)
		expect_code(
		    conn, msync_pool_do(pool, 0, NULL, way_ignore, NULL), 0);
}

/* Runs the visit on the key k; it is granted within a minute. The result of a
 * flight is freed. */
static inline int way_go(
    enum way way, struct msync_conn *conn, struct visit *visit)
{
	struct msync_result *result = NULL;
	int code = -1;

	switch (way) {
	case WAY_LOCK:
		return msync_lock_do(
		    conn, "k", 60000, visit->terms, way_fn, visit);
	case WAY_LIMIT:
		return msync_limit_do(
		    conn, "k", 1, 60000, visit->terms, way_fn, visit);
	case WAY_FLIGHT:
		code = msync_flight_do(conn, "k", 60000, visit->terms,
		    way_produce, visit, &result);
		msync_result_free(result);
		return code;
	case WAY_USE:
		return msync_pool_do(
		    visit->pool, 60000, visit->terms, way_use, visit);
	case WAY_CREATE:
		return msync_pool_do(
		    visit->pool, 60000, visit->terms, way_ignore, visit);
	case N_WAYS:
		break;
	}
	return code;
}

#endif
