/* SPDX-License-Identifier: MIT */
/* Claims, waiting and held: see claim.h. How they are found: claim_find.c. */
#include "claim.h"

#include "claim_tables.h"
#include "core.h"
#include "deadlock.h"
#include "watch.h"

#include <assert.h>
#include <string.h>

static int64_t *count(
    struct core *core, const struct object *object, enum tally_count which)
{
	return &core->tally.counts[object->kind->number][which];
}

/* Coming in -------------------------------------------------------- */

static bool may_wait(
    struct core *core, const struct object *object, struct request *req)
{
	const struct key key = object_key(object);
	struct answer *answer;

	if (req->wait_ms == 0)
		answer = core_refuse(core, req, &key, WIRE_BUSY,
		    "busy, and wait_ms 0 does not wait");
	else if (req->max_waiters >= 0 && object->n_waiters >= req->max_waiters)
		answer = core_refuse(core, req, &key, WIRE_QUEUE_FULL,
		    "%u wait already, and max_waiters is %lld",
		    object->n_waiters, (long long)req->max_waiters);
	else
		return true;
	claim_name_holder(core, object, answer->refusal, true);
	return false;
}

static bool may_close_cycle(
    struct core *core, const struct object *object, struct request *req)
{
	const struct key key = object_key(object);
	struct deadlock found;
	struct refusal *refusal;

	if (!deadlock_closes(core, req->session, object, &found))
		return true;
	refusal = core_refuse(
	    core, req, &key, WIRE_DEADLOCK, "deadlock: %s", found.words)
		      ->refusal;
	refusal->n_links = found.n_links;
	refusal->links = xcalloc(found.n_links, sizeof(found.links[0]));
	memcpy(refusal->links, found.links,
	    found.n_links * sizeof(found.links[0]));
	return false;
}

bool claim_may_enter(struct core *core, const struct object *object,
    struct request *req, bool has_room)
{
	const struct key key = object_key(object);

	if (core->shutting_down) {
		core_refuse(core, req, &key, WIRE_SHUTTING_DOWN,
		    "the daemon is shutting down");
		return false;
	}
	if (has_room)
		return core_has_share(core, req, &key, QUOTA_KEYS, 1);
	return may_wait(core, object, req) &&
	       core_has_share(core, req, &key, QUOTA_WAITS, 1) &&
	       core_has_share(core, req, &key, QUOTA_KEYS, 1) &&
	       may_close_cycle(core, object, req);
}

static void on_deadline(struct core *core, struct deadline *deadline);

struct claim *claim_new(
    struct core *core, struct object *object, const struct request *req)
{
	struct claim *claim = cell_take_size(&core->cells, sizeof(*claim));

	memset(claim, 0, sizeof(*claim));
	claim->state = CLAIM_NEW;
	claim->object = object;
	claim->session = req->session;
	claim->account = req->session->account;
	claim->detached = req->detached;
	claim->lease_ms = req->lease_ms;
	claim->pid = req->session->peer.pid;
	claim->id = ident_copy(&req->id);
	claim->deadline.fire = on_deadline;
	heap_item_init(&claim->deadline.item);
	quota_charge(claim->account, QUOTA_KEYS, 1);
	return claim;
}

/* In and out of lists ---------------------------------------------- */

void claim_park(struct core *core, struct claim *claim, int64_t wait_ms)
{
	struct object *object = claim->object;

	assert(claim->state == CLAIM_NEW);
	claim->state = CLAIM_WAITING;
	claim->since = core->now;
	DL_APPEND(object->waiters, claim);
	object->n_waiters++;
	DL_APPEND2(claim->session->waiting, claim, mine_prev, mine_next);
	DL_APPEND2(core->waits[object->kind->number], claim, elder, younger);
	claim_list_id(core, claim);
	quota_charge(claim->account, QUOTA_WAITS, 1);
	++*count(core, object, TALLY_WAITS);
	++*count(core, object, TALLY_WAITED);
	core_set_deadline(
	    core, &claim->deadline, mtime_after(core->now, wait_ms), CORE_WAIT);
	if (core->watches != NULL)
		watch_waiting(core, claim);
}

static void leave_queue(struct core *core, struct claim *claim)
{
	struct object *object = claim->object;
	enum wire_kind kind = object->kind->number;

	DL_DELETE(object->waiters, claim);
	object->n_waiters--;
	DL_DELETE2(claim->session->waiting, claim, mine_prev, mine_next);
	DL_DELETE2(core->waits[kind], claim, elder, younger);
	claim_unlist_id(core, claim);
	quota_give_back(claim->account, QUOTA_WAITS, 1);
	--*count(core, object, TALLY_WAITS);
	histogram_add(&core->tally.wait_ms[kind], core->now - claim->since);
}

/* A detached hold belongs to the account of its uid, and remembers who it
 * was. */
static void detach(struct claim *claim)
{
	const char *client = claim->session->client;

	if (client != NULL)
		claim->client = xmemdup0(client, strlen(client));
	claim->session = NULL;
	DL_PREPEND2(claim->account->detached, claim, mine_prev, mine_next);
}

static void hold(struct claim *claim)
{
	DL_PREPEND2(claim->session->held, claim, mine_prev, mine_next);
	claim->session->n_held++;
}

static void let_go(struct claim *claim)
{
	DL_DELETE2(claim->session->held, claim, mine_prev, mine_next);
	claim->session->n_held--;
}

static void join_holders(struct core *core, struct claim *claim)
{
	struct object *object = claim->object;

	DL_PREPEND(object->holders, claim);
	object->n_holders++;
	if (claim->detached)
		detach(claim);
	else
		hold(claim);
	claim_list_hold(core, claim);
	++*count(core, object, TALLY_HOLDS);
	++*count(core, object, TALLY_GRANTED);
}

static void leave_holders(struct core *core, struct claim *claim)
{
	struct object *object = claim->object;

	claim_unlist_hold(core, claim);
	DL_DELETE(object->holders, claim);
	object->n_holders--;
	if (claim->session == NULL)
		DL_DELETE2(
		    claim->account->detached, claim, mine_prev, mine_next);
	else
		let_go(claim);
	--*count(core, object, TALLY_HOLDS);
	histogram_add(&core->tally.hold_ms[object->kind->number],
	    core->now - claim->since);
}

static void claim_free(struct core *core, struct claim *claim)
{
	assert(claim->state != CLAIM_HELD || claim->lent == NULL);
	core_clear_deadline(core, &claim->deadline);
	quota_give_back(claim->account, QUOTA_KEYS, 1);
	if (claim->state == CLAIM_HELD)
		free(claim->client);
	else
		ident_deinit(&claim->id);
	cell_give_size(&core->cells, claim, sizeof(*claim));
}

struct answer *claim_grant(struct core *core, struct claim *claim)
{
	uint64_t asker = claim->session->id;
	int64_t waited_ms = 0;
	struct answer *answer;
	struct ident id;

	if (claim->state == CLAIM_WAITING) {
		waited_ms = core->now - claim->since;
		leave_queue(core, claim);
	}
	id = ident_take(&claim->id);
	claim->state = CLAIM_HELD;
	claim->client = NULL;
	claim->lent = NULL;
	claim->token = core->next_token++;
	claim->since = core->now;
	join_holders(core, claim);
	core_set_deadline(core, &claim->deadline,
	    mtime_after(core->now, claim->lease_ms), CORE_END);
	if (core->watches != NULL)
		watch_granted(core, claim, asker, waited_ms);
	answer = outbox_put(&core->outbox, asker, &id);
	if (claim->detached) {
		answer->detached_token = claim->token;
		answer->detached_uid = claim->account->uid;
	}
	return answer;
}

void claim_renew(struct core *core, struct claim *claim, int64_t lease_ms)
{
	assert(claim->state == CLAIM_HELD);
	claim->lease_ms = lease_ms;
	core_set_deadline(
	    core, &claim->deadline, mtime_after(core->now, lease_ms), CORE_END);
}

/* The end of a wait ------------------------------------------------ */

struct answer *claim_answer(struct core *core, struct claim *claim)
{
	struct answer *answer;

	assert(claim->state == CLAIM_WAITING);
	leave_queue(core, claim);
	answer = outbox_put(&core->outbox, claim->session->id, &claim->id);
	claim_free(core, claim);
	return answer;
}

static struct refusal *refuse_wait(struct answer *answer,
    const struct object *object, enum wire_code code, long long waited_ms)
{
	const char *kind = object_kind_name(object->kind->number);

	switch (code) {
	case WIRE_TIMEOUT:
		return answer_refuse(answer, code, "%s \"%s\": waited %lld ms",
		    kind, object_key_bytes(object), waited_ms);
	case WIRE_CANCELLED:
		return answer_refuse(answer, code,
		    "%s \"%s\": cancelled after a wait of %lld ms", kind,
		    object_key_bytes(object), waited_ms);
	case WIRE_LEADER_LOST:
		return answer_refuse(answer, code,
		    "%s \"%s\": one leader after the other was lost; look "
		    "why they end, then begin again",
		    kind, object_key_bytes(object));
	default:
		return answer_refuse(answer, code,
		    "%s \"%s\": the daemon is shutting down; connect and ask "
		    "again",
		    kind, object_key_bytes(object));
	}
}

void claim_refuse(struct core *core, struct claim *claim, enum wire_code code)
{
	const struct object *object = claim->object;
	enum tally_count which = tally_of_code(code);
	long long waited_ms = core->now - claim->since;
	struct refusal *refusal;

	if (core->watches != NULL)
		watch_refused(core, claim, code);
	refusal =
	    refuse_wait(claim_answer(core, claim), object, code, waited_ms);
	if (which != TALLY_N_COUNTS)
		++*count(core, object, which);
	if (code == WIRE_TIMEOUT)
		claim_name_holder(core, object, refusal, true);
}

bool claim_cancel(struct core *core, struct claim *claim, enum wire_code code)
{
	struct object *object = claim->object;
	bool was_owed =
	    object->kind->pay != NULL && object->kind->pay(core, object, claim);

	if (!was_owed)
		claim_refuse(core, claim, code);
	object_settle(core, object);
	return !was_owed;
}

static void drop(struct core *core, struct claim *claim)
{
	if (core->watches != NULL)
		watch_refused(core, claim, WIRE_OK);
	++*count(core, claim->object, TALLY_LEFT);
	leave_queue(core, claim);
	claim_free(core, claim);
}

void claim_leave(struct core *core, struct claim *claim)
{
	struct object *object = claim->object;

	drop(core, claim);
	object_settle(core, object);
}

struct claim *claim_next_waiter(struct core *core, struct object *object)
{
	size_t n = core->chores.portion;

	for (; object->waiters != NULL && object->waiters->session->is_gone;
	     n--) {
		if (n == 0) {
			chore_owe(core, object);
			return NULL;
		}
		drop(core, object->waiters);
	}
	return object->waiters;
}

/* The end of a hold ------------------------------------------------ */

void claim_tell_lost(
    struct core *core, const struct claim *claim, const char *reason)
{
	const struct object *object = claim->object;
	struct ident none = {0};
	struct answer *event =
	    outbox_put(&core->outbox, claim->session->id, &none);
	struct blob *key = blob_new(object_key_bytes(object), object->key_len);

	event->event = "lost";
	answer_add_word(event, MEMBER_REASON, reason);
	answer_add_word(
	    event, MEMBER_KIND, object_kind_name(object->kind->number));
	answer_add_text(event, MEMBER_KEY, key);
	answer_add_integer(event, MEMBER_TOKEN, claim->token);
	blob_unref(key);
}

void claim_end(struct core *core, struct claim *claim, enum claim_end how)
{
	static const enum tally_count counts[] = {
	    [CLAIM_RELEASED] = TALLY_RELEASED,
	    [CLAIM_GIVEN_UP] = TALLY_RELEASED,
	    [CLAIM_EXPIRED] = TALLY_LEASE_EXPIRED,
	    [CLAIM_LOST] = TALLY_LOST,
	    [CLAIM_RESET] = TALLY_RESET,
	    [CLAIM_UNDELIVERED] = TALLY_UNDELIVERED,
	    [CLAIM_ADMIN] = TALLY_ENDED_BY_ADMIN,
	};
	struct object *object = claim->object;
	const struct session *session = claim->session;

	assert(claim->state == CLAIM_HELD);
	++*count(core, object, counts[how]);
	if (core->watches != NULL)
		watch_ended(core, claim, how);
	if (session != NULL && session->wants_lost && how == CLAIM_EXPIRED)
		claim_tell_lost(core, claim, "lease");
	else if (session != NULL && session->wants_lost && how == CLAIM_ADMIN)
		claim_tell_lost(core, claim, "admin");
	leave_holders(core, claim);
	object->kind->ended(core, object, claim, how);
	claim_free(core, claim);
	object_settle(core, object);
}

static void on_deadline(struct core *core, struct deadline *deadline)
{
	struct claim *claim = HEAP_OWNER(deadline, struct claim, deadline);

	if (claim->state == CLAIM_WAITING)
		claim_cancel(core, claim, WIRE_TIMEOUT);
	else
		claim_end(core, claim, CLAIM_EXPIRED);
}
