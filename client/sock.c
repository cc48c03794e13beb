/* SPDX-License-Identifier: MIT */
/* The socket and the clock: see sock.h. */
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int64_t sock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t sock_after(int64_t ms)
{
	return ms < 0 ? SOCK_NEVER : sock_now() + ms;
}

int sock_left(int64_t until)
{
	int64_t left;

	if (until == SOCK_NEVER)
		return -1;
	left = until - sock_now();
	return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

int sock_new(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

static int set_time_limit(int fd, int option, int ms)
{
	struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	return setsockopt(fd, SOL_SOCKET, option, &limit, sizeof(limit));
}

/* How long connect(2) waits for a place in the queue of a Unix socket is
 * SO_SNDTIMEO; then it fails with EAGAIN. */
static int set_patience(int fd, int ms)
{
	if (ms == 0)
		return fcntl(fd, F_SETFL, O_NONBLOCK);
	return set_time_limit(fd, SO_SNDTIMEO, ms);
}

int sock_join(int fd, const char *path, int ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int64_t until = sock_after(ms);
	size_t len = strlen(path);
	int left;

	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len + 1);
	if (set_patience(fd, ms) != 0)
		return -errno;
	while (connect(fd, (const struct sockaddr *)&address,
		   sizeof(address)) != 0) {
		if (errno != EINTR)
			return -errno;
		/* A signal ends a wait that has a limit, whatever its
		 * SA_RESTART: what is left of it begins anew. */
		left = sock_left(until);
		if (left == 0)
			return -EAGAIN;
		if (set_patience(fd, left) != 0)
			return -errno;
	}
	return 0;
}

ssize_t sock_send(int fd, const char *bytes, size_t len)
{
	ssize_t n;

	do {
		n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t sock_recv(int fd, char *bytes, size_t len)
{
	ssize_t n;

	do {
		n = recv(fd, bytes, len, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* 0 is no limit for the kernel. */
int sock_set_recv_wait(int fd, int ms)
{
	int limit = ms < 0 ? 0 : ms == 0 ? 1 : ms;

	return set_time_limit(fd, SO_RCVTIMEO, limit) == 0 ? 0 : -errno;
}

/* Not again after a signal: the kernel would begin the limit anew. */
ssize_t sock_recv_wait(int fd, char *bytes, size_t len)
{
	ssize_t n = recv(fd, bytes, len, 0);

	if (n < 0 && errno == EINTR)
		return -EAGAIN;
	return n < 0 ? -errno : n;
}

bool sock_wait(int fd, bool wants_to_write, int64_t until)
{
	struct pollfd pollfd = {
	    .fd = fd,
	    .events = wants_to_write ? POLLIN | POLLOUT : POLLIN,
	};
	int n;

	do {
		n = poll(&pollfd, 1, sock_left(until));
	} while (n < 0 && errno == EINTR);
	return n != 0;
}

void sock_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
}
