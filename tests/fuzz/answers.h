/* SPDX-License-Identifier: MIT */
/* What a client gets, as bytes, and whether it may get that. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "outbox.h"

#include <jansson.h>

/* The id that the answer to the line must have: null, where it must not have
 * any; false, where that cannot be told. */
json_t *answers_expected(const char *line, size_t len);
/* Renders the answer or event, and reads it as a client would. */
void answers_check(const struct answer *answer);
/* Takes the id of an answer (of an event, nothing) out of those that are
 * awaited. */
void answers_take(const struct answer *answer, json_t *awaited);

#endif
