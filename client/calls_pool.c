/* SPDX-License-Identifier: MIT */
/* Pools: see calls_pool.h. The daemon says what is to be made and destroyed;
 * calls_pool_settle.c does it. */
#include "calls_pool.h"

#include "calls.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

int msync_pool_new(struct msync_pool **pool, struct msync_conn *conn,
    const char *key, int capacity)
{
	size_t len = strlen(key);

	*pool = NULL;
	if (capacity < 0)
		return failure_set(&conn->failure, MSYNC_E_INVALID,
		    "pool \"%s\": %d is no capacity", key, capacity);
	*pool = calloc(1, sizeof(**pool) + len + 1);
	if (*pool == NULL)
		return failure_set(&conn->failure, MSYNC_E_NOMEM, "%s",
		    msync_strerror(MSYNC_E_NOMEM));
	(*pool)->conn = conn;
	(*pool)->capacity = capacity;
	(*pool)->max_idle_ms = -1;
	(*pool)->n_users = 1;
	memcpy((*pool)->key, key, len);
	return 0;
}

void pool_leave(struct msync_pool *pool)
{
	if (pool != NULL && --pool->n_users == 0)
		free(pool);
}

void msync_pool_free(struct msync_pool *pool)
{
	if (pool == NULL)
		return;
	/* Calls under way may still hold it, but call nobody's functions. */
	pool->create = NULL;
	pool->destroy = NULL;
	pool_leave(pool);
}

int msync_pool_set_callbacks(struct msync_pool *pool, msync_create_fn create,
    msync_destroy_fn destroy, void *ctx)
{
	pool->create = create;
	pool->destroy = destroy;
	pool->ctx = ctx;
	return 0;
}

int msync_pool_set_max_idle(struct msync_pool *pool, int64_t ms)
{
	if (ms < 0 || ms > WIRE_MAX_INTEGER)
		return failure_set(&pool->conn->failure, MSYNC_E_INVALID,
		    "pool \"%s\": %lld ms is no time", pool->key,
		    (long long)ms);
	pool->max_idle_ms = ms;
	return 0;
}

/* Getting ---------------------------------------------------------- */

/* Keeps the list of what is to be destroyed, as the JSON that came. */
static int keep_doomed(struct msync_call *call, const struct scan_value *list)
{
	if (list->at == NULL)
		return 0;
	if (list->type != SCAN_ARRAY)
		return MSYNC_E_PROTOCOL;
	call->doomed = malloc(list->len);
	if (call->doomed == NULL)
		return MSYNC_E_NOMEM;
	memcpy(call->doomed, list->at, list->len);
	call->doomed_len = list->len;
	return 0;
}

static int take_get(struct msync_call *call, const struct reply *reply)
{
	int code;

	if (reply->token <= 0 || (reply->value.at == NULL) != reply->create)
		return MSYNC_E_PROTOCOL;
	code = keep_doomed(call, &reply->destroy);
	if (code == MSYNC_E_PROTOCOL)
		return code;
	grant_begin(call->grant, reply);
	if (code == 0 && !reply->create &&
	    !grant_set_value(call->grant, reply->value.at, reply->value.len))
		code = MSYNC_E_NOMEM;
	return code;
}

static const struct call_type get_type = {.take = take_get, .waits = true};

static struct msync_call *begin_get(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, int *code)
{
	struct msync_call *call = calls_ask_turn(
	    pool->conn, &get_type, MSYNC_POOL, pool->key, wait_ms, terms, code);

	if (call == NULL)
		return NULL;
	if (pool->capacity != 0)
		call_add_integer(call, "capacity", pool->capacity);
	if (pool->max_idle_ms >= 0)
		call_add_integer(call, "max_idle_ms", pool->max_idle_ms);
	call = calls_send(call, wait_ms, code);
	if (call != NULL) {
		call->pool = pool;
		pool->n_users++;
	}
	return call;
}

int msync_pool_get(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant)
{
	struct msync_call *call;
	int code = calls_check(pool->conn);

	*grant = NULL;
	if (code != 0)
		return code;
	call = begin_get(pool, wait_ms, terms, &code);
	return call == NULL ? code : call_wait(call, grant, NULL);
}

int msync_pool_get_start(struct msync_pool *pool, int wait_ms,
    const struct msync_terms *terms, msync_done_fn fn, void *ctx,
    struct msync_call **started)
{
	struct msync_call *call;
	int code = calls_check_start(pool->conn);

	if (code != 0)
		return calls_started(NULL, code, fn, ctx, started);
	call = begin_get(pool, wait_ms, terms, &code);
	return calls_started(call, code, fn, ctx, started);
}

/* Putting back ----------------------------------------------------- */

static int take_put(struct msync_call *call, const struct reply *reply)
{
	(void)call;
	return reply->ignored ? MSYNC_IGNORED : 0;
}

static const struct call_type put_type = {.take = take_put, .lets_go = true};

static struct msync_call *begin_put(
    struct msync_grant *grant, const char *json, size_t len, int *code)
{
	struct msync_call *call =
	    calls_about(grant, &put_type, "pool.put", code);

	/* What create has made, the daemon does not know yet. */
	if (json == NULL && grant->is_created) {
		json = grant->value;
		len = grant->len;
	}
	if (call != NULL && json != NULL)
		call_add_json(call, "value", json, len);
	return call;
}

/* Whether the grant is a pool's and can be put. */
static int check_object(struct msync_grant *grant, bool is_start)
{
	return calls_check_grant_of(grant, MSYNC_POOL, is_start);
}

int msync_pool_put(struct msync_grant *grant, const char *json, size_t len)
{
	struct msync_call *call;
	int code;

	if (grant == NULL)
		return MSYNC_IGNORED;
	code = check_object(grant, false);
	if (code != 0)
		return code;
	call = begin_put(grant, json, len, &code);
	return calls_wait_about(grant, call, code);
}

int msync_pool_put_start(struct msync_grant *grant, const char *json,
    size_t len, msync_done_fn fn, void *ctx)
{
	struct msync_call *call;
	int code = check_object(grant, true);

	if (code != 0)
		return code;
	call = begin_put(grant, json, len, &code);
	return calls_start_about(grant, call, code, fn, ctx);
}

int msync_pool_drop(struct msync_grant *grant)
{
	struct msync_call *call;
	int code = check_object(grant, false);

	if (code != 0)
		return code;
	grant->is_broken = true;
	call = calls_about(grant, &call_letting, "pool.drop", &code);
	return calls_wait_about(grant, call, code);
}

int msync_pool_drop_start(
    struct msync_grant *grant, msync_done_fn fn, void *ctx)
{
	struct msync_call *call;
	int code = check_object(grant, true);

	if (code != 0)
		return code;
	grant->is_broken = true;
	call = calls_about(grant, &call_letting, "pool.drop", &code);
	return calls_start_about(grant, call, code, fn, ctx);
}

/* Looking ---------------------------------------------------------- */

/* A number of the pool; 0 where there is no such pool. */
static int ask_number(
    struct msync_pool *pool, const char *op, const char *member)
{
	struct msync_result *result;
	int64_t number = 0;
	int code = calls_ask_key(pool->conn, op, pool->key, &result);

	if (code == 0)
		number = result_number(result, member);
	msync_result_free(result);
	if (code != 0)
		return code == MSYNC_E_UNKNOWN_KEY ? 0 : code;
	return number > INT_MAX ? INT_MAX : (int)number;
}

int msync_pool_size(struct msync_pool *pool)
{
	return ask_number(pool, "pool.size", "size");
}

int msync_pool_available(struct msync_pool *pool)
{
	return ask_number(pool, "pool.available", "available");
}

/* Also where a callback leaves by an exception. */
static void free_at_end(struct msync_result **result)
{
	msync_result_free(*result);
}

/* Clears as much as one answer can say. Returns how many, and in *has_more
 * whether that was not all. */
static int clear_some(struct msync_pool *pool, bool *has_more)
{
	__attribute__((cleanup(free_at_end))) struct msync_result *result;
	struct scan_value answer = {.type = SCAN_OBJECT}, doomed, more;
	int code = calls_ask_key(pool->conn, "pool.clear", pool->key, &result);

	*has_more = false;
	if (code == 0) {
		answer.at = msync_result_value(result, &answer.len);
		*has_more = reply_find(&answer, "more", &more);
		if (reply_find(&answer, "destroy", &doomed) &&
		    doomed.type == SCAN_ARRAY)
			code = pool_destroy_all(pool, &doomed);
	}
	return code == MSYNC_E_UNKNOWN_KEY ? 0 : code;
}

int msync_pool_clear(struct msync_pool *pool)
{
	bool has_more;
	int n = 0;

	do {
		int code = clear_some(pool, &has_more);

		if (code < 0)
			return code;
		n += code;
	} while (has_more);
	return n;
}
