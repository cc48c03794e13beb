/* SPDX-License-Identifier: MIT */
/*
 * What clients may make the daemon, and the kernel for it, keep in memory:
 * unfinished lines, and answers that nobody reads.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_CROWD   1000
#define LINE      (1024 * 1024)
#define SHARE_KIB (64 * 1024)

static struct daemon d;
static struct client honest, crowd[N_CROWD];
static char *text; /* LINE bytes */

static void set_up(void)
{
	daemon_start(&d, NULL);
	client_open(&honest, &d);
	expect_ok(ask(&honest, "{'op':'ping'}"));
	text = malloc(LINE);
	memset(text, ' ', LINE);
}

static void tear_down(void)
{
	free(text);
	client_close(&honest);
	daemon_stop(&d);
}

/* Sends as much as goes through; 0 when the daemon has closed. */
static int send_some(struct client *c, size_t *sent, size_t len)
{
	struct pollfd p = {.fd = c->fd, .events = POLLOUT};
	ssize_t n;

	ck_assert_int_eq(TEMP_FAILURE_RETRY(poll(&p, 1, 60000)), 1);
	if (p.revents & (POLLERR | POLLHUP))
		return 0;
	n = send(c->fd, text + *sent, len - *sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		*sent += (size_t)n;
	return *sent < len;
}

/* All in turn, a part each, so that they grow together. */
static void send_half_lines(void)
{
	static size_t sent[N_CROWD];
	int n_sending = N_CROWD;

	while (n_sending > 0) {
		n_sending = 0;
		for (int i = 0; i < N_CROWD; i++) {
			if (sent[i] < LINE - 1)
				n_sending +=
				    send_some(&crowd[i], &sent[i], LINE - 1);
		}
	}
}

/* row: 96 */
START_TEST(thousand_half_lines_take_no_more_than_a_uids_share)
{
	long before = daemon_rss(&d);
	int n_refused = 0;

	for (int i = 0; i < N_CROWD; i++)
		client_open(&crowd[i], &d);
	connected_await(&honest, N_CROWD + 1);
	send_half_lines();
	for (int i = 0; i < 100; i++)
		expect_ok(ask(&honest, "{'op':'ping'}"));
	if (getenv("MSYNC_TEST_MEMORY") == NULL)
		ck_assert_int_lt(
		    daemon_rss(&d) - before, SHARE_KIB + 32 * 1024);
	/* Whoever was not refused has room for all of its line. */
	for (int i = 0; i < N_CROWD; i++) {
		char *line;

		(void)shutdown(crowd[i].fd, SHUT_WR);
		line = client_line(&crowd[i]);
		n_refused +=
		    line == NULL || strstr(line, "\"error\":\"quota\"") != NULL;
		free(line);
		client_close(&crowd[i]);
	}
	ck_assert_int_ge(n_refused, N_CROWD - SHARE_KIB / 1024);
	connected_await(&honest, 1);
}
END_TEST

/* Half a line of a uid that has used up its share, with a request of the usual
 * size. */
/* row: 96 */
START_TEST(small_lines_in_parts_come_through_whatever_others_do)
{
	static const char parts[][20] = {"{\"op\":", "\"ping\"", "}\n"};
	int i;

	for (i = 0; i < N_CROWD; i++)
		client_open(&crowd[i], &d);
	send_half_lines();
	for (i = 0; i < 50; i++) {
		struct client c;

		client_open(&c, &d);
		for (size_t part = 0; part < 3; part++) {
			client_write(&c, parts[part], strlen(parts[part]));
			expect_ok(ask(&honest, "{'op':'ping'}"));
		}
		expect_ok(client_answer(&c));
		client_close(&c);
	}
	for (i = 0; i < N_CROWD; i++)
		client_close(&crowd[i]);
}
END_TEST

/* What the kernel keeps for the daemon is what has been sent and not read. */
/* row: 97 */
START_TEST(unread_answers_take_little_of_the_kernels_memory)
{
	static const char finish[] =
	    "{\"op\":\"flight.finish\",\"key\":\"f\",\"value\":";
	enum {
		N = 700,
		N_WIDE = 512 /* so many may have more */
	};
	int n_wide = 0;

	expect_ok(ask(&honest, "{'op':'flight.begin','key':'f'}"));
	for (int i = 0; i < N; i++) {
		client_open(&crowd[i], &d);
		ask_to_wait(&crowd[i], "{'op':'flight.begin','key':'f'}");
	}
	text[0] = text[LINE - 1001] = '"';
	client_write(&honest, finish, strlen(finish));
	client_write(&honest, text, LINE - 1000);
	expect_ok(ask(&honest, "}"));
	for (int i = 0; i < N; i++) {
		struct pollfd p = {.fd = crowd[i].fd, .events = POLLIN};
		int unread;

		ck_assert_int_eq(TEMP_FAILURE_RETRY(poll(&p, 1, 60000)), 1);
		ck_assert_int_eq(ioctl(crowd[i].fd, FIONREAD, &unread), 0);
		ck_assert_int_gt(unread, 0);
		/* A buffer that the kernel has begun is filled. */
		n_wide += unread > 72 * 1024;
		ck_assert_int_le(unread, 212 * 1024);
	}
	ck_assert_int_le(n_wide, N_WIDE);
	for (int i = 0; i < N; i++) {
		char *line = client_line(&crowd[i]);

		ck_assert_uint_gt(strlen(line), LINE - 1000);
		free(line);
		client_close(&crowd[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounds");
	TCase *t = scene_case(s, "memory", set_up, tear_down);

	scene_allow_files(N_CROWD + 100);
	tcase_add_test(t, thousand_half_lines_take_no_more_than_a_uids_share);
	tcase_add_test(t, small_lines_in_parts_come_through_whatever_others_do);
	tcase_add_test(t, unread_answers_take_little_of_the_kernels_memory);
	return scene_run(s);
}
