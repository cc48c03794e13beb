/* SPDX-License-Identifier: MIT */
/*
 * Steps for the processes of kin.h: what a program does with one handle, one
 * grant and one call. They answer the code of the library, unless they say
 * otherwise here.
 */
#ifndef STEPS_H
#define STEPS_H

#include "msync.h"

/* Of the process that takes the step; a fork copies them. */
extern struct msync_conn *conn;
extern struct msync_grant *grant;
extern struct msync_call *call;
extern int n_called; /* callbacks of steps that ran, whatever they were told */

/* The path that the handles here use: a link to the daemon's socket, to be
 * made when there shall be a daemon. */
const char *steps_path(void);
void steps_let_there_be_a_daemon(void);

int step_open(void);
int step_reopen(void);
int step_ping(void);
int step_process(void);
/* These answer how many blocks of memory the library has. */
int step_close(void);
int step_count_blocks(void);
/* Takes the lock "k", without waiting, into the grant. */
int step_hold(void);
/* The same for a lock of its own, "c". */
int step_hold_own(void);
/* Begins to wait for the lock "k", and has been heard by the daemon. */
int step_wait(void);
/* Lets callbacks run until one has; its code. */
int step_hear(void);
int step_release(void);
/* Whether callbacks have run: how many. */
int step_count_called(void);
/* 0: every call answers MSYNC_E_FORKED, and there is nothing for an event
 * loop; otherwise a number that says which one does not. */
int step_try_everything(void);
/* 0: does nothing with the handle. */
int step_live(void);

#endif
