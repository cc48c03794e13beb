/* SPDX-License-Identifier: MIT */
/*
 * Questions that the driver asks the reference model, to compare what the core
 * keeps count of with what the list of what has happened says.
 */
#include "past_claim.h"

#include <assert.h>
#include <string.h>

int model_answers(
    const struct model *model, const struct model_answer **answers)
{
	*answers = model->answers;
	return model->n_answers;
}

void model_forget_answers(struct model *model)
{
	model->n_answers = 0;
	model->n_listed = 0;
}

void model_learn_token(struct model *model, int hold, int64_t token)
{
	assert(model->pasts[hold].type == PAST_CLAIM);
	model->pasts[hold].token = token;
}

int64_t model_token(const struct model *model, int hold)
{
	return model->pasts[hold].token;
}

bool model_is_here(const struct model *model, int session)
{
	return past_session((struct model *)model, session)->state != PAST_OVER;
}

bool model_is_waiting(const struct model *model, int session)
{
	EACH_PAST((struct model *)model, p)
	{
		if (p->state == PAST_WAITING && p->session == session)
			return true;
	}
	return false;
}

bool model_is_engaged(const struct model *model, int session)
{
	EACH_PAST((struct model *)model, p)
	{
		if (past_is_hold(p) && !p->asked.detached &&
		    p->session == session)
			return true;
	}
	return model_is_waiting(model, session);
}

bool model_is_held(const struct model *model, int64_t token)
{
	EACH_PAST((struct model *)model, p)
	{
		if (past_is_hold(p) && p->token == token)
			return true;
	}
	return false;
}

bool model_is_shut_down(const struct model *model)
{
	EACH_PAST((struct model *)model, p)
	{
		if (p->type == PAST_SHUT_DOWN)
			return true;
	}
	return false;
}

static int64_t n_bytes(const char *text)
{
	return text == NULL ? 0 : (int64_t)strlen(text);
}

/* What this entry costs the uid it is charged to. */
static int64_t cost(const struct past *p, enum model_share share)
{
	bool stands = p->type == PAST_CLAIM || p->type == PAST_OBJECT ||
		      p->type == PAST_KEPT ||
		      (p->type == PAST_SETTINGS && p->settings.stands);

	switch (share) {
	case MODEL_CONNECTIONS:
		return p->type == PAST_JOIN;
	case MODEL_WAITS:
		return p->state == PAST_WAITING;
	case MODEL_KEYS:
		return stands;
	default:
		return n_bytes(p->value) + n_bytes(p->message);
	}
}

int64_t model_used(const struct model *model, int uid, enum model_share share)
{
	int64_t used = 0;

	EACH_PAST((struct model *)model, p)
	{
		if (p->state != PAST_OVER && p->uid == uid)
			used += cost(p, share);
	}
	return used;
}

static int count(
    const struct model *model, enum wire_kind kind, enum past_state state)
{
	int n = 0;

	EACH_PAST((struct model *)model, p)
	{
		if (p->type == PAST_CLAIM && p->kind == kind &&
		    p->state == state)
			n++;
	}
	return n;
}

int model_n_holds(const struct model *model, enum wire_kind kind)
{
	return count(model, kind, PAST_HOLDING);
}

int model_n_waits(const struct model *model, enum wire_kind kind)
{
	return count(model, kind, PAST_WAITING);
}

int model_n_ends(const struct model *model, enum model_end end)
{
	int n = 0;

	EACH_PAST((struct model *)model, p)
	{
		if (p->type == PAST_CLAIM && p->state == PAST_OVER &&
		    p->was_held && p->end == end)
			n++;
	}
	return n;
}

const char *model_op_name(enum model_op op)
{
	static const char *const names[] = {
#define OP_NAME(constant, name) name,
	    MODEL_OPS(OP_NAME)};

	return names[op];
}

const char *model_end_name(enum model_end end)
{
	static const char *const names[] = {
#define END_NAME(constant, name) name,
	    MODEL_ENDS(END_NAME)};

	return names[end];
}

const char *model_code_name(enum wire_code code)
{
	static const char *const names[] = {
#define CODE_NAME(constant, name) name,
	    WIRE_CODES(CODE_NAME)};

	return names[code];
}
