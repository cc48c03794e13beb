/* SPDX-License-Identifier: MIT */
/*
 * The reference model of the lock: one at a time, everyone in the order in
 * which he came.
 */
#include "past_claim.h"

#include <string.h>

/* Did the last holder of the lock vanish without giving it back? Whoever was
 * not reached by his grant held nothing. */
static bool is_abandoned(struct model *model, const struct place *place)
{
	const struct past *last = NULL;

	EACH_PAST(model, p)
	{
		if (p->state == PAST_OVER && p->was_held &&
		    p->end != MODEL_END_UNDELIVERED && past_is_at(p, place) &&
		    (last == NULL || p->since_tick > last->since_tick))
			last = p;
	}
	return last != NULL && past_is_lost(last->end);
}

static void grant(struct model *model, struct past *claim)
{
	struct place place = past_place(claim);
	bool abandoned = is_abandoned(model, &place);
	struct model_answer *answer = past_grant(model, claim);

	if (abandoned)
		past_say_bool(answer, "abandoned", true);
}

void model_lock_serve(struct model *model, const struct place *place)
{
	struct past *waiter = past_first_waiter(model, place);

	if (waiter != NULL && past_oldest_holder(model, place) == NULL &&
	    !model_is_shut_down(model))
		grant(model, waiter);
}

static void acquire(struct model *model, const struct asker *asker)
{
	struct place place = {
	    WIRE_KIND_LOCK, asker->request->key, MODEL_ABSENT};
	bool can_have = past_oldest_holder(model, &place) == NULL;
	enum wire_code code = past_enter(model, asker, &place, can_have);
	struct past *claim;

	if (code != WIRE_OK) {
		past_refuse_entry(model, asker, &place, code);
		return;
	}
	claim = past_claim(model, asker, &place);
	if (can_have)
		grant(model, claim);
	else
		past_wait(model, claim);
}

/* Why there is nothing that this release could let go of. */
static enum wire_code why_not(struct model *model, const struct asker *asker)
{
	struct place place = {
	    WIRE_KIND_LOCK, asker->request->key, MODEL_ABSENT};
	const struct past *holder = past_oldest_holder(model, &place);

	if (asker->request->token == MODEL_ABSENT || holder == NULL)
		return WIRE_NOT_HELD;
	if (holder->token == asker->request->token && holder->asked.detached)
		return WIRE_DENIED;
	return WIRE_STALE_TOKEN;
}

void model_lock(struct model *model, const struct asker *asker)
{
	struct past *hold;

	if (asker->request->op == MODEL_LOCK_ACQUIRE) {
		acquire(model, asker);
		return;
	}
	hold = past_find_hold(model, asker, WIRE_KIND_LOCK);
	if (hold == NULL) {
		past_refuse(model, asker, why_not(model, asker));
		return;
	}
	past_end(model, hold, MODEL_END_RELEASED);
	past_answer(model, asker);
}
