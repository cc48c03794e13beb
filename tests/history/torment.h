/* SPDX-License-Identifier: MIT */
/*
 * The clients of a run, and what is done to them: some are killed, and others
 * take their places; some are stopped for a while, and some of these do not
 * live to go on.
 */
#ifndef TORMENT_H
#define TORMENT_H

#include "client.h"

struct victim {
	pid_t pid;
	int pidfd;
	int number;
	int64_t goes_on; /* when it is stopped no longer; NEVER: it is not */
};

struct torment {
	struct control *control;
	int words[2]; /* a pipe, through which clients say that they are quiet
		       */
	struct journal *journal; /* the parent's */
	const char *dir, *socket;
	uint64_t seed;
	struct dice dice;
	int n_clients, n_born;
	struct victim victims[MAX_CLIENTS];
};

void torment_populate(struct torment *torment);
/* Does something to somebody, or nothing. */
void torment_strike(struct torment *torment);
/* Lets all the stopped ones go on. */
void torment_relent(struct torment *torment);
/* Kills a few, while the others fall silent, and does not replace them. What
 * they held then has to reach those who wait, for no newcomer stirs the queue.
 */
void torment_cull(struct torment *torment);
/* Replaces them. */
void torment_replace(struct torment *torment);
/* Waits until all are quiet in this round; false if it is in vain. */
bool torment_await_quiet(struct torment *torment, int round);
/* Waits until all have left. */
bool torment_await_end(struct torment *torment);
void torment_kill_all(struct torment *torment);

#endif
