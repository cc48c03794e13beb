/* SPDX-License-Identifier: MIT */
/* The program of the attackers, and what they share: see attack.h. */
#include "attack.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void attack_fail(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

int attack_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		attack_fail("socket");
	strcpy(addr.sun_path, path);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	/* EAGAIN: the queue of the listener is full. */
	(void)close(fd);
	return -1;
}

void attack_ready(void)
{
	if (puts("ready") == EOF || fflush(stdout) != 0)
		attack_fail("standard output");
}

bool attack_is_over(void)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, 0) != 0;
}

static void print(const struct attack_count *count)
{
	printf("{\"held\":%" PRIu64 ",\"opened\":%" PRIu64
	       ",\"closed\":%" PRIu64 ",\"bytes\":%" PRIu64
	       ",\"requests\":%" PRIu64 ",\"answers\":%" PRIu64
	       ",\"refused\":%" PRIu64 "}\n",
	    count->held, count->opened, count->closed, count->bytes,
	    count->requests, count->answers, count->refused);
}

static void run(const char *name, const char *path, int n_conns)
{
	struct attack_count count = {0};
	struct attack_plan plan;

	if (strcmp(name, "flood") == 0) {
		attack_run_flood(path, &count);
	} else if (strcmp(name, "rights") == 0) {
		attack_run_rights(path, &count);
	} else if (attack_plan_init(&plan, name, n_conns)) {
		attack_run_plan(path, &plan, &count);
		attack_plan_deinit(&plan);
	} else {
		errno = EINVAL;
		attack_fail(name);
	}
	print(&count);
}

int main(int argc, char *argv[])
{
	struct rlimit limit;
	struct sockaddr_un addr;

	if (argc != 4 || strlen(argv[2]) >= sizeof(addr.sun_path)) {
		fputs("usage: attack NAME SOCKET CONNECTIONS\n", stderr);
		return EXIT_FAILURE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	run(argv[1], argv[2], atoi(argv[3]));
	return EXIT_SUCCESS;
}
