/* SPDX-License-Identifier: MIT */
/* A listening socket: see listener.h. */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* So many newcomers wait to be accepted. More of them would have to be looked
 * at, in a flood, before the one who came last; and they would be dead ones. */
#define BACKLOG 1024

/* SD_LISTEN_FDS_START. */
#define PASSED_FD 3

static bool complain(
    const struct log *log, const char *path, const char *why, int error)
{
	char quoted[LOG_QUOTED_BYTES], reason[LOG_QUOTED_BYTES];

	log_event(log, LOG_LEVEL_ERROR, "cannot_listen",
	    "socket=%s why=\"%s\" reason=%s", log_quote(quoted, path), why,
	    log_quote(reason, error == 0 ? "" : strerror(error)));
	return false;
}

/* The lock file lives as long as the directory: removing it would let two
 * daemons lock two files of one name. */
static bool open_lock(struct listener *listener)
{
	char path[LISTENER_PATH_BYTES + sizeof(".lock")];

	(void)snprintf(path, sizeof(path), "%s.lock", listener->path);
	listener->lock_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return listener->lock_fd >= 0;
}

static bool take_lock(struct listener *listener, const struct log *log)
{
	if (flock(listener->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return complain(log, listener->path,
		    "another msyncd serves there; use that one, or give this "
		    "one another path",
		    0);
	return complain(
	    log, listener->path, "cannot lock the lock file", errno);
}

/* Removes a socket that a dead daemon left behind; anything else stays. */
static bool clear_path(const struct listener *listener, const struct log *log)
{
	struct stat st;

	if (lstat(listener->path, &st) != 0)
		return errno == ENOENT || complain(log, listener->path,
					      "cannot look at it", errno);
	if (!S_ISSOCK(st.st_mode))
		return complain(log, listener->path,
		    "something that is not a socket is there; remove it, or "
		    "use another path",
		    0);
	return unlink(listener->path) == 0 ||
	       complain(
		   log, listener->path, "cannot remove the old socket", errno);
}

/* Where it has that group already, nothing is asked for that may be forbidden.
 */
static bool give_to_group(const char *path, gid_t group)
{
	struct stat st;

	if (group == (gid_t)-1)
		return true;
	if (lstat(path, &st) == 0 && st.st_gid == group)
		return true;
	return chown(path, (uid_t)-1, group) == 0;
}

static bool bind_path(struct listener *listener,
    const struct listener_access *access, const struct log *log)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int result;

	listener->fd =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0)
		return complain(
		    log, listener->path, "cannot make a socket", errno);
	memcpy(address.sun_path, listener->path, sizeof(address.sun_path));
	/* Nobody may connect before the mode is right. */
	mask = umask(0177);
	result = bind(
	    listener->fd, (const struct sockaddr *)&address, sizeof(address));
	(void)umask(mask);
	if (result != 0) {
		result = errno;
		/* What is at the path now is somebody else's. */
		(void)close(listener->fd);
		listener->fd = -1;
		return complain(log, listener->path, "cannot bind it", result);
	}
	listener->has_path = true;
	rights_init(&listener->rights, listener->fd);
	if (!give_to_group(listener->path, access->group))
		return complain(
		    log, listener->path, "cannot give it to its group", errno);
	if (chmod(listener->path, access->mode) != 0)
		return complain(
		    log, listener->path, "cannot set its mode", errno);
	return listen(listener->fd, BACKLOG) == 0 ||
	       complain(log, listener->path, "cannot listen", errno);
}

/* In a directory where everybody may remove everything, anybody could put a
 * socket of his own in the place of this one. */
static bool judge_directory(
    const struct listener *listener, const struct log *log)
{
	char directory[LISTENER_PATH_BYTES] = ".";
	const char *slash = strrchr(listener->path, '/');
	struct stat st;

	if (slash == listener->path)
		memcpy(directory, "/", 2);
	else if (slash != NULL)
		(void)snprintf(directory, sizeof(directory), "%.*s",
		    (int)(slash - listener->path), listener->path);
	if (stat(directory, &st) != 0)
		return complain(log, listener->path,
		    "its directory is not there; make it first", errno);
	if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
		return complain(log, listener->path,
		    "its directory may be written by everybody; choose "
		    "another one",
		    0);
	return true;
}

static const struct listener nowhere = {
    .fd = -1, .lock_fd = -1, .spare = -1, .rights = {.queue = -1}};

void listener_restock(struct listener *listener)
{
	if (listener->spare < 0)
		listener->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool listener_open(struct listener *listener, const char *path,
    const struct listener_access *access, const struct log *log)
{
	*listener = nowhere;
	if (path[0] == '\0')
		return complain(log, path, "the path is empty", 0);
	if (strlen(path) >= sizeof(listener->path))
		return complain(
		    log, path, "the path is longer than 107 bytes", 0);
	memcpy(listener->path, path, strlen(path));
	if (!judge_directory(listener, log))
		return false;
	if (!open_lock(listener))
		return complain(log, listener->path,
		    "cannot open the lock file beside it", errno);
	if (!take_lock(listener, log))
		return false;
	if (!clear_path(listener, log) || !bind_path(listener, access, log))
		return false;
	listener_restock(listener);
	return true;
}

/* A port ----------------------------------------------------------- */

static int bind_loopback(int fd, bool is_v6, uint16_t port)
{
	const struct sockaddr_in v4 = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
	    .sin6_port = htons(port),
	    .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	if (is_v6)
		return bind(fd, (const struct sockaddr *)&v6, sizeof(v6));
	return bind(fd, (const struct sockaddr *)&v4, sizeof(v4));
}

/* errno says why it has no port. */
static bool complain_of_port(
    const struct listener *listener, bool is_v6, const struct log *log)
{
	bool is_missing = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;

	if (is_missing && is_v6)
		return false;
	return complain(log, listener->path,
	    is_missing ? "this process may open no port; where a unit forbids "
			 "it, see metrics-port.conf in msyncd(8)"
		       : "cannot listen on this port",
	    errno);
}

bool listener_open_port(
    struct listener *listener, bool is_v6, uint16_t port, const struct log *log)
{
	static const int on = 1;
	int family = is_v6 ? AF_INET6 : AF_INET;

	*listener = nowhere;
	(void)snprintf(listener->path, sizeof(listener->path), "%s:%u",
	    is_v6 ? "[::1]" : "127.0.0.1", (unsigned)port);
	listener->fd =
	    socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	/* Connections of a daemon that has just ended are not in the way. */
	if (listener->fd < 0 ||
	    setsockopt(
		listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind_loopback(listener->fd, is_v6, port) != 0 ||
	    listen(listener->fd, BACKLOG) != 0)
		return complain_of_port(listener, is_v6, log);
	listener_restock(listener);
	return true;
}

/* A socket that was passed ----------------------------------------- */

bool listener_is_passed(void)
{
	return getenv("LISTEN_FDS") != NULL || getenv("LISTEN_PID") != NULL;
}

static bool is_said(const char *name, int number)
{
	const char *text = getenv(name);
	char expected[16];

	(void)snprintf(expected, sizeof(expected), "%d", number);
	return text != NULL && strcmp(text, expected) == 0;
}

static int option_of_passed(int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(PASSED_FD, SOL_SOCKET, name, &value, &len) == 0
		   ? value
		   : -1;
}

/* What is wrong with what was passed, or NULL. */
static const char *judge_passed(void)
{
	if (!is_said("LISTEN_PID", getpid()))
		return "sockets were passed to another process: LISTEN_PID is "
		       "not this one; unset LISTEN_PID and LISTEN_FDS";
	if (!is_said("LISTEN_FDS", 1))
		return "LISTEN_FDS is not 1; pass exactly one socket";
	if (option_of_passed(SO_DOMAIN) < 0)
		return "descriptor 3 is no socket";
	if (option_of_passed(SO_DOMAIN) != AF_UNIX)
		return "the socket passed is not a Unix socket";
	if (option_of_passed(SO_TYPE) != SOCK_STREAM)
		return "the socket passed is not a stream; use ListenStream=";
	if (option_of_passed(SO_ACCEPTCONN) != 1)
		return "the socket passed does not listen; use Accept=no";
	return NULL;
}

/* The path; "" where it has none in the file system. */
static bool find_path(struct listener *listener)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(address);

	if (getsockname(listener->fd, (struct sockaddr *)&address, &len) != 0)
		return false;
	memcpy(listener->path, address.sun_path, sizeof(listener->path) - 1);
	return true;
}

/* A daemon that was started by hand may serve there. The lock file cannot be
 * made everywhere, and is not needed for the service manager alone. */
static bool guard_passed(struct listener *listener, const struct log *log)
{
	char quoted[LOG_QUOTED_BYTES], reason[LOG_QUOTED_BYTES];

	if (listener->path[0] == '\0')
		return true;
	if (open_lock(listener))
		return take_lock(listener, log);
	log_event(log, LOG_LEVEL_INFO, "no_lock_file", "socket=%s reason=%s",
	    log_quote(quoted, listener->path),
	    log_quote(reason, strerror(errno)));
	return true;
}

bool listener_adopt(struct listener *listener, const struct log *log)
{
	const char *why = judge_passed();

	*listener = nowhere;
	if (why != NULL)
		return complain(log, "", why, 0);
	listener->fd = PASSED_FD;
	if (!find_path(listener) ||
	    fcntl(PASSED_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(PASSED_FD, F_SETFL, O_NONBLOCK) != 0)
		return complain(log, "", "cannot use the socket passed", errno);
	if (!guard_passed(listener, log))
		return false;
	rights_init(&listener->rights, listener->fd);
	listener_restock(listener);
	return true;
}

int listener_accept(const struct listener *listener)
{
	int fd =
	    accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}

int listener_accept_last(struct listener *listener)
{
	if (listener->spare >= 0)
		(void)close(listener->spare);
	listener->spare = -1;
	return listener_accept(listener);
}

void listener_close(struct listener *listener)
{
	if (listener->fd >= 0) {
		if (listener->has_path)
			(void)unlink(listener->path);
		(void)close(listener->fd);
	}
	if (listener->lock_fd >= 0)
		(void)close(listener->lock_fd);
	if (listener->spare >= 0)
		(void)close(listener->spare);
	rights_deinit(&listener->rights);
	*listener = nowhere;
}
