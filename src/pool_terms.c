/* SPDX-License-Identifier: MIT */
/*
 * What a pool is like - capacity, age, order, items - and the questions about
 * it: see pool_state.h.
 */
#include "core.h"
#include "pool_state.h"

#include <string.h>

void pool_refuse_unknown(
    struct core *core, struct request *req, const struct key *key)
{
	core_refuse(core, req, key, WIRE_UNKNOWN_KEY,
	    "there is no such pool; get with a capacity, or make it with "
	    "pool.set");
}

/* The pool that the request names; NULL, and unknown_key, where it is not. */
static struct pool *find_pool(
    struct core *core, struct request *req, const struct key *key)
{
	struct object *object = object_find(core, key);

	if (object == NULL)
		pool_refuse_unknown(core, req, key);
	return pool_of(object);
}

static bool is_pinned(const struct core *core, const struct pool *pool)
{
	return pool->kept_by == &core->house;
}

/* Terms of a get --------------------------------------------------- */

static bool capacity_differs(
    const struct pool *pool, const struct pool_terms *terms)
{
	return terms->capacity >= 0 && terms->capacity != pool->capacity;
}

static bool idle_differs(
    const struct pool *pool, const struct pool_terms *terms)
{
	return terms->max_idle_ms >= 0 &&
	       terms->max_idle_ms != pool->max_idle_ms;
}

bool pool_would_take_on(const struct pool *pool, const struct pool_terms *terms)
{
	bool is_new = pool->capacity == 0;

	if (pool->kept_by != NULL || pool->object.holders != NULL ||
	    pool->object.waiters != NULL)
		return false;
	return is_new || (!terms->adopt && (capacity_differs(pool, terms) ||
					       idle_differs(pool, terms)));
}

bool pool_terms_agree(struct core *core, struct request *req,
    const struct pool *pool, const struct pool_terms *terms)
{
	const struct key key = object_key(&pool->object);
	bool capacity = capacity_differs(pool, terms);
	bool idle = idle_differs(pool, terms);
	bool pinned = is_pinned(core, pool);
	struct answer *answer;

	if (terms->adopt || (!capacity && !idle))
		return true;
	answer =
	    core_refuse(core, req, &key, pinned ? WIRE_DENIED : WIRE_CONFLICT,
		"%s %lld asked for, but %lld is %s; ask for that, say "
		"\"adopt\":true, or change it %s",
		capacity ? "capacity" : "max_idle_ms",
		(long long)(capacity ? terms->capacity : terms->max_idle_ms),
		(long long)(capacity ? pool->capacity : pool->max_idle_ms),
		pinned ? "what the configuration fixes" : "in force",
		pinned ? "there" : "with pool.set");
	answer_add_integer(answer, MEMBER_CAPACITY, pool->capacity);
	if (idle)
		answer_add_integer(
		    answer, MEMBER_MAX_IDLE_MS, pool->max_idle_ms);
	return false;
}

void pool_apply_sizes(struct pool *pool, const struct pool_terms *terms)
{
	if (terms->capacity >= 0)
		pool->capacity = terms->capacity;
	if (terms->max_idle_ms >= 0)
		pool->max_idle_ms = terms->max_idle_ms;
	while (pool->n_idle > 0 && pool_n_objects(pool) > pool->capacity)
		pool_doom_oldest(pool);
}

/* pool.set --------------------------------------------------------- */

/* Stands for the list: keeping the items themselves would keep bytes that
 * nobody pays for once the objects are gone. Keyed, so that nobody can make
 * two lists that look the same. */
static uint64_t hash_items(
    const struct core *core, const struct pool_terms *terms)
{
	uint64_t hash = 0;

	for (int64_t i = 0; i < terms->n_items; i++) {
		const struct pool_value *item = &terms->items[i];
		uint64_t link[2] = {
		    hash, sip_hash(core->hash_key, item->bytes, item->len)};

		hash = sip_hash(core->hash_key, link, sizeof(link));
	}
	return hash;
}

static bool same_items(const struct core *core, const struct pool *pool,
    const struct pool_terms *terms)
{
	return terms->n_items == pool->n_items &&
	       hash_items(core, terms) == pool->items_hash;
}

/* Whether the terms leave what the configuration fixes as it is; answers if
 * not. */
static bool leaves_pinned(struct core *core, struct request *req,
    const struct pool *pool, const struct pool_terms *terms)
{
	const struct key key = object_key(&pool->object);

	if (!is_pinned(core, pool) ||
	    (!capacity_differs(pool, terms) && !idle_differs(pool, terms) &&
		(terms->n_items < 0 || same_items(core, pool, terms)) &&
		(terms->order < 0 || terms->order == (int)pool->order) &&
		(terms->on_lost < 0 || terms->on_lost == (int)pool->on_lost)))
		return true;
	core_refuse(core, req, &key, WIRE_DENIED,
	    "the configuration fixes it; change it there");
	return false;
}

/* Whether capacity and items go together, with each other and with what is
 * there. Answers if not. */
static bool may_set(struct core *core, struct request *req,
    const struct pool *pool, const struct pool_terms *terms)
{
	const struct key key = object_key(&pool->object);
	bool is_new = pool->capacity == 0;
	int64_t n_items = is_new ? terms->n_items : pool->n_items;

	if (is_new && terms->capacity < 0 && n_items <= 0) {
		core_refuse(core, req, &key, WIRE_BAD_REQUEST,
		    "a new pool needs \"capacity\" or \"items\"");
		return false;
	}
	if (!is_new && terms->n_items >= 0 && !same_items(core, pool, terms)) {
		core_refuse(core, req, &key, WIRE_CONFLICT,
		    "it has other items, or none; delete it first, or leave "
		    "\"items\" out");
		return false;
	}
	if (terms->capacity >= 0 && terms->capacity < n_items) {
		core_refuse(core, req, &key, WIRE_BAD_REQUEST,
		    "\"capacity\" %lld is below the number of its items, %lld",
		    (long long)terms->capacity, (long long)n_items);
		return false;
	}
	return true;
}

/* Whether the uid can pay for a pool that stays, and for new items. */
static bool can_pay(struct core *core, struct request *req,
    const struct pool *pool, const struct pool_terms *terms)
{
	const struct key key = object_key(&pool->object);
	size_t n_keys = pool->kept_by == NULL ? 1 : 0;
	size_t n_bytes = 0;

	if (pool->capacity == 0) {
		for (int64_t i = 0; i < terms->n_items; i++, n_keys++)
			n_bytes += terms->items[i].len;
	}
	return core_has_share(core, req, &key, QUOTA_KEYS, n_keys) &&
	       core_has_share(core, req, &key, QUOTA_BYTES, n_bytes);
}

static void fill(struct core *core, struct pool *pool, struct account *account,
    const struct pool_terms *terms)
{
	for (int64_t i = 0; i < terms->n_items; i++) {
		const struct pool_value *item = &terms->items[i];
		struct pooled *pooled =
		    pool_new_object(account, item->bytes, item->len);

		pool_keep(core, pool, pooled);
	}
}

static void apply_set(struct core *core, struct pool *pool,
    struct account *account, const struct pool_terms *terms)
{
	bool is_new = pool->capacity == 0;

	if (pool->kept_by == NULL) {
		pool->kept_by = account;
		quota_charge(account, QUOTA_KEYS, 1);
	}
	if (is_new && terms->n_items >= 0) {
		pool->capacity = terms->n_items;
		pool->n_items = terms->n_items;
		pool->items_hash = hash_items(core, terms);
		pool->on_lost = POOL_REQUEUE;
	}
	pool_apply_sizes(pool, terms);
	if (is_new)
		fill(core, pool, account, terms);
	if (terms->order >= 0)
		pool->order = (enum pool_order)terms->order;
	if (terms->on_lost >= 0)
		pool->on_lost = (enum pool_on_lost)terms->on_lost;
}

void pool_set(struct core *core, struct request *req, const struct key *key,
    const struct pool_terms *terms)
{
	struct object *object = object_get(core, key);
	struct pool *pool = pool_of(object);

	if (leaves_pinned(core, req, pool, terms) &&
	    may_set(core, req, pool, terms) &&
	    can_pay(core, req, pool, terms)) {
		apply_set(core, pool, req->session->account, terms);
		core_answer(core, req);
	}
	object_settle(core, object);
}

/* Whether a pool that is there has the items of the terms, or both none. */
static bool has_items(const struct core *core, const struct pool *pool,
    const struct pool_terms *terms)
{
	return terms->n_items < 0 ? pool->n_items == 0
				  : same_items(core, pool, terms);
}

bool pool_pin(
    struct core *core, const struct key *key, const struct pool_terms *terms)
{
	struct pool *pool = pool_of(object_get(core, key));

	if (pool->capacity != 0 && !has_items(core, pool, terms))
		return false;
	pool_stop_keeping(pool);
	apply_set(core, pool, &core->house, terms);
	object_settle(core, &pool->object);
	return true;
}

void pool_unpin(struct core *core, const struct key *key)
{
	struct object *object = object_find(core, key);

	if (object == NULL || !is_pinned(core, pool_of(object)))
		return;
	pool_stop_keeping(pool_of(object));
	object_settle(core, object);
}

/* Questions -------------------------------------------------------- */

void pool_clear(struct core *core, struct request *req, const struct key *key)
{
	struct pool *pool = find_pool(core, req, key);

	if (pool == NULL)
		return;
	if (is_pinned(core, pool) && pool->n_items > 0) {
		core_refuse(core, req, key, WIRE_DENIED,
		    "the configuration fixes its items; change them there");
		return;
	}
	while (pool->idle != NULL)
		pool_doom_oldest(pool);
	pool_add_doomed(
	    pool, core_answer(core, req), core->max_line_bytes, true);
	object_settle(core, &pool->object);
}

void pool_size(struct core *core, struct request *req, const struct key *key)
{
	const struct pool *pool = find_pool(core, req, key);

	if (pool != NULL)
		answer_add_integer(
		    core_answer(core, req), MEMBER_SIZE, pool_n_objects(pool));
}

void pool_available(
    struct core *core, struct request *req, const struct key *key)
{
	const struct pool *pool = find_pool(core, req, key);

	if (pool != NULL)
		answer_add_integer(core_answer(core, req), MEMBER_AVAILABLE,
		    (int64_t)pool->n_idle);
}

const char *pool_describe(const struct core *core, const struct object *object,
    struct answer *answer, const char *state)
{
	const struct pool *pool = (const struct pool *)object;

	(void)core;
	answer_add_integer(answer, MEMBER_CAPACITY, pool->capacity);
	answer_add_integer(answer, MEMBER_SIZE, pool_n_objects(pool));
	answer_add_integer(answer, MEMBER_AVAILABLE, (int64_t)pool->n_idle);
	return state;
}

void pool_info(struct core *core, struct request *req, const struct key *key)
{
	const struct pool *pool = find_pool(core, req, key);
	struct answer *answer;

	if (pool == NULL)
		return;
	answer = core_answer(core, req);
	pool_describe(core, &pool->object, answer, NULL);
	answer_add_integer(
	    answer, MEMBER_WAITING, (int64_t)pool->object.n_waiters);
	answer_add_integer(answer, MEMBER_MAX_IDLE_MS, pool->max_idle_ms);
	answer_add_word(
	    answer, MEMBER_ORDER, pool->order == POOL_LIFO ? "lifo" : "fifo");
	answer_add_word(answer, MEMBER_ON_LOST,
	    pool->on_lost == POOL_DROP ? "drop" : "requeue");
}

void pool_stop_keeping(struct pool *pool)
{
	if (pool->kept_by != NULL)
		quota_give_back(pool->kept_by, QUOTA_KEYS, 1);
	pool->kept_by = NULL;
}

void pool_delete(struct core *core, struct request *req, const struct key *key)
{
	struct pool *pool = find_pool(core, req, key);

	if (pool == NULL)
		return;
	if (is_pinned(core, pool)) {
		core_refuse(core, req, key, WIRE_DENIED,
		    "the configuration fixes it; take it out there");
		return;
	}
	if (pool->object.holders != NULL || pool->object.waiters != NULL ||
	    pool->idle != NULL || pool->doomed != NULL) {
		core_refuse(core, req, key, WIRE_CONFLICT,
		    "in use: %u lent, %u wait, %zu idle%s; clear it, and "
		    "delete it when all is given back",
		    pool->object.n_holders, pool->object.n_waiters,
		    pool->n_idle,
		    pool->doomed != NULL ? ", some to be destroyed" : "");
		return;
	}
	pool_stop_keeping(pool);
	object_settle(core, &pool->object);
	core_answer(core, req);
}
