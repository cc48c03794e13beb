/* SPDX-License-Identifier: MIT */
/*
 * Crowds of real child processes that ask, wait, hold, and are killed. A
 * witness in shared memory counts who holds at once; it never asks the
 * daemon.
 */
#ifndef CROWD_H
#define CROWD_H

#include "scene.h"

#include <stdatomic.h>

#define CROWD_MAX 64

/* Counted by the holders themselves, in memory shared by all processes. */
struct witness {
	atomic_int inside; /* holders now */
	atomic_int peak;   /* most holders at once */
};

/* One way to hold something: how it is asked for and let go. */
struct way {
	const char *kind, *ask, *let_go;
	int capacity; /* so many may hold at once */
	int rounds;   /* how often a test repeats itself */
};

struct crowd {
	const struct daemon *d;
	struct witness *seen;
	int report[2]; /* the children tell what they were granted */
	int n;
	pid_t pid[CROWD_MAX]; /* 0 when killed and reaped */
};

void crowd_init(struct crowd *c, const struct daemon *d);
/* Kills who is left. */
void crowd_deinit(struct crowd *c);
/* Forgets the children, all of which are dead. */
void crowd_clear(struct crowd *c);
/*
 * Forks a child that connects and sends the line. With `reads` it reads the
 * answer, enters itself with the witness and reports; else it never reads.
 * Then it stays until it is killed. Returns the number of the child.
 */
int crowd_add(struct crowd *c, const char *line, int reads);
/*
 * Adds n children, each of which is in the queue before the next one asks.
 * eye looks at the gauges; nobody else may come or go meanwhile.
 */
void crowd_queue(
    struct crowd *c, struct client *eye, const struct way *w, int n, int reads);
/* The same for one client of the test itself. */
void crowd_queue_client(
    struct client *c, struct client *eye, const struct way *w);
/* The next report of a child: its answer. The number goes to *child. */
json_t *crowd_report(struct crowd *c, int *child);
/* SIGSTOP; returns when the child stands still. */
void crowd_stop(struct crowd *c, int child);
/* SIGKILL; returns when the child and its descriptors are gone. */
void crowd_kill(struct crowd *c, int child);
/* The same for one who entered itself with the witness: it is struck out
 * before, because the next may be granted at once. */
void crowd_kill_holder(struct crowd *c, int child);
void crowd_kill_all(struct crowd *c);

#endif
