/* SPDX-License-Identifier: MIT */
/*
 * Makes a history: many client processes quarrel about a few keys of a daemon
 * and write down what they were granted and when, while some are killed and
 * others stopped. Whether what they were granted was right is told by the
 * judge, from the journals alone.
 *
 * usage: MSYNCD=PROGRAM history [--seconds N | --requests N] [--clients N]
 *        [--seed N] [--patience SECONDS] FOLDER
 *
 * The folder must exist; the journals, the socket and the daemon's log are put
 * into it. Status 0 says only that the history is complete.
 */
#define _GNU_SOURCE 1
#include "census.h"
#include "daemon.h"
#include "fail.h"
#include "torment.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* So often all clients have to give back everything. */
#define ROUND_NS NS_PER_S

struct options {
	int64_t seconds, requests;
	uint64_t seed;
	int n_clients;
	const char *dir;
};

struct run {
	struct options options;
	struct journal journal;
	struct census census;
	struct torment torment;
	struct control *control;
	int round;
};

static _Noreturn void usage(void)
{
	fprintf(stderr,
	    "usage: MSYNCD=PROGRAM history [--seconds N | --requests N] "
	    "[--clients N] [--seed N] [--patience SECONDS] FOLDER\n");
	exit(2);
}

static long long number(const char *text, long long least, long long most)
{
	char *end;
	long long n = strtoll(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < least || n > most)
		usage();
	return n;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option names[] = {
	    {"seconds", required_argument, NULL, 's'},
	    {"requests", required_argument, NULL, 'r'},
	    {"clients", required_argument, NULL, 'c'},
	    {"seed", required_argument, NULL, 'd'},
	    {"patience", required_argument, NULL, 'p'},
	    {0},
	};
	struct options o = {.seconds = 60, .seed = 1, .n_clients = 40};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 's')
			o.seconds = number(optarg, 1, 1000000);
		else if (c == 'r')
			o.requests = number(optarg, 1, INT64_MAX);
		else if (c == 'c')
			o.n_clients = (int)number(optarg, 2, MAX_CLIENTS);
		else if (c == 'd')
			o.seed = (uint64_t)number(optarg, 0, INT64_MAX);
		else if (c == 'p')
			patience_ms = (int)number(optarg, 1, 3600) * 1000;
		else
			usage();
	}
	if (optind + 1 != argc || getenv("MSYNCD") == NULL)
		usage();
	o.dir = argv[optind];
	return o;
}

static bool is_over(const struct run *run, int64_t since)
{
	if (run->options.requests > 0)
		return atomic_load(&run->control->n_asked) >=
		       run->options.requests;
	return clock_ns() - since >= run->options.seconds * NS_PER_S;
}

/* One round of torment. The pauses are the pace of the blows, not a wait for
 * anything. */
static void make_noise(struct run *run, int64_t since)
{
	int64_t until = clock_ns() + ROUND_NS;
	struct dice *dice = &run->torment.dice;

	while (clock_ns() < until && !is_over(run, since)) {
		(void)poll(NULL, 0, (int)dice_between(dice, 1, 12));
		torment_strike(&run->torment);
		if (dice_percent(dice, 25))
			census_resize(&run->census, dice);
	}
}

/* Everybody gives back everything, and then it must all be there. */
static bool make_quiet(struct run *run)
{
	torment_relent(&run->torment);
	atomic_store(&run->control->round, ++run->round);
	torment_cull(&run->torment);
	if (!torment_await_quiet(&run->torment, run->round))
		return false;
	journal_note(&run->journal, EVENT_QUIET, (uint32_t)run->round);
	return census_take_all(&run->census);
}

static bool make_rounds(struct run *run)
{
	int64_t since = clock_ns();
	bool ends = false;

	while (!ends) {
		make_noise(run, since);
		if (!make_quiet(run))
			return false;
		ends = is_over(run, since);
		if (ends) {
			atomic_store(&run->control->ends, true);
		} else {
			atomic_store(&run->control->round, ++run->round);
			torment_replace(&run->torment);
		}
	}
	return torment_await_end(&run->torment);
}

static void prepare(struct run *run, const char *socket)
{
	struct torment *torment = &run->torment;

	run->control = mmap(NULL, sizeof(*run->control), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->control == MAP_FAILED)
		fail("no shared memory");
	journal_open(&run->journal, run->options.dir, "parent");
	journal_note(&run->journal, EVENT_BORN, 0);
	torment->control = run->control;
	torment->journal = &run->journal;
	torment->dir = run->options.dir;
	torment->socket = socket;
	torment->seed = run->options.seed;
	torment->dice.state = dice_mix(run->options.seed);
	torment->n_clients = run->options.n_clients;
}

int main(int argc, char **argv)
{
	static struct run run;
	char socket[4096];
	bool complete, ended_well;
	pid_t daemon;

	run.options = read_options(argc, argv);
	snprintf(socket, sizeof(socket), "%s/socket", run.options.dir);
	daemon = daemon_start(run.options.dir, socket);
	prepare(&run, socket);
	census_open(&run.census, &run.journal, socket);
	census_make_keys(&run.census);
	torment_populate(&run.torment);
	complete = make_rounds(&run);
	/* If it waits in vain itself, that must not look like hanging up. */
	if (complete) {
		census_close(&run.census);
	} else {
		journal_note(&run.journal, EVENT_STUCK, 0);
		torment_kill_all(&run.torment);
	}
	journal_note(&run.journal, EVENT_BYE, 0);
	journal_close(&run.journal);
	ended_well = daemon_stop(daemon);
	if (!complete)
		fprintf(stderr, "history: somebody waits for ever, or has "
				"ended too early\n");
	if (!ended_well)
		fprintf(stderr, "history: the daemon did not end well\n");
	return complete && ended_well ? 0 : 1;
}
