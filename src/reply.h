/* SPDX-License-Identifier: MIT */
/* One answer or event of the core to one line of JSON. */
#ifndef REPLY_H
#define REPLY_H

#include "outbox.h"
#include "outbuf.h"

/* Names of programs. The core knows none; who renders an answer is asked for
 * those that stand in it, and only then looks. */
struct reply_names {
	/* That of the other end of this session, NULL when it is not known.
	 * Valid until the next call. */
	const char *(*command)(void *ctx, uint64_t session);
	void *ctx;
};

/* Appends the line, with its line feed. names may be NULL: none is known. */
void reply_render(const struct answer *answer, const struct reply_names *names,
    struct outbuf *out);

/* The name of an error code. */
const char *reply_code_name(enum wire_code code);
/* The name of a member with its comma, quotes and colon. */
const char *reply_member_name(enum member_name name);
/* The name of a session's program; NULL: not known. */
const char *reply_command(const struct reply_names *names, uint64_t session);

/* Milliseconds for people: "200 ms", "1.2 s", "3m12s", "2h05m". */
#define REPLY_DURATION_BYTES 32
const char *reply_duration(char text[REPLY_DURATION_BYTES], int64_t ms);

#endif
