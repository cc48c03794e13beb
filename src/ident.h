/* SPDX-License-Identifier: MIT */
/*
 * The id of a request: none, an integer, or a short text. It is kept decoded
 * while the request waits and written back with its answer.
 */
#ifndef IDENT_H
#define IDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ident_type {
	IDENT_NONE,
	IDENT_NUMBER,
	IDENT_TEXT,
};

struct ident {
	enum ident_type type;
	uint32_t len; /* of text, in bytes */
	union {
		int64_t number; /* IDENT_NUMBER */
		char *text;     /* IDENT_TEXT: who owns it is said where it
				 * stands */
	};
};

/* A copy that owns its text; end it with ident_deinit. */
struct ident ident_copy(const struct ident *id);
/* Moves what *id owns to the caller and leaves IDENT_NONE behind. */
struct ident ident_take(struct ident *id);
/* Frees the text of a copy; accepts what ident_take left behind. */
void ident_deinit(struct ident *id);
/* Whether both are the same id; two requests without id never are. */
bool ident_equal(const struct ident *a, const struct ident *b);

#endif
