/* SPDX-License-Identifier: MIT */
/* msync flight: one runs, everybody gets what it printed and how it ended. */
#include "cli_output.h"
#include "cli_turn.h"
#include "cmd.h"

#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

struct flight_options {
	int64_t keep_ms;
	int64_t max_leaders; /* 0: as the daemon has it */
};

static const struct option options[] = {
    {"nonblock", no_argument, NULL, 'n'},
    {"wait", required_argument, NULL, 'w'},
    {"busy-exit-code", required_argument, NULL, 'E'},
    {"keep", required_argument, NULL, 'k'},
    {"max-leaders", required_argument, NULL, 'm'},
    {"fail-open", no_argument, NULL, 'F'},
    {NULL, 0, NULL, 0},
};

/* Leading ---------------------------------------------------------- */

/* Until the command has ended. That the connection breaks does not end it: the
 * others begin anew, and our caller still wants the output. */
static void stream(struct turn *turn, struct output *output)
{
	while (!turn->child.has_ended) {
		struct pollfd fds[4];

		output_poll(output, fds);
		fds[2] = (struct pollfd){turn->child.signals, POLLIN, 0};
		fds[3] = (struct pollfd){
		    msync_fd(turn->conn), (short)msync_events(turn->conn), 0};
		(void)poll(fds, 4, msync_timeout(turn->conn));
		output_move(output, fds);
		child_on_signal(&turn->child);
		(void)msync_process(turn->conn);
	}
	output_drain(output);
}

/* Shares what the command came to; how many got it, or a code. */
static int share(
    struct turn *turn, const struct output *output, int status, int64_t keep_ms)
{
	char *json;
	int code;

	/* Whoever ends the leader does not mean the others: one of them runs
	 * the command again, as if it had been killed. */
	if (turn->child.ended_by != 0 && status != 0)
		return msync_release(turn->grant);
	if (output->is_too_much) {
		code = msync_flight_fail(turn->grant,
		    "the command printed more than 760 KiB, which is too much "
		    "to share",
		    NULL, 0, 0);
	} else {
		json = output_pack(output, status);
		code = json == NULL ? MSYNC_E_NOMEM
				    : msync_flight_finish(turn->grant, json,
					  MSYNC_NUL_TERMINATED,
					  status == 0 ? keep_ms : 0);
		free(json);
	}
	(void)msync_release(turn->grant);
	return code;
}

static int lead(struct turn *turn, const struct flight_options *flight)
{
	struct child_plan plan = {
	    .argv = turn->command,
	    .env = {turn->kind, turn->key, msync_grant_token(turn->grant),
		NULL},
	    .conn_fd = msync_fd(turn->conn),
	    .wants_output = true,
	};
	struct output output;
	int status = EXIT_IS_SYSTEM, code;

	if (child_init(&turn->child) && child_start(&turn->child, &plan)) {
		/* That our reader has gone is for write(2) to tell. */
		(void)signal(SIGPIPE, SIG_IGN);
		output_init(&output, &turn->child);
		stream(turn, &output);
		status = turn->child.status;
		code = share(turn, &output, status, flight->keep_ms);
		cli_remark(turn->cli, "flight %s: led; %d shared the result",
		    turn->key, code < 0 ? 0 : code);
		output_deinit(&output);
	} else {
		(void)msync_release(turn->grant);
	}
	child_deinit(&turn->child);
	return status;
}

/* Following -------------------------------------------------------- */

static int follow(struct turn *turn, const struct msync_result *result)
{
	size_t len;
	const char *json = msync_result_value(result, &len);
	int status = json == NULL ? -1 : output_unpack(json, len);

	if (status >= 0) {
		cli_remark(turn->cli, "flight %s: shared", turn->key);
		return status;
	}
	cli_complain("flight %s: its leader is no msync: the value is not the "
		     "output of a command",
	    turn->key);
	return EXIT_IS_PROTOCOL;
}

/* The command line ------------------------------------------------- */

static int begin(struct turn *turn, const struct flight_options *flight,
    struct msync_result **result)
{
	struct msync_terms *terms = turn_terms(turn->options);
	int code = terms == NULL ? MSYNC_E_NOMEM : turn_open(turn);

	if (code == 0) {
		if (flight->max_leaders > 0)
			(void)msync_terms_set(
			    terms, MSYNC_TERM_MAX_LEADERS, flight->max_leaders);
		code = msync_flight_begin(turn->conn, turn->key,
		    turn->options->wait_ms, terms, &turn->grant, result);
	}
	msync_terms_free(terms);
	return code;
}

static int fly(struct turn *turn, const struct flight_options *flight)
{
	struct msync_result *result = NULL;
	int code = begin(turn, flight, &result);
	int status;

	if (result == NULL)
		code = turn_check(turn, code);
	if (code != 0) {
		msync_result_free(result);
		return turn_finish(turn, code);
	}
	status =
	    turn->grant != NULL ? lead(turn, flight) : follow(turn, result);
	msync_result_free(result);
	msync_close(turn->conn);
	return status;
}

static int take_option(struct flight_options *flight,
    struct turn_options *turn_options, int letter, const char *argument)
{
	switch (letter) {
	case 'k':
		flight->keep_ms = cli_duration(argument);
		if (flight->keep_ms >= 0)
			return 0;
		return cli_misused(
		    &cmd_flight, "--keep %s: not a duration", argument);
	case 'm':
		flight->max_leaders = cli_number(argument, 1, INT_MAX);
		if (flight->max_leaders > 0)
			return 0;
		return cli_misused(&cmd_flight,
		    "--max-leaders %s: not a number from 1 to %d", argument,
		    INT_MAX);
	default:
		return turn_take_option(
		    turn_options, &cmd_flight, letter, argument);
	}
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct turn_options turn_options = TURN_OPTIONS_INIT;
	struct flight_options flight = {0};
	struct turn turn = {
	    .cli = cli, .options = &turn_options, .kind = "flight"};
	int letter, status;

	/* A lead that is lost does not end the command. */
	turn_options.on_lost = TURN_IGNORE;
	turn.command = cli_split(&argc, argv);
	while ((letter = getopt_long(
		    argc, argv, TURN_LETTERS, options, NULL)) != -1) {
		status = take_option(&flight, &turn_options, letter, optarg);
		if (status != 0)
			return status > 0 ? status
					  : cli_misused(&cmd_flight, NULL);
	}
	status =
	    cli_take_key(&cmd_flight, argc, argv, &turn.command, &turn.key);
	if (status == 0 && turn.command == NULL)
		status = cli_misused(
		    &cmd_flight, "what is to be run? Write -- and the command");
	return status != 0 ? status : fly(&turn, &flight);
}

const struct command cmd_flight = {
    .name = "flight",
    .summary = "run a command once; everybody gets its output and status",
    .usage = "flight [-n | -w DUR] [-E CODE] [--keep DUR] [--max-leaders N]\n"
	     "       [--fail-open] KEY -- COMMAND [ARG...]",
    .help =
	"The first caller of KEY runs COMMAND; all that ask meanwhile wait, print\n"
	"the same bytes to standard output and standard error, and exit with the\n"
	"same status. With --keep, a result of status 0 is also given to those\n"
	"who ask within DUR after it.\n"
	"If the leader is killed, the one that waited longest runs COMMAND.\n",
    .run = run,
};
