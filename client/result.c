/* SPDX-License-Identifier: MIT */
/* Results: see result.h. */
#include "result.h"

#include <stdlib.h>
#include <string.h>

static char *copy_bytes(const char *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

/* A callback that tells a length need not have written a NUL. */
static bool end_in_nul(char **json, size_t len)
{
	char *ended = realloc(*json, len + 1);

	if (ended == NULL)
		return false;
	ended[len] = '\0';
	*json = ended;
	return true;
}

struct msync_result *result_own(char *json, size_t len, bool is_failure)
{
	struct msync_result *result = calloc(1, sizeof(*result));

	if (result == NULL || (json != NULL && !end_in_nul(&json, len))) {
		free(result);
		free(json);
		return NULL;
	}
	result->value = json;
	result->len = len;
	result->is_fresh = true;
	result->is_failure = is_failure;
	result->by_uid = -1;
	result->followers = -1;
	return result;
}

struct msync_result *result_new(const char *json, size_t len)
{
	struct msync_result *result;
	char *copy = NULL;

	if (json != NULL) {
		copy = copy_bytes(json, len);
		if (copy == NULL)
			return NULL;
	}
	result = result_own(copy, len, false);
	if (result == NULL)
		return NULL;
	result->is_fresh = false;
	result->followers = 0;
	return result;
}

static char *decode(const struct scan_value *string)
{
	char *text = malloc(string->len);
	long len;

	if (text == NULL)
		return NULL;
	/* Decoded, a string is never longer than with its quotes. */
	len = scan_text(string, text, string->len - 1);
	text[len < 0 ? 0 : len] = '\0';
	return text;
}

struct msync_result *result_from(const struct reply *reply)
{
	struct msync_result *result =
	    result_new(reply->value.at, reply->value.len);

	if (result == NULL)
		return NULL;
	result->is_failure = !reply->ok;
	result->age_ms = reply->age_ms;
	result->by_uid = reply->by_uid;
	if (result->is_failure && reply->message.at != NULL) {
		result->message = decode(&reply->message);
		if (result->message == NULL) {
			msync_result_free(result);
			return NULL;
		}
	}
	return result;
}

int64_t result_number(const struct msync_result *result, const char *member)
{
	struct scan_value answer = {
	    .type = SCAN_OBJECT, .at = result->value, .len = result->len};

	return reply_member(&answer, member, 0);
}

void msync_result_free(struct msync_result *result)
{
	if (result == NULL)
		return;
	free(result->value);
	free(result->message);
	free(result);
}

const char *msync_result_value(const struct msync_result *result, size_t *len)
{
	if (len != NULL)
		*len = result->value == NULL ? 0 : result->len;
	return result->value;
}

int msync_result_is_fresh(const struct msync_result *result)
{
	return result->is_fresh;
}

int msync_result_is_failure(const struct msync_result *result)
{
	return result->is_failure;
}

const char *msync_result_message(const struct msync_result *result)
{
	return result->message == NULL ? "" : result->message;
}

int64_t msync_result_age_ms(const struct msync_result *result)
{
	return result->age_ms;
}

int64_t msync_result_by_uid(const struct msync_result *result)
{
	return result->by_uid;
}

int64_t msync_result_followers(const struct msync_result *result)
{
	return result->followers;
}
