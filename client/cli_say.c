/* SPDX-License-Identifier: MIT */
/* What msync says on standard error: see cli.h. */
#include "cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *cli_colour(FILE *stream, const char *code)
{
	const char *term = getenv("TERM");

	if (!isatty(fileno(stream)) || getenv("NO_COLOR") != NULL ||
	    term == NULL || strcmp(term, "dumb") == 0)
		return "";
	return code;
}

static void __attribute__((format(printf, 1, 0)))
say(const char *fmt, va_list args)
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
