/* SPDX-License-Identifier: MIT */
/*
 * The bare server, the floor under msyncd: epoll, one read and one write per
 * readiness, and an answer for each line that is as long as msyncd's, because
 * it is one that msyncd gave: the load generator has written down one answer
 * to each step of its workload (load -o). Only the id is put in. Nothing is
 * parsed but the ten digits of the id, at a fixed place in each line; the last
 * one says which answer is due.
 *
 * For flights (-f) it is a bare writer: the followers' lines are held until
 * the leader's value is there, then each gets the value, out of one buffer.
 */
#ifndef ECHO_H
#define ECHO_H

#include <stdbool.h>
#include <stddef.h>

#define ECHO_ID_AT      6 /* in {"id":1000000000 */
#define ECHO_ID_DIGITS  10
#define ECHO_HEAD_BYTES (ECHO_ID_AT + ECHO_ID_DIGITS)
#define ECHO_SAMPLE     512
#define ECHO_MAX_STEPS  10
#define ECHO_READ_BYTES (64 * 1024)
#define ECHO_OUT_BYTES  (4 * ECHO_READ_BYTES)

/* The steps of a flight, as the load generator numbers them. */
enum {
	ECHO_FOLLOW = 1,
	ECHO_FINISH = 2,
};

struct echo_conn {
	int fd;
	char head[ECHO_HEAD_BYTES]; /* how the line in hand begins */
	size_t n_head;
	size_t n_sent; /* of a value, while it is being written */
	bool is_writing;
	struct echo_conn *next_held; /* waits for the value */
};

struct echo {
	int epoll_fd, listen_fd;
	int n_followers; /* 0: no flights */
	char samples[ECHO_MAX_STEPS][ECHO_SAMPLE];
	size_t lens[ECHO_MAX_STEPS];
	struct echo_conn *held;
	int n_held;
	struct echo_conn *finisher; /* has sent the value; or NULL */
	char *line;                 /* owned; the request with the value */
	size_t n_line, cap_line;
	const char *value; /* in it */
	size_t n_value;
};

/* Says what is wrong and ends the program with failure. */
void echo_fail(const char *what) __attribute__((noreturn));

/* Appends the answer to a line that begins so. Returns its length. */
size_t echo_answer(
    const struct echo *echo, const char head[ECHO_HEAD_BYTES], char *to);

/* echo_flight.c: */

/* Bytes of the leader's request with the value, up to its line feed. */
void echo_keep_line(struct echo *echo, const char *bytes, size_t len);
/* A whole line of a flight has come; answers it where that is not for later. */
void echo_take_flight(struct echo *echo, struct echo_conn *conn);
/* The rest of a value that the socket did not take before. */
void echo_go_on(struct echo *echo, struct echo_conn *conn);

#endif
