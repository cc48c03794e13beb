/* SPDX-License-Identifier: MIT */
/* A line that came out of the core, and whether it is the expected one. */
#ifndef HEARD_H
#define HEARD_H

#include "model.h"

#include <jansson.h>
#include <stdio.h>

/* A line that came out of the core. */
struct heard {
	int session;
	char *line; /* owned, with a NUL at its end */
	size_t len;
	int64_t token;          /* of a grant; else 0 */
	int64_t detached_token; /* as the core says it beside the line */
	json_t *json;           /* owned */
	bool is_grant;
	bool is_matched;
};

/* Whether the line says what the model expects, for the session that it is
 * meant for. */
bool heard_is(const struct heard *heard, const struct model *model,
    const struct model_answer *expected, int64_t first_token);
/* The same of the keys of an answer to list. */
bool heard_is_list(const json_t *keys, const struct model *model,
    const struct model_answer *expected);
void heard_print(const struct heard *heard, FILE *out);
void expected_print(
    const struct model *model, const struct model_answer *expected, FILE *out);

#endif
