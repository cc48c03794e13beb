/* SPDX-License-Identifier: MIT */
/*
 * A listening socket. The path of a Unix socket is guarded by a lock file
 * beside it: without that a second daemon would unlink the socket of the first,
 * and there would be two owners of every lock.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include "log.h"
#include "rights.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LISTENER_PATH_BYTES 108 /* of sockaddr_un, its NUL included */

/* Who may connect. */
struct listener_access {
	mode_t mode;
	gid_t group; /* (gid_t)-1: that of the daemon */
};

struct listener {
	int fd;      /* -1: none */
	int lock_fd; /* the lock file, locked; -1: none */
	int spare;   /* a descriptor in reserve, to shed a connection with when
		      * there are none left; -1: none */
	struct rights rights; /* of clients that send descriptors */
	bool has_path; /* there is a socket at path that is ours to remove */
	char path[LISTENER_PATH_BYTES]; /* or, of a port, its address */
};

/* Locks the path and listens on it, close-on-exec and non-blocking. A
 * socket that a dead daemon left there is replaced. False: it could not, and
 * logged why. */
bool listener_open(struct listener *listener, const char *path,
    const struct listener_access *access, const struct log *log);
/* Listens on the port of 127.0.0.1, or of ::1, and nowhere else. False: it
 * could not; logged, unless the machine has no such address at all. */
bool listener_open_port(struct listener *listener, bool is_v6, uint16_t port,
    const struct log *log);
/* Whether a service manager says that it passed sockets: sd_listen_fds(3). */
bool listener_is_passed(void);
/* Takes the one that was passed, whose owner, mode and place are not ours to
 * change. To be called before other descriptors are opened: 3 is that of the
 * socket. False: it is not what is needed, and the log says why. */
bool listener_adopt(struct listener *listener, const struct log *log);
/* Accepts one connection, non-blocking and close-on-exec. Returns its
 * descriptor; -EAGAIN when nobody is there; or -errno. */
int listener_accept(const struct listener *listener);
/* The same when there are no descriptors left, with the one in reserve: only
 * to turn somebody away. After the close, listener_restock puts one back. */
int listener_accept_last(struct listener *listener);
void listener_restock(struct listener *listener);
/* Closes the socket, and removes it where it has a path and was not passed; the
 * lock file stays, unlocked. */
void listener_close(struct listener *listener);

#endif
