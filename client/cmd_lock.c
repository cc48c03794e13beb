/* SPDX-License-Identifier: MIT */
/* msync lock: one at a time for each key, everyone runs. */
#include "cmd.h"
#include "cli_turn.h"

#include <getopt.h>

static const struct option options[] = {
    TURN_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

static int acquire(struct turn *turn, const char *key)
{
	struct msync_terms *terms = turn_terms(turn->options);
	int code = terms == NULL ? MSYNC_E_NOMEM : turn_open(turn);

	if (code == 0)
		code = msync_lock_acquire(turn->conn, key,
		    turn->options->wait_ms, terms, &turn->grant);
	msync_terms_free(terms);
	return code;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct turn_options turn_options = TURN_OPTIONS_INIT;
	struct turn turn = {
	    .cli = cli, .options = &turn_options, .kind = "lock"};
	int letter, status;

	turn.command = cli_split(&argc, argv);
	while ((letter = getopt_long(
		    argc, argv, TURN_LETTERS, options, NULL)) != -1) {
		/* The lock is what keeps a change from being lost. */
		if (letter == 'F')
			return cli_misused(&cmd_lock,
			    "--fail-open is for limit and flight: without "
			    "msyncd there is no lock");
		status =
		    turn_take_option(&turn_options, &cmd_lock, letter, optarg);
		if (status != 0)
			return status > 0 ? status
					  : cli_misused(&cmd_lock, NULL);
	}
	status = cli_take_key(&cmd_lock, argc, argv, &turn.command, &turn.key);
	if (status == 0)
		status = turn_check_options(
		    &turn_options, &cmd_lock, turn.command != NULL);
	return status != 0 ? status
			   : turn_finish(&turn, acquire(&turn, turn.key));
}

const struct command cmd_lock = {
    .name = "lock",
    .summary = "run a command, one at a time for each key",
    .usage = "lock [-n | -w DUR] [-E CODE] [--lease DUR] [--on-lost ACT]\n"
	     "     [--kill-after DUR] [--inherit] KEY -- COMMAND [ARG...]\n"
	     "lock --detach --lease DUR [-n | -w DUR] [-E CODE] KEY",
    .help =
	"Waits for the lock KEY, in order of arrival, runs COMMAND, and lets go\n"
	"when it has ended. Exits with its status.\n"
	"With --detach, takes the lock and prints its token: it lasts until\n"
	"msync release lock KEY TOKEN, or until its lease runs out.\n",
    .run = run,
};
