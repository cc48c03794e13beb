/* SPDX-License-Identifier: MIT */
/* What a flight, or a question, came to: see msync.h. */
#ifndef RESULT_H
#define RESULT_H

#include "msync.h"
#include "reader.h"

#include <stdbool.h>

struct msync_result {
	char *value; /* owned, with a NUL behind it; NULL: none */
	size_t len;
	char *message; /* owned; NULL: "" */
	bool is_fresh, is_failure;
	int64_t age_ms, by_uid, followers;
};

/* A result with a copy of the value (NULL: none), shared, without more; NULL
 * where there is no memory. */
struct msync_result *result_new(const char *json, size_t len);
/* What a follower was answered, a value or a failure. */
struct msync_result *result_from(const struct reply *reply);
/* What this process made itself; takes the value over, also on failure. */
struct msync_result *result_own(char *json, size_t len, bool is_failure);
/* An integer of an answer that is a result; 0 where there is none. */
int64_t result_number(const struct msync_result *result, const char *member);

#endif
