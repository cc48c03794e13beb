/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that clients send (SCM_RIGHTS). Nobody here wants any, and to
 * close one may block: a TCP socket that lingers, a file of a file system in
 * user space. So they are refused where the kernel can do that (Linux 6.16;
 * the sender gets EPERM); where it cannot, they are received, and threads
 * close them that nobody waits for.
 *
 * What was sent before refusing began still comes. So each connection knows
 * whether its messages may carry descriptors, and only then pays for looking.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <stdbool.h>
#include <sys/types.h>

struct rights {
	int queue; /* write end of a pipe of descriptors, to the threads that
		    * close them; -1: there are none yet */
};

/* Refuses descriptors on the listening socket, and so on all connections that
 * are made after it. */
void rights_init(struct rights *rights, int listener);
/* Tells the threads to end when they are done; does not wait for them. */
void rights_deinit(struct rights *rights);

/* Whether messages on this connection may carry descriptors. Then the threads
 * are begun, if there are none; and the kernel refuses, if it can, what comes
 * from now on. */
bool rights_may_come(struct rights *rights, int fd);
/* As read(2), for such a connection. *came_out: there were descriptors with
 * the bytes. */
ssize_t rights_read(const struct rights *rights, int fd, void *buffer,
    size_t len, bool *came_out);
/* As close(2), for such a connection: what it still carries is dealt with. */
void rights_close(const struct rights *rights, int fd);
/* As close(2), for any that is closed before anything was read from it. */
void rights_turn_away(struct rights *rights, int fd);

#endif
