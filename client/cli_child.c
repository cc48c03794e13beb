/* SPDX-License-Identifier: MIT */
/* The command that msync runs: see cli_child.h. */
#include "cli_child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Handed on to the command. */
static const int forwarded[] = {
    SIGINT,
    SIGTERM,
    SIGHUP,
    SIGQUIT,
    SIGUSR1,
    SIGUSR2,
    SIGWINCH,
    SIGCONT,
};

#define N_FORWARDED (sizeof(forwarded) / sizeof(forwarded[0]))

bool child_init(struct child *child)
{
	sigset_t wanted;

	*child = (struct child){.signals = -1, .out = -1, .err = -1};
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGCHLD);
	for (size_t i = 0; i < N_FORWARDED; i++)
		(void)sigaddset(&wanted, forwarded[i]);
	(void)sigprocmask(SIG_BLOCK, &wanted, &child->mask);
	child->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (child->signals >= 0)
		return true;
	cli_complain("cannot watch for signals: %s", strerror(errno));
	(void)sigprocmask(SIG_SETMASK, &child->mask, NULL);
	return false;
}

void child_deinit(struct child *child)
{
	if (child->signals < 0)
		return;
	(void)close(child->signals);
	if (child->out >= 0)
		(void)close(child->out);
	if (child->err >= 0)
		(void)close(child->err);
	(void)sigprocmask(SIG_SETMASK, &child->mask, NULL);
}

/* In the child ------------------------------------------------------ */

static int exec_status(int error)
{
	return error == ENOENT ? EXIT_IS_NOT_FOUND : EXIT_IS_NOT_EXECUTABLE;
}

int child_replace(char **argv)
{
	int error;

	(void)execvp(argv[0], argv);
	error = errno;
	cli_complain("cannot run %s: %s", argv[0],
	    error == ENOENT ? "command not found" : strerror(error));
	return exec_status(error);
}

static void set_env(const struct child_env *env)
{
	char token[24];

	(void)snprintf(token, sizeof(token), "%lld", (long long)env->token);
	(void)setenv("MSYNC_KIND", env->kind, 1);
	(void)setenv("MSYNC_KEY", env->key, 1);
	if (env->token != 0)
		(void)setenv("MSYNC_TOKEN", token, 1);
	if (env->value != NULL)
		(void)setenv("MSYNC_VALUE", env->value, 1);
}

static void be_child(const struct child *child, const struct child_plan *plan,
    pid_t parent, const int out[2], const int err[2])
{
	/* When msync is killed, so is the command: it must not run without
	 * the turn. It may have been too late to say so. */
	if (plan->inherit_fd < 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_IS_SIGNAL + SIGKILL);
	} else {
		(void)fcntl(plan->inherit_fd, F_SETFD, 0);
	}
	if (plan->wants_output) {
		(void)dup2(out[1], STDOUT_FILENO);
		(void)dup2(err[1], STDERR_FILENO);
	}
	set_env(&plan->env);
	(void)sigprocmask(SIG_SETMASK, &child->mask, NULL);
	_exit(child_replace(plan->argv));
}

/* In msync ----------------------------------------------------------- */

static bool make_pipes(int out[2], int err[2])
{
	if (pipe2(out, O_CLOEXEC) != 0)
		return false;
	if (pipe2(err, O_CLOEXEC) == 0)
		return true;
	(void)close(out[0]);
	(void)close(out[1]);
	return false;
}

/* Keeps the ends that are ours, if the child was started. */
static void keep_ends(struct child *child, const int out[2], const int err[2])
{
	(void)close(out[1]);
	(void)close(err[1]);
	child->out = out[0];
	child->err = err[0];
	(void)fcntl(child->out, F_SETFL, O_NONBLOCK);
	(void)fcntl(child->err, F_SETFL, O_NONBLOCK);
}

bool child_start(struct child *child, const struct child_plan *plan)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	pid_t parent = getpid();

	/* What we have said comes before what it says. */
	(void)fflush(NULL);
	if (plan->wants_output && !make_pipes(out, err)) {
		cli_complain("cannot make a pipe: %s", strerror(errno));
		return false;
	}
	child->pid = fork();
	if (child->pid == 0)
		be_child(child, plan, parent, out, err);
	if (plan->wants_output)
		keep_ends(child, out, err);
	if (child->pid > 0)
		return true;
	cli_complain("cannot start a process: %s", strerror(errno));
	child->pid = 0;
	return false;
}

void child_kill(const struct child *child, int number)
{
	if (child->pid > 0)
		(void)kill(child->pid, number);
}

static void reap(struct child *child)
{
	int status;

	if (child->pid == 0 || waitpid(child->pid, &status, WNOHANG) <= 0)
		return;
	child->pid = 0;
	child->has_ended = true;
	child->status = WIFSIGNALED(status) ? EXIT_IS_SIGNAL + WTERMSIG(status)
					    : WEXITSTATUS(status);
}

/* What the terminal sends, it sends to the command as well. */
static bool is_from_terminal(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL &&
	       (info->ssi_signo == SIGINT || info->ssi_signo == SIGQUIT);
}

static bool asks_to_end(int number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP ||
	       number == SIGQUIT;
}

void child_on_signal(struct child *child)
{
	struct signalfd_siginfo info;

	while (read(child->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		int number = (int)info.ssi_signo;

		if (number == SIGCHLD) {
			reap(child);
			continue;
		}
		if (asks_to_end(number) && child->ended_by == 0)
			child->ended_by = number;
		if (!is_from_terminal(&info))
			child_kill(child, number);
	}
}
