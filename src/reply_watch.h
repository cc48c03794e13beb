/* SPDX-License-Identifier: MIT */
/* What a watch is told, as JSON. */
#ifndef REPLY_WATCH_H
#define REPLY_WATCH_H

#include "reply.h"
#include "watch.h"

/* Appends the line, with its line feed. */
void reply_watch(const struct sighting *seen, const struct reply_names *names,
    struct outbuf *out);

#endif
