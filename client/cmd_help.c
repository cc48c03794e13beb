/* SPDX-License-Identifier: MIT */
/* msync help: what there is, and each command. */
#include "cmd.h"

#include <stdlib.h>

static void list_commands(void)
{
	(void)printf(
	    "usage: msync [-s SOCKET] [--json] [-q | -v] COMMAND ...\n\n");
	for (int i = 0; cli_commands[i] != NULL; i++) {
		/* One without a summary is for programs. */
		if (cli_commands[i]->summary != NULL)
			(void)printf("  %-8s %s\n", cli_commands[i]->name,
			    cli_commands[i]->summary);
	}
	(void)printf(
	    "\n"
	    "  -s, --socket SOCKET  the daemon's socket; otherwise $MSYNC_SOCKET,\n"
	    "                       or /run/msyncd/msyncd.sock\n"
	    "      --json           answers as JSON\n"
	    "  -q, --quiet          say nothing of refusals; the status tells\n"
	    "  -v, --verbose        say what happens\n"
	    "      --version, --help\n"
	    "\n"
	    "Durations: 250ms, 5, 1.5, 10s, 2m, 1h, 1d. Examples: msync(1).\n");
}

void cli_show_help(const struct command *command)
{
	(void)printf("msync %s: %s\n\n", command->name, command->summary);
	cli_show_usage(stdout, command, "usage: ");
	(void)printf("\n%s", command->help);
}

static int run(const struct cli *cli, int argc, char **argv)
{
	const struct command *command;

	(void)cli;
	if (argc > 2)
		return cli_misused(&cmd_help, "one command at a time");
	if (argc < 2) {
		list_commands();
		return EXIT_SUCCESS;
	}
	command = cli_find_command(argv[1]);
	if (command == NULL)
		return cli_misused(
		    &cmd_help, "there is no command \"%s\"", argv[1]);
	cli_show_help(command);
	return EXIT_SUCCESS;
}

const struct command cmd_help = {
    .name = "help",
    .summary = "this list, or more about a command",
    .usage = "help [COMMAND]",
    .help =
	"Shows how COMMAND is used; without one, which commands there are.\n",
    .run = run,
};
