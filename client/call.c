/* SPDX-License-Identifier: MIT */
/* Calls when their answer has come, or cannot come any more: see call.h. */
#include "call.h"

#include "sock.h"

#include <stdlib.h>

/* Types ------------------------------------------------------------ */

static int take_plain(struct msync_call *call, const struct reply *reply)
{
	(void)call;
	(void)reply;
	return 0;
}

const struct call_type call_plain = {.take = take_plain};
const struct call_type call_letting = {.take = take_plain, .lets_go = true};

static int take_ask(struct msync_call *call, const struct reply *reply)
{
	call->result = result_new(reply->line, reply->len);
	return call->result == NULL ? MSYNC_E_NOMEM : 0;
}

const struct call_type call_ask = {.take = take_ask};

/* Endings ---------------------------------------------------------- */

/* What a call has to do with its grant when it ends without success. */
static void end_grant(struct msync_call *call, int code)
{
	struct msync_grant *grant = call->grant;

	if (grant == NULL)
		return;
	if (call->type->waits) {
		grant_free(grant);
		call->grant = NULL;
		return;
	}
	/* What cannot be found any more ended before. */
	if (code == MSYNC_E_NOT_HELD || code == MSYNC_E_STALE_TOKEN) {
		if (grant->state == GRANT_HELD || grant->state == GRANT_LETTING)
			grant_lose(grant, "gone", MSYNC_E_LOST);
	} else if (grant->state == GRANT_LETTING) {
		grant->state = GRANT_HELD;
	}
}

static int code_of_refusal(const struct msync_call *call, int code)
{
	if (call->grant != NULL && !call->type->waits &&
	    (code == MSYNC_E_NOT_HELD || code == MSYNC_E_STALE_TOKEN))
		return MSYNC_E_LOST;
	return code;
}

/* Nobody listens: what was granted goes back. Values that are to be destroyed
 * come only once, and a pool's callback runs where callbacks run. */
static void forget(struct msync_call *call)
{
	if (call->grant != NULL)
		grant_give_back(call->grant);
	call->grant = NULL;
	if (call->doomed == NULL)
		call_free(call);
	else
		list_append(&call->conn->done, &call->link);
}

/* The call is over. Whoever has to be told, is or will be. */
static void finish(struct msync_call *call, int code)
{
	struct msync_conn *conn = call->conn;
	struct msync_grant *about = call->type->waits ? NULL : call->grant;

	call->code = code;
	call->has_ended = true;
	call_leave_slot(call);
	list_remove(&call->link);
	if (list_is_empty(&conn->calls))
		conn->due = SOCK_NEVER;
	if (about != NULL) {
		call->grant = NULL;
		grant_leave(about);
	}
	if (call->listener == CALL_FORGOTTEN) {
		forget(call);
		return;
	}
	if (call->grant != NULL)
		call->grant->asked_by = call;
	if (call->listener == CALL_STARTED)
		list_append(&conn->done, &call->link);
}

/* Keeps the words for the one who will be told. */
static void keep_words(struct msync_call *call, const struct failure *failure)
{
	if (call->listener == CALL_WAITED)
		call->conn->failure = *failure;
	else if (call->listener == CALL_STARTED)
		call->failure = malloc(sizeof(*call->failure));
	if (call->failure != NULL)
		*call->failure = *failure;
}

void call_refuse(struct msync_call *call, const struct failure *failure)
{
	int code = code_of_refusal(call, failure->code);

	keep_words(call, failure);
	if (call->failure != NULL)
		call->failure->code = code;
	end_grant(call, failure->code);
	finish(call, code);
}

void call_withdraw(struct msync_call *call, const struct failure *failure)
{
	keep_words(call, failure);
	call->code = failure->code;
	grant_free(call->grant);
	call->grant = NULL;
}

/* The result that comes with a refusal; false: there is no memory for it. */
static bool keep_refusal(struct msync_call *call, const struct reply *reply)
{
	/* A question is answered by a refusal, too. */
	if (call->type == &call_ask)
		call->result = result_new(reply->line, reply->len);
	else if (reply->code == MSYNC_E_FLIGHT_FAILED)
		call->result = result_from(reply);
	else
		return true;
	return call->result != NULL;
}

static bool take_refusal(struct msync_call *call, const struct reply *reply)
{
	struct failure failure;

	if (call->type->is_vital)
		return false;
	if (keep_refusal(call, reply))
		(void)failure_set_reply(&failure, reply);
	else
		(void)failure_set(&failure, MSYNC_E_NOMEM, "%s",
		    msync_strerror(MSYNC_E_NOMEM));
	call_refuse(call, &failure);
	return true;
}

/* Something was granted that there is no memory to hold. */
static void finish_unheld(struct msync_call *call, int code)
{
	struct msync_grant *grant = call->grant;
	struct failure failure;

	(void)failure_set(&failure, code, "%s", msync_strerror(code));
	if (call->type->waits && grant != NULL && grant->state == GRANT_HELD)
		call->grant = NULL;
	else
		grant = NULL;
	call_refuse(call, &failure);
	if (grant != NULL)
		grant_give_back(grant);
}

/* What was to let go has done so, or has done nothing. */
static void end_letting(struct msync_grant *grant, bool was_ignored)
{
	if (grant->state != GRANT_LETTING)
		return;
	if (was_ignored)
		grant->state = GRANT_HELD;
	else
		grant_end(grant);
}

static bool take_success(struct msync_call *call, const struct reply *reply)
{
	int code = call->type->take(call, reply);

	if (code == MSYNC_E_PROTOCOL)
		return false;
	if (code < 0) {
		finish_unheld(call, code);
		return true;
	}
	if (call->type->lets_go && call->grant != NULL)
		end_letting(call->grant, reply->ignored);
	/* A follower, say, has a result and no grant. */
	if (call->type->waits && call->grant != NULL &&
	    call->grant->state == GRANT_ASKED) {
		grant_free(call->grant);
		call->grant = NULL;
	}
	finish(call, code);
	return true;
}

bool call_take_reply(struct msync_conn *conn, const struct reply *reply)
{
	struct msync_call *call;

	if (reply->is_event) {
		grant_take_event(conn, reply);
		return true;
	}
	call = reply->has_id ? call_find(conn, reply->id) : NULL;
	if (call == NULL || call->has_ended)
		return false;
	return reply->ok ? take_success(call, reply)
			 : take_refusal(call, reply);
}

void call_end_all(struct msync_conn *conn, int code)
{
	struct failure failure = conn->failure;

	failure.code = code;
	failure.has_holder = false;
	while (!list_is_empty(&conn->calls)) {
		struct msync_call *call =
		    LIST_OWNER(conn->calls.next, struct msync_call, link);

		call_refuse(call, &failure);
	}
}
