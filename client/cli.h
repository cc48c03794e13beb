/* SPDX-License-Identifier: MIT */
/*
 * What the commands of msync(1) share: how they are listed, how they say what
 * went wrong, and how they exit. A command is a file cmd_*.c with one const
 * struct command (the idea of tmux).
 */
#ifndef CLI_H
#define CLI_H

#include "msync.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Numbers up to 78 are those of sysexits.h, from 124 on those of timeout(1)
 * and of shells. */
enum cli_exit {
	EXIT_IS_NONE = 1,         /* nothing was found, as grep(1) says it */
	EXIT_IS_USAGE = 64,       /* the command line */
	EXIT_IS_BAD_REQUEST = 65, /* what was to be sent */
	EXIT_IS_UNREACHABLE = 69, /* no daemon; the command was not run */
	EXIT_IS_INTERNAL = 70,    /* msync, or the leader of a flight, failed */
	EXIT_IS_SYSTEM = 71,      /* a system call failed */
	EXIT_IS_LOST = 74,        /* the hold was lost while the command ran */
	EXIT_IS_BUSY = 75,        /* not to be had; try again later */
	EXIT_IS_PROTOCOL = 76,    /* an answer that is not understood */
	EXIT_IS_DENIED = 77,      /* not allowed */
	EXIT_IS_CONFIG = 78,      /* the key has other settings, or none */
	EXIT_IS_TIMEOUT = 124,    /* waited in vain */
	EXIT_IS_NOT_EXECUTABLE = 126,
	EXIT_IS_NOT_FOUND = 127,
	EXIT_IS_SIGNAL = 128, /* and the signal's number */
};

/* What stands before the command. */
struct cli {
	const char *socket; /* NULL: the default */
	bool is_json, is_quiet, is_verbose;
};

struct command {
	const char *name;
	const char *summary; /* for the list of commands; NULL: not in it */
	const char *usage;   /* a line for each form, without "msync " */
	const char *help;    /* what else there is to say */
	/* argv[0] is for what getopt says; returns the exit status. */
	int (*run)(const struct cli *cli, int argc, char **argv);
};

/* msync.c */
extern const struct command *const cli_commands[]; /* NULL at the end */
const struct command *cli_find_command(const char *name);

/* cmd_help.c: all there is to say of a command, on standard output. */
void cli_show_help(const struct command *command);

/* cli_exit.c: the exit status for a code of libmsync. */
int cli_exit_of(int code);

/* cli_say.c ------------------------------------------------------------ */

/* Say something on standard error, after "msync: ". */
void cli_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same where -v was given, or unless -q was. */
void cli_remark(const struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A wrong command line: says so, shows the command's usage, and returns the
 * exit status. */
int cli_misused(const struct command *command, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The usage, line by line, the first one behind "before" (7 letters). */
void cli_show_usage(
    FILE *stream, const struct command *command, const char *before);
/* cli_refused.c: what kept a call from success, and what to do about it:
 * "msync: lock deploy: busy: held for 3m12s by pid 4711 (deploy.sh, uid www)".
 * what names the thing
 * ("lock deploy"). Returns the exit status. */
int cli_refused(const struct cli *cli, const struct msync_conn *conn,
    const char *what, int code);
/* Colour codes where the stream is a terminal that wants them, else "". */
const char *cli_colour(FILE *stream, const char *code);
#define CLI_RED   "\033[31m"
#define CLI_GREEN "\033[32m"
#define CLI_BOLD  "\033[1m"
#define CLI_PLAIN "\033[0m"

/* cli_args.c ----------------------------------------------------------- */

/* 250ms, 5, 1.5, 10s, 2m, 1h, 1d: in ms; -1 where it is not a duration. */
int64_t cli_duration(const char *text);
/* A whole number from least to most, or -1. least is not negative. */
int64_t cli_number(const char *text, int64_t least, int64_t most);
/* Ends argv before the first "--", and returns what stands behind it, which
 * no one looks at; NULL where there is none. */
char **cli_split(int *argc, char **argv);
/* What getopt left must be the key, and behind "--" a command or nothing.
 * command: what cli_split returned; an empty one is none. 0, or the exit
 * status of a wrong command line. */
int cli_take_key(const struct command *self, int argc, char **argv,
    char ***command, const char **key);
/* The kind of this name, or -1. */
int cli_kind(const char *name);

/* cli_conn.c ----------------------------------------------------------- */

/* Connects; client is how others see who holds (NULL: nothing). on_lost may
 * be NULL. 0 or a code; *conn is to be closed either way. */
int cli_open(const struct cli *cli, const char *client, msync_lost_fn on_lost,
    void *ctx, struct msync_conn **conn);
/* The path of the socket that it connects to. */
const char *cli_socket_path(const struct cli *cli);
#define CLI_PATH_BYTES 108
/* Where path is the default, and there is no socket, but the user has a daemon
 * of his own, as ./quickstart serve starts it: true, and its socket. */
bool cli_own_socket(const char *path, char own[CLI_PATH_BYTES]);
/* Connecting was denied. Writes the command that mends it, behind before;
 * nothing where that cannot be said. */
void cli_mend_denied(
    const char *path, const char *before, char *text, size_t cap);
/* The last part of a path. */
const char *cli_basename(const char *path);

/* cli_value.c ---------------------------------------------------------- */

/* A pool value as a shell wants it: the text of a JSON string, other JSON as it
 * is. From malloc(3); NULL where there is no memory. */
char *cli_plain_value(const char *json, size_t len);
/* Text as a JSON string, from malloc(3); NULL where it is not UTF-8. */
char *cli_json_string(const char *text);

#endif
