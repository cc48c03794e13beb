/* SPDX-License-Identifier: MIT */
/* msync release and msync renew: holds that belong to no connection, by their
 * tokens. */
#include "cmd.h"

#include <getopt.h>
#include <string.h>

#define MOST_TOKEN INT64_C(9007199254740991)

static const struct option no_options[] = {{NULL, 0, NULL, 0}};

/* Whether there are no options, and so many words. 0 or an exit status. */
static int take_words(
    const struct command *command, int argc, char **argv, int least, int most)
{
	if (getopt_long(argc, argv, "", no_options, NULL) != -1)
		return cli_misused(command, NULL);
	if (argc - optind < least || argc - optind > most)
		return cli_misused(command, "too %s words",
		    argc - optind < least ? "few" : "many");
	return 0;
}

static int finish(
    const struct cli *cli, struct msync_conn *conn, const char *what, int code)
{
	int status = 0;

	if (code != 0)
		status = cli_refused(cli, conn, what, code);
	else if (cli->is_json)
		(void)puts("{\"ok\":true}");
	msync_close(conn);
	return status;
}

static int release(const struct cli *cli, int argc, char **argv)
{
	struct msync_conn *conn;
	int status = take_words(&cmd_release, argc, argv, 3, 3);
	int64_t token;
	char what[320];
	int kind, code;

	if (status != 0)
		return status;
	argv += optind;
	kind = cli_kind(argv[0]);
	if (kind < 0)
		return cli_misused(&cmd_release,
		    "%s: is lock, limit, pool or flight", argv[0]);
	token = cli_number(argv[2], 1, MOST_TOKEN);
	if (token < 0)
		return cli_misused(&cmd_release, "%s: not a token", argv[2]);
	(void)snprintf(what, sizeof(what), "%s %s", argv[0], argv[1]);
	code = cli_open(cli, NULL, NULL, NULL, &conn);
	if (code == 0)
		code = msync_release_token(
		    conn, (enum msync_kind)kind, argv[1], token);
	return finish(cli, conn, what, code);
}

const struct command cmd_release = {
    .name = "release",
    .summary = "let go of a hold by its token",
    .usage = "release KIND KEY TOKEN",
    .help =
	"KIND is lock, limit or pool. The hold was taken with --detach, or\n"
	"by msync pool get, by a process of the same user. A pool object is\n"
	"put back as it was.\n",
    .run = release,
};

static int renew(const struct cli *cli, int argc, char **argv)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	int status = take_words(&cmd_renew, argc, argv, 2, 2);
	int64_t token, lease_ms;
	char members[96], what[64];
	int code;

	if (status != 0)
		return status;
	argv += optind;
	token = cli_number(argv[0], 1, MOST_TOKEN);
	if (token < 0)
		return cli_misused(&cmd_renew, "%s: not a token", argv[0]);
	lease_ms = cli_duration(argv[1]);
	if (lease_ms < 1)
		return cli_misused(
		    &cmd_renew, "%s: not a duration of 1ms or more", argv[1]);
	(void)snprintf(members, sizeof(members),
	    "\"token\":%lld,\"lease_ms\":%lld", (long long)token,
	    (long long)lease_ms);
	(void)snprintf(what, sizeof(what), "token %s", argv[0]);
	code = cli_open(cli, NULL, NULL, NULL, &conn);
	if (code == 0)
		code = msync_ask(conn, "renew", members, 0, &result);
	msync_result_free(result);
	return finish(cli, conn, what, code);
}

const struct command cmd_renew = {
    .name = "renew",
    .summary = "start the lease of a hold anew",
    .usage = "renew TOKEN DUR",
    .help =
	"The hold lasts for DUR from now on. One that has ended already is\n"
	"not revived: then the exit status is 74.\n",
    .run = renew,
};
