/* SPDX-License-Identifier: MIT */
/* Keeps the connection open until the command is gone: see cli_guard.h. */
#include "cli_guard.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* No terminal and no group of processes reaches it: it ends with the command,
 * however many stops and signals those get. */
static void be_guard(int command)
{
	struct pollfd end = {command, POLLIN, 0};
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid();
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	_exit(0);
}

pid_t guard_start(pid_t command)
{
	int fd = (int)syscall(SYS_pidfd_open, command, 0);
	pid_t guard;

	if (fd < 0)
		return 0;
	guard = fork();
	if (guard == 0)
		be_guard(fd);
	(void)close(fd);
	return guard;
}

void guard_end(pid_t guard)
{
	if (guard <= 0)
		return;
	(void)kill(guard, SIGKILL);
	(void)waitpid(guard, NULL, 0);
}
