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
	int from;  /* the command's end; -1: there is nothing more to read */
	int to;    /* ours; -1: nobody listens any more */
	int error; /* why they could not be written, though somebody may listen
		    */
	char chunk[OUTPUT_CHUNK_BYTES];
	char *rest;  /* owned: what was left when the command had ended */
	char *bytes; /* either of them: read, and not all written yet */
	size_t begin, end;
	char *kept; /* owned */
	size_t n_kept, cap_kept;
};

struct output {
	struct stream out, err;
	bool is_too_much; /* not all of it was kept */
};

/* Streams the child's output to ours. output must stay where it is. */
void output_init(struct output *output, const struct child *child);
void output_deinit(struct output *output);

/* For poll(2): the two descriptors to wait for. */
void output_poll(const struct output *output, struct pollfd fds[2]);
/* After poll(2): moves what can be moved. */
void output_move(struct output *output, const struct pollfd fds[2]);
/* The command has ended: reads what is left in the pipes, without waiting for
 * those that it has left behind. What is not written yet is for output_move. */
void output_collect(struct output *output);
/* Whether something is still to be written. */
bool output_has_more(const struct output *output);
/* Why not all was written: an errno, or 0. That nobody listens is no failure;
 * that what was written is lost is one. */
int output_error(const struct output *output);

/* {"msync":1,"status":S,"stdout":"…","stderr":"…"}, from malloc(3); NULL where
 * there is no memory. */
char *output_pack(const struct output *output, int status);
/* Prints what was packed; its status, or -1 where it is nothing of ours.
 * *error: as output_error. */
int output_unpack(const char *json, size_t len, int *error);

#endif
