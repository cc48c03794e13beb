/* SPDX-License-Identifier: MIT */
/*
 * Tests of sock.h: the socket and the clock. The other end is a listener of
 * the test's own, which lets nobody in until it is told to.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 16 /* more than the queue of the listener takes */

static char dir[64], path[96];
static int listener;
static int queued[MANY], n_queued;
static volatile sig_atomic_t n_alarms;

static void set_up(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(dir, sizeof(dir), "/tmp/msync-sock-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(listener, (const struct sockaddr *)&address, sizeof(address)),
	    0);
	ck_assert_int_eq(listen(listener, 1), 0);
	n_queued = 0;
}

static void tear_down(void)
{
	for (int i = 0; i < n_queued; i++)
		sock_close(queued[i]);
	sock_close(listener);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* Fills the listener's queue, so that nobody else gets in. */
static void fill_queue(void)
{
	int error = 0;

	while (error == 0) {
		ck_assert_int_lt(n_queued, MANY);
		queued[n_queued] = sock_new();
		error = sock_join(queued[n_queued], path, 0);
		n_queued++;
	}
	ck_assert_int_eq(error, -EAGAIN);
	ck_assert_int_gt(n_queued, 1);
}

static void on_alarm(int number)
{
	(void)number;
	n_alarms++;
}

/* From here on a signal comes every few milliseconds, and interrupts what this
 * process waits for: connect(2) with a limit even where SA_RESTART is set. */
static void disturb(void)
{
	struct sigaction action = {
	    .sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 7000}, {0, 7000}};

	ck_assert_int_eq(sigaction(SIGALRM, &action, NULL), 0);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &often, NULL), 0);
}

/* A connection: the end of the library, and the other one. */
static void join(int *fd, int *other)
{
	*fd = sock_new();
	ck_assert_int_eq(sock_join(*fd, path, 1000), 0);
	*other = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(*other, 0);
}

/* Connecting ------------------------------------------------------- */

START_TEST(descriptors_do_not_outlive_an_exec)
{
	int fd = sock_new();

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(sock_join(fd, path, 0), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	sock_close(fd);
}
END_TEST

START_TEST(full_queue_is_waited_for_as_long_as_was_said)
{
	int fd = sock_new();
	long begin = now_ms();

	fill_queue();
	ck_assert_int_eq(sock_join(fd, path, 150), -EAGAIN);
	ck_assert_int_ge(now_ms() - begin, 150);
	sock_close(fd);
}
END_TEST

START_TEST(signals_do_not_shorten_the_wait_and_are_no_failure)
{
	int fd = sock_new();
	long begin = now_ms();

	fill_queue();
	disturb();
	ck_assert_int_eq(sock_join(fd, path, 150), -EAGAIN);
	ck_assert_int_ge(now_ms() - begin, 150);
	ck_assert_int_gt(n_alarms, 0);
	sock_close(fd);
}
END_TEST

START_TEST(full_queue_is_not_waited_for_where_nothing_was_said)
{
	int fd = sock_new();

	/* It would never return: nobody lets anybody in. */
	fill_queue();
	ck_assert_int_eq(sock_join(fd, path, 0), -EAGAIN);
	ck_assert_int_eq(sock_join(fd, path, 0), -EAGAIN);
	sock_close(fd);
}
END_TEST

static void let_all_in(void)
{
	for (int i = 1; i < n_queued; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		ck_assert_int_ge(fd, 0);
		sock_close(fd);
	}
}

/* With and without signals. */
START_TEST(place_in_the_queue_is_taken_when_one_becomes_free)
{
	int fd = sock_new(), status;
	pid_t pid;

	fill_queue();
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		if (_i == 1)
			disturb();
		_exit(sock_join(fd, path, 60000) == 0 ? 0 : 1);
	}
	/* It makes no difference whether the child waits already. */
	let_all_in();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	sock_close(fd);
}
END_TEST

START_TEST(paths_where_nobody_listens_say_why)
{
	char other[sizeof(path) + 8];
	int fd = sock_new();

	snprintf(other, sizeof(other), "%s.none", path);
	ck_assert_int_eq(sock_join(fd, other, 1000), -ENOENT);
	ck_assert_int_eq(sock_join(fd, "", 1000), -ECONNREFUSED);
	sock_close(listener);
	listener = -1;
	ck_assert_int_eq(sock_join(fd, path, 1000), -ECONNREFUSED);
	sock_close(fd);
}
END_TEST

START_TEST(longest_path_is_taken_and_one_byte_more_refused)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t most = sizeof(address.sun_path) - 1, len = strlen(dir);
	char longest[sizeof(address.sun_path) + 1] = "";
	int fd = sock_new(), own = sock_new();

	memset(longest, 'x', most);
	memcpy(longest, dir, len);
	longest[len] = '/';
	memcpy(address.sun_path, longest, most + 1);
	ck_assert_int_eq(
	    bind(own, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(own, 1), 0);
	ck_assert_int_eq(sock_join(fd, longest, 1000), 0);
	sock_close(fd);
	ck_assert_int_eq(unlink(longest), 0);
	longest[most] = 'x';
	fd = sock_new();
	ck_assert_int_eq(sock_join(fd, longest, 1000), -ENAMETOOLONG);
	sock_close(fd);
	sock_close(own);
}
END_TEST

/* Sending and receiving -------------------------------------------- */

START_TEST(bytes_pass_and_nothing_waits)
{
	char bytes[4096] = "ping", got[8];
	int fd, other;
	ssize_t n;

	join(&fd, &other);
	ck_assert_int_eq(sock_recv(fd, got, sizeof(got)), -EAGAIN);
	ck_assert_int_eq(sock_send(other, bytes, 4), 4);
	ck_assert_int_eq(sock_recv(fd, got, sizeof(got)), 4);
	ck_assert_mem_eq(got, "ping", 4);
	do {
		n = sock_send(fd, bytes, sizeof(bytes));
	} while (n > 0);
	ck_assert_int_eq(n, -EAGAIN);
	sock_close(other);
	sock_close(fd);
}
END_TEST

START_TEST(other_end_that_is_gone_is_a_code_and_no_signal)
{
	char byte;
	int fd, other;

	ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	join(&fd, &other);
	sock_close(other);
	ck_assert_int_eq(sock_send(fd, "x", 1), -EPIPE);
	ck_assert_int_eq(sock_recv(fd, &byte, 1), 0);
	sock_close(fd);
	/* It left without reading. */
	join(&fd, &other);
	ck_assert_int_eq(sock_send(fd, "x", 1), 1);
	sock_close(other);
	ck_assert_int_eq(sock_recv(fd, &byte, 1), -ECONNRESET);
	sock_close(fd);
	ck_assert_int_eq(sock_recv(-1, &byte, 1), -EBADF);
}
END_TEST

START_TEST(close_leaves_the_connection_to_who_has_it_too)
{
	char byte;
	int fd, other, kept;

	join(&fd, &other);
	kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	errno = ENOTTY;
	sock_close(fd);
	sock_close(-1);
	ck_assert_int_eq(errno, ENOTTY);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(sock_recv(other, &byte, 1), -EAGAIN);
	ck_assert_int_eq(sock_send(kept, "x", 1), 1);
	ck_assert_int_eq(sock_recv(other, &byte, 1), 1);
	sock_close(kept);
	ck_assert_int_eq(sock_recv(other, &byte, 1), 0);
	sock_close(other);
}
END_TEST

/* Waiting ---------------------------------------------------------- */

/* With and without signals. */
START_TEST(wait_ends_with_its_time_and_not_before)
{
	long begin = now_ms();
	int fd, other;

	join(&fd, &other);
	if (_i == 1)
		disturb();
	ck_assert(!sock_wait(fd, false, sock_after(100)));
	ck_assert_int_ge(now_ms() - begin, 100);
	ck_assert(_i == 0 || n_alarms > 0);
	ck_assert(!sock_wait(fd, false, sock_now() - 1));
	sock_close(other);
	sock_close(fd);
}
END_TEST

START_TEST(recv_that_waits_ends_with_bytes_an_end_or_its_limit)
{
	long begin = now_ms();
	char byte;
	int fd, other;

	join(&fd, &other);
	ck_assert_int_eq(sock_set_recv_wait(fd, 100), 0);
	ck_assert_int_eq(sock_recv_wait(fd, &byte, 1), -EAGAIN);
	/* The kernel counts in ticks. */
	ck_assert_int_ge(now_ms() - begin, 50);
	ck_assert_int_eq(sock_set_recv_wait(fd, 0), 0);
	ck_assert_int_eq(sock_recv_wait(fd, &byte, 1), -EAGAIN);
	ck_assert_int_eq(sock_set_recv_wait(fd, -1), 0);
	ck_assert_int_eq(sock_send(other, "x", 1), 1);
	ck_assert_int_eq(sock_recv_wait(fd, &byte, 1), 1);
	sock_close(other);
	ck_assert_int_eq(sock_recv_wait(fd, &byte, 1), 0);
	sock_close(fd);
	ck_assert_int_eq(sock_recv_wait(-1, &byte, 1), -EBADF);
	ck_assert_int_eq(sock_set_recv_wait(-1, 1), -EBADF);
}
END_TEST

/* Or each signal would begin its limit anew, and it would never end. */
START_TEST(recv_that_waits_ends_with_a_signal)
{
	char byte;
	int fd, other;

	join(&fd, &other);
	ck_assert_int_eq(sock_set_recv_wait(fd, 1000000), 0);
	disturb();
	ck_assert_int_eq(sock_recv_wait(fd, &byte, 1), -EAGAIN);
	ck_assert(n_alarms > 0);
	sock_close(other);
	sock_close(fd);
}
END_TEST

START_TEST(wait_ends_with_bytes_an_end_or_room)
{
	int fd, other;

	join(&fd, &other);
	ck_assert(sock_wait(fd, true, SOCK_NEVER));
	ck_assert_int_eq(sock_send(other, "x", 1), 1);
	ck_assert(sock_wait(fd, false, SOCK_NEVER));
	sock_close(fd);
	sock_close(other);
	join(&fd, &other);
	sock_close(other);
	ck_assert(sock_wait(fd, false, SOCK_NEVER));
	sock_close(fd);
}
END_TEST

START_TEST(times_end_never_or_in_what_poll_can_take)
{
	int64_t now = sock_now();

	ck_assert_int_ge(now, 0);
	ck_assert_int_ge(sock_now(), now);
	ck_assert_int_ge(sock_after(5000), now + 5000);
	ck_assert(sock_after(-1) == SOCK_NEVER);
	ck_assert_int_eq(sock_left(SOCK_NEVER), -1);
	ck_assert_int_eq(sock_left(0), 0);
	ck_assert_int_eq(sock_left(now), 0);
	ck_assert_int_eq(sock_left(SOCK_NEVER - 1), INT_MAX);
	ck_assert_int_gt(sock_left(sock_after(1000000)), 0);
	ck_assert_int_le(sock_left(sock_after(1000000)), 1000000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sock");
	TCase *tests = scene_case(suite, "sock", set_up, tear_down);

	tcase_add_test(tests, descriptors_do_not_outlive_an_exec);
	tcase_add_test(tests, full_queue_is_waited_for_as_long_as_was_said);
	tcase_add_test(
	    tests, signals_do_not_shorten_the_wait_and_are_no_failure);
	tcase_add_test(
	    tests, full_queue_is_not_waited_for_where_nothing_was_said);
	tcase_add_loop_test(
	    tests, place_in_the_queue_is_taken_when_one_becomes_free, 0, 2);
	tcase_add_test(tests, paths_where_nobody_listens_say_why);
	tcase_add_test(tests, longest_path_is_taken_and_one_byte_more_refused);
	tcase_add_test(tests, bytes_pass_and_nothing_waits);
	tcase_add_test(tests, other_end_that_is_gone_is_a_code_and_no_signal);
	tcase_add_test(tests, close_leaves_the_connection_to_who_has_it_too);
	tcase_add_loop_test(
	    tests, wait_ends_with_its_time_and_not_before, 0, 2);
	tcase_add_test(
	    tests, recv_that_waits_ends_with_bytes_an_end_or_its_limit);
	tcase_add_test(tests, recv_that_waits_ends_with_a_signal);
	tcase_add_test(tests, wait_ends_with_bytes_an_end_or_room);
	tcase_add_test(tests, times_end_never_or_in_what_poll_can_take);
	return scene_run(suite);
}
