/* SPDX-License-Identifier: MIT */
/*
 * Processes of their own that use libmsync, and the memory that they share
 * with their test. They end with it. A child opens its own handle, as any
 * program does, and a failed assertion in it ends it with a status that is not
 * 0; so the test has to look at that.
 */
#ifndef CHILD_H
#define CHILD_H

#include "handles.h"

#include <semaphore.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a child does; returns its exit status. */
typedef int (*child_fn)(struct msync_conn *conn, void *ctx);
pid_t child_start(child_fn live, void *ctx);
/* Waits for its end; asserts that it exits with this status. */
void child_expect(pid_t pid, int status);
/* SIGKILL; returns when the child and its descriptors are gone. */
void child_kill(pid_t pid);

/* The same for n of them. */
void children_start(pid_t pids[], int n, child_fn live, void *ctx);
void children_expect(const pid_t pids[], int n, int status);

/* Zeroed memory that this process and its children share. */
void *shared_new(size_t size);
void shared_free(void *memory, size_t size);

/* Where children stop until they are let on. Lives in shared memory. */
struct gate {
	sem_t arrived, open;
};

void gate_init(struct gate *gate);
/* In a child: tells of its arrival, and waits to be let on. */
void gate_pass(struct gate *gate);
/* Waits until n more have arrived; lets n on. */
void gate_await(struct gate *gate, int n);
void gate_let(struct gate *gate, int n);

/* How many are somewhere, and were there at most at once. In shared memory. */
struct presence {
	int now, most, ever;
};

/* Both return how many are there then. */
int presence_enter(struct presence *presence);
int presence_leave(struct presence *presence);

#ifdef __cplusplus
}
#endif

#endif
