/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that are sent along: who may send them, and what becomes of
 * those that come. Where the kernel refuses them, it is a connection made
 * before refusing began that shows what happens to the others.
 */
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"
#include "proto.h"

#define LIMIT_S 60

static struct rights rights;
static int ours, theirs;
static char bytes[64];
static bool came;

static void set_up(void)
{
	int pair[2];

	rights.queue = -1;
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	ours = pair[0];
	theirs = pair[1];
}

static void tear_down(void)
{
	close(ours);
	close(theirs);
	rights_deinit(&rights);
}

/* Waits until nobody has the read end of a pipe any more. */
static void await_last_close(int write_end)
{
	time_t end = time(NULL) + LIMIT_S;

	while (write(write_end, "", 1) == 1 || errno == EAGAIN) {
		ck_assert_msg(time(NULL) < end, "it is not closed");
		sched_yield();
	}
	ck_assert_int_eq(errno, EPIPE);
}

/* A pipe whose read end has been sent n times, and is not ours any more;
 * returns the write end. */
static int send_pipe(int n)
{
	int pipe_fds[2];

	ck_assert_int_eq(pipe2(pipe_fds, O_NONBLOCK), 0);
	ck_assert_int_eq(send_with_fds(theirs, "x", pipe_fds[0], n), 1);
	close(pipe_fds[0]);
	return pipe_fds[1];
}

START_TEST(bytes_come_as_with_read)
{
	set_up();
	ck_assert(rights_may_come(&rights, ours));
	ck_assert_int_eq(
	    rights_read(&rights, ours, bytes, sizeof(bytes), &came), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert(!came);
	ck_assert_int_eq(write(theirs, "hello", 5), 5);
	ck_assert_int_eq(
	    rights_read(&rights, ours, bytes, sizeof(bytes), &came), 5);
	ck_assert(!came);
	ck_assert_int_eq(memcmp(bytes, "hello", 5), 0);
	ck_assert_int_eq(shutdown(theirs, SHUT_WR), 0);
	ck_assert_int_eq(
	    rights_read(&rights, ours, bytes, sizeof(bytes), &came), 0);
	tear_down();
}
END_TEST

START_TEST(all_that_comes_is_told_and_closed)
{
	static const int counts[] = {1, 2, 100, FAULT_MAX_FDS};

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int write_end;

		set_up();
		write_end = send_pipe(counts[i]);
		ck_assert(rights_may_come(&rights, ours));
		ck_assert_int_eq(
		    rights_read(&rights, ours, bytes, sizeof(bytes), &came), 1);
		ck_assert(came);
		await_last_close(write_end);
		close(write_end);
		tear_down();
	}
}
END_TEST

START_TEST(what_a_connection_carries_at_its_end_is_closed)
{
	int write_end;

	(void)signal(SIGPIPE, SIG_IGN);
	set_up();
	write_end = send_pipe(3);
	ck_assert(rights_may_come(&rights, ours));
	rights_close(&rights, dup(ours));
	await_last_close(write_end);
	close(write_end);
	tear_down();
}
END_TEST

START_TEST(where_nothing_may_come_there_are_no_threads)
{
	set_up();
	rights_init(&rights, ours);
	if (!rights_may_come(&rights, ours)) {
		ck_assert_int_eq(rights.queue, -1);
		ck_assert_int_eq(
		    send_with_fds(theirs, "x", STDIN_FILENO, 1), -1);
		ck_assert_int_eq(errno, EPERM);
	} else {
		/* An old kernel, which cannot refuse. */
		ck_assert_int_ge(rights.queue, 0);
		ck_assert_int_eq(
		    send_with_fds(theirs, "x", STDIN_FILENO, 1), 1);
	}
	tear_down();
}
END_TEST

/* Without the threads, descriptors are closed all the same. */
START_TEST(a_queue_that_takes_nothing_keeps_nothing)
{
	int write_end;

	(void)signal(SIGPIPE, SIG_IGN);
	set_up();
	write_end = send_pipe(5);
	ck_assert_int_eq(
	    rights_read(&rights, ours, bytes, sizeof(bytes), &came), 1);
	ck_assert(came);
	ck_assert_int_eq(write(write_end, "", 1), -1);
	ck_assert_int_eq(errno, EPIPE);
	close(write_end);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    bytes_come_as_with_read,
	    all_that_comes_is_told_and_closed,
	    what_a_connection_carries_at_its_end_is_closed,
	    where_nothing_may_come_there_are_no_threads,
	    a_queue_that_takes_nothing_keeps_nothing,
	    NULL,
	};

	return unit_run("rights", tests);
}
