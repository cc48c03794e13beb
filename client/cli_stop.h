/* SPDX-License-Identifier: MIT */
/* For commands that go on until they are interrupted, and then have something
 * left to say. */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <poll.h>
#include <stdbool.h>

/* SIGINT and SIGTERM end the command from now on, and nothing else. */
void stop_begin(void);
/* Waits like poll(2), but also until the command is to stop, or nobody reads
 * its output any more: then false. timeout_ms: -1: no end. fds: room for one
 * more behind the n. */
bool stop_poll(struct pollfd *fds, nfds_t n, double timeout_ms);
/* Whether it has been interrupted. */
bool stop_is_asked(void);

#endif
