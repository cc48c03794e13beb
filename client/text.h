/* SPDX-License-Identifier: MIT */
/*
 * Growing text: what requests are written into. A failed allocation is
 * remembered and makes all that follows do nothing, so that a request is
 * written without a check at each word and looked at once, at its end.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *bytes; /* owned; not NUL-terminated; NULL while cap is 0 */
	size_t len, cap;
	bool has_failed; /* no memory; what was added since is not there */
};

void text_init(struct text *text);
void text_deinit(struct text *text);
/* Back to a length that it had before, and to trust. */
void text_cut(struct text *text, size_t len);

void text_add(struct text *text, const char *bytes, size_t len);
void text_add_word(struct text *text, const char *word);
void text_add_integer(struct text *text, int64_t number);
/* A string in quotes, escaped; the text is UTF-8 already. */
void text_add_string(struct text *text, const char *string, size_t len);
/* A JSON text on one line: its line feeds, which can only stand between its
 * tokens, become spaces. */
void text_add_json(struct text *text, const char *json, size_t len);

/* Of words that may have been cut in the middle of a letter: takes off what is
 * left of it. */
void text_mend_end(char *words);

#endif
