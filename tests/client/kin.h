/* SPDX-License-Identifier: MIT */
/*
 * Two processes, a parent and its child by fork(2), that a test leads by the
 * hand: it names a step, one of them takes it and tells what it came to. So
 * everything happens in the order of the test, and a process that dies instead
 * of answering fails it. Both end when the test does, with whatever a memory
 * checker has to say about them.
 */
#ifndef KIN_H
#define KIN_H

#include <sys/types.h>

/* What a process is asked to do; the number is its answer. Steps do not
 * assert: nobody would hear of it. */
typedef int (*kin_step)(void);

/* Pipes between the test and one process. */
struct kin_line {
	int orders[2], answers[2];
};

struct kin {
	pid_t parent, child; /* 0: not there, or not any more */
	struct kin_line to_parent, to_child;
};

/* Starts the parent, a child of the test's that has none of its connections.
 */
void kin_start(struct kin *kin);
/* Lets one of them take a step; returns its answer. */
int kin_ask_parent(struct kin *kin, kin_step step);
int kin_ask_child(struct kin *kin, kin_step step);
/* Lets the parent fork its child. */
void kin_fork(struct kin *kin);
/* Lets the parent take a step in which it calls kin_split, and which then goes
 * on in both; returns the parent's answer, and *child that of its child. */
int kin_fork_in(struct kin *kin, kin_step step, int *child);
/* As fork(2), in the parent. */
pid_t kin_split(void);
/* Kills one of them; returns when it and all it had open is gone. */
void kin_kill_parent(struct kin *kin);
void kin_kill_child(struct kin *kin);
/* Lets those who are left end, which they have to do with status 0. */
void kin_end(struct kin *kin);

#endif
