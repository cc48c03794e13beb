/* SPDX-License-Identifier: MIT */
/*
 * The reference model of the limit: so many permits, and nobody overtakes.
 */
#include "past_claim.h"

#include <string.h>

static struct place place_of(const char *key)
{
	return (struct place){WIRE_KIND_LIMIT, key, MODEL_ABSENT};
}

static int64_t n_in_use(struct model *model, const struct place *place)
{
	int64_t n = 0;

	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && past_is_at(p, place))
			n += p->permits;
	}
	return n;
}

static int64_t capacity_of(struct model *model, const char *key)
{
	return past_settings(model, WIRE_KIND_LIMIT, key)->capacity;
}

static void say_use(struct model *model, struct model_answer *answer,
    const struct place *place, int64_t capacity)
{
	past_say_integer(answer, "in_use", n_in_use(model, place));
	past_say_integer(answer, "capacity", capacity);
}

static void grant(struct model *model, struct past *claim)
{
	struct place place = past_place(claim);
	struct model_answer *answer = past_grant(model, claim);

	if (claim->asked.op == MODEL_LIMIT_TRY_BORROW)
		past_say_bool(answer, "borrowed", true);
	say_use(model, answer, &place, capacity_of(model, claim->key));
}

void model_limit_serve(struct model *model, const struct place *place)
{
	struct past *waiter;

	while ((waiter = past_first_waiter(model, place)) != NULL &&
	       !model_is_shut_down(model) &&
	       n_in_use(model, place) + waiter->permits <=
		   capacity_of(model, place->key))
		grant(model, waiter);
}

/* The capacity that holds if the request is let in, or why it is not even
 * looked at. */
static enum wire_code look_at(
    struct model *model, const struct asker *asker, int64_t *capacity_out)
{
	const struct model_request *request = asker->request;
	const struct settings *settings =
	    past_settings(model, WIRE_KIND_LIMIT, request->key);
	int64_t wanted = request->capacity;

	if (settings == NULL && wanted == MODEL_ABSENT)
		return WIRE_UNKNOWN_KEY;
	*capacity_out = settings == NULL ? wanted : settings->capacity;
	if (wanted != MODEL_ABSENT && wanted != *capacity_out &&
	    !request->adopt)
		return WIRE_CONFLICT;
	if (request->permits > *capacity_out)
		return WIRE_BAD_REQUEST;
	return WIRE_OK;
}

static void let_in(struct model *model, const struct asker *asker,
    int64_t capacity, bool can_have)
{
	struct place place = place_of(asker->request->key);
	struct settings settings = {.capacity = capacity};
	struct past *claim;

	if (past_settings(model, WIRE_KIND_LIMIT, place.key) == NULL)
		past_settle(
		    model, WIRE_KIND_LIMIT, place.key, &settings, asker->uid);
	claim = past_claim(model, asker, &place);
	claim->permits = asker->request->permits == MODEL_ABSENT
			     ? 1
			     : asker->request->permits;
	if (can_have)
		grant(model, claim);
	else
		past_wait(model, claim);
}

static void borrow(struct model *model, const struct asker *asker)
{
	const struct model_request *request = asker->request;
	struct place place = place_of(request->key);
	int64_t permits =
	    request->permits == MODEL_ABSENT ? 1 : request->permits;
	int64_t capacity = 0;
	enum wire_code code = look_at(model, asker, &capacity);
	struct model_answer *answer;
	bool can_have;

	if (code != WIRE_OK) {
		answer = past_refuse(model, asker, code);
		if (code == WIRE_CONFLICT)
			past_say_integer(answer, "capacity", capacity);
		return;
	}
	can_have = past_first_waiter(model, &place) == NULL &&
		   n_in_use(model, &place) + permits <= capacity;
	if (request->op == MODEL_LIMIT_TRY_BORROW && !can_have) {
		answer = past_answer(model, asker);
		past_say_bool(answer, "borrowed", false);
		say_use(model, answer, &place, capacity);
		return;
	}
	code = past_enter(model, asker, &place, can_have);
	if (code != WIRE_OK)
		past_refuse_entry(model, asker, &place, code);
	else
		let_in(model, asker, capacity, can_have);
}

static void give_back(struct model *model, const struct asker *asker)
{
	struct place place = place_of(asker->request->key);
	struct past *hold = past_find_hold(model, asker, WIRE_KIND_LIMIT);

	if (hold == NULL) {
		past_refuse(model, asker, WIRE_NOT_HELD);
		return;
	}
	past_end(model, hold, MODEL_END_RELEASED);
	past_say_integer(
	    past_answer(model, asker), "in_use", n_in_use(model, &place));
}

static void set(struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	struct place place = place_of(key);
	struct settings settings = {
	    .stands = true, .capacity = asker->request->capacity};
	const struct settings *old = past_settings(model, WIRE_KIND_LIMIT, key);
	struct model_answer *answer;

	if (!(old != NULL && old->stands) &&
	    !past_has_room(model, asker->uid, MODEL_KEYS, 1)) {
		past_refuse(model, asker, WIRE_QUOTA);
		return;
	}
	past_settle(model, WIRE_KIND_LIMIT, key, &settings, asker->uid);
	EACH_PAST(model, p)
	{
		if (p->state != PAST_WAITING || !past_is_at(p, &place) ||
		    p->permits <= settings.capacity)
			continue;
		answer = past_answer_claim(model, p);
		answer->code = WIRE_CONFLICT;
		past_say_integer(answer, "capacity", settings.capacity);
		past_move(model, p, PAST_OVER);
	}
	model_limit_serve(model, &place);
	past_answer(model, asker);
}

static void tell(struct model *model, const struct asker *asker)
{
	struct place place = place_of(asker->request->key);
	int64_t capacity = capacity_of(model, place.key);
	int64_t in_use = n_in_use(model, &place);
	struct model_answer *answer = past_answer(model, asker);

	past_say_integer(answer, "capacity", capacity);
	past_say_integer(answer, "in_use", in_use);
	past_say_integer(
	    answer, "available", in_use < capacity ? capacity - in_use : 0);
	past_say_integer(
	    answer, "waiting", past_count(model, &place, PAST_WAITING));
}

static void delete (struct model *model, const struct asker *asker)
{
	struct place place = place_of(asker->request->key);

	if (past_count(model, &place, PAST_HOLDING) > 0 ||
	    past_count(model, &place, PAST_WAITING) > 0) {
		past_refuse(model, asker, WIRE_CONFLICT);
		return;
	}
	past_unset(model, WIRE_KIND_LIMIT, place.key);
	past_answer(model, asker);
}

void model_limit(struct model *model, const struct asker *asker)
{
	const struct model_request *request = asker->request;

	switch (request->op) {
	case MODEL_LIMIT_RETURN:
		give_back(model, asker);
		return;
	case MODEL_LIMIT_SET:
		set(model, asker);
		return;
	case MODEL_LIMIT_BORROW:
	case MODEL_LIMIT_TRY_BORROW:
		borrow(model, asker);
		return;
	default:
		break;
	}
	if (past_settings(model, WIRE_KIND_LIMIT, request->key) == NULL)
		past_refuse(model, asker, WIRE_UNKNOWN_KEY);
	else if (request->op == MODEL_LIMIT_INFO)
		tell(model, asker);
	else
		delete (model, asker);
}
