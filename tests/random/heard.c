/* SPDX-License-Identifier: MIT */
/*
 * One line that came out of the core, held against one answer that the model
 * expects: every member that has to be there, and none besides. Values are
 * compared byte for byte, in the line itself.
 */
#include "heard.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Looks at the members that were expected and counts them, so that a line
 * with more of them is noticed. */
struct look {
	const struct heard *heard;
	size_t n_seen;
	bool differs;
};

static const json_t *get(struct look *look, const char *name)
{
	const json_t *json = json_object_get(look->heard->json, name);

	if (json == NULL)
		look->differs = true;
	look->n_seen++;
	return json;
}

static void see_text(struct look *look, const char *name, const char *text)
{
	const char *seen = json_string_value(get(look, name));

	if (seen == NULL || strcmp(seen, text) != 0)
		look->differs = true;
}

static void see_integer(struct look *look, const char *name, int64_t number)
{
	const json_t *seen = get(look, name);

	if (!json_is_integer(seen) || json_integer_value(seen) != number)
		look->differs = true;
}

static void see_bool(struct look *look, const char *name, bool is)
{
	const json_t *seen = get(look, name);

	if (!json_is_boolean(seen) || json_is_true(seen) != is)
		look->differs = true;
}

/* Whether the line has "name": and then these very bytes and no more. */
static bool has_bytes(
    const struct heard *heard, const char *name, const char *text)
{
	const char *at = heard->line;
	size_t len = strlen(text);
	char before[32];

	snprintf(before, sizeof(before), "\"%s\":", name);
	while ((at = strstr(at, before)) != NULL) {
		at += strlen(before);
		if (strncmp(at, text, len) == 0 &&
		    (at[len] == ',' || at[len] == '}'))
			return true;
	}
	return false;
}

static void see_json(struct look *look, const char *name, const char *text)
{
	get(look, name);
	if (!has_bytes(look->heard, name, text))
		look->differs = true;
}

static void see_id(struct look *look, const struct model_id *id)
{
	if (id->type == MODEL_ID_NUMBER)
		see_integer(look, "id", id->number);
	else if (id->type == MODEL_ID_TEXT)
		see_text(look, "id", id->text);
}

static void see_destroy(struct look *look, const struct model_answer *expected)
{
	const json_t *list = get(look, "destroy");
	size_t room = 3;
	char *text, *at;

	if (!json_is_array(list) ||
	    json_array_size(list) != (size_t)expected->n_destroy) {
		look->differs = true;
		return;
	}
	for (int i = 0; i < expected->n_destroy; i++)
		room += strlen(expected->destroy[i]) + 1;
	at = text = malloc(room);
	*at++ = '[';
	for (int i = 0; i < expected->n_destroy; i++) {
		if (i > 0)
			*at++ = ',';
		at = stpcpy(at, expected->destroy[i]);
	}
	strcpy(at, "]");
	if (!has_bytes(look->heard, "destroy", text))
		look->differs = true;
	free(text);
}

static void see_holder(struct look *look, const struct model_answer *expected)
{
	const json_t *holder = get(look, "holder");
	const char *client =
	    json_string_value(json_object_get(holder, "client"));

	if (json_object_size(holder) != 3 || client == NULL ||
	    strcmp(client, expected->holder_client) != 0 ||
	    json_integer_value(json_object_get(holder, "pid")) !=
		expected->holder_pid ||
	    json_integer_value(json_object_get(holder, "held_ms")) !=
		expected->holder_held_ms)
		look->differs = true;
}

static void see_members(struct look *look, const struct model_answer *expected)
{
	const struct model_member *member;

	for (int i = 0; i < expected->n_members; i++) {
		member = &expected->members[i];
		switch (member->type) {
		case MODEL_INTEGER:
			see_integer(look, member->name, member->number);
			break;
		case MODEL_BOOL:
			see_bool(look, member->name, member->number != 0);
			break;
		case MODEL_TEXT:
			see_text(look, member->name, member->text);
			break;
		case MODEL_JSON:
			see_json(look, member->name, member->text);
			break;
		}
	}
}

/* A refusal always has words, but for those of a leader, which are members. */
static void see_refusal(struct look *look, const struct model_answer *expected)
{
	const char *words;

	if (expected->code == WIRE_OK)
		return;
	see_text(look, "error", model_code_name(expected->code));
	if (expected->code == WIRE_FLIGHT_FAILED)
		return;
	words = json_string_value(get(look, "message"));
	if (words == NULL || words[0] == '\0')
		look->differs = true;
}

static void see_type(struct look *look, const char *name, json_type type)
{
	const json_t *seen = get(look, name);

	if (seen == NULL || json_typeof(seen) != type)
		look->differs = true;
}

static void see_hello(struct look *look, int64_t first_token)
{
	const char *session = json_string_value(get(look, "session"));

	if (session == NULL || session[0] == '\0')
		look->differs = true;
	see_integer(look, "protocol", WIRE_PROTOCOL_VERSION);
	see_integer(look, "epoch", first_token);
	see_type(look, "server", JSON_STRING);
	see_type(look, "version", JSON_STRING);
	see_type(look, "features", JSON_ARRAY);
	see_type(look, "limits", JSON_OBJECT);
}

/* What stats counts is not for the model to say; that it counts, is. */
static void see_stats(struct look *look)
{
	look->n_seen = json_object_size(look->heard->json);
	if (look->n_seen < 4)
		look->differs = true;
}

static void see_list(struct look *look, const struct model *model,
    const struct model_answer *expected)
{
	const json_t *keys = get(look, "keys");

	if (expected->n_listed == MODEL_ABSENT)
		look->n_seen = json_object_size(look->heard->json);
	else if (!heard_is_list(keys, model, expected))
		look->differs = true;
}

bool heard_is(const struct heard *heard, const struct model *model,
    const struct model_answer *expected, int64_t first_token)
{
	struct look look = {.heard = heard};

	if (heard->session != expected->session || heard->json == NULL)
		return false;
	see_id(&look, &expected->id);
	if (look.differs)
		return false;
	if (expected->event != NULL)
		see_text(&look, "event", expected->event);
	else
		see_bool(&look, "ok", expected->code == WIRE_OK);
	see_refusal(&look, expected);
	see_members(&look, expected);
	if (expected->hold != MODEL_ABSENT) {
		int64_t token = model_token(model, expected->hold);

		/* A grant's token is not known yet; its driver looks. */
		if (expected->event == NULL)
			get(&look, "token");
		else
			see_integer(&look, "token", token);
	}
	if (expected->has_holder)
		see_holder(&look, expected);
	if (expected->n_destroy != MODEL_ABSENT)
		see_destroy(&look, expected);
	if (expected->shape == MODEL_SAYS_HELLO)
		see_hello(&look, first_token);
	else if (expected->shape == MODEL_SAYS_STATS)
		see_stats(&look);
	else if (expected->shape == MODEL_SAYS_LIST)
		see_list(&look, model, expected);
	return !look.differs && look.n_seen == json_object_size(heard->json);
}

void heard_print(const struct heard *heard, FILE *out)
{
	fprintf(out, "  to %d: %.*s%s\n", heard->session,
	    heard->len > 400 ? 400 : (int)heard->len, heard->line,
	    heard->is_matched ? "" : "   <---");
}

static void print_member(const struct model_member *member, FILE *out)
{
	fprintf(out, ",\"%s\":", member->name);
	switch (member->type) {
	case MODEL_INTEGER:
		fprintf(out, "%" PRId64, member->number);
		break;
	case MODEL_BOOL:
		fputs(member->number ? "true" : "false", out);
		break;
	case MODEL_TEXT:
		fprintf(out, "\"%s\"", member->text);
		break;
	case MODEL_JSON:
		fprintf(out, "%.80s", member->text);
		break;
	}
}

void expected_print(
    const struct model *model, const struct model_answer *expected, FILE *out)
{
	fprintf(out, "  to %d: {", expected->session);
	if (expected->id.type == MODEL_ID_NUMBER)
		fprintf(out, "\"id\":%" PRId64 ",", expected->id.number);
	else if (expected->id.type == MODEL_ID_TEXT)
		fprintf(out, "\"id\":\"%s\",", expected->id.text);
	if (expected->event != NULL)
		fprintf(out, "\"event\":\"%s\"", expected->event);
	else if (expected->code == WIRE_OK)
		fputs("\"ok\":true", out);
	else
		fprintf(out, "\"ok\":false,\"error\":\"%s\"",
		    model_code_name(expected->code));
	for (int i = 0; i < expected->n_members; i++)
		print_member(&expected->members[i], out);
	if (expected->hold != MODEL_ABSENT)
		fprintf(out, ",\"token\":%" PRId64 " (%s)",
		    model_token(model, expected->hold),
		    expected->detached ? "detached" : "own");
	if (expected->n_destroy != MODEL_ABSENT)
		fputs(",\"destroy\":[", out);
	for (int i = 0; i < expected->n_destroy; i++)
		fprintf(out, "%s%.80s", i > 0 ? "," : "", expected->destroy[i]);
	if (expected->n_destroy != MODEL_ABSENT)
		fputs("]", out);
	if (expected->has_holder)
		fprintf(out,
		    ",\"holder\":{\"pid\":%d,\"client\":\"%s\","
		    "\"held_ms\":%" PRId64 "}",
		    expected->holder_pid, expected->holder_client,
		    expected->holder_held_ms);
	fputs("}\n", out);
}
