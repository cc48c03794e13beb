/* SPDX-License-Identifier: MIT */
/*
 * More connections than the daemon may open descriptors: it serves those it
 * has, does not spin, and serves new ones when others have gone. Whether it
 * spins is told by the processor time it used, not by a clock.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define FEW_FILES   64
#define TOO_MANY    100
#define WAIT_MS     2000
#define CPU_MS_MOST 500 /* of WAIT_MS; at rest it uses next to nothing */

static const struct rlimit few = {FEW_FILES, FEW_FILES};
static struct daemon home; /* only dir and socket are used */
static struct client holder, waiter, crowd[TOO_MANY];
static struct launch l;

static void limit_files(void)
{
	setrlimit(RLIMIT_NOFILE, &few);
}

static void start(void (*prepare)(void))
{
	const char *const args[] = {"-s", home.socket, NULL};

	launch(&l, args, prepare);
	launch_await_ready(&l);
	client_open(&holder, &home);
	client_open(&waiter, &home);
	acquire(&holder, "k");
}

static void setup(void)
{
	launch_make_home(&home);
}

static void teardown(void)
{
	client_close(&holder);
	client_close(&waiter);
	launch_end(&l, SIGTERM);
	ck_assert_int_eq(l.status, 0);
	launch_remove_home(&home);
}

/* Processor time of the daemon until now. */
static long cpu_ms(void)
{
	struct timespec t;
	clockid_t clock;

	ck_assert_int_eq(clock_getcpuclockid(l.pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Time passes only for the daemon: it answers when its timer is due. */
static void expect_rest(void)
{
	long before = cpu_ms();

	expect_error(
	    ask(&waiter, "{'op':'lock.acquire','key':'k','wait_ms':%d}",
		WAIT_MS),
	    "timeout");
	ck_assert_int_lt(cpu_ms() - before, CPU_MS_MOST);
}

static void expect_daemon_to_survive_a_crowd(void)
{
	int i;

	for (i = 0; i < TOO_MANY; i++)
		client_open(&crowd[i], &home);
	ck_assert_int_lt(connected(&holder), FEW_FILES);
	expect_rest();
	for (i = 0; i < TOO_MANY; i++)
		client_close(&crowd[i]);
}

/* One ping on a connection of its own: 1 when it is answered, 0 when the
 * newcomer is turned away, as it may be while the crowd is leaving. */
static int is_served(void)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	struct client c;
	char *line;
	int served;

	client_open(&c, &home);
	(void)send(c.fd, ping, sizeof(ping) - 1, MSG_NOSIGNAL);
	line = client_line(&c);
	served = line && strstr(line, "\"ok\":true");
	free(line);
	client_close(&c);
	return served;
}

static void await_service(void)
{
	long end = now_ms() + 60000;

	while (!is_served())
		ck_assert_msg(now_ms() < end, "nobody is served any more");
	expect_error(try_lock(&waiter, "k"), "busy");
}

/* edge: 93 */
START_TEST(daemon_with_few_descriptors_neither_spins_nor_dies)
{
	start(limit_files);
	expect_daemon_to_survive_a_crowd();
	await_service();
}
END_TEST

/* The daemon could not know when it started. */
/* edge: 93 */
/* row: 56 */
START_TEST(daemon_whose_descriptors_run_out_neither_spins_nor_dies)
{
	start(NULL);
	ck_assert_int_eq(prlimit(l.pid, RLIMIT_NOFILE, &few, NULL), 0);
	expect_daemon_to_survive_a_crowd();
	await_service();
}
END_TEST

/* The limit falls below what is open already: nobody can even be turned away.
 * The newcomers wait, the daemon rests, and serves them when it can again. */
/* edge: 93 */
START_TEST(daemon_without_any_descriptor_left_rests_until_it_has_some)
{
	struct rlimit limit, none;
	int i;

	start(NULL);
	ck_assert_int_eq(prlimit(l.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	none = limit;
	none.rlim_cur = 5;
	ck_assert_int_eq(connected(&waiter), 2);
	ck_assert_int_eq(prlimit(l.pid, RLIMIT_NOFILE, &none, NULL), 0);
	for (i = 0; i < TOO_MANY; i++) {
		client_open(&crowd[i], &home);
		tell(&crowd[i], "{'op':'ping'}");
	}
	expect_rest();
	ck_assert_int_eq(connected(&waiter), 2);
	ck_assert_int_eq(prlimit(l.pid, RLIMIT_NOFILE, &limit, NULL), 0);
	for (i = 0; i < TOO_MANY; i++) {
		expect_ok(client_answer(&crowd[i]));
		client_close(&crowd[i]);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("files");
	TCase *t = scene_case(s, "files", setup, teardown);

	tcase_add_test(t, daemon_with_few_descriptors_neither_spins_nor_dies);
	tcase_add_test(
	    t, daemon_whose_descriptors_run_out_neither_spins_nor_dies);
	tcase_add_test(
	    t, daemon_without_any_descriptor_left_rests_until_it_has_some);
	return scene_run(s);
}
