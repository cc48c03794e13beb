/* SPDX-License-Identifier: MIT */
/* Descriptors that clients send: see rights.h. */
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
#ifndef SO_PASSRIGHTS
#if defined(__hppa__) || defined(__sparc__)
#error "SO_PASSRIGHTS has another number here; newer headers have it"
#endif
#define SO_PASSRIGHTS 83
#endif

/* The most that one message carries: SCM_MAX_FD of the kernel. */
#define MAX_SENT 253

/* So that one file system that never answers does not hold up the others. */
#define N_THREADS   4
#define STACK_BYTES (256 * 1024)

/* Closing ---------------------------------------------------------- */

/* The same for all threads: each reads numbers of descriptors from the pipe,
 * one at a time, so two never get the same one. */
static void *close_all(void *ctx)
{
	int queue = (int)(intptr_t)ctx;
	int fd;

	while (read(queue, &fd, sizeof(fd)) == (ssize_t)sizeof(fd))
		(void)close(fd);
	(void)close(queue);
	return NULL;
}

/* A thread with a read end of its own; signals are not its business. */
static int begin_thread(const pthread_attr_t *attr, int queue)
{
	pthread_t thread;
	sigset_t all, before;
	int own = fcntl(queue, F_DUPFD_CLOEXEC, 0);
	int error;

	if (own < 0)
		return errno;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, attr, close_all, (void *)(intptr_t)own);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		(void)close(own);
	return error;
}

static int begin_threads(int queue)
{
	pthread_attr_t attr;
	int error = pthread_attr_init(&attr);

	if (error != 0)
		return error;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (int i = 0; i < N_THREADS && error == 0; i++)
		error = begin_thread(&attr, queue);
	(void)pthread_attr_destroy(&attr);
	return error;
}

/* Where that fails, descriptors are closed here, as a last resort. */
static void begin_closing(struct rights *rights)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	rights->queue = ends[1];
	if (begin_threads(ends[0]) != 0)
		rights_deinit(rights);
	(void)close(ends[0]);
}

static void close_later(const struct rights *rights, int fd)
{
	const struct linger none = {.l_onoff = 0};

	/* What can be spared the threads is. */
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	/* The pipe has room for more than there are descriptors, unless all
	 * threads hang. */
	if (write(rights->queue, &fd, sizeof(fd)) < 0)
		(void)close(fd);
}

/* Refusing --------------------------------------------------------- */

static void refuse(int fd)
{
	const int no = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &no, sizeof(no));
}

static bool is_refused(int fd)
{
	int passes = 1;
	socklen_t len = sizeof(passes);

	return getsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &passes, &len) == 0 &&
	       passes == 0;
}

/* Over others, none are sent. */
static bool is_local(int fd)
{
	int domain = AF_UNIX;
	socklen_t len = sizeof(domain);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	return domain == AF_UNIX;
}

void rights_init(struct rights *rights, int listener)
{
	rights->queue = -1;
	refuse(listener);
}

bool rights_may_come(struct rights *rights, int fd)
{
	/* Connections take it over from their listener. */
	if (is_refused(fd) || !is_local(fd))
		return false;
	refuse(fd);
	if (rights->queue < 0)
		begin_closing(rights);
	return true;
}

void rights_deinit(struct rights *rights)
{
	if (rights->queue >= 0)
		(void)close(rights->queue);
	rights->queue = -1;
}

/* Receiving -------------------------------------------------------- */

/* Closes what came with the message; whether there was anything. */
static bool take_sent(const struct rights *rights, struct msghdr *message)
{
	bool came = (message->msg_flags & MSG_CTRUNC) != 0;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part)) {
		size_t len = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET ||
		    part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= len;
		     at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(part) + at, sizeof(fd));
			close_later(rights, fd);
			came = true;
		}
	}
	return came;
}

ssize_t rights_read(const struct rights *rights, int fd, void *buffer,
    size_t len, bool *came_out)
{
	union {
		struct cmsghdr aligned;
		char bytes[CMSG_SPACE(MAX_SENT * sizeof(int))];
	} control;
	struct iovec bytes = {.iov_base = buffer, .iov_len = len};
	struct msghdr message = {
	    .msg_iov = &bytes,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

	*came_out = n >= 0 && take_sent(rights, &message);
	return n;
}

void rights_close(const struct rights *rights, int fd)
{
	char bytes[4096];
	bool came;

	/* What is still unread would be closed with the socket, and here. The
	 * peer can add nothing more. */
	(void)shutdown(fd, SHUT_RD);
	while (rights_read(rights, fd, bytes, sizeof(bytes), &came) > 0)
		continue;
	(void)close(fd);
}

void rights_turn_away(struct rights *rights, int fd)
{
	if (rights_may_come(rights, fd))
		rights_close(rights, fd);
	else
		(void)close(fd);
}
