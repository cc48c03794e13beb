/* SPDX-License-Identifier: MIT */
/* JSON written by hand: see reply_text.h. */
#include "reply_text.h"

#include "xalloc.h"

#include <string.h>

char *reply_text_room(struct reply_text *text, size_t len)
{
	if (text->cap - text->len < len) {
		text->cap = 2 * text->cap + len;
		text->bytes = xrealloc(text->bytes, text->cap);
	}
	return text->bytes + text->len;
}

static void add(struct reply_text *text, const char *bytes, size_t len)
{
	if (len == 0)
		return; /* there may be no memory yet, and so nowhere to copy */
	memcpy(reply_text_room(text, len), bytes, len);
	text->len += len;
}

void reply_text_add(struct reply_text *text, const char *word)
{
	add(text, word, strlen(word));
}

void reply_text_number(
    struct reply_text *text, const char *before, int64_t number)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		*--at = '-';
	reply_text_add(text, before);
	add(text, at, (size_t)(digits + sizeof(digits) - at));
}

/* None of what is shown has control characters: keys and names of clients are
 * not taken with them, and names of programs are made printable. */
void reply_text_string(
    struct reply_text *text, const char *before, const char *from, size_t len)
{
	char *to;

	reply_text_add(text, before);
	to = reply_text_room(text, 2 * len + 2);
	*to++ = '"';
	for (size_t i = 0; i < len; i++) {
		if (from[i] == '"' || from[i] == '\\')
			*to++ = '\\';
		*to++ = from[i];
	}
	*to++ = '"';
	text->len = (size_t)(to - text->bytes);
}
