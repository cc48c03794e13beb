/* SPDX-License-Identifier: MIT */
/* Attacks that need one connection at a time: see attack.h. */
#include "attack.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many descriptors go with one message. */
#define N_SENT 3
/* Looking whether it is over costs a call; not every time. */
#define N_BETWEEN 64

void attack_run_flood(const char *path, struct attack_count *count)
{
	attack_ready();
	for (unsigned i = 0; i % N_BETWEEN != 0 || !attack_is_over(); i++) {
		int fd = attack_connect(path);

		if (fd < 0) {
			count->refused++;
			continue;
		}
		count->opened++;
		(void)close(fd);
	}
}

/* A TCP connection over the loopback whose close waits two seconds for what
 * nobody reads. *peer is its other end. */
static int lingering(int *peer)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 2};
	struct sockaddr_in addr = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char bytes[65536] = "";

	if (listener < 0 || fd < 0 ||
	    bind(listener, (const struct sockaddr *)&addr, len) != 0 ||
	    listen(listener, 1) != 0 ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) != 0 ||
	    connect(fd, (const struct sockaddr *)&addr, len) != 0)
		attack_fail("TCP");
	*peer = accept(listener, NULL, NULL);
	(void)close(listener);
	if (*peer < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) != 0)
		attack_fail("TCP");
	while (send(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
	return fd;
}

/* A line with descriptors. */
static ssize_t send_rights(int fd, const int *sent)
{
	static char line[] = "{\"op\":\"ping\"}\n";
	union {
		char bytes[CMSG_SPACE(N_SENT * sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec iov = {line, strlen(line)};
	struct msghdr message = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(N_SENT * sizeof(int));
	memcpy(CMSG_DATA(header), sent, N_SENT * sizeof(int));
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static void attack_once(const char *path, struct attack_count *count)
{
	int fd = attack_connect(path);
	int sent[N_SENT], peers[N_SENT];
	ssize_t n;

	if (fd < 0) {
		count->refused++;
		return;
	}
	count->opened++;
	for (int i = 0; i < N_SENT; i++)
		sent[i] = lingering(&peers[i]);
	n = send_rights(fd, sent);
	if (n > 0) {
		count->requests++;
		count->bytes += (uint64_t)n;
	} else {
		count->refused++; /* EPERM, from Linux 6.16 on */
	}
	/* The kernel has had no answer of the peer for its last bytes; here
	 * nothing may wait for that. */
	for (int i = 0; i < N_SENT; i++) {
		const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

		if (n <= 0)
			(void)setsockopt(sent[i], SOL_SOCKET, SO_LINGER,
			    &at_once, sizeof(at_once));
		(void)close(sent[i]);
		(void)close(peers[i]);
	}
	(void)close(fd);
}

void attack_run_rights(const char *path, struct attack_count *count)
{
	attack_ready();
	while (!attack_is_over())
		attack_once(path, count);
}
