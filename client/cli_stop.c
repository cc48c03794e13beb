/* SPDX-License-Identifier: MIT */
/* Commands that are interrupted: see cli_stop.h. */
#include "cli_stop.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t is_asked;
/* What is blocked outside of ppoll(2): so no signal comes between the look at
 * is_asked and the wait. */
static sigset_t before;

static void on_signal(int number)
{
	(void)number;
	is_asked = 1;
}

void stop_begin(void)
{
	struct sigaction action = {.sa_handler = on_signal}, old;
	static const int numbers[] = {SIGINT, SIGTERM};
	sigset_t blocked;

	(void)sigemptyset(&action.sa_mask);
	(void)sigemptyset(&blocked);
	for (int i = 0; i < 2; i++) {
		(void)sigaddset(&blocked, numbers[i]);
		/* What nohup(1) and the like have had ignored stays so. */
		if (sigaction(numbers[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &action, NULL);
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, &before);
}

bool stop_is_asked(void)
{
	return is_asked != 0;
}

bool stop_poll(struct pollfd *fds, nfds_t n, double timeout_ms)
{
	struct timespec timeout = {
	    .tv_sec = (time_t)(timeout_ms / 1000),
	    .tv_nsec = (long)((timeout_ms -
				  1000 * (double)(time_t)(timeout_ms / 1000)) *
			      1e6),
	};

	/* A pipe that nobody reads from any more is in error. */
	fds[n] = (struct pollfd){.fd = STDOUT_FILENO};
	if (is_asked == 0)
		(void)ppoll(
		    fds, n + 1, timeout_ms < 0 ? NULL : &timeout, &before);
	if ((fds[n].revents & POLLERR) != 0) {
		/* As writing to it would do. */
		(void)raise(SIGPIPE);
		return false;
	}
	return is_asked == 0;
}
