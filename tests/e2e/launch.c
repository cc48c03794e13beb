/* SPDX-License-Identifier: MIT */
/*
 * Unusual starts of the daemon: see launch.h. Both pipes are read at once, so
 * that neither can fill while the other is waited for.
 */
#define _GNU_SOURCE 1
#include "launch.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 60000
#define MAX_ARGS 32

/* In the child: $MSYNCD, split at its spaces, and the arguments. */
static void become(const char *const args[])
{
	char words[1024], *rest = words, *argv[MAX_ARGS + 1];
	int n = 0;

	snprintf(words, sizeof(words), "%s", getenv("MSYNCD"));
	while (n < MAX_ARGS / 2 && (argv[n] = strsep(&rest, " ")))
		n += argv[n][0] != '\0';
	for (; *args && n < MAX_ARGS; args++)
		argv[n++] = (char *)*args;
	argv[n] = NULL;
	execvp(argv[0], argv);
	_exit(127);
}

void launch(struct launch *l, const char *const args[], void (*prepare)(void))
{
	int out[2], err[2];

	ck_assert_ptr_nonnull(getenv("MSYNCD"));
	memset(l, 0, sizeof(*l));
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	l->pid = fork();
	ck_assert_int_ge(l->pid, 0);
	if (l->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], STDOUT_FILENO);
		dup2(err[1], STDERR_FILENO);
		if (prepare)
			prepare();
		become(args);
	}
	close(out[1]);
	close(err[1]);
	l->out = out[0];
	l->err = err[0];
}

/* Reads some more; what does not fit is read and forgotten. 0 at the end. */
static int hear(int fd, char *text, size_t size)
{
	size_t len = strlen(text);
	char rest[4096];
	ssize_t n;

	if (size - len > 1)
		n = read(fd, text + len, size - len - 1);
	else
		n = read(fd, rest, sizeof(rest));
	return n > 0;
}

int launch_is_ready(struct launch *l)
{
	struct pollfd p = {.fd = l->err, .events = POLLIN};

	while (!strstr(l->blamed, "event=ready")) {
		ck_assert_msg(TEMP_FAILURE_RETRY(poll(&p, 1, LIMIT_MS)) == 1,
		    "it is silent; it said: %s", l->blamed);
		if (!hear(l->err, l->blamed, sizeof(l->blamed)))
			return 0;
	}
	return 1;
}

void launch_await_ready(struct launch *l)
{
	ck_assert_msg(launch_is_ready(l), "it ended: %s", l->blamed);
}

void launch_await_end(struct launch *l)
{
	struct pollfd p[2] = {
	    {.fd = l->out, .events = POLLIN},
	    {.fd = l->err, .events = POLLIN},
	};
	int status;

	/* What a test has closed itself is -1 already. */
	while (p[0].fd >= 0 || p[1].fd >= 0) {
		ck_assert_msg(TEMP_FAILURE_RETRY(poll(p, 2, LIMIT_MS)) > 0,
		    "it does not end; it said: %s", l->blamed);
		if (p[0].revents && !hear(l->out, l->said, sizeof(l->said)))
			p[0].fd = -1;
		if (p[1].revents && !hear(l->err, l->blamed, sizeof(l->blamed)))
			p[1].fd = -1;
	}
	close(l->out);
	close(l->err);
	ck_assert_int_eq(waitpid(l->pid, &status, 0), l->pid);
	l->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void launch_end(struct launch *l, int signal)
{
	ck_assert_int_eq(kill(l->pid, signal), 0);
	launch_await_end(l);
}

void launch_and_wait(struct launch *l, const char *const args[])
{
	launch(l, args, NULL);
	launch_await_end(l);
}

void expect_word(const char *text, const char *word)
{
	ck_assert_msg(strstr(text, word), "\"%s\" expected in: %s", word, text);
}

void expect_no_start(const char *path, const char *word)
{
	const char *const args[] = {"-s", path, NULL};
	struct launch l;

	launch_and_wait(&l, args);
	ck_assert_msg(
	    l.status == 1, "status %d, it said: %s", l.status, l.blamed);
	expect_word(l.blamed, word);
}

void launch_make_home(struct daemon *home)
{
	memset(home, 0, sizeof(*home));
	snprintf(home->dir, sizeof(home->dir), "/tmp/msyncd-e2e-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home->dir));
	snprintf(
	    home->socket, sizeof(home->socket), "%s/msyncd.sock", home->dir);
}

void launch_remove_home(const struct daemon *home)
{
	DIR *dir = opendir(home->dir);
	struct dirent *e;

	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	ck_assert_int_eq(rmdir(home->dir), 0);
}
