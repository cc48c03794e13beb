/* SPDX-License-Identifier: MIT */
/* Who waits for a call, who is called, and who has waited long enough: see
 * call.h. */
#include "call.h"

#include "calls_pool.h"
#include "sock.h"

#include <stdlib.h>

/* After a failed allocation, when there was nothing else to do. */
#define RETRY_MS 100

/* Giving up -------------------------------------------------------- */

/* Takes a wait back on the wire. No memory for that: it waits on, and what it
 * is granted is given back. */
static int send_cancel(struct msync_conn *conn, int64_t target)
{
	struct msync_call *cancel = call_new(conn, &call_plain, "cancel");
	int code;

	if (cancel == NULL)
		return MSYNC_E_NOMEM;
	call_add_integer(cancel, "target", target);
	code = call_send(cancel, 0);
	if (code == 0)
		call_forget(cancel);
	return code;
}

/* Leaves a call to itself: what it may still be granted is given back. */
static void abandon(struct msync_call *call)
{
	int64_t id = call->id;
	bool may_wait = call->type->waits || call->type == &call_ask;

	call->due = SOCK_NEVER;
	call->listener = CALL_FORGOTTEN;
	call->fn = NULL;
	if (may_wait)
		(void)send_cancel(call->conn, id);
}

static int tell_silence(struct msync_conn *conn, struct failure *failure)
{
	return failure_set(failure, MSYNC_E_SILENT,
	    "%s is connected, but msyncd does not answer: it is stopped, or "
	    "very busy",
	    opts_path(&conn->opts));
}

/* The call's place is taken by one that nobody listens to, which waits for the
 * answer; the call itself is told at once. */
static void give_up_started(struct msync_call *call)
{
	struct msync_conn *conn = call->conn;
	struct msync_call *ghost = malloc(sizeof(*ghost));
	struct failure failure;

	if (ghost == NULL) {
		call->due = sock_after(RETRY_MS);
		return;
	}
	*ghost = *call;
	list_init(&ghost->link);
	list_append(&conn->calls, &ghost->link);
	call_replace(call, ghost);
	abandon(ghost);

	call->type = &call_plain;
	call->grant = NULL;
	call->pool = NULL;
	(void)tell_silence(conn, &failure);
	call_refuse(call, &failure);
}

void call_give_up_due(struct msync_conn *conn)
{
	int64_t now = sock_now(), due = SOCK_NEVER;
	struct list *at, *next;

	if (conn->due > now)
		return;
	for (at = conn->calls.next; at != &conn->calls; at = next) {
		struct msync_call *call =
		    LIST_OWNER(at, struct msync_call, link);

		next = at->next;
		if (call->due <= now && call->listener == CALL_STARTED)
			give_up_started(call);
		if (!call->has_ended && call->due < due)
			due = call->due;
	}
	conn->due = due;
}

/* Who waits, who is called ----------------------------------------- */

/* Callbacks may leave by a C++ exception, which runs the cleanup of these
 * frames because the library is built with -fexceptions; nothing else here
 * needs it. */
static void free_call(struct msync_call **call)
{
	call_free(*call);
}

#define CALL_FREED_AT_END __attribute__((cleanup(free_call)))

/* What the call was granted, from here on its caller's. */
static struct msync_grant *take_grant(struct msync_call *call)
{
	struct msync_grant *grant = call->grant;

	call->grant = NULL;
	if (grant != NULL)
		grant->asked_by = NULL;
	return grant;
}

/* Takes what the call came to out of it, and frees it; also where a pool's
 * callback leaves by an exception. */
static int take_out(struct msync_call *call, struct msync_grant **grant,
    struct msync_result **result)
{
	CALL_FREED_AT_END struct msync_call *owned = call;
	struct msync_grant *granted = take_grant(owned);
	int code = owned->code;

	if (owned->pool != NULL) {
		list_append(&owned->conn->told, &owned->link);
		code = pool_settle(owned, &granted);
	}
	if (grant != NULL)
		*grant = granted;
	if (result != NULL) {
		*result = owned->result;
		owned->result = NULL;
	}
	return code;
}

int call_wait(struct msync_call *call, struct msync_grant **grant,
    struct msync_result **result)
{
	struct msync_conn *conn = call->conn;

	call->listener = CALL_WAITED;
	handle_flush(conn);
	/* No call gives up before answer_ms; and the answer is mostly the next
	 * thing that comes. */
	handle_await(conn);
	while (!call->has_ended) {
		/* The connection may break, and the call end, in each. */
		if (!sock_wait(conn->fd, handle_has_output(conn), call->due)) {
			abandon(call);
			handle_flush(conn);
			return tell_silence(conn, &conn->failure);
		}
		handle_exchange(conn);
	}
	return take_out(call, grant, result);
}

void call_start(struct msync_call *call, msync_done_fn fn, void *ctx)
{
	if (fn == NULL) {
		call_forget(call);
		return;
	}
	call->listener = CALL_STARTED;
	call->fn = fn;
	call->ctx = ctx;
	handle_flush(call->conn);
}

int call_tell_later(struct msync_conn *conn, msync_done_fn fn, void *ctx)
{
	struct msync_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return failure_set(&conn->failure, MSYNC_E_NOMEM, "%s",
		    msync_strerror(MSYNC_E_NOMEM));
	call->conn = conn;
	call->type = &call_plain;
	call->listener = CALL_STARTED;
	call->has_ended = true;
	call->fn = fn;
	call->ctx = ctx;
	list_append(&conn->done, &call->link);
	return 0;
}

/* Nobody is there to be told that it takes too long. */
void call_forget(struct msync_call *call)
{
	call->listener = CALL_FORGOTTEN;
	call->due = SOCK_NEVER;
	handle_flush(call->conn);
}

/* A callback of the pool was left by an exception: the call has failed, and
 * its own callback is due by the next msync_process. */
static void fail_unsettled(struct msync_call **unsettled)
{
	struct msync_call *call = *unsettled;

	if (call == NULL)
		return;
	call->code = MSYNC_E_CALLBACK;
	pool_leave(call->pool);
	call->pool = NULL;
	list_remove(&call->link);
	list_append(&call->conn->done, &call->link);
}

static int settle(struct msync_call *call, struct msync_grant **grant)
{
	__attribute__((cleanup(fail_unsettled))) struct msync_call *unsettled =
	    call;
	int code = pool_settle(call, grant);

	unsettled = NULL;
	return code;
}

static void tell(struct msync_call *call, int code, struct msync_grant *grant)
{
	CALL_FREED_AT_END struct msync_call *owned = call;
	struct msync_result *result = owned->result;

	owned->result = NULL;
	/* A callback of the pool has forked, and this is the child; or there
	 * were only those. */
	if (code == MSYNC_E_FORKED || owned->fn == NULL)
		return;
	if (owned->code < 0)
		failure_copy(&owned->conn->failure, code, owned->failure);
	owned->fn(owned->ctx, code, grant, result);
}

void call_tell(struct msync_call *call)
{
	struct msync_grant *grant = take_grant(call);
	int code = call->code;

	/* However a callback leaves, and if it forks and the child reopens the
	 * handle: nobody finds the call to tell or to free it again. */
	list_remove(&call->link);
	list_append(&call->conn->told, &call->link);
	/* The pool's callbacks come before the caller's. */
	if (call->pool != NULL)
		code = settle(call, &grant);
	tell(call, code, grant);
}

int msync_call_cancel(struct msync_call *call)
{
	struct msync_conn *conn = call->conn;
	int code = handle_check_pid(conn);

	if (code != 0)
		return code;
	/* Answered already: its callback is on its way. */
	if (call->has_ended)
		return 0;
	return send_cancel(conn, call->id);
}
