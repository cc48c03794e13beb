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

/* Tokens are numbers of ours, one after the other: spread enough as they are.
 */
static unsigned hash_of(int64_t token)
{
	return (unsigned)token;
}

void claim_list_hold(struct core *core, struct claim *claim)
{
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, core->holds, &claim->token,
	    sizeof(claim->token), hash_of(claim->token), claim);
}

void claim_unlist_hold(struct core *core, struct claim *claim)
{
	HASH_DEL(core->holds, claim);
}

struct claim *claim_with_token(const struct core *core, int64_t token)
{
	struct claim *hold;

	HASH_FIND_BYHASHVALUE(
	    hh, core->holds, &token, sizeof(token), hash_of(token), hold);
	return hold;
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
