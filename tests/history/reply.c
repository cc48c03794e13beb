/* SPDX-License-Identifier: MIT */
/*
 * See reply.h. It skips values by their brackets and quotes only: what it
 * hands on is compared byte for byte later, which is stricter than any parser.
 */
#include "reply.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[MEMBER_N] = {
    [MEMBER_ID] = "id",
    [MEMBER_OK] = "ok",
    [MEMBER_ERROR] = "error",
    [MEMBER_EVENT] = "event",
    [MEMBER_TOKEN] = "token",
    [MEMBER_LEADER] = "leader",
    [MEMBER_VALUE] = "value",
    [MEMBER_ATTEMPT] = "attempt",
    [MEMBER_AGE_MS] = "age_ms",
    [MEMBER_ABANDONED] = "abandoned",
    [MEMBER_BORROWED] = "borrowed",
    [MEMBER_IN_USE] = "in_use",
    [MEMBER_CAPACITY] = "capacity",
    [MEMBER_FOLLOWERS] = "followers",
    [MEMBER_FORGOTTEN] = "forgotten",
    [MEMBER_CANCELLED] = "cancelled",
    [MEMBER_IGNORED] = "ignored",
    [MEMBER_CREATE] = "create",
    [MEMBER_DESTROY] = "destroy",
    [MEMBER_SIZE] = "size",
};

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* p is at the quote; NULL if the string does not end. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : NULL;
}

/* Behind the value that begins at p, or NULL. */
static const char *skip_value(const char *p, const char *end)
{
	int depth = 0;

	while (p != NULL && p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			if (depth == 0)
				return p;
			continue;
		}
		if (depth == 0 && (*p == ',' || *p == '}' || *p == ']'))
			return p;
		if (*p == '{' || *p == '[')
			depth++;
		if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		p++;
	}
	return NULL;
}

static struct span *find(struct reply *reply, const char *name, size_t len)
{
	for (int i = 0; i < MEMBER_N; i++) {
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return &reply->members[i];
	}
	return NULL;
}

/* Reads "name":value at p; NULL if it is none. */
static const char *read_member(
    struct reply *reply, const char *p, const char *end)
{
	const char *name, *value;
	struct span *span;

	p = skip_space(p, end);
	if (p >= end || *p != '"')
		return NULL;
	name = p + 1;
	p = skip_string(p, end);
	if (p == NULL)
		return NULL;
	span = find(reply, name, (size_t)(p - 1 - name));
	p = skip_space(p, end);
	if (p >= end || *p != ':')
		return NULL;
	value = skip_space(p + 1, end);
	p = skip_value(value, end);
	if (p == NULL || (span != NULL && span->text != NULL))
		return NULL;
	if (span != NULL)
		*span = (struct span){value, (size_t)(p - value)};
	return skip_space(p, end);
}

bool reply_read(struct reply *reply, const char *line, size_t len)
{
	const char *end = line + len;
	const char *p = skip_space(line, end);

	memset(reply, 0, sizeof(*reply));
	if (p >= end || *p != '{')
		return false;
	do {
		p = read_member(reply, p + 1, end);
		if (p == NULL || p >= end)
			return false;
	} while (*p == ',');
	return *p == '}' && skip_space(p + 1, end) == end;
}

bool reply_has(const struct reply *reply, enum member member)
{
	return reply->members[member].text != NULL;
}

bool reply_is_true(const struct reply *reply, enum member member)
{
	struct span span = reply->members[member];

	return span.len == 4 && memcmp(span.text, "true", 4) == 0;
}

int64_t reply_integer(const struct reply *reply, enum member member)
{
	/* The text goes on behind the number with a comma or a brace. */
	return reply_has(reply, member)
		   ? strtoll(reply->members[member].text, NULL, 10)
		   : 0;
}

bool reply_next(struct span *array, struct span *element)
{
	const char *end = array->text + array->len;
	const char *p = array->text;

	if (p == NULL || p >= end || *p == ']')
		return false;
	p = skip_space(p + 1, end); /* the bracket, or a comma */
	if (p >= end || *p == ']')
		return false;
	element->text = p;
	p = skip_value(p, end);
	if (p == NULL)
		return false;
	element->len = (size_t)(p - element->text);
	array->text = p;
	array->len = (size_t)(end - p);
	return true;
}
