/* SPDX-License-Identifier: MIT */
/* msync call: any request of the protocol, as JSON. */
#include "cmd.h"

#include "scan.h"

#include <errno.h>
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

/* "name":value, behind a comma unless it is the first. */
static void append_member(char **at, bool is_first,
    const struct scan_value *name, const struct scan_value *value)
{
	if (!is_first)
		append(at, ",", 1);
	append(at, name->at, name->len);
	append(at, ":", 1);
	append(at, value->at, value->len);
}

/* wait_ms bounds how long the answer may take; without it there is no end. */
static void note_wait(struct call *call, const struct scan_value *value)
{
	int64_t ms;

	if (scan_integer(value, &ms) && ms >= 0)
		call->wait_ms = ms > INT_MAX ? INT_MAX : (int)ms;
}

/* What is wrong with it as the one "op" of a request, or NULL. */
static const char *take_op(struct call *call, const struct scan_value *value)
{
	long len = -1;

	if (call->op[0] != '\0')
		return "\"op\" is given twice";
	if (value->type == SCAN_STRING)
		len = scan_text(value, call->op, sizeof(call->op) - 1);
	call->op[len < 0 ? 0 : len] = '\0';
	return len > 0 ? NULL : "\"op\" is no name of an operation";
}

/* The same of "id". */
static const char *take_id(struct call *call, const struct scan_value *value)
{
	if (call->id != NULL)
		return "\"id\" is given twice";
	if (value->type != SCAN_STRING &&
	    (value->type != SCAN_NUMBER || !value->is_plain))
		return "\"id\" is no integer and no string";
	call->id = value->at;
	call->id_len = value->len;
	return NULL;
}

/* Takes the line to pieces; what is wrong with it (in words of the scanner, or
 * of ours), or NULL. Values stay as they are, byte for byte. */
static const char *take_apart(struct call *call, const char *line, size_t len)
{
	struct scan scan;
	struct scan_value name, value;
	enum scan_step step = SCAN_DONE;
	const char *wrong = NULL;
	char *at;

	*call = (struct call){.wait_ms = MSYNC_FOREVER};
	call->members = at = malloc(2 * len + 1);
	if (at == NULL)
		return "no memory";
	scan_begin(&scan, line, len);
	while (wrong == NULL &&
	       (step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		if (is_named(&name, "op")) {
			wrong = take_op(call, &value);
		} else if (is_named(&name, "id")) {
			wrong = take_id(call, &value);
		} else {
			if (is_named(&name, "wait_ms"))
				note_wait(call, &value);
			append_member(&at, at == call->members, &name, &value);
		}
	}
	*at = '\0';
	if (wrong != NULL)
		return wrong;
	if (step == SCAN_FAILED)
		return scan.error;
	return call->op[0] != '\0' ? NULL : "\"op\" is missing";
}

/* The answer, with the user's id in place of ours. false: no memory. */
static bool print_answer(const struct call *call, const char *json, size_t len)
{
	struct scan scan;
	struct scan_value name, value;
	char *members = malloc(2 * len + 1), *at = members;

	if (members == NULL)
		return false;
	scan_begin_answer(&scan, json, len);
	while (scan_member(&scan, &name, &value) == SCAN_ITEM) {
		if (!is_named(&name, "id"))
			append_member(&at, at == members, &name, &value);
	}
	*at = '\0';
	if (call->id != NULL)
		(void)printf(
		    "{\"id\":%.*s,%s}\n", (int)call->id_len, call->id, members);
	else
		(void)printf("{%s}\n", members);
	(void)fflush(stdout);
	free(members);
	return true;
}

/* One request, and its exit status. */
static int ask(const struct cli *cli, struct msync_conn *conn, const char *line,
    size_t line_len)
{
	struct msync_result *result = NULL;
	struct call call;
	const char *wrong = take_apart(&call, line, line_len), *answer;
	size_t len;
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
	answer = msync_result_value(result, &len);
	if (!print_answer(&call, answer, len))
		code = MSYNC_E_NOMEM;
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

		if (strspn(line, " \t\r\n") == (size_t)len)
			continue;
		one = ask(cli, conn, line, (size_t)len);
		if (status == EXIT_SUCCESS)
			status = one;
		if (one == EXIT_IS_UNREACHABLE)
			break;
	}
	if (ferror(stdin)) {
		cli_complain(
		    "call: cannot read standard input: %s", strerror(errno));
		status = EXIT_IS_SYSTEM;
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
		status = ask(cli, conn, argv[optind], strlen(argv[optind]));
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
