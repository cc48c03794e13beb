/* SPDX-License-Identifier: MIT */
/*
 * The daemon under a service manager, which is the test: a socket is passed to
 * it, it says that it is ready and alive, and it serves on where the service
 * manager is of no use.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"
#include "settings.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PASSED_FD 3

static struct daemon home; /* dir, socket and conf are used */
static struct launch l;
static char notify_path[96];
static int manager, passed = -1;
static const char *n_passed, *pid_passed; /* NULL: as it should be */

static int unix_socket(int type, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void setup(void)
{
	launch_make_home(&home);
	snprintf(home.conf, sizeof(home.conf), "%.60s/m.conf", home.dir);
	put_file(home.conf, "", 0);
	snprintf(notify_path, sizeof(notify_path), "%.60s/n", home.dir);
	manager = unix_socket(SOCK_DGRAM, notify_path);
	setenv("NOTIFY_SOCKET", notify_path, 1);
}

static void teardown(void)
{
	close(manager);
	if (passed >= 0)
		close(passed);
	launch_remove_home(&home);
}

/* In the child: what a service manager does last. */
static void pass(void)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid_passed ? pid_passed : pid, 1);
	setenv("LISTEN_FDS", n_passed ? n_passed : "1", 1);
	if (passed >= 0)
		dup2(passed, PASSED_FD);
	else
		close(PASSED_FD);
}

static void start(void (*prepare)(void))
{
	const char *const args[] = {"-c", home.conf, "-s", home.socket, NULL};

	launch(&l, args, prepare);
	launch_await_ready(&l);
}

static void end_well(void)
{
	launch_end(&l, SIGTERM);
	ck_assert_msg(l.status == 0, "%s", l.blamed);
}

static void listen_at_home(void)
{
	passed = unix_socket(SOCK_STREAM, home.socket);
	ck_assert_int_eq(chmod(home.socket, 0606), 0);
	ck_assert_int_eq(listen(passed, 10), 0);
}

/* The next message that begins with the word; others are forgotten. */
static const char *await_told(const char *word)
{
	static char text[400];
	struct pollfd p = {.fd = manager, .events = POLLIN};
	ssize_t n;

	do {
		ck_assert_int_eq(poll(&p, 1, 60000), 1);
		n = recv(manager, text, sizeof(text) - 1, 0);
		ck_assert_int_ge(n, 0);
		text[n] = '\0';
	} while (strncmp(text, word, strlen(word)) != 0);
	return text;
}

/* Activation ------------------------------------------------------- */

START_TEST(a_client_is_served_that_came_before_the_daemon)
{
	struct client c;
	struct stat before, after;

	listen_at_home();
	ck_assert_int_eq(stat(home.socket, &before), 0);
	client_open(&c, &home);
	client_send(&c, "{\"op\":\"lock.acquire\",\"key\":\"k\"}");
	start(pass);
	expect_ok(client_answer(&c));
	client_close(&c);
	end_well();
	/* The socket is that of the service manager, as it was. */
	ck_assert_int_eq(stat(home.socket, &after), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	expect_word(l.blamed, "event=setting_ignored setting=socket ");
}
END_TEST

START_TEST(the_next_daemon_takes_up_the_same_socket)
{
	static const int signals[] = {SIGTERM, SIGKILL, SIGABRT, SIGTERM};
	struct client c;

	listen_at_home();
	for (int i = 0; i < 4; i++) {
		client_open(&c, &home);
		start(pass);
		acquire(&c, "k");
		launch_end(&l, signals[i]);
		client_close(&c);
	}
}
END_TEST

START_TEST(settings_of_the_socket_are_named_and_ignored)
{
	static const char text[] =
	    "socket = \"/none/s\"\nsocket_mode = 0600\nsocket_group = 0\n";
	struct stat st;

	put_file(home.conf, text, strlen(text));
	listen_at_home();
	start(pass);
	ck_assert_int_eq(stat(home.socket, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0606);
	end_well();
	expect_word(l.blamed, "event=setting_ignored setting=socket ");
	expect_word(l.blamed, "event=setting_ignored setting=socket_mode ");
	expect_word(l.blamed, "event=setting_ignored setting=socket_group ");
}
END_TEST

/* edge: 94 */
START_TEST(one_started_by_hand_leaves_an_activated_one_alone)
{
	struct client c;

	listen_at_home();
	start(pass);
	expect_no_start(home.socket, "another msyncd serves there");
	client_open(&c, &home);
	acquire(&c, "k");
	client_close(&c);
	end_well();
}
END_TEST

/* It does not start, and says why in these words. */
static void expect_blame(const char *words)
{
	const char *const args[] = {"-c", home.conf, "-s", home.socket, NULL};

	launch(&l, args, pass);
	launch_await_end(&l);
	ck_assert_msg(l.status == 1, "status %d: %s", l.status, l.blamed);
	expect_word(l.blamed, "event=cannot_listen");
	expect_word(l.blamed, words);
}

/* row: 89 */
START_TEST(what_was_not_passed_to_it_is_refused)
{
	listen_at_home();
	n_passed = "0";
	expect_blame("LISTEN_FDS is not 1");
	n_passed = "2";
	expect_blame("LISTEN_FDS is not 1");
	n_passed = "1x";
	expect_blame("LISTEN_FDS is not 1");
	n_passed = NULL;
	pid_passed = "1";
	expect_blame("LISTEN_PID is not this one");
	pid_passed = "";
	expect_blame("LISTEN_PID is not this one");
	pid_passed = NULL;
}
END_TEST

/* row: 89 */
START_TEST(what_is_no_listening_stream_is_refused)
{
	const struct sockaddr_in any = {.sin_family = AF_INET};

	expect_blame("descriptor 3 is no socket");
	passed = open("/dev/null", O_RDWR | O_CLOEXEC);
	expect_blame("descriptor 3 is no socket");
	close(passed);
	passed = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(passed, (const struct sockaddr *)&any, sizeof(any)), 0);
	ck_assert_int_eq(listen(passed, 1), 0);
	expect_blame("is not a Unix socket");
	close(passed);
	passed = unix_socket(SOCK_DGRAM, home.socket);
	expect_blame("is not a stream");
	close(passed);
	ck_assert_int_eq(unlink(home.socket), 0);
	passed = unix_socket(SOCK_STREAM, home.socket);
	expect_blame("does not listen");
}
END_TEST

/* Messages --------------------------------------------------------- */

START_TEST(the_service_manager_hears_of_everything)
{
	struct client c;

	start(NULL);
	await_told("READY=1\nSTATUS=0 connections, 0 holds, 0 waits");
	client_open(&c, &home);
	acquire(&c, "k");
	await_told("READY=1\nSTATUS=1 connection, 1 hold, 0 waits");
	ck_assert_int_eq(kill(l.pid, SIGHUP), 0);
	await_told("RELOADING=1");
	await_told("READY=1");
	client_close(&c);
	await_told("READY=1\nSTATUS=0 connections, 0 holds, 0 waits");
	end_well();
	await_told("STOPPING=1");
}
END_TEST

START_TEST(a_watchdog_gets_signs_of_life)
{
	long begin = now_ms();

	setenv("WATCHDOG_USEC", "400000", 1);
	start(NULL);
	for (int i = 0; i < 4; i++)
		await_told("WATCHDOG=1");
	ck_assert_int_ge(now_ms() - begin, 3 * 200);
	end_well();
}
END_TEST

/* row: 90 */
START_TEST(a_service_manager_of_no_use_is_no_hindrance)
{
	static const char *const paths[] = {"", "x", "/", "/none/n", "@",
	    "@none",
	    "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
	struct client c;

	setenv("WATCHDOG_USEC", "100000", 1);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		setenv("NOTIFY_SOCKET", paths[i], 1);
		start(NULL);
		client_open(&c, &home);
		acquire(&c, "k");
		client_close(&c);
		end_well();
		expect_word(l.blamed, "event=cannot_notify");
	}
}
END_TEST

static void close_standard_streams(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
}

/* row: 90 */
START_TEST(without_standard_streams_it_serves)
{
	const char *const args[] = {"-c", home.conf, "-s", home.socket, NULL};
	struct client c;

	launch(&l, args, close_standard_streams);
	await_told("READY=1");
	client_open(&c, &home);
	acquire(&c, "k");
	client_close(&c);
	end_well();
	ck_assert_str_eq(l.blamed, "");
}
END_TEST

START_TEST(tokens_are_remembered_where_the_service_manager_says)
{
	char state[80], mark[100];

	snprintf(state, sizeof(state), "%.60s/state", home.dir);
	snprintf(mark, sizeof(mark), "%s/token-mark", state);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	setenv("STATE_DIRECTORY", state, 1);
	start(NULL);
	end_well();
	ck_assert_int_eq(unlink(mark), 0);
	ck_assert_int_eq(rmdir(state), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("service");
	TCase *t = scene_case(s, "service", setup, teardown);

	tcase_add_test(t, a_client_is_served_that_came_before_the_daemon);
	tcase_add_test(t, the_next_daemon_takes_up_the_same_socket);
	tcase_add_test(t, settings_of_the_socket_are_named_and_ignored);
	tcase_add_test(t, one_started_by_hand_leaves_an_activated_one_alone);
	tcase_add_test(t, what_was_not_passed_to_it_is_refused);
	tcase_add_test(t, what_is_no_listening_stream_is_refused);
	tcase_add_test(t, the_service_manager_hears_of_everything);
	tcase_add_test(t, a_watchdog_gets_signs_of_life);
	tcase_add_test(t, a_service_manager_of_no_use_is_no_hindrance);
	tcase_add_test(t, without_standard_streams_it_serves);
	tcase_add_test(t, tokens_are_remembered_where_the_service_manager_says);
	return scene_run(s);
}
