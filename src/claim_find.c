/* SPDX-License-Identifier: MIT */
/*
 * How claims are found: a wait by the id of its request, a hold by its token
 * or as the newest of a session. See claim.h.
 */
#include "claim.h"

#include "core.h"

/* The ids of a session's waits ------------------------------------- */

struct id_bytes {
	const void *bytes;
	size_t len;
	unsigned hash;
};

/* What stands for an id in the table. The type is part of the hash, so that
 * the text of eight bytes is never taken for a number. */
static struct id_bytes bytes_of(const struct core *core, const struct ident *id)
{
	struct id_bytes key = {.bytes = &id->number, .len = sizeof(id->number)};

	if (id->type == IDENT_TEXT)
		key = (struct id_bytes){.bytes = id->text, .len = id->len};
	key.hash = (unsigned)sip_hash(core->hash_key, key.bytes, key.len) ^
		   (unsigned)id->type;
	return key;
}

void claim_list_id(struct core *core, struct claim *claim)
{
	struct id_bytes key;

	if (claim->id.type == IDENT_NONE)
		return;
	key = bytes_of(core, &claim->id);
	HASH_ADD_KEYPTR_BYHASHVALUE(
	    hh, claim->session->by_id, key.bytes, key.len, key.hash, claim);
}

void claim_unlist_id(struct claim *claim)
{
	if (claim->id.type != IDENT_NONE)
		HASH_DEL(claim->session->by_id, claim);
}

struct claim *claim_find_wait(const struct core *core,
    const struct session *session, const struct ident *id)
{
	struct id_bytes key;
	struct claim *claim;

	if (session->by_id == NULL || id->type == IDENT_NONE)
		return NULL;
	key = bytes_of(core, id);
	HASH_FIND_BYHASHVALUE(
	    hh, session->by_id, key.bytes, key.len, key.hash, claim);
	return claim;
}

/* Finding what is to be released ----------------------------------- */

/* Walks a list of holds (of a session or an account) and the object's holders
 * in step: a match is in both, so the shorter one bounds the search. Both have
 * the newest first, so without a token the first match is the newest. */
static struct claim *find_in_step(struct claim *mine,
    const struct object *object, const struct session *session, int64_t token)
{
	struct claim *theirs = object->holders;

	while (mine != NULL && theirs != NULL) {
		if (mine->object == object &&
		    (token == 0 || mine->token == token))
			return mine;
		if (theirs->session == session &&
		    (token == 0 || theirs->token == token))
			return theirs;
		mine = mine->mine_next;
		theirs = theirs->next;
	}
	return NULL;
}

struct claim *claim_find_hold(
    const struct request *req, const struct object *object, int64_t token)
{
	const struct session *session = req->session;
	struct claim *hold;

	if (object == NULL)
		return NULL;
	hold = find_in_step(session->held, object, session, token);
	if (hold != NULL || token == 0)
		return hold;
	hold = find_in_step(session->account->detached, object, NULL, token);
	return hold != NULL && hold->account == session->account ? hold : NULL;
}

static struct claim *find_token(struct claim *list, int64_t token)
{
	struct claim *hold;

	DL_FOREACH2(list, hold, mine_next) {
		if (hold->token == token)
			return hold;
	}
	return NULL;
}

struct claim *claim_find_token(const struct session *session, int64_t token)
{
	struct claim *hold = find_token(session->held, token);

	if (hold == NULL)
		hold = find_token(session->account->detached, token);
	return hold;
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
