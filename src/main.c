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

#define EXIT_USAGE  64
#define EXIT_CONFIG 2

#define CONF_PATH SYSCONFDIR "/msyncd/msyncd.conf"

/* Blocks from this size on are given back to the system when they are freed,
 * and so is as much at the end of the heap. */
#define BIG_BYTES (128 * 1024)

enum task {
	TASK_SERVE,
	TASK_CHECK, /* only look at the configuration */
	TASK_PRINT, /* and write what is in force */
};

struct options {
	struct conf_source source;
	enum task task;
};

static const char usage[] =
    "usage: msyncd [-v] [-c FILE] [-s SOCKET]\n"
    "       msyncd [-c FILE] --check-config | --print-config\n"
    "\n"
    "Gives the processes of this host SingleFlight, LockedCalls, Limit and\n"
    "Pool over a Unix socket, one JSON object per line.\n"
    "\n"
    "  -c, --config=FILE    read FILE and conf.d/*.conf beside it (default\n"
    "                       " CONF_PATH ", which may be absent)\n"
    "  -s, --socket=SOCKET  listen there (default " WIRE_DEFAULT_SOCKET ")\n"
    "  -v, --verbose        log more\n"
    "      --check-config   say what is wrong with the configuration and exit\n"
    "      --print-config   print the configuration in force and exit\n"
    "      --version        print the version and exit\n"
    "      --help           print this help and exit\n"
    "\n"
    "It stays in the foreground and logs to standard error. SIGTERM and SIGINT\n"
    "end it, SIGHUP makes it read its configuration again. See msyncd(8),\n"
    "msyncd.conf(5), and msyncd-protocol(7) for the protocol.\n";

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
		OPTION_CHECK = 256,
		OPTION_PRINT,
		OPTION_VERSION,
		OPTION_HELP
	};
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"socket", required_argument, NULL, 's'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"check-config", no_argument, NULL, OPTION_CHECK},
	    {"print-config", no_argument, NULL, OPTION_PRINT},
	    {"version", no_argument, NULL, OPTION_VERSION},
	    {"help", no_argument, NULL, OPTION_HELP},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:s:v", longs, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->source.path = optarg;
			options->source.must_exist = true;
			break;
		case 's':
			options->source.socket_path = optarg;
			break;
		case 'v':
			options->source.verbose = true;
			break;
		case OPTION_CHECK:
			options->task = TASK_CHECK;
			break;
		case OPTION_PRINT:
			options->task = TASK_PRINT;
			break;
		case OPTION_VERSION:
			print_and_exit("msyncd " PACKAGE_VERSION "\n");
			break;
		case OPTION_HELP:
			print_and_exit(usage);
			break;
		default: /* getopt_long has said what is wrong */
			(void)fputs("Try 'msyncd --help'.\n", stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr,
		    "msyncd: \"%s\" is no option; try 'msyncd --help'.\n",
		    argv[optind]);
		exit(EXIT_USAGE);
	}
}

/* As many descriptors as the system lets us have. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
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

/* The configuration; ends the process where it is bad, or where no more was
 * asked for. */
static struct conf *load(const struct options *options)
{
	const struct log log = {
	    .level = LOG_LEVEL_INFO, .to_journal = log_goes_to_journal()};
	char error[CONF_ERROR_BYTES], quoted[LOG_QUOTED_BYTES];
	struct conf *conf = conf_load(&options->source, error);

	if (conf == NULL && options->task == TASK_SERVE)
		log_event(&log, LOG_LEVEL_ERROR, "bad_configuration", "why=%s",
		    log_quote(quoted, error));
	else if (conf == NULL)
		(void)fprintf(stderr, "msyncd: %s\n", error);
	if (conf == NULL)
		exit(EXIT_CONFIG);
	if (options->task == TASK_SERVE)
		return conf;
	if (options->task == TASK_PRINT)
		conf_print(conf, stdout);
	conf_free(conf);
	print_and_exit("");
	return NULL;
}

static size_t count_blocks(const struct conf *conf, enum conf_section section)
{
	size_t n = 0;

	for (size_t i = 0; i < conf->n_blocks; i++)
		n += conf->blocks[i].section == section;
	return n;
}

/* What somebody who looks into the log wants to know first. */
static void log_start(const struct server *server)
{
	const struct conf *conf = server->conf;
	char quoted[LOG_QUOTED_BYTES];

	log_event(&server->log, LOG_LEVEL_INFO, "configured",
	    "file=%s files=%d limits=%zu pools=%zu allow=%zu admin=%zu "
	    "connections=%zu max_line=%zu",
	    log_quote(quoted, server->source.path), conf->n_files,
	    count_blocks(conf, CONF_IN_LIMIT), count_blocks(conf, CONF_IN_POOL),
	    count_blocks(conf, CONF_IN_ALLOW),
	    count_blocks(conf, CONF_IN_ADMIN), server->max_conns,
	    server->core->max_line_bytes);
	log_event(&server->log, LOG_LEVEL_INFO, "ready",
	    "version=%s socket=%s pid=%d first_token=%lld", PACKAGE_VERSION,
	    log_quote(quoted, server->listener.path), (int)getpid(),
	    (long long)server->core->first_token);
}

/* What libevent has to say goes the way of all lines; its own would wait for
 * somebody to read it. */
static void on_event_log(int severity, const char *text)
{
	const struct log log = {
	    .level = LOG_LEVEL_INFO, .to_journal = log_goes_to_journal()};
	char quoted[LOG_QUOTED_BYTES];

	if (severity >= EVENT_LOG_WARN)
		log_event(&log, LOG_LEVEL_ERROR, "libevent", "says=%s",
		    log_quote(quoted, text));
}

int main(int argc, char *argv[])
{
	struct options options = {.source = {.path = CONF_PATH}};
	struct server *server;
	bool is_fine;
	int status;

	/* Fixed, or glibc raises them after the first large value, and keeps
	 * what a peak has used. */
	(void)mallopt(M_MMAP_THRESHOLD, BIG_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, BIG_BYTES);
	fill_standard_streams();
	parse_options(argc, argv, &options);
	event_set_log_callback(on_event_log);
	event_set_mem_functions(xmalloc, xrealloc, free);
	json_set_alloc_funcs(xmalloc, free);
	(void)signal(SIGPIPE, SIG_IGN);
	raise_limits();
	server = server_new(load(&options), &options.source, &status);
	if (server == NULL)
		return status;
	log_start(server);
	is_fine = server_run(server);
	log_event(&server->log, LOG_LEVEL_INFO, "stopped", "connections=%zu",
	    server->n_conns);
	server_free(server);
	return is_fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
