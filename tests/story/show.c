/* SPDX-License-Identifier: MIT */
/* From an answer's line to a story's words: see show.h. */
#include "show.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MEMBERS 48
#define RUN_BYTES   16

struct span {
	const char *at;
	size_t len;
};

struct part {
	struct span name, value; /* the value as it stands there */
	bool shown;
};

struct parts {
	int n;
	struct part part[MAX_MEMBERS];
};

/* The order in which members are shown; those not named here come last. */
static const char *const order[] = {"what", "error", "reason", "kind", "key",
    "state", "leader", "borrowed", "token", "attempt", "abandoned", "create",
    "value", "age_ms", "by_uid", "destroy", "more", "in_use", "capacity",
    "size", "available", "holding", "waiting", "max_idle_ms", "order",
    "on_lost", "followers", "forgotten", "ignored", "cancelled", "holder",
    "uid", "pid", "command", "client", "held_ms", "waited_ms", "count",
    "server", "version", "protocol", "session", "epoch", "features", "limits"};
static const char *const lists[] = {"keys", "holders", "waiters"};
static const char *const by_type[] = {
    "version", "session", "features", "limits"};

/* Where the JSON value at p ends. */
static const char *value_end(const char *p, const char *end)
{
	bool quoted = false;
	int depth = 0;

	for (; p < end; p++) {
		if (quoted && *p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '[' || *p == '{'))
			depth++;
		else if (!quoted && depth > 0 && (*p == ']' || *p == '}'))
			depth--;
		else if (!quoted && depth == 0 && (*p == ',' || *p == '}'))
			break;
	}
	return p;
}

/* Takes an object apart; false when it is none. */
static bool split(struct span object, struct parts *parts)
{
	const char *p = object.at, *end = object.at + object.len;

	parts->n = 0;
	if (object.len < 2 || *p != '{' || end[-1] != '}')
		return false;
	if (object.len == 2)
		return true;
	do {
		struct part *part = &parts->part[parts->n++];
		const char *colon;

		if (++p >= end || *p != '"')
			return false;
		colon = memchr(p + 1, ':', (size_t)(end - p - 1));
		if (colon == NULL || colon[-1] != '"')
			return false;
		part->name = (struct span){p + 1, (size_t)(colon - p - 2)};
		p = value_end(colon + 1, end);
		part->value = (struct span){colon + 1, (size_t)(p - colon - 1)};
		part->shown = false;
	} while (p < end && *p == ',' && parts->n < MAX_MEMBERS);
	return p == end - 1;
}

static bool span_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

static struct part *find(struct parts *parts, const char *name)
{
	for (int i = 0; i < parts->n; i++) {
		if (span_is(parts->part[i].name, name))
			return &parts->part[i];
	}
	return NULL;
}

static bool has_repeated(const struct parts *parts)
{
	for (int i = 0; i < parts->n; i++) {
		for (int k = 0; k < i; k++) {
			struct span a = parts->part[i].name;
			struct span b = parts->part[k].name;

			if (a.len == b.len && memcmp(a.at, b.at, a.len) == 0)
				return true;
		}
	}
	return false;
}

/* The line without its line feed, taken apart; false for what is no line. */
static bool split_line(const char *line, size_t len, struct parts *parts)
{
	if (len == 0 || memchr(line, '\n', len) != line + len - 1)
		return false;
	return split((struct span){line, len - 1}, parts);
}

static void show_bytes(FILE *out, struct span span)
{
	size_t run;

	for (size_t i = 0; i < span.len; i += run) {
		char c = span.at[i];

		for (run = 1; i + run < span.len && span.at[i + run] == c;)
			run++;
		if (run >= RUN_BYTES)
			fprintf(out, "<<%c x %zu>>", c, run);
		else
			fwrite(&span.at[i], 1, run, out);
	}
}

static bool is_one_of(struct span name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (span_is(name, names[i]))
			return true;
	}
	return false;
}

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *type_of(struct span value)
{
	switch (value.at[0]) {
	case '"':
		return value.len > 2 ? "\"...\"" : "\"\"";
	case '[':
		return "[...]";
	case '{':
		return "{...}";
	default:
		return "?";
	}
}

static void show_parts(FILE *out, struct parts *parts, const struct cast *cast);

/* Shows an array of objects. */
static void show_list(FILE *out, struct span list, const struct cast *cast)
{
	const char *p = list.at + 1, *end = list.at + list.len - 1;
	struct parts inner;

	putc('[', out);
	while (p < end) {
		/* value_end stops at a comma, and at the end of the array. */
		const char *next = value_end(p, end);
		struct span object = {p, (size_t)(next - p)};

		ck_assert_msg(split(object, &inner), "no list of objects: %.*s",
		    (int)list.len, list.at);
		putc('{', out);
		show_parts(out, &inner, cast);
		putc('}', out);
		p = next + 1;
	}
	putc(']', out);
}

static void show_part(
    FILE *out, const struct part *part, const struct cast *cast)
{
	struct parts inner;
	int number = 0;

	if (span_is(part->name, "token"))
		number = cast_token_number(cast, atoll(part->value.at));
	fprintf(out, "%.*s=", (int)part->name.len, part->name.at);
	if (number != 0) {
		fprintf(out, "T%d", number);
	} else if (is_one_of(part->name, by_type, N_OF(by_type))) {
		fputs(type_of(part->value), out);
	} else if (is_one_of(part->name, lists, N_OF(lists)) &&
		   part->value.at[0] == '[') {
		show_list(out, part->value, cast);
	} else if (span_is(part->name, "holder") &&
		   split(part->value, &inner)) {
		putc('{', out);
		show_parts(out, &inner, cast);
		putc('}', out);
	} else {
		show_bytes(out, part->value);
	}
}

/* Shows the members that were not shown yet, with spaces between. */
static void show_parts(FILE *out, struct parts *parts, const struct cast *cast)
{
	const char *space = "";

	for (size_t i = 0; i < N_OF(order) + (size_t)parts->n; i++) {
		struct part *part = i < N_OF(order)
					? find(parts, order[i])
					: &parts->part[i - N_OF(order)];

		if (part == NULL || part->shown)
			continue;
		part->shown = true;
		fputs(space, out);
		show_part(out, part, cast);
		space = " ";
	}
}

/* Shows whether it is an answer, a refusal or an event, and takes that off.
 * Returns what is wrong with it, or NULL. */
static const char *show_head(FILE *out, struct parts *parts)
{
	struct part *ok = find(parts, "ok"), *error = find(parts, "error");
	struct part *event = find(parts, "event");

	if (event != NULL) {
		event->shown = true;
		fprintf(
		    out, "event=%.*s", (int)event->value.len, event->value.at);
		return ok == NULL ? NULL : "EVENT WITH OK";
	}
	if (ok == NULL)
		return "NEITHER ANSWER NOR EVENT";
	ok->shown = true;
	if (span_is(ok->value, "true")) {
		fputs("ok", out);
		return error == NULL ? NULL : "OK WITH ERROR";
	}
	if (!span_is(ok->value, "false") || error == NULL ||
	    error->value.len < 3)
		return "REFUSAL WITHOUT ERROR";
	error->shown = true;
	fprintf(out, "%.*s", (int)error->value.len - 2, error->value.at + 1);
	return find(parts, "message") == NULL ? "REFUSAL WITHOUT MESSAGE"
					      : NULL;
}

/* A leader's words to its followers are part of the result. */
static bool shows_message(struct parts *parts, bool with_message)
{
	struct part *error = find(parts, "error");

	return with_message || error == NULL ||
	       span_is(error->value, "\"flight_failed\"");
}

void show_answer(FILE *out, const char *line, size_t len,
    const struct cast *cast, bool with_message)
{
	struct parts parts;
	struct part *id, *message;
	const char *wrong;

	if (!split_line(line, len, &parts) || has_repeated(&parts)) {
		fprintf(out, "MALFORMED %.*s", (int)len, line);
		return;
	}
	id = find(&parts, "id");
	if (id != NULL) {
		id->shown = true;
		show_part(out, id, cast);
		putc(' ', out);
	}
	wrong = show_head(out, &parts);
	message = find(&parts, "message");
	if (message != NULL && !shows_message(&parts, with_message)) {
		message->shown = true;
		if (message->value.len <= 2)
			wrong = "REFUSAL WITH EMPTY MESSAGE";
	}
	for (int i = 0; i < parts.n; i++) {
		if (!parts.part[i].shown) {
			putc(' ', out);
			show_parts(out, &parts, cast);
		}
	}
	if (wrong != NULL)
		fprintf(out, " %s: %.*s", wrong, (int)len - 1, line);
}

int64_t show_token(const char *line, size_t len)
{
	struct parts parts;
	struct part *token = NULL;

	if (split_line(line, len, &parts))
		token = find(&parts, "token");
	return token == NULL ? 0 : atoll(token->value.at);
}

char *show_message(const char *line, size_t len)
{
	struct parts parts;
	struct part *message = NULL;
	char *text, *to;

	if (split_line(line, len, &parts))
		message = find(&parts, "message");
	if (message == NULL || message->value.len < 2)
		return NULL;
	text = strndup(message->value.at + 1, message->value.len - 2);
	to = text;
	for (const char *from = text; *from != '\0'; from++) {
		if (*from == '\\' && (from[1] == '"' || from[1] == '\\'))
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return text;
}
