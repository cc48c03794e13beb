/* SPDX-License-Identifier: MIT */
/* System calls that fail, and descriptors that are sent: see fault.h. */
#define _GNU_SOURCE 1
#include "fault.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Sanitizers cannot look for leaks in what is traced. */
static void spare_leaks(void)
{
	const char *said = getenv("ASAN_OPTIONS");
	char options[1024];

	snprintf(options, sizeof(options), "%s:detect_leaks=0",
	    said != NULL ? said : "");
	setenv("ASAN_OPTIONS", options, 1);
}

void fault_start(struct daemon *d, const char *fault, const char *const extra[])
{
	char *command = strdup(getenv("MSYNCD"));
	char name[64], traced[1024];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(fault, ":"), fault);
	/* -D: what was forked here becomes the daemon, and not strace. */
	snprintf(traced, sizeof(traced),
	    "strace -D -f -qq -o /dev/null -e trace=%s -e inject=%s %s", name,
	    fault, command);
	spare_leaks();
	setenv("MSYNCD", traced, 1);
	daemon_start(d, extra);
	setenv("MSYNCD", command, 1);
	free(command);
}

ssize_t send_with_fds(int socket, const char *text, int fd, int n)
{
	char control[CMSG_SPACE(FAULT_MAX_FDS * sizeof(int))] = "";
	struct iovec iov = {(char *)text, strlen(text)};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int))};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	ck_assert_ptr_nonnull(part);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	for (int i = 0; i < n; i++)
		memcpy(
		    CMSG_DATA(part) + (size_t)i * sizeof(int), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL);
}
