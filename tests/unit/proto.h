/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests of the protocol stand on: a core with four sessions, to
 * which lines are sent and whose answers come back as text. Requests and
 * answers are written with ' in the place of ", for the sake of the reader.
 * And the way to run a list of tests, for all unit tests of layers 3 and 4.
 */
#ifndef PROTO_H
#define PROTO_H

#include <check.h>
#include <stdarg.h>

#include "core.h"
#include "verbs.h"

/* The sessions. D has a uid of its own, 2000; the others have 1000. Their
 * pids are 11 to 14, and the first token is 501. */
enum proto_who {
	A,
	B,
	C,
	D,
	PROTO_N_SESSIONS
};

struct proto {
	struct core *core;
	uint64_t sessions[PROTO_N_SESSIONS];
	char *heard; /* owned: what was returned last */
};

/* Runs the tests (NULL at the end) as one suite; returns the exit status. */
int unit_run(const char *name, const TTest *const tests[]);

void proto_open(struct proto *p);
void proto_close(struct proto *p);

/*
 * Does the line (printf style) for the session; returns everything that was
 * heard then, as "A {…}" with a line feed between answers; what A heard comes
 * first, and the answers of one session are in the order in which they came.
 * Valid until the next call. Checks the core's invariants, too.
 */
const char *proto_ask(struct proto *p, enum proto_who who, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for bytes as they are, and for a session that is leaving. */
const char *proto_line(struct proto *p, enum proto_who who, const char *line,
    size_t len, enum verbs_mode mode);
/* Lets so many milliseconds pass; returns what was heard then. */
const char *proto_pass(struct proto *p, mtime_t ms);
/* What there is to be heard. */
const char *proto_heard(struct proto *p);

/* Does the line and asserts what is heard then. */
void proto_expect(
    struct proto *p, enum proto_who who, const char *line, const char *heard);
/* Does the line and asserts that the answer, which the session gets, is this
 * refusal, with a message that contains the words. */
void proto_refuse(struct proto *p, enum proto_who who, const char *line,
    const char *code, const char *words);

/* A copy with each character from turned into to; the caller frees it. */
char *proto_swap(const char *text, char from, char to);

#endif
