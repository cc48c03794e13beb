/* SPDX-License-Identifier: MIT */
/*
 * core_check(): every invariant of the core, looked at one by one. It walks
 * over everything, so only tests call it.
 */
#include "core.h"
#include "watch.h"

#include <assert.h>

struct sums {
	size_t n_waits, n_holds, n_sessions, charged_waits, charged_sessions;
};

static void check_claim(const struct core *core, const struct claim *claim)
{
	const struct heap_item *item = &claim->deadline.item;

	assert(claim->account != NULL && claim->object != NULL);
	assert(claim->state != CLAIM_HELD || claim->token != 0);
	if (item->pos != HEAP_OUT)
		assert(core->deadlines.items[item->pos] == item);
	if (claim->session == NULL)
		assert(claim->detached && claim->lease_ms > 0);
	else
		assert(session_find(&core->sessions, claim->session->id) ==
		       claim->session);
	if (claim->state == CLAIM_HELD)
		assert(claim_with_token(core, claim->token) == claim);
	if (claim->state == CLAIM_HELD && claim->lease_ms > 0)
		assert(item->pos != HEAP_OUT &&
		       (item->at > core->now || core->chores.is_behind));
}

static void check_object(const struct core *core, const struct object *object)
{
	const struct claim *claim;
	int64_t last_token = INT64_MAX;
	size_t n = 0;

	DL_FOREACH(object->holders, claim) {
		assert(claim->state == CLAIM_HELD && claim->object == object);
		assert(claim->token < last_token);
		last_token = claim->token;
		n++;
	}
	assert(n == object->n_holders);
	n = 0;
	DL_FOREACH(object->waiters, claim) {
		assert(claim->state == CLAIM_WAITING);
		assert(claim->object == object);
		n++;
	}
	assert(n == object->n_waiters);
	assert(!object_is_idle(object));
	if (object->kind->check != NULL)
		object->kind->check(core, object);
}

static void check_session(
    const struct core *core, const struct session *session, struct sums *sums)
{
	const struct claim *claim;
	size_t n_ids = 0, n_held = 0;

	DL_FOREACH2(session->waiting, claim, mine_next) {
		assert(claim->state == CLAIM_WAITING);
		assert(claim->session == session);
		check_claim(core, claim);
		check_object(core, claim->object);
		n_ids += claim->id.type != IDENT_NONE;
		sums->n_waits++;
	}
	assert(session->by_id.n_items == n_ids);
	table_check(&session->by_id);
	DL_FOREACH2(session->held, claim, mine_next) {
		assert(claim->state == CLAIM_HELD);
		assert(claim->session == session);
		check_claim(core, claim);
		check_object(core, claim->object);
		sums->n_holds++;
		n_held++;
	}
	assert(n_held == session->n_held);
	sums->n_sessions++;
}

/* All waits of the kind, and the oldest first. */
static void check_waits(const struct core *core, int kind)
{
	const struct claim *wait;
	mtime_t since = 0;
	int64_t n = 0;

	DL_FOREACH2(core->waits[kind], wait, younger) {
		assert(wait->state == CLAIM_WAITING);
		assert(wait->object->kind->number == (enum wire_kind)kind);
		assert(wait->since >= since && wait->since <= core->now);
		since = wait->since;
		n++;
	}
	assert(core->tally.counts[kind][TALLY_WAITS] == n);
}

/* Each wait that ended was counted, and so was each hold. */
static void check_tally(const struct core *core, int kind)
{
	const struct tally *tally = &core->tally;
	const int64_t *counts = tally->counts[kind];

	assert(tally->wait_ms[kind].count ==
	       counts[TALLY_WAITED] - counts[TALLY_WAITS]);
	assert(tally->hold_ms[kind].count ==
	       counts[TALLY_GRANTED] - counts[TALLY_HOLDS]);
}

static void check_accounts(const struct core *core, struct sums *sums)
{
	const struct account *account;
	size_t n_users = 0;

	for (account = core->quota.accounts; account != NULL;
	     account = account->hh.next) {
		const struct claim *claim;

		/* Connections charge what they have read before they know
		 * whose share it is beyond. */
		for (int share = 0; share < QUOTA_N_SHARES; share++)
			assert(core->quota.was_lowered ||
			       (share == QUOTA_BYTES && account->n_users > 0) ||
			       account->used[share] <=
				   core->quota.shares.most[share]);
		sums->charged_waits += account->used[QUOTA_WAITS];
		sums->charged_sessions += account->used[QUOTA_CONNECTIONS];
		n_users += account->used[QUOTA_CONNECTIONS] > 0;
		DL_FOREACH2(account->detached, claim, mine_next) {
			assert(claim->account == account);
			check_claim(core, claim);
			sums->n_holds++;
		}
	}
	assert(n_users == core->n_users);
}

static void check_watches(const struct core *core)
{
	const struct watch *watch;
	size_t n = 0;

	DL_FOREACH(core->watches, watch) {
		bool has_deadline = watch->deadline.item.pos != HEAP_OUT;

		assert(watch->session->watch == watch);
		assert(session_find(&core->sessions, watch->session->id) ==
		       watch->session);
		assert(
		    has_deadline == (watch->n_missed > 0 && !watch->is_full));
		assert(watch->n_told <= watch->max_per_s);
		assert(watch->n_pending <= WATCH_MAX_PENDING);
		n++;
	}
	assert(n == core->n_watches);
}

static int64_t sum_of(const struct core *core, enum tally_count count)
{
	int64_t sum = 0;

	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		sum += core->tally.counts[kind][count];
	return sum;
}

/* Each object has its place, also those that are not listed, and the others are
 * found by their key. */
static void check_objects(const struct core *core, int kind)
{
	const struct roster *roster = &core->rosters[kind];
	uint32_t n = 0, n_listed = 0;

	for (uint32_t place = 0; place < roster_end(roster); place++) {
		const struct object *object = roster_at(roster, place);

		if (object == NULL)
			continue;
		check_object(core, object);
		assert(object->place == place);
		assert(object->kind->number == (enum wire_kind)kind);
		n++;
		n_listed += object->listed;
	}
	assert(n >= n_listed);
	assert(n_listed == core->objects[kind].n_items);
	table_check(&core->objects[kind]);
}

void core_check(const struct core *core)
{
	struct sums sums = {0};

	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		check_objects(core, kind);
		check_waits(core, kind);
		check_tally(core, kind);
	}
	for (uint32_t slot = 0; slot < core->sessions.n_slots; slot++) {
		if (core->sessions.slots[slot] != NULL)
			check_session(core, core->sessions.slots[slot], &sums);
	}
	check_accounts(core, &sums);
	check_watches(core);
	heap_check(&core->deadlines);
	assert(core->holds.n_items == sums.n_holds);
	table_check(&core->holds);
	assert(sums.n_sessions == core->sessions.n_sessions);
	assert(sums.charged_sessions == sums.n_sessions);
	assert(sums.charged_waits == sums.n_waits);
	assert(sum_of(core, TALLY_WAITS) == (int64_t)sums.n_waits);
	assert(sum_of(core, TALLY_HOLDS) == (int64_t)sums.n_holds);
	assert(core->deadlines.n_items == 0 || core->chores.is_behind ||
	       heap_top(&core->deadlines)->at > core->now);
}
