/* SPDX-License-Identifier: MIT */
/*
 * The random run: many short episodes in which a few sessions ask for a few
 * keys, come and go, and time passes. Every line goes to the core through
 * verbs_line(), every answer comes back as the line a client would get, and
 * all of them are compared with what the reference model (model.h) expects.
 *
 * An episode is decided by two numbers, its seed and its own number, and can
 * be run again alone: MSYNC_RANDOM_SEED and MSYNC_RANDOM_EPISODE.
 */
#ifndef EPISODE_H
#define EPISODE_H

#include "chance.h"
#include "counts.h"
#include "generate.h"
#include "heard.h"
#include "walk.h"
#include "watcher.h"

#include "core.h"

#define FIRST_UID      1000
#define N_UIDS         3
#define MAX_STEPS      256
#define MAX_SESSIONS   (2 * MAX_STEPS)
#define MAX_TRANSCRIPT (4 * MAX_STEPS)
#define MAX_HEARD      1024
#define MAX_UNSENT     64

/* A core and a model side by side, and what was done to both. */
struct episode {
	uint64_t seed;
	long number;
	int step, n_steps, shut_down_step;
	struct rng rng;
	struct generator gen;
	struct core *core;
	struct model *model;
	struct counts *counts;
	int64_t now, first_token, last_token;
	int n_wanted; /* sessions */
	int n_sessions;
	uint64_t ids[MAX_SESSIONS]; /* of the core, by the model's number */
	int uids[MAX_SESSIONS];
	int deaf;       /* a session that no answer can reach, or -1 */
	bool is_single; /* one thing only was done in this turn */
	int n_transcript;
	const char *transcript[MAX_TRANSCRIPT];
	int n_heard;
	struct heard heard[MAX_HEARD];
	int n_unsent; /* detached grants that did not get out */
	struct {
		int uid;
		int64_t token;
	} unsent[MAX_UNSENT];
	struct arena arena;
	struct walk walk;
	struct watcher watcher;
};

/* Runs it, and fails the running test on the first difference; returns how
 * many steps it had. */
long episode_run(uint64_t seed, long number, struct counts *counts);

/* Adds a line to what is printed when something goes wrong. */
void episode_note(struct episode *episode, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints what was done, heard and expected. */
void episode_print(const struct episode *episode, FILE *out);
/* The same, and fails the running test. */
void episode_fail(const struct episode *episode, const char *what)
    __attribute__((noreturn));
/* The numbers of the sessions that are there; returns how many. */
int episode_sessions(const struct episode *episode, int sessions[MAX_SESSIONS]);

/* Does something to both; one step. */
void act(struct episode *episode);
/* A step in which time passes. */
void act_time(struct episode *episode);
/* All sessions leave and everything comes to its end. */
void act_end(struct episode *episode);

/* A watch of the session begins, now and then. */
void watcher_begin(struct episode *episode, int session);
/* Notes the end of the watch; after everything that may have ended it. */
void watcher_look(struct episode *episode);
/* The session leaves now: it is told nothing of that. */
void watcher_leave(struct episode *episode, int session);
/* Takes what a watch is told. */
void watcher_hear(struct episode *episode, const struct answer *answer);
/* Compares it: with a grant, in the order of their tokens; then the rest. */
void watcher_match_grant(struct episode *episode,
    const struct model_answer *expected, int64_t token);
void watcher_compare(struct episode *episode);

/* Whether a page of a list is to be asked for now; the request for it; and what
 * the line is, if it is that page. */
bool walk_is_due(struct episode *episode, const int *sessions, int n);
void walk_request(struct episode *episode, struct model_request *request);
void walk_hear(struct episode *episode, const struct heard *heard);

/* Compares what stats counts. */
void drain_stats(struct episode *episode);
/* Takes all answers out and compares them, and then what is left. */
void drain(struct episode *episode);

#endif
