/* SPDX-License-Identifier: MIT */
/*
 * The client library's reader. A byte FF ends a piece, as read(2) would bring
 * it, and is none of its bytes (no UTF-8 has it). However the bytes were cut,
 * the answers are the same.
 */
#include "fuzz.h"

#include "reader.h"

#include <stdbool.h>
#include <string.h>

#define CUT 0xFF

static void feed(struct reader *reader, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		size_t room = 0;
		char *to = reader_room(reader, &room);
		size_t n = len < room ? len : room;

		FUZZ_ASSERT(to != NULL && n > 0, "no room");
		memcpy(to, bytes, n);
		reader_got(reader, n);
		bytes += n;
		len -= n;
	}
}

static void check_span(const struct reply *reply, const struct scan_value *span)
{
	FUZZ_ASSERT(span->at == NULL ||
			(span->len > 0 && span->at > reply->line &&
			    span->at + span->len < reply->line + reply->len),
	    "a span leaves the line");
}

/* What is said of a reply holds, and what stands inside of it can be read. */
static void check_reply(const struct reply *reply)
{
	struct reply_holder holder;
	struct scan_value session;

	check_span(reply, &reply->error);
	check_span(reply, &reply->message);
	check_span(reply, &reply->event);
	check_span(reply, &reply->reason);
	check_span(reply, &reply->value);
	check_span(reply, &reply->destroy);
	FUZZ_ASSERT(memchr(reply->line, '\n', reply->len) == NULL,
	    "a line feed in a line");
	FUZZ_ASSERT(reply->is_event || reply->ok || reply->error.at != NULL,
	    "neither an event nor an answer");
	if (reply_holder(reply, &holder))
		check_span(reply, &holder.client);
	if (reply_find(&reply->holder, "session", &session))
		check_span(reply, &session);
	(void)reply_member(&reply->limits, "max_line", 0);
}

static void compare(const struct reply *a, const struct reply *b)
{
	FUZZ_ASSERT(a->len == b->len && memcmp(a->line, b->line, a->len) == 0,
	    "another line");
	FUZZ_ASSERT(a->is_event == b->is_event && a->ok == b->ok &&
			a->has_id == b->has_id && a->id == b->id &&
			a->code == b->code && a->token == b->token,
	    "another answer");
}

/* Takes what is there out of both; whole has all, and pieces as much of it
 * as has come so far. */
static void take(struct reader *pieces, struct reader *whole)
{
	struct reply reply, same;
	enum reader_step step;

	while ((step = reader_next(pieces, &reply)) != READER_MORE) {
		FUZZ_ASSERT(reader_next(whole, &same) == step,
		    "the answer depends on how it came");
		if (step != READER_REPLY)
			continue;
		check_reply(&reply);
		compare(&reply, &same);
	}
}

/* All bytes, without the cuts. */
static void feed_whole(struct reader *reader, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		size_t len = 0;

		while (i + len < size && data[i + len] != CUT)
			len++;
		feed(reader, data + i, len);
		i += len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader pieces, whole;
	struct reply reply;
	size_t begin = 0;

	reader_init(&pieces);
	reader_init(&whole);
	feed_whole(&whole, data, size);
	for (size_t i = 0; i <= size; i++) {
		if (i < size && data[i] != CUT)
			continue;
		feed(&pieces, data + begin, i - begin);
		take(&pieces, &whole);
		begin = i + 1;
	}
	FUZZ_ASSERT(reader_next(&whole, &reply) == READER_MORE,
	    "an answer was lost by how it came");
	reader_deinit(&pieces);
	reader_deinit(&whole);
	return 0;
}
