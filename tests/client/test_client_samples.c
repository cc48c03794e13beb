/* SPDX-License-Identifier: MIT */
/*
 * What the Go original promises of goroutines, by libmsync and with processes:
 * a hundred that want one result, or change one account. What they do is
 * counted by themselves, in a file and in memory that they share. All wait
 * before the first one is let on, so that nothing depends on who is how fast.
 * Limits and pools are in test_client_samples_limit.c.
 */
#include "child.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N_PROCESSES 100

/* What all processes of a test see. */
struct scene {
	struct gate gate; /* inside of the callback */
	struct presence inside, fresh, shared, failed;
	char path[100]; /* a file beside the daemon's socket */
};

static struct scene *scene;

static void open_scene(void)
{
	scene = shared_new(sizeof(*scene));
	gate_init(&scene->gate);
	snprintf(scene->path, sizeof(scene->path), "%s/file", server.dir);
}

/* The file has this in it, and nothing more. */
static void write_file(const char *text)
{
	FILE *file = fopen(scene->path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static long read_number(void)
{
	FILE *file = fopen(scene->path, "re");
	long number;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld", &number), 1);
	fclose(file);
	return number;
}

/* SingleFlight ----------------------------------------------------- */

static const char user[] = "{\"id\":17,\"name\":\"J\xc3\xbcrgen\",\n"
			   " \"balance\": 0.10, \"big\": 1e400}";
/* The same on one line. */
static const char arrives[] = "{\"id\":17,\"name\":\"J\xc3\xbcrgen\", "
			      " \"balance\": 0.10, \"big\": 1e400}";

/* The query of the data base: leaves a byte in the file each time. */
static int query(void *ctx, char **json, size_t *len)
{
	int fd = open(scene->path, O_WRONLY | O_APPEND | O_CREAT, 0600);

	(void)len;
	ck_assert_int_eq(write(fd, "q", 1), 1);
	close(fd);
	gate_pass(&scene->gate);
	*json = strdup(user);
	return *(int *)ctx;
}

/* Do and DoEx: what comes is counted as fresh or shared. */
static int get_user(struct msync_conn *conn, void *ctx)
{
	struct msync_result *result;
	int failure = 0;

	(void)ctx;
	expect_code(conn,
	    msync_flight_do(
		conn, "user/17", MSYNC_FOREVER, NULL, query, &failure, &result),
	    0);
	expect_value(result, msync_result_is_fresh(result) ? user : arrives);
	presence_enter(
	    msync_result_is_fresh(result) ? &scene->fresh : &scene->shared);
	if (msync_result_is_fresh(result))
		ck_assert_int_eq(
		    msync_result_followers(result), N_PROCESSES - 1);
	msync_result_free(result);
	return 7;
}

/* How often the data base was asked. */
static off_t n_queries(void)
{
	int fd = open(scene->path, O_RDONLY);
	off_t n = lseek(fd, 0, SEEK_END);

	close(fd);
	return n;
}

START_TEST(hundred_processes_share_one_query)
{
	pid_t pids[N_PROCESSES];

	open_scene();
	children_start(pids, N_PROCESSES, get_user, NULL);
	gate_await(&scene->gate, 1);
	gauge_await(P, "flight", "waits", N_PROCESSES - 1);
	gate_let(&scene->gate, 1);
	children_expect(pids, N_PROCESSES, 7);
	ck_assert_int_eq(n_queries(), 1);
	ck_assert_int_eq(scene->fresh.ever, 1);
	ck_assert_int_eq(scene->shared.ever, N_PROCESSES - 1);
	ck_assert_int_eq(gauge(P, "flight", "shared"), N_PROCESSES - 1);
	emptiness_await(P);
	shared_free(scene, sizeof(*scene));
}
END_TEST

static int get_nobody(struct msync_conn *conn, void *ctx)
{
	struct msync_result *result;
	int failure = 44, code;

	(void)ctx;
	code = msync_flight_do(
	    conn, "user/18", MSYNC_FOREVER, NULL, query, &failure, &result);
	if (code == 44) {
		presence_enter(&scene->fresh);
		expect_value(result, user);
	} else {
		expect_failure(
		    conn, code, MSYNC_E_FLIGHT_FAILED, "failed with 44", NULL);
		ck_assert_str_eq(
		    msync_result_message(result), msync_errmsg(conn));
		expect_value(result, arrives);
		presence_enter(&scene->shared);
	}
	ck_assert_int_eq(msync_result_is_failure(result), 1);
	msync_result_free(result);
	return 7;
}

START_TEST(hundred_processes_share_one_failure)
{
	pid_t pids[N_PROCESSES];

	open_scene();
	children_start(pids, N_PROCESSES, get_nobody, NULL);
	gate_await(&scene->gate, 1);
	gauge_await(P, "flight", "waits", N_PROCESSES - 1);
	gate_let(&scene->gate, 1);
	children_expect(pids, N_PROCESSES, 7);
	ck_assert_int_eq(n_queries(), 1);
	ck_assert_int_eq(scene->fresh.ever, 1);
	ck_assert_int_eq(scene->shared.ever, N_PROCESSES - 1);
	shared_free(scene, sizeof(*scene));
}
END_TEST

/* LockedCalls ------------------------------------------------------ */

/* Reads the balance, and writes it back with one more. */
static int deposit(void *ctx)
{
	char text[32];

	(void)ctx;
	presence_enter(&scene->inside);
	snprintf(text, sizeof(text), "%ld\n", read_number() + 1);
	write_file(text);
	presence_leave(&scene->inside);
	return 0;
}

static int recharge(struct msync_conn *conn, void *ctx)
{
	(void)ctx;
	for (int i = 0; i < 5; i++)
		expect_code(conn,
		    msync_lock_do(
			conn, "account/17", MSYNC_FOREVER, NULL, deposit, NULL),
		    0);
	return 7;
}

START_TEST(no_deposit_of_a_hundred_processes_is_lost)
{
	struct msync_grant *held = take(one, "account/17");
	pid_t pids[N_PROCESSES];

	open_scene();
	write_file("1000\n");
	children_start(pids, N_PROCESSES, recharge, NULL);
	gauge_await(P, "lock", "waits", N_PROCESSES);
	give_back(held);
	children_expect(pids, N_PROCESSES, 7);
	ck_assert_int_eq(read_number(), 1000 + 5 * N_PROCESSES);
	ck_assert_int_eq(scene->inside.most, 1);
	shared_free(scene, sizeof(*scene));
}
END_TEST

/* Every third one fails, with a number of its own. */
static int fail_or_not(void *ctx)
{
	int number = presence_enter(&scene->inside);

	*(int *)ctx = number;
	return number % 3 == 0 ? 100 + number : 0;
}

static int run_own(struct msync_conn *conn, void *ctx)
{
	int number = -1, code;

	(void)ctx;
	code = msync_lock_do(
	    conn, "account/17", MSYNC_FOREVER, NULL, fail_or_not, &number);
	expect_code(conn, code, number % 3 == 0 ? 100 + number : 0);
	if (code != 0)
		presence_enter(&scene->failed);
	return 7;
}

START_TEST(each_of_a_hundred_processes_runs_and_has_its_own_failure)
{
	struct msync_grant *held = take(one, "account/17");
	pid_t pids[N_PROCESSES];

	open_scene();
	children_start(pids, N_PROCESSES, run_own, NULL);
	gauge_await(P, "lock", "waits", N_PROCESSES);
	give_back(held);
	children_expect(pids, N_PROCESSES, 7);
	ck_assert_int_eq(scene->inside.ever, N_PROCESSES);
	ck_assert_int_eq(scene->failed.ever, N_PROCESSES / 3);
	shared_free(scene, sizeof(*scene));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    hundred_processes_share_one_query,
	    hundred_processes_share_one_failure,
	    no_deposit_of_a_hundred_processes_is_lost,
	    each_of_a_hundred_processes_runs_and_has_its_own_failure,
	    NULL,
	};

	return handles_run("client_samples", tests);
}
