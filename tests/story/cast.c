/* SPDX-License-Identifier: MIT */
/* Actors and names of tokens: see cast.h. */
#include "cast.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PID 101

static struct actor *find_actor(struct cast *cast, const char *name, size_t len)
{
	for (int i = cast->n_actors - 1; i >= 0; i--) {
		struct actor *actor = &cast->actors[i];

		if (strlen(actor->name) == len &&
		    memcmp(actor->name, name, len) == 0)
			return actor;
	}
	return NULL;
}

struct actor *cast_actor(struct cast *cast, const char *name, size_t len)
{
	struct actor *actor = find_actor(cast, name, len);

	if (actor != NULL && !actor->gone)
		return actor;
	ck_assert_int_lt(cast->n_actors, CAST_MAX);
	ck_assert_uint_lt(len, CAST_NAME_BYTES);
	actor = &cast->actors[cast->n_actors];
	*actor = (struct actor){.uid = 1000, .pid = FIRST_PID + cast->n_actors};
	memcpy(actor->name, name, len);
	cast->n_actors++;
	return actor;
}

struct actor *cast_of_session(struct cast *cast, uint64_t session)
{
	for (int i = 0; i < cast->n_actors; i++) {
		if (cast->actors[i].session == session)
			return &cast->actors[i];
	}
	return NULL;
}

int cast_token_number(const struct cast *cast, int64_t token)
{
	for (int i = 0; i < cast->n_tokens; i++) {
		if (cast->tokens[i] == token)
			return i + 1;
	}
	return 0;
}

int64_t cast_token(const struct cast *cast, const char *text)
{
	char *end;
	long number;

	if (text[0] != 'T' || text[1] < '1' || text[1] > '9')
		return -1;
	number = strtol(text + 1, &end, 10);
	if (*end != '\0' || number > cast->n_tokens)
		return -1;
	return cast->tokens[number - 1];
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool cast_name_tokens(struct cast *cast, int64_t *tokens, int n)
{
	bool rises = true;

	qsort(tokens, (size_t)n, sizeof(*tokens), compare);
	for (int i = 0; i < n; i++) {
		if (cast_token_number(cast, tokens[i]) != 0)
			continue;
		if (cast->n_tokens > 0 &&
		    tokens[i] <= cast->tokens[cast->n_tokens - 1])
			rises = false;
		ck_assert_int_lt(cast->n_tokens, CAST_MAX_TOKENS);
		cast->tokens[cast->n_tokens++] = tokens[i];
	}
	return rises;
}
