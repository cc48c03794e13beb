/* SPDX-License-Identifier: MIT */
/* The answer to "Why is this waiting?", for people and for programs. */
#ifndef CLI_WHY_H
#define CLI_WHY_H

#include "cli_chain.h"

#define WHY_KEY_BYTES (4 * TEXT_ESCAPED_BYTES)

/* "lock db", as a shell takes it. Returns to. */
const char *why_key(char to[WHY_KEY_BYTES], const json_t *key);

/* Sentences, a line each, on standard output. */
void why_print(const struct chain_view *view, const struct chain *chain,
    const json_t *key);
/* The same for programs: a new array of the links. */
json_t *why_json(const struct chain *chain);
/* A word for how it ends. */
const char *why_end(const struct chain *chain);

#endif
