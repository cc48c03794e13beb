/* SPDX-License-Identifier: MIT */
/* msync top: a live view of the daemon. Its screen is a program of its own,
 * msync-top, so that no other command pays for the library it needs. */
#include "cmd.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAST_INTERVAL_MS 100
#define MOST_INTERVAL_MS  3600000

struct top_options {
	int64_t interval_ms;
	int64_t count; /* 0: without end */
	bool is_batch;
};

/* 0, or an exit status. */
static int take_option(struct top_options *options, int letter)
{
	switch (letter) {
	case 'd':
		options->interval_ms = cli_duration(optarg);
		if (options->interval_ms < LEAST_INTERVAL_MS ||
		    options->interval_ms > MOST_INTERVAL_MS)
			return cli_misused(
			    &cmd_top, "-d %s: from 100ms to 1h", optarg);
		return 0;
	case 'n':
		options->count = cli_number(optarg, 1, INT32_MAX);
		if (options->count < 0)
			return cli_misused(
			    &cmd_top, "-n %s: a number from 1 on", optarg);
		return 0;
	case 'b':
		options->is_batch = true;
		return 0;
	default:
		return cli_misused(&cmd_top, NULL);
	}
}

static int take_options(struct top_options *chosen, int argc, char **argv)
{
	static const struct option options[] = {
	    {"delay", required_argument, NULL, 'd'},
	    {"iterations", required_argument, NULL, 'n'},
	    {"batch", no_argument, NULL, 'b'},
	    {NULL, 0, NULL, 0},
	};
	int letter, status;

	while (
	    (letter = getopt_long(argc, argv, "d:n:b", options, NULL)) != -1) {
		status = take_option(chosen, letter);
		if (status != 0)
			return status;
	}
	if (optind < argc)
		return cli_misused(&cmd_top, "too many words");
	return 0;
}

/* What keeps us from the daemon is said in the words of all commands. */
static int look_for_daemon(const struct cli *cli)
{
	struct msync_conn *conn;
	int code = cli_open(cli, NULL, NULL, NULL, &conn), status = 0;

	if (code == 0)
		code = msync_ping(conn);
	if (code != 0)
		status = cli_refused(cli, conn, "top", code);
	msync_close(conn);
	return status;
}

/* Beside our own program, as in a build folder; otherwise it is installed. */
static void find_program(char path[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash != NULL && slash + sizeof("/msync-top") <= path + PATH_MAX) {
		memcpy(slash, "/msync-top", sizeof("/msync-top"));
		if (access(path, X_OK) == 0)
			return;
	}
	memcpy(path, LIBEXECDIR "/msync-top", sizeof(LIBEXECDIR "/msync-top"));
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct top_options options = {.interval_ms = 1000};
	char path[PATH_MAX], interval[24], count[24];
	int status = take_options(&options, argc, argv), error;
	bool is_screen;

	if (status == 0 && cli->is_json)
		status = cli_misused(&cmd_top, "it has no --json; stats has");
	if (status == 0)
		status = look_for_daemon(cli);
	if (status != 0)
		return status;
	is_screen =
	    !options.is_batch && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	(void)snprintf(
	    interval, sizeof(interval), "%" PRId64, options.interval_ms);
	(void)snprintf(count, sizeof(count), "%" PRId64, options.count);
	find_program(path);
	(void)execl(path, "msync-top", cli_socket_path(cli), interval, count,
	    is_screen ? "screen" : "lines", (char *)NULL);
	error = errno;
	if (error == ENOENT)
		cli_complain("top is not installed: %s is missing (msync was "
			     "built without ncurses)",
		    path);
	else
		cli_complain("cannot run %s: %s", path, strerror(error));
	return error == ENOENT ? EXIT_IS_NOT_FOUND : EXIT_IS_NOT_EXECUTABLE;
}

const struct command cmd_top = {
    .name = "top",
    .summary = "watch the daemon at work",
    .usage = "top [-d DURATION] [-n COUNT] [-b]",
    .help =
	"Shows who holds what and who waits, with the longest queues first, and\n"
	"how often each key is granted; press ? there for what its keys do.\n"
	"\n"
	"  -d, --delay DUR         show it anew so often; otherwise each second\n"
	"  -n, --iterations COUNT  so many times, and no more\n"
	"  -b, --batch             as lines of text, as without a terminal\n",
    .run = run,
};
