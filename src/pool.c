/* SPDX-License-Identifier: MIT */
/*
 * Pool: see pool.h.
 *
 *                 get                       put
 *       (room) --------> lent, created ------------> idle
 *                          ^   |  |                  |  |
 *                          |   |  | drop: gone       |  | too old, surplus,
 *                          |   |  |                  |  | or cleared
 *                          |   |  +--> borrower      |  |
 *                          +---+       vanished -----+--+-> doomed --> handed
 *                           get                                out to destroy
 *
 * idle + lent never exceeds the capacity, but for lent objects that were out
 * when it was lowered. While anything is idle, idle + lent is within it.
 */
#include "pool.h"

#include "core.h"
#include "pool_state.h"
#include "watch.h"

#include <assert.h>
#include <string.h>

/* Objects ---------------------------------------------------------- */

struct pooled *pool_new_object(
    struct account *account, const char *bytes, size_t len)
{
	struct pooled *pooled = xcalloc(1, sizeof(*pooled));

	pooled->value = blob_new(bytes, len);
	pooled->account = account;
	quota_charge(account, QUOTA_KEYS, 1);
	quota_charge(account, QUOTA_BYTES, len);
	return pooled;
}

/* Ends the object; its value goes to the caller. */
static struct blob *pooled_end(struct pooled *pooled)
{
	struct blob *value = pooled->value;

	quota_give_back(pooled->account, QUOTA_KEYS, 1);
	quota_give_back(pooled->account, QUOTA_BYTES, value->len);
	free(pooled);
	return value;
}

static void doom(struct pool *pool, struct pooled *pooled)
{
	DL_APPEND(pool->doomed, pooled);
}

void pool_doom_oldest(struct pool *pool)
{
	struct pooled *oldest = pool->idle;

	DL_DELETE(pool->idle, oldest);
	pool->n_idle--;
	doom(pool, oldest);
}

static void doom_expired(struct core *core, struct pool *pool)
{
	if (pool->max_idle_ms == 0)
		return;
	while (pool->idle != NULL &&
	       core->now - pool->idle->idle_since > pool->max_idle_ms) {
		pool_doom_oldest(pool);
		core->tally.counts[WIRE_KIND_POOL][TALLY_EXPIRED]++;
		if (core->watches != NULL)
			watch_expired(core, &pool->object);
	}
}

void pool_keep(struct core *core, struct pool *pool, struct pooled *pooled)
{
	if (pool_n_objects(pool) >= pool->capacity) {
		doom(pool, pooled);
		return;
	}
	pooled->idle_since = core->now;
	DL_APPEND(pool->idle, pooled);
	pool->n_idle++;
}

void pool_add_doomed(
    struct pool *pool, struct answer *answer, size_t budget, bool always)
{
	struct blob_list list = {0};

	while (pool->doomed != NULL && pool->doomed->value->len < budget) {
		struct pooled *pooled = pool->doomed;

		DL_DELETE(pool->doomed, pooled);
		budget -= pooled->value->len + 1; /* and a comma */
		blob_list_add(&list, pooled_end(pooled));
	}
	if (always || list.n > 0)
		answer_add_list(answer, MEMBER_DESTROY, &list);
	if (pool->doomed != NULL)
		answer_add_bool(answer, MEMBER_MORE, true);
}

/* Lending ---------------------------------------------------------- */

static bool has_room(const struct pool *pool)
{
	return pool->n_idle > 0 || pool_n_objects(pool) < pool->capacity;
}

static struct pooled *take_idle(struct pool *pool)
{
	struct pooled *pooled = pool->idle;

	if (pooled == NULL)
		return NULL;
	if (pool->order == POOL_LIFO)
		pooled = pooled->prev; /* utlist: the head's prev is the tail */
	DL_DELETE(pool->idle, pooled);
	pool->n_idle--;
	return pooled;
}

static void lend(struct core *core, struct pool *pool, struct claim *claim)
{
	int64_t *counts = core->tally.counts[WIRE_KIND_POOL];
	size_t budget = core->max_line_bytes;
	struct pooled *lent;
	struct answer *answer;

	doom_expired(core, pool);
	lent = take_idle(pool);
	answer = claim_grant(core, claim);
	claim->lent = lent;
	answer_add_integer(answer, MEMBER_TOKEN, claim->token);
	answer_add_bool(answer, MEMBER_CREATE, lent == NULL);
	counts[lent == NULL ? TALLY_CREATED : TALLY_REUSED]++;
	if (lent != NULL) {
		answer_add_json(answer, MEMBER_VALUE, lent->value);
		budget -= lent->value->len;
	}
	pool_add_doomed(pool, answer, budget, false);
}

void pool_get(struct core *core, struct request *req, const struct key *key,
    const struct pool_terms *terms)
{
	struct object *object = object_find(core, key);
	struct claim *claim;
	struct pool *pool;
	bool takes_on, room;

	if (object == NULL && terms->capacity < 0) {
		pool_refuse_unknown(core, req, key);
		return;
	}
	object = object_get(core, key);
	pool = pool_of(object);
	takes_on = pool_would_take_on(pool, terms);
	if (!takes_on && !pool_terms_agree(core, req, pool, terms))
		return;
	/* One that takes on new terms is not in use, so it has room. */
	room = takes_on || (object->waiters == NULL && has_room(pool));
	if (!claim_may_enter(core, object, req, room)) {
		object_settle(core, object);
		return;
	}
	if (takes_on)
		pool_apply_sizes(pool, terms);
	claim = claim_new(core, object, req);
	if (room)
		lend(core, pool, claim);
	else
		claim_park(core, claim, req->wait_ms);
}

/* Giving back ------------------------------------------------------ */

/* Whether the account could pay for the new value in place of the old one. */
static bool can_pay(struct core *core, struct request *req,
    const struct key *key, const struct pooled *old,
    const struct pool_value *value)
{
	const struct account *account = req->session->account;
	size_t paid = 0;

	if (old != NULL && old->account == account)
		paid = old->value->len;
	return value->len <= paid ||
	       core_has_share(core, req, key, QUOTA_BYTES, value->len - paid);
}

static void replace_value(
    struct request *req, struct claim *hold, const struct pool_value *value)
{
	if (hold->lent != NULL)
		blob_unref(pooled_end(hold->lent));
	hold->lent =
	    pool_new_object(req->session->account, value->bytes, value->len);
}

bool pool_value_is_null(const struct pool_value *value)
{
	return value->len == 4 && memcmp(value->bytes, "null", 4) == 0;
}

void pool_put(struct core *core, struct request *req, const struct key *key,
    int64_t token, const struct pool_value *value)
{
	struct object *object = object_find(core, key);
	struct claim *hold = claim_find_hold(core, req, object, token);

	if (hold == NULL) {
		claim_refuse_release(core, req, key, NULL);
	} else if (value->bytes == NULL && hold->lent == NULL) {
		core_refuse(core, req, key, WIRE_BAD_REQUEST,
		    "\"value\" is missing: the first put of a created object "
		    "brings it; or drop it with pool.drop");
	} else if (pool_value_is_null(value)) {
		answer_add_bool(core_answer(core, req), MEMBER_IGNORED, true);
	} else if (value->bytes == NULL ||
		   can_pay(core, req, key, hold->lent, value)) {
		if (value->bytes != NULL)
			replace_value(req, hold, value);
		claim_end(core, hold, CLAIM_RELEASED);
		core_answer(core, req);
	}
}

void pool_drop(struct core *core, struct request *req, const struct key *key,
    int64_t token)
{
	struct object *object = object_find(core, key);
	struct claim *hold = claim_find_hold(core, req, object, token);

	if (hold == NULL) {
		claim_refuse_release(core, req, key, NULL);
		return;
	}
	if (hold->lent != NULL)
		blob_unref(pooled_end(hold->lent));
	hold->lent = NULL;
	claim_end(core, hold, CLAIM_RELEASED);
	core_answer(core, req);
}

static void pool_ended(struct core *core, struct object *object,
    struct claim *claim, enum claim_end how)
{
	struct pool *pool = pool_of(object);
	struct pooled *lent = claim->lent;

	claim->lent = NULL;
	if (lent == NULL)
		return;
	if (claim_is_lost(how) && pool->on_lost == POOL_DROP)
		doom(pool, lent);
	else
		pool_keep(core, pool, lent);
}

static void pool_serve(struct core *core, struct object *object)
{
	struct pool *pool = pool_of(object);
	size_t n = core->chores.portion;
	struct claim *next;

	while (has_room(pool) &&
	       (next = claim_next_waiter(core, object)) != NULL) {
		if (n-- == 0) {
			chore_owe(core, object);
			return;
		}
		lend(core, pool, next);
	}
}

static bool pool_is_idle(const struct object *object)
{
	const struct pool *pool = (const struct pool *)object;

	return pool->kept_by == NULL && pool->idle == NULL &&
	       pool->doomed == NULL;
}

static void end_all(struct pooled *list)
{
	while (list != NULL) {
		struct pooled *next = list->next;

		blob_unref(pooled_end(list));
		list = next;
	}
}

static void pool_deinit(struct core *core, struct object *object)
{
	struct pool *pool = pool_of(object);

	(void)core;
	end_all(pool->idle);
	end_all(pool->doomed);
	pool_stop_keeping(pool);
}

static void pool_check(const struct core *core, const struct object *object)
{
	const struct pool *pool = (const struct pool *)object;
	const struct pooled *pooled;
	size_t n_idle = 0;

	DL_FOREACH(pool->idle, pooled) {
		assert(pooled->next == NULL ||
		       pooled->idle_since <= pooled->next->idle_since);
		n_idle++;
	}
	assert(n_idle == pool->n_idle);
	assert(n_idle == 0 || pool_n_objects(pool) <= pool->capacity);
	assert(object->waiters == NULL || core->shutting_down ||
	       object->is_owed || !has_room(pool));
}

const struct kind pool_kind = {
    .number = WIRE_KIND_POOL,
    .size = sizeof(struct pool),
    .ended = pool_ended,
    .serve = pool_serve,
    .is_idle = pool_is_idle,
    .deinit = pool_deinit,
    .check = pool_check,
    .describe = pool_describe,
};
