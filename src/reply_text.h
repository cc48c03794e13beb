/* SPDX-License-Identifier: MIT */
/*
 * JSON written by hand into growing text, for what is too much or too often
 * for jansson. Strings in it must have no control characters.
 */
#ifndef REPLY_TEXT_H
#define REPLY_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct reply_text {
	char *bytes; /* owned by whoever declared it */
	size_t len, cap;
};

/* Room for so many more bytes; returns where they go. */
char *reply_text_room(struct reply_text *text, size_t len);
void reply_text_add(struct reply_text *text, const char *word);
/* What stands before, then the number. */
void reply_text_number(
    struct reply_text *text, const char *before, int64_t number);
/* What stands before, then the bytes as a string. */
void reply_text_string(
    struct reply_text *text, const char *before, const char *from, size_t len);

#endif
