/* SPDX-License-Identifier: MIT */
/* msync ping: a question to the daemon. */
#include "cmd.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
	static const struct option options[] = {{NULL, 0, NULL, 0}};
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	json_t *answer;
	double begin, took;
	int status = 0, code;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return cli_misused(&cmd_ping, NULL);
	if (argc > optind)
		return cli_misused(&cmd_ping, "too many words");
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
