/* SPDX-License-Identifier: MIT */
/* The load generator's options, and what is set up from them: see load.h. */
#include "load.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_USAGE 64

static void usage(void)
{
	fputs("usage: load -s SOCKET -w WORKLOAD [options]\n"
	      "  -P PEER     msyncd (default), echo or redis\n"
	      "  -c N        connections (default 64)\n"
	      "  -W N        requests under way on each (default 1)\n"
	      "  -t SECONDS  how long to count (default 1)\n"
	      "  -n N        count so many requests instead\n"
	      "  -u SECONDS  warm up so long before (default 0.1)\n"
	      "  -f N        flight: followers (default 10)\n"
	      "  -b BYTES    flight: of the value (default 100)\n"
	      "  -p PID      look at this server's processor time\n"
	      "  -o FILE     write one answer of each sort, for echo\n"
	      "workloads:",
	    stderr);
	load_work_print_names();
	fputs("\n", stderr);
	exit(EXIT_USAGE);
}

static void refuse(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	usage();
}

static double to_number(const char *text, double least, double most)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end != '\0' || number < least || number > most) {
		fprintf(stderr, "load: %s is not from %g to %g\n", text, least,
		    most);
		usage();
	}
	return number;
}

static enum load_peer to_peer(const char *name)
{
	if (strcmp(name, "msyncd") == 0)
		return LOAD_MSYNCD;
	if (strcmp(name, "echo") == 0)
		return LOAD_ECHO;
	if (strcmp(name, "redis") != 0)
		refuse("no such peer");
	return LOAD_REDIS;
}

static void set_option(struct load_options *options, int option, char *text)
{
	switch (option) {
	case 's':
		options->socket_path = text;
		return;
	case 'w':
		options->work = load_work_find(text);
		return;
	case 'P':
		options->peer = to_peer(text);
		return;
	case 'c':
		options->n_conns = (int)to_number(text, 1, 20000);
		return;
	case 'W':
		options->window = (int)to_number(text, 1, LOAD_MAX_WINDOW);
		return;
	case 't':
		options->span.measure_s = to_number(text, 0, 86400);
		return;
	case 'n':
		options->span.n_requests = (uint64_t)to_number(text, 1, 1e12);
		return;
	case 'u':
		options->span.warmup_s = to_number(text, 0, 3600);
		return;
	case 'f':
		options->n_followers = (int)to_number(text, 1, 20000);
		return;
	case 'b':
		options->value_bytes = (size_t)to_number(text, 16, 1e6);
		return;
	case 'p':
		options->span.server_pid = (pid_t)to_number(text, 1, 1e9);
		return;
	case 'o':
		options->samples_path = text;
		return;
	default:
		usage();
	}
}

static void check_options(const struct load_options *options)
{
	const struct load_work *work = options->work;

	if (options->socket_path == NULL)
		refuse("which socket?");
	if (work == NULL)
		refuse("which workload?");
	if (options->peer == LOAD_REDIS && !work->knows_redis)
		refuse("Redis does not know this workload");
	/* Without tokens a connection holds one of a key at a time. */
	if (options->window > 1 && strcmp(work->name, "lock") != 0)
		refuse("only the workload lock can have a window");
	if (options->samples_path != NULL && options->peer != LOAD_MSYNCD)
		refuse("samples come from msyncd");
}

static void make_lanes(struct load *load)
{
	int window = load->options.window;
	int n_conns = load->options.n_conns;
	bool has_one_key = load->options.work->has_one_key;

	load->capacity = n_conns > 1 ? n_conns : 2;
	load->conns = load_alloc((size_t)n_conns, sizeof(*load->conns));
	load->keys =
	    load_alloc((size_t)(n_conns * window), sizeof(*load->keys));
	load->is_lent =
	    load_alloc((size_t)load->capacity, sizeof(*load->is_lent));
	for (int i = 0; i < n_conns; i++) {
		struct load_conn *conn = &load->conns[i];

		conn->lanes = load_alloc((size_t)window, sizeof(*conn->lanes));
		for (int j = 0; j < window; j++) {
			struct load_lane *lane = &conn->lanes[j];

			lane->number = i * window + j;
			lane->index = j;
			lane->key = &load->keys[has_one_key ? 0 : lane->number];
			load_lane_init(load, lane);
		}
	}
}

static void free_lanes(struct load *load)
{
	for (int i = 0; i < load->options.n_conns; i++) {
		for (int j = 0; j < load->options.window; j++)
			load_lane_deinit(&load->conns[i].lanes[j]);
		free(load->conns[i].lanes);
	}
	free(load->conns);
	free(load->keys);
	free(load->is_lent);
}

void load_keep_sample(struct load *load, int step, const char *line, size_t len)
{
	char *sample = load->samples[step];

	if (sample[0] != '\0')
		return;
	/* The bare server puts the id where it always is. */
	if (len >= LOAD_SAMPLE_BYTES || memcmp(line, "{\"id\":1", 7) != 0)
		load_fail("not fit for the bare server: %.*s", (int)len, line);
	memcpy(sample, line, len);
	load->n_samples++;
}

static void write_samples(const struct load *load)
{
	FILE *file = fopen(load->options.samples_path, "we");

	if (file == NULL)
		load_fail("cannot write %s", load->options.samples_path);
	for (int i = 0; i < load->n_samples; i++)
		fprintf(file, "%s\n", load->samples[i]);
	if (fclose(file) != 0)
		load_fail("cannot write %s", load->options.samples_path);
}

static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char *argv[])
{
	static struct load load = {
	    .options = {.n_conns = 64,
		.window = 1,
		.n_followers = 10,
		.value_bytes = 100,
		.span = {.warmup_s = 0.1, .measure_s = 1}},
	};
	int option;

	while ((option = getopt(argc, argv, "s:w:P:c:W:t:n:u:f:b:p:o:")) != -1)
		set_option(&load.options, option, optarg);
	check_options(&load.options);
	raise_limits();
	load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (load.epoll_fd < 0)
		load_fail("no epoll");
	load_count_init(&load.count, &load.options.span);
	if (load.options.work->is_flight) {
		load_drive_flights(&load);
	} else {
		make_lanes(&load);
		load_drive(&load);
		free_lanes(&load);
	}
	if (load.options.samples_path != NULL)
		write_samples(&load);
	load_count_print(&load.count);
	return EXIT_SUCCESS;
}
