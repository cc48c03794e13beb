/* SPDX-License-Identifier: MIT */
/*
 * The operation list: who holds and who waits, as the list of what has
 * happened says it. Keys that nobody holds or waits for are left to other
 * judges.
 */
#include "past_claim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool is_asked_for(
    const struct past *past, const struct model_request *request)
{
	if (past->type != PAST_CLAIM ||
	    (past->state != PAST_WAITING && past->state != PAST_HOLDING))
		return false;
	if (request->kind != MODEL_ABSENT &&
	    past->kind != (enum wire_kind)request->kind)
		return false;
	return request->key == NULL || strcmp(past->key, request->key) == 0;
}

/* Claims on one thing stand together: its holders, its waiters, each in order
 * of what they hold or wait for. */
static int compare(const void *one, const void *other)
{
	const struct model_listed *a = one, *b = other;
	int keys = strcmp(a->key, b->key);

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (keys != 0 || a->flight != b->flight)
		return keys != 0 ? keys : a->flight - b->flight;
	if (a->holds != b->holds)
		return a->holds ? -1 : 1;
	return a->tick < b->tick ? -1 : 1;
}

bool model_sees_all(const struct model *model, int uid)
{
	return uid != model->rules.outsider || uid == model->rules.admin;
}

/* Whether the asker may see what the past is about. */
static bool is_seen(
    const struct model *model, const struct asker *asker, const char *key)
{
	const struct model_rules *rules = &model->rules;

	return model_sees_all(model, asker->uid) ||
	       (asker->uid == rules->owner &&
		   strncmp(key, rules->prefix, strlen(rules->prefix)) == 0);
}

void model_list(struct model *model, const struct asker *asker)
{
	struct model_answer *answer = past_answer(model, asker);
	struct model_listed *first = &model->listed[model->n_listed];
	int n = 0;

	answer->shape = MODEL_SAYS_LIST;
	EACH_PAST(model, p)
	{
		bool is_flight = p->kind == WIRE_KIND_FLIGHT;

		if (!is_asked_for(p, asker->request) ||
		    !is_seen(model, asker, p->key))
			continue;
		assert(model->n_listed < PAST_MAX_LISTED);
		model->n_listed++;
		first[n++] = (struct model_listed){
		    .kind = p->kind,
		    .key = p->key,
		    .flight = is_flight ? p->flight : MODEL_ABSENT,
		    .is_forgotten =
			is_flight && model->pasts[p->flight].forgotten,
		    .holds = past_is_hold(p),
		    .claim = past_number(model, p),
		    .pid = p->pid,
		    .ms = model->now - p->since,
		    .tick = p->since_tick,
		};
	}
	qsort(first, (size_t)n, sizeof(*first), compare);
	answer->listed = first;
	answer->n_listed = n;
	/* What fits into a page is not for the model to say. */
	if (model->max_line_bytes < WIRE_MAX_LINE_BYTES ||
	    asker->request->max != MODEL_ABSENT)
		answer->n_listed = MODEL_ABSENT;
}
