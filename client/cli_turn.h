/* SPDX-License-Identifier: MIT */
/*
 * Running a command while holding something: what lock, limit and pool run
 * have in common. The hold is kept until the command is really gone; if the
 * hold is lost before, the command is told to end.
 */
#ifndef CLI_TURN_H
#define CLI_TURN_H

#include "cli.h"
#include "cli_child.h"

enum turn_on_lost {
	TURN_TERM, /* TERM, and KILL after kill_after_ms */
	TURN_KILL,
	TURN_IGNORE,
};

/* Options that the commands share. */
struct turn_options {
	bool has_wait;
	int wait_ms;      /* MSYNC_FOREVER, 0 for -n */
	int busy_status;  /* of -E; 0: as in the table */
	int64_t lease_ms; /* 0: none */
	bool is_detached, inherits, fails_open;
	enum turn_on_lost on_lost;
	int64_t kill_after_ms;
};

#define TURN_OPTIONS_INIT                                                      \
	{                                                                      \
		.wait_ms = MSYNC_FOREVER, .kill_after_ms = 5000                \
	}

/* The letters and long options, for getopt_long. */
#define TURN_LETTERS "nw:E:"
#define TURN_LONG_OPTIONS                                                      \
	{"nonblock", no_argument, NULL, 'n'},                                  \
	    {"wait", required_argument, NULL, 'w'},                            \
	    {"busy-exit-code", required_argument, NULL, 'E'},                  \
	    {"lease", required_argument, NULL, 'L'},                           \
	    {"detach", no_argument, NULL, 'D'},                                \
	    {"on-lost", required_argument, NULL, 'O'},                         \
	    {"kill-after", required_argument, NULL, 'K'},                      \
	    {"inherit", no_argument, NULL, 'I'},                               \
	{                                                                      \
		"fail-open", no_argument, NULL, 'F'                            \
	}

/* Takes one of them. 0; an exit status where its argument is wrong, which has
 * been told; -1 where it is none of these. */
int turn_take_option(struct turn_options *options,
    const struct command *command, int letter, const char *argument);
/* Whether they go together with a command, or with none: 0 or an exit status,
 * told. */
int turn_check_options(const struct turn_options *options,
    const struct command *command, bool has_command);

/* Terms of a request, from the options; freed by msync_terms_free. NULL where
 * there is no memory. */
struct msync_terms *turn_terms(const struct turn_options *options);

/* One turn, from the connection to the exit status. */
struct turn {
	const struct cli *cli;
	const struct turn_options *options;
	const char *kind, *key;
	char **command;
	struct msync_conn *conn;
	struct msync_grant *grant;
	const char *value;    /* for the command; NULL */
	const char *lost_why; /* the hold is gone; NULL: not that we knew */
	int64_t kill_at;      /* the command's last moment, then; 0: none */
	bool has_heirs; /* the command has ended, but not all that inherits
			 * the hold */
	struct child child;
};

/* Connects, with the name of the command. 0 or a code. */
int turn_open(struct turn *turn);
/* What was granted may have been lost at once, with the connection: 0 or a
 * code, then. */
int turn_check(const struct turn *turn, int code);
/* The whole rest, for what was granted (0) or refused: runs the command, or
 * prints the token where there is none; lets go; closes. Returns the exit
 * status. */
int turn_finish(struct turn *turn, int code);
/* Its parts, for where something comes in between. turn_run runs the command;
 * its exit status. turn_end lets go of the grant, closes, and returns the exit
 * status of all. */
int turn_run(struct turn *turn);
int turn_end(struct turn *turn, int status);
/* The token of a hold that belongs to no connection is in stdout: the hold
 * stays, if somebody gets that. Closes; returns the exit status. */
int turn_leave(struct turn *turn);

#endif
