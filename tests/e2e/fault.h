/* SPDX-License-Identifier: MIT */
/*
 * Daemons whose system calls fail: strace(1) makes them, as its option
 * "-e inject=" says. And clients that send descriptors.
 */
#ifndef FAULT_H
#define FAULT_H

#include "harness.h"

/* As daemon_start, with the fault: "accept4:error=EMFILE:when=1..3". */
void fault_start(
    struct daemon *d, const char *fault, const char *const extra[]);
/* Sends the text to a socket, with n copies of the descriptor; as sendmsg(2).
 */
ssize_t send_with_fds(int socket, const char *text, int fd, int n);
/* How many descriptors one message may carry. */
#define FAULT_MAX_FDS 253

#endif
