/* SPDX-License-Identifier: MIT */
/*
 * From what a request means to one of the many lines that mean it: members in
 * any order, letters escaped or not, white space here and there, notes.
 */
#include "generate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add(struct members *members, const char *text)
{
	assert(members->n < LINE_MAX_MEMBERS);
	members->texts[members->n++] = text;
}

/* Takes one character off the UTF-8 text. */
static unsigned int next_char(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	int n = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
	unsigned int c = n == 0 ? at[0] : at[0] & (0x3fu >> n);

	for (int i = 1; i <= n; i++)
		c = c << 6 | (at[i] & 0x3fu);
	*text += n + 1;
	return c;
}

static int escape(char *at, unsigned int c)
{
	if (c < 0x10000)
		return sprintf(at, "\\u%04x", c);
	c -= 0x10000;
	return sprintf(
	    at, "\\u%04X\\u%04x", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

/* The text as a JSON string. */
static const char *quote(struct generator *gen, const char *text)
{
	bool escapes = rng_percent(&gen->rng, 10);
	char *quoted = arena_get(gen->arena, 6 * strlen(text) + 3);
	char *at = quoted;
	const char *from;
	unsigned int c;

	*at++ = '"';
	while (*text != '\0') {
		from = text;
		c = next_char(&text);
		if (c < 0x20 || escapes) {
			at += escape(at, c);
			continue;
		}
		if (c == '"' || c == '\\')
			*at++ = '\\';
		while (from < text)
			*at++ = *from++;
	}
	strcpy(at, "\"");
	return quoted;
}

static void add_text(struct generator *gen, struct members *members,
    const char *name, const char *text)
{
	if (text != NULL)
		add(members, arena_printf(gen->arena, "\"%s\":%s", name,
				 quote(gen, text)));
}

static void add_json(struct generator *gen, struct members *members,
    const char *name, const char *json)
{
	if (json != NULL)
		add(members, arena_printf(gen->arena, "\"%s\":%s", name, json));
}

static void add_number(struct generator *gen, struct members *members,
    const char *name, int64_t number)
{
	if (number != MODEL_ABSENT)
		add(members,
		    arena_printf(gen->arena, "\"%s\":%" PRId64, name, number));
}

/* false may be said or left out; only where the operation has the member. */
static void add_bool(struct generator *gen, struct members *members,
    const char *name, bool is, bool may_say_false)
{
	if (is || (may_say_false && rng_percent(&gen->rng, 5)))
		add_json(gen, members, name, is ? "true" : "false");
}

static void add_id(struct generator *gen, struct members *members,
    const char *name, const struct model_id *id)
{
	if (id->type == MODEL_ID_NUMBER)
		add(members, arena_printf(gen->arena, "\"%s\":%" PRId64, name,
				 id->number));
	else if (id->type == MODEL_ID_TEXT)
		add_text(gen, members, name, id->text);
}

static void add_items(struct generator *gen, struct members *members,
    const struct model_request *request)
{
	const char *list = "";

	if (request->n_items == MODEL_ABSENT)
		return;
	for (int i = 0; i < request->n_items; i++)
		list = arena_printf(gen->arena, "%s%s%s", list,
		    i > 0 ? ", " : "", request->items[i]);
	add(members, arena_printf(gen->arena, "\"items\":[%s]", list));
}

void line_list_members(struct generator *gen,
    const struct model_request *request, struct members *members)
{
	static const char *const kinds[] = {
#define KIND_NAME(constant, name) name,
	    WIRE_KINDS(KIND_NAME)};
	enum model_op op = request->op;
	bool has_capacity = op == MODEL_LIMIT_BORROW || op == MODEL_POOL_GET ||
			    op == MODEL_LIMIT_TRY_BORROW;

	members->n = 0;
	add_text(gen, members, "op", model_op_name(op));
	add_id(gen, members, "id", &request->id);
	add_text(gen, members, "key", request->key);
	add_number(gen, members, "token", request->token);
	add_number(gen, members, "wait_ms", request->wait_ms);
	add_number(gen, members, "max_waiters", request->max_waiters);
	add_number(gen, members, "lease_ms", request->lease_ms);
	add_number(gen, members, "keep_ms", request->keep_ms);
	add_number(gen, members, "max_idle_ms", request->max_idle_ms);
	add_number(gen, members, "capacity", request->capacity);
	add_number(gen, members, "permits", request->permits);
	add_number(gen, members, "max_leaders", request->max_leaders);
	add_bool(gen, members, "detached", request->detached,
	    has_capacity || op == MODEL_LOCK_ACQUIRE);
	add_bool(gen, members, "adopt", request->adopt, has_capacity);
	add_json(gen, members, "value", request->value);
	add_text(gen, members, "message", request->message);
	add_items(gen, members, request);
	add_text(gen, members, "order", request->order);
	add_text(gen, members, "on_lost", request->on_lost);
	if (request->kind != MODEL_ABSENT)
		add_text(gen, members, "kind", kinds[request->kind]);
	add_id(gen, members, "target", &request->target);
	add_number(gen, members, "max", request->max);
	add_text(gen, members, "after", request->after);
	add_text(gen, members, "client", request->client);
	add_bool(gen, members, "multiplexed", request->multiplexed,
	    op == MODEL_HELLO);
	if (request->wants_lost)
		add(members, "\"events\":[\"lost\"]");
	else if (op == MODEL_HELLO && rng_percent(&gen->rng, 10))
		add(members, "\"events\":[]");
	if (rng_percent(&gen->rng, 3))
		add(members, "\"x_note\":{\"op\":\"ping\",\"id\":[0]}");
}

static void shuffle(struct rng *rng, struct members *members)
{
	const char *text;

	for (int i = members->n - 1; i > 0; i--) {
		int j = rng_below(rng, i + 1);

		text = members->texts[i];
		members->texts[i] = members->texts[j];
		members->texts[j] = text;
	}
}

/* Appends the text, with a little white space before it or none. */
static char *append(
    struct generator *gen, char *at, const char *text, bool wide)
{
	static const char *const blanks[] = {"", " ", "\t", "  "};

	if (wide)
		at = stpcpy(at, blanks[rng_below(&gen->rng, 4)]);
	return stpcpy(at, text);
}

struct line line_join(struct generator *gen, struct members *members)
{
	bool wide = rng_percent(&gen->rng, 10);
	size_t room = 16;
	char *line, *at;

	shuffle(&gen->rng, members);
	for (int i = 0; i < members->n; i++)
		room += strlen(members->texts[i]) + 6;
	at = line = arena_get(gen->arena, room);
	at = append(gen, at, "{", wide);
	for (int i = 0; i < members->n; i++) {
		if (i > 0)
			at = append(gen, at, ",", wide);
		at = append(gen, at, members->texts[i], wide);
	}
	at = append(gen, at, "}", wide);
	if (wide && rng_percent(&gen->rng, 50))
		at = append(gen, at, "\r", true);
	return (struct line){line, (size_t)(at - line)};
}

struct line line_write(
    struct generator *gen, const struct model_request *request)
{
	struct members members;

	line_list_members(gen, request, &members);
	return line_join(gen, &members);
}
