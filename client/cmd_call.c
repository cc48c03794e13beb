/* SPDX-License-Identifier: MIT */
/* msync call: any request of the protocol, as JSON. */
#include "cmd.h"

#include "scan.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A request as it was written, taken to pieces. */
struct call {
	char op[64];
	char *members;  /* all but op and id, from malloc(3) */
	int wait_ms;    /* what it may wait itself */
	const char *id; /* the user's own, as it stands; NULL: none */
	size_t id_len;
};

static bool is_named(const struct scan_value *name, const char *text)
{
	return name->len == strlen(text) + 2 &&
	       memcmp(name->at + 1, text, name->len - 2) == 0;
}

static void append(char **at, const char *bytes, size_t len)
{
	memcpy(*at, bytes, len);
	*at += len;
}

/* wait_ms bounds how long the answer may take; without it there is no end. */
static void note_wait(struct call *call, const struct scan_value *value)
{
	int64_t ms;

	if (scan_integer(value, &ms) && ms >= 0)
		call->wait_ms = ms > INT_MAX ? INT_MAX : (int)ms;
}

/* Takes the line to pieces; what is wrong with it (in words of the scanner, or
 * of ours), or NULL. Values stay as they
 * are, byte for byte. */
static const char *take_apart(struct call *call, const char *line)
{
	struct scan scan;
	struct scan_value name, value;
	enum scan_step step;
	char *at;
	long len = 0;

	*call = (struct call){.wait_ms = MSYNC_FOREVER};
	call->members = malloc(2 * strlen(line) + 1);
	if (call->members == NULL)
		return "no memory";
	at = call->members;
	scan_begin(&scan, line, strlen(line));
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		if (is_named(&name, "id")) {
			call->id = value.at;
			call->id_len = value.len;
			continue;
		}
		if (is_named(&name, "op")) {
			len = value.type == SCAN_STRING
				  ? scan_text(
					&value, call->op, sizeof(call->op) - 1)
				  : -1;
			if (len <= 0)
				return "\"op\" is no name of an operation";
			continue;
		}
		if (is_named(&name, "wait_ms"))
			note_wait(call, &value);
		if (at != call->members)
			append(&at, ",", 1);
		append(&at, name.at, name.len);
		append(&at, ":", 1);
		append(&at, value.at, value.len);
	}
	*at = '\0';
	if (step == SCAN_FAILED)
		return scan.error;
	return len > 0 ? NULL : "\"op\" is missing";
}

/* The answer, with the user's id in place of ours. */
static void print_answer(const struct call *call, const char *json)
{
	const char *rest = strchr(json, ',');

	if (call->id != NULL)
		(void)printf("{\"id\":%.*s%s\n", (int)call->id_len, call->id,
		    rest == NULL ? "}" : rest);
	else
		(void)printf("{%s\n", rest == NULL ? "}" : rest + 1);
	(void)fflush(stdout);
}

/* One request, and its exit status. */
static int ask(const struct cli *cli, struct msync_conn *conn, const char *line)
{
	struct msync_result *result = NULL;
	struct call call;
	const char *wrong = take_apart(&call, line);
	int code;

	if (wrong != NULL) {
		cli_complain("call: not a request: %s", wrong);
		free(call.members);
		return EXIT_IS_BAD_REQUEST;
	}
	code = msync_ask(conn, call.op, call.members, call.wait_ms, &result);
	free(call.members);
	if (result == NULL)
		return cli_refused(cli, conn, "call", code);
	print_answer(&call, msync_result_value(result, NULL));
	msync_result_free(result);
	return code == 0 ? EXIT_SUCCESS : cli_exit_of(code);
}

/* Every line of standard input, on one connection. The status is that of the
 * first one that failed. */
static int ask_lines(const struct cli *cli, struct msync_conn *conn)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int status = EXIT_SUCCESS;

	while ((len = getline(&line, &cap, stdin)) >= 0) {
		int one;

		if (line[strspn(line, " \t\r\n")] == '\0')
			continue;
		one = ask(cli, conn, line);
		if (status == EXIT_SUCCESS)
			status = one;
		if (one == EXIT_IS_UNREACHABLE)
			break;
	}
	free(line);
	return status;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {{NULL, 0, NULL, 0}};
	struct msync_conn *conn;
	int code, status;

	if (getopt_long(argc, argv, "", options, NULL) != -1)
		return cli_misused(&cmd_call, NULL);
	if (argc - optind != 1)
		return cli_misused(
		    &cmd_call, "one request, or - for those of standard input");
	code = cli_open(cli, NULL, NULL, NULL, &conn);
	if (code != 0)
		status = cli_refused(cli, conn, "call", code);
	else if (strcmp(argv[optind], "-") == 0)
		status = ask_lines(cli, conn);
	else
		status = ask(cli, conn, argv[optind]);
	msync_close(conn);
	return status;
}

const struct command cmd_call = {
    .name = "call",
    .summary = "send a request of the protocol, print the answer",
    .usage = "call JSON | -",
    .help =
	"JSON is one request of msyncd-protocol(7), such as\n"
	"  msync call '{\"op\":\"limit.info\",\"key\":\"mail\"}'\n"
	"With -, each line of standard input is one, all on one connection, each\n"
	"after the answer of the one before. What the connection holds ends with\n"
	"it.\n",
    .run = run,
};
