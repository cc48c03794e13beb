/* SPDX-License-Identifier: MIT */
/*
 * See daemon.h. Its log goes to a file; between it and the file stands only a
 * pipe until it is ready, and a child that copies what comes later.
 */
#define _GNU_SOURCE 1
#include "daemon.h"

#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 16

int patience_ms = 60000;

/* In the child: $MSYNCD, split at its spaces, so that it may name a tool that
 * runs it. */
static _Noreturn void become(const char *socket)
{
	char words[4096], *rest = words, *argv[MAX_WORDS + 3];
	int n = 0;

	snprintf(words, sizeof(words), "%s", getenv("MSYNCD"));
	while (n < MAX_WORDS && (argv[n] = strsep(&rest, " ")) != NULL)
		n += argv[n][0] != '\0';
	argv[n++] = (char *)"-s";
	argv[n++] = (char *)socket;
	argv[n] = NULL;
	execvp(argv[0], argv);
	_exit(127);
}

/* Copies the log until its end; returns once it says that it is ready, if it
 * has to. */
static bool copy_log(int from, int to, bool until_ready)
{
	struct pollfd p = {.fd = from, .events = POLLIN};
	char text[65536];
	size_t n = 0;

	while (!until_ready || poll(&p, 1, patience_ms) == 1) {
		ssize_t got = read(from, text + n, sizeof(text) - 1 - n);

		if (got <= 0)
			return false;
		if (write(to, text + n, (size_t)got) != got)
			fail("cannot write the daemon's log");
		text[n + (size_t)got] = '\0';
		n += until_ready ? (size_t)got : 0;
		if (until_ready && strstr(text, "event=ready") != NULL)
			return true;
	}
	return false;
}

pid_t daemon_start(const char *dir, const char *socket)
{
	char path[4096];
	int ends[2], log;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/daemon.log", dir);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log < 0 || pipe2(ends, O_CLOEXEC) != 0)
		fail("no log for the daemon");
	pid = fork();
	if (pid < 0)
		fail("cannot start the daemon");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDERR_FILENO);
		become(socket);
	}
	close(ends[1]);
	if (!copy_log(ends[0], log, true)) {
		errno = 0;
		fail("the daemon does not start; see %s", path);
	}
	if (fork() == 0) {
		copy_log(ends[0], log, false);
		_exit(0);
	}
	close(ends[0]);
	close(log);
	return pid;
}

bool await_end(pid_t pid, int *status)
{
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	int n;

	if (p.fd < 0)
		fail("no descriptor for a process");
	do
		n = poll(&p, 1, patience_ms);
	while (n < 0 && errno == EINTR);
	close(p.fd);
	return n == 1 && waitpid(pid, status, 0) == pid;
}

bool daemon_stop(pid_t pid)
{
	int status;

	kill(pid, SIGTERM);
	if (await_end(pid, &status))
		return WIFEXITED(status) && WEXITSTATUS(status) == 0;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return false;
}
