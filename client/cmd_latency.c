/* SPDX-License-Identifier: MIT */
/*
 * msync latency: how long round trips to the daemon take, over time. A hundred
 * a second, which it does not feel. Times are counted in buckets, 16 for each
 * power of two of microseconds: so memory does not grow, and what is said of
 * the middle is off by 1/32 at most; the least and the most are exact.
 */
#include "cmd.h"

#include "cli_stop.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAUSE_MS 10

/* Below 16 us there is one for each; then up to 2^32 us. */
#define N_BUCKETS (29 * 16)

struct latencies {
	int64_t n;
	double least, most; /* ms */
	int64_t buckets[N_BUCKETS];
};

struct latency {
	struct msync_conn *conn;
	double interval_ms;
	int64_t count; /* of intervals; 0: no end */
	bool is_json;
	struct latencies now, all;
};

/* Counting --------------------------------------------------------- */

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static size_t bucket_of(double ms)
{
	double exact = ms * 1000;
	uint64_t us = exact > UINT32_MAX ? UINT32_MAX : (uint64_t)exact;
	int power;

	if (us < 16)
		return (size_t)us;
	power = 63 - __builtin_clzll(us);
	return (size_t)(16 * (power - 3)) + ((us >> (power - 4)) & 15);
}

/* The middle of a bucket. */
static double ms_of(size_t bucket)
{
	size_t power = bucket / 16 + 3;
	double width;

	if (bucket < 16)
		return ((double)bucket + 0.5) / 1000;
	width = (double)(1ULL << (power - 4));
	return ((double)(16 + bucket % 16) + 0.5) * width / 1000;
}

static void add(struct latencies *latencies, double ms)
{
	if (latencies->n == 0 || ms < latencies->least)
		latencies->least = ms;
	if (ms > latencies->most)
		latencies->most = ms;
	latencies->buckets[bucket_of(ms)]++;
	latencies->n++;
}

/* What so many of 100 took at most. */
static double quantile(const struct latencies *latencies, int percent)
{
	int64_t wanted = (latencies->n * percent + 99) / 100, seen = 0;

	for (size_t i = 0; i < N_BUCKETS; i++) {
		double ms = ms_of(i);

		seen += latencies->buckets[i];
		if (seen < wanted || seen == 0)
			continue;
		ms = ms < latencies->least ? latencies->least : ms;
		return ms > latencies->most ? latencies->most : ms;
	}
	return latencies->most;
}

/* Telling ---------------------------------------------------------- */

static void print_json(const struct latencies *latencies, bool is_summary)
{
	json_t *object = json_pack("{s:I, s:f, s:f, s:f, s:f, s:f}", "count",
	    (json_int_t)latencies->n, "min", latencies->least, "p50",
	    quantile(latencies, 50), "p90", quantile(latencies, 90), "p99",
	    quantile(latencies, 99), "max", latencies->most);

	if (is_summary)
		(void)json_object_set_new(object, "summary", json_true());
	(void)json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	(void)putchar('\n');
	json_decref(object);
}

static void print_row(const char *name, const struct latencies *latencies)
{
	(void)printf("%-8s %7lld %9.3f %9.3f %9.3f %9.3f %9.3f\n", name,
	    (long long)latencies->n, latencies->least, quantile(latencies, 50),
	    quantile(latencies, 90), quantile(latencies, 99), latencies->most);
}

static void print_titles(void)
{
	(void)printf("%-8s %7s %9s %9s %9s %9s %9s\n", "time", "count",
	    "min ms", "p50", "p90", "p99", "max");
}

/* The interval is over. */
static void tell(struct latency *latency)
{
	char name[16];
	time_t now = time(NULL);
	struct tm local;

	(void)localtime_r(&now, &local);
	(void)strftime(name, sizeof(name), "%H:%M:%S", &local);
	if (latency->is_json)
		print_json(&latency->now, false);
	else
		print_row(name, &latency->now);
	memset(&latency->now, 0, sizeof(latency->now));
}

static void sum_up(const struct latency *latency)
{
	if (latency->all.n == 0)
		return;
	if (latency->is_json)
		print_json(&latency->all, true);
	else
		print_row("all", &latency->all);
}

/* Measuring -------------------------------------------------------- */

/* A round trip, at least, and more until the interval is over. 0 or a code;
 * *is_over: that was the last one. */
static int measure_interval(struct latency *latency, bool *is_over)
{
	double end = now_ms() + latency->interval_ms;
	double begin, took, left;
	struct pollfd fds[1];
	int code;

	do {
		begin = now_ms();
		code = msync_ping(latency->conn);
		if (code != 0)
			return code;
		took = now_ms() - begin;
		add(&latency->now, took);
		add(&latency->all, took);
		left = end - now_ms();
		left = left < 0 ? 0 : left > PAUSE_MS ? PAUSE_MS : left;
		*is_over = !stop_poll(fds, 0, left);
	} while (!*is_over && now_ms() < end);
	return 0;
}

static int measure(struct latency *latency)
{
	bool is_over = false;
	int code = 0;

	(void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	stop_begin();
	if (!latency->is_json)
		print_titles();
	for (int64_t i = 0; !is_over && code == 0 && ferror(stdout) == 0 &&
			    (latency->count == 0 || i < latency->count);
	     i++) {
		code = measure_interval(latency, &is_over);
		if (latency->now.n > 0)
			tell(latency);
	}
	sum_up(latency);
	return code;
}

static int take_options(struct latency *latency, int argc, char **argv)
{
	static const struct option options[] = {
	    {"interval", required_argument, NULL, 'i'},
	    {"count", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'J'},
	    {NULL, 0, NULL, 0},
	};
	int letter;

	while (
	    (letter = getopt_long(argc, argv, "i:c:", options, NULL)) != -1) {
		switch (letter) {
		case 'i':
			latency->interval_ms = (double)cli_duration(optarg);
			if (latency->interval_ms < 1)
				return cli_misused(&cmd_latency,
				    "-i %s: not a duration", optarg);
			break;
		case 'c':
			latency->count = cli_number(optarg, 1, INT32_MAX);
			if (latency->count < 1)
				return cli_misused(&cmd_latency,
				    "-c %s: not a number", optarg);
			break;
		case 'J':
			latency->is_json = true;
			break;
		default:
			return cli_misused(&cmd_latency, NULL);
		}
	}
	if (argc > optind)
		return cli_misused(&cmd_latency, "too many words");
	return 0;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct latency latency = {.interval_ms = 1000, .is_json = cli->is_json};
	int status = take_options(&latency, argc, argv), code;

	if (status != 0)
		return status;
	code = cli_open(cli, NULL, NULL, NULL, &latency.conn);
	/* The first one also says hello. */
	if (code == 0)
		code = msync_ping(latency.conn);
	if (code == 0)
		code = measure(&latency);
	if (code != 0)
		status = cli_refused(cli, latency.conn, "latency", code);
	msync_close(latency.conn);
	return status;
}

const struct command cmd_latency = {
    .name = "latency",
    .summary = "how long round trips take",
    .usage = "latency [-i INTERVAL] [-c COUNT] [--json]",
    .help =
	"Asks a hundred times a second for a sign of life, and prints a line for each\n"
	"interval: how many round trips there were, and how long they took in ms: the\n"
	"least, what 50, 90 and 99 of 100 took at most, and the most. Ends after COUNT\n"
	"intervals, or when it is interrupted, with a line for them all.\n"
	"\n"
	"  -i, --interval INTERVAL  otherwise 1s\n"
	"  -c, --count COUNT        otherwise without end\n"
	"      --json               an object for each line\n",
    .run = run,
};
