/* SPDX-License-Identifier: MIT */
/*
 * The reference model of the pool: who gets which object, and what becomes of
 * it when he gives it back or is gone. What is told and set is in
 * model_pool_set.c.
 */
#include "past_claim.h"
#include "past_pool.h"

#include <string.h>

struct place past_pool_place(const char *key)
{
	return (struct place){WIRE_KIND_POOL, key, MODEL_ABSENT};
}

bool past_pool_has_object(
    const struct past *past, const char *key, enum past_state state)
{
	return past->type == PAST_OBJECT && past->state == state &&
	       strcmp(past->key, key) == 0;
}

int past_pool_count(struct model *model, const char *key, enum past_state state)
{
	int n = 0;

	EACH_PAST(model, p)
	{
		if (past_pool_has_object(p, key, state))
			n++;
	}
	return n;
}

/* Lent ones and those that are being created each have a hold. */
int64_t past_pool_size(struct model *model, const char *key)
{
	struct place place = past_pool_place(key);

	return past_count(model, &place, PAST_HOLDING) +
	       past_pool_count(model, key, PAST_IDLE);
}

/* Of the objects in this state the one that came into it first. */
struct past *past_pool_oldest(
    struct model *model, const char *key, enum past_state state)
{
	struct past *oldest = NULL;

	EACH_PAST(model, p)
	{
		if (past_pool_has_object(p, key, state) &&
		    (oldest == NULL || p->since_tick < oldest->since_tick))
			oldest = p;
	}
	return oldest;
}

static struct past *newest_idle(struct model *model, const char *key)
{
	struct past *newest = NULL;

	EACH_PAST(model, p)
	{
		if (past_pool_has_object(p, key, PAST_IDLE) &&
		    (newest == NULL || p->since_tick > newest->since_tick))
			newest = p;
	}
	return newest;
}

/* So many that the values in the answer, with a comma each, are not longer
 * than a line may be. */
void past_pool_hand_out(
    struct model *model, struct model_answer *answer, const char *key)
{
	int64_t room = model->max_line_bytes;
	struct past *object;

	for (int i = 0; i < answer->n_members; i++) {
		if (answer->members[i].type == MODEL_JSON)
			room -= (int64_t)strlen(answer->members[i].text);
	}
	while (
	    (object = past_pool_oldest(model, key, PAST_CONDEMNED)) != NULL) {
		room -= (int64_t)strlen(object->value) + 1;
		if (room < 0) {
			past_say_bool(answer, "more", true);
			return;
		}
		if (answer->n_destroy == MODEL_ABSENT)
			answer->n_destroy = 0;
		past_say_destroy(answer, object->value);
		past_move(model, object, PAST_OVER);
	}
}

static void condemn_expired(struct model *model, const char *key)
{
	int64_t most = past_settings(model, WIRE_KIND_POOL, key)->max_idle_ms;
	struct past *oldest;

	while (most > 0 &&
	       (oldest = past_pool_oldest(model, key, PAST_IDLE)) != NULL &&
	       model->now - oldest->since > most)
		past_move(model, oldest, PAST_CONDEMNED);
}

static void grant(struct model *model, struct past *claim)
{
	struct model_answer *answer = past_grant(model, claim);
	struct past *object;

	condemn_expired(model, claim->key);
	if (past_settings(model, WIRE_KIND_POOL, claim->key)->fifo)
		object = past_pool_oldest(model, claim->key, PAST_IDLE);
	else
		object = newest_idle(model, claim->key);
	past_say_bool(answer, "create", object == NULL);
	if (object != NULL) {
		past_say_json(answer, "value", object->value);
		past_move(model, object, PAST_LENT);
		claim->object = past_number(model, object);
	}
	past_pool_hand_out(model, answer, claim->key);
}

static bool has_room(struct model *model, const char *key, int64_t capacity)
{
	return past_pool_count(model, key, PAST_IDLE) > 0 ||
	       past_pool_size(model, key) < capacity;
}

void model_pool_serve(struct model *model, const struct place *place)
{
	struct past *waiter;

	while ((waiter = past_first_waiter(model, place)) != NULL &&
	       !model_is_shut_down(model) &&
	       has_room(model, place->key,
		   past_settings(model, WIRE_KIND_POOL, place->key)->capacity))
		grant(model, waiter);
}

/* A lent object is here again; its hold has ended already. */
static void comes_back(struct model *model, struct past *object)
{
	int64_t capacity =
	    past_settings(model, WIRE_KIND_POOL, object->key)->capacity;
	bool is_surplus = past_pool_size(model, object->key) + 1 > capacity;

	past_move(model, object, is_surplus ? PAST_CONDEMNED : PAST_IDLE);
}

void model_pool_ended(
    struct model *model, struct past *claim, enum model_end end)
{
	struct past *object;

	if (claim->object == MODEL_ABSENT)
		return;
	object = &model->pasts[claim->object];
	if (past_is_lost(end) &&
	    !past_settings(model, WIRE_KIND_POOL, claim->key)->requeue)
		past_move(model, object, PAST_CONDEMNED);
	else
		comes_back(model, object);
}

/* What a get makes of the pool's settings; WIRE_CONFLICT: it may not. */
static enum wire_code look_at(struct model *model, const struct asker *asker,
    struct settings *next, bool *changes)
{
	const struct model_request *request = asker->request;
	const struct settings *now =
	    past_settings(model, WIRE_KIND_POOL, request->key);
	struct place place = past_pool_place(request->key);

	*changes = now == NULL;
	if (now == NULL && request->capacity == MODEL_ABSENT)
		return WIRE_UNKNOWN_KEY;
	*next = now == NULL ? (struct settings){0} : *now;
	if (now != NULL && request->adopt)
		return WIRE_OK;
	if (request->capacity != MODEL_ABSENT)
		next->capacity = request->capacity;
	if (request->max_idle_ms != MODEL_ABSENT)
		next->max_idle_ms = request->max_idle_ms;
	if (now == NULL || (next->capacity == now->capacity &&
			       next->max_idle_ms == now->max_idle_ms))
		return WIRE_OK;
	*changes = true;
	if (now->stands || past_count(model, &place, PAST_HOLDING) > 0 ||
	    past_count(model, &place, PAST_WAITING) > 0)
		return WIRE_CONFLICT;
	return WIRE_OK;
}

static void refuse_settings(
    struct model *model, const struct asker *asker, enum wire_code code)
{
	const struct model_request *request = asker->request;
	const struct settings *now =
	    past_settings(model, WIRE_KIND_POOL, request->key);
	struct model_answer *answer = past_refuse(model, asker, code);

	if (code != WIRE_CONFLICT)
		return;
	past_say_integer(answer, "capacity", now->capacity);
	if (request->max_idle_ms != MODEL_ABSENT &&
	    request->max_idle_ms != now->max_idle_ms)
		past_say_integer(answer, "max_idle_ms", now->max_idle_ms);
}

void past_pool_shrink(struct model *model, const char *key, int64_t capacity)
{
	struct past *oldest;

	while (past_pool_size(model, key) > capacity &&
	       (oldest = past_pool_oldest(model, key, PAST_IDLE)) != NULL)
		past_move(model, oldest, PAST_CONDEMNED);
}

static void get(struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	struct place place = past_pool_place(key);
	struct settings next;
	bool changes, can_have;
	enum wire_code code = look_at(model, asker, &next, &changes);
	struct past *claim;

	if (code != WIRE_OK) {
		refuse_settings(model, asker, code);
		return;
	}
	can_have = past_first_waiter(model, &place) == NULL &&
		   has_room(model, key, next.capacity);
	code = past_enter(model, asker, &place, can_have);
	if (code != WIRE_OK) {
		past_refuse_entry(model, asker, &place, code);
		return;
	}
	if (changes) {
		past_settle(model, WIRE_KIND_POOL, key, &next, asker->uid);
		past_pool_shrink(model, key, next.capacity);
	}
	claim = past_claim(model, asker, &place);
	if (can_have)
		grant(model, claim);
	else
		past_wait(model, claim);
}

static bool has_room_for(struct model *model, const struct past *hold,
    const struct past *object, const char *value)
{
	int64_t more = (int64_t)strlen(value);

	if (object != NULL && object->uid == hold->uid)
		more -= (int64_t)strlen(object->value);
	/* The key that the object needs is the one that the hold gives back. */
	return past_has_room(model, hold->uid, MODEL_BYTES, more);
}

static struct past *new_object(struct model *model, const struct past *hold)
{
	struct past *object = past_add(model, PAST_OBJECT);

	object->kind = WIRE_KIND_POOL;
	object->key = hold->key;
	return object;
}

static void put(
    struct model *model, const struct asker *asker, struct past *hold)
{
	const char *value = asker->request->value;
	struct past *object =
	    hold->object == MODEL_ABSENT ? NULL : &model->pasts[hold->object];

	if (value != NULL && strcmp(value, "null") == 0) {
		past_say_bool(past_answer(model, asker), "ignored", true);
		return;
	}
	if (value == NULL && object == NULL) {
		past_refuse(model, asker, WIRE_BAD_REQUEST);
		return;
	}
	if (value != NULL) {
		if (!has_room_for(model, hold, object, value)) {
			past_refuse(model, asker, WIRE_QUOTA);
			return;
		}
		if (object == NULL)
			object = new_object(model, hold);
		object->value = value;
		object->uid = hold->uid;
	}
	hold->object = past_number(model, object);
	past_end(model, hold, MODEL_END_RELEASED);
	past_answer(model, asker);
}

static void drop(
    struct model *model, const struct asker *asker, struct past *hold)
{
	if (hold->object != MODEL_ABSENT)
		past_move(model, &model->pasts[hold->object], PAST_OVER);
	hold->object = MODEL_ABSENT;
	past_end(model, hold, MODEL_END_RELEASED);
	past_answer(model, asker);
}

void model_pool(struct model *model, const struct asker *asker)
{
	enum model_op op = asker->request->op;
	struct past *hold;

	if (op == MODEL_POOL_GET) {
		get(model, asker);
		return;
	}
	if (op != MODEL_POOL_PUT && op != MODEL_POOL_DROP) {
		model_pool_set(model, asker);
		return;
	}
	hold = past_find_hold(model, asker, WIRE_KIND_POOL);
	if (hold == NULL)
		past_refuse(model, asker, WIRE_NOT_HELD);
	else if (op == MODEL_POOL_PUT)
		put(model, asker, hold);
	else
		drop(model, asker, hold);
}
