/* SPDX-License-Identifier: MIT */
/* The options that lock, limit, flight and pool share: see cli_turn.h. */
#include "cli_turn.h"

#include <limits.h>
#include <string.h>

/* Whether it is TERM, KILL or IGNORE. */
static bool set_on_lost(struct turn_options *options, const char *word)
{
	static const char *const words[] = {"term", "kill", "ignore"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(words[i], word) == 0) {
			options->on_lost = (enum turn_on_lost)i;
			return true;
		}
	}
	return false;
}

/* A duration that fits; false where it does not. */
static bool set_duration(int64_t *ms, const char *text, int64_t least)
{
	*ms = cli_duration(text);
	return *ms >= least;
}

static bool set_wait(struct turn_options *options, const char *text)
{
	int64_t ms;

	if (!set_duration(&ms, text, 0) || ms > INT_MAX)
		return false;
	options->wait_ms = (int)ms;
	return true;
}

static bool set_busy_status(struct turn_options *options, const char *text)
{
	/* 0 would say that the command has run. */
	options->busy_status = (int)cli_number(text, 1, 255);
	return options->busy_status > 0;
}

static int take_wait(struct turn_options *options,
    const struct command *command, int letter, const char *argument)
{
	if (options->has_wait)
		return cli_misused(
		    command, "-n and -w: only one of them, and once");
	options->has_wait = true;
	if (letter == 'n')
		options->wait_ms = 0;
	else if (!set_wait(options, argument))
		return cli_misused(command,
		    "-w %s: not a duration; write 250ms, 1.5, 10s, 2m or 1h, "
		    "at most 24d",
		    argument);
	return 0;
}

int turn_take_option(struct turn_options *options,
    const struct command *command, int letter, const char *argument)
{
	switch (letter) {
	case 'n':
	case 'w':
		return take_wait(options, command, letter, argument);
	case 'E':
		if (set_busy_status(options, argument))
			return 0;
		return cli_misused(
		    command, "-E %s: not a number from 1 to 255", argument);
	case 'L':
		if (set_duration(&options->lease_ms, argument, 1))
			return 0;
		return cli_misused(command,
		    "--lease %s: not a duration of 1ms or more", argument);
	case 'K':
		if (set_duration(&options->kill_after_ms, argument, 0))
			return 0;
		return cli_misused(
		    command, "--kill-after %s: not a duration", argument);
	case 'O':
		if (set_on_lost(options, argument))
			return 0;
		return cli_misused(
		    command, "--on-lost %s: is term, kill or ignore", argument);
	case 'D':
		options->is_detached = true;
		return 0;
	case 'I':
		options->inherits = true;
		return 0;
	case 'F':
		options->fails_open = true;
		return 0;
	default:
		return -1;
	}
}

int turn_check_options(const struct turn_options *options,
    const struct command *command, bool has_command)
{
	if (has_command && options->is_detached)
		return cli_misused(command,
		    "--detach is for a hold without a command; msync keeps it "
		    "while the command runs");
	if (!has_command && !options->is_detached)
		return cli_misused(command,
		    "what is to be run? Write -- and the command; or --detach "
		    "and --lease, for a hold that outlives msync");
	if (options->is_detached && options->inherits)
		return cli_misused(command,
		    "--inherit is for a command; a hold with --detach belongs "
		    "to no process");
	if (options->is_detached && options->lease_ms == 0)
		return cli_misused(command,
		    "--detach needs --lease: how long it lasts if nobody "
		    "releases it");
	return 0;
}

struct msync_terms *turn_terms(const struct turn_options *options)
{
	struct msync_terms *terms;

	if (msync_terms_new(&terms) != 0)
		return NULL;
	if (options->lease_ms > 0)
		(void)msync_terms_set(
		    terms, MSYNC_TERM_LEASE_MS, options->lease_ms);
	if (options->is_detached)
		(void)msync_terms_set(terms, MSYNC_TERM_DETACHED, 1);
	return terms;
}
