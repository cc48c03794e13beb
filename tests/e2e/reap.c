/* SPDX-License-Identifier: MIT */
/*
 * Waiting for the end of a process: see reap.h. A signal that is blocked is
 * kept, so none comes unnoticed between the look and the wait. (pidfd_open(2)
 * would be simpler, but valgrind does not know it.)
 */
#define _GNU_SOURCE 1
#include "reap.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define LIMIT_S 60

int reap_process(pid_t pid)
{
	const struct timespec limit = {.tv_sec = LIMIT_S};
	sigset_t children, before;
	int status = -1;
	pid_t ended;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &children, &before), 0);
	while ((ended = waitpid(pid, &status, WNOHANG)) == 0) {
		if (sigtimedwait(&children, NULL, &limit) < 0 &&
		    errno == EAGAIN)
			break;
	}
	ck_assert_int_ge(ended, 0);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	return ended == pid ? status : -1;
}
