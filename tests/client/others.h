/* SPDX-License-Identifier: MIT */
/*
 * Those who wait while a callback of libmsync runs: processes that are told
 * what has become of the turn, and others that come after it.
 */
#ifndef OTHERS_H
#define OTHERS_H

#include "child.h"
#include "ways.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A callback that does nothing. */
int way_nothing(void *ctx);
/* Asserts that the next one, who goes by another handle, is let in. */
void way_expect_usable(enum way way);

/* One who waits for the turn, and what it comes to. In shared memory. */
struct other {
	enum way way;
	int code, abandoned, attempt;
	char message[100], destroyed[64];
};

struct other *other_new(enum way way);
void other_free(struct other *other);
/* A process that asks for the turn; returns when it waits. To be called inside
 * of a callback. */
pid_t other_start(struct other *other);
/* It was let in by a turn that ended by itself; the followers of a flight share
 * its failure. */
void other_expect_let_in(pid_t pid, const struct other *other);
/* It was let in after one that vanished. */
void other_expect_inheritance(pid_t pid, const struct other *other);

#ifdef __cplusplus
}
#endif

#endif
