/* SPDX-License-Identifier: MIT */
/* Growing text: see text.h. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#define MIN_CAP_BYTES 512

void text_init(struct text *text)
{
	*text = (struct text){0};
}

void text_deinit(struct text *text)
{
	free(text->bytes);
	text_init(text);
}

void text_cut(struct text *text, size_t len)
{
	text->len = len;
	text->has_failed = false;
}

/* Room for len more bytes; NULL where there is no memory, now or before. */
static char *room_for(struct text *text, size_t len)
{
	size_t cap = text->cap == 0 ? MIN_CAP_BYTES : text->cap;
	char *bytes;

	if (text->has_failed)
		return NULL;
	if (text->cap - text->len >= len)
		return text->bytes + text->len;
	while (cap - text->len < len)
		cap *= 2;
	bytes = realloc(text->bytes, cap);
	if (bytes == NULL) {
		text->has_failed = true;
		return NULL;
	}
	text->bytes = bytes;
	text->cap = cap;
	return bytes + text->len;
}

void text_add(struct text *text, const char *bytes, size_t len)
{
	char *to = len == 0 ? NULL : room_for(text, len);

	if (to == NULL)
		return;
	memcpy(to, bytes, len);
	text->len += len;
}

void text_add_word(struct text *text, const char *word)
{
	text_add(text, word, strlen(word));
}

void text_add_integer(struct text *text, int64_t number)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (number < 0)
		*--at = '-';
	text_add(text, at, (size_t)(digits + sizeof(digits) - at));
}

static void add_escape(struct text *text, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	char escape[6] = {'\\', 'u', '0', '0'};

	if (c == '"' || c == '\\') {
		escape[1] = (char)c;
		text_add(text, escape, 2);
		return;
	}
	escape[4] = digits[c >> 4];
	escape[5] = digits[c & 0xF];
	text_add(text, escape, 6);
}

void text_add_string(struct text *text, const char *string, size_t len)
{
	size_t begin = 0;

	text_add(text, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)string[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_add(text, string + begin, i - begin);
		add_escape(text, c);
		begin = i + 1;
	}
	text_add(text, string + begin, len - begin);
	text_add(text, "\"", 1);
}

void text_add_json(struct text *text, const char *json, size_t len)
{
	size_t begin = text->len;
	char *feed;

	text_add(text, json, len);
	if (text->has_failed)
		return;
	while ((feed = memchr(text->bytes + begin, '\n', text->len - begin)) !=
	       NULL) {
		*feed = ' ';
		begin = (size_t)(feed - text->bytes) + 1;
	}
}

void text_mend_end(char *words)
{
	size_t len = strlen(words), n = 0;

	while (n < len && ((unsigned char)words[len - 1 - n] & 0xC0) == 0x80)
		n++;
	if (n < len && (unsigned char)words[len - 1 - n] >= 0xC0)
		words[len - 1 - n] = '\0';
}
