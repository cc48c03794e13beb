/* SPDX-License-Identifier: MIT */
/*
 * How a story shows an answer: the code, then every member as name=value in an
 * order of our own, since the order in which the daemon writes members is
 * nobody's business:
 *
 *   {"id":1,"ok":true,"token":1763860000000001,"abandoned":true}
 *   id=1 ok token=T1 abandoned=true
 *
 * Values are shown byte for byte; sixteen or more equal characters in a row
 * are shortened (<<a x 300>>). A refusal's message is for people, and shown
 * only when asked for, but that it has one is always looked at. What differs
 * from daemon to daemon (version, session, features, limits) is shown by its
 * type alone. A line that is no answer as the protocol has them is shown as
 * such, in capitals.
 */
#ifndef SHOW_H
#define SHOW_H

#include "cast.h"

#include <stddef.h>
#include <stdio.h>

/* Writes the line (with its line feed at the end) as the story shows it. */
void show_answer(FILE *out, const char *line, size_t len,
    const struct cast *cast, bool with_message);
/* The token that the line grants or speaks of, or 0. */
int64_t show_token(const char *line, size_t len);
/* The line's message, decoded as far as quotes and backslashes go; NULL when
 * it has none. The caller frees it. */
char *show_message(const char *line, size_t len);

#endif
