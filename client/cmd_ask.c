/* SPDX-License-Identifier: MIT */
/* msync ping, stats and call: questions to the daemon. */
#include "cmd.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct option no_options[] = {{NULL, 0, NULL, 0}};

static int take_words(
    const struct command *command, int argc, char **argv, int n)
{
	if (getopt_long(argc, argv, "", no_options, NULL) != -1)
		return cli_misused(command, NULL);
	if (argc - optind != n)
		return cli_misused(command, "too %s words",
		    argc - optind < n ? "few" : "many");
	return 0;
}

/* ping ------------------------------------------------------------- */

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A member of the answer that is a string, or "?". */
static const char *word_of(const json_t *answer, const char *name)
{
	const char *word = json_string_value(json_object_get(answer, name));

	return word == NULL ? "?" : word;
}

static void print_ping(const struct cli *cli, const char *version, double ms)
{
	json_t *answer;

	if (!cli->is_json) {
		(void)printf("msyncd %s answers; the round trip took %.3f ms\n",
		    version, ms);
		return;
	}
	answer =
	    json_pack("{s:b, s:s, s:f}", "ok", 1, "version", version, "ms", ms);
	(void)json_dumpf(answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	(void)putchar('\n');
	json_decref(answer);
}

static int ping(const struct cli *cli, int argc, char **argv)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	json_t *answer;
	double begin, took;
	int status = take_words(&cmd_ping, argc, argv, 0), code;

	if (status != 0)
		return status;
	code = cli_open(cli, NULL, NULL, NULL, &conn);
	if (code == 0)
		code = msync_ask(conn, "hello", NULL, 0, &result);
	begin = now_ms();
	if (code == 0)
		code = msync_ping(conn);
	took = now_ms() - begin;
	if (code != 0) {
		status = cli_refused(cli, conn, "ping", code);
	} else {
		answer = json_loads(msync_result_value(result, NULL), 0, NULL);
		print_ping(cli, word_of(answer, "version"), took);
		json_decref(answer);
	}
	msync_result_free(result);
	msync_close(conn);
	return status;
}

const struct command cmd_ping = {
    .name = "ping",
    .summary = "ask the daemon for a sign of life",
    .usage = "ping",
    .help = "Prints the daemon's version and how long its answer took.\n",
    .run = ping,
};

/* stats ------------------------------------------------------------ */

static const char *const kinds[] = {"flight", "lock", "limit", "pool"};

/* A row for each count that any kind has, a column for each kind. */
static void print_table(const json_t *answer)
{
	const json_t *of_kinds = json_object_get(answer, "kinds");
	json_t *rows = json_object();
	const char *name;
	json_t *ignored;

	(void)printf("connections %lld, up for %lld s\n\n%-14s",
	    (long long)json_integer_value(
		json_object_get(answer, "connections")),
	    (long long)json_integer_value(
		json_object_get(answer, "uptime_ms")) /
		1000,
	    "");
	for (int i = 0; i < 4; i++) {
		(void)printf(" %10s", kinds[i]);
		(void)json_object_update_missing(
		    rows, json_object_get(of_kinds, kinds[i]));
	}
	(void)putchar('\n');
	json_object_foreach(rows, name, ignored) {
		(void)printf("%-14s", name);
		for (int i = 0; i < 4; i++) {
			const json_t *count = json_object_get(
			    json_object_get(of_kinds, kinds[i]), name);

			if (json_is_integer(count))
				(void)printf(" %10lld",
				    (long long)json_integer_value(count));
			else
				(void)printf(" %10s", "-");
		}
		(void)putchar('\n');
	}
	json_decref(rows);
}

static int stats(const struct cli *cli, int argc, char **argv)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	int status = take_words(&cmd_stats, argc, argv, 0), code;

	if (status != 0)
		return status;
	code = cli_open(cli, NULL, NULL, NULL, &conn);
	if (code == 0)
		code = msync_ask(conn, "stats", NULL, 0, &result);
	if (code != 0) {
		status = cli_refused(cli, conn, "stats", code);
	} else {
		json_t *answer =
		    json_loads(msync_result_value(result, NULL), 0, NULL);

		(void)json_object_del(answer, "id");
		if (cli->is_json) {
			(void)json_dumpf(answer, stdout, JSON_COMPACT);
			(void)putchar('\n');
		} else {
			print_table(answer);
		}
		json_decref(answer);
	}
	msync_result_free(result);
	msync_close(conn);
	return status;
}

const struct command cmd_stats = {
    .name = "stats",
    .summary = "what the daemon has counted",
    .usage = "stats",
    .help =
	"Keys, holds and waits of each kind as they are now, and what has\n"
	"happened since the daemon started; msyncd-protocol(7) explains the\n"
	"counts.\n",
    .run = stats,
};
