/* SPDX-License-Identifier: MIT */
/*
 * What the end-to-end tests stand on: a real msyncd on a socket of its own in
 * a temporary directory, and clients that speak raw lines to it. Nothing here
 * shares code with the daemon. Every wait is for the thing itself (a line, an
 * end of file, a process) and gives up, failing the test, after 60 seconds;
 * no function sleeps.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

/* A running daemon. */
struct daemon {
	pid_t pid;
	char dir[64];    /* temporary directory, removed by daemon_stop */
	char socket[96]; /* dir/msyncd.sock */
	char conf[96];   /* dir/msyncd.conf, empty at first */
	int log;         /* read end of the daemon's stderr, at its next line */
};

/*
 * Starts $MSYNCD (the built daemon's path; words before it, such as valgrind
 * and its options, are allowed and split at spaces) with -c CONF -s SOCKET, and
 * waits for its log line that contains "event=ready". extra: further arguments,
 * NULL-terminated, or NULL.
 */
void daemon_start(struct daemon *d, const char *const extra[]);
/* Sends SIGTERM, asserts exit status 0, removes the directory. */
void daemon_stop(struct daemon *d);
/* SIGKILL, reaps; the socket file stays behind as after a crash. */
void daemon_kill(struct daemon *d);

/* One connection that speaks lines. */
struct client {
	int fd;
	char *in; /* bytes received and not yet returned as lines */
	size_t n_in, cap_in;
};

void client_open(struct client *c, const struct daemon *d);
void client_close(struct client *c);
/* Sends all of the bytes as they are. */
void client_write(struct client *c, const void *bytes, size_t len);
/* Sends the text (printf style) and a line feed. */
void client_send(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The next line without its line feed, to be freed by the caller; NULL at end
 * of file (or ECONNRESET). */
char *client_line(struct client *c);
/* The next line parsed; fails the test where there is none. Free with
 * json_decref. */
json_t *client_answer(struct client *c);
/* client_send and client_answer in one. */
json_t *client_ask(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* 1 when a line (or end of file) is there already or comes before the daemon
 * has answered a ping sent on the second client after this call; so "nothing
 * was sent to c" is shown without waiting for time. */
int client_has_line(struct client *c, struct client *pinger);

/* Asserts ok:true and takes the reference; returns the token (0 if none). */
json_int_t expect_ok(json_t *answer);
/* Asserts ok:false and this code; takes the reference. */
void expect_error(json_t *answer, const char *code);

#endif
