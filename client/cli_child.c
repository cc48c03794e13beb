/* SPDX-License-Identifier: MIT */
/* The command that msync runs: see cli_child.h. */
#include "cli_child.h"
#include "cli_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Handed on to the command, unless msync was started with them ignored: then
 * they are to reach neither. */
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

/* As under nohup(1), or in the background of a script. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 &&
	       action.sa_handler == SIG_IGN;
}

bool child_init(struct child *child)
{
	sigset_t wanted;

	*child =
	    (struct child){.signals = -1, .out = -1, .err = -1, .heirs = -1};
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGCHLD);
	for (size_t i = 0; i < N_FORWARDED; i++) {
		if (!is_ignored(forwarded[i]))
			(void)sigaddset(&wanted, forwarded[i]);
	}
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
	int fds[] = {child->signals, child->out, child->err, child->heirs};

	if (child->signals < 0)
		return;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0)
			(void)close(fds[i]);
	}
	guard_end(child->guard);
	(void)sigprocmask(SIG_SETMASK, &child->mask, NULL);
}

/* What is open while the command is started; -1: not. */
struct pipes {
	int conn; /* the connection, once more */
	int go[2], out[2], err[2], heirs[2];
};

/* In the child ------------------------------------------------------ */

/* Whether a program of this name lies where execvp(3) looks. That says EACCES
 * also where it may not look into one of the folders, and finds nothing in the
 * others. */
static bool is_in_path(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];
	int len;

	for (; path != NULL && *path != '\0';
	     path += len + (path[len] == ':')) {
		len = (int)strcspn(path, ":");
		(void)snprintf(file, sizeof(file), "%.*s/%s", len, path, name);
		if (access(file, F_OK) == 0)
			return true;
	}
	return false;
}

static int exec_status(int error)
{
	return error == ENOENT ? EXIT_IS_NOT_FOUND : EXIT_IS_NOT_EXECUTABLE;
}

static void set_env(const struct child_env *env)
{
	char token[24];

	(void)snprintf(token, sizeof(token), "%lld", (long long)env->token);
	(void)setenv("MSYNC_KIND", env->kind, 1);
	(void)setenv("MSYNC_KEY", env->key, 1);
	/* One of a turn around this one says nothing about it. */
	if (env->token != 0)
		(void)setenv("MSYNC_TOKEN", token, 1);
	else
		(void)unsetenv("MSYNC_TOKEN");
	if (env->value != NULL)
		(void)setenv("MSYNC_VALUE", env->value, 1);
}

int child_replace(char **argv, const struct child_env *env)
{
	int error;

	set_env(env);
	(void)execvp(argv[0], argv);
	error = errno;
	if (error == EACCES && strchr(argv[0], '/') == NULL &&
	    !is_in_path(argv[0]))
		error = ENOENT;
	cli_complain("cannot run %s: %s", argv[0],
	    error == ENOENT ? "command not found" : strerror(error));
	return exec_status(error);
}

/* msync sends a byte when all is set for the command to run. Where it dies
 * before, so does what would have become the command. */
static void wait_for_go(const int go[2])
{
	char byte;

	(void)close(go[1]);
	if (read(go[0], &byte, 1) != 1)
		_exit(EXIT_IS_SIGNAL + SIGKILL);
}

static void be_child(const struct child *child, const struct child_plan *plan,
    pid_t parent, const struct pipes *pipes)
{
	/* When msync is killed, so is the command: it must not run without
	 * the turn. It may have been too late to say so. */
	if (!plan->inherits) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_IS_SIGNAL + SIGKILL);
	} else {
		(void)fcntl(pipes->conn, F_SETFD, 0);
		(void)fcntl(pipes->heirs[1], F_SETFD, 0);
	}
	if (plan->wants_output) {
		(void)dup2(pipes->out[1], STDOUT_FILENO);
		(void)dup2(pipes->err[1], STDERR_FILENO);
	}
	(void)sigprocmask(SIG_SETMASK, &child->mask, NULL);
	wait_for_go(pipes->go);
	_exit(child_replace(plan->argv, &plan->env));
}

/* In msync ----------------------------------------------------------- */

static bool open_pipe(int ends[2], bool is_wanted)
{
	return !is_wanted || pipe2(ends, O_CLOEXEC) == 0;
}

static void close_pipe(int ends[2])
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			(void)close(ends[i]);
		ends[i] = -1;
	}
}

static void close_pipes(struct pipes *pipes)
{
	if (pipes->conn >= 0)
		(void)close(pipes->conn);
	close_pipe(pipes->go);
	close_pipe(pipes->out);
	close_pipe(pipes->err);
	close_pipe(pipes->heirs);
}

/* false: no descriptors, which has been told. */
static bool open_pipes(struct pipes *pipes, const struct child_plan *plan)
{
	*pipes = (struct pipes){-1, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	/* The library closes its own descriptor in the child; this is another
	 * one of the same connection. */
	pipes->conn = fcntl(plan->conn_fd, F_DUPFD_CLOEXEC, 3);
	if (pipes->conn >= 0 && open_pipe(pipes->go, true) &&
	    open_pipe(pipes->out, plan->wants_output) &&
	    open_pipe(pipes->err, plan->wants_output) &&
	    open_pipe(pipes->heirs, plan->inherits))
		return true;
	cli_complain("cannot start a process: %s", strerror(errno));
	close_pipes(pipes);
	return false;
}

/* Keeps the end of a pipe that is ours. */
static int keep_end(int ends[2])
{
	int fd = ends[0];

	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	ends[0] = -1;
	return fd;
}

/* The process is there; makes it the command. false: it was left to end. */
static bool let_go(struct child *child, const struct child_plan *plan,
    const struct pipes *pipes)
{
	if (!plan->inherits)
		child->guard = guard_start(child->pid);
	return child->guard >= 0 && write(pipes->go[1], "", 1) == 1;
}

bool child_start(struct child *child, const struct child_plan *plan)
{
	struct pipes pipes;
	pid_t parent = getpid();
	bool has_started = false;

	/* What we have said comes before what it says. */
	(void)fflush(NULL);
	if (!open_pipes(&pipes, plan))
		return false;
	child->pid = fork();
	if (child->pid == 0)
		be_child(child, plan, parent, &pipes);
	if (child->pid > 0)
		has_started = let_go(child, plan, &pipes);
	if (!has_started)
		cli_complain("cannot start a process: %s", strerror(errno));
	child->out = keep_end(pipes.out);
	child->err = keep_end(pipes.err);
	child->heirs = keep_end(pipes.heirs);
	close_pipes(&pipes);
	if (!has_started && child->pid > 0)
		(void)waitpid(child->pid, NULL, 0);
	if (!has_started)
		child->pid = 0;
	return has_started;
}

void child_kill(const struct child *child, int number)
{
	if (child->pid > 0)
		(void)kill(child->pid, number);
}

bool child_has_heirs(const struct child *child)
{
	struct pollfd heirs = {child->heirs, POLLIN, 0};

	/* Nobody writes; but there is an end when nobody could any more. */
	return child->heirs >= 0 && poll(&heirs, 1, 0) == 0;
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

/* What the terminal sends to its foreground, it sends to the command as well.
 * (HUP it may send to the leader of its session alone.) */
static bool is_from_terminal(const struct signalfd_siginfo *info)
{
	return info->ssi_code == SI_KERNEL &&
	       (info->ssi_signo == SIGINT || info->ssi_signo == SIGQUIT ||
		   info->ssi_signo == SIGWINCH);
}

static bool asks_to_end(int number)
{
	return number == SIGINT || number == SIGTERM || number == SIGHUP ||
	       number == SIGQUIT;
}

static void note_end(struct child *child, int number)
{
	int *first = child->has_ended ? &child->hurried_by : &child->ended_by;

	if (*first == 0)
		*first = number;
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
		if (asks_to_end(number))
			note_end(child, number);
		if (!is_from_terminal(&info))
			child_kill(child, number);
	}
}
