/* SPDX-License-Identifier: MIT */
/*
 * The socket: system calls with their surprises taken care of, and the clock.
 * Descriptors are close-on-exec, nothing raises SIGPIPE.
 */
#ifndef SOCK_H
#define SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Later than everything. */
#define SOCK_NEVER INT64_MAX

/* Monotonic milliseconds. */
int64_t sock_now(void);
/* The time ms from now; SOCK_NEVER where ms is negative. */
int64_t sock_after(int64_t ms);
/* Milliseconds from now to a time, for poll(2): -1 for SOCK_NEVER, 0 where it
 * has passed. */
int sock_left(int64_t until);

/* A new socket, or -errno. */
int sock_new(void);
/* Connects it to path; 0 or -errno. Waits at most ms where the daemon's queue
 * of connections is full, not at all for 0 (-EAGAIN). */
int sock_join(int fd, const char *path, int ms);
/* Both as the system call, without waiting; -errno, 0 from sock_recv at the
 * end of the connection. */
ssize_t sock_send(int fd, const char *bytes, size_t len);
ssize_t sock_recv(int fd, char *bytes, size_t len);
/* How long sock_recv_wait waits at most; without end where ms is negative, a
 * millisecond at least. 0 or -errno. */
int sock_set_recv_wait(int fd, int ms);
/* As sock_recv, but waits for something to come; -EAGAIN where that took too
 * long, or a signal came. Where an answer is waited for it costs less than
 * sock_wait before sock_recv: 0.5 us instead of 3.5 of a round trip of 30. */
ssize_t sock_recv_wait(int fd, char *bytes, size_t len);
/* Waits until there is something to read, or room to write where that is
 * wanted, or the time has come; false for the latter. */
bool sock_wait(int fd, bool wants_to_write, int64_t until);
/* Closes the descriptor, and nothing more: a shutdown(2) would end the
 * connection of the parent of a forked process, too. */
void sock_close(int fd);

#endif
