/* SPDX-License-Identifier: MIT */
/*
 * Peers of odd descent: bound to addresses that no one should read, out of
 * another user namespace, with bytes out of band, in floods, and a daemon that
 * stood still for a while.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"
#include "settings.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PING "{\"op\":\"ping\"}\n"

static struct daemon d;
static struct client honest;

static void set_up(void)
{
	daemon_start(&d, NULL);
	client_open(&honest, &d);
	expect_ok(ask(&honest, "{'op':'ping'}"));
}

static void tear_down(void)
{
	client_close(&honest);
	daemon_stop(&d);
}

/* Addresses -------------------------------------------------------- */

static void open_from(struct client *c, const struct sockaddr_un *own, size_t n)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	memset(c, 0, sizeof(*c));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", d.socket);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    bind(c->fd, (const struct sockaddr *)own, (socklen_t)n), 0);
	ck_assert_int_eq(connect(c->fd, (struct sockaddr *)&a, sizeof(a)), 0);
}

/* row: 71 */
START_TEST(the_address_of_a_client_is_not_looked_at)
{
	struct sockaddr_un own = {.sun_family = AF_UNIX};
	size_t head = offsetof(struct sockaddr_un, sun_path);
	struct client c;

	/* Without a NUL, as long as can be. */
	memset(own.sun_path, 'x', sizeof(own.sun_path));
	ck_assert_int_lt(
	    snprintf(own.sun_path, sizeof(own.sun_path), "%s/", d.dir),
	    sizeof(own.sun_path));
	own.sun_path[strlen(d.dir) + 1] = 'x';
	open_from(&c, &own, sizeof(own));
	expect_ok(ask(&c, "{'op':'ping'}"));
	client_close(&c);
	/* Abstract ones: any bytes, and one that the kernel chose. */
	memset(own.sun_path, '\n', sizeof(own.sun_path));
	own.sun_path[0] = '\0';
	snprintf(own.sun_path + 1, 30, "%%n%%s\n%d\x1b[2J", getpid());
	open_from(&c, &own, sizeof(own));
	expect_ok(ask(&c, "{'op':'ping'}"));
	client_close(&c);
	open_from(&c, &own, head);
	expect_ok(ask(&c, "{'op':'ping'}"));
	client_close(&c);
}
END_TEST

/* Bytes out of band ------------------------------------------------ */

/* Waits until the daemon sleeps: one that spins never does. */
static void await_sleep(void)
{
	long end = now_ms() + 60000;
	char path[64], state = '?';

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)d.pid);
	while (state != 'S') {
		FILE *f = fopen(path, "re");

		ck_assert_msg(now_ms() < end, "it spins");
		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(fscanf(f, "%*d (%*[^)]) %c", &state), 1);
		fclose(f);
		sched_yield();
	}
}

/* row: 61 */
START_TEST(a_byte_out_of_band_is_not_part_of_the_stream)
{
	struct client c;

	client_open(&c, &d);
	for (size_t cut = 0; cut < sizeof(PING); cut++) {
		client_write(&c, PING, cut);
		ck_assert_int_eq(send(c.fd, "!", 1, MSG_OOB), 1);
		client_write(&c, PING + cut, sizeof(PING) - 1 - cut);
		expect_ok(client_answer(&c));
	}
	ck_assert(!client_has_line(&c, &honest));
	ck_assert_int_eq(send(c.fd, "!", 1, MSG_OOB), 1);
	expect_ok(ask(&honest, "{'op':'ping'}"));
	await_sleep();
	client_close(&c);
}
END_TEST

/* row: 61 */
START_TEST(nothing_sent_is_nothing_received)
{
	struct iovec none = {NULL, 0};
	struct msghdr message = {.msg_iov = &none, .msg_iovlen = 1};
	struct client c;

	client_open(&c, &d);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(sendmsg(c.fd, &message, 0), 0);
	expect_ok(ask(&c, "{'op':'ping'}"));
	ck_assert(!client_has_line(&c, &honest));
	await_sleep();
	client_close(&c);
}
END_TEST

/* Floods ----------------------------------------------------------- */

/* Connects and closes until it is killed. */
static pid_t start_flooder(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	while (pid == 0) {
		struct client c;

		client_open(&c, &d);
		client_close(&c);
	}
	return pid;
}

/* How late an answer is there says no test that others may disturb; but with
 * an accept queue that is never empty, a daemon that took all who come first
 * would answer nobody. */
/* row: 55 */
START_TEST(who_is_in_is_served_while_others_come_and_go)
{
	pid_t flooders[8];

	for (int i = 0; i < 8; i++)
		flooders[i] = start_flooder();
	for (int i = 0; i < 2000; i++)
		expect_ok(ask(&honest, "{'op':'ping'}"));
	for (int i = 0; i < 8; i++) {
		kill(flooders[i], SIGKILL);
		ck_assert_int_eq(waitpid(flooders[i], NULL, 0), flooders[i]);
	}
	connected_await(&honest, 1);
}
END_TEST

/* A daemon that stood still ---------------------------------------- */

/* Returns when so much time has passed. */
static void await_time(int ms)
{
	const struct itimerspec in = {
	    .it_value = {ms / 1000, ms % 1000 * 1000000L}};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	uint64_t n;

	ck_assert_int_eq(timerfd_settime(timer, 0, &in, NULL), 0);
	ck_assert_int_eq(read(timer, &n, sizeof(n)), sizeof(n));
	close(timer);
}

/* row: 88 */
START_TEST(what_was_due_while_the_daemon_stood_still_happens_once)
{
	struct client holder, waiter;
	json_int_t token;

	client_open(&holder, &d);
	client_open(&waiter, &d);
	expect_ok(ask(&holder, "{'op':'hello','events':['lost']}"));
	token = expect_ok(
	    ask(&holder, "{'op':'lock.acquire','key':'lease','lease_ms':400}"));
	acquire(&honest, "held");
	ask_to_wait(
	    &waiter, "{'id':1,'op':'lock.acquire','key':'held','wait_ms':300}");
	daemon_freeze(&d);
	await_time(1000);
	daemon_thaw(&d);
	expect_error(client_answer(&waiter), "timeout");
	expect_lost(&holder, "lock", "lease", token);
	ck_assert(!client_has_line(&waiter, &honest));
	ck_assert(!client_has_line(&holder, &honest));
	expect_ok(release(&honest, "held"));
	emptiness_await(&honest);
	client_close(&holder);
	client_close(&waiter);
}
END_TEST

/* Another user namespace ------------------------------------------- */

#define NOBODY 65534 /* whom the kernel names where there is no number */

/* Where nobody of outside has a number. */
static void enter_namespace(void)
{
	if (unshare(CLONE_NEWUSER) != 0)
		_exit(111);
}

static int may_enter_namespace(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		enter_namespace();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status) == 0;
}

/* Tight containers forbid such places; there one who has that number stands
 * for one who has none, for the daemon cannot tell them apart. */
static void open_as_nobody(struct client *c)
{
	uid_t own = geteuid();

	ck_assert_msg(own == 0 || own == NOBODY,
	    "this test wants user namespaces, or root, or uid %d", NOBODY);
	ck_assert_int_eq(chmod(d.dir, 0755), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	client_open(c, &d);
	ck_assert_int_eq(seteuid(own), 0);
}

static void expect_no_privilege(struct client *c)
{
	expect_refused(ask(c, "{'op':'lock.acquire','key':'root/a'}"), "denied",
	    "65534", NULL);
	acquire(c, "none/a");
	expect_refused(ask(c, "{'op':'admin.release','kind':'lock',"
			      "'key':'none/a','token':1}"),
	    "denied", NULL);
}

/* row: 69 */
START_TEST(a_peer_without_a_uid_here_is_nobody)
{
	static const char conf[] =
	    "socket_mode = 0666\n"
	    "admin { uid = 0 }\n"
	    "allow { uid = 0  prefix = \"root/\" }\n"
	    "allow { uid = 65534  prefix = \"none/\" }\n";
	const char *args[] = {"-c", d.conf, "-s", d.socket, NULL};
	int has_namespaces = may_enter_namespace();
	struct launch l;
	struct client c;

	launch_make_home(&d);
	snprintf(d.conf, sizeof(d.conf), "%s/conf", d.dir);
	put_file(d.conf, conf, strlen(conf));
	launch(&l, args, has_namespaces ? enter_namespace : NULL);
	launch_await_ready(&l);
	if (has_namespaces)
		client_open(&c, &d);
	else
		open_as_nobody(&c);
	expect_no_privilege(&c);
	client_close(&c);
	launch_end(&l, SIGTERM);
	ck_assert_int_eq(l.status, 0);
	launch_remove_home(&d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounds: peers");
	TCase *t = scene_case(s, "peers", set_up, tear_down);
	TCase *other = scene_case(s, "namespace", NULL, NULL);

	tcase_add_test(t, the_address_of_a_client_is_not_looked_at);
	tcase_add_test(t, a_byte_out_of_band_is_not_part_of_the_stream);
	tcase_add_test(t, nothing_sent_is_nothing_received);
	tcase_add_test(t, who_is_in_is_served_while_others_come_and_go);
	tcase_add_test(
	    t, what_was_due_while_the_daemon_stood_still_happens_once);
	tcase_add_test(other, a_peer_without_a_uid_here_is_nobody);
	return scene_run(s);
}
