/* SPDX-License-Identifier: MIT */
/*
 * How handles of libmsync get their connection, or do not: paths, the
 * environment, permissions, daemons that are not there or are none; and how
 * they get another one.
 */
#define _GNU_SOURCE 1
#include "handles.h"
#include "opts.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CONNECTIONS 5000

/* Opens a handle on this path (NULL: none is said), which must answer this
 * code, with these words. */
static struct msync_conn *open_failing(
    const char *path, int code, const char *words)
{
	struct msync_opts *opts;
	struct msync_conn *conn;
	int seen;

	ck_assert_int_eq(msync_opts_new(&opts), 0);
	if (path != NULL)
		ck_assert_int_eq(msync_opts_set_socket(opts, path), 0);
	seen = msync_open(&conn, opts);
	msync_opts_free(opts);
	ck_assert_ptr_nonnull(conn);
	expect_failure(conn, seen, code, words, path, NULL);
	ck_assert_int_eq(msync_fd(conn), -1);
	return conn;
}

/* A path beside the daemon's socket; static. */
static const char *beside(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", server.dir, name);
	return path;
}

/* Nobody there --------------------------------------------------------- */

START_TEST(handle_comes_back_where_there_is_no_socket)
{
	struct msync_conn *conn =
	    open_failing(beside("none"), MSYNC_E_CONN, "is msyncd running?");
	struct msync_grant *grant = (struct msync_grant *)conn;

	expect_failure(conn, msync_lock_acquire(conn, "k", 0, NULL, &grant),
	    MSYNC_E_CONN, "no such socket", NULL);
	ck_assert_ptr_null(grant);
	expect_code(conn, msync_ping(conn), MSYNC_E_CONN);
	expect_code(conn, msync_reset(conn), MSYNC_E_CONN);
	expect_code(conn, msync_reopen(conn), MSYNC_E_CONN);
	expect_code(conn, msync_process(conn), MSYNC_E_CONN);
	ck_assert_int_eq(msync_errholder(conn, NULL, NULL, NULL), 0);
	msync_close(conn);
}
END_TEST

START_TEST(socket_on_which_nobody_listens_is_no_daemon)
{
	daemon_kill(&server);
	msync_close(
	    open_failing(server.socket, MSYNC_E_CONN, "nobody listens there"));
	msync_close(open_failing(server.dir, MSYNC_E_CONN, "cannot connect"));
}
END_TEST

START_TEST(path_that_is_longer_than_any_socket_s_is_refused)
{
	struct msync_opts *opts;
	char path[109];

	memset(path, 'p', 108);
	path[108] = '\0';
	ck_assert_int_eq(msync_opts_new(&opts), 0);
	ck_assert_int_eq(msync_opts_set_socket(opts, path), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_socket(opts, ""), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_socket(opts, NULL), MSYNC_E_INVALID);
	path[107] = '\0';
	ck_assert_int_eq(msync_opts_set_socket(opts, path), 0);
	msync_opts_free(opts);
	msync_close(open_failing(path, MSYNC_E_CONN, "no such socket"));
	/* From the environment, it is found out later. */
	path[107] = 'p';
	ck_assert_int_eq(setenv("MSYNC_SOCKET", path, 1), 0);
	msync_close(open_failing(NULL, MSYNC_E_CONN, path));
}
END_TEST

/* A listening socket beside the daemon's, with room for nobody to wait. */
static int listen_beside(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
	    server.dir, name);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	return fd;
}

START_TEST(daemon_that_is_full_is_waited_for_no_longer_than_said)
{
	struct msync_opts *opts = handles_opts();
	int listener = listen_beside("full");
	struct msync_conn *waits, *conn;
	long begin;
	int code;

	ck_assert_int_eq(msync_opts_set_socket(opts, beside("full")), 0);
	ck_assert_int_eq(msync_opts_set_connect_ms(opts, 100), 0);
	/* The one that is not accepted takes the only place. */
	ck_assert_int_eq(msync_open(&waits, opts), 0);
	begin = now_ms();
	code = msync_open(&conn, opts);
	expect_failure(conn, code, MSYNC_E_CONN, "too many are waiting", NULL);
	/* The kernel counts this time in ticks. */
	ck_assert_int_ge(now_ms() - begin, 90);
	msync_opts_free(opts);
	msync_close(conn);
	msync_close(waits);
	close(listener);
}
END_TEST

/* Not for us ----------------------------------------------------------- */

START_TEST(socket_that_this_user_may_not_use_is_denied)
{
	uid_t uid = geteuid();
	struct msync_conn *conn;

	/* To its owner, too; but root is not kept out by anything. */
	ck_assert_int_eq(chmod(server.dir, 0711), 0);
	ck_assert_int_eq(chmod(server.socket, 0), 0);
	if (uid == 0)
		ck_assert_int_eq(seteuid(OTHER_UID), 0);
	conn = open_failing(server.socket, MSYNC_E_DENIED, "group");
	expect_code(conn, msync_ping(conn), MSYNC_E_DENIED);
	expect_code(conn, msync_reopen(conn), MSYNC_E_DENIED);
	ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(chmod(server.socket, 0600), 0);
	expect_code(conn, msync_reopen(conn), 0);
	expect_code(conn, msync_ping(conn), 0);
	msync_close(conn);
}
END_TEST

START_TEST(connection_beyond_the_share_of_the_user_is_told_so)
{
	int n = MAX_CONNECTIONS - (int)connected(P);
	struct client *c = calloc((size_t)n, sizeof(*c));
	struct msync_conn *conn;

	ck_assert_ptr_nonnull(c);
	for (int i = 0; i < n; i++) {
		client_open(&c[i], &server);
		/* Let in before the next ones, which are queued for that. */
		if (i % 500 == 499)
			expect_ok(client_ask(&c[i], "{\"op\":\"ping\"}"));
	}
	connected_await(P, MAX_CONNECTIONS);
	/* The daemon says so in the place of its first answer. */
	conn = handle_open(NULL);
	expect_failure(
	    conn, msync_ping(conn), MSYNC_E_QUOTA, "connections", NULL);
	ck_assert_int_eq(msync_fd(conn), -1);
	expect_code(conn, msync_ping(conn), MSYNC_E_CONN);
	client_close(&c[0]);
	connected_await(P, MAX_CONNECTIONS - 1);
	expect_code(conn, msync_reopen(conn), 0);
	expect_code(conn, msync_ping(conn), 0);
	msync_close(conn);
	while (n-- > 0)
		client_close(&c[n]);
	free(c);
}
END_TEST

/* What a stranger answers to a first request. */
static const char *const strangers[] = {
    "HTTP/1.1 400 Bad Request\n",
    "{\"ok\":true}\n",
    "{\"id\":12345,\"ok\":true}\n",
    "[]\n",
    "\n",
};

START_TEST(what_answers_and_is_no_msyncd_is_left_alone)
{
	struct msync_opts *opts = handles_opts();
	int listener = listen_beside("stranger"), fd;
	struct msync_conn *conn;
	char buf[4096];

	ck_assert_int_eq(msync_opts_set_socket(opts, beside("stranger")), 0);
	conn = handle_open(opts);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(
	    send(fd, strangers[_i], strlen(strangers[_i]), MSG_NOSIGNAL), 0);
	expect_failure(conn, msync_ping(conn), MSYNC_E_PROTOCOL, "not msyncd",
	    beside("stranger"), NULL);
	ck_assert_int_eq(msync_fd(conn), -1);
	expect_code(conn, msync_ping(conn), MSYNC_E_CONN);
	/* It has heard a greeting, and no more once that was answered. */
	ck_assert_int_gt(recv(fd, buf, sizeof(buf), 0), 0);
	close(fd);
	close(listener);
	msync_close(conn);
}
END_TEST

/* Found ---------------------------------------------------------------- */

START_TEST(path_is_that_of_the_options_or_the_environment_or_the_usual_one)
{
	struct msync_opts *opts;
	struct msync_conn *conn;

	ck_assert_int_eq(msync_opts_new(&opts), 0);
	ck_assert_int_eq(unsetenv("MSYNC_SOCKET"), 0);
	ck_assert_str_eq(opts_path(opts), "/run/msyncd/msyncd.sock");
	ck_assert_int_eq(setenv("MSYNC_SOCKET", "", 1), 0);
	ck_assert_str_eq(opts_path(opts), "/run/msyncd/msyncd.sock");
	ck_assert_int_eq(setenv("MSYNC_SOCKET", server.socket, 1), 0);
	ck_assert_str_eq(opts_path(opts), server.socket);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(msync_open(&conn, i ? opts : NULL), 0);
		expect_code(conn, msync_ping(conn), 0);
		msync_close(conn);
	}
	msync_opts_free(opts);
	msync_close(
	    open_failing(beside("none"), MSYNC_E_CONN, "no such socket"));
}
END_TEST

START_TEST(descriptor_is_closed_by_exec_and_is_asked_for_input_only)
{
	int flags = fcntl(msync_fd(one), F_GETFD);

	ck_assert_int_ge(flags, 0);
	ck_assert_int_ne(flags & FD_CLOEXEC, 0);
	expect_code(one, msync_ping(one), 0);
	ck_assert_int_eq(msync_events(one), POLLIN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_open");
	TCase *tests = handles_case(suite, "client_open");

	scene_allow_files(MAX_CONNECTIONS + 100);
	tcase_add_test(tests, handle_comes_back_where_there_is_no_socket);
	tcase_add_test(tests, socket_on_which_nobody_listens_is_no_daemon);
	tcase_add_test(tests, path_that_is_longer_than_any_socket_s_is_refused);
	tcase_add_test(
	    tests, daemon_that_is_full_is_waited_for_no_longer_than_said);
	tcase_add_test(tests, socket_that_this_user_may_not_use_is_denied);
	tcase_add_test(
	    tests, connection_beyond_the_share_of_the_user_is_told_so);
	tcase_add_loop_test(tests, what_answers_and_is_no_msyncd_is_left_alone,
	    0, sizeof(strangers) / sizeof(*strangers));
	tcase_add_test(tests,
	    path_is_that_of_the_options_or_the_environment_or_the_usual_one);
	tcase_add_test(
	    tests, descriptor_is_closed_by_exec_and_is_asked_for_input_only);
	return scene_run(suite);
}
