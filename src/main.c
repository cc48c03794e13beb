/* SPDX-License-Identifier: MIT */
/* msyncd: options, and what a process has to set up before it serves. */
#include "server.h"

#include <event2/event.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_USAGE 64

/* Descriptors that are not connections: standard streams, listener, lock
 * file, the one in reserve, epoll, signals, and some in passing. */
#define OTHER_DESCRIPTORS 16

/* Blocks from this size on are given back to the system when they are freed,
 * and so is as much at the end of the heap. */
#define BIG_BYTES (128 * 1024)

struct options {
	const char *socket_path;
	struct log log;
};

static const char usage[] =
    "usage: msyncd [-v] [-s SOCKET]\n"
    "\n"
    "Gives the processes of this host SingleFlight, LockedCalls, Limit and\n"
    "Pool over a Unix socket, one JSON object per line.\n"
    "\n"
    "  -s, --socket=SOCKET  listen there (default " WIRE_DEFAULT_SOCKET ")\n"
    "  -v, --verbose        log more\n"
    "      --version        print the version and exit\n"
    "      --help           print this help and exit\n"
    "\n"
    "It stays in the foreground and logs to standard error. SIGTERM and SIGINT\n"
    "end it. See msyncd(8), and msyncd-protocol(7) for the protocol.\n";

/* Prints and exits, with failure where standard output does not take it. */
static void print_and_exit(const char *text)
{
	if (fputs(text, stdout) == EOF || fflush(stdout) != 0)
		exit(EXIT_FAILURE);
	exit(EXIT_SUCCESS);
}

static void parse_options(int argc, char *argv[], struct options *options)
{
	enum {
		OPTION_VERSION = 256,
		OPTION_HELP
	};
	static const struct option longs[] = {
	    {"socket", required_argument, NULL, 's'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"version", no_argument, NULL, OPTION_VERSION},
	    {"help", no_argument, NULL, OPTION_HELP},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "s:v", longs, NULL)) != -1) {
		switch (option) {
		case 's':
			options->socket_path = optarg;
			break;
		case 'v':
			options->log.level = LOG_LEVEL_DEBUG;
			break;
		case OPTION_VERSION:
			print_and_exit("msyncd " PACKAGE_VERSION "\n");
			break;
		case OPTION_HELP:
			print_and_exit(usage);
			break;
		default: /* getopt_long has said what is wrong */
			fputs("Try 'msyncd --help'.\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		fprintf(stderr,
		    "msyncd: \"%s\" is no option; try 'msyncd --help'.\n",
		    argv[optind]);
		exit(EXIT_USAGE);
	}
}

/* As many descriptors as the system lets us have; says so where that is fewer
 * than there may be connections. */
static void raise_limits(const struct log *log)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < SERVER_MAX_CONNECTIONS + OTHER_DESCRIPTORS)
		log_event(log, LOG_LEVEL_INFO, "few_descriptors",
		    "limit=%llu connections=%d",
		    (unsigned long long)limit.rlim_cur, SERVER_MAX_CONNECTIONS);
}

/* Descriptors 0 to 2 are never those of a socket: something might print. */
static void fill_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd);
}

int main(int argc, char *argv[])
{
	struct options options = {
	    .socket_path = WIRE_DEFAULT_SOCKET,
	    .log = {.level = LOG_LEVEL_INFO},
	};
	char quoted[LOG_QUOTED_BYTES];
	struct server *server;

	/* Fixed, or glibc raises them after the first large value, and keeps
	 * what a peak has used. */
	(void)mallopt(M_MMAP_THRESHOLD, BIG_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, BIG_BYTES);
	fill_standard_streams();
	parse_options(argc, argv, &options);
	event_set_mem_functions(xmalloc, xrealloc, free);
	json_set_alloc_funcs(xmalloc, free);
	(void)signal(SIGPIPE, SIG_IGN);
	raise_limits(&options.log);
	server = server_new(options.socket_path, &options.log);
	if (server == NULL)
		return EXIT_FAILURE;
	log_event(&options.log, LOG_LEVEL_INFO, "ready",
	    "version=%s socket=%s pid=%d", PACKAGE_VERSION,
	    log_quote(quoted, options.socket_path), (int)getpid());
	server_run(server);
	log_event(&options.log, LOG_LEVEL_INFO, "stopped", "connections=%zu",
	    server->n_conns);
	server_free(server);
	return EXIT_SUCCESS;
}
