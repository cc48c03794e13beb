/* SPDX-License-Identifier: MIT */
/*
 * What stats has to tell, as the list of what has happened says it: who is
 * there, how long the oldest wait is, and the times of what is over.
 */
#include "past.h"

void past_count_line(struct model *model, const struct model_request *request)
{
	if (request->fault == WIRE_PARSE || request->fault == WIRE_TOO_LONG)
		model->n_bad_lines++;
	else
		model->n_requests++;
}

void past_add_time(struct model *model, const struct past *past)
{
	struct model_times *times;
	int64_t ms = model->now - past->since;

	if (past->state == PAST_WAITING)
		times = &model->waited[past->kind];
	else if (past->state == PAST_HOLDING)
		times = &model->held[past->kind];
	else
		return;
	times->count++;
	times->sum += ms;
	if (ms > times->max)
		times->max = ms;
}

struct model_times model_waited(const struct model *model, enum wire_kind kind)
{
	return model->waited[kind];
}

struct model_times model_held(const struct model *model, enum wire_kind kind)
{
	return model->held[kind];
}

int64_t model_oldest_wait(const struct model *model, enum wire_kind kind)
{
	int64_t oldest = 0;

	EACH_PAST((struct model *)model, p)
	{
		if (p->state == PAST_WAITING && p->kind == kind &&
		    model->now - p->since > oldest)
			oldest = model->now - p->since;
	}
	return oldest;
}

/* Whether no session before this one is of the same uid. */
static bool is_first_of_uid(
    const struct model *model, const struct past *joined)
{
	EACH_PAST((struct model *)model, p)
	{
		if (p->type == PAST_JOIN && p->state != PAST_OVER &&
		    p->uid == joined->uid)
			return p == joined;
	}
	return false;
}

int model_n_users(const struct model *model)
{
	int n = 0;

	EACH_PAST((struct model *)model, p)
	{
		if (p->type == PAST_JOIN && p->state != PAST_OVER)
			n += is_first_of_uid(model, p);
	}
	return n;
}

int model_n_joined(const struct model *model)
{
	int n = 0;

	EACH_PAST((struct model *)model, p)
	n += p->type == PAST_JOIN;
	return n;
}

int64_t model_n_requests(const struct model *model)
{
	return model->n_requests;
}

int64_t model_n_bad_lines(const struct model *model)
{
	return model->n_bad_lines;
}
