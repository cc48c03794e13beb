/* SPDX-License-Identifier: MIT */
/* Bytes to answers: see reader.h. */
#include "reader.h"

#include "failure.h"

#include <stdlib.h>
#include <string.h>

/* What is asked of the socket at once, and kept when there is nothing. */
#define ROOM_BYTES (16 * 1024)

void reader_init(struct reader *reader)
{
	*reader = (struct reader){0};
}

void reader_deinit(struct reader *reader)
{
	free(reader->bytes);
	reader_init(reader);
}

/* Bytes ---------------------------------------------------------------- */

/* Moves what is left to the front; a big buffer that is empty is given back. */
static void tidy(struct reader *reader)
{
	size_t left = reader->end - reader->begin;

	if (left == 0 && reader->cap > 2 * ROOM_BYTES) {
		reader_deinit(reader);
		return;
	}
	if (left > 0)
		memmove(reader->bytes, reader->bytes + reader->begin, left);
	reader->looked -= reader->begin;
	reader->begin = 0;
	reader->end = left;
}

char *reader_room(struct reader *reader, size_t *n_bytes)
{
	size_t cap;
	char *bytes;

	if (reader->begin > 0)
		tidy(reader);
	cap = reader->cap == 0 ? 2 * ROOM_BYTES : reader->cap;
	if (cap - reader->end < ROOM_BYTES)
		cap *= 2;
	if (cap > 2 * READER_MAX_BYTES)
		return NULL;
	if (cap != reader->cap) {
		bytes = realloc(reader->bytes, cap);
		if (bytes == NULL)
			return NULL;
		reader->bytes = bytes;
		reader->cap = cap;
	}
	*n_bytes = reader->cap - reader->end;
	return reader->bytes + reader->end;
}

void reader_got(struct reader *reader, size_t n_bytes)
{
	reader->end += n_bytes;
}

/* Members -------------------------------------------------------------- */

enum field_type {
	FIELD_SPAN,
	FIELD_INTEGER,
	FIELD_BOOL,
};

#define FIELD(type, name)                                                      \
	{                                                                      \
#name, sizeof(#name) - 1, type, offsetof(struct reply, name)   \
	}

/* The members that this library looks at; all others are passed over. */
static const struct field {
	const char *name;
	size_t len;
	enum field_type type;
	size_t offset;
} fields[] = {
    FIELD(FIELD_BOOL, ok),
    FIELD(FIELD_INTEGER, token),
    FIELD(FIELD_BOOL, leader),
    FIELD(FIELD_SPAN, value),
    FIELD(FIELD_SPAN, error),
    FIELD(FIELD_SPAN, message),
    FIELD(FIELD_SPAN, holder),
    FIELD(FIELD_SPAN, event),
    FIELD(FIELD_SPAN, reason),
    FIELD(FIELD_SPAN, destroy),
    FIELD(FIELD_SPAN, limits),
    FIELD(FIELD_INTEGER, attempt),
    FIELD(FIELD_INTEGER, age_ms),
    FIELD(FIELD_INTEGER, by_uid),
    FIELD(FIELD_INTEGER, followers),
    FIELD(FIELD_INTEGER, capacity),
    FIELD(FIELD_INTEGER, in_use),
    FIELD(FIELD_INTEGER, waiting),
    FIELD(FIELD_INTEGER, size),
    FIELD(FIELD_INTEGER, available),
    FIELD(FIELD_INTEGER, protocol),
    FIELD(FIELD_BOOL, create),
    FIELD(FIELD_BOOL, abandoned),
    FIELD(FIELD_BOOL, forgotten),
    FIELD(FIELD_BOOL, ignored),
};

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Whether the string, which has no escapes, is this text. */
static bool is_text(
    const struct scan_value *string, const char *text, size_t len)
{
	return string->len == len + 2 && memcmp(string->at + 1, text, len) == 0;
}

static bool set_field(const struct field *field, struct reply *reply,
    const struct scan_value *value)
{
	void *to = (char *)reply + field->offset;

	switch (field->type) {
	case FIELD_SPAN:
		*(struct scan_value *)to = *value;
		return true;
	case FIELD_INTEGER:
		return scan_integer(value, to);
	case FIELD_BOOL:
		*(bool *)to = *value->at == 't';
		return value->type == SCAN_BOOL;
	}
	return false;
}

/* False where a member that is known is not what it should be. */
static bool take_member(struct reply *reply, const struct scan_value *name,
    const struct scan_value *value)
{
	if (is_text(name, "id", 2)) {
		reply->has_id = scan_integer(value, &reply->id);
		return reply->has_id;
	}
	for (size_t i = 0; i < N_FIELDS; i++) {
		if (is_text(name, fields[i].name, fields[i].len))
			return set_field(&fields[i], reply, value);
	}
	return true;
}

static bool is_string(const struct scan_value *span)
{
	return span->at != NULL && span->type == SCAN_STRING;
}

/* Whether what there is makes an answer or an event. */
static bool makes_sense(struct reply *reply)
{
	reply->is_event = reply->event.at != NULL;
	if (reply->is_event)
		return is_string(&reply->event);
	if (reply->ok)
		return true;
	if (!is_string(&reply->error))
		return false;
	reply->code = failure_code(reply->error.at + 1, reply->error.len - 2);
	return reply->message.at == NULL || is_string(&reply->message);
}

static bool read_line(struct reply *reply, const char *line, size_t len)
{
	struct scan scan;
	struct scan_value name, value;
	enum scan_step step;

	*reply = (struct reply){.line = line, .len = len, .by_uid = -1};
	scan_begin_answer(&scan, line, len);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		if (!take_member(reply, &name, &value))
			return false;
	}
	return step == SCAN_DONE && makes_sense(reply);
}

enum reader_step reader_next(struct reader *reader, struct reply *reply)
{
	size_t left = reader->end - reader->looked;
	const char *line, *feed = NULL;

	if (left > 0)
		feed = memchr(reader->bytes + reader->looked, '\n', left);
	if (feed == NULL) {
		reader->looked = reader->end;
		return READER_MORE;
	}
	line = reader->bytes + reader->begin;
	reader->begin = (size_t)(feed - reader->bytes) + 1;
	reader->looked = reader->begin;
	return read_line(reply, line, (size_t)(feed - line)) ? READER_REPLY
							     : READER_BAD;
}

/* What stands inside of members ----------------------------------------- */

bool reply_find(
    const struct scan_value *object, const char *name, struct scan_value *value)
{
	struct scan scan;
	struct scan_value member;

	if (object->at == NULL || object->type != SCAN_OBJECT)
		return false;
	scan_begin_answer(&scan, object->at, object->len);
	while (scan_member(&scan, &member, value) == SCAN_ITEM) {
		if (is_text(&member, name, strlen(name)))
			return true;
	}
	return false;
}

int64_t reply_member(
    const struct scan_value *object, const char *name, int64_t absent)
{
	struct scan_value value;
	int64_t number;

	return reply_find(object, name, &value) && scan_integer(&value, &number)
		   ? number
		   : absent;
}

bool reply_holder(const struct reply *reply, struct reply_holder *holder)
{
	*holder = (struct reply_holder){0};
	if (reply->holder.at == NULL || reply->holder.type != SCAN_OBJECT)
		return false;
	holder->pid = (int)reply_member(&reply->holder, "pid", 0);
	holder->held_ms = reply_member(&reply->holder, "held_ms", 0);
	if (!reply_find(&reply->holder, "client", &holder->client) ||
	    holder->client.type != SCAN_STRING)
		holder->client.at = NULL;
	return true;
}
