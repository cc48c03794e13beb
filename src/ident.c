/* SPDX-License-Identifier: MIT */
/* The id of a request: see ident.h. */
#include "ident.h"

#include "xalloc.h"

#include <stdlib.h>
#include <string.h>

struct ident ident_copy(const struct ident *id)
{
	struct ident copy = *id;

	if (id->type == IDENT_TEXT)
		copy.text = xmemdup0(id->text, id->len);
	return copy;
}

struct ident ident_take(struct ident *id)
{
	struct ident taken = *id;

	*id = (struct ident){0};
	return taken;
}

void ident_deinit(struct ident *id)
{
	if (id->type == IDENT_TEXT)
		free(id->text);
	*id = (struct ident){0};
}

bool ident_equal(const struct ident *a, const struct ident *b)
{
	if (a->type != b->type || a->type == IDENT_NONE)
		return false;
	if (a->type == IDENT_NUMBER)
		return a->number == b->number;
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}
