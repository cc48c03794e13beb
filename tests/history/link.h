/* SPDX-License-Identifier: MIT */
/*
 * A connection to the daemon that writes down all that passes. A request is a
 * record: the record is put into the journal, and the line is made from it, so
 * that the two cannot differ.
 */
#ifndef LINK_H
#define LINK_H

#include "journal.h"
#include "reply.h"

#define LINK_IN_BYTES  (512 * 1024)
#define LINK_OUT_BYTES (128 * 1024)
#define LINK_PENDING   64

/* A request that is not answered yet. */
struct pending {
	uint32_t id; /* 0: free */
	uint8_t op;
	uint8_t key;
	int8_t slot; /* whose request it is */
};

struct link {
	int fd;
	struct journal *journal;
	const char *path;
	uint32_t next_id;
	uint32_t n_pending;
	struct pending pending[LINK_PENDING];
	char in[LINK_IN_BYTES];
	size_t n_in, n_done; /* bytes read; bytes dealt with */
	char out[LINK_OUT_BYTES];
	size_t n_out;
};

void link_init(struct link *link, struct journal *journal, const char *path);
void link_connect(struct link *link);
/* Closes it at once; what is not answered never will be. */
void link_hang_up(struct link *link);

/* Adds a request of a slot to what is to be sent, and writes it down; returns
 * its id. */
uint32_t link_ask(struct link *link, const struct record *request, int slot);
void link_flush(struct link *link);

enum heard {
	HEARD_NOTHING, /* no whole line is there */
	HEARD_ANSWER,
	HEARD_LOST,
};

/* Reads what is there (it waits for nothing). Exits where the daemon has
 * closed the connection. */
void link_read(struct link *link);
/* Takes the next line, writes it down and gives it as a record. slot is that
 * of the request. */
enum heard link_hear(struct link *link, struct record *answer, int *slot);

#endif
