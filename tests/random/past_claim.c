/* SPDX-License-Identifier: MIT */
/*
 * Claims in the list of what has happened: who waits, who holds, who may come
 * in, and how both end. The same for all four primitives.
 */
#include "past_claim.h"

#include <assert.h>
#include <string.h>

struct place past_place(const struct past *claim)
{
	return (struct place){claim->kind, claim->key, claim->flight};
}

bool past_is_at(const struct past *past, const struct place *place)
{
	if (past->type != PAST_CLAIM || past->kind != place->kind)
		return false;
	if (place->kind == WIRE_KIND_FLIGHT)
		return past->flight == place->flight;
	return strcmp(past->key, place->key) == 0;
}

bool past_is_hold(const struct past *past)
{
	return past->state == PAST_HOLDING;
}

struct past *past_oldest_holder(struct model *model, const struct place *place)
{
	struct past *oldest = NULL;

	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && past_is_at(p, place) &&
		    (oldest == NULL || p->since_tick < oldest->since_tick))
			oldest = p;
	}
	return oldest;
}

struct past *past_first_waiter(struct model *model, const struct place *place)
{
	EACH_PAST(model, p)
	{
		if (p->state == PAST_WAITING && past_is_at(p, place))
			return p;
	}
	return NULL;
}

int past_count(
    struct model *model, const struct place *place, enum past_state state)
{
	int n = 0;

	EACH_PAST(model, p)
	{
		if (p->state == state && past_is_at(p, place))
			n++;
	}
	return n;
}

/* May the asker let go of this hold? */
static bool is_his(const struct past *hold, const struct asker *asker)
{
	if (hold->asked.detached)
		return asker->request->token != MODEL_ABSENT &&
		       hold->uid == asker->uid;
	return hold->session == asker->session;
}

struct past *past_find_hold(
    struct model *model, const struct asker *asker, enum wire_kind kind)
{
	const struct model_request *request = asker->request;
	struct past *newest = NULL;

	EACH_PAST(model, p)
	{
		if (!past_is_hold(p) || p->kind != kind ||
		    strcmp(p->key, request->key) != 0 || !is_his(p, asker))
			continue;
		if (request->token != MODEL_ABSENT &&
		    p->token != request->token)
			continue;
		if (newest == NULL || p->since_tick > newest->since_tick)
			newest = p;
	}
	return newest;
}

enum wire_code past_enter(struct model *model, const struct asker *asker,
    const struct place *place, bool can_have)
{
	const struct model_request *request = asker->request;

	if (model_is_shut_down(model))
		return WIRE_SHUTTING_DOWN;
	if (can_have) {
		return past_has_room(model, asker->uid, MODEL_KEYS, 1)
			   ? WIRE_OK
			   : WIRE_QUOTA;
	}
	if (request->wait_ms == 0)
		return WIRE_BUSY;
	if (request->max_waiters != MODEL_ABSENT &&
	    past_count(model, place, PAST_WAITING) >= request->max_waiters)
		return WIRE_QUEUE_FULL;
	if (!past_has_room(model, asker->uid, MODEL_WAITS, 1) ||
	    !past_has_room(model, asker->uid, MODEL_KEYS, 1))
		return WIRE_QUOTA;
	if (past_is_deadlock(model, asker->session, place))
		return WIRE_DEADLOCK;
	return WIRE_OK;
}

void past_refuse_entry(struct model *model, const struct asker *asker,
    const struct place *place, enum wire_code code)
{
	struct model_answer *answer = past_refuse(model, asker, code);

	if (code == WIRE_BUSY || code == WIRE_QUEUE_FULL)
		past_say_holder(model, answer, place);
}

struct past *past_claim(
    struct model *model, const struct asker *asker, const struct place *place)
{
	struct past *past = past_add(model, PAST_CLAIM);

	past->kind = place->kind;
	past->key = place->key;
	past->flight = place->flight;
	past->session = asker->session;
	past->uid = asker->uid;
	past->pid = asker->pid;
	past->asked = *asker->request;
	return past;
}

void past_wait(struct model *model, struct past *claim)
{
	past_move(model, claim, PAST_WAITING);
	past_set_due(model, claim, claim->asked.wait_ms);
}

struct model_answer *past_grant(struct model *model, struct past *claim)
{
	struct model_answer *answer = past_answer_claim(model, claim);
	const struct model_request *hello = past_hello(model, claim->session);

	past_move(model, claim, PAST_HOLDING);
	past_set_due(model, claim, claim->asked.lease_ms);
	claim->was_held = true;
	claim->client = hello == NULL ? NULL : hello->client;
	answer->hold = past_number(model, claim);
	answer->detached = claim->asked.detached;
	answer->held_kind = claim->kind;
	answer->held_key = claim->key;
	return answer;
}

bool past_is_lost(enum model_end end)
{
	return end == MODEL_END_EXPIRED || end == MODEL_END_LOST ||
	       end == MODEL_END_RESET || end == MODEL_END_ADMIN;
}

/* Somebody is gone: the next ones come in. Followers have nothing to wait for
 * but their leader, so there is nothing to be done in a flight. */
static void serve(struct model *model, const struct place *place)
{
	if (place->kind == WIRE_KIND_LOCK)
		model_lock_serve(model, place);
	else if (place->kind == WIRE_KIND_LIMIT)
		model_limit_serve(model, place);
	else if (place->kind == WIRE_KIND_POOL)
		model_pool_serve(model, place);
}

void past_end(struct model *model, struct past *claim, enum model_end end)
{
	struct place place = past_place(claim);
	const struct model_request *hello = past_hello(model, claim->session);

	if ((end == MODEL_END_EXPIRED || end == MODEL_END_ADMIN) &&
	    !claim->asked.detached && hello != NULL && hello->wants_lost)
		past_tell_lost(
		    model, claim, end == MODEL_END_ADMIN ? "admin" : "lease");
	past_move(model, claim, PAST_OVER);
	claim->end = end;
	if (claim->kind == WIRE_KIND_FLIGHT && end != MODEL_END_RELEASED)
		model_flight_passes_on(model, &place, end);
	if (claim->kind == WIRE_KIND_POOL)
		model_pool_ended(model, claim, end);
	serve(model, &place);
}

void past_give_up(struct model *model, struct past *claim, enum wire_code code)
{
	struct place place = past_place(claim);
	struct model_answer *answer;

	if (code != WIRE_OK) {
		answer = past_answer_claim(model, claim);
		answer->code = code;
		if (code == WIRE_TIMEOUT)
			past_say_holder(model, answer, &place);
	}
	past_move(model, claim, PAST_OVER);
	serve(model, &place);
}

/* The oldest of the session's waits that can be part of a circle. */
static struct past *oldest_wait(struct model *model, int session)
{
	EACH_PAST(model, p)
	{
		if (p->state == PAST_WAITING && p->session == session &&
		    (p->kind == WIRE_KIND_LOCK || p->kind == WIRE_KIND_FLIGHT))
			return p;
	}
	return NULL;
}

static bool waits_at(
    struct model *model, int session, const struct place *place)
{
	EACH_PAST(model, p)
	{
		if (p->state == PAST_WAITING && p->session == session &&
		    past_is_at(p, place))
			return true;
	}
	return false;
}

bool past_is_deadlock(
    struct model *model, int session, const struct place *place)
{
	struct place next = *place;
	const struct past *holder, *wait;

	if (place->kind != WIRE_KIND_LOCK && place->kind != WIRE_KIND_FLIGHT)
		return false;
	if (past_is_multiplexed(model, session))
		return false;
	if (waits_at(model, session, place))
		return true;
	/* A chain longer than the list goes round without the asker. */
	for (int i = 0; i <= model->n_pasts; i++) {
		holder = past_oldest_holder(model, &next);
		if (holder == NULL || holder->asked.detached)
			return false;
		if (holder->session == session)
			return true;
		if (past_is_multiplexed(model, holder->session))
			return false;
		wait = oldest_wait(model, holder->session);
		if (wait == NULL)
			return false;
		next = past_place(wait);
	}
	return false;
}
