/* SPDX-License-Identifier: MIT */
/*
 * The listening socket: where it may be, who may connect, what happens to what
 * is there already, and what becomes of newcomers without descriptors.
 */
#include "proto.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"

static struct listener listener;
static char dir[64], path[96], lock[104];

/* What was logged since the call before. */
static const char *logged(void)
{
	static char text[4096];
	static int reader = -1;
	ssize_t n;

	if (reader < 0) {
		int fds[2];

		ck_assert_int_eq(pipe(fds), 0);
		ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
		close(fds[1]);
		reader = fds[0];
		fcntl(reader, F_SETFL, O_NONBLOCK);
	}
	n = read(reader, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/msyncd-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	snprintf(lock, sizeof(lock), "%s/s.lock", dir);
	logged();
}

static void tear_down(void)
{
	(void)unlink(path);
	(void)unlink(lock);
	ck_assert_int_eq(rmdir(dir), 0);
}

static bool open_at(struct listener *which, const char *where)
{
	static const struct log log = {.level = LOG_LEVEL_INFO};
	static const struct listener_access access = {
	    .mode = 0660, .group = (gid_t)-1};

	return listener_open(which, where, &access, &log);
}

/* Asserts that it refuses the path, says why in these words, and leaves no
 * descriptor behind. */
static void refuses(const char *where, const char *words)
{
	struct listener other;
	int before = dup(STDIN_FILENO);
	const char *line;

	close(before);
	ck_assert(!open_at(&other, where));
	line = logged();
	ck_assert_msg(strstr(line, "event=cannot_listen") != NULL &&
			  strstr(line, words) != NULL,
	    "%s", line);
	listener_close(&other);
	ck_assert_int_eq(dup(STDIN_FILENO), before);
	close(before);
}

/* A client of the path; -1 and errno where there is no listener. */
static int join(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return fd;
	close(fd);
	return -1;
}

static mode_t mode_of(const char *where)
{
	struct stat st;

	ck_assert_int_eq(lstat(where, &st), 0);
	return st.st_mode;
}

/* Opening ---------------------------------------------------------- */

START_TEST(it_listens_with_its_own_mode_whatever_the_umask)
{
	static const mode_t masks[] = {0, 022, 077, 0777};

	set_up();
	for (int i = 0; i < 4; i++) {
		umask(masks[i]);
		ck_assert(open_at(&listener, path));
		ck_assert_uint_eq(mode_of(path), S_IFSOCK | 0660);
		ck_assert_uint_eq(umask(022), masks[i]);
		listener_close(&listener);
		unlink(lock);
	}
	tear_down();
}
END_TEST

START_TEST(no_descriptor_outlives_an_exec_or_blocks)
{
	int client, fd;

	set_up();
	ck_assert(open_at(&listener, path));
	client = join();
	fd = listener_accept(&listener);
	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(listener.lock_fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(listener.spare, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	close(client);
	listener_close(&listener);
	tear_down();
}
END_TEST

START_TEST(a_second_one_on_the_path_is_refused_and_harms_nothing)
{
	int client, fd;

	set_up();
	ck_assert(open_at(&listener, path));
	refuses(path, "another msyncd serves there");
	client = join();
	ck_assert_int_ge(client, 0);
	fd = listener_accept(&listener);
	ck_assert_int_ge(fd, 0);
	close(fd);
	close(client);
	listener_close(&listener);
	/* Once the first has gone it is free. */
	ck_assert(open_at(&listener, path));
	listener_close(&listener);
	tear_down();
}
END_TEST

START_TEST(the_socket_of_a_dead_one_is_replaced)
{
	int client;

	set_up();
	ck_assert(open_at(&listener, path));
	/* As a crash leaves it: the file stays, its lock does not. */
	close(listener.fd);
	close(listener.lock_fd);
	close(listener.spare);
	ck_assert_int_eq(join(), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	ck_assert(open_at(&listener, path));
	client = join();
	ck_assert_int_ge(client, 0);
	close(client);
	listener_close(&listener);
	tear_down();
}
END_TEST

START_TEST(closing_removes_the_socket_and_keeps_the_lock_file)
{
	set_up();
	ck_assert(open_at(&listener, path));
	listener_close(&listener);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_uint_eq(mode_of(lock), S_IFREG | 0600);
	ck_assert_int_eq(listener.fd, -1);
	ck_assert_int_eq(listener.lock_fd, -1);
	ck_assert_int_eq(listener.spare, -1);
	listener_close(&listener); /* twice is harmless */
	tear_down();
}
END_TEST

/* Paths that will not do ------------------------------------------- */

START_TEST(what_is_no_socket_is_left_alone)
{
	FILE *file;
	char text[16] = "";

	set_up();
	file = fopen(path, "w");
	fputs("precious", file);
	fclose(file);
	refuses(path, "not a socket");
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
	fclose(file);
	ck_assert_str_eq(text, "precious");
	unlink(path);
	ck_assert_int_eq(symlink("/nowhere/at/all", path), 0);
	refuses(path, "not a socket");
	ck_assert(S_ISLNK(mode_of(path)));
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	refuses(path, "not a socket");
	ck_assert_int_eq(rmdir(path), 0);
	tear_down();
}
END_TEST

START_TEST(a_lock_file_that_is_a_link_is_not_followed)
{
	char target[104];

	set_up();
	snprintf(target, sizeof(target), "%s/t", dir);
	ck_assert_int_eq(symlink(target, lock), 0);
	refuses(path, "lock file");
	ck_assert_int_eq(access(target, F_OK), -1);
	ck_assert_int_eq(access(path, F_OK), -1);
	tear_down();
}
END_TEST

START_TEST(a_path_has_at_most_107_bytes_and_is_not_empty)
{
	char longest[200];
	struct listener other;

	set_up();
	refuses("", "empty");
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, dir, strlen(dir));
	longest[strlen(dir)] = '/';
	longest[108] = '\0';
	refuses(longest, "107 bytes");
	longest[107] = '\0';
	ck_assert(open_at(&other, longest));
	ck_assert(S_ISSOCK(mode_of(longest)));
	listener_close(&other);
	ck_assert_int_eq(access(longest, F_OK), -1);
	strcpy(longest + 107, ".lock");
	ck_assert_int_eq(unlink(longest), 0);
	tear_down();
}
END_TEST

START_TEST(the_directory_has_to_be_there_and_to_be_safe)
{
	char nowhere[140];

	set_up();
	snprintf(nowhere, sizeof(nowhere), "%s/not/here", dir);
	refuses(nowhere, "its directory is not there");
	ck_assert_int_eq(chmod(dir, 0777), 0);
	refuses(path, "written by everybody");
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(access(lock, F_OK), -1);
	/* With the sticky bit nobody may remove what is another one's. */
	ck_assert_int_eq(chmod(dir, 01777), 0);
	ck_assert(open_at(&listener, path));
	listener_close(&listener);
	tear_down();
}
END_TEST

START_TEST(a_path_without_a_directory_is_where_one_is)
{
	char before[4096];

	set_up();
	ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert(open_at(&listener, "s"));
	ck_assert(S_ISSOCK(mode_of(path)));
	listener_close(&listener);
	ck_assert_int_eq(chmod(dir, 0777), 0);
	refuses("s", "written by everybody");
	ck_assert_int_eq(chdir(before), 0);
	tear_down();
}
END_TEST

/* Accepting -------------------------------------------------------- */

START_TEST(accepting_takes_one_at_a_time_and_never_waits)
{
	int clients[3], fds[3];

	set_up();
	ck_assert(open_at(&listener, path));
	ck_assert_int_eq(listener_accept(&listener), -EAGAIN);
	for (int i = 0; i < 3; i++)
		clients[i] = join();
	for (int i = 0; i < 3; i++) {
		fds[i] = listener_accept(&listener);
		ck_assert_int_ge(fds[i], 0);
	}
	ck_assert_int_eq(listener_accept(&listener), -EAGAIN);
	for (int i = 0; i < 3; i++) {
		close(clients[i]);
		close(fds[i]);
	}
	listener_close(&listener);
	tear_down();
}
END_TEST

START_TEST(without_descriptors_one_can_be_accepted_to_be_turned_away)
{
	struct rlimit limit;
	int first, second, fd;
	char byte;

	set_up();
	ck_assert(open_at(&listener, path));
	first = join();
	second = join();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = (rlim_t)second + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(listener_accept(&listener), -EMFILE);
	fd = listener_accept_last(&listener);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listener_accept_last(&listener), -EMFILE);
	ck_assert_int_eq(listener.spare, -1);
	close(fd);
	ck_assert_int_eq(recv(first, &byte, 1, 0), 0);
	ck_assert_int_eq(recv(second, &byte, 1, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	listener_restock(&listener);
	ck_assert_int_ge(listener.spare, 0);
	ck_assert_int_ge(fcntl(listener.spare, F_GETFD), 0);
	close(first);
	fd = listener_accept(&listener);
	ck_assert_int_ge(fd, 0);
	close(fd);
	close(second);
	listener_close(&listener);
	tear_down();
}
END_TEST

/* A port ----------------------------------------------------------- */

static const struct log noisy = {.level = LOG_LEVEL_INFO};

static socklen_t make_address(
    struct sockaddr_storage *address, bool is_v6, const char *ip, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	address->ss_family = is_v6 ? AF_INET6 : AF_INET;
	if (is_v6)
		v6->sin6_port = htons(port);
	else
		v4->sin_port = htons(port);
	ck_assert_int_eq(inet_pton(address->ss_family, ip,
			     is_v6 ? (void *)&v6->sin6_addr : &v4->sin_addr),
	    1);
	return is_v6 ? sizeof(*v6) : sizeof(*v4);
}

/* A socket that keeps a port of this address from everybody who does not ask
 * for just this one; -1 where there is no such address. */
static int reserve(bool is_v6, const char *ip, uint16_t *port)
{
	static const int on = 1;
	struct sockaddr_storage address;
	socklen_t len = make_address(&address, is_v6, ip, *port);
	int fd = socket(address.ss_family, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	if (bind(fd, (struct sockaddr *)&address, len) != 0) {
		close(fd);
		return -1;
	}
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(is_v6 ? ((struct sockaddr_in6 *)&address)->sin6_port
			    : ((struct sockaddr_in *)&address)->sin_port);
	return fd;
}

/* Whether somebody answers there. */
static bool answers(bool is_v6, const char *ip, uint16_t port)
{
	struct sockaddr_storage address;
	socklen_t len = make_address(&address, is_v6, ip, port);
	int fd = socket(address.ss_family, SOCK_STREAM, 0);
	bool is_there = connect(fd, (struct sockaddr *)&address, len) == 0;

	close(fd);
	return is_there;
}

START_TEST(a_port_is_one_of_the_loopback_addresses_only)
{
	uint16_t port = 0;
	int held = reserve(false, "127.0.0.1", &port), fd;

	ck_assert_int_ge(held, 0);
	logged();
	ck_assert(listener_open_port(&listener, false, port, &noisy));
	ck_assert_str_eq(logged(), "");
	ck_assert(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
	ck_assert(answers(false, "127.0.0.1", port));
	ck_assert(!answers(false, "127.0.0.2", port));
	fd = listener_accept(&listener);
	ck_assert_int_ge(fd, 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(listener_accept(&listener), -EAGAIN);
	close(fd);
	listener_close(&listener);
	ck_assert(!answers(false, "127.0.0.1", port));
	close(held);
}
END_TEST

START_TEST(a_port_of_the_other_family_is_there_if_its_address_is)
{
	uint16_t port = 0;
	int held = reserve(true, "::1", &port);
	bool has_v6 = held >= 0;

	logged();
	if (!has_v6)
		port = 9;
	ck_assert_int_eq(
	    listener_open_port(&listener, true, port, &noisy), has_v6);
	/* Not to have it is not worth a word. */
	ck_assert_str_eq(logged(), "");
	if (has_v6) {
		ck_assert(answers(true, "::1", port));
		ck_assert(!answers(false, "127.0.0.1", port));
		close(held);
	}
	listener_close(&listener);
}
END_TEST

START_TEST(a_port_that_is_used_is_refused)
{
	struct listener other;
	uint16_t port = 0;
	int held = reserve(false, "127.0.0.1", &port);
	const char *line;

	ck_assert_int_ge(held, 0);
	ck_assert(listener_open_port(&listener, false, port, &noisy));
	logged();
	ck_assert(!listener_open_port(&other, false, port, &noisy));
	line = logged();
	ck_assert_msg(strstr(line, "event=cannot_listen") != NULL &&
			  strstr(line, "Address already in use") != NULL,
	    "%s", line);
	listener_close(&other);
	ck_assert(answers(false, "127.0.0.1", port));
	listener_close(&listener);
	/* And the path of a listener that has none is nobody's file. */
	ck_assert_int_lt(other.fd, 0);
	close(held);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    it_listens_with_its_own_mode_whatever_the_umask,
	    no_descriptor_outlives_an_exec_or_blocks,
	    a_second_one_on_the_path_is_refused_and_harms_nothing,
	    the_socket_of_a_dead_one_is_replaced,
	    closing_removes_the_socket_and_keeps_the_lock_file,
	    what_is_no_socket_is_left_alone,
	    a_lock_file_that_is_a_link_is_not_followed,
	    a_path_has_at_most_107_bytes_and_is_not_empty,
	    the_directory_has_to_be_there_and_to_be_safe,
	    a_path_without_a_directory_is_where_one_is,
	    accepting_takes_one_at_a_time_and_never_waits,
	    without_descriptors_one_can_be_accepted_to_be_turned_away,
	    a_port_is_one_of_the_loopback_addresses_only,
	    a_port_of_the_other_family_is_there_if_its_address_is,
	    a_port_that_is_used_is_refused,
	    NULL,
	};

	return unit_run("listener", tests);
}
