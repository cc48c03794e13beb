/* SPDX-License-Identifier: MIT */
/*
 * A process forks in one thread while others use handles of their own: one
 * opens and closes, one waits for a lock. Whatever the others are at, a child
 * has no descriptor of the library's left, for it would keep what a dead
 * parent held.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "msync.h"
#include "scene.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* At least so many of each happen, beside each other. */
#define N_FORKS   400
#define N_HANDLES 400

static atomic_bool is_over;

/* The handles of this process go to the daemon of the test. */
static void set_up(void)
{
	daemon_start(&server, NULL);
	client_open(P, &server);
	client_open(A, &server);
	ck_assert_int_eq(setenv("MSYNC_SOCKET", server.socket, 1), 0);
}

static void tear_down(void)
{
	connected_await(P, 2);
	client_close(A);
	client_close(P);
	daemon_stop(&server);
}

/* Sockets of this process but those of the test itself; -1: who knows. It asks
 * the kernel only: in the child of a process with threads nothing else is
 * safe. */
static int count_sockets(void)
{
	_Alignas(struct dirent64) char entries[4096];
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t n;
	int found = 0;

	while ((n = getdents64(dir, entries, sizeof(entries))) > 0) {
		const struct dirent64 *entry;

		for (char *at = entries; at < entries + n;
		     at += entry->d_reclen) {
			struct stat about;
			int fd;

			entry = (const struct dirent64 *)(const void *)at;
			fd = atoi(entry->d_name);
			if (entry->d_name[0] != '.' && fstat(fd, &about) == 0 &&
			    S_ISSOCK(about.st_mode) && fd != P->fd &&
			    fd != A->fd)
				found++;
		}
	}
	close(dir);
	return n < 0 ? -1 : found;
}

/* What a child counts. */
static int count_in_child(void)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int n = count_sockets();

		_exit(n < 0 ? 255 : n);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Threads do not assert: they return what went wrong, or NULL. */
static void *open_and_close(void *arg)
{
	atomic_int *n_opened = arg;

	while (!atomic_load(&is_over)) {
		struct msync_conn *conn;
		int code = msync_open(&conn, NULL);

		msync_close(conn);
		if (code != 0)
			return (void *)(uintptr_t)msync_strerror(code);
		(*n_opened)++;
	}
	return NULL;
}

static void *wait_for_a_lock(void *arg)
{
	struct msync_grant *grant;
	int code = msync_lock_acquire(arg, "k", MSYNC_FOREVER, NULL, &grant);

	if (code == 0)
		code = msync_release(grant);
	return code == 0 ? NULL : (void *)(uintptr_t)msync_strerror(code);
}

static void expect_end_of(pthread_t thread)
{
	void *wrong;

	ck_assert_int_eq(pthread_join(thread, &wrong), 0);
	ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
}

START_TEST(child_has_no_socket_left_whatever_other_threads_do)
{
	struct msync_conn *idle, *waiting;
	pthread_t opener, waiter;
	atomic_int n_opened = 0;

	acquire(A, "k");
	ck_assert_int_eq(msync_open(&idle, NULL), 0);
	ck_assert_int_eq(msync_open(&waiting, NULL), 0);
	ck_assert_int_eq(count_sockets(), 2);
	ck_assert_int_eq(
	    pthread_create(&waiter, NULL, wait_for_a_lock, waiting), 0);
	gauge_await(P, "lock", "waits", 1);
	ck_assert_int_eq(
	    pthread_create(&opener, NULL, open_and_close, &n_opened), 0);

	for (int i = 0; i < N_FORKS || n_opened < N_HANDLES; i++)
		ck_assert_int_eq(count_in_child(), 0);
	atomic_store(&is_over, true);
	expect_end_of(opener);
	expect_ok(release(A, "k"));
	expect_end_of(waiter);
	msync_close(idle);
	msync_close(waiting);
	ck_assert_int_eq(count_sockets(), 0);
}
END_TEST

/* Descriptors that a program would get that is executed now. */
static int count_left_by_exec(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++) {
		int flags = fcntl(fd, F_GETFD);

		n += flags >= 0 && (flags & FD_CLOEXEC) == 0;
	}
	return n;
}

START_TEST(descriptors_of_handles_are_closed_by_exec)
{
	int before = count_left_by_exec();
	struct msync_conn *conn;

	ck_assert_int_eq(msync_open(&conn, NULL), 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_ge(msync_fd(conn), 0);
		ck_assert_int_lt(msync_fd(conn), 256);
		ck_assert_int_eq(count_left_by_exec(), before);
		ck_assert_int_eq(msync_ping(conn), 0);
		ck_assert_int_eq(msync_reopen(conn), 0);
	}
	msync_close(conn);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client, fork and threads");
	TCase *tests = scene_case(suite, "threads", set_up, tear_down);

	tcase_add_test(
	    tests, child_has_no_socket_left_whatever_other_threads_do);
	tcase_add_test(tests, descriptors_of_handles_are_closed_by_exec);
	return scene_run(suite);
}
