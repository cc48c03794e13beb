/* SPDX-License-Identifier: MIT */
/*
 * System calls that fail: what the server makes of those that make faults finds
 * by chance only. The program has some calls of its own in the place of the C
 * library's; they do as those do, until a test has one fail.
 */
#include "stage.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto.h"

#define OK      "{'ok':true}\n"
#define ACQUIRE "{'op':'lock.acquire','key':'k'}"
#define RELEASE "{'op':'lock.release','key':'k'}"

STAGE_CLOCK

/* The next so many calls of one sort fail like this. */
struct plan {
	int n, error;
};

static struct plan ctl_plan, poll_plan, read_plan, wait_plan;
static struct stage s;

static bool fails(struct plan *plan)
{
	if (plan->n == 0)
		return false;
	plan->n--;
	errno = plan->error;
	return true;
}

/* Only adding fails: what is to go, goes with the descriptor. */
int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD && fails(&ctl_plan))
		return -1;
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

int epoll_wait(int epfd, struct epoll_event *events, int max, int timeout)
{
	if (fails(&wait_plan))
		return -1;
	return (int)syscall(
	    SYS_epoll_pwait, epfd, events, max, timeout, NULL, 0);
}

int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	const struct timespec time = {
	    .tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};

	if (fails(&poll_plan))
		return -1;
	return (int)syscall(
	    SYS_ppoll, fds, n, timeout < 0 ? NULL : &time, NULL, 0);
}

/* Looking whether a newcomer is still there reads nothing. */
ssize_t recv(int fd, void *buffer, size_t len, int flags)
{
	if (!(flags & MSG_PEEK) && fails(&read_plan))
		return -1;
	return syscall(SYS_recvfrom, fd, buffer, len, flags, NULL, NULL);
}

/* Where descriptors may come, they are looked for. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	if (fails(&read_plan))
		return -1;
	return syscall(SYS_recvmsg, fd, message, flags);
}

/* Watching --------------------------------------------------------- */

START_TEST(a_newcomer_that_cannot_be_watched_is_turned_away)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	ctl_plan = (struct plan){1, ENOSPC};
	b = stage_connect(&s);
	stage_settle(&s);
	ck_assert_int_eq(ctl_plan.n, 0);
	ck_assert_str_eq(stage_heard(&s, b), "(end)");
	ck_assert_uint_eq(s.server->n_conns, 1);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

/* Its answers would never go out, and it would never be noticed to be gone. */
START_TEST(one_that_can_be_watched_no_longer_ends_and_lets_go)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE);
	stage_ask(&s, b, ACQUIRE);
	ctl_plan = (struct plan){1, ENOMEM};
	ck_assert_int_eq(shutdown(a, SHUT_WR), 0);
	stage_send(b, "{'op':'ping'}");
	stage_settle(&s);
	ck_assert_int_eq(ctl_plan.n, 0);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, b), "'token'"));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

START_TEST(a_waiter_that_can_be_watched_no_longer_is_granted_nothing)
{
	int a, b, c;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	c = stage_join(&s);
	stage_ask(&s, a, ACQUIRE);
	stage_ask(&s, b, ACQUIRE);
	stage_ask(&s, c, ACQUIRE);
	ctl_plan = (struct plan){1, ENOMEM};
	ck_assert_int_eq(shutdown(b, SHUT_WR), 0);
	stage_settle(&s);
	ck_assert_int_eq(ctl_plan.n, 0);
	ck_assert_str_eq(stage_heard(&s, b), "(end)");
	stage_expect(&s, a, RELEASE, OK);
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, c), "'token'"));
	ck_assert_ptr_null(strstr(s.said, "abandoned"));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_leave(&s, c);
	stage_close(&s);
}
END_TEST

START_TEST(a_listener_that_cannot_be_watched_again_rests_on)
{
	int a;

	stage_open(&s);
	/* As after newcomers for whom there were no descriptors. */
	ck_assert_int_eq(event_del(s.server->newcomers), 0);
	s.server->rests_until = stage_now + 100;
	ctl_plan = (struct plan){1, ENOSPC};
	stage_pass(&s, 100);
	ck_assert_int_eq(ctl_plan.n, 0);
	ck_assert_int_eq(s.server->rests_until, stage_now + 100);
	ck_assert_int_eq(s.server->timer_at, stage_now + 100);
	stage_pass(&s, 100);
	ck_assert_int_eq(s.server->rests_until, MTIME_NEVER);
	a = stage_join(&s);
	stage_expect(&s, a, "{'op':'ping'}", OK);
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

/* Waiting ---------------------------------------------------------- */

START_TEST(a_server_that_cannot_wait_for_a_moment_serves_on)
{
	int a;

	stage_open(&s);
	a = stage_join(&s);
	stage_send(a, "{'op':'ping'}");
	wait_plan = (struct plan){9, EINVAL};
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert(server_run(s.server));
	ck_assert_int_eq(wait_plan.n, 0);
	ck_assert_str_eq(stage_heard(&s, a), OK);
	stage_leave(&s, a);
	stage_close(&s);
}
END_TEST

START_TEST(a_server_that_can_wait_no_longer_ends_and_says_so)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE);
	stage_ask(&s, b, ACQUIRE);
	wait_plan = (struct plan){1000, EINVAL};
	ck_assert(!server_run(s.server));
	ck_assert_int_gt(wait_plan.n, 900);
	wait_plan.n = 0;
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, b), "shutting_down"));
	stage_leave(&s, a);
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

/* Looking and reading ---------------------------------------------- */

/* The event that tells of a hang-up comes once only. */
START_TEST(a_signal_does_not_hide_that_a_waiter_is_gone)
{
	static const int errors[] = {EINTR, ENOMEM};
	int a, b;

	for (int i = 0; i < 2; i++) {
		stage_open(&s);
		a = stage_join(&s);
		b = stage_join(&s);
		stage_ask(&s, a, ACQUIRE);
		stage_ask(&s, b, ACQUIRE);
		ck_assert_int_eq(shutdown(b, SHUT_WR), 0);
		stage_settle(&s);
		ck_assert_uint_eq(s.server->n_conns, 2);
		stage_leave(&s, b);
		poll_plan = (struct plan){1, errors[i]};
		stage_settle(&s);
		ck_assert_int_eq(poll_plan.n, 0);
		ck_assert_uint_eq(s.server->n_conns, 1);
		stage_leave(&s, a);
		stage_close(&s);
	}
}
END_TEST

START_TEST(a_signal_does_not_swallow_last_words)
{
	int a, b;

	stage_open(&s);
	a = stage_join(&s);
	b = stage_join(&s);
	stage_ask(&s, a, ACQUIRE);
	stage_ask(&s, b, ACQUIRE);
	stage_send(a, RELEASE);
	stage_leave(&s, a);
	read_plan = (struct plan){1, EINTR};
	stage_settle(&s);
	ck_assert_int_eq(read_plan.n, 0);
	ck_assert_ptr_nonnull(strstr(stage_heard(&s, b), "'token'"));
	ck_assert_ptr_null(strstr(s.said, "abandoned"));
	stage_leave(&s, b);
	stage_close(&s);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_newcomer_that_cannot_be_watched_is_turned_away,
	    one_that_can_be_watched_no_longer_ends_and_lets_go,
	    a_waiter_that_can_be_watched_no_longer_is_granted_nothing,
	    a_listener_that_cannot_be_watched_again_rests_on,
	    a_server_that_cannot_wait_for_a_moment_serves_on,
	    a_server_that_can_wait_no_longer_ends_and_says_so,
	    a_signal_does_not_hide_that_a_waiter_is_gone,
	    a_signal_does_not_swallow_last_words,
	    NULL,
	};

	return unit_run("faults", tests);
}
