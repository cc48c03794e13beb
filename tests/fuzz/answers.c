/* SPDX-License-Identifier: MIT */
/* What a client gets: see answers.h. */
#include "answers.h"

#include "fuzz.h"
#include "oracle.h"
#include "reader.h"
#include "reply.h"

#include <stdbool.h>
#include <string.h>

/* What cannot be told is marked so. */
static json_t *unknown(void)
{
	return json_false();
}

static bool is_id(const json_t *id)
{
	json_int_t number = json_integer_value(id); /* 0 where it is none */

	return json_is_integer(id)
		   ? number >= -WIRE_MAX_INTEGER && number <= WIRE_MAX_INTEGER
		   : json_is_string(id) &&
			 json_string_length(id) <= WIRE_MAX_ID_BYTES;
}

json_t *answers_expected(const char *line, size_t len)
{
	json_t *request = json_loadb(
	    line, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	json_t *id = json_object_get(request, "id");

	if (!json_is_object(request))
		id = unknown();
	else if (is_id(id))
		json_incref(id);
	else
		id = json_null();
	json_decref(request);
	return id;
}

/* An answer with this id, or none, was awaited. A line that is refused as it
 * stands has been the last one, and nothing of it was read. */
static void take_id(json_t *awaited, json_t *id, bool is_unread)
{
	size_t n = json_array_size(awaited), i = n;

	FUZZ_ASSERT(n > 0, "an answer to nobody's request");
	if (is_unread) {
		FUZZ_ASSERT(json_is_null(id), "an id that was not read");
		json_array_remove(awaited, n - 1);
		return;
	}
	for (size_t k = 0; k < n; k++) {
		json_t *other = json_array_get(awaited, k);

		if (json_equal(other, id) || (i == n && json_is_false(other)))
			i = k;
	}
	FUZZ_ASSERT(i < n, "an answer with an id that nobody awaits");
	json_array_remove(awaited, i);
}

static char *render(const struct answer *answer, size_t *len_out)
{
	char *line = NULL;
	FILE *stream = open_memstream(&line, len_out);
	struct account payer = {0};
	struct outbuf out;
	struct iovec iov;

	outbuf_init(&out, NULL, &payer);
	reply_render(answer, NULL, &out);
	while (outbuf_iov(&out, &iov, 1) == 1) {
		(void)fwrite(iov.iov_base, 1, iov.iov_len, stream);
		outbuf_sent(&out, iov.iov_len);
	}
	FUZZ_ASSERT(payer.used[QUOTA_BYTES] == 0 && payer.shared == NULL,
	    "an answer that was sent is still charged");
	(void)fclose(stream);
	return line;
}

/* The library reads it, as what it is. */
static void read_as_client(
    const struct answer *answer, const char *line, size_t len)
{
	struct reader reader;
	struct reply reply;
	size_t room;

	reader_init(&reader);
	while (len > 0) {
		char *to = reader_room(&reader, &room);
		size_t n = len < room ? len : room;

		memcpy(to, line, n);
		reader_got(&reader, n);
		line += n;
		len -= n;
	}
	FUZZ_ASSERT(reader_next(&reader, &reply) == READER_REPLY ||
			answer->id.type == IDENT_TEXT,
	    "the library cannot read this");
	FUZZ_ASSERT(reply.is_event == (answer->event != NULL),
	    "an event is none to the library");
	FUZZ_ASSERT(
	    reader_next(&reader, &reply) == READER_MORE, "more than one line");
	reader_deinit(&reader);
}

static json_t *ident(const struct ident *id)
{
	switch (id->type) {
	case IDENT_NUMBER:
		return json_integer(id->number);
	case IDENT_TEXT:
		return json_stringn(id->text, id->len);
	default:
		return json_null();
	}
}

void answers_check(const struct answer *answer)
{
	size_t len;
	char *line = render(answer, &len);
	struct oracle oracle = oracle_compare(line, len);
	json_t *json = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	json_t *said = json_object_get(json, "id");
	json_t *id = ident(&answer->id);

	FUZZ_ASSERT(
	    oracle.complaint == NULL &&
		(oracle.ours == NULL || oracle.difference == ORACLE_TOO_DEEP),
	    "no object: %s", oracle.ours ? oracle.ours : oracle.complaint);
	/* There may be none for a value in it: see oracle.h. */
	FUZZ_ASSERT(json == NULL || (said == NULL ? json_is_null(id)
						  : json_equal(said, id)),
	    "the line has another id");
	read_as_client(answer, line, len);
	json_decref(id);
	json_decref(json);
	free(line);
}

void answers_take(const struct answer *answer, json_t *awaited)
{
	json_t *id = ident(&answer->id);

	if (answer->event == NULL)
		take_id(awaited, id, answer->code == WIRE_PARSE);
	json_decref(id);
}
