/* SPDX-License-Identifier: MIT */
/*
 * Requests with something wrong about them, and lines that are none.
 */
#include "generate.h"

#include <string.h>

/* Each of these, added to any request, makes it a bad one: unknown, ill-typed
 * or out of range, or else a repeated member. */
static const char *const bad_members[] = {
    "\"wait_s\":5",
    "\"\":1",
    "\"Key\":\"a\"",
    "\"op\":\"ping\"",
    "\"\\u006fp\":\"ping\"",
    "\"wait_ms\":-1",
    "\"wait_ms\":1.5",
    "\"wait_ms\":1e2",
    "\"wait_ms\":1.0",
    "\"wait_ms\":\"1\"",
    "\"wait_ms\":null",
    "\"wait_ms\":9007199254740992",
    "\"wait_ms\":12345678901234567890123",
    "\"max_waiters\":-1",
    "\"lease_ms\":0",
    "\"lease_ms\":true",
    "\"capacity\":0",
    "\"capacity\":2147483648",
    "\"capacity\":1.5",
    "\"permits\":0",
    "\"permits\":-3",
    "\"max_leaders\":0",
    "\"keep_ms\":-5",
    "\"max_idle_ms\":-1",
    "\"token\":\"1\"",
    "\"token\":{}",
    "\"detached\":1",
    "\"detached\":null",
    "\"adopt\":\"true\"",
    "\"items\":{}",
    "\"items\":[null]",
    "\"items\":[1,2,1]",
    "\"order\":\"random\"",
    "\"on_lost\":\"keep\"",
    "\"on_lost\":null",
    "\"kind\":\"semaphore\"",
    "\"events\":[\"gone\"]",
    "\"events\":\"lost\"",
    "\"client\":5",
    "\"target\":1.5",
    "\"target\":true",
    "\"message\":9",
    "\"multiplexed\":0",
    "\"list\":[]",
    "\"max\":1001",
    "\"after\":\"1\"",
    "\"waiting\":1",
    "\"prefix\":\"a\\nb\"",
    "\"client\":\"" DIGITS_32 DIGITS_32 "3\"",
    "\"message\":\"" DIGITS_512 DIGITS_512 "3\"",
};

/* An id that is none is not repeated in the answer. */
static const char *const bad_ids[] = {
    "\"id\":true",
    "\"id\":null",
    "\"id\":1.5",
    "\"id\":[1]",
    "\"id\":9007199254740992",
    "\"id\":-9007199254740992",
    "\"id\":\"" DIGITS_32 DIGITS_32 "3\"",
};

static const char *const bad_keys[] = {
    "\"key\":7",
    "\"key\":null",
    "\"key\":\"\"",
    "\"key\":\"@admin\"",
    "\"key\":\"a\\nb\"",
    "\"key\":\"\\u0000\"",
    "\"key\":\"\\u007f\"",
    "\"key\":\"\\u0085\"",
    "\"key\":\"" DIGITS_128 DIGITS_128 "3\"",
};

static const char *const bad_ops[] = {
    "\"op\":\"lock.aquire\"",
    "\"op\":\"LOCK.ACQUIRE\"",
    "\"op\":\"lock.acquire \"",
    "\"op\":\"lock\"",
    "\"op\":\"\"",
    "\"op\":\"pool.borrow\"",
    "\"op\":\"a very long word that no operation has as its name, really\"",
};

#define DEEP_16 "[[[[[[[[[[[[[[[["

static const char *const no_requests[] = {
    " ",
    "  \t ",
    "{",
    "}",
    "[]",
    "[{\"op\":\"ping\"}]",
    "7",
    "null",
    "true",
    "\"ping\"",
    "ping",
    "{\"op\":\"ping\"} {\"op\":\"ping\"}",
    "{\"op\":\"ping\"}x",
    "{\"op\":\"ping\",}",
    "{\"op\" \"ping\"}",
    "{'op':'ping'}",
    "{op:\"ping\"}",
    "{\"op\":\"ping\",\"id\":01}",
    "{\"op\":\"ping\",\"id\":+1}",
    "{\"op\":\"ping\",\"id\":0x10}",
    "{\"op\":\"ping\",\"id\":.5}",
    "{\"op\":\"ping\",\"id\":NaN}",
    "{\"op\":\"ping\"/* */}",
    "{\"op\":\"ping\",\"id\":\"\\ud800\"}",
    "{\"op\":\"ping\",\"id\":\"\\udc00\"}",
    "{\"op\":\"ping\",\"id\":\"\\x\"}",
    "{\"op\":\"ping\",\"id\":\"a\tb\"}",
    "{\"op\":\"ping\",\"id\":\"\300\200\"}",
    "{\"op\":\"ping\",\"id\":\"\355\240\200\"}",
    "{\"op\":\"ping\",\"id\":\"\364\220\200\200\"}",
    "{\"op\":\"ping\",\"id\":\"\342\202\"}",
    "\357\273\277{\"op\":\"ping\"}",
    "{\"op\":\"flight.finish\",\"key\":\"a\",\"value\":" DEEP_16 DEEP_16 DEEP_16
	DEEP_16 "[",
};

#define PICK(gen, list)                                                        \
	((list)[rng_below(&(gen)->rng, (int)(sizeof(list) / sizeof(*(list))))])

/* The place of the member with this name, or -1. */
static int find(const struct members *members, const char *name)
{
	size_t len = strlen(name);

	for (int i = 0; i < members->n; i++) {
		if (strncmp(members->texts[i] + 1, name, len) == 0 &&
		    members->texts[i][len + 1] == '"')
			return i;
	}
	return -1;
}

static void replace(struct members *members, const char *name, const char *text)
{
	int at = find(members, name);

	if (at < 0)
		at = members->n++;
	members->texts[at] = text;
}

static void leave_out(struct members *members, const char *name)
{
	int at = find(members, name);

	if (at >= 0)
		members->texts[at] = members->texts[--members->n];
}

/* Operations on a key cannot do without it; for the others it is one member
 * too many, but for renew and list. */
static void spoil_key(struct generator *gen, struct model_request *request,
    struct members *members)
{
	if (request->key != NULL && request->op != MODEL_RENEW &&
	    request->op != MODEL_LIST && rng_percent(&gen->rng, 30))
		leave_out(members, "key");
	else
		replace(members, "key", PICK(gen, bad_keys));
}

/* Leaves a member out that the operation cannot do without. */
static void spoil_required(struct generator *gen,
    const struct model_request *request, struct members *members)
{
	const char *name = "op";

	if (request->op == MODEL_CANCEL)
		name = "target";
	else if (request->op == MODEL_LIMIT_SET)
		name = "capacity";
	else if (request->op == MODEL_RENEW)
		name = rng_percent(&gen->rng, 50) ? "token" : "lease_ms";
	else if (request->op == MODEL_ADMIN_RELEASE)
		name = rng_percent(&gen->rng, 50) ? "token" : "kind";
	leave_out(members, rng_percent(&gen->rng, 70) ? name : "op");
}

static struct line no_request(struct generator *gen, struct line line)
{
	static const char zero[] = "{\"op\":\"ping\",\"id\":\"a\0b\"}";
	int dice = rng_below(&gen->rng, 10);
	const char *text;

	if (dice == 0)
		return (struct line){zero, sizeof(zero) - 1};
	if (dice == 1) {
		/* All that goes before the brace that ends it. */
		text = strrchr(line.bytes, '}');
		line.len =
		    1 + (size_t)rng_below(&gen->rng, (int)(text - line.bytes));
		return line;
	}
	text = PICK(gen, no_requests);
	return (struct line){text, strlen(text)};
}

struct line line_spoil(struct generator *gen, struct model_request *request)
{
	struct members members;
	int dice = rng_below(&gen->rng, 100);

	line_list_members(gen, request, &members);
	request->fault = WIRE_BAD_REQUEST;
	if (dice < 25) {
		request->fault = WIRE_UNKNOWN_OP;
		replace(&members, "op", PICK(gen, bad_ops));
	} else if (dice < 50) {
		request->fault = WIRE_PARSE;
		return no_request(gen, line_join(gen, &members));
	} else if (dice < 58) {
		request->id.type = MODEL_ID_NONE;
		replace(&members, "id", PICK(gen, bad_ids));
	} else if (dice < 66) {
		spoil_key(gen, request, &members);
	} else if (dice < 70) {
		spoil_required(gen, request, &members);
	} else if (dice < 72) {
		replace(&members, "op", "\"op\":5");
	} else {
		members.texts[members.n++] = PICK(gen, bad_members);
	}
	return line_join(gen, &members);
}
