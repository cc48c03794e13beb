/* SPDX-License-Identifier: MIT */
/* msync(1): the command line of msyncd. The commands are in cmd_*.c. */
#include "cli.h"
#include "cmd.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command *const cli_commands[] = {
    &cmd_lock,
    &cmd_limit,
    &cmd_flight,
    &cmd_pool,
    &cmd_release,
    &cmd_renew,
    &cmd_ls,
    &cmd_show,
    &cmd_ping,
    &cmd_stats,
    &cmd_metrics,
    &cmd_monitor,
    &cmd_latency,
    &cmd_call,
    &cmd_top,
    &cmd_doctor,
    &cmd_help,
    &cmd_keys,
    NULL,
};

const struct command *cli_find_command(const char *name)
{
	for (int i = 0; cli_commands[i] != NULL; i++) {
		if (strcmp(cli_commands[i]->name, name) == 0)
			return cli_commands[i];
	}
	return NULL;
}

static int suggest_help(void)
{
	(void)fputs("Try: msync help\n", stderr);
	return EXIT_IS_USAGE;
}

/* Options before the command. Returns an exit status, or -1 to go on. */
static int take_options(struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
	    {"socket", required_argument, NULL, 's'},
	    {"json", no_argument, NULL, 'j'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int letter;

	while (
	    (letter = getopt_long(argc, argv, "+s:qvh", options, NULL)) != -1) {
		switch (letter) {
		case 's':
			/* What fits into an address. */
			if (strlen(optarg) < 1 || strlen(optarg) > 107) {
				cli_complain("-s %s: the path of a socket has "
					     "1 to 107 bytes",
				    optarg);
				return suggest_help();
			}
			cli->socket = optarg;
			break;
		case 'j':
			cli->is_json = true;
			break;
		case 'q':
			cli->is_quiet = true;
			break;
		case 'v':
			cli->is_verbose = true;
			break;
		case 'V':
			(void)puts("msync " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			return cmd_help.run(cli, 1, argv);
		default:
			return suggest_help();
		}
	}
	return -1;
}

/* A standard stream that is closed must not become our socket. To use it
 * fails as before, and the command finds it closed as before. */
static void fill_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", way | O_CLOEXEC);
	}
}

/* Output that nobody got is a failure, too. */
static int finish(int status)
{
	bool has_failed = fflush(stdout) != 0 || ferror(stdout);

	if (has_failed && status == EXIT_SUCCESS) {
		cli_complain("cannot write to standard output");
		return EXIT_IS_SYSTEM;
	}
	return status;
}

/* Whether the command is asked for its help, before what it is to run. */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return true;
	}
	return false;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	const struct command *command = cli_find_command(argv[0]);
	char name[32];

	if (command == NULL) {
		cli_complain("there is no command \"%s\"", argv[0]);
		return suggest_help();
	}
	if (wants_help(argc, argv)) {
		cli_show_help(command);
		return EXIT_SUCCESS;
	}
	/* getopt complains under this name, and begins anew. */
	(void)snprintf(name, sizeof(name), "msync: %s", command->name);
	argv[0] = name;
	optind = 0;
	return command->run(cli, argc, argv);
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	char name[] = "msync";
	int status;

	fill_standard_streams();
	/* getopt complains under this one, wherever we are. (Somebody may have
	 * given us none.) */
	if (argc == 0)
		return suggest_help();
	argv[0] = name;
	status = take_options(&cli, argc, argv);
	if (status >= 0)
		return finish(status);
	/* Who started us may have wanted no news of his children. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (optind == argc) {
		cli_complain("a command is missing");
		return suggest_help();
	}
	return finish(run(&cli, argc - optind, argv + optind));
}
