/* SPDX-License-Identifier: MIT */
/* msync limit: at most so many at a time. */
#include "cmd.h"
#include "cli_turn.h"

#include <getopt.h>
#include <limits.h>

struct limit_options {
	int capacity; /* 0: the one in force */
	int permits;
	bool adopts;
};

static const struct option options[] = {
    {"capacity", required_argument, NULL, 'c'},
    {"permits", required_argument, NULL, 'p'},
    {"adopt", no_argument, NULL, 'A'},
    TURN_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

static int borrow(struct turn *turn, const struct limit_options *limit)
{
	struct msync_terms *terms = turn_terms(turn->options);
	int code = terms == NULL ? MSYNC_E_NOMEM : turn_open(turn);

	if (code == 0) {
		(void)msync_terms_set(
		    terms, MSYNC_TERM_PERMITS, limit->permits);
		(void)msync_terms_set(terms, MSYNC_TERM_ADOPT, limit->adopts);
		code =
		    msync_limit_borrow(turn->conn, turn->key, limit->capacity,
			turn->options->wait_ms, terms, &turn->grant);
	}
	msync_terms_free(terms);
	return code;
}

static int take_option(struct limit_options *limit,
    struct turn_options *turn_options, int letter, const char *argument)
{
	switch (letter) {
	case 'c':
		limit->capacity = (int)cli_number(argument, 1, INT_MAX);
		if (limit->capacity > 0)
			return 0;
		return cli_misused(&cmd_limit,
		    "-c %s: not a number from 1 to %d", argument, INT_MAX);
	case 'p':
		limit->permits = (int)cli_number(argument, 1, INT_MAX);
		if (limit->permits > 0)
			return 0;
		return cli_misused(&cmd_limit,
		    "-p %s: not a number from 1 to %d", argument, INT_MAX);
	case 'A':
		limit->adopts = true;
		return 0;
	default:
		return turn_take_option(
		    turn_options, &cmd_limit, letter, argument);
	}
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct turn_options turn_options = TURN_OPTIONS_INIT;
	struct limit_options limit = {.permits = 1};
	struct turn turn = {
	    .cli = cli, .options = &turn_options, .kind = "limit"};
	int letter, status;

	turn.command = cli_split(&argc, argv);
	while ((letter = getopt_long(
		    argc, argv, "c:p:" TURN_LETTERS, options, NULL)) != -1) {
		status = take_option(&limit, &turn_options, letter, optarg);
		if (status != 0)
			return status > 0 ? status
					  : cli_misused(&cmd_limit, NULL);
	}
	status = cli_take_key(&cmd_limit, argc, argv, &turn.command, &turn.key);
	if (status == 0)
		status = turn_check_options(
		    &turn_options, &cmd_limit, turn.command != NULL);
	return status != 0 ? status : turn_finish(&turn, borrow(&turn, &limit));
}

const struct command cmd_limit = {
    .name = "limit",
    .summary = "run a command, at most so many at a time",
    .usage = "limit [-c CAPACITY] [-p PERMITS] [--adopt] [--fail-open]\n"
	     "      [-n | -w DUR] [-E CODE] [--lease DUR] [--on-lost ACT]\n"
	     "      [--kill-after DUR] [--inherit] KEY -- COMMAND [ARG...]\n"
	     "limit --detach --lease DUR [-c CAPACITY] [-p PERMITS] [--adopt]\n"
	     "      [-n | -w DUR] [-E CODE] KEY",
    .help =
	"Borrows PERMITS (1) of the limit KEY, runs COMMAND, and gives them back\n"
	"when it has ended. At most CAPACITY are out at a time; without -c, as\n"
	"many as are in force. --fail-open runs COMMAND even where msyncd is not\n"
	"there to count.\n",
    .run = run,
};
