/* SPDX-License-Identifier: MIT */
/*
 * The reference model of the pool, second half: what it tells of itself, how
 * it is set up, cleared and deleted.
 */
#include "past_pool.h"

#include <string.h>

static bool same_items(
    const struct settings *now, const struct model_request *request)
{
	if (now->n_items == 0 || now->n_items != request->n_items)
		return false;
	for (int i = 0; i < now->n_items; i++) {
		if (strcmp(now->items[i], request->items[i]) != 0)
			return false;
	}
	return true;
}

/* The settings that the request asks for, or why it cannot have them. */
static enum wire_code look_at(struct model *model, const struct asker *asker,
    const struct settings *now, struct settings *next)
{
	const struct model_request *request = asker->request;
	int64_t keys = now == NULL || !now->stands, bytes = 0;
	bool has_items = request->n_items != MODEL_ABSENT;

	if (now == NULL && request->capacity == MODEL_ABSENT && !has_items)
		return WIRE_BAD_REQUEST;
	if (now != NULL && has_items && !same_items(now, request))
		return WIRE_CONFLICT;
	*next = now == NULL ? (struct settings){0} : *now;
	next->stands = true;
	for (int i = 0; now == NULL && i < request->n_items; i++) {
		next->items[next->n_items++] = request->items[i];
		next->requeue = true;
		next->capacity++;
		bytes += (int64_t)strlen(request->items[i]);
		keys++;
	}
	if (request->capacity != MODEL_ABSENT)
		next->capacity = request->capacity;
	if (request->max_idle_ms != MODEL_ABSENT)
		next->max_idle_ms = request->max_idle_ms;
	if (request->order != NULL)
		next->fifo = strcmp(request->order, "fifo") == 0;
	if (request->on_lost != NULL)
		next->requeue = strcmp(request->on_lost, "requeue") == 0;
	if (next->capacity < next->n_items)
		return WIRE_BAD_REQUEST;
	if (!past_has_room(model, asker->uid, MODEL_KEYS, keys) ||
	    !past_has_room(model, asker->uid, MODEL_BYTES, bytes))
		return WIRE_QUOTA;
	return WIRE_OK;
}

static void preload(
    struct model *model, const struct asker *asker, const char *value)
{
	struct past *object = past_add(model, PAST_OBJECT);

	object->kind = WIRE_KIND_POOL;
	object->key = asker->request->key;
	object->uid = asker->uid;
	object->value = value;
	past_move(model, object, PAST_IDLE);
}

static void set(struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	const struct settings *now = past_settings(model, WIRE_KIND_POOL, key);
	struct place place = past_pool_place(key);
	struct settings next;
	enum wire_code code = look_at(model, asker, now, &next);

	if (code != WIRE_OK) {
		past_refuse(model, asker, code);
		return;
	}
	past_settle(model, WIRE_KIND_POOL, key, &next, asker->uid);
	for (int i = 0; now == NULL && i < next.n_items; i++)
		preload(model, asker, next.items[i]);
	past_pool_shrink(model, key, next.capacity);
	model_pool_serve(model, &place);
	past_answer(model, asker);
}

static void clear(struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	struct model_answer *answer = past_answer(model, asker);
	struct past *object;

	while ((object = past_pool_oldest(model, key, PAST_IDLE)) != NULL)
		past_move(model, object, PAST_CONDEMNED);
	answer->n_destroy = 0;
	past_pool_hand_out(model, answer, key);
}

static void tell(struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	const struct settings *now = past_settings(model, WIRE_KIND_POOL, key);
	struct model_answer *answer = past_answer(model, asker);
	struct place place = past_pool_place(key);

	past_say_integer(answer, "capacity", now->capacity);
	past_say_integer(answer, "size", past_pool_size(model, key));
	past_say_integer(
	    answer, "available", past_pool_count(model, key, PAST_IDLE));
	past_say_integer(
	    answer, "waiting", past_count(model, &place, PAST_WAITING));
	past_say_integer(answer, "max_idle_ms", now->max_idle_ms);
	past_say_text(answer, "order", now->fifo ? "fifo" : "lifo");
	past_say_text(answer, "on_lost", now->requeue ? "requeue" : "drop");
}

static void delete (struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	struct place place = past_pool_place(key);

	if (past_count(model, &place, PAST_HOLDING) > 0 ||
	    past_count(model, &place, PAST_WAITING) > 0 ||
	    past_pool_count(model, key, PAST_IDLE) > 0 ||
	    past_pool_count(model, key, PAST_CONDEMNED) > 0) {
		past_refuse(model, asker, WIRE_CONFLICT);
		return;
	}
	past_unset(model, WIRE_KIND_POOL, key);
	past_answer(model, asker);
}

void model_pool_set(struct model *model, const struct asker *asker)
{
	const char *key = asker->request->key;
	enum model_op op = asker->request->op;

	if (op == MODEL_POOL_SET)
		set(model, asker);
	else if (past_settings(model, WIRE_KIND_POOL, key) == NULL)
		past_refuse(model, asker, WIRE_UNKNOWN_KEY);
	else if (op == MODEL_POOL_SIZE)
		past_say_integer(past_answer(model, asker), "size",
		    past_pool_size(model, key));
	else if (op == MODEL_POOL_AVAILABLE)
		past_say_integer(past_answer(model, asker), "available",
		    past_pool_count(model, key, PAST_IDLE));
	else if (op == MODEL_POOL_CLEAR)
		clear(model, asker);
	else if (op == MODEL_POOL_INFO)
		tell(model, asker);
	else
		delete (model, asker);
}
