/* SPDX-License-Identifier: MIT */
/*
 * Starts $MSYNCD as a person or a service manager would: with any arguments,
 * on any path, under any limits; and looks at what it says and how it ends.
 * The harness does the usual case; this is for the others.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "harness.h"

/* A program that was started, and later what became of it. */
struct launch {
	pid_t pid;
	int out, err;      /* read ends of its stdout and stderr */
	int status;        /* exit status; -1 when a signal ended it */
	char said[8192];   /* on stdout, as far as it fits */
	char blamed[8192]; /* on stderr, as far as it fits */
};

/*
 * Starts the daemon with these arguments (NULL-terminated). `prepare` runs in
 * the child before, may be NULL, and must use system calls only.
 */
void launch(struct launch *l, const char *const args[], void (*prepare)(void));
/* Waits until it has logged that it is ready (1) or has ended (0). */
int launch_is_ready(struct launch *l);
/* The same; asserts that it is ready. */
void launch_await_ready(struct launch *l);
/* Reads what it says to the end, and waits for its end. */
void launch_await_end(struct launch *l);
/* Sends the signal and waits for the end. */
void launch_end(struct launch *l, int signal);
/* All in one: it runs, says something, and ends. */
void launch_and_wait(struct launch *l, const char *const args[]);
/* As launch_and_wait with -s path; asserts status 1 and a complaint that
 * contains the word. */
void expect_no_start(const char *path, const char *word);

/* Fills in dir and socket: an empty directory, and a path in it. */
void launch_make_home(struct daemon *home);
/* Removes the directory with all that lies in it. */
void launch_remove_home(const struct daemon *home);

/* Asserts that the text contains the word. */
void expect_word(const char *text, const char *word);

#endif
