/* SPDX-License-Identifier: MIT */
/* Sessions, time and answers: see core.h. */
#include "core.h"

#include "claim_tables.h"
#include "watch.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ranks are the top bit of a deadline's order, behind them it is first set,
 * first due. */
#define RANK_SHIFT 63

struct core *core_new(const struct core_config *config, mtime_t now)
{
	struct core *core = xcalloc(1, sizeof(*core));

	core->now = now;
	core->started = now;
	core->first_token = config->first_token;
	core->next_token = config->first_token;
	memcpy(core->hash_key, config->hash_key, sizeof(core->hash_key));
	core->max_line_bytes = config->max_line_bytes;
	cell_sizes_init(&core->cells);
	outbox_init(&core->outbox);
	outbox_init(&core->notes);
	quota_init(&core->quota, &config->shares, config->hash_key);
	heap_init(&core->deadlines);
	core->chores.portion =
	    config->portion == 0 ? CHORE_PORTION : config->portion;
	core->chores.n_leaves = core->chores.portion;
	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		object_init_table(core, (enum wire_kind)kind);
		roster_init(&core->rosters[kind]);
	}
	claim_init_table(&core->holds);
	return core;
}

static void free_objects(struct core *core, enum wire_kind kind)
{
	struct roster *roster = &core->rosters[kind];

	/* Shelves go with their last object. */
	for (uint32_t place = 0; place < roster_end(roster); place++) {
		struct object *object = roster_at(roster, place);

		if (object != NULL)
			object_free(core, object);
	}
	roster_deinit(roster);
	table_deinit(&core->objects[kind]);
}

static void end_detached(struct core *core)
{
	struct account *account, *next;

	HASH_ITER(hh, core->quota.accounts, account, next) {
		while (account->detached != NULL)
			claim_end(core, account->detached, CLAIM_UNDELIVERED);
	}
}

void core_free(struct core *core)
{
	if (core == NULL)
		return;
	/* All at once. */
	core->chores.portion = SIZE_MAX;
	(void)core_shut_down(core);
	chores_do(core);
	for (uint32_t slot = 0; slot < core->sessions.n_slots; slot++) {
		struct session *session = core->sessions.slots[slot];

		if (session != NULL)
			core_leave(core, session->id);
	}
	end_detached(core);
	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		free_objects(core, (enum wire_kind)kind);
	table_deinit(&core->holds);
	assert(quota_account_is_idle(&core->house));
	rules_deinit(&core->rules);
	session_table_deinit(&core->sessions);
	outbox_deinit(&core->outbox);
	outbox_deinit(&core->notes);
	heap_deinit(&core->deadlines);
	chores_deinit(&core->chores);
	quota_deinit(&core->quota);
	cell_sizes_deinit(&core->cells);
	free(core);
}

/* Sessions --------------------------------------------------------- */

uint64_t core_join(struct core *core, const struct peer *peer)
{
	struct account *account = quota_account(&core->quota, peer->uid);
	struct session *session;

	if (!quota_has_room(&core->quota, account, QUOTA_CONNECTIONS, 1)) {
		quota_settle(&core->quota, account);
		return 0;
	}
	core->n_users += account->used[QUOTA_CONNECTIONS] == 0;
	core->tally.n_joined++;
	quota_charge(account, QUOTA_CONNECTIONS, 1);
	session = session_new(&core->sessions, peer, account);
	claim_init_ids(core, session);
	return session->id;
}

void core_stop_waiting(struct core *core, uint64_t id)
{
	struct session *session = session_find(&core->sessions, id);

	if (session != NULL)
		chore_stop_waiting(core, session);
}

void core_leave(struct core *core, uint64_t id)
{
	struct session *session = session_find(&core->sessions, id);

	if (session != NULL && !session->is_leaving)
		chore_leave(core, session);
}

bool core_reset(struct core *core, struct session *session)
{
	size_t n = core->chores.portion;

	/* Waits first, or the session would hand a place to itself; of those
	 * the newest, so that none moves up to the head of a queue. (utlist:
	 * the head's prev is the tail.) */
	for (; session->waiting != NULL && n > 0; n--)
		claim_cancel(core, session->waiting->mine_prev, WIRE_CANCELLED);
	for (; session->held != NULL && n > 0; n--)
		claim_end(core, session->held->mine_prev, CLAIM_RESET);
	if (session->waiting != NULL || session->held != NULL)
		return false;
	core_introduce(session, NULL, 0);
	session->multiplexed = false;
	session->wants_lost = false;
	watch_end(core, session);
	return true;
}

void core_introduce(struct session *session, const char *client, size_t len)
{
	free(session->client);
	session->client = client == NULL ? NULL : xmemdup0(client, len);
}

bool core_say_lost(struct core *core, uint64_t id)
{
	struct session *session = session_find(&core->sessions, id);
	size_t n = core->chores.portion;

	if (session == NULL || session->held == NULL)
		return true;
	for (const struct claim *hold = session->held->mine_prev;;
	     hold = hold->mine_prev) {
		if (hold->token > session->told_lost) {
			if (n-- == 0)
				return false;
			claim_tell_lost(core, hold, "eof");
			session->told_lost = hold->token;
		}
		if (hold == session->held)
			return true;
	}
}

void core_set_shares(struct core *core, const struct quota_shares *shares)
{
	quota_set_shares(&core->quota, shares);
}

void core_set_rules(struct core *core, const struct rules *rules)
{
	rules_deinit(&core->rules);
	core->rules = *rules;
}

bool core_is_waiting(const struct core *core, uint64_t id)
{
	const struct session *session = session_find(&core->sessions, id);

	return session != NULL && session->waiting != NULL;
}

bool core_is_engaged(const struct core *core, uint64_t id)
{
	const struct session *session = session_find(&core->sessions, id);

	return session != NULL &&
	       (session->waiting != NULL || session->held != NULL);
}

bool core_shut_down(struct core *core)
{
	size_t n = core->chores.portion;

	core->shutting_down = true;
	for (uint32_t slot = 0; slot < core->sessions.n_slots; slot++) {
		struct session *session = core->sessions.slots[slot];

		if (session == NULL)
			continue;
		for (; session->waiting != NULL && n > 0; n--)
			claim_cancel(
			    core, session->waiting, WIRE_SHUTTING_DOWN);
		if (session->waiting != NULL)
			return true;
	}
	return false;
}

void core_take_back(struct core *core, uid_t uid, int64_t token)
{
	struct claim *hold = claim_with_token(core, token);
	struct account *account;

	if (hold == NULL || hold->session != NULL || hold->account->uid != uid)
		return;
	account = hold->account;
	claim_end(core, hold, CLAIM_UNDELIVERED);
	quota_settle(&core->quota, account);
}

void core_end_hold(struct core *core, struct claim *hold)
{
	struct account *account = hold->account;

	claim_end(core, hold, CLAIM_ADMIN);
	quota_settle(&core->quota, account);
}

static void each_in(const struct claim *holds, core_hold_fn fn, void *ctx)
{
	const struct claim *hold;

	DL_FOREACH2(holds, hold, mine_next)
		fn(ctx, hold);
}

size_t core_each_hold_of(const struct core *core, uint64_t id, size_t most,
    core_hold_fn fn, void *ctx)
{
	const struct session *session = session_find(&core->sessions, id);
	const struct claim *hold = session == NULL ? NULL : session->held;

	for (; hold != NULL && most > 0; hold = hold->mine_next, most--)
		fn(ctx, hold);
	return session == NULL ? 0 : session->n_held;
}

void core_each_hold(const struct core *core, core_hold_fn fn, void *ctx)
{
	const struct account *account;

	for (uint32_t slot = 0; slot < core->sessions.n_slots; slot++) {
		if (core->sessions.slots[slot] != NULL)
			each_in(core->sessions.slots[slot]->held, fn, ctx);
	}
	for (account = core->quota.accounts; account != NULL;
	     account = account->hh.next)
		each_in(account->detached, fn, ctx);
}

/* Time ------------------------------------------------------------- */

void core_set_deadline(struct core *core, struct deadline *deadline, mtime_t at,
    enum core_rank rank)
{
	if (at == MTIME_NEVER)
		heap_remove(&core->deadlines, &deadline->item);
	else
		heap_set(&core->deadlines, &deadline->item, at,
		    (uint64_t)rank << RANK_SHIFT | core->n_deadlines++);
}

void core_clear_deadline(struct core *core, struct deadline *deadline)
{
	heap_remove(&core->deadlines, &deadline->item);
}

static bool is_due(const struct core *core)
{
	const struct heap_item *top = heap_top(&core->deadlines);

	return top != NULL && top->at <= core->now;
}

static size_t n_answers(const struct core *core)
{
	return core->outbox.n - core->outbox.head;
}

void core_advance(struct core *core, mtime_t now)
{
	size_t n = core->chores.portion, n_before = n_answers(core);

	if (now > core->now)
		core->now = now;
	/* One end may let in many, so the answers count, too. */
	for (; is_due(core) && n > 0 &&
	       n_answers(core) - n_before < core->chores.portion;
	     n--) {
		struct heap_item *top = heap_top(&core->deadlines);
		struct deadline *deadline =
		    HEAP_OWNER(top, struct deadline, item);

		heap_remove(&core->deadlines, top);
		deadline->fire(core, deadline);
	}
	chores_do(core);
	core->chores.is_behind = is_due(core);
}

mtime_t core_deadline(const struct core *core)
{
	const struct heap_item *top = heap_top(&core->deadlines);

	if (chores_wait(core))
		return core->now;
	return top == NULL ? MTIME_NEVER : top->at;
}

/* Answers ---------------------------------------------------------- */

bool core_pop(struct core *core, struct answer *answer)
{
	if (outbox_pop(&core->outbox, answer))
		return true;
	if (core->watches != NULL)
		watch_taken(core);
	return false;
}

bool core_pop_note(struct core *core, struct answer *note)
{
	return outbox_pop(&core->notes, note);
}

struct answer *core_answer(struct core *core, struct request *req)
{
	struct ident id = ident_copy(&req->id);

	return outbox_put(&core->outbox, req->session->id, &id);
}

struct answer *core_refuse(struct core *core, struct request *req,
    const struct key *key, enum wire_code code, const char *fmt, ...)
{
	char words[2048];
	enum tally_count which = tally_of_code(code);
	struct answer *answer;
	va_list args;

	/* What was wrong to ask for is nobody's business. */
	if (core->watches != NULL && key != NULL &&
	    (which != TALLY_N_COUNTS || code == WIRE_SHUTTING_DOWN))
		watch_refused_at_once(core, req, key, code);
	answer = core_answer(core, req);
	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	if (key == NULL) {
		answer_refuse(answer, code, "%s", words);
		return answer;
	}
	answer_refuse(answer, code, "%s \"%.*s\": %s",
	    object_kind_name(key->kind->number), (int)key->len, key->bytes,
	    words);
	if (which != TALLY_N_COUNTS)
		core->tally.counts[key->kind->number][which]++;
	return answer;
}

bool core_has_share(struct core *core, struct request *req,
    const struct key *key, enum quota_share share, size_t n)
{
	const struct account *account = req->session->account;

	if (quota_has_room(&core->quota, account, share, n))
		return true;
	core_refuse(core, req, key, WIRE_QUOTA,
	    "uid %lu uses %zu of its %zu %s; release some of them first",
	    (unsigned long)account->uid, account->used[share],
	    core->quota.shares.most[share], quota_share_name(share));
	return false;
}
