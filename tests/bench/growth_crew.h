/* SPDX-License-Identifier: MIT */
/*
 * A crew: connections of one process to the daemon that do a job together.
 * The loop reads their answers line by line and gives each to the job, which
 * sends what comes next. It shares no code with the daemon.
 *
 * Everything that is not as it should be ends the program with a message and
 * status 1, so a figure that is printed is that of right answers.
 */
#ifndef GROWTH_CREW_H
#define GROWTH_CREW_H

#include "growth_times.h"

#include <stdbool.h>
#include <stddef.h>

#define CREW_KEY_BYTES 64

struct conn {
	int fd;
	int number; /* its index in the crew */
	char *in;   /* owned: what has come of a line */
	size_t n_in;
	uint64_t sent_ns; /* when its latest request went out */
	int64_t id;       /* of its latest request that is answered at once */
	int64_t n_held;   /* keys that it holds, numbers 0 to n_held - 1 */
	int64_t n_waits;  /* it waits with the ids 1 to n_waits */
	/* Of the job at work: */
	int64_t todo, flying; /* to be sent; sent and not answered */
	int64_t turn;         /* counts what it began */
	uint64_t open_ids;    /* a bit for each that is under way, modulo 64 */
	int64_t picked;       /* the wait that is to be cancelled */
	bool in_hand;         /* it holds; or the cancelled one was heard */
};

struct crew {
	const char *socket;
	struct conn *conns;
	int n;
	int epoll;
	/* Of the job at work: */
	int64_t left;   /* what is still to be done; at 0 it ends */
	int64_t unsent; /* what is still to be begun */
	struct times times;
	uint64_t began_ns;
	uint64_t most_cpu_ns; /* job_probe: the daemon's, for one answer */
	uint64_t random;      /* of crew_random */
	/* What its keys are called; or the one that it waits for. */
	char key[CREW_KEY_BYTES];
	int64_t shortest_ms, longest_ms; /* waits; -1: for ever */
	uint64_t due_ns, spread_ns;      /* see growth_waits.c */
	uint64_t released_ns;            /* when the key was handed on */
};

struct job {
	/* An answer, without its line feed. */
	void (*line)(struct crew *crew, struct conn *conn, const char *line);
	/* All answers that had come are done. NULL: nothing to do then. */
	void (*after)(struct crew *crew, struct conn *conn);
};

/* Ends the program. */
void crew_die(const char *fmt, ...)
    __attribute__((noreturn, format(printf, 1, 2)));

/* Adds n connections, and waits until each has been served. */
void crew_open(struct crew *crew, int n, bool multiplexed);
/* Closes them all. */
void crew_close(struct crew *crew);
/* Sends it all. */
void crew_send(struct conn *conn, const char *bytes, size_t len);
/* Sends one request, and notes when. */
void crew_ask(struct conn *conn, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets times and starts the clock. */
void crew_begin(struct crew *crew, int64_t left);
/* Reads answers until the job has nothing left to do. */
void crew_run(struct crew *crew, const struct job *job);
/* Prints what the job has done, as name=value, and in what times. */
void crew_report(const struct crew *crew, int64_t n);

/* A number below n, the same in each run. */
uint64_t crew_random(struct crew *crew, uint64_t n);

/* The integer member of this name ("\"id\":"); -1 where there is none. */
int64_t line_number(const char *line, const char *name);
/* Ends the program when the answer is not ok, or has another id. */
void line_expect_ok(const char *line, int64_t id);
bool line_has(const char *line, const char *text);

#endif
