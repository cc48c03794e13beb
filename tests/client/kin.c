/* SPDX-License-Identifier: MIT */
/* A parent and its child, led by a test: see kin.h. */
#define _GNU_SOURCE 1
#include "kin.h"

#include "fixture.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 60000

/* Of this process, whichever of the three it is. */
static struct kin *me;

/* Lines ------------------------------------------------------------ */

static void open_line(struct kin_line *line)
{
	ck_assert_int_eq(pipe(line->orders), 0);
	ck_assert_int_eq(pipe(line->answers), 0);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The ends of the process that takes the steps. */
static void close_far_ends(struct kin_line *line)
{
	close_end(&line->orders[0]);
	close_end(&line->answers[1]);
}

/* The ends of the test. */
static void close_near_ends(struct kin_line *line)
{
	close_end(&line->orders[1]);
	close_end(&line->answers[0]);
}

/* The test hears from a process. */
static int hear(struct kin_line *line, const char *who)
{
	struct pollfd pollfd = {.fd = line->answers[0], .events = POLLIN};
	int answer;

	ck_assert_msg(poll(&pollfd, 1, LIMIT_MS) == 1,
	    "the %s did not answer for 60 seconds", who);
	ck_assert_msg(read(line->answers[0], &answer, sizeof(answer)) ==
			  (ssize_t)sizeof(answer),
	    "the %s died instead of answering", who);
	return answer;
}

static int ask_one(struct kin_line *line, kin_step step, const char *who)
{
	ck_assert_int_eq(
	    write(line->orders[1], &step, sizeof(step)), (ssize_t)sizeof(step));
	return hear(line, who);
}

int kin_ask_parent(struct kin *kin, kin_step step)
{
	return ask_one(&kin->to_parent, step, "parent");
}

int kin_ask_child(struct kin *kin, kin_step step)
{
	return ask_one(&kin->to_child, step, "child");
}

/* The processes ---------------------------------------------------- */

static void answer(struct kin_line *line, int number)
{
	if (write(line->answers[1], &number, sizeof(number)) !=
	    (ssize_t)sizeof(number))
		_exit(1);
}

static struct kin_line *my_line(void)
{
	return me->parent == getpid() ? &me->to_parent : &me->to_child;
}

/* Waits for the child, if there is one. 0: it ended as it should. */
static int reap_child(void)
{
	int status;

	if (waitpid(-1, &status, 0) < 0)
		return 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Takes steps until the test has no more. */
static void serve(void)
{
	kin_step step;

	/* In the child, a step may return that began in its parent. */
	while (read(my_line()->orders[0], &step, sizeof(step)) ==
	       (ssize_t)sizeof(step)) {
		int number = step();

		answer(my_line(), number);
	}
	exit(reap_child());
}

static void become_parent(void)
{
	me->parent = getpid();
	for (int i = 0; i < 5; i++)
		client_close(&connections[i]);
	close_near_ends(&me->to_parent);
	close_near_ends(&me->to_child);
	serve();
}

void kin_start(struct kin *kin)
{
	*kin = (struct kin){0};
	me = kin;
	open_line(&kin->to_parent);
	open_line(&kin->to_child);
	/* Who loses its parent becomes a child of the test. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	kin->parent = fork();
	ck_assert_int_ge(kin->parent, 0);
	if (kin->parent == 0)
		become_parent();
	close_far_ends(&kin->to_parent);
	close_far_ends(&kin->to_child);
}

pid_t kin_split(void)
{
	pid_t pid = fork();

	close_far_ends(pid == 0 ? &me->to_parent : &me->to_child);
	if (pid == 0)
		answer(&me->to_child, getpid());
	return pid;
}

static int split(void)
{
	return kin_split() < 0;
}

int kin_fork_in(struct kin *kin, kin_step step, int *child)
{
	int number = kin_ask_parent(kin, step);

	kin->child = hear(&kin->to_child, "child");
	*child = hear(&kin->to_child, "child");
	return number;
}

void kin_fork(struct kin *kin)
{
	int child;

	ck_assert_int_eq(kin_fork_in(kin, split, &child), 0);
	ck_assert_int_eq(child, 0);
}

/* Their ends ------------------------------------------------------- */

/* Waits for a process that is the test's own. */
static int reap(pid_t *pid)
{
	int status;

	ck_assert_int_eq(waitpid(*pid, &status, 0), *pid);
	*pid = 0;
	return status;
}

void kin_kill_parent(struct kin *kin)
{
	ck_assert_int_eq(kill(kin->parent, SIGKILL), 0);
	ck_assert(WIFSIGNALED(reap(&kin->parent)));
	close_near_ends(&kin->to_parent);
}

void kin_kill_child(struct kin *kin)
{
	ck_assert_int_eq(kill(kin->child, SIGKILL), 0);
	if (kin->parent != 0)
		ck_assert_int_eq(kin_ask_parent(kin, reap_child), 128);
	else
		ck_assert(WIFSIGNALED(reap(&kin->child)));
	kin->child = 0;
	close_near_ends(&kin->to_child);
}

void kin_end(struct kin *kin)
{
	close_near_ends(&kin->to_child);
	/* A parent waits for its child. */
	if (kin->parent != 0) {
		close_near_ends(&kin->to_parent);
		ck_assert_int_eq(reap(&kin->parent), 0);
	} else if (kin->child != 0) {
		ck_assert_int_eq(reap(&kin->child), 0);
	}
	kin->child = 0;
}
