/* SPDX-License-Identifier: MIT */
/*
 * Newcomers while the kernel fails: accept(2) that finds no descriptor or no
 * memory, or a client that has gone already; and peers that nobody knows. The
 * faults are made by strace.
 */
#define _GNU_SOURCE 1
#include "fault.h"
#include "fixture.h"
#include "launch.h"
#include "scene.h"
#include "settings.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct daemon d;
static struct client c;

/* The log until now has this many lines with the word. The daemon has ended.
 */
static int count_in_log(const char *log, const char *word)
{
	int n = 0;

	for (const char *at = log; (at = strstr(at, word)) != NULL; at++)
		n++;
	return n;
}

/* Everything that the daemon has logged; it ends. */
static void end_and_read_log(char *log, size_t size)
{
	size_t n = 0;
	ssize_t part;
	int fd = dup(d.log);

	daemon_stop(&d);
	while (n + 1 < size && (part = read(fd, log + n, size - n - 1)) > 0)
		n += (size_t)part;
	log[n] = '\0';
	close(fd);
}

/* Exhaustion ------------------------------------------------------- */

static const struct {
	const char *name, *said;
} exhaustions[] = {
    {"EMFILE", "Too many open files"},
    {"ENFILE", "Too many open files in system"},
    {"ENOBUFS", "No buffer space available"},
    {"ENOMEM", "Cannot allocate memory"},
};

/* Six calls fail: three times it looks, tries with the descriptor in reserve,
 * and rests. Then it goes on as if nothing had been. */
/* row: 56 */
START_TEST(accepting_rests_and_resumes_when_something_runs_out)
{
	char fault[64], log[8192];

	snprintf(fault, sizeof(fault), "accept4:error=%s:when=1..6",
	    exhaustions[_i].name);
	fault_start(&d, fault, NULL);
	client_open(&c, &d);
	expect_ok(ask(&c, "{'op':'ping'}"));
	client_close(&c);
	end_and_read_log(log, sizeof(log));
	ck_assert_int_eq(count_in_log(log, "event=no_descriptors"), 1);
	ck_assert_int_eq(count_in_log(log, "level=error"), 1);
	expect_word(log, exhaustions[_i].said);
}
END_TEST

/* The one in reserve is there for this. */
/* row: 56 */
START_TEST(a_newcomer_without_descriptors_hears_why)
{
	char log[8192];

	fault_start(&d, "accept4:error=EMFILE:when=1", NULL);
	client_open(&c, &d);
	expect_refused(client_answer(&c), "quota", "descriptors", NULL);
	expect_end(&c);
	client_close(&c);
	client_open(&c, &d);
	expect_ok(ask(&c, "{'op':'ping'}"));
	client_close(&c);
	end_and_read_log(log, sizeof(log));
	ck_assert_int_eq(count_in_log(log, "event=no_descriptors"), 1);
}
END_TEST

static const char *const passing[] = {"EINTR", "ECONNABORTED", "EPROTO"};

/* row: 58 */
START_TEST(what_befell_a_newcomer_is_no_matter)
{
	char fault[64], log[8192];

	snprintf(
	    fault, sizeof(fault), "accept4:error=%s:when=1..40", passing[_i]);
	fault_start(&d, fault, NULL);
	client_open(&c, &d);
	expect_ok(ask(&c, "{'op':'ping'}"));
	client_close(&c);
	end_and_read_log(log, sizeof(log));
	ck_assert_int_eq(count_in_log(log, "level=error"), 0);
}
END_TEST

/* Peers ------------------------------------------------------------ */

/* row: 70 */
START_TEST(a_peer_that_the_kernel_does_not_know_is_not_let_in)
{
	char log[8192];

	fault_start(&d, "getsockopt:error=EPERM:when=1", NULL);
	client_open(&c, &d);
	expect_end(&c);
	client_close(&c);
	client_open(&c, &d);
	expect_ok(ask(&c, "{'op':'ping'}"));
	ck_assert_int_eq(connected(&c), 1);
	client_close(&c);
	end_and_read_log(log, sizeof(log));
	ck_assert_int_eq(count_in_log(log, "event=turned_away"), 1);
}
END_TEST

/* Limits of the process -------------------------------------------- */

static void be_poor(void)
{
	const struct rlimit few = {64, 64};

	setrlimit(RLIMIT_NOFILE, &few);
	umask(0);
}

/* row: 91 */
START_TEST(few_descriptors_mean_fewer_connections_and_it_says_so)
{
	struct client crowd[60];
	const char *args[] = {"-s", d.socket, NULL};
	struct launch l;
	struct stat st;
	int n_served = 0;

	launch_make_home(&d);
	launch(&l, args, be_poor);
	launch_await_ready(&l);
	expect_word(l.blamed, "event=few_descriptors limit=64");
	expect_word(l.blamed, "connections=48 ");
	ck_assert_int_eq(stat(d.socket, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0660);
	for (int i = 0; i < 60; i++) {
		json_t *answer;

		client_open(&crowd[i], &d);
		(void)send(
		    crowd[i].fd, "{\"op\":\"ping\"}\n", 14, MSG_NOSIGNAL);
		answer = client_answer(&crowd[i]);
		if (json_is_true(json_object_get(answer, "ok"))) {
			n_served++;
			json_decref(answer);
		} else {
			expect_refused(
			    answer, "quota", "all its connections", NULL);
		}
	}
	ck_assert_int_eq(n_served, 48);
	for (int i = 0; i < 60; i++)
		client_close(&crowd[i]);
	launch_end(&l, SIGTERM);
	ck_assert_int_eq(l.status, 0);
	launch_remove_home(&d);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounds: faults");
	TCase *t = scene_case(s, "faults", NULL, NULL);

	tcase_add_loop_test(
	    t, accepting_rests_and_resumes_when_something_runs_out, 0, 4);
	tcase_add_test(t, a_newcomer_without_descriptors_hears_why);
	tcase_add_loop_test(t, what_befell_a_newcomer_is_no_matter, 0, 3);
	tcase_add_test(t, a_peer_that_the_kernel_does_not_know_is_not_let_in);
	tcase_add_test(
	    t, few_descriptors_mean_fewer_connections_and_it_says_so);
	return scene_run(s);
}
