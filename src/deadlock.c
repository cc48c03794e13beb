/* SPDX-License-Identifier: MIT */
/*
 * The search for cycles of waits: see deadlock.h. Lock and flight have one
 * holder at a time, so the graph has one edge out of each node and the search
 * is a walk.
 */
#include "deadlock.h"

#include "core.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MAX_STEPS 1000

/* What the session waits for, if that can be part of a cycle: the object of
 * the oldest of its waits over exclusive kinds. */
static const struct object *next_object(const struct session *session)
{
	int steps = 0;

	if (session->is_gone)
		return NULL;
	for (const struct claim *wait = session->waiting;
	     wait != NULL && steps < MAX_STEPS;
	     wait = wait->mine_next, steps++) {
		if (wait->object->kind->exclusive)
			return wait->object;
	}
	return NULL;
}

/* Walks both lists in step: a wait of the session for the object is in both,
 * so the shorter one tells. */
static bool waits_already(
    const struct session *session, const struct object *object)
{
	const struct claim *mine = session->waiting;
	const struct claim *queued = object->waiters;

	while (mine != NULL && queued != NULL) {
		if (mine->object == object || queued->session == session)
			return true;
		mine = mine->mine_next;
		queued = queued->next;
	}
	return false;
}

/* The session that holds the object, if waiting for it can be part of a
 * cycle. */
static const struct session *next_session(const struct object *object)
{
	const struct claim *hold = object->holders;

	if (hold == NULL || hold->session == NULL || hold->session->multiplexed)
		return NULL;
	return hold->session;
}

/* Whether the walk from the object comes back to the session. */
static bool comes_back(
    const struct session *session, const struct object *object)
{
	for (int step = 0; object != NULL && step < MAX_STEPS; step++) {
		const struct session *holder = next_session(object);

		if (holder == NULL)
			return false;
		if (holder == session)
			return true;
		object = next_object(holder);
	}
	return false;
}

/* One more that holds a part of the cycle, and room for the words behind. */
static char *tell_holder(const struct core *core, struct deadlock *found,
    const struct object *object, bool is_asker)
{
	struct refusal_link *link = &found->links[found->n_links++];

	link->holder = claim_holder(core, object->holders);
	link->is_asker = is_asker;
	return link->words;
}

#define WORDS_BYTES sizeof(((struct refusal_link *)NULL)->words)

/* "held for 3m12s by pid 11 (a), which waits for lock "k", held for …" */
static void tell_cycle(const struct core *core, const struct session *session,
    const struct object *object, struct deadlock *found)
{
	const struct session *holder = next_session(object);
	size_t told = 0;
	char *words = NULL;

	(void)strcpy(found->words, "waiting would never end: it is ");
	for (; holder != session; holder = next_session(object)) {
		const struct object *next;

		assert(holder != NULL); /* comes_back went this way */
		next = next_object(holder);
		assert(next != NULL);
		if (told++ < DEADLOCK_MAX_TOLD) {
			words = tell_holder(core, found, object, false);
			(void)snprintf(words, WORDS_BYTES,
			    ", which waits for %s \"%s\", ",
			    object_kind_name(next->kind->number),
			    object_key_bytes(next));
		}
		object = next;
	}
	if (told > DEADLOCK_MAX_TOLD)
		(void)snprintf(words + strlen(words),
		    WORDS_BYTES - strlen(words),
		    "held by others, and so on, back to what is ");
	words = tell_holder(core, found, object, true);
	(void)snprintf(words, WORDS_BYTES,
	    "; release what you hold, and take keys in one order everywhere");
}

bool deadlock_closes(const struct core *core, const struct session *session,
    const struct object *object, struct deadlock *found)
{
	found->words[0] = '\0';
	found->n_links = 0;
	if (!object->kind->exclusive || session->multiplexed)
		return false;
	if (waits_already(session, object)) {
		(void)strcpy(found->words,
		    "this connection waits for it already; wait for that "
		    "answer, or cancel it; ");
		tell_holder(core, found, object, false)[0] = '\0';
		return true;
	}
	if (!comes_back(session, object))
		return false;
	if (next_session(object) != session) {
		tell_cycle(core, session, object, found);
		return true;
	}
	(void)snprintf(found->words, sizeof(found->words),
	    "this connection holds it already (token %lld); release it first; ",
	    (long long)object->holders->token);
	tell_holder(core, found, object, true)[0] = '\0';
	return true;
}
