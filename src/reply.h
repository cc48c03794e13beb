/* SPDX-License-Identifier: MIT */
/* One answer or event of the core to one line of JSON. */
#ifndef REPLY_H
#define REPLY_H

#include "outbox.h"
#include "outbuf.h"

/* Appends the line, with its line feed. command: the name of the holder's
 * program where a message names a holder, or NULL when it is not known. */
void reply_render(
    const struct answer *answer, const char *command, struct outbuf *out);

/* Milliseconds for people: "200 ms", "1.2 s", "3m12s", "2h05m". */
#define REPLY_DURATION_BYTES 32
const char *reply_duration(char text[REPLY_DURATION_BYTES], int64_t ms);

#endif
