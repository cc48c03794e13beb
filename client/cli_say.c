/* SPDX-License-Identifier: MIT */
/* What msync says on standard error: see cli.h. */
#include "cli.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *cli_colour(FILE *stream, const char *code)
{
	const char *term = getenv("TERM");

	if (!isatty(fileno(stream)) || getenv("NO_COLOR") != NULL ||
	    term == NULL || strcmp(term, "dumb") == 0)
		return "";
	return code;
}

static void say(const char *fmt, va_list args)
{
	(void)fprintf(stderr, "%smsync:%s ", cli_colour(stderr, CLI_BOLD),
	    cli_colour(stderr, CLI_PLAIN));
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
}

void cli_complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void cli_remark(const struct cli *cli, const char *fmt, ...)
{
	va_list args;

	if (!cli->is_verbose)
		return;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void cli_show_usage(
    FILE *stream, const struct command *command, const char *before)
{
	const char *at = command->usage;

	while (*at != '\0') {
		int len = (int)strcspn(at, "\n");

		/* A line that goes on with the one above is indented. */
		(void)fprintf(stream, "%s%s%.*s\n",
		    at == command->usage ? before : "       ",
		    *at == ' ' ? "      " : "msync ", len, at);
		at += len + (at[len] == '\n');
	}
}

int cli_misused(const struct command *command, const char *fmt, ...)
{
	va_list args;

	if (fmt != NULL) {
		va_start(args, fmt);
		say(fmt, args);
		va_end(args);
	}
	cli_show_usage(stderr, command, "usage: ");
	(void)fprintf(stderr, "More: msync help %s\n", command->name);
	return EXIT_IS_USAGE;
}

/* Refusals --------------------------------------------------------- */

#define DURATION_BYTES 32

static const char *duration(char text[DURATION_BYTES], int64_t ms)
{
	long long s = ms / 1000;

	if (s < 60)
		(void)snprintf(text, DURATION_BYTES, "%lld.%llds", s,
		    (long long)ms % 1000 / 100);
	else if (s < 3600)
		(void)snprintf(
		    text, DURATION_BYTES, "%lldm%02llds", s / 60, s % 60);
	else
		(void)snprintf(text, DURATION_BYTES, "%lldh%02lldm", s / 3600,
		    s / 60 % 60);
	return text;
}

/* Whose process it is: a name, or a number; "" where it is gone. */
static const char *owner(char text[64], int pid)
{
	char path[32];
	struct stat status;
	const struct passwd *user;

	text[0] = '\0';
	(void)snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &status) != 0)
		return text;
	user = getpwuid(status.st_uid);
	if (user != NULL)
		(void)snprintf(text, 64, "uid %s", user->pw_name);
	else
		(void)snprintf(
		    text, 64, "uid %lu", (unsigned long)status.st_uid);
	return text;
}

/* "held for 3m12s by pid 4711 (deploy.sh, uid www)" */
static bool describe_holder(
    const struct msync_conn *conn, char *text, size_t cap)
{
	char held[DURATION_BYTES], uid[64];
	const char *client;
	int64_t held_ms;
	int pid;

	if (conn == NULL || !msync_errholder(conn, &pid, &client, &held_ms))
		return false;
	(void)owner(uid, pid);
	(void)duration(held, held_ms);
	if (pid == 0)
		(void)snprintf(
		    text, cap, "held for %s by another user's process", held);
	else if (client[0] == '\0' && uid[0] == '\0')
		(void)snprintf(text, cap, "held for %s by pid %d", held, pid);
	else
		(void)snprintf(text, cap, "held for %s by pid %d (%s%s%s)",
		    held, pid, client,
		    client[0] != '\0' && uid[0] != '\0' ? ", " : "", uid);
	return true;
}

/* The daemon's words begin with the key ("lock \"k\": "), which has been said
 * already. */
static const char *without_key(const char *words)
{
	const char *colon = strstr(words, "\": ");

	return strstr(words, " \"") != NULL && colon != NULL ? colon + 3
							     : words;
}

/* What to do about it; "" where that is plain. */
static const char *advice(const struct cli *cli, int code)
{
	switch (code) {
	case MSYNC_E_BUSY:
		return "; -w DURATION waits";
	case MSYNC_E_TIMEOUT:
		return "; a longer -w waits longer";
	case MSYNC_E_CONN:
		return cli->socket == NULL && getenv("MSYNC_SOCKET") == NULL
			   ? "; try: msync doctor"
			   : "";
	case MSYNC_E_SHUTTING_DOWN:
		return "; try again when it has been started anew";
	default:
		return "";
	}
}

int cli_refused(const struct cli *cli, const struct msync_conn *conn,
    const char *what, int code)
{
	char holder[256];

	if (cli->is_quiet)
		return cli_exit_of(code);
	if (describe_holder(conn, holder, sizeof(holder)))
		cli_complain("%s: %s: %s%s", what, msync_strcode(code), holder,
		    advice(cli, code));
	else if (code <= MSYNC_E_CONN)
		cli_complain("%s: %s%s", what,
		    conn == NULL ? msync_strerror(code) : msync_errmsg(conn),
		    advice(cli, code));
	else
		cli_complain("%s: %s: %s%s", what, msync_strcode(code),
		    conn == NULL ? msync_strerror(code)
				 : without_key(msync_errmsg(conn)),
		    advice(cli, code));
	return cli_exit_of(code);
}
