/* SPDX-License-Identifier: MIT */
/* The sockets of the load generator: see load.h. */
#include "load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Longer than any answer takes: a server that hangs ends the run. */
#define HANGS_S 60

void load_fail(const char *fmt, ...)
{
	va_list args;

	fputs("load: ", stderr);
	va_start(args, fmt);
	(void)vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
	exit(EXIT_FAILURE);
}

void *load_alloc(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (memory == NULL)
		load_fail("out of memory");
	return memory;
}

int load_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		load_fail("socket: %s", strerror(errno));
	if (strlen(path) >= sizeof(addr.sun_path))
		load_fail("%s: too long for a socket", path);
	strcpy(addr.sun_path, path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		load_fail("%s: %s", path, strerror(errno));
	return fd;
}

void load_send(int fd, const char *bytes, size_t len)
{
	/* The socket blocks, so this waits only where the server does not
	 * read; nothing but a large value is ever so long. */
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0)
			load_fail("send: %s", strerror(errno));
		bytes += n;
		len -= (size_t)n;
	}
}

void load_watch(int epoll_fd, int fd, void *ptr)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = ptr};

	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		load_fail("epoll_ctl: %s", strerror(errno));
}

int load_wait(int epoll_fd, struct epoll_event *events, int max)
{
	int n = epoll_wait(epoll_fd, events, max, HANGS_S * 1000);

	if (n < 0)
		load_fail("epoll_wait: %s", strerror(errno));
	if (n == 0)
		load_fail("no answer for %d s", HANGS_S);
	return n;
}
