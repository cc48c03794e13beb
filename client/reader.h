/* SPDX-License-Identifier: MIT */
/*
 * Lines from the daemon: bytes in, answers and events out. It knows no socket
 * (the idea of hiredis' reader), so that a test can feed it anything.
 *
 *	room = reader_room(reader, &n); reader_got(reader, read(fd, room, n));
 *	while (reader_next(reader, &reply) == READER_REPLY) ...
 */
#ifndef READER_H
#define READER_H

#include "scan.h"

/* An answer longer than this is none of msyncd's. */
#define READER_MAX_BYTES (64 * 1024 * 1024)

struct reader {
	char *bytes; /* owned */
	size_t cap;
	size_t begin;  /* of what has not been returned yet */
	size_t looked; /* up to here there is no line feed */
	size_t end;
};

/* One line. Spans point into the reader, and are valid until the next call of
 * reader_room or reader_next; .at is NULL where there is no such member. */
struct reply {
	const char *line; /* without its line feed */
	size_t len;
	bool is_event;
	bool ok;
	bool has_id; /* as a number, as all ids of this library are */
	int64_t id;
	int code; /* of a refusal: enum msync_code */
	struct scan_value error, message, holder;
	struct scan_value event, reason;     /* of an event */
	struct scan_value value, destroy;    /* results and objects */
	struct scan_value limits;            /* of hello */
	int64_t token, attempt, age_ms;      /* 0 where absent */
	int64_t by_uid;                      /* -1 where absent */
	int64_t followers, capacity, in_use; /* 0 where absent */
	int64_t waiting, size, available;
	int64_t protocol;
	bool leader, create, abandoned;
	bool forgotten, ignored;
};

/* Of a holder, as busy, timeout and queue_full carry it. */
struct reply_holder {
	int pid; /* 0: not told */
	int64_t held_ms;
	struct scan_value client;
};

void reader_init(struct reader *reader);
void reader_deinit(struct reader *reader);

/* Where the next bytes go, and how many there may be; NULL where there is no
 * memory, or the line is longer than any answer. */
char *reader_room(struct reader *reader, size_t *n_bytes);
void reader_got(struct reader *reader, size_t n_bytes);

enum reader_step {
	READER_MORE,  /* no whole line left */
	READER_REPLY, /* here is one */
	READER_BAD,   /* a line that is no answer and no event */
};
enum reader_step reader_next(struct reader *reader, struct reply *reply);

/* Reads the holder of a refusal; false where it has none. */
bool reply_holder(const struct reply *reply, struct reply_holder *holder);
/* A member of an object that the daemon sent; false where there is none. */
bool reply_find(const struct scan_value *object, const char *name,
    struct scan_value *value);
/* The same for an integer; absent where there is none. */
int64_t reply_member(
    const struct scan_value *object, const char *name, int64_t absent);

#endif
