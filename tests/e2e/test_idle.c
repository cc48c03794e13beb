/* SPDX-License-Identifier: MIT */
/*
 * A daemon that nobody asks anything does nothing: however many connections it
 * has, and whatever they hold and wait for, it is not once awake. Its kernel
 * counts how often it went to sleep, and its processor time.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define N_CONNECTIONS 1000
/* A timer of up to this period would show. */
#define WATCHED_MS 3000
#define TRIES      15

/* How often the daemon went to sleep, and its processor time in ticks. */
struct work {
	unsigned long sleeps, ticks;
};

static unsigned long number_behind(const char *file, const char *words)
{
	char path[64], line[512];
	unsigned long number = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)server.pid, file);
	in = fopen(path, "re");
	ck_assert_ptr_nonnull(in);
	while (fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, words, strlen(words)) == 0)
			ck_assert_int_eq(
			    sscanf(line + strlen(words), "%lu", &number), 1);
	}
	fclose(in);
	return number;
}

static struct work work_so_far(void)
{
	struct work work = {
	    .sleeps = number_behind("status", "voluntary_ctxt_switches:")};
	unsigned long user, system;
	char path[64], line[512];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)server.pid);
	in = fopen(path, "re");
	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), in));
	fclose(in);
	/* Behind the name: the state and ten numbers that are not asked for. */
	ck_assert_int_eq(sscanf(strrchr(line, ')') + 1,
			     " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
			     "%lu %lu",
			     &user, &system),
	    2);
	work.ticks = user + system;
	return work;
}

/* Looks for a while; whether the daemon was awake in it. Nothing is sent, so
 * there is nothing else to wait for. */
static bool is_awake(void)
{
	struct pollfd nothing = {.fd = A->fd, .events = POLLIN};
	struct work before = work_so_far(), after;

	ck_assert_int_eq(poll(&nothing, 1, WATCHED_MS), 0);
	after = work_so_far();
	ck_assert_uint_gt(before.sleeps, 0);
	return after.sleeps != before.sleeps || after.ticks != before.ticks;
}

START_TEST(idle_daemon_with_a_thousand_connections_is_not_once_awake)
{
	static struct client idle[N_CONNECTIONS];
	int tries = 1;

	json_decref(ask(A, "{'op':'lock.acquire','key':'k'}"));
	tell(B, "{'op':'lock.acquire','key':'k'}");
	json_decref(
	    ask(C, "{'op':'lock.acquire','key':'l','lease_ms':900000}"));
	json_decref(ask(D, "{'op':'flight.begin','key':'f'}"));
	json_decref(
	    ask(D, "{'op':'flight.finish','key':'f','keep_ms':900000}"));
	for (int i = 0; i < N_CONNECTIONS; i++) {
		client_open(&idle[i], &server);
		json_decref(ask(&idle[i], "{'op':'hello','client':'idle'}"));
	}
	/* At first it may still be on its way to sleep. */
	while (is_awake())
		ck_assert_int_lt(tries++, TRIES);
	for (int i = 0; i < N_CONNECTIONS; i++)
		client_close(&idle[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    idle_daemon_with_a_thousand_connections_is_not_once_awake,
	    NULL,
	};

	scene_allow_files(4096);
	return run_tests("idle", tests);
}
