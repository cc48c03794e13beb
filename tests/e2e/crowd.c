/* SPDX-License-Identifier: MIT */
/*
 * Crowds of processes: see crowd.h. The children use bare system calls only
 * and end by being killed; nothing that belongs to Check runs in them. A
 * report is a record smaller than PIPE_BUF, so records of several children
 * never mix.
 */
#define _GNU_SOURCE 1
#include "crowd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 60000

/* What a child tells of its grant. */
struct report {
	int child;
	char line[500];
};

void crowd_init(struct crowd *c, const struct daemon *d)
{
	memset(c, 0, sizeof(*c));
	c->d = d;
	c->seen = mmap(NULL, sizeof(*c->seen), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(c->seen, MAP_FAILED);
	ck_assert_int_eq(pipe(c->report), 0);
}

void crowd_clear(struct crowd *c)
{
	int i;

	for (i = 0; i < c->n; i++)
		ck_assert_int_eq(c->pid[i], 0);
	c->n = 0;
}

void crowd_deinit(struct crowd *c)
{
	crowd_kill_all(c);
	munmap(c->seen, sizeof(*c->seen));
	close(c->report[0]);
	close(c->report[1]);
}

/* In a child: a connection that has said its line, or no child. */
static int say(const struct daemon *d, const char *line)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[512];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	memcpy(a.sun_path, d->socket, sizeof(d->socket));
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		_exit(1);
	return fd;
}

/* In a child: reads up to the line feed; one more line is none of ours. */
static void hear(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	if (line[n] != '\n')
		_exit(1);
	line[n] = '\0';
}

static void enter(struct witness *w)
{
	int inside = atomic_fetch_add(&w->inside, 1) + 1;
	int peak = atomic_load(&w->peak);

	while (peak < inside &&
	       !atomic_compare_exchange_weak(&w->peak, &peak, inside))
		continue;
}

static void live(const struct crowd *c, int child, const char *line, int reads)
{
	struct report r = {.child = child};
	int fd = say(c->d, line);

	if (reads) {
		hear(fd, r.line, sizeof(r.line));
		enter(c->seen);
		if (write(c->report[1], &r, sizeof(r)) != sizeof(r))
			_exit(1);
	}
	for (;;)
		pause();
}

int crowd_add(struct crowd *c, const char *line, int reads)
{
	pid_t parent = getpid(), pid;

	ck_assert_int_lt(c->n, CROWD_MAX);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		live(c, c->n, line, reads);
	}
	c->pid[c->n] = pid;
	return c->n++;
}

json_t *crowd_report(struct crowd *c, int *child)
{
	struct pollfd p = {.fd = c->report[0], .events = POLLIN};
	struct report r;
	json_t *answer;

	ck_assert_msg(TEMP_FAILURE_RETRY(poll(&p, 1, LIMIT_MS)) == 1,
	    "nobody was granted what is free");
	ck_assert_int_eq(read(c->report[0], &r, sizeof(r)), sizeof(r));
	answer = json_loads(r.line, 0, NULL);
	ck_assert_msg(answer, "not JSON: %s", r.line);
	*child = r.child;
	return answer;
}

void crowd_stop(struct crowd *c, int child)
{
	int status;

	ck_assert_int_eq(kill(c->pid[child], SIGSTOP), 0);
	ck_assert_int_eq(
	    waitpid(c->pid[child], &status, WUNTRACED), c->pid[child]);
	ck_assert(WIFSTOPPED(status));
}

void crowd_kill(struct crowd *c, int child)
{
	int status;

	ck_assert_int_gt(c->pid[child], 0);
	ck_assert_int_eq(kill(c->pid[child], SIGKILL), 0);
	ck_assert_int_eq(waitpid(c->pid[child], &status, 0), c->pid[child]);
	/* One that had ended before had failed to say or to hear. */
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	c->pid[child] = 0;
}

void crowd_kill_holder(struct crowd *c, int child)
{
	atomic_fetch_sub(&c->seen->inside, 1);
	crowd_kill(c, child);
}

void crowd_kill_all(struct crowd *c)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (c->pid[i])
			kill(c->pid[i], SIGKILL);
	for (i = 0; i < c->n; i++)
		if (c->pid[i])
			crowd_kill(c, i);
}

void crowd_queue(
    struct crowd *c, struct client *eye, const struct way *w, int n, int reads)
{
	json_int_t before =
	    gauge(eye, w->kind, "holds") + gauge(eye, w->kind, "waits");
	int i;

	for (i = 0; i < n; i++) {
		crowd_add(c, w->ask, reads);
		present_await(eye, w->kind, before + i + 1);
	}
}

void crowd_queue_client(
    struct client *c, struct client *eye, const struct way *w)
{
	json_int_t before =
	    gauge(eye, w->kind, "holds") + gauge(eye, w->kind, "waits");

	client_send(c, "%s", w->ask);
	present_await(eye, w->kind, before + 1);
}
