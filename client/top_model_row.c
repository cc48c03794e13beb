/* SPDX-License-Identifier: MIT */
/* Rows of keys, and who holds or waits: see top_model.h. */
#include "sip.h"

/* Of the model at hand; uthash.h, which comes with it, takes it up. */
#define HASH_FUNCTION(bytes, len, hash)                                        \
	((hash) = (unsigned)sip_hash(model->hash_key, bytes, len))
#include "top_model.h"

#include "top_alloc.h"

#include <stdio.h>

/* A kind's letter and the key: what a row is found by. */
struct name {
	char text[1 + 260];
	unsigned len;
};

static struct name name_of(enum top_kind kind, const char *key)
{
	struct name name;

	name.len = (unsigned)snprintf(
	    name.text, sizeof(name.text), "%c%s", (char)('0' + (int)kind), key);
	if (name.len >= sizeof(name.text))
		name.len = sizeof(name.text) - 1;
	return name;
}

struct top_row *top_row_find(
    const struct top_model *model, enum top_kind kind, const char *key)
{
	struct name name = name_of(kind, key);
	struct top_row *row;

	HASH_FIND(hh, model->rows, name.text, name.len, row);
	return row;
}

struct top_row *top_row_get(
    struct top_model *model, enum top_kind kind, const char *key)
{
	struct top_row *row = top_row_find(model, kind, key);
	struct name name;

	if (row != NULL || HASH_COUNT(model->rows) >= TOP_MAX_ROWS)
		return row;
	name = name_of(kind, key);
	row = top_zalloc(sizeof(*row) + name.len + 1);
	row->kind = kind;
	row->capacity = row->in_use = row->waited_ms = -1;
	memcpy(row->name, name.text, name.len + 1);
	HASH_ADD_KEYPTR(hh, model->rows, row->name, name.len, row);
	return row;
}

void top_row_free(struct top_model *model, struct top_row *row)
{
	HASH_DEL(model->rows, row);
	free(row);
}

/* Members ---------------------------------------------------------- */

int64_t top_number(const json_t *object, const char *name)
{
	const json_t *number = json_object_get(object, name);

	/* A percentile may come as 7.5. */
	if (json_is_real(number))
		return (int64_t)json_real_value(number);
	return json_is_integer(number) ? json_integer_value(number) : -1;
}

static void take_name(
    char name[TOP_NAME_BYTES], const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	(void)snprintf(name, TOP_NAME_BYTES, "%s", text == NULL ? "" : text);
}

struct top_claim top_claim_of(const json_t *claim)
{
	struct top_claim is = {
	    .token = top_number(claim, "token"),
	    .ms = top_number(claim, "held_ms"),
	    .lease_left_ms = top_number(claim, "lease_left_ms"),
	    .permits = top_number(claim, "permits"),
	    .uid = top_number(claim, "uid"),
	    .pid = top_number(claim, "pid"),
	    .is_detached = json_is_true(json_object_get(claim, "detached")),
	};

	if (is.token < 0)
		is.ms = top_number(claim, "waited_ms");
	take_name(is.command, claim, "command");
	take_name(is.client, claim, "client");
	return is;
}

/* By now ----------------------------------------------------------- */

int64_t top_row_held_ms(const struct top_row *row, int64_t now_ms)
{
	if (!row->is_held || row->holder.ms < 0)
		return -1;
	return row->holder.ms + now_ms - row->told_ms;
}

int64_t top_row_waited_ms(const struct top_row *row, int64_t now_ms)
{
	if (row->waiting == 0 || row->waited_ms < 0)
		return -1;
	return row->waited_ms + now_ms - row->told_ms;
}

double top_row_rate(const struct top_model *model, const struct top_row *row)
{
	if (!model->is_watching)
		return -1;
	return top_series_rate(&row->grants, model->since_ms, model->tick_ms);
}
