/* SPDX-License-Identifier: MIT */
/*
 * The search for cycles of waits: see deadlock.h. Lock and flight have one
 * holder at a time, so the graph has one edge out of each node and the search
 * is a walk.
 */
#include "deadlock.h"

#include "core.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_STEPS 1000
/* More links than these help nobody to understand a message. */
#define MAX_TOLD 4

/* What the session waits for, if that can be part of a cycle: the object of
 * the oldest of its waits over exclusive kinds. */
static const struct object *next_object(const struct session *session)
{
	int steps = 0;

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

__attribute__((format(printf, 2, 3))) static void say(
    char words[DEADLOCK_WORDS], const char *fmt, ...)
{
	size_t len = strlen(words);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(words + len, DEADLOCK_WORDS - len, fmt, args);
	va_end(args);
}

static void tell_cycle(const struct session *session,
    const struct object *object, char words[DEADLOCK_WORDS])
{
	const struct session *holder = next_session(object);
	int told = 0;

	say(words, "waiting would never end: it is held by ");
	while (holder != session) {
		assert(holder != NULL); /* comes_back went this way */
		object = next_object(holder);
		assert(object != NULL);
		if (told++ < MAX_TOLD)
			say(words,
			    "pid %d, which waits for %s \"%s\", held by ",
			    (int)holder->peer.pid,
			    object_kind_name(object->kind->number),
			    object->key);
		holder = next_session(object);
	}
	if (told > MAX_TOLD)
		say(words, "others, and so on, back to ");
	say(words, "this connection; release what you hold, and take keys in "
		   "one order everywhere");
}

bool deadlock_closes(const struct session *session, const struct object *object,
    char words[DEADLOCK_WORDS])
{
	words[0] = '\0';
	if (!object->kind->exclusive || session->multiplexed)
		return false;
	if (waits_already(session, object)) {
		say(words,
		    "this connection waits for it already; wait for that "
		    "answer, or cancel it");
		return true;
	}
	if (!comes_back(session, object))
		return false;
	if (next_session(object) == session)
		say(words,
		    "this connection holds it already (token %lld); "
		    "release it first",
		    (long long)object->holders->token);
	else
		tell_cycle(session, object, words);
	return true;
}
