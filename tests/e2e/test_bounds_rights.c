/* SPDX-License-Identifier: MIT */
/*
 * Clients that send descriptors: nothing of it stays, and nobody else waits.
 * A kernel that can refuse them does; one that cannot is played by strace,
 * which lets setsockopt(2) fail.
 */
#define _GNU_SOURCE 1
#include "fault.h"
#include "fixture.h"
#include "launch.h"
#include "scene.h"
#include "settings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OLD_KERNEL "setsockopt:error=ENOPROTOOPT"
#define PING       "{\"op\":\"ping\"}\n"

static struct daemon d;
static struct daemon metrics; /* its socket; d serves there, too */
static struct client honest, sender;

static void set_up(int kernel_is_old)
{
	if (kernel_is_old)
		fault_start(&d, OLD_KERNEL, NULL);
	else
		daemon_start(&d, NULL);
	client_open(&honest, &d);
	expect_ok(ask(&honest, "{'op':'ping'}"));
}

static void tear_down(void)
{
	client_close(&honest);
	daemon_stop(&d);
}

static void await_fds(int n)
{
	long end = now_ms() + 60000;

	while (daemon_fds(&d) != n) {
		ck_assert_msg(now_ms() < end, "%d descriptors, and not %d",
		    daemon_fds(&d), n);
		sched_yield();
	}
}

/* Sends n descriptors in the middle of good requests. Either the kernel says
 * no and nothing else happens, or the sender is parted with. */
static void send_and_see(int n, int kernel_is_old)
{
	ssize_t sent;

	client_open(&sender, &d);
	acquire(&sender, "k");
	sent = send_with_fds(sender.fd, PING, STDIN_FILENO, n);
	if (sent < 0) {
		ck_assert_int_eq(errno, EPERM);
		ck_assert(!kernel_is_old);
		expect_ok(ask(&sender, "{'op':'ping'}"));
	} else {
		expect_end(&sender);
		/* What it held was passed on. */
		acquire(&honest, "k");
		expect_ok(release(&honest, "k"));
	}
	client_close(&sender);
	expect_ok(ask(&honest, "{'op':'ping'}"));
}

static void show_with(int kernel_is_old)
{
	static const int counts[] = {1, 2, 64, FAULT_MAX_FDS};
	int before;

	set_up(kernel_is_old);
	before = daemon_fds(&d);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++)
			send_and_see(counts[i], kernel_is_old);
	}
	await_fds(before);
	tear_down();
}

/* row: 59 */
START_TEST(descriptors_that_are_sent_are_not_kept)
{
	show_with(0);
}
END_TEST

/* row: 59 */
START_TEST(an_old_kernel_lets_them_through_and_the_sender_is_parted_with)
{
	show_with(1);
}
END_TEST

/* What is sent and never looked at is closed with the connection. */
/* row: 59 */
START_TEST(descriptors_unread_at_the_end_are_not_kept_either)
{
	int before;

	set_up(1);
	before = daemon_fds(&d);
	daemon_freeze(&d);
	for (int i = 0; i < 20; i++) {
		client_open(&sender, &d);
		ck_assert_int_gt(
		    send_with_fds(sender.fd, "x", STDIN_FILENO, 5), 0);
		client_close(&sender);
	}
	daemon_thaw(&d);
	/* It has taken the twenty up: the last one came before this one. */
	client_open(&sender, &d);
	expect_ok(ask(&sender, "{'op':'ping'}"));
	client_close(&sender);
	connected_await(&honest, 1);
	await_fds(before);
	tear_down();
}
END_TEST

/* With a socket for metrics, and an old kernel. */
static void set_up_metrics(void)
{
	const char *const extra[] = {"-c", metrics.conf, NULL};
	char text[256];

	launch_make_home(&metrics);
	snprintf(metrics.conf, sizeof(metrics.conf), "%s/conf", metrics.dir);
	snprintf(
	    text, sizeof(text), "metrics_socket = \"%s\"\n", metrics.socket);
	put_file(metrics.conf, text, strlen(text));
	fault_start(&d, OLD_KERNEL, extra);
	client_open(&honest, &d);
	expect_ok(ask(&honest, "{'op':'ping'}"));
}

/* On the socket for metrics, too. */
/* row: 59 */
START_TEST(descriptors_sent_to_the_socket_for_metrics_are_not_kept)
{
	int before;

	set_up_metrics();
	before = daemon_fds(&d);
	for (int i = 0; i < 20; i++) {
		client_open(&sender, &metrics);
		ck_assert_int_gt(
		    send_with_fds(sender.fd, "GET ", STDIN_FILENO, 50), 0);
		expect_end(&sender);
		client_close(&sender);
	}
	await_fds(before);
	tear_down();
	launch_remove_home(&metrics);
}
END_TEST

/* A TCP connection whose close(2) would wait for two minutes: its other end
 * does not read, and there is more to send than fits. */
static int lingering(int *other)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(a);
	struct linger two_minutes = {.l_onoff = 1, .l_linger = 120};
	static char block[65536];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	(void)connect(fd, (struct sockaddr *)&a, sizeof(a));
	*other = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(*other, 0);
	while (send(fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &two_minutes,
			     sizeof(two_minutes)),
	    0);
	/* Closing waits for blocking sockets only. */
	ck_assert_int_eq(fcntl(fd, F_SETFL, 0), 0);
	close(listener);
	return fd;
}

/* Sends one that is slow to close, and sees that nobody waits. Whoever waits
 * for an answer gives up after a minute. */
static void send_slow(const struct daemon *where, const char *text)
{
	int fd, other;

	daemon_freeze(&d);
	client_open(&sender, where);
	fd = lingering(&other);
	ck_assert_int_gt(send_with_fds(sender.fd, text, fd, 1), 0);
	/* It is the daemon that has it last. */
	close(fd);
	daemon_thaw(&d);
	expect_end(&sender);
	client_close(&sender);
	for (int i = 0; i < 100; i++)
		expect_ok(ask(&honest, "{'op':'ping'}"));
	close(other);
}

/* row: 60 */
START_TEST(a_descriptor_that_is_slow_to_close_holds_up_nobody)
{
	set_up(1);
	send_slow(&d, PING);
	tear_down();
}
END_TEST

/* row: 60 */
START_TEST(one_on_the_socket_for_metrics_does_not_either)
{
	set_up_metrics();
	send_slow(&metrics, "GET ");
	tear_down();
	launch_remove_home(&metrics);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounds: descriptors sent");
	TCase *t = scene_case(s, "rights", NULL, NULL);

	tcase_add_test(t, descriptors_that_are_sent_are_not_kept);
	tcase_add_test(
	    t, an_old_kernel_lets_them_through_and_the_sender_is_parted_with);
	tcase_add_test(t, descriptors_unread_at_the_end_are_not_kept_either);
	tcase_add_test(
	    t, descriptors_sent_to_the_socket_for_metrics_are_not_kept);
	tcase_add_test(t, a_descriptor_that_is_slow_to_close_holds_up_nobody);
	tcase_add_test(t, one_on_the_socket_for_metrics_does_not_either);
	return scene_run(s);
}
