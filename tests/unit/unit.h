/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests of the core stand on: one bare core with four sessions,
 * requests made in one expression, and answers taken out one by one. Each of
 * these looks at all invariants of the core (core_check), so a test that does
 * nothing but come to its end has shown something already.
 *
 * All pointers that are returned live until the next call of the same
 * function.
 */
#ifndef UNIT_H
#define UNIT_H

#include "core.h"

#include <check.h>

/* Made anew for each test, at time 0. A, B and C are of one uid, D is of
 * another. */
extern struct core *core;
extern struct session *A, *B, *C, *D;

#define UNIT_UID         1000
#define UNIT_OTHER_UID   2000
#define UNIT_PID_OF_A    11
#define UNIT_PID_OF_B    12
#define UNIT_FIRST_TOKEN 100
/* Small, so that a test can see what does not fit into an answer. */
#define UNIT_MAX_LINE 4096

/* The configuration of that core, with shares that are not in the way. */
struct core_config unit_config(void);

/* A further session. */
struct session *join(uid_t uid, pid_t pid);
/* The end of the session's connection, and all that follows from it. */
void leave(const struct session *session);
/* Sets the time, and lets happen what is due. */
void at(mtime_t now);
/* Sets what one uid may use of the share. */
void share(enum quota_share share, size_t most);
/* How much of the share the uid uses. */
size_t used(uid_t uid, enum quota_share share);

/* A request of the session with this id (0: without id) that waits until it
 * is granted; the other functions change it and return it. */
struct request *by(struct session *session, int64_t id);
struct request *waits(struct request *req, int64_t wait_ms);
struct request *behind(struct request *req, int64_t max_waiters);
struct request *leased(struct request *req, int64_t lease_ms);
struct request *detached(struct request *req, int64_t lease_ms);

/* What a request names. */
const struct key *key_of(const struct kind *kind, const char *text);
/* Whether there is such an object. */
bool exists(const struct kind *kind, const char *text);

/* The next answer, which is one to this request and is no refusal. */
const struct answer *answered(const struct session *session, int64_t id);
/* The next answer, which refuses this request with this code. */
const struct answer *refused(
    const struct session *session, int64_t id, enum wire_code code);
/* The next answer, which is an event "lost" for the session. */
const struct answer *told_lost(const struct session *session);
/* There is no answer. */
void silence(void);

/* Members of an answer, which has it. A flag is returned as 0 or 1; texts,
 * words and JSON as text; a list as its blobs with a comma between them. */
bool has(const struct answer *answer, enum member_name name);
int64_t number_of(const struct answer *answer, enum member_name name);
int flag_of(const struct answer *answer, enum member_name name);
const char *text_of(const struct answer *answer, enum member_name name);
/* The token of a grant; it is there and no 0. */
int64_t token_of(const struct answer *answer);
/* Asserts that the words of a refusal contain this. */
void says(const struct answer *answer, const char *words);

/* The same numbers on every machine: the next one, below a bound. */
unsigned draw(uint64_t *seed, unsigned below);

/* Runs the tests, each in a process of its own; those in aborting (NULL:
 * none) must end with SIGABRT. Both lists end with NULL. with_core: core and
 * sessions are made before each test and ended after it. Returns the status
 * of the program. */
int unit_main(const char *name, bool with_core, const TTest *const tests[],
    const TTest *const aborting[]);

#endif
