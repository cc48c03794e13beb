/* SPDX-License-Identifier: MIT */
/*
 * The reference model of the flight: one leads, the others share its result.
 * A flight is known by the entry of the request that began it.
 */
#include "past_claim.h"

#include <assert.h>
#include <string.h>

/* The lead of the key's flight that is not forgotten, or NULL. */
static struct past *find_lead(struct model *model, const char *key)
{
	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && p->kind == WIRE_KIND_FLIGHT &&
		    strcmp(p->key, key) == 0 &&
		    !model->pasts[p->flight].forgotten)
			return p;
	}
	return NULL;
}

static struct past *find_kept(struct model *model, const char *key)
{
	EACH_PAST(model, p)
	{
		if (p->type == PAST_KEPT && p->state != PAST_OVER &&
		    strcmp(p->key, key) == 0)
			return p;
	}
	return NULL;
}

static void grant(struct model *model, struct past *claim)
{
	struct model_answer *answer = past_grant(model, claim);
	int attempt = 0;

	EACH_PAST(model, p)
	{
		if (p->was_held && p->flight == claim->flight)
			attempt++;
	}
	past_say_bool(answer, "leader", true);
	if (attempt > 1)
		past_say_integer(answer, "attempt", attempt);
}

/* The result, as it is told: by what was kept, or by the lead itself. */
struct result {
	bool failed;
	const char *value, *message;
	int by_uid;
};

static void say_result(
    struct model_answer *answer, const struct result *result, int uid)
{
	if (result->failed) {
		answer->code = WIRE_FLIGHT_FAILED;
		past_say_text(answer, "message",
		    result->message == NULL ? "" : result->message);
	} else {
		past_say_bool(answer, "leader", false);
	}
	if (result->value != NULL)
		past_say_json(answer, "value", result->value);
	if (result->by_uid != uid)
		past_say_integer(answer, "by_uid", result->by_uid);
}

static void join(struct model *model, const struct asker *asker)
{
	const struct past *lead = find_lead(model, asker->request->key);
	struct place place = {WIRE_KIND_FLIGHT, asker->request->key,
	    lead == NULL ? MODEL_ABSENT : lead->flight};
	enum wire_code code = past_enter(model, asker, &place, lead == NULL);
	struct past *claim;

	if (code != WIRE_OK) {
		past_refuse_entry(model, asker, &place, code);
		return;
	}
	claim = past_claim(model, asker, &place);
	if (lead != NULL) {
		past_wait(model, claim);
		return;
	}
	claim->flight = past_number(model, claim);
	grant(model, claim);
}

static void begin(struct model *model, const struct asker *asker)
{
	const struct past *kept = find_kept(model, asker->request->key);
	struct model_answer *answer;
	struct result result;

	if (kept == NULL) {
		join(model, asker);
		return;
	}
	result = (struct result){
	    kept->failed, kept->value, kept->message, kept->uid};
	answer = past_answer(model, asker);
	say_result(answer, &result, asker->uid);
	past_say_integer(answer, "age_ms", model->now - kept->since);
}

static void keep(struct model *model, const struct past *lead,
    const struct result *result, int64_t keep_ms)
{
	struct past *kept = past_add(model, PAST_KEPT);

	kept->kind = WIRE_KIND_FLIGHT;
	kept->key = lead->key;
	kept->uid = lead->uid;
	kept->value = result->value;
	kept->message = result->message;
	kept->failed = result->failed;
	past_set_due(model, kept, keep_ms);
}

static int64_t n_bytes(const struct result *result)
{
	int64_t n = 0;

	if (result->value != NULL)
		n += (int64_t)strlen(result->value);
	if (result->message != NULL)
		n += (int64_t)strlen(result->message);
	return n;
}

/* The lead ends with a result; all followers get it. */
static void complete(struct model *model, struct past *lead,
    const struct asker *asker, const struct result *result)
{
	struct place place = past_place(lead);
	int n = 0;
	struct past *waiter;

	past_end(model, lead, MODEL_END_RELEASED);
	while ((waiter = past_first_waiter(model, &place)) != NULL) {
		say_result(
		    past_answer_claim(model, waiter), result, waiter->uid);
		past_move(model, waiter, PAST_OVER);
		n++;
	}
	past_say_integer(past_answer(model, asker), "followers", n);
}

static void finish(
    struct model *model, const struct asker *asker, struct past *lead)
{
	const struct model_request *request = asker->request;
	bool failed = request->op == MODEL_FLIGHT_FAIL;
	struct result result = {
	    failed, request->value, request->message, lead->uid};
	bool is_kept =
	    request->keep_ms > 0 && !model->pasts[lead->flight].forgotten;

	if (!failed && result.value == NULL)
		result.value = "null";
	/* The key that the result needs is the one that the lead gives back. */
	if (is_kept &&
	    !past_has_room(model, lead->uid, MODEL_BYTES, n_bytes(&result))) {
		past_refuse(model, asker, WIRE_QUOTA);
		return;
	}
	complete(model, lead, asker, &result);
	if (is_kept)
		keep(model, lead, &result, request->keep_ms);
}

static void forget(struct model *model, const struct asker *asker)
{
	const struct past *lead = find_lead(model, asker->request->key);
	struct past *kept = find_kept(model, asker->request->key);

	if (lead != NULL)
		model->pasts[lead->flight].forgotten = true;
	if (kept != NULL)
		past_move(model, kept, PAST_OVER);
	past_say_bool(past_answer(model, asker), "forgotten",
	    lead != NULL || kept != NULL);
}

/* Is any flight of this key under way, forgotten ones included? */
static bool is_led(struct model *model, const char *key)
{
	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && p->kind == WIRE_KIND_FLIGHT &&
		    strcmp(p->key, key) == 0)
			return true;
	}
	return false;
}

static bool has_lost_enough(struct model *model, const struct place *place)
{
	int64_t most = model->pasts[place->flight].asked.max_leaders;
	int64_t n = 0;

	if (most == MODEL_ABSENT)
		most = WIRE_DEFAULT_LEADERS;
	EACH_PAST(model, p)
	{
		if (past_is_at(p, place) && p->was_held &&
		    p->state == PAST_OVER && past_is_lost(p->end))
			n++;
	}
	return n >= most;
}

void model_flight_passes_on(
    struct model *model, const struct place *place, enum model_end end)
{
	struct past *waiter;

	if (!past_is_lost(end) || !has_lost_enough(model, place)) {
		waiter = past_first_waiter(model, place);
		if (waiter != NULL)
			grant(model, waiter);
		return;
	}
	while ((waiter = past_first_waiter(model, place)) != NULL) {
		past_answer_claim(model, waiter)->code = WIRE_LEADER_LOST;
		past_move(model, waiter, PAST_OVER);
	}
}

void model_flight(struct model *model, const struct asker *asker)
{
	const struct model_request *request = asker->request;
	struct past *lead;

	if (request->op == MODEL_FLIGHT_BEGIN) {
		begin(model, asker);
		return;
	}
	if (request->op == MODEL_FLIGHT_FORGET) {
		forget(model, asker);
		return;
	}
	lead = past_find_hold(model, asker, WIRE_KIND_FLIGHT);
	if (lead == NULL) {
		past_refuse(model, asker,
		    request->token != MODEL_ABSENT &&
			    is_led(model, request->key)
			? WIRE_STALE_TOKEN
			: WIRE_NOT_HELD);
	} else if (request->op == MODEL_FLIGHT_ABANDON) {
		past_end(model, lead, MODEL_END_GIVEN_UP);
		past_answer(model, asker);
	} else {
		finish(model, asker, lead);
	}
}
