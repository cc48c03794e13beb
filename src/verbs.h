/* SPDX-License-Identifier: MIT */
/*
 * Lines to calls: what a request line says is checked against the table of
 * operations and done on the core. All checks of form are made here, once,
 * before any effect.
 */
#ifndef VERBS_H
#define VERBS_H

#include <stddef.h>
#include <stdint.h>

struct core;

enum verbs_mode {
	VERBS_LIVE,
	/* The same, but what takes a while is put off. */
	VERBS_BRIEF,
	/* The connection has ended: only what lets go is done. */
	VERBS_LEAVING,
};

enum verbs_result {
	VERBS_EMPTY, /* an empty line: no request */
	VERBS_GOOD,  /* a JSON object, whatever was made of it */
	VERBS_BAD,   /* not one */
	VERBS_LONG,  /* good, and enough for a turn */
	VERBS_AGAIN, /* good, but to be done again in the next turn: then it
		      * goes on, or begins */
};

/* Does what the line (without its line feed) asks for. The answer is in the
 * outbox, or comes later. The session must be there. */
enum verbs_result verbs_line(struct core *core, uint64_t session,
    const char *line, size_t len, enum verbs_mode mode);
/* Answers quota, for a line that its uid has no bytes for. */
void verbs_no_room(struct core *core, uint64_t session);
/* Answers too_long, for a line that is longer than the limit. */
void verbs_too_long(struct core *core, uint64_t session);

#endif
