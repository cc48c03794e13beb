/* SPDX-License-Identifier: MIT */
/* Calls until they are under way: their ids and their lines. See call.h. */
#include "call.h"

#include "calls_pool.h"
#include "sock.h"

#include <stdlib.h>
#include <string.h>

/* An id says which slot, and is no id of an earlier call in it. */
#define SLOT_BITS 20
#define MAX_SLOTS (1u << SLOT_BITS)
/* Round numbers stay below 2^53 with the slot. */
#define MAX_ROUND ((INT64_C(1) << 32) - 1)

/* Places ----------------------------------------------------------- */

static bool grow_slots(struct msync_conn *conn)
{
	uint32_t n = conn->n_slots == 0 ? 8 : 2 * conn->n_slots;
	struct handle_slot *slots;

	if (n > MAX_SLOTS)
		return false;
	slots = realloc(conn->slots, n * sizeof(*slots));
	if (slots == NULL)
		return false;
	for (uint32_t i = conn->n_slots; i < n; i++)
		slots[i] = (struct handle_slot){NULL, i + 1};
	conn->free_slot = conn->n_slots;
	conn->slots = slots;
	conn->n_slots = n;
	return true;
}

/* Gives the call an id; false where there is no memory, or no place. */
static bool take_slot(struct msync_call *call)
{
	struct msync_conn *conn = call->conn;
	uint32_t slot;

	if (conn->free_slot == conn->n_slots && !grow_slots(conn))
		return false;
	slot = conn->free_slot;
	conn->free_slot = conn->slots[slot].next_free;
	conn->slots[slot].call = call;
	conn->n_calls = conn->n_calls % MAX_ROUND + 1;
	call->id = conn->n_calls << SLOT_BITS | slot;
	return true;
}

void call_leave_slot(struct msync_call *call)
{
	struct msync_conn *conn = call->conn;
	uint32_t slot = (uint32_t)call->id & (MAX_SLOTS - 1);

	if (call->id == 0)
		return;
	conn->slots[slot] = (struct handle_slot){NULL, conn->free_slot};
	conn->free_slot = slot;
	call->id = 0;
}

struct msync_call *call_find(const struct msync_conn *conn, int64_t id)
{
	uint32_t slot = (uint32_t)id & (MAX_SLOTS - 1);
	struct msync_call *call;

	if (id <= 0 || slot >= conn->n_slots)
		return NULL;
	call = conn->slots[slot].call;
	return call != NULL && call->id == id ? call : NULL;
}

void call_replace(struct msync_call *call, struct msync_call *by)
{
	uint32_t slot = (uint32_t)call->id & (MAX_SLOTS - 1);

	call->conn->slots[slot].call = by;
	by->id = call->id;
	call->id = 0;
}

/* Beginning -------------------------------------------------------- */

struct text *call_line(struct msync_call *call)
{
	return &call->conn->out;
}

static void begin_member(struct msync_call *call, const char *member)
{
	text_add_word(call_line(call), ",\"");
	text_add_word(call_line(call), member);
	text_add_word(call_line(call), "\":");
}

/* Looks at what the line got since begin. The daemon would answer a line that
 * is not JSON without an id, which ends the connection; so it is not sent. */
static void check_since(
    struct msync_call *call, size_t begin, const char *wrong)
{
	const struct text *line = call_line(call);

	if (!line->has_failed &&
	    !scan_is_value(line->bytes + begin, line->len - begin))
		call->wrong = wrong;
}

void call_add_text(
    struct msync_call *call, const char *member, const char *text)
{
	size_t begin;

	begin_member(call, member);
	begin = call_line(call)->len;
	text_add_string(call_line(call), text, strlen(text));
	check_since(call, begin, "text that is not UTF-8");
}

void call_add_integer(
    struct msync_call *call, const char *member, int64_t number)
{
	begin_member(call, member);
	text_add_integer(call_line(call), number);
}

/* A line feed inside of a string is no JSON; it must not become a space before
 * that is found. So both look at what the caller has brought. */
void call_add_json(
    struct msync_call *call, const char *member, const char *json, size_t len)
{
	if (len == MSYNC_NUL_TERMINATED)
		len = strlen(json);
	if (!scan_is_value(json, len))
		call->wrong = "a value that is not JSON";
	begin_member(call, member);
	text_add_json(call_line(call), json, len);
}

/* Whether the line has an id or op beside ours. A second id would be answered
 * without any, which ends the connection. */
static bool repeats_op_or_id(const char *line, size_t len)
{
	struct scan_value name, value;
	struct scan scan;
	char word[2];
	int n = 0;

	scan_begin(&scan, line, len);
	while (scan_member(&scan, &name, &value) == SCAN_ITEM) {
		if (scan_text(&name, word, sizeof(word)) == 2 &&
		    (memcmp(word, "id", 2) == 0 || memcmp(word, "op", 2) == 0))
			n++;
	}
	return n > 2;
}

void call_add_members(struct msync_call *call, const char *members)
{
	struct text *line = call_line(call);
	size_t begin;

	text_add_word(line, ",");
	begin = line->len;
	text_add_word(line, members);
	/* The whole line, as it will be. */
	text_add_word(line, "}");
	check_since(call, call->begin, "members that are not JSON");
	if (line->has_failed)
		return;
	if (repeats_op_or_id(
		line->bytes + call->begin, line->len - call->begin))
		call->wrong = "members with an op or an id";
	text_cut(line, begin);
	text_add_json(line, members, strlen(members));
}

static struct msync_call *allocate(struct msync_conn *conn)
{
	struct msync_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->conn = conn;
	list_init(&call->link);
	if (take_slot(call))
		return call;
	free(call);
	return NULL;
}

struct msync_call *call_new(
    struct msync_conn *conn, const struct call_type *type, const char *op)
{
	struct msync_call *call = allocate(conn);

	if (call == NULL) {
		(void)failure_set(&conn->failure, MSYNC_E_NOMEM, "%s",
		    msync_strerror(MSYNC_E_NOMEM));
		return NULL;
	}
	call->type = type;
	call->begin = conn->out.len;
	text_add_word(&conn->out, "{\"id\":");
	text_add_integer(&conn->out, call->id);
	call_add_text(call, "op", op);
	return call;
}

void call_free(struct msync_call *call)
{
	call_leave_slot(call);
	list_remove(&call->link);
	msync_result_free(call->result);
	free(call->failure);
	free(call->doomed);
	pool_leave(call->pool);
	free(call);
}

int call_drop(struct msync_call *call, int code)
{
	struct msync_conn *conn = call->conn;

	text_cut(&conn->out, call->begin);
	if (call->type->waits)
		grant_free(call->grant);
	call_free(call);
	return failure_set(&conn->failure, code, "%s", msync_strerror(code));
}

static int64_t due_of(const struct msync_call *call, int wait_ms)
{
	int answer_ms = call->conn->opts.answer_ms;

	if (wait_ms < 0 || answer_ms < 0)
		return SOCK_NEVER;
	return sock_after((int64_t)wait_ms + answer_ms);
}

int call_send(struct msync_call *call, int wait_ms)
{
	struct msync_conn *conn = call->conn;
	const char *wrong = call->wrong;
	size_t len;

	/* A caller's own arithmetic, as a rule: not to be waited for without
	 * an end. */
	if (wait_ms < 0 && wait_ms != MSYNC_FOREVER)
		wrong = "a wait_ms that is negative, and not MSYNC_FOREVER";
	text_add(&conn->out, "}\n", 2);
	if (conn->out.has_failed)
		return call_drop(call, MSYNC_E_NOMEM);
	if (wrong != NULL) {
		(void)call_drop(call, MSYNC_E_INVALID);
		return failure_set(&conn->failure, MSYNC_E_INVALID,
		    "the request has %s", wrong);
	}
	len = conn->out.len - call->begin - 1;
	if (len > conn->max_line) {
		(void)call_drop(call, MSYNC_E_TOO_LONG);
		return failure_set(&conn->failure, MSYNC_E_TOO_LONG,
		    "the request has %zu bytes, and msyncd takes at most %zu",
		    len, conn->max_line);
	}
	call->due = due_of(call, wait_ms);
	if (call->due < conn->due)
		conn->due = call->due;
	list_append(&conn->calls, &call->link);
	return 0;
}
