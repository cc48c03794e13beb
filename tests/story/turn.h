/* SPDX-License-Identifier: MIT */
/*
 * A turn of the daemon as a story sees it: after the steps, all answers are
 * taken out of the core, half-closed sessions that wait for nothing are told
 * what they lose and end, and the answers are written down.
 */
#ifndef TURN_H
#define TURN_H

#include "cast.h"

#include <stdio.h>

#include "../../src/core.h"

/* What a session heard in the turn. */
struct heard {
	const struct actor *actor;
	char *line; /* owned; an answer's line, or a note in brackets */
	size_t len;
	bool is_note;
};

struct turn {
	const struct actor *first; /* who acted first in it, or NULL */
	bool with_messages;
	bool is_over;        /* what was heard is of the turn before */
	struct heard *heard; /* owned */
	int n_heard;
};

/* A core as the head of the story asks for it, at time 0. */
struct core *turn_new_core(const char *head);

/* Somebody acts: a new turn begins, if the one before is over. */
void turn_begin(struct turn *turn, const struct actor *actor);
/* Adds a note that is shown as if the actor had heard it. */
void turn_note(struct turn *turn, const struct actor *actor, const char *note);
/* Takes everything out of the core and writes it down. */
void turn_end(
    struct turn *turn, struct core *core, struct cast *cast, FILE *out);
/* Whether a message of the last turn that had one holds the text. */
bool turn_said(const struct turn *turn, const char *text);
/* Writes those messages, for the reader of a failure. */
void turn_show_messages(const struct turn *turn, FILE *out);
/* Writes what the core still has, or "nothing". */
void turn_show_left(FILE *out, const struct core *core);
void turn_deinit(struct turn *turn);

#endif
