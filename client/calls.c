/* SPDX-License-Identifier: MIT */
/* What the typed calls have in common, and the ends of grants: see calls.h. */
#include "calls.h"

#include <stdio.h>
#include <string.h>

/* So much may wait to be sent before a _start is refused. */
#define MAX_OUTPUT_BYTES (16 * 1024 * 1024)

static const char *const kind_names[] = {
    [MSYNC_FLIGHT] = "flight",
    [MSYNC_LOCK] = "lock",
    [MSYNC_LIMIT] = "limit",
    [MSYNC_POOL] = "pool",
};

/* What gives a hold of a kind back as it was. */
static const char *const releasing_ops[] = {
    [MSYNC_FLIGHT] = "flight.abandon",
    [MSYNC_LOCK] = "lock.release",
    [MSYNC_LIMIT] = "limit.return",
    [MSYNC_POOL] = "pool.put",
};

int calls_check(struct msync_conn *conn)
{
	return handle_check(conn, true);
}

int calls_check_start(struct msync_conn *conn)
{
	int code = handle_check(conn, false);

	if (code == 0 && conn->out.len - conn->n_sent > MAX_OUTPUT_BYTES)
		return failure_set(&conn->failure, MSYNC_E_FULL,
		    "more than %d bytes wait for msyncd to take them",
		    MAX_OUTPUT_BYTES);
	return code == 0 ? handle_multiplex(conn) : code;
}

const char *calls_key(
    const struct msync_conn *conn, const char *key, char full[CALLS_KEY_BYTES])
{
	const char *instance = conn->opts.instance;
	int len = snprintf(full, CALLS_KEY_BYTES, "%s%s%s", instance,
	    instance[0] == '\0' ? "" : "/", key);

	if (len >= CALLS_KEY_BYTES)
		text_mend_end(full);
	return full;
}

/* Requests --------------------------------------------------------- */

struct msync_call *calls_no_memory(int *code)
{
	*code = MSYNC_E_NOMEM;
	return NULL;
}

struct msync_call *calls_send(struct msync_call *call, int wait_ms, int *code)
{
	*code = call_send(call, wait_ms);
	return *code == 0 ? call : NULL;
}

struct msync_call *calls_of_key(struct msync_conn *conn,
    const struct call_type *type, const char *op, const char *key, int *code)
{
	char full[CALLS_KEY_BYTES];
	struct msync_call *call = call_new(conn, type, op);

	if (call == NULL)
		return calls_no_memory(code);
	call_add_text(call, "key", calls_key(conn, key, full));
	return call;
}

int calls_wait(struct msync_call *call, int code)
{
	if (call == NULL || calls_send(call, 0, &code) == NULL)
		return code;
	return call_wait(call, NULL, NULL);
}

int calls_started(struct msync_call *call, int code, msync_done_fn fn,
    void *ctx, struct msync_call **started)
{
	/* Without a callback nobody knows how long the call is valid. */
	if (started != NULL)
		*started = fn == NULL ? NULL : call;
	if (call == NULL)
		return code;
	call_start(call, fn, ctx);
	return 0;
}

/* About grants ----------------------------------------------------- */

struct msync_call *calls_about(struct msync_grant *grant,
    const struct call_type *type, const char *op, int *code)
{
	struct msync_call *call = call_new(grant->conn, type, op);

	if (call == NULL)
		return calls_no_memory(code);
	call_add_text(call, "key", grant->key);
	call_add_integer(call, "token", grant->token);
	return call;
}

/* An object that was to be created goes back with its value, or not at all. */
static struct msync_call *begin_release(struct msync_grant *grant, int *code)
{
	bool is_new = grant->kind == MSYNC_POOL && grant->is_created;
	bool is_dropped = grant->is_broken || (is_new && grant->value == NULL);
	struct msync_call *call = calls_about(grant, &call_letting,
	    is_dropped ? "pool.drop" : releasing_ops[grant->kind], code);

	if (call != NULL && is_new && !is_dropped)
		call_add_json(call, "value", grant->value, grant->len);
	return call;
}

/* From here on the grant lives at least as long as the call. */
static void bind(struct msync_call *call, struct msync_grant *grant)
{
	call->grant = grant;
	grant->n_calls++;
	if (call->type->lets_go)
		grant->state = GRANT_LETTING;
}

static struct msync_call *send_about(
    struct msync_grant *grant, struct msync_call *call, int *code)
{
	if (call == NULL || calls_send(call, 0, code) == NULL)
		return NULL;
	bind(call, grant);
	return call;
}

struct msync_call *calls_release(struct msync_grant *grant, int *code)
{
	return send_about(grant, begin_release(grant, code), code);
}

int calls_wait_about(
    struct msync_grant *grant, struct msync_call *call, int code)
{
	call = send_about(grant, call, &code);
	return call == NULL ? code : call_wait(call, NULL, NULL);
}

int calls_start_about(struct msync_grant *grant, struct msync_call *call,
    int code, msync_done_fn fn, void *ctx)
{
	call = send_about(grant, call, &code);
	if (call != NULL)
		call_start(call, fn, ctx);
	return code;
}

int calls_check_grant(struct msync_grant *grant, bool is_start)
{
	struct msync_conn *conn = grant->conn;
	int code;

	if (conn == NULL)
		return MSYNC_E_LOST;
	if (grant->state == GRANT_HELD)
		code = is_start ? calls_check_start(conn) : calls_check(conn);
	else
		code = handle_check_pid(conn);
	/* A connection that is found broken takes the hold along. */
	if (code == MSYNC_E_FORKED || grant->state == GRANT_HELD)
		return code;
	if (grant->state == GRANT_LOST)
		return failure_set(&conn->failure, MSYNC_E_LOST,
		    "%s \"%s\": the hold had ended before (%s)",
		    kind_names[grant->kind], grant->key, grant->lost_why);
	return failure_set(&conn->failure, MSYNC_E_INVALID,
	    "%s \"%s\": was let go already", kind_names[grant->kind],
	    grant->key);
}

int calls_check_grant_of(
    struct msync_grant *grant, enum msync_kind kind, bool is_start)
{
	int code = calls_check_grant(grant, is_start);

	if (code != 0 || grant->kind == kind)
		return code;
	return failure_set(&grant->conn->failure, MSYNC_E_INVALID,
	    "%s \"%s\": this is for a %s only", kind_names[grant->kind],
	    grant->key, kind_names[kind]);
}

/* Release and renew ------------------------------------------------ */

/* Frees it, or leaves that to the call about it. */
static void leave_grant(struct msync_grant *grant)
{
	grant->is_released = true;
	list_remove(&grant->link);
	if (grant->n_calls == 0)
		grant_free(grant);
}

/* Whether the caller has let go of it before: then there is nothing more to do
 * but to free it, and nothing that could fail. */
static bool was_let_go(const struct msync_grant *grant)
{
	return grant->state == GRANT_ENDED || grant->state == GRANT_LETTING;
}

int msync_release(struct msync_grant *grant)
{
	struct msync_call *call;
	int code;

	if (grant == NULL)
		return 0;
	code = was_let_go(grant) ? 0 : calls_check_grant(grant, false);
	if (code != 0 || was_let_go(grant)) {
		leave_grant(grant);
		return code;
	}
	call = calls_release(grant, &code);
	grant->is_released = true;
	if (call != NULL)
		return call_wait(call, NULL, NULL);
	grant_give_back(grant);
	return code;
}

/* There is nothing to be sent, but somebody to be told. */
static int tell_let_go(struct msync_conn *conn, msync_done_fn fn, void *ctx)
{
	int code;

	if (fn == NULL)
		return 0;
	if (conn == NULL)
		return MSYNC_E_CLOSED;
	code = handle_check_pid(conn);
	return code == 0 ? call_tell_later(conn, fn, ctx) : code;
}

int msync_release_start(struct msync_grant *grant, msync_done_fn fn, void *ctx)
{
	struct msync_conn *conn;
	struct msync_call *call;
	int code;

	if (grant == NULL)
		return MSYNC_E_INVALID;
	conn = grant->conn;
	code = was_let_go(grant) ? 0 : calls_check_grant(grant, true);
	/* The grant is freed anyway: so what it is of is let go of, however
	 * much waits to be sent, and however little memory there is. */
	if (code == MSYNC_E_FULL || code == MSYNC_E_NOMEM)
		code = 0;
	if (code != 0 || was_let_go(grant)) {
		leave_grant(grant);
		return code == 0 ? tell_let_go(conn, fn, ctx) : code;
	}
	call = calls_release(grant, &code);
	grant->is_released = true;
	if (call == NULL) {
		grant_give_back(grant);
		return code;
	}
	call_start(call, fn, ctx);
	return 0;
}

static struct msync_call *begin_renew(
    struct msync_grant *grant, int64_t lease_ms, int *code)
{
	struct msync_call *call =
	    calls_about(grant, &call_plain, "renew", code);

	if (call != NULL) {
		call_add_text(call, "kind", kind_names[grant->kind]);
		call_add_integer(call, "lease_ms", lease_ms);
	}
	return call;
}

int msync_renew(struct msync_grant *grant, int64_t lease_ms)
{
	struct msync_call *call;
	int code = calls_check_grant(grant, false);

	if (code != 0)
		return code;
	call = begin_renew(grant, lease_ms, &code);
	return calls_wait_about(grant, call, code);
}

int msync_renew_start(
    struct msync_grant *grant, int64_t lease_ms, msync_done_fn fn, void *ctx)
{
	struct msync_call *call;
	int code = calls_check_grant(grant, true);

	if (code != 0)
		return code;
	call = begin_renew(grant, lease_ms, &code);
	return calls_start_about(grant, call, code, fn, ctx);
}

/* Holds by token --------------------------------------------------- */

int msync_release_token(struct msync_conn *conn, enum msync_kind kind,
    const char *key, int64_t token)
{
	struct msync_call *call;
	int code = calls_check(conn);

	if (code != 0)
		return code;
	call = calls_of_key(conn, &call_plain, releasing_ops[kind], key, &code);
	if (call != NULL)
		call_add_integer(call, "token", token);
	return calls_wait(call, code);
}

int msync_renew_token(struct msync_conn *conn, enum msync_kind kind,
    const char *key, int64_t token, int64_t lease_ms)
{
	struct msync_call *call;
	int code = calls_check(conn);

	if (code != 0)
		return code;
	call = calls_of_key(conn, &call_plain, "renew", key, &code);
	if (call != NULL) {
		call_add_text(call, "kind", kind_names[kind]);
		call_add_integer(call, "token", token);
		call_add_integer(call, "lease_ms", lease_ms);
	}
	return calls_wait(call, code);
}
