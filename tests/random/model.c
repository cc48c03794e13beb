/* SPDX-License-Identifier: MIT */
/*
 * The reference model as the driver sees it: sessions that come, ask and go,
 * time that passes, and what is asked of all kinds alike.
 */
#include "past_claim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct model *model_new(const struct model_config *config, int64_t now)
{
	struct model *model = calloc(1, sizeof(*model));

	assert(model != NULL);
	model->rules = config->rules;
	memcpy(model->shares, config->shares, sizeof(model->shares));
	model->max_line_bytes = config->max_line_bytes;
	model->now = now;
	return model;
}

void model_free(struct model *model)
{
	free(model);
}

int model_join(struct model *model, int uid, int pid)
{
	int session = 0;
	struct past *past;

	if (!past_has_room(model, uid, MODEL_CONNECTIONS, 1))
		return MODEL_ABSENT;
	EACH_PAST(model, p)
	{
		if (p->type == PAST_JOIN)
			session++;
	}
	past = past_add(model, PAST_JOIN);
	past->session = session;
	past->uid = uid;
	past->pid = pid;
	return session;
}

static bool is_same_id(const struct model_id *a, const struct model_id *b)
{
	if (a->type != b->type || a->type == MODEL_ID_NONE)
		return false;
	if (a->type == MODEL_ID_NUMBER)
		return a->number == b->number;
	return strcmp(a->text, b->text) == 0;
}

static struct past *find_wait(
    struct model *model, int session, const struct model_id *id)
{
	EACH_PAST(model, p)
	{
		if (p->state == PAST_WAITING && p->session == session &&
		    is_same_id(&p->asked.id, id))
			return p;
	}
	return NULL;
}

/* The latest of the session's waits, or its first hold; NULL: none. */
static struct past *last_wait(struct model *model, int session)
{
	struct past *last = NULL;

	EACH_PAST(model, p)
	{
		if (p->state == PAST_WAITING && p->session == session)
			last = p;
	}
	return last;
}

static struct past *first_hold(struct model *model, int session)
{
	struct past *first = NULL;

	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && !p->asked.detached &&
		    p->session == session &&
		    (first == NULL || p->since_tick < first->since_tick))
			first = p;
	}
	return first;
}

static void end_waits(struct model *model, int session, enum wire_code code)
{
	struct past *claim;

	while ((claim = last_wait(model, session)) != NULL)
		past_give_up(model, claim, code);
}

static void end_holds(struct model *model, int session, enum model_end end)
{
	struct past *claim;

	while ((claim = first_hold(model, session)) != NULL)
		past_end(model, claim, end);
}

static void hello(struct model *model, const struct asker *asker)
{
	struct past *past = past_add(model, PAST_HELLO);
	struct model_answer *answer;

	past->session = asker->session;
	past->asked = *asker->request;
	answer = past_answer(model, asker);
	answer->shape = MODEL_SAYS_HELLO;
}

static void reset(struct model *model, const struct asker *asker)
{
	struct past *past;

	end_waits(model, asker->session, WIRE_CANCELLED);
	end_holds(model, asker->session, MODEL_END_RESET);
	past = past_add(model, PAST_HELLO);
	past->session = asker->session;
	past_answer(model, asker);
}

static void cancel(struct model *model, const struct asker *asker)
{
	struct past *claim =
	    find_wait(model, asker->session, &asker->request->target);

	if (claim != NULL)
		past_give_up(model, claim, WIRE_CANCELLED);
	past_say_bool(past_answer(model, asker), "cancelled", claim != NULL);
}

static struct past *find_renewed(struct model *model, const struct asker *asker)
{
	const struct model_request *request = asker->request;

	EACH_PAST(model, p)
	{
		if (!past_is_hold(p) || p->token != request->token)
			continue;
		if (request->kind != MODEL_ABSENT &&
		    p->kind != (enum wire_kind)request->kind)
			continue;
		if (request->key != NULL && strcmp(p->key, request->key) != 0)
			continue;
		if (p->asked.detached ? p->uid == asker->uid
				      : p->session == asker->session)
			return p;
	}
	return NULL;
}

static void renew(struct model *model, const struct asker *asker)
{
	struct past *claim = find_renewed(model, asker);

	if (claim == NULL) {
		past_refuse(model, asker, WIRE_NOT_HELD);
		return;
	}
	past_set_due(model, claim, asker->request->lease_ms);
	past_answer(model, asker);
}

static void admin_release(struct model *model, const struct asker *asker)
{
	const struct model_request *request = asker->request;
	struct model_answer *answer;

	if (asker->uid != model->rules.admin) {
		past_refuse(model, asker, WIRE_DENIED);
		return;
	}
	EACH_PAST(model, p)
	{
		if (!past_is_hold(p) || p->token != request->token ||
		    p->kind != (enum wire_kind)request->kind ||
		    strcmp(p->key, request->key) != 0)
			continue;
		answer = past_answer(model, asker);
		past_say_integer(answer, "pid", p->pid);
		past_say_integer(answer, "uid", p->uid);
		past_say_integer(answer, "held_ms", model->now - p->since);
		past_end(model, p, MODEL_END_ADMIN);
		return;
	}
	past_refuse(model, asker, WIRE_NOT_HELD);
}

static bool lets_go(enum model_op op)
{
	switch (op) {
	case MODEL_FLIGHT_FINISH:
	case MODEL_FLIGHT_FAIL:
	case MODEL_FLIGHT_ABANDON:
	case MODEL_LOCK_RELEASE:
	case MODEL_LIMIT_RETURN:
	case MODEL_POOL_PUT:
	case MODEL_POOL_DROP:
		return true;
	default:
		return false;
	}
}

static void do_request(struct model *model, const struct asker *asker)
{
	enum model_op op = asker->request->op;

	if (op <= MODEL_FLIGHT_FORGET)
		model_flight(model, asker);
	else if (op <= MODEL_LOCK_RELEASE)
		model_lock(model, asker);
	else if (op <= MODEL_LIMIT_DELETE)
		model_limit(model, asker);
	else if (op <= MODEL_POOL_DELETE)
		model_pool(model, asker);
	else if (op == MODEL_HELLO)
		hello(model, asker);
	else if (op == MODEL_CANCEL)
		cancel(model, asker);
	else if (op == MODEL_RENEW)
		renew(model, asker);
	else if (op == MODEL_ADMIN_RELEASE)
		admin_release(model, asker);
	else if (op == MODEL_RESET)
		reset(model, asker);
	else if (op == MODEL_LIST)
		model_list(model, asker);
	else if (op == MODEL_STATS)
		past_answer(model, asker)->shape = MODEL_SAYS_STATS;
	else
		past_answer(model, asker);
}

/* The operations on a key come first in the list. */
static bool is_denied(const struct model *model, const struct asker *asker)
{
	const struct model_rules *rules = &model->rules;
	const struct model_request *request = asker->request;

	if (request->op > MODEL_POOL_DELETE || asker->uid != rules->outsider)
		return false;
	return asker->uid != rules->owner ||
	       strncmp(request->key, rules->prefix, strlen(rules->prefix)) != 0;
}

/* What is wrong before anybody looks at holds, keys and queues. */
static enum wire_code fault(struct model *model, const struct asker *asker)
{
	const struct model_request *request = asker->request;

	if (request->fault == WIRE_PARSE || request->fault == WIRE_TOO_LONG)
		return request->fault;
	if (find_wait(model, asker->session, &request->id) != NULL)
		return WIRE_DUP_ID;
	if (request->fault != WIRE_OK)
		return request->fault;
	if (request->detached && request->lease_ms == MODEL_ABSENT)
		return WIRE_BAD_REQUEST;
	if (lets_go(request->op) && request->token == MODEL_ABSENT &&
	    past_is_multiplexed(model, asker->session))
		return WIRE_BAD_REQUEST;
	if (is_denied(model, asker))
		return WIRE_DENIED;
	return WIRE_OK;
}

void model_request(
    struct model *model, int session, const struct model_request *request)
{
	const struct past *joined = past_session(model, session);
	struct asker asker = {session, joined->uid, joined->pid, request};
	enum wire_code code = fault(model, &asker);

	past_count_line(model, request);
	if (code == WIRE_OK)
		do_request(model, &asker);
	else
		past_refuse(model, &asker, code);
}

void model_last_line(
    struct model *model, int session, const struct model_request *request)
{
	int n = model->n_answers, kept = n;
	bool is_set =
	    request->op == MODEL_LIMIT_SET || request->op == MODEL_POOL_SET;

	end_waits(model, session, WIRE_OK);
	if (lets_go(request->op) || is_set)
		model_request(model, session, request);
	else
		past_count_line(model, request);
	for (; n < model->n_answers; n++) {
		if (model->answers[n].session != session)
			model->answers[kept++] = model->answers[n];
	}
	model->n_answers = kept;
}

void model_leave(struct model *model, int session)
{
	end_waits(model, session, WIRE_OK);
	end_holds(model, session, MODEL_END_LOST);
	past_move(model, past_session(model, session), PAST_OVER);
}

void model_say_lost(struct model *model, int session)
{
	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && !p->asked.detached &&
		    p->session == session)
			past_tell_lost(model, p, "eof");
	}
}

/* What is due first: ends of holds and of kept results before ends of waits,
 * then what was set first. */
static struct past *first_due(struct model *model)
{
	struct past *first = NULL;

	EACH_PAST(model, p)
	{
		if (p->due == INT64_MAX || p->state == PAST_OVER)
			continue;
		if (first == NULL || p->due < first->due) {
			first = p;
			continue;
		}
		if (p->due > first->due)
			continue;
		if ((p->state == PAST_WAITING) !=
		    (first->state == PAST_WAITING)) {
			if (first->state == PAST_WAITING)
				first = p;
		} else if (p->due_tick < first->due_tick) {
			first = p;
		}
	}
	return first;
}

void model_advance(struct model *model, int64_t now)
{
	struct past *past;

	if (now > model->now)
		model->now = now;
	while ((past = first_due(model)) != NULL && past->due <= model->now) {
		if (past->state == PAST_WAITING)
			past_give_up(model, past, WIRE_TIMEOUT);
		else if (past->state == PAST_HOLDING)
			past_end(model, past, MODEL_END_EXPIRED);
		else
			past_move(model, past, PAST_OVER);
	}
}

void model_take_back(struct model *model, int uid, int64_t token)
{
	EACH_PAST(model, p)
	{
		if (past_is_hold(p) && p->asked.detached && p->uid == uid &&
		    p->token == token) {
			past_end(model, p, MODEL_END_UNDELIVERED);
			return;
		}
	}
}

void model_shut_down(struct model *model)
{
	past_add(model, PAST_SHUT_DOWN);
	EACH_PAST(model, p)
	{
		if (p->state == PAST_WAITING)
			past_give_up(model, p, WIRE_SHUTTING_DOWN);
	}
}

int64_t model_deadline(const struct model *model)
{
	const struct past *past = first_due((struct model *)model);

	return past == NULL ? INT64_MAX : past->due;
}
