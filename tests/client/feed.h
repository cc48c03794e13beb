/* SPDX-License-Identifier: MIT */
/* Bytes for a reader, as a socket would bring them. */
#ifndef FEED_H
#define FEED_H

#include "reader.h"

#include <check.h>
#include <string.h>

/* Adds the bytes, in pieces of at most so many. */
static inline void feed(
    struct reader *reader, const char *bytes, size_t len, size_t most)
{
	while (len > 0) {
		size_t room;
		char *to = reader_room(reader, &room);
		size_t n = len < most ? len : most;

		ck_assert_ptr_nonnull(to);
		n = n < room ? n : room;
		memcpy(to, bytes, n);
		reader_got(reader, n);
		bytes += n;
		len -= n;
	}
}

#endif
