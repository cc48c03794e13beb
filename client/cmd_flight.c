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
#include <string.h>

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

/* Output that did not arrive is a failure, whatever the command says. */
static int unwritten(int status, int error)
{
	cli_complain(
	    "cannot write what the command printed: %s", strerror(error));
	return status == 0 ? EXIT_IS_SYSTEM : status;
}

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
	output_collect(output);
}

/* Writes what is left, for as long as that takes, or until somebody wants us
 * to end. Returns the exit status. */
static int write_rest(struct turn *turn, struct output *output)
{
	struct child *child = &turn->child;
	int error;

	while (output_has_more(output) && child->hurried_by == 0) {
		struct pollfd fds[3];

		output_poll(output, fds);
		fds[2] = (struct pollfd){child->signals, POLLIN, 0};
		(void)poll(fds, 3, -1);
		output_move(output, fds);
		child_on_signal(child);
	}
	error = output_error(output);
	if (output_has_more(output))
		return EXIT_IS_SIGNAL + child->hurried_by;
	return error == 0 ? child->status : unwritten(child->status, error);
}

/* Hands the result over; how many got it, or a code. */
static int hand_over(const struct turn *turn, const char *json, int64_t keep_ms)
{
	int code;

	if (json == NULL)
		return MSYNC_E_NOMEM;
	code = msync_flight_finish(
	    turn->grant, json, MSYNC_NUL_TERMINATED, keep_ms);
	/* What is too much to keep can still be handed over. */
	if (code == MSYNC_E_QUOTA && keep_ms > 0)
		code = msync_flight_finish(
		    turn->grant, json, MSYNC_NUL_TERMINATED, 0);
	return code;
}

/* Shares what the command came to. The same. */
static int share(
    struct turn *turn, const struct output *output, int status, int64_t keep_ms)
{
	const char *why = "the command printed more than 760 KiB, which is too "
			  "much to share";
	int code = MSYNC_E_TOO_LONG;

	/* Whoever ends the leader does not mean the others: one of them runs
	 * the command again, as if it had been killed. */
	if (turn->child.ended_by != 0 && status != 0)
		return msync_release(turn->grant);
	if (!output->is_too_much) {
		char *json = output_pack(output, status);

		code = hand_over(turn, json, status == 0 ? keep_ms : 0);
		why = msync_strerror(code);
		free(json);
	}
	/* Those who wait must not all run it one after the other. */
	if (code < 0 && code != MSYNC_E_LOST)
		code = msync_flight_fail(turn->grant, why, NULL, 0, 0);
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
		code =
		    share(turn, &output, turn->child.status, flight->keep_ms);
		/* The others do not wait for our reader. */
		status = write_rest(turn, &output);
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
	int status = -1, error = 0;

	(void)signal(SIGPIPE, SIG_IGN);
	if (json != NULL)
		status = output_unpack(json, len, &error);
	if (status >= 0) {
		cli_remark(turn->cli, "flight %s: shared", turn->key);
		return error == 0 ? status : unwritten(status, error);
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
