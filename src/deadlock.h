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

/* Room for the words about a cycle. */
#define DEADLOCK_WORDS 1600

/* Whether a wait of the session for the object would close a cycle; words
 * then says which, for people. Bounded: after 1,000 steps the answer is no. */
bool deadlock_closes(const struct session *session, const struct object *object,
    char words[DEADLOCK_WORDS]);

#endif
