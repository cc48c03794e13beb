/* SPDX-License-Identifier: MIT */
/* Words of the command line: see cli.h. */
#include "cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* Beyond this no duration makes sense: 100 years. */
#define MOST_MS (100.0 * 365 * 24 * 3600 * 1000)

int64_t cli_duration(const char *text)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60e3},
	    {"h", 3600e3}, {"d", 86400e3}};
	size_t digits = strspn(text, "0123456789.");
	char *end;
	double number;

	/* No sign, no exponent, no "inf"; and one digit at least. */
	if (strcspn(text, "0123456789") >= digits)
		return -1;
	number = strtod(text, &end);
	if (end != text + digits)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		double ms = number * units[i].ms;

		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (ms > MOST_MS)
			return -1;
		/* What is not nothing is not rounded to nothing. */
		return ms > 0 && ms < 1 ? 1 : (int64_t)(ms + 0.5);
	}
	return -1;
}

int64_t cli_number(const char *text, int64_t least, int64_t most)
{
	char *end;
	long long number;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (*end != '\0' || errno != 0 || number < least || number > most)
		return -1;
	return number;
}

char **cli_split(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			*argc = i;
			argv[i] = NULL;
			return argv + i + 1;
		}
	}
	return NULL;
}

int cli_take_key(const struct command *self, int argc, char **argv,
    char ***command, const char **key)
{
	if (optind == argc)
		return cli_misused(self, "a key is missing");
	if (argc - optind > 1)
		return cli_misused(self,
		    "what is \"%s\"? A command begins behind --",
		    argv[optind + 1]);
	if (*command != NULL && (*command)[0] == NULL)
		return cli_misused(self, "there is no command behind --");
	*key = argv[optind];
	return 0;
}

int cli_kind(const char *name)
{
	static const char *const names[] = {"flight", "lock", "limit", "pool"};

	for (int kind = 0; kind < 4; kind++) {
		if (strcmp(names[kind], name) == 0)
			return kind;
	}
	return -1;
}
