/* SPDX-License-Identifier: MIT */
/* Flights: to begin, finish, fail and forget them. */
#include "calls.h"

#include <limits.h>

/* The leader is granted the lead, a follower gets the result. */
static int take_begin(struct msync_call *call, const struct reply *reply)
{
	if (reply->leader) {
		if (reply->token <= 0)
			return MSYNC_E_PROTOCOL;
		grant_begin(call->grant, reply);
		return 0;
	}
	call->result = result_from(reply);
	return call->result == NULL ? MSYNC_E_NOMEM : 0;
}

static const struct call_type begin_type = {.take = take_begin, .waits = true};

static struct msync_call *begin_flight(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, int *code)
{
	struct msync_call *call = calls_ask_turn(
	    conn, &begin_type, MSYNC_FLIGHT, key, wait_ms, terms, code);

	return call == NULL ? NULL : calls_send(call, wait_ms, code);
}

int msync_flight_begin(struct msync_conn *conn, const char *key, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant,
    struct msync_result **result)
{
	struct msync_call *call;
	int code = calls_check(conn);

	*grant = NULL;
	*result = NULL;
	if (code != 0)
		return code;
	call = begin_flight(conn, key, wait_ms, terms, &code);
	return call == NULL ? code : call_wait(call, grant, result);
}

int msync_flight_begin_start(struct msync_conn *conn, const char *key,
    int wait_ms, const struct msync_terms *terms, msync_done_fn fn, void *ctx,
    struct msync_call **started)
{
	struct msync_call *call;
	int code = calls_check_start(conn);

	if (code != 0)
		return calls_started(NULL, code, fn, ctx, started);
	call = begin_flight(conn, key, wait_ms, terms, &code);
	return calls_started(call, code, fn, ctx, started);
}

/* Results ---------------------------------------------------------- */

static int take_followers(struct msync_call *call, const struct reply *reply)
{
	(void)call;
	return reply->followers > INT_MAX ? INT_MAX : (int)reply->followers;
}

static const struct call_type result_type = {
    .take = take_followers, .lets_go = true};

static struct msync_call *begin_finish(struct msync_grant *lead,
    const char *json, size_t len, int64_t keep_ms, int *code)
{
	struct msync_call *call =
	    calls_about(lead, &result_type, "flight.finish", code);

	if (call == NULL)
		return NULL;
	if (json != NULL)
		call_add_json(call, "value", json, len);
	if (keep_ms > 0)
		call_add_integer(call, "keep_ms", keep_ms);
	return call;
}

static struct msync_call *begin_fail(struct msync_grant *lead,
    const char *message, const char *json, size_t len, int64_t keep_ms,
    int *code)
{
	struct msync_call *call =
	    calls_about(lead, &result_type, "flight.fail", code);

	if (call == NULL)
		return NULL;
	if (message != NULL)
		call_add_text(call, "message", message);
	if (json != NULL)
		call_add_json(call, "value", json, len);
	if (keep_ms > 0)
		call_add_integer(call, "keep_ms", keep_ms);
	return call;
}

/* Whether the grant is a lead that can be finished. */
static int check_lead(struct msync_grant *lead, bool is_start)
{
	return calls_check_grant_of(lead, MSYNC_FLIGHT, is_start);
}

int msync_flight_finish(
    struct msync_grant *lead, const char *json, size_t len, int64_t keep_ms)
{
	struct msync_call *call;
	int code = check_lead(lead, false);

	if (code != 0)
		return code;
	call = begin_finish(lead, json, len, keep_ms, &code);
	return calls_wait_about(lead, call, code);
}

int msync_flight_finish_start(struct msync_grant *lead, const char *json,
    size_t len, int64_t keep_ms, msync_done_fn fn, void *ctx)
{
	struct msync_call *call;
	int code = check_lead(lead, true);

	if (code != 0)
		return code;
	call = begin_finish(lead, json, len, keep_ms, &code);
	return calls_start_about(lead, call, code, fn, ctx);
}

int msync_flight_fail(struct msync_grant *lead, const char *message,
    const char *json, size_t len, int64_t keep_ms)
{
	struct msync_call *call;
	int code = check_lead(lead, false);

	if (code != 0)
		return code;
	call = begin_fail(lead, message, json, len, keep_ms, &code);
	return calls_wait_about(lead, call, code);
}

int msync_flight_fail_start(struct msync_grant *lead, const char *message,
    const char *json, size_t len, int64_t keep_ms, msync_done_fn fn, void *ctx)
{
	struct msync_call *call;
	int code = check_lead(lead, true);

	if (code != 0)
		return code;
	call = begin_fail(lead, message, json, len, keep_ms, &code);
	return calls_start_about(lead, call, code, fn, ctx);
}

static int take_forgotten(struct msync_call *call, const struct reply *reply)
{
	(void)call;
	return reply->forgotten;
}

static const struct call_type forget_type = {.take = take_forgotten};

int msync_flight_forget(struct msync_conn *conn, const char *key)
{
	struct msync_call *call;
	int code = calls_check(conn);

	if (code != 0)
		return code;
	call = calls_of_key(conn, &forget_type, "flight.forget", key, &code);
	return calls_wait(call, code);
}
