/* SPDX-License-Identifier: MIT */
/*
 * Why a call did not succeed: a code for the program, words for people, and
 * who is in the way. A handle has one for the last call that failed, and each
 * call of an event loop has its own until its callback has run.
 */
#ifndef FAILURE_H
#define FAILURE_H

#include "msync.h"
#include "reader.h"

#include "wire.h"

#include <stdbool.h>

#define FAILURE_WORDS_BYTES 2048

struct failure {
	int code;
	char words[FAILURE_WORDS_BYTES]; /* cut off where they are longer */
	bool has_holder;
	int pid;
	int64_t held_ms;
	char client[WIRE_MAX_CLIENT_BYTES + 1];
};

/* The code of a name on the wire; MSYNC_E_REFUSED where it is a new one. */
int failure_code(const char *name, size_t len);

/* Notes what went wrong here; returns the code. */
int failure_set(struct failure *failure, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Notes a refusal of the daemon; returns its code. */
int failure_set_reply(struct failure *failure, const struct reply *reply);
/* The same code and words in short, for where there is no memory for more. */
void failure_copy(struct failure *to, int code, const struct failure *from);

#endif
