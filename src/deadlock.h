/* SPDX-License-Identifier: MIT */
/*
 * The search for a cycle of sessions that wait for each other over locks and
 * flights. It runs when a wait is about to begin and follows, from each
 * holder, the oldest of its own waits; so it is exact for sessions that wait
 * for one thing at a time, and best effort for the others. Sessions that said
 * "multiplexed" serve several flows of control and are left out.
 */
#ifndef DEADLOCK_H
#define DEADLOCK_H

#include "claim.h"

/* So many others of a cycle are named, and who asks. */
#define DEADLOCK_MAX_TOLD 4

/* A cycle, for people: words, and then those who hold the parts of it. */
struct deadlock {
	char words[160];
	size_t n_links;
	struct refusal_link links[DEADLOCK_MAX_TOLD + 1];
};

/* Whether a wait of the session for the object would close a cycle; found then
 * says which. Bounded: after 1,000 steps the answer is no. */
bool deadlock_closes(const struct core *core, const struct session *session,
    const struct object *object, struct deadlock *found);

#endif
