/* SPDX-License-Identifier: MIT */
/*
 * An answer to list, held against the claims that the model expects: the same
 * holders and waiters on the same things, each in the same order.
 */
#include "heard.h"

#include <string.h>

static bool is_text(const json_t *object, const char *name, const char *text)
{
	const char *seen = json_string_value(json_object_get(object, name));

	return seen != NULL && strcmp(seen, text) == 0;
}

static int64_t number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value)
				      : MODEL_ABSENT;
}

static bool is_claim(const json_t *seen, const struct model *model,
    const struct model_listed *listed)
{
	int64_t token = number(seen, "token");

	if (number(seen, "pid") != listed->pid)
		return false;
	if (!listed->holds)
		return token == MODEL_ABSENT &&
		       number(seen, "waited_ms") == listed->ms;
	return token == model_token(model, listed->claim) &&
	       number(seen, "held_ms") == listed->ms;
}

/* How many of the claims, from the first on, are on one thing. */
static int n_together(const struct model_listed *first, int n)
{
	int i = 1;

	while (i < n && first[i].kind == first->kind &&
	       first[i].flight == first->flight &&
	       strcmp(first[i].key, first->key) == 0)
		i++;
	return i;
}

/* Whether the object is told of with just these claims. */
static bool is_object(const json_t *seen, const struct model *model,
    const struct model_listed *first, int n)
{
	static const char *const kinds[] = {
#define KIND_NAME(constant, name) name,
	    WIRE_KINDS(KIND_NAME)};
	const json_t *holders = json_object_get(seen, "holders");
	const json_t *waiters = json_object_get(seen, "waiters");
	size_t n_holders = json_array_size(holders);
	size_t n_waiters = json_array_size(waiters);

	if (!is_text(seen, "kind", kinds[first->kind]) ||
	    !is_text(seen, "key", first->key) ||
	    is_text(seen, "state", "forgotten") != first->is_forgotten ||
	    n_holders + n_waiters != (size_t)n ||
	    number(seen, "holding") != (int64_t)n_holders ||
	    number(seen, "waiting") != (int64_t)n_waiters)
		return false;
	for (size_t i = 0; i < (size_t)n; i++) {
		bool holds = i < n_holders;

		if (holds != first[i].holds ||
		    !is_claim(holds ? json_array_get(holders, i)
				    : json_array_get(waiters, i - n_holders),
			model, &first[i]))
			return false;
	}
	return true;
}

static bool has_object(const json_t *keys, const struct model *model,
    const struct model_listed *first, int n)
{
	size_t i;
	json_t *seen;

	json_array_foreach(keys, i, seen) {
		if (is_object(seen, model, first, n))
			return true;
	}
	return false;
}

static size_t n_claims(const json_t *keys)
{
	size_t i, n = 0;
	json_t *seen;

	json_array_foreach(keys, i, seen) {
		n += json_array_size(json_object_get(seen, "holders"));
		n += json_array_size(json_object_get(seen, "waiters"));
	}
	return n;
}

bool heard_is_list(const json_t *keys, const struct model *model,
    const struct model_answer *expected)
{
	int together;

	if (!json_is_array(keys) ||
	    n_claims(keys) != (size_t)expected->n_listed)
		return false;
	for (int i = 0; i < expected->n_listed; i += together) {
		const struct model_listed *first = &expected->listed[i];

		together = n_together(first, expected->n_listed - i);
		if (!has_object(keys, model, first, together))
			return false;
	}
	return true;
}
