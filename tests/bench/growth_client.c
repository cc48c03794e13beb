/* SPDX-License-Identifier: MIT */
/*
 * The client of the growth and memory figures: does what it is told on
 * standard input, a command a line, and answers each with one line. It keeps
 * its connections from one command to the next, so that a script can fill the
 * daemon in steps with several of these, each under a uid of its own, and
 * measure in between.
 *
 * usage: growth_client SOCKET [UID]
 */
#define _GNU_SOURCE 1
#include "growth_jobs.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define MAX_WORDS 8

struct command {
	const char *name;
	int n_words;
	const char *words; /* what has to follow, for messages */
	void (*run)(struct crew *crew, char *words[]);
};

static int64_t number(const char *word)
{
	char *end;
	int64_t n = strtoll(word, &end, 10);

	if (*end != '\0' || end == word)
		crew_die("\"%s\" is no number", word);
	return n;
}

static void set_key(struct crew *crew, const char *key)
{
	(void)snprintf(crew->key, sizeof(crew->key), "%s", key);
}

static void open_some(struct crew *crew, char *words[])
{
	crew_open(crew, (int)number(words[0]), false);
	crew_report(crew, crew->n);
}

static void open_multiplexed(struct crew *crew, char *words[])
{
	crew_open(crew, (int)number(words[0]), true);
	crew_report(crew, crew->n);
}

static void close_all(struct crew *crew, char *words[])
{
	int n = crew->n;

	(void)words;
	crew_begin(crew, 0);
	crew_close(crew);
	crew_report(crew, n);
}

static void hold(struct crew *crew, char *words[])
{
	set_key(crew, words[2]);
	job_hold(crew, words[0], number(words[1]));
	crew_report(crew, number(words[1]));
}

static void release(struct crew *crew, char *words[])
{
	job_release(crew, words[0]);
	crew_report(crew, (int64_t)crew->times.n);
}

static void busy(struct crew *crew, char *words[])
{
	job_busy(crew, number(words[0]));
	crew_report(crew, number(words[0]));
}

static void probe(struct crew *crew, char *words[])
{
	(void)words;
	job_probe(crew);
	crew_report(crew, (int64_t)crew->times.n);
}

static void wait_for(struct crew *crew, char *words[])
{
	set_key(crew, words[1]);
	crew->shortest_ms = number(words[2]);
	crew->longest_ms = number(words[3]);
	job_wait(crew, number(words[0]));
	crew_report(crew, number(words[0]));
}

static void due(struct crew *crew, char *words[])
{
	set_key(crew, words[1]);
	if (job_due(crew, number(words[0]), number(words[2]), number(words[3])))
		crew_report(crew, number(words[0]));
	else
		crew_report(crew, 0);
}

static void expire(struct crew *crew, char *words[])
{
	(void)words;
	job_expire(crew);
	crew_report(crew, (int64_t)crew->times.n);
}

static void handover(struct crew *crew, char *words[])
{
	job_handover(crew, number(words[0]));
	crew_report(crew, number(words[0]));
}

static void cancel(struct crew *crew, char *words[])
{
	job_cancel(crew, number(words[0]));
	crew_report(crew, number(words[0]));
}

static const struct command commands[] = {
    {"open", 1, "CONNECTIONS", open_some},
    {"open_multiplexed", 1, "CONNECTIONS", open_multiplexed},
    {"close", 0, "", close_all},
    {"hold", 3, "KIND N KEY", hold},
    {"release", 1, "KIND", release},
    {"busy", 1, "N", busy},
    {"probe", 0, "", probe},
    {"wait", 4, "N KEY SHORTEST_MS LONGEST_MS", wait_for},
    {"due", 4, "N KEY IN_MS SPREAD_MS", due},
    {"expire", 0, "", expire},
    {"handover", 1, "N", handover},
    {"cancel", 1, "N", cancel},
};

static void do_line(struct crew *crew, char *line)
{
	char *words[MAX_WORDS + 1], *rest = line;
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '\0')
		return; /* this one has ended a probe */
	while (n < MAX_WORDS && (words[n] = strsep(&rest, " ")) != NULL)
		n++;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = &commands[i];

		if (strcmp(command->name, words[0]) != 0)
			continue;
		if (n - 1 != command->n_words)
			crew_die("%s: say %s", command->name, command->words);
		command->run(crew, words + 1);
		(void)fflush(stdout);
		return;
	}
	crew_die("there is no command \"%s\"", words[0]);
}

/* The group stays: the socket is open to it. */
static void become(const char *uid)
{
	if (setgroups(0, NULL) != 0 || setuid((uid_t)number(uid)) != 0)
		crew_die("cannot become uid %s: %s", uid, strerror(errno));
	/* It went with the old uid. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int main(int argc, char *argv[])
{
	struct rlimit files;
	struct crew crew = {.shortest_ms = -1, .longest_ms = -1, .random = 1};
	char line[512];

	if (argc < 2 || argc > 3)
		crew_die("usage: growth_client SOCKET [UID]");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	if (argc == 3)
		become(argv[2]);
	crew.socket = argv[1];
	crew.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (crew.epoll < 0)
		crew_die("cannot epoll: %s", strerror(errno));
	/* Unbuffered: the probe looks whether there is more to read. */
	(void)setvbuf(stdin, NULL, _IONBF, 0);
	while (fgets(line, sizeof(line), stdin) != NULL)
		do_line(&crew, line);
	crew_close(&crew);
	free(crew.conns);
	return EXIT_SUCCESS;
}
