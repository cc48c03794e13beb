/* SPDX-License-Identifier: MIT */
/*
 * What would take long is done in portions, one a turn, so that others are
 * served in between: the ends of waits and holds that are due at once, of those
 * of a session that leaves, and what many who wait for one object are owed.
 *
 * What is seen of it in between is what could be seen had the rest happened a
 * little later, in the same order. A wait of a session that is gone is never
 * granted, whatever portion it belongs to; a wait that is owed an answer (the
 * result of a flight) gets that one and no other.
 */
#ifndef CHORE_H
#define CHORE_H

#include <stdbool.h>
#include <stddef.h>

struct core;
struct object;
struct session;

/* So many claims at once: well below a millisecond. */
#define CHORE_PORTION 512

struct chores {
	size_t portion;          /* CHORE_PORTION; tests take less */
	size_t n_leaves;         /* claims that may still leave in this turn */
	bool is_behind;          /* not all that is due has been done */
	struct session *leaving; /* the first one leaves first */
	struct object **owed;    /* owned: a queue of those to be served on */
	size_t n_owed, cap_owed;
};

/* Frees; there must be nothing left. */
void chores_deinit(struct chores *chores);
/* A new turn begins: goes on with what the last one has left. */
void chores_do(struct core *core);
/* Whether there is more to do in the next turn, without waiting for it. */
bool chores_wait(const struct core *core);

/* The session has gone: its waits, then its holds end, from the turn's portion,
 * and then the session itself does. */
void chore_leave(struct core *core, struct session *session);
/* The same of its waits alone. */
void chore_stop_waiting(struct core *core, struct session *session);

/* The object's queue has had its portion: serves it on in the next turn. */
void chore_owe(struct core *core, struct object *object);
/* The object goes, whatever it was owed. */
void chore_forget(struct core *core, struct object *object);

#endif
