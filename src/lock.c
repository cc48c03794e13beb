/* SPDX-License-Identifier: MIT */
/*
 * LockedCalls: see lock.h. Whoever is granted a lock after its holder vanished
 * is told (as EOWNERDEAD tells with robust mutexes), however late that is. So
 * such a lock outlives its last claim, the latest LOCK_MAX_ABANDONED of each
 * uid.
 */
#include "lock.h"

#include "core.h"

#include <assert.h>

struct lock {
	struct object object;
	/* Whose holder vanished; NULL: the last one released it. The lock is
	 * in that account's list. */
	struct account *abandoned_by;
	struct lock *prev, *next;
};

/* A lock that is only remembered is no key in use. */
static int64_t *n_keys(struct core *core)
{
	return &core->tally.counts[WIRE_KIND_LOCK][TALLY_KEYS];
}

static void forget(struct core *core, struct lock *lock)
{
	struct account *account = lock->abandoned_by;

	if (account == NULL)
		return;
	++*n_keys(core);
	DL_DELETE(account->abandoned, lock);
	account->n_abandoned--;
	lock->abandoned_by = NULL;
}

static void remember(
    struct core *core, struct lock *lock, struct account *account)
{
	forget(core, lock);
	--*n_keys(core);
	lock->abandoned_by = account;
	DL_APPEND(account->abandoned, lock);
	if (++account->n_abandoned > LOCK_MAX_ABANDONED) {
		struct lock *oldest = account->abandoned;

		forget(core, oldest);
		object_settle(core, &oldest->object);
	}
}

static void grant(struct core *core, struct lock *lock, struct claim *claim)
{
	struct answer *answer = claim_grant(core, claim);

	answer_add_integer(answer, MEMBER_TOKEN, claim->token);
	claim->inherits = lock->abandoned_by != NULL;
	if (claim->inherits)
		answer_add_bool(answer, MEMBER_ABANDONED, true);
	forget(core, lock);
}

void lock_acquire(struct core *core, struct request *req, const struct key *key)
{
	struct object *object = object_get(core, key);
	bool has_room = object->holders == NULL && object->waiters == NULL;
	struct claim *claim;

	if (!claim_may_enter(core, object, req, has_room)) {
		object_settle(core, object);
		return;
	}
	claim = claim_new(core, object, req);
	if (has_room)
		grant(core, (struct lock *)object, claim);
	else
		claim_park(core, claim, req->wait_ms);
}

/* Whether the token is that of a detached hold, and so of another uid, for a
 * search under the caller's own uid has found nothing. */
static bool is_detached_of_other(const struct object *object, int64_t token)
{
	const struct claim *hold = object->holders;

	return hold->session == NULL && hold->token == token;
}

void lock_release(struct core *core, struct request *req, const struct key *key,
    int64_t token)
{
	struct object *object = object_find(core, key);
	struct claim *hold = claim_find_hold(core, req, object, token);
	bool held = object != NULL && object->holders != NULL;

	if (hold != NULL) {
		claim_end(core, hold, CLAIM_RELEASED);
		core_answer(core, req);
	} else if (held && is_detached_of_other(object, token)) {
		core_refuse(core, req, key, WIRE_DENIED,
		    "detached hold of uid %lu; only that uid may release it",
		    (unsigned long)object->holders->account->uid);
	} else {
		claim_refuse_release(
		    core, req, key, held && token != 0 ? object : NULL);
	}
}

static void lock_ended(struct core *core, struct object *object,
    struct claim *claim, enum claim_end how)
{
	/* Whoever was to be told first, and was not reached, changed nothing.
	 */
	bool untold = how == CLAIM_UNDELIVERED && claim->inherits;

	if (claim_is_lost(how) || untold)
		remember(core, (struct lock *)object, claim->account);
}

static void lock_serve(struct core *core, struct object *object)
{
	struct claim *next =
	    object->holders == NULL ? claim_next_waiter(core, object) : NULL;

	if (next != NULL)
		grant(core, (struct lock *)object, next);
}

static bool lock_is_idle(const struct object *object)
{
	return ((const struct lock *)object)->abandoned_by == NULL;
}

static void lock_deinit(struct core *core, struct object *object)
{
	forget(core, (struct lock *)object);
}

static void lock_check(const struct core *core, const struct object *object)
{
	(void)core;
	assert(object->n_holders <= 1);
	assert(object->waiters == NULL || object->holders != NULL ||
	       object->is_owed || core->shutting_down);
}

static const char *lock_describe(const struct core *core,
    const struct object *object, struct answer *answer, const char *state)
{
	const struct lock *lock = (const struct lock *)object;

	(void)core;
	(void)answer;
	return lock->abandoned_by == NULL ? state : "abandoned";
}

const struct kind lock_kind = {
    .number = WIRE_KIND_LOCK,
    .size = sizeof(struct lock),
    .exclusive = true,
    .ended = lock_ended,
    .serve = lock_serve,
    .is_idle = lock_is_idle,
    .describe = lock_describe,
    .deinit = lock_deinit,
    .check = lock_check,
};
