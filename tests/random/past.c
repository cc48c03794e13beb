/* SPDX-License-Identifier: MIT */
/*
 * The list of what has happened, the answers, and the plain questions that
 * are answered by going through the list.
 */
#include "past_claim.h"

#include <assert.h>
#include <string.h>

struct past *past_add(struct model *model, enum past_type type)
{
	struct past *past;

	assert(model->n_pasts < PAST_MAX);
	past = &model->pasts[model->n_pasts++];
	*past = (struct past){
	    .type = type,
	    .session = MODEL_ABSENT,
	    .flight = MODEL_ABSENT,
	    .object = MODEL_ABSENT,
	    .due = INT64_MAX,
	};
	past_move(model, past, PAST_IN_FORCE);
	return past;
}

int past_number(const struct model *model, const struct past *past)
{
	return (int)(past - model->pasts);
}

void past_move(struct model *model, struct past *past, enum past_state state)
{
	past_add_time(model, past);
	past->state = state;
	past->since = model->now;
	past->since_tick = model->ticks++;
	past->due = INT64_MAX;
}

void past_set_due(struct model *model, struct past *past, int64_t ms)
{
	past->due = ms == MODEL_ABSENT ? INT64_MAX : model->now + ms;
	past->due_tick = model->ticks++;
}

static struct model_answer *new_answer(
    struct model *model, int session, const struct model_request *request)
{
	struct model_answer *answer;

	assert(model->n_answers < PAST_MAX_ANSWERS);
	answer = &model->answers[model->n_answers++];
	answer->session = session;
	answer->op = request->op;
	answer->id = request->id;
	answer->code = WIRE_OK;
	answer->event = NULL;
	answer->shape = MODEL_PLAIN;
	answer->hold = MODEL_ABSENT;
	answer->detached = false;
	answer->has_holder = false;
	answer->n_members = 0;
	answer->n_destroy = MODEL_ABSENT;
	return answer;
}

struct model_answer *past_answer(struct model *model, const struct asker *asker)
{
	return new_answer(model, asker->session, asker->request);
}

struct model_answer *past_answer_claim(
    struct model *model, const struct past *claim)
{
	return new_answer(model, claim->session, &claim->asked);
}

struct model_answer *past_refuse(
    struct model *model, const struct asker *asker, enum wire_code code)
{
	struct model_answer *answer = past_answer(model, asker);

	answer->code = code;
	if (code == WIRE_PARSE || code == WIRE_TOO_LONG)
		answer->id.type = MODEL_ID_NONE;
	return answer;
}

static struct model_member *say(
    struct model_answer *answer, const char *name, enum model_member_type type)
{
	struct model_member *member;

	assert(answer->n_members < MODEL_MAX_MEMBERS);
	member = &answer->members[answer->n_members++];
	member->name = name;
	member->type = type;
	return member;
}

void past_say_integer(
    struct model_answer *answer, const char *name, int64_t number)
{
	say(answer, name, MODEL_INTEGER)->number = number;
}

void past_say_bool(struct model_answer *answer, const char *name, bool is)
{
	say(answer, name, MODEL_BOOL)->number = is;
}

void past_say_text(
    struct model_answer *answer, const char *name, const char *text)
{
	say(answer, name, MODEL_TEXT)->text = text;
}

void past_say_json(
    struct model_answer *answer, const char *name, const char *text)
{
	say(answer, name, MODEL_JSON)->text = text;
}

void past_say_destroy(struct model_answer *answer, const char *value)
{
	assert(answer->n_destroy < MODEL_MAX_DESTROY);
	answer->destroy[answer->n_destroy++] = value;
}

void past_say_holder(
    struct model *model, struct model_answer *answer, const struct place *place)
{
	const struct past *holder = past_oldest_holder(model, place);
	const struct model_request *hello;

	if (holder == NULL)
		return;
	answer->has_holder = true;
	answer->holder_pid = holder->pid;
	answer->holder_held_ms = model->now - holder->since;
	answer->holder_client = holder->client;
	if (!holder->asked.detached) {
		hello = past_hello(model, holder->session);
		answer->holder_client = hello == NULL ? NULL : hello->client;
	}
	if (answer->holder_client == NULL)
		answer->holder_client = "";
}

void past_tell_lost(
    struct model *model, const struct past *claim, const char *reason)
{
	static const char *const names[] = {
#define KIND_NAME(constant, name) name,
	    WIRE_KINDS(KIND_NAME)};
	struct model_answer *answer = past_answer_claim(model, claim);

	answer->event = "lost";
	answer->id.type = MODEL_ID_NONE;
	answer->hold = past_number(model, claim);
	past_say_text(answer, "reason", reason);
	past_say_text(answer, "kind", names[claim->kind]);
	past_say_text(answer, "key", claim->key);
}

struct past *past_session(struct model *model, int session)
{
	EACH_PAST(model, p)
	{
		if (p->type == PAST_JOIN && p->session == session)
			return p;
	}
	assert(false);
	return NULL;
}

const struct model_request *past_hello(struct model *model, int session)
{
	const struct model_request *hello = NULL;

	EACH_PAST(model, p)
	{
		if (p->type == PAST_HELLO && p->session == session)
			hello = &p->asked;
	}
	return hello;
}

bool past_is_multiplexed(struct model *model, int session)
{
	const struct model_request *hello = past_hello(model, session);

	return hello != NULL && hello->multiplexed;
}

bool past_has_room(
    const struct model *model, int uid, enum model_share share, int64_t more)
{
	return model_used(model, uid, share) + more <= model->shares[share];
}

struct settings *past_settings(
    struct model *model, enum wire_kind kind, const char *key)
{
	struct past *found = NULL;
	bool in_use = false;

	EACH_PAST(model, p)
	{
		if (p->state == PAST_OVER || p->key == NULL ||
		    p->kind != kind || strcmp(p->key, key) != 0)
			continue;
		if (p->type == PAST_SETTINGS)
			found = p;
		else
			in_use = true;
	}
	if (found == NULL || !(found->settings.stands || in_use))
		return NULL;
	return &found->settings;
}

void past_settle(struct model *model, enum wire_kind kind, const char *key,
    const struct settings *settings, int uid)
{
	struct past *past;

	EACH_PAST(model, p)
	{
		if (p->type != PAST_SETTINGS || p->state == PAST_OVER ||
		    p->kind != kind || strcmp(p->key, key) != 0)
			continue;
		p->state = PAST_OVER;
		if (p->settings.stands)
			uid = p->uid;
	}
	past = past_add(model, PAST_SETTINGS);
	past->kind = kind;
	past->key = key;
	past->uid = uid;
	past->settings = *settings;
}

void past_unset(struct model *model, enum wire_kind kind, const char *key)
{
	EACH_PAST(model, p)
	{
		if (p->type == PAST_SETTINGS && p->kind == kind &&
		    strcmp(p->key, key) == 0)
			p->state = PAST_OVER;
	}
}
