/* SPDX-License-Identifier: MIT */
/*
 * Whether every request was answered once, with a code that it can have: see
 * judge.h. (Answers to nothing and second answers are found when the journals
 * are read.)
 */
#include "judge.h"

#define GRAIN NS_PER_MS

/* Who was killed or hung up gets no answer; nobody else may be without. */
static void judge_silence(const struct request *r)
{
	if (r->got == NULL && !r->conn->ended)
		accuse(r, NULL, "%s %s: never answered", op_names[r->sent->op],
		    plan[r->sent->key].name);
}

static bool is_good_success(const struct request *r)
{
	uint32_t flags = r->got->flags;
	bool granted = (flags & FLAG_GRANTED) != 0;

	if (flags & FLAG_SPOILT)
		return false;
	switch (r->sent->op) {
	case OP_ACQUIRE:
	case OP_BORROW:
	case OP_GET:
		return granted;
	case OP_BEGIN:
		return granted == ((flags & FLAG_LEADER) != 0) &&
		       granted == (r->got->thing == 0);
	case OP_PUT:
		return (flags & FLAG_YES) == 0 ||
		       (r->sent->flags & FLAG_NULL) != 0;
	default:
		return true;
	}
}

/* A request for permits that a limit may be too small for. */
static bool may_be_too_large(const struct record *sent)
{
	return (sent->op == OP_BORROW || sent->op == OP_TRY) &&
	       plan[sent->key].high > 0 && sent->count > plan[sent->key].low;
}

static bool may_be_stale(const struct record *sent)
{
	enum kind kind = plan[sent->key].kind;

	return op_ends(sent->op) && (sent->flags & FLAG_NAMED) != 0 &&
	       (kind == KIND_LOCK || kind == KIND_FLIGHT);
}

static bool is_possible(const struct request *r)
{
	const struct record *sent = r->sent;
	bool asks = op_asks(sent->op);
	int64_t wait = sent->wait_ms * NS_PER_MS;

	switch (r->got->code) {
	case CODE_OK:
		return is_good_success(r);
	case CODE_BUSY:
		return asks && sent->op != OP_TRY && sent->wait_ms == 0;
	case CODE_TIMEOUT:
		return asks && sent->wait_ms > 0 &&
		       r->got->at >= r->clock + wait - GRAIN;
	case CODE_QUEUE_FULL:
		return asks && (sent->flags & FLAG_BOUNDED) != 0;
	case CODE_CANCELLED:
		return r->cancel != NULL && r->cancel->at < r->got->at;
	case CODE_DEADLOCK:
		return (sent->op == OP_ACQUIRE || sent->op == OP_BEGIN) &&
		       !r->conn->multiplexed && !r->conn->alone;
	case CODE_NOT_HELD:
		return op_ends(sent->op) || sent->op == OP_RENEW;
	case CODE_STALE_TOKEN:
		return may_be_stale(sent);
	case CODE_CONFLICT:
	case CODE_BAD_REQUEST:
		return may_be_too_large(sent);
	case CODE_FLIGHT_FAILED:
		return sent->op == OP_BEGIN &&
		       (r->got->flags & FLAG_SPOILT) == 0;
	case CODE_LEADER_LOST:
		return sent->op == OP_BEGIN;
	default:
		return false;
	}
}

/* Whether the cancelled request was answered before, and with that. */
static void judge_cancel(const struct request *r)
{
	const struct request *target = &r->view->requests[r->sent->about - 1];
	bool cancelled = (r->got->flags & FLAG_YES) != 0;

	if (target->got == NULL || target->got > r->got)
		accuse(target, r, "cancel is answered before its target");
	else if (cancelled != (target->got->code == CODE_CANCELLED))
		accuse(target, r, "cancel and its target do not agree");
}

/* Leases end before waits that are due at the same time, so a grant after the
 * deadline of a wait is one that came too late. */
static void judge_lateness(const struct request *r)
{
	int64_t wait = r->sent->wait_ms * NS_PER_MS;

	if (r->hold != NULL && r->sent->wait_ms > 0 &&
	    r->hold->from > r->arrived + wait + GRAIN)
		accuse(r, NULL, "%s: granted after its time to wait",
		    plan[r->sent->key].name);
}

static void judge_view(const struct history *history, const struct view *view)
{
	if (view->n_records > 0 && !view->said_bye &&
	    view->killed_at == NEVER && history->stuck_at == NEVER)
		accuse_record(view, &view->records[view->n_records - 1],
		    "a client has ended by itself");
}

void judge_answers(struct history *history)
{
	for (size_t i = 0; i < history->n_requests; i++) {
		const struct request *r = &history->requests[i];

		judge_silence(r);
		if (r->got == NULL)
			continue;
		if (!is_possible(r))
			accuse(r, NULL, "%s %s: this is no answer to it",
			    op_names[r->sent->op], plan[r->sent->key].name);
		if (r->sent->op == OP_CANCEL)
			judge_cancel(r);
		judge_lateness(r);
	}
	for (int i = 0; i < history->n_views; i++)
		judge_view(history, &history->views[i]);
	if (history->stuck_at != NEVER)
		accuse(NULL, NULL, "somebody waited in vain, see the log");
}
