/* SPDX-License-Identifier: MIT */
/* An answer of the daemon, taken apart. */
#ifndef LOAD_ANSWER_H
#define LOAD_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The members that matter here. Numbers are as they are; true is 1, false is
 * 0, absent is -1. */
struct load_answer {
	int64_t id, ok, token;
	int64_t leader, borrowed, create;
	int64_t in_use, capacity, followers;
	const char *value; /* its text, borrowed from the line; or NULL */
	size_t n_value;
};

/* Takes a line without its line feed apart, whatever the order of its
 * members. Returns false when it is no object. */
bool load_answer_parse(const char *line, size_t len, struct load_answer *out);

#endif
