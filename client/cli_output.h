/* SPDX-License-Identifier: MIT */
/*
 * What a command prints: streamed on while it is kept, and packed into a value
 * that others can print again. Bytes are bytes: they travel as base64.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli_child.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* So much of both streams fits into a line of the protocol, as base64. */
#define OUTPUT_MAX_BYTES (760 * 1024)

/* What one read may bring: a pipe that can be written to takes as much at
 * once. */
#define OUTPUT_CHUNK_BYTES 4096

struct stream {
	int from; /* the command's end; -1: it has ended */
	int to;   /* ours; -1: nobody listens any more */
	char chunk[OUTPUT_CHUNK_BYTES]; /* read, and not all written yet */
	size_t begin, end;
	char *kept; /* owned */
	size_t n_kept, cap_kept;
};

struct output {
	struct stream out, err;
	bool is_too_much; /* not all of it was kept */
};

/* Streams the child's output to ours, until it has ended and its pipes are
 * empty. idle_fd and idle() let the caller look after something else, too. */
void output_init(struct output *output, const struct child *child);
void output_deinit(struct output *output);

/* For poll(2): the two descriptors to wait for. */
void output_poll(const struct output *output, struct pollfd fds[2]);
/* After poll(2): moves what can be moved. */
void output_move(struct output *output, const struct pollfd fds[2]);
/* The command has ended: moves what is left in the pipes, without waiting for
 * those that it has left behind. */
void output_drain(struct output *output);

/* {"msync":1,"status":S,"stdout":"…","stderr":"…"}, from malloc(3); NULL where
 * there is no memory. */
char *output_pack(const struct output *output, int status);
/* Prints what was packed; its status, or -1 where it is nothing of ours. */
int output_unpack(const char *json, size_t len);

#endif
