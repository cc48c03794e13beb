/* SPDX-License-Identifier: MIT */
/*
 * The command that msync runs: a child process, the signals that are handed on
 * to it, and its end. From child_start to child_end the signals are blocked
 * and read from a descriptor, so that one poll(2) waits for everything.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include "cli.h"

#include <signal.h>
#include <sys/types.h>

/* What the child finds in its environment. */
struct child_env {
	const char *kind, *key;
	int64_t token;     /* 0: none */
	const char *value; /* NULL: none */
};

struct child {
	pid_t pid;     /* 0: not started, or gone */
	pid_t guard;   /* see cli_guard.h; 0: none */
	int signals;   /* readable when one has come */
	int out, err;  /* what it prints, where that was asked for; else -1 */
	int heirs;     /* ends with the last process that came from the command
			* and inherits the connection; -1: none may */
	sigset_t mask; /* of msync, before */
	bool has_ended;
	int status;     /* exit status, as shells have it */
	int ended_by;   /* the first INT, TERM, HUP or QUIT that msync got; 0 */
	int hurried_by; /* the first one after its end; 0 */
};

/* How it is started. */
struct child_plan {
	char **argv;
	struct child_env env;
	int conn_fd;   /* stays open until the command is gone, also where
			* msync is killed; then the command is killed, too */
	bool inherits; /* conn_fd is the command's own instead, and of all that
			* come from it; and it outlives msync */
	bool wants_output; /* its stdout and stderr come to us */
};

/* Blocks the signals; from here on they are read from child->signals. false:
 * a system call failed, which has been told. */
bool child_init(struct child *child);
/* Starts the command. The same. */
bool child_start(struct child *child, const struct child_plan *plan);
/* child->signals is readable: hands signals on, notices the end. */
void child_on_signal(struct child *child);
/* Whether somebody that it left behind still has the connection. */
bool child_has_heirs(const struct child *child);
/* Sends it a signal, if it is there. */
void child_kill(const struct child *child, int number);
/* Closes what is open, and unblocks the signals. */
void child_deinit(struct child *child);

/* Runs it in place of msync; returns only where that fails, with the exit
 * status. */
int child_replace(char **argv, const struct child_env *env);

#endif
