/* SPDX-License-Identifier: MIT */
/* The daemon that is judged: $MSYNCD on a socket of its own. */
#ifndef DAEMON_H
#define DAEMON_H

#include <stdbool.h>
#include <sys/types.h>

/* How long anything may take before it counts as never. */
extern int patience_ms;

/* Starts it in the folder, with its log there, and waits until it serves. */
pid_t daemon_start(const char *dir, const char *socket);
/* Whether the child ends before patience does; it is awaited. */
bool await_end(pid_t pid, int *status);
/* Ends it; false if it does not end as it should. */
bool daemon_stop(pid_t pid);

#endif
