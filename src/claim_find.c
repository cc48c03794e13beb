/* SPDX-License-Identifier: MIT */
/*
 * How claims are found: a wait by the id of its request, a hold by its token
 * or as the newest of a session; and who has them. See claim.h.
 */
#include "claim.h"

#include "claim_tables.h"
#include "core.h"

#include <stdio.h>

static struct claim *owner_of(const struct table_item *item)
{
	return TABLE_OWNER(item, struct claim, item);
}

/* The ids of a session's waits ------------------------------------- */

/* The type is part of the hash, so that the text of eight bytes does not meet a
 * number. */
static uint64_t hash_of_id(const struct core *core, const struct ident *id)
{
	const void *bytes = &id->number;
	size_t len = sizeof(id->number);

	if (id->type == IDENT_TEXT) {
		bytes = id->text;
		len = id->len;
	}
	return sip_hash(core->hash_key, bytes, len) ^ (uint64_t)id->type;
}

static uint64_t hash_of_wait(const void *core, const struct table_item *item)
{
	return hash_of_id(core, &owner_of(item)->id);
}

void claim_init_ids(const struct core *core, struct session *session)
{
	table_init(&session->by_id, hash_of_wait, core);
}

void claim_list_id(struct core *core, struct claim *claim)
{
	if (claim->id.type != IDENT_NONE)
		table_add(&claim->session->by_id, &claim->item,
		    hash_of_id(core, &claim->id));
}

void claim_unlist_id(const struct core *core, struct claim *claim)
{
	if (claim->id.type != IDENT_NONE)
		table_remove(&claim->session->by_id, &claim->item,
		    hash_of_id(core, &claim->id));
}

struct claim *claim_find_wait(const struct core *core,
    const struct session *session, const struct ident *id)
{
	const struct table_item *item;

	if (session->by_id.n_items == 0 || id->type == IDENT_NONE ||
	    session->is_gone)
		return NULL;
	item = table_first(&session->by_id, hash_of_id(core, id));
	for (; item != NULL; item = item->next) {
		struct claim *claim = owner_of(item);

		if (ident_equal(&claim->id, id))
			return claim;
	}
	return NULL;
}

/* Finding what is to be released ----------------------------------- */

/* Tokens are numbers of ours, one after the other: spread enough as they are.
 */
static uint64_t hash_of_token(const void *ctx, const struct table_item *item)
{
	(void)ctx;
	return (uint64_t)owner_of(item)->token;
}

void claim_init_table(struct table *table)
{
	table_init(table, hash_of_token, NULL);
}

void claim_list_hold(struct core *core, struct claim *claim)
{
	table_add(&core->holds, &claim->item, (uint64_t)claim->token);
}

void claim_unlist_hold(struct core *core, struct claim *claim)
{
	table_remove(&core->holds, &claim->item, (uint64_t)claim->token);
}

struct claim *claim_with_token(const struct core *core, int64_t token)
{
	const struct table_item *item =
	    table_first(&core->holds, (uint64_t)token);

	for (; item != NULL; item = item->next) {
		struct claim *hold = owner_of(item);

		if (hold->token == token)
			return hold;
	}
	return NULL;
}

struct claim *claim_find_token(
    const struct core *core, const struct session *session, int64_t token)
{
	struct claim *hold = claim_with_token(core, token);

	if (hold == NULL || hold->session == session)
		return hold;
	return hold->session == NULL && hold->account == session->account
		   ? hold
		   : NULL;
}

/* Walks the session's holds and the object's holders in step: a match is in
 * both, so the shorter one bounds the search. Both have the newest first, so
 * the first match is the newest. */
static struct claim *find_newest(
    const struct session *session, const struct object *object)
{
	struct claim *mine = session->held, *theirs = object->holders;

	while (mine != NULL && theirs != NULL) {
		if (mine->object == object)
			return mine;
		if (theirs->session == session)
			return theirs;
		mine = mine->mine_next;
		theirs = theirs->next;
	}
	return NULL;
}

struct claim *claim_find_hold(const struct core *core,
    const struct request *req, const struct object *object, int64_t token)
{
	struct claim *hold;

	if (object == NULL)
		return NULL;
	if (token == 0)
		return find_newest(req->session, object);
	hold = claim_find_token(core, req->session, token);
	return hold != NULL && hold->object == object ? hold : NULL;
}

void claim_refuse_release(struct core *core, struct request *req,
    const struct key *key, const struct object *held)
{
	struct answer *answer;

	if (held == NULL) {
		core_refuse(core, req, key, WIRE_NOT_HELD,
		    "not held by this connection: released already, never "
		    "granted, or its lease ran out");
		return;
	}
	answer = core_refuse(core, req, key, WIRE_STALE_TOKEN,
	    "that token is not in force; stop what it was for");
	claim_name_holder(core, held, answer->refusal, false);
}

/* Who holds, and for how long -------------------------------------- */

struct holder claim_holder(const struct core *core, const struct claim *claim)
{
	const struct session *session = claim->session;
	const char *client = session != NULL ? session->client : claim->client;
	struct holder holder = {
	    .session = session == NULL ? 0 : session->id,
	    .pid = claim->pid,
	    .uid = claim->account->uid,
	    .held_ms = core->now - claim->since,
	};

	if (client != NULL)
		(void)snprintf(
		    holder.client, sizeof(holder.client), "%s", client);
	return holder;
}

void claim_name_holder(const struct core *core, const struct object *object,
    struct refusal *refusal, bool shows)
{
	const struct claim *oldest = object_oldest_holder(object);

	if (oldest == NULL)
		return;
	refusal->has_holder = true;
	refusal->shows_holder = shows;
	refusal->holder = claim_holder(core, oldest);
}

bool claim_is_lost(enum claim_end how)
{
	return how == CLAIM_EXPIRED || how == CLAIM_LOST ||
	       how == CLAIM_RESET || how == CLAIM_ADMIN;
}
