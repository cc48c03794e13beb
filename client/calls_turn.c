/* SPDX-License-Identifier: MIT */
/* Requests for a turn of any kind, see calls.h; and locks, limits, and
 * questions of any kind, see msync.h. */
#include "calls.h"

/* Turns ------------------------------------------------------------ */

/* What asks for a turn of a kind. */
static const char *const asking_ops[] = {
    [MSYNC_FLIGHT] = "flight.begin",
    [MSYNC_LOCK] = "lock.acquire",
    [MSYNC_LIMIT] = "limit.borrow",
    [MSYNC_POOL] = "pool.get",
};

static void add_term(struct msync_call *call, const struct msync_terms *terms,
    enum msync_term term, const char *member)
{
	int64_t value = terms_value(terms, term, -1);

	if (value >= 0)
		call_add_integer(call, member, value);
}

static void add_flag(struct msync_call *call, const struct msync_terms *terms,
    enum msync_term term, const char *member)
{
	if (terms_value(terms, term, 0) != 0)
		call_add_json(call, member, "true", 4);
}

static void add_terms(struct msync_call *call, enum msync_kind kind,
    const struct msync_terms *terms)
{
	add_term(call, terms, MSYNC_TERM_LEASE_MS, "lease_ms");
	add_term(call, terms, MSYNC_TERM_MAX_WAITERS, "max_waiters");
	if (kind == MSYNC_FLIGHT)
		add_term(call, terms, MSYNC_TERM_MAX_LEADERS, "max_leaders");
	else
		add_flag(call, terms, MSYNC_TERM_DETACHED, "detached");
	if (kind == MSYNC_LIMIT)
		add_term(call, terms, MSYNC_TERM_PERMITS, "permits");
	if (kind == MSYNC_LIMIT || kind == MSYNC_POOL)
		add_flag(call, terms, MSYNC_TERM_ADOPT, "adopt");
}

struct msync_call *calls_ask_turn(struct msync_conn *conn,
    const struct call_type *type, enum msync_kind kind, const char *key,
    int wait_ms, const struct msync_terms *terms, int *code)
{
	bool is_detached = kind != MSYNC_FLIGHT &&
			   terms_value(terms, MSYNC_TERM_DETACHED, 0) != 0;
	char full[CALLS_KEY_BYTES];
	struct msync_call *call = call_new(conn, type, asking_ops[kind]);

	if (call == NULL)
		return calls_no_memory(code);
	call->grant =
	    grant_new(conn, kind, calls_key(conn, key, full), is_detached);
	if (call->grant == NULL) {
		*code = call_drop(call, MSYNC_E_NOMEM);
		return NULL;
	}
	call_add_text(call, "key", call->grant->key);
	if (wait_ms >= 0)
		call_add_integer(call, "wait_ms", wait_ms);
	add_terms(call, kind, terms);
	return call;
}

/* Lock and Limit --------------------------------------------------- */

static int take_turn(struct msync_call *call, const struct reply *reply)
{
	if (reply->token <= 0)
		return MSYNC_E_PROTOCOL;
	grant_begin(call->grant, reply);
	return 0;
}

static const struct call_type turn_type = {.take = take_turn, .waits = true};

static struct msync_call *begin_acquire(struct msync_conn *conn,
    const char *key, int wait_ms, const struct msync_terms *terms, int *code)
{
	struct msync_call *call = calls_ask_turn(
	    conn, &turn_type, MSYNC_LOCK, key, wait_ms, terms, code);

	return call == NULL ? NULL : calls_send(call, wait_ms, code);
}

int msync_lock_acquire(struct msync_conn *conn, const char *key, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant)
{
	struct msync_call *call;
	int code = calls_check(conn);

	*grant = NULL;
	if (code != 0)
		return code;
	call = begin_acquire(conn, key, wait_ms, terms, &code);
	return call == NULL ? code : call_wait(call, grant, NULL);
}

int msync_lock_acquire_start(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, msync_done_fn fn, void *ctx,
    struct msync_call **started)
{
	struct msync_call *call;
	int code = calls_check_start(conn);

	if (code != 0)
		return calls_started(NULL, code, fn, ctx, started);
	call = begin_acquire(conn, key, wait_ms, terms, &code);
	return calls_started(call, code, fn, ctx, started);
}

static struct msync_call *begin_borrow(struct msync_conn *conn, const char *key,
    int capacity, int wait_ms, const struct msync_terms *terms, int *code)
{
	struct msync_call *call = calls_ask_turn(
	    conn, &turn_type, MSYNC_LIMIT, key, wait_ms, terms, code);

	if (call == NULL)
		return NULL;
	if (capacity != 0)
		call_add_integer(call, "capacity", capacity);
	return calls_send(call, wait_ms, code);
}

int msync_limit_borrow(struct msync_conn *conn, const char *key, int capacity,
    int wait_ms, const struct msync_terms *terms, struct msync_grant **grant)
{
	struct msync_call *call;
	int code = calls_check(conn);

	*grant = NULL;
	if (code != 0)
		return code;
	call = begin_borrow(conn, key, capacity, wait_ms, terms, &code);
	return call == NULL ? code : call_wait(call, grant, NULL);
}

int msync_limit_try_borrow(struct msync_conn *conn, const char *key,
    int capacity, const struct msync_terms *terms, struct msync_grant **grant)
{
	return msync_limit_borrow(conn, key, capacity, 0, terms, grant);
}

int msync_limit_borrow_start(struct msync_conn *conn, const char *key,
    int capacity, int wait_ms, const struct msync_terms *terms,
    msync_done_fn fn, void *ctx, struct msync_call **started)
{
	struct msync_call *call;
	int code = calls_check_start(conn);

	if (code != 0)
		return calls_started(NULL, code, fn, ctx, started);
	call = begin_borrow(conn, key, capacity, wait_ms, terms, &code);
	return calls_started(call, code, fn, ctx, started);
}

int msync_limit_set(struct msync_conn *conn, const char *key, int capacity)
{
	struct msync_call *call;
	int code = calls_check(conn);

	if (code != 0)
		return code;
	call = calls_of_key(conn, &call_plain, "limit.set", key, &code);
	if (call != NULL)
		call_add_integer(call, "capacity", capacity);
	return calls_wait(call, code);
}

int calls_ask_key(struct msync_conn *conn, const char *op, const char *key,
    struct msync_result **result)
{
	struct msync_call *call;
	int code = calls_check(conn);

	*result = NULL;
	if (code != 0)
		return code;
	call = calls_of_key(conn, &call_ask, op, key, &code);
	if (call == NULL || calls_send(call, 0, &code) == NULL)
		return code;
	return call_wait(call, NULL, result);
}

int msync_limit_info(struct msync_conn *conn, const char *key,
    int64_t *capacity, int64_t *in_use, int64_t *waiting)
{
	struct {
		const char *name;
		int64_t *to;
	} members[] = {
	    {"capacity", capacity}, {"in_use", in_use}, {"waiting", waiting}};
	struct msync_result *result;
	int code = calls_ask_key(conn, "limit.info", key, &result);

	for (size_t i = 0; code == 0 && i < 3; i++) {
		if (members[i].to != NULL)
			*members[i].to = result_number(result, members[i].name);
	}
	msync_result_free(result);
	return code;
}

/* Questions -------------------------------------------------------- */

int msync_ping(struct msync_conn *conn)
{
	int code = calls_check(conn);

	if (code != 0)
		return code;
	return calls_wait(call_new(conn, &call_plain, "ping"), MSYNC_E_NOMEM);
}

static struct msync_call *begin_ask(struct msync_conn *conn, const char *op,
    const char *members, int wait_ms, int *code)
{
	struct msync_call *call = call_new(conn, &call_ask, op);

	if (call == NULL)
		return calls_no_memory(code);
	if (members != NULL && members[0] != '\0')
		call_add_members(call, members);
	return calls_send(call, wait_ms, code);
}

int msync_ask(struct msync_conn *conn, const char *op, const char *members,
    int wait_ms, struct msync_result **result)
{
	struct msync_call *call;
	int code = calls_check(conn);

	*result = NULL;
	if (code != 0)
		return code;
	call = begin_ask(conn, op, members, wait_ms, &code);
	return call == NULL ? code : call_wait(call, NULL, result);
}

int msync_ask_start(struct msync_conn *conn, const char *op,
    const char *members, int wait_ms, msync_done_fn fn, void *ctx,
    struct msync_call **started)
{
	struct msync_call *call;
	int code = calls_check_start(conn);

	if (code != 0)
		return calls_started(NULL, code, fn, ctx, started);
	call = begin_ask(conn, op, members, wait_ms, &code);
	return calls_started(call, code, fn, ctx, started);
}
