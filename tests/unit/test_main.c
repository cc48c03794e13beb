/* SPDX-License-Identifier: MIT */
/*
 * The program: its options, its exit statuses, and what it sets up before it
 * serves. It is run as $MSYNCD.
 */
#include "proto.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_MS 60000

/* A run of the program. */
struct run {
	pid_t pid;
	int out, err; /* read ends */
	char said[10000], blamed[10000];
	int status; /* of its exit; -1: a signal ended it */
};

static char dir[64], path[96];

static void set_up(void)
{
	snprintf(dir, sizeof(dir), "/tmp/msyncd-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
}

static void tear_down(void)
{
	char lock[104];

	snprintf(lock, sizeof(lock), "%s.lock", path);
	(void)unlink(lock);
	ck_assert_int_eq(rmdir(dir), 0);
}

/* In the child. */
static void become_program(const char *const args[], const int out[2],
    const int err[2], void (*prepare)(void))
{
	const char *program = getenv("MSYNCD");
	char *argv[8] = {strdup("msyncd")};
	int n = 1;

	for (; *args != NULL && n < 7; args++)
		argv[n++] = strdup(*args);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	if (prepare != NULL)
		prepare();
	execv(program, argv);
	_exit(127);
}

static void start(
    struct run *run, const char *const args[], void (*prepare)(void))
{
	int out[2], err[2];

	ck_assert_ptr_nonnull(getenv("MSYNCD"));
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(err, O_CLOEXEC), 0);
	memset(run, 0, sizeof(*run));
	run->pid = fork();
	ck_assert_int_ge(run->pid, 0);
	if (run->pid == 0)
		become_program(args, out, err, prepare);
	close(out[1]);
	close(err[1]);
	run->out = out[0];
	run->err = err[0];
}

/* Appends what there is; false at the end of it. */
static bool read_some(int fd, char *text, size_t size)
{
	size_t len = strlen(text);
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	ck_assert_int_eq(poll(&pollfd, 1, LIMIT_MS), 1);
	ck_assert_uint_lt(len + 1, size);
	n = read(fd, text + len, size - 1 - len);
	ck_assert_int_ge(n, 0);
	text[len + (size_t)n] = '\0';
	return n > 0;
}

static void await_ready(struct run *run)
{
	while (strstr(run->blamed, "event=ready") == NULL)
		ck_assert_msg(
		    read_some(run->err, run->blamed, sizeof(run->blamed)),
		    "it ended: %s", run->blamed);
}

static void await_end(struct run *run)
{
	int status;

	while (read_some(run->out, run->said, sizeof(run->said)))
		continue;
	while (read_some(run->err, run->blamed, sizeof(run->blamed)))
		continue;
	close(run->out);
	close(run->err);
	ck_assert_int_eq(waitpid(run->pid, &status, 0), run->pid);
	run->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_word(const char *text, const char *word)
{
	ck_assert_msg(strstr(text, word) != NULL, "no %s in: %s", word, text);
}

/* Runs it to its end with this argument; it must not begin to serve. */
static void run_with(struct run *run, const char *first, const char *second)
{
	const char *args[] = {first, second, NULL};

	start(run, args, NULL);
	await_end(run);
	ck_assert_ptr_null(strstr(run->blamed, "event=ready"));
}

/* Options ---------------------------------------------------------- */

START_TEST(version_is_printed_and_that_is_all)
{
	struct run run;

	run_with(&run, "--version", NULL);
	ck_assert_int_eq(run.status, 0);
	ck_assert_str_eq(run.said, "msyncd " PACKAGE_VERSION "\n");
	ck_assert_str_eq(run.blamed, "");
}
END_TEST

START_TEST(help_names_every_option)
{
	static const char *const words[] = {"usage: msyncd", "-s", "--socket",
	    "-v", "--verbose", "--version", "--help", WIRE_DEFAULT_SOCKET};
	struct run run;

	run_with(&run, "--help", NULL);
	ck_assert_int_eq(run.status, 0);
	ck_assert_str_eq(run.blamed, "");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		expect_word(run.said, words[i]);
}
END_TEST

static void fill_output(void)
{
	int full = open("/dev/full", O_WRONLY);

	if (full < 0 || dup2(full, STDOUT_FILENO) < 0)
		_exit(126);
}

START_TEST(help_that_cannot_be_printed_is_a_failure)
{
	const char *args[] = {"--help", NULL};
	struct run run;

	start(&run, args, fill_output);
	await_end(&run);
	ck_assert_int_eq(run.status, EXIT_FAILURE);
}
END_TEST

START_TEST(a_wrong_command_line_ends_with_64_and_a_hint)
{
	static const char *const wrong[][2] = {{"-x", NULL},
	    {"--nonsense", NULL}, {"-s", NULL}, {"--socket", NULL},
	    {"--version=1", NULL}, {"serve", NULL}, {"-v", "now"}, {"--", "x"},
	    {"", NULL}};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct run run;

		run_with(&run, wrong[i][0], wrong[i][1]);
		ck_assert_msg(
		    run.status == 64, "%s: %d", wrong[i][0], run.status);
		expect_word(run.blamed, "--help");
		ck_assert_str_eq(run.said, "");
	}
}
END_TEST

START_TEST(a_socket_that_cannot_be_is_a_failure_with_its_reason)
{
	struct run run;

	run_with(&run, "-s", "/nowhere/at/all");
	ck_assert_int_eq(run.status, EXIT_FAILURE);
	expect_word(run.blamed, "level=error event=cannot_listen");
}
END_TEST

/* Serving ---------------------------------------------------------- */

static int join(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Asserts that it answers a ping. */
static void expect_service(void)
{
	static const char ping[] = "{\"op\":\"ping\"}\n";
	char text[100] = "";
	int client = join();

	ck_assert_int_eq(
	    write(client, ping, sizeof(ping) - 1), (ssize_t)sizeof(ping) - 1);
	while (strchr(text, '\n') == NULL)
		ck_assert(read_some(client, text, sizeof(text)));
	ck_assert_str_eq(text, "{\"ok\":true}\n");
	close(client);
}

/* Sees that it serves, and ends it in good order. */
static void serve_and_end(struct run *run)
{
	expect_service();
	ck_assert_int_eq(kill(run->pid, SIGTERM), 0);
	await_end(run);
	ck_assert_int_eq(run->status, 0);
	ck_assert_int_eq(access(path, F_OK), -1);
}

static void serve_with(
    struct run *run, const char *const args[], void (*prepare)(void))
{
	start(run, args, prepare);
	await_ready(run);
	serve_and_end(run);
}

START_TEST(the_socket_is_where_the_option_says)
{
	const char *shorts[] = {"-s", path, NULL};
	const char *longs[] = {"--socket", path, "-v", NULL};
	struct run run;

	set_up();
	serve_with(&run, shorts, NULL);
	expect_word(run.blamed,
	    " event=ready version=" PACKAGE_VERSION " socket=\"/tmp/");
	expect_word(run.blamed, "event=stopping");
	expect_word(run.blamed, "event=stopped");
	ck_assert_str_eq(run.said, "");
	serve_with(&run, longs, NULL);
	tear_down();
}
END_TEST

static void close_streams(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
}

/* What the running program has behind the descriptor. */
static void expect_behind(const struct run *run, int fd, const char *file)
{
	char link[64], text[100] = "";

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)run->pid, fd);
	ck_assert_int_gt(readlink(link, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, file);
}

START_TEST(no_socket_takes_the_place_of_a_standard_stream)
{
	const char *args[] = {"-s", path, NULL};
	struct run run;

	set_up();
	start(&run, args, close_streams);
	await_ready(&run);
	expect_behind(&run, STDIN_FILENO, "/dev/null");
	expect_behind(&run, STDOUT_FILENO, "/dev/null");
	serve_and_end(&run);
	tear_down();
}
END_TEST

static void lower_soft_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 16;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void lower_hard_limit(void)
{
	struct rlimit limit = {64, 64};

	setrlimit(RLIMIT_NOFILE, &limit);
}

START_TEST(it_takes_as_many_descriptors_as_it_may_and_says_if_they_are_few)
{
	const char *args[] = {"-s", path, NULL};
	int clients[40];
	struct run run;

	set_up();
	start(&run, args, lower_soft_limit);
	await_ready(&run);
	for (int i = 0; i < 40; i++)
		clients[i] = join();
	serve_and_end(&run);
	for (int i = 0; i < 40; i++)
		close(clients[i]);
	ck_assert_ptr_null(strstr(run.blamed, "no_descriptors"));
	serve_with(&run, args, lower_hard_limit);
	expect_word(run.blamed, "event=few_descriptors limit=64 ");
	tear_down();
}
END_TEST

/* Whether the running program ignores the signal. */
static bool is_ignored(const struct run *run, int number)
{
	unsigned long long mask;
	char name[64], text[4096] = "";
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)run->pid);
	file = fopen(name, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_gt(fread(text, 1, sizeof(text) - 1, file), 0);
	fclose(file);
	ck_assert_int_eq(
	    sscanf(strstr(text, "SigIgn:"), "SigIgn: %llx", &mask), 1);
	return mask >> (number - 1) & 1;
}

START_TEST(a_peer_that_is_gone_does_not_end_it)
{
	static const char lines[] = "{\"op\":\"ping\"}\n{\"op\":\"ping\"}\n";
	const char *args[] = {"-s", path, NULL};
	struct run run;

	set_up();
	start(&run, args, NULL);
	await_ready(&run);
	ck_assert(is_ignored(&run, SIGPIPE));
	for (int i = 0; i < 200; i++) {
		int client = join();

		ck_assert_int_gt(write(client, lines, sizeof(lines) - 1), 0);
		close(client);
	}
	serve_and_end(&run);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    version_is_printed_and_that_is_all,
	    help_names_every_option,
	    help_that_cannot_be_printed_is_a_failure,
	    a_wrong_command_line_ends_with_64_and_a_hint,
	    a_socket_that_cannot_be_is_a_failure_with_its_reason,
	    the_socket_is_where_the_option_says,
	    no_socket_takes_the_place_of_a_standard_stream,
	    it_takes_as_many_descriptors_as_it_may_and_says_if_they_are_few,
	    a_peer_that_is_gone_does_not_end_it,
	    NULL,
	};

	return unit_run("main", tests);
}
