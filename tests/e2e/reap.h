/* SPDX-License-Identifier: MIT */
/* Waiting for the end of a process, but not for ever. */
#ifndef REAP_H
#define REAP_H

#include <sys/types.h>

/* Waits for the end of a child of this process; returns its wait status, or -1
 * where it has not ended after 60 seconds. */
int reap_process(pid_t pid);

#endif
