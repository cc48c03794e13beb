/* SPDX-License-Identifier: MIT */
/*
 * Limit: see limit.h. The queue is strict: a large request at its head is not
 * overtaken by small ones that would fit, or it would never get its turn.
 */
#include "limit.h"

#include "core.h"
#include "watch.h"

#include <assert.h>

struct limit {
	struct object object;
	int64_t capacity;
	int64_t in_use; /* permits out; above the capacity while a lowered
			 * limit drains */
	struct account *kept_by; /* pays for one that was set, until it is
				  * deleted; the core's house: configured;
				  * NULL: made by use */
	bool has_hopeless;       /* some may wait for more than there will ever
				  * be, and are to hear of it */
};

static bool fits(const struct limit *limit, int64_t permits)
{
	return permits <= limit->capacity - limit->in_use;
}

static void grant(
    struct core *core, struct limit *limit, struct claim *claim, bool only_try)
{
	struct answer *answer = claim_grant(core, claim);

	limit->in_use += claim->permits;
	if (only_try)
		answer_add_bool(answer, MEMBER_BORROWED, true);
	answer_add_integer(answer, MEMBER_TOKEN, claim->token);
	answer_add_integer(answer, MEMBER_IN_USE, limit->in_use);
	answer_add_integer(answer, MEMBER_CAPACITY, limit->capacity);
}

static void answer_not_borrowed(
    struct core *core, struct request *req, const struct limit *limit)
{
	struct answer *answer = core_answer(core, req);

	answer_add_bool(answer, MEMBER_BORROWED, false);
	answer_add_integer(answer, MEMBER_IN_USE, limit->in_use);
	answer_add_integer(answer, MEMBER_CAPACITY, limit->capacity);
}

static void refuse_unknown(
    struct core *core, struct request *req, const struct key *key)
{
	core_refuse(core, req, key, WIRE_UNKNOWN_KEY,
	    "there is no such limit; borrow with a capacity, or make it with "
	    "limit.set");
}

static bool is_pinned(const struct core *core, const struct limit *limit)
{
	return limit->kept_by == &core->house;
}

/* The terms ask for another capacity than the one in force. */
static void refuse_capacity(struct core *core, struct request *req,
    const struct limit *limit, int64_t asked)
{
	const struct key key = object_key(&limit->object);
	bool pinned = is_pinned(core, limit);
	struct answer *answer =
	    core_refuse(core, req, &key, pinned ? WIRE_DENIED : WIRE_CONFLICT,
		"capacity %lld asked for, but %lld is %s; ask for that, say "
		"\"adopt\":true, or change it %s",
		(long long)asked, (long long)limit->capacity,
		pinned ? "what the configuration fixes" : "in force",
		pinned ? "there" : "with limit.set");

	answer_add_integer(answer, MEMBER_CAPACITY, limit->capacity);
}

/* Whether the terms agree with the limit in force (NULL: there is none yet);
 * answers if not. */
static bool terms_agree(struct core *core, struct request *req,
    const struct key *key, const struct limit *limit,
    const struct limit_terms *terms)
{
	int64_t capacity = limit == NULL ? terms->capacity : limit->capacity;

	if (limit == NULL && terms->capacity < 0) {
		refuse_unknown(core, req, key);
		return false;
	}
	/* One made by use exists only while it is in use, so it is never free
	 * to be given another capacity here. */
	if (terms->capacity >= 0 && terms->capacity != capacity &&
	    !terms->adopt) {
		refuse_capacity(core, req, limit, terms->capacity);
		return false;
	}
	if (terms->permits > capacity) {
		core_refuse(core, req, key, WIRE_BAD_REQUEST,
		    "%lld permits can never be had from a capacity of %lld",
		    (long long)terms->permits, (long long)capacity);
		return false;
	}
	return true;
}

void limit_borrow(struct core *core, struct request *req, const struct key *key,
    const struct limit_terms *terms)
{
	struct object *object = object_find(core, key);
	struct limit *limit = (struct limit *)object;
	struct claim *claim;
	bool has_room;

	if (!terms_agree(core, req, key, limit, terms))
		return;
	if (object == NULL) {
		object = object_get(core, key);
		limit = (struct limit *)object;
		limit->capacity = terms->capacity;
	}
	has_room = object->waiters == NULL && fits(limit, terms->permits);
	if (!has_room && terms->only_try) {
		answer_not_borrowed(core, req, limit);
		return;
	}
	if (!claim_may_enter(core, object, req, has_room)) {
		object_settle(core, object);
		return;
	}
	claim = claim_new(core, object, req);
	claim->permits = (uint32_t)terms->permits;
	if (has_room)
		grant(core, limit, claim, terms->only_try);
	else
		claim_park(core, claim, req->wait_ms);
}

void limit_return(struct core *core, struct request *req, const struct key *key,
    int64_t token)
{
	struct object *object = object_find(core, key);
	struct limit *limit = (struct limit *)object;
	struct claim *hold = claim_find_hold(core, req, object, token);
	bool vanishes;

	if (hold == NULL) {
		claim_refuse_release(core, req, key, NULL);
		return;
	}
	vanishes = limit->kept_by == NULL && object->n_holders == 1 &&
		   object->waiters == NULL;
	claim_end(core, hold, CLAIM_RELEASED);
	answer_add_integer(core_answer(core, req), MEMBER_IN_USE,
	    vanishes ? 0 : limit->in_use);
}

/* Those who wait for more than there will ever be hear of it, a portion of
 * them. */
static void refuse_hopeless(struct core *core, struct limit *limit)
{
	size_t n = core->chores.portion;
	struct claim *wait, *next;

	limit->has_hopeless = false;
	DL_FOREACH_SAFE(limit->object.waiters, wait, next) {
		long long permits = wait->permits;
		struct answer *answer;

		if (permits <= limit->capacity)
			continue;
		limit->has_hopeless = n-- == 0;
		if (limit->has_hopeless) {
			chore_owe(core, &limit->object);
			return;
		}
		if (core->watches != NULL)
			watch_refused(core, wait, WIRE_CONFLICT);
		answer = claim_answer(core, wait);
		answer_refuse(answer, WIRE_CONFLICT,
		    "limit \"%s\": the capacity is %lld now, %lld permits can "
		    "never be had",
		    object_key_bytes(&limit->object),
		    (long long)limit->capacity, permits);
		answer_add_integer(answer, MEMBER_CAPACITY, limit->capacity);
	}
}

static void change_capacity(
    struct core *core, struct limit *limit, int64_t capacity)
{
	limit->capacity = capacity;
	refuse_hopeless(core, limit);
	object_settle(core, &limit->object);
}

/* Changing what the configuration fixes. */
static void refuse_change(
    struct core *core, struct request *req, const struct limit *limit)
{
	const struct key key = object_key(&limit->object);
	struct answer *answer = core_refuse(core, req, &key, WIRE_DENIED,
	    "the configuration fixes it, with capacity %lld; change it there",
	    (long long)limit->capacity);

	answer_add_integer(answer, MEMBER_CAPACITY, limit->capacity);
}

void limit_set(struct core *core, struct request *req, const struct key *key,
    int64_t capacity)
{
	struct object *object = object_get(core, key);
	struct limit *limit = (struct limit *)object;

	if (is_pinned(core, limit) && capacity != limit->capacity) {
		refuse_change(core, req, limit);
		return;
	}
	if (limit->kept_by == NULL) {
		if (!core_has_share(core, req, key, QUOTA_KEYS, 1)) {
			object_settle(core, object);
			return;
		}
		limit->kept_by = req->session->account;
		quota_charge(limit->kept_by, QUOTA_KEYS, 1);
	}
	core_answer(core, req);
	change_capacity(core, limit, capacity);
}

static const char *limit_describe(const struct core *core,
    const struct object *object, struct answer *answer, const char *state)
{
	const struct limit *limit = (const struct limit *)object;
	int64_t left = limit->capacity - limit->in_use;

	(void)core;
	answer_add_integer(answer, MEMBER_CAPACITY, limit->capacity);
	answer_add_integer(answer, MEMBER_IN_USE, limit->in_use);
	answer_add_integer(answer, MEMBER_AVAILABLE, left > 0 ? left : 0);
	return state;
}

void limit_info(struct core *core, struct request *req, const struct key *key)
{
	const struct object *object = object_find(core, key);
	struct answer *answer;

	if (object == NULL) {
		refuse_unknown(core, req, key);
		return;
	}
	answer = core_answer(core, req);
	limit_describe(core, object, answer, NULL);
	answer_add_integer(answer, MEMBER_WAITING, (int64_t)object->n_waiters);
}

static void stop_keeping(struct limit *limit)
{
	if (limit->kept_by != NULL)
		quota_give_back(limit->kept_by, QUOTA_KEYS, 1);
	limit->kept_by = NULL;
}

void limit_pin(struct core *core, const struct key *key, int64_t capacity)
{
	struct limit *limit = (struct limit *)object_get(core, key);

	stop_keeping(limit);
	limit->kept_by = &core->house;
	quota_charge(limit->kept_by, QUOTA_KEYS, 1);
	change_capacity(core, limit, capacity);
}

void limit_unpin(struct core *core, const struct key *key)
{
	struct object *object = object_find(core, key);

	if (object == NULL || !is_pinned(core, (struct limit *)object))
		return;
	stop_keeping((struct limit *)object);
	object_settle(core, object);
}

void limit_delete(struct core *core, struct request *req, const struct key *key)
{
	struct object *object = object_find(core, key);

	if (object == NULL) {
		refuse_unknown(core, req, key);
	} else if (is_pinned(core, (struct limit *)object)) {
		refuse_change(core, req, (struct limit *)object);
	} else if (object->holders != NULL || object->waiters != NULL) {
		core_refuse(core, req, key, WIRE_CONFLICT,
		    "in use: %u hold permits and %u wait; delete it when "
		    "they are done",
		    object->n_holders, object->n_waiters);
	} else {
		stop_keeping((struct limit *)object);
		object_settle(core, object);
		core_answer(core, req);
	}
}

static void limit_ended(struct core *core, struct object *object,
    struct claim *claim, enum claim_end how)
{
	(void)core;
	(void)how;
	((struct limit *)object)->in_use -= claim->permits;
}

static void limit_serve(struct core *core, struct object *object)
{
	struct limit *limit = (struct limit *)object;

	size_t n = core->chores.portion;
	struct claim *next;

	if (limit->has_hopeless)
		refuse_hopeless(core, limit);
	while ((next = claim_next_waiter(core, object)) != NULL &&
	       fits(limit, next->permits)) {
		if (n-- == 0) {
			chore_owe(core, object);
			return;
		}
		grant(core, limit, next, false);
	}
}

static bool limit_is_idle(const struct object *object)
{
	return ((const struct limit *)object)->kept_by == NULL;
}

static void limit_deinit(struct core *core, struct object *object)
{
	(void)core;
	stop_keeping((struct limit *)object);
}

static void limit_check(const struct core *core, const struct object *object)
{
	const struct limit *limit = (const struct limit *)object;
	const struct claim *claim;
	int64_t in_use = 0;

	DL_FOREACH(object->holders, claim)
		in_use += claim->permits;
	assert(in_use == limit->in_use);
	DL_FOREACH(object->waiters, claim)
		assert(
		    limit->has_hopeless || claim->permits <= limit->capacity);
	assert(object->waiters == NULL || core->shutting_down ||
	       object->is_owed || object->waiters->session->is_gone ||
	       !fits(limit, object->waiters->permits));
}

const struct kind limit_kind = {
    .number = WIRE_KIND_LIMIT,
    .size = sizeof(struct limit),
    .ended = limit_ended,
    .serve = limit_serve,
    .is_idle = limit_is_idle,
    .deinit = limit_deinit,
    .check = limit_check,
    .describe = limit_describe,
};
