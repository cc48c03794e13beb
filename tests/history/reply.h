/* SPDX-License-Identifier: MIT */
/* One line of the daemon, taken apart without any library of its own. */
#ifndef REPLY_H
#define REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum member {
	MEMBER_ID,
	MEMBER_OK,
	MEMBER_ERROR,
	MEMBER_EVENT,
	MEMBER_TOKEN,
	MEMBER_LEADER,
	MEMBER_VALUE,
	MEMBER_ATTEMPT,
	MEMBER_AGE_MS,
	MEMBER_ABANDONED,
	MEMBER_BORROWED,
	MEMBER_IN_USE,
	MEMBER_CAPACITY,
	MEMBER_FOLLOWERS,
	MEMBER_FORGOTTEN,
	MEMBER_CANCELLED,
	MEMBER_IGNORED,
	MEMBER_CREATE,
	MEMBER_DESTROY,
	MEMBER_SIZE,
	MEMBER_N,
};

struct span {
	const char *text; /* NULL: the member is not there */
	size_t len;
};

struct reply {
	struct span members[MEMBER_N];
};

/* Takes a line apart; the spans point into it. False: it is no object, or has
 * a member twice. */
bool reply_read(struct reply *reply, const char *line, size_t len);

bool reply_has(const struct reply *reply, enum member member);
/* Whether the member is there and true. */
bool reply_is_true(const struct reply *reply, enum member member);
/* The member as an integer; 0 where it is not there. */
int64_t reply_integer(const struct reply *reply, enum member member);
/* Takes the next element out of an array's text; false at its end. */
bool reply_next(struct span *array, struct span *element);

#endif
