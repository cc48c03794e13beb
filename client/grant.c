/* SPDX-License-Identifier: MIT */
/* Grants: see grant.h. */
#include "grant.h"

#include "call.h"
#include "calls.h"

#include <stdlib.h>
#include <string.h>

struct msync_grant *grant_new(struct msync_conn *conn, enum msync_kind kind,
    const char *key, bool is_detached)
{
	size_t len = strlen(key);
	struct msync_grant *grant = calloc(1, sizeof(*grant) + len + 1);

	if (grant == NULL)
		return NULL;
	list_init(&grant->link);
	list_append(&conn->all, &grant->all);
	grant->conn = conn;
	grant->kind = kind;
	grant->is_detached = is_detached;
	memcpy(grant->key, key, len + 1);
	return grant;
}

void grant_free(struct msync_grant *grant)
{
	if (grant == NULL)
		return;
	list_remove(&grant->link);
	list_remove(&grant->all);
	free(grant->value);
	free(grant);
}

void grant_begin(struct msync_grant *grant, const struct reply *reply)
{
	grant->state = GRANT_HELD;
	grant->token = reply->token;
	grant->is_abandoned = reply->abandoned;
	grant->is_created = grant->kind == MSYNC_POOL && reply->create;
	grant->attempt = reply->attempt > 0 ? (int)reply->attempt : 1;
	/* A detached one outlives the connection: it cannot be lost with it,
	 * and no event tells of it. */
	if (!grant->is_detached)
		list_append(&grant->conn->grants, &grant->link);
}

bool grant_set_value(struct msync_grant *grant, const char *json, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return false;
	memcpy(copy, json, len);
	copy[len] = '\0';
	free(grant->value);
	grant->value = copy;
	grant->len = len;
	return true;
}

void grant_end(struct msync_grant *grant)
{
	list_remove(&grant->link);
	grant->state = GRANT_ENDED;
}

/* False where nobody has it any more. */
static bool end_hold(struct msync_grant *grant, const char *why, int code)
{
	struct failure failure;

	if (grant->asked_by != NULL) {
		(void)failure_set(&failure, code,
		    "\"%s\": granted, but the hold ended before it was told of "
		    "(%s)",
		    grant->key, why);
		call_withdraw(grant->asked_by, &failure);
		return false;
	}
	list_remove(&grant->link);
	grant->state = GRANT_LOST;
	(void)strncpy(grant->lost_why, why, sizeof(grant->lost_why) - 1);
	return true;
}

void grant_lose(struct msync_grant *grant, const char *why, int code)
{
	struct msync_conn *conn = grant->conn;

	if (end_hold(grant, why, code) && !grant->is_released &&
	    !grant->is_own && conn->opts.on_lost != NULL)
		list_append(&conn->untold, &grant->link);
}

void grant_drop(struct msync_grant *grant, const char *why, int code)
{
	(void)end_hold(grant, why, code);
}

void grant_leave(struct msync_grant *grant)
{
	if (--grant->n_calls > 0 || !grant->is_released)
		return;
	/* The daemon did not take it, and gets it back in the way that it
	 * cannot refuse. Without a connection there is nobody to give it to:
	 * it ended with that, or will by its lease. */
	if (grant->state == GRANT_HELD && grant->conn->fd >= 0 &&
	    !grant->is_given_back)
		grant_give_back(grant);
	else
		grant_free(grant);
}

void grant_give_back(struct msync_grant *grant)
{
	struct msync_conn *conn = grant->conn;
	struct msync_call *call;
	int code;

	/* An object that is new, and is not taken with its value, is dropped:
	 * else it would be put, and refused, for ever. */
	if (grant->is_created) {
		free(grant->value);
		grant->value = NULL;
	}
	call = calls_release(grant, &code);
	grant->is_released = true;
	grant->is_given_back = true;
	if (call != NULL) {
		call_forget(call);
		return;
	}
	/* Rather the connection than a hold that nobody remembers. What is
	 * under way about the grant ends with it, and then frees it. */
	if (grant->n_calls == 0)
		grant_free(grant);
	handle_break(conn, MSYNC_E_NOMEM);
}

void grant_free_own(struct msync_conn *conn)
{
	struct list *at, *next;

	for (at = conn->all.next; at != &conn->all; at = next) {
		struct msync_grant *grant =
		    LIST_OWNER(at, struct msync_grant, all);

		next = at->next;
		/* What a call is about, that frees. */
		if (grant->is_own && grant->n_calls > 0)
			grant->is_released = true;
		else if (grant->is_own)
			grant_free(grant);
	}
}

void grant_orphan_all(struct msync_conn *conn)
{
	while (!list_is_empty(&conn->all)) {
		struct msync_grant *grant =
		    LIST_OWNER(conn->all.next, struct msync_grant, all);

		list_remove(&grant->all);
		list_remove(&grant->link);
		grant->conn = NULL;
		if (grant->state != GRANT_ENDED)
			grant->state = GRANT_LOST;
	}
}

/* The reason of an event, which is a word. */
static void reason_of(const struct reply *reply, char word[16])
{
	long len = -1;

	if (reply->reason.at != NULL && reply->reason.type == SCAN_STRING)
		len = scan_text(&reply->reason, word, 15);
	word[len < 0 ? 0 : len] = '\0';
}

static bool is_lost_event(const struct reply *reply)
{
	return reply->event.len == 6 &&
	       memcmp(reply->event.at, "\"lost\"", 6) == 0;
}

/* Events come for the oldest holds first, mostly: leases have one length. */
void grant_take_event(struct msync_conn *conn, const struct reply *reply)
{
	char why[16];

	if (!is_lost_event(reply))
		return;
	reason_of(reply, why);
	for (struct list *at = conn->grants.next; at != &conn->grants;
	     at = at->next) {
		struct msync_grant *grant =
		    LIST_OWNER(at, struct msync_grant, link);

		if (grant->token == reply->token) {
			grant_lose(grant, why, MSYNC_E_LOST);
			return;
		}
	}
}

/* Accessors -------------------------------------------------------- */

int64_t msync_grant_token(const struct msync_grant *grant)
{
	return grant->token;
}

enum msync_kind msync_grant_kind(const struct msync_grant *grant)
{
	return grant->kind;
}

const char *msync_grant_key(const struct msync_grant *grant)
{
	return grant->key;
}

int msync_grant_is_abandoned(const struct msync_grant *grant)
{
	return grant->is_abandoned;
}

int msync_grant_attempt(const struct msync_grant *grant)
{
	return grant->attempt;
}

const char *msync_grant_value(const struct msync_grant *grant, size_t *len)
{
	if (len != NULL)
		*len = grant->value == NULL ? 0 : grant->len;
	return grant->value;
}

int msync_grant_is_lost(struct msync_grant *grant)
{
	struct msync_conn *conn = grant->conn;

	if (conn != NULL && grant->state == GRANT_HELD &&
	    handle_check_pid(conn) == 0 && conn->fd >= 0)
		handle_exchange(conn);
	return grant->state == GRANT_LOST;
}
