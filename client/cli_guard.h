/* SPDX-License-Identifier: MIT */
/*
 * Where msync is killed with SIGKILL, the kernel closes its connection first
 * and ends the command after it: for a moment the daemon would let the next
 * one in while the command still runs. The guard is a process that has the
 * connection open as well, and does nothing but wait for the command's end.
 */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts it for a command that has been started and is a child of ours; the
 * signals must be blocked. Everything that is open now stays open in it, until
 * the command has ended. 0: a kernel that cannot do it, and there is none. -1:
 * no process could be started. */
pid_t guard_start(pid_t command);
/* The command has ended, or was never begun. */
void guard_end(pid_t guard);

#endif
