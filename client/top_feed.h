/* SPDX-License-Identifier: MIT */
/*
 * A connection of msync top to the daemon that never waits: requests go out as
 * there is room, lines come in as they are there. One that is gone can be
 * opened again.
 */
#ifndef TOP_FEED_H
#define TOP_FEED_H

#include <jansson.h>
#include <stdbool.h>

struct top_feed {
	const char *path;  /* borrowed */
	int fd;            /* -1: none */
	const char *error; /* why there is none, until the next one */
	char *out;         /* owned; not sent yet */
	size_t n_out, cap_out;
	char *in; /* owned; from begin on, not read yet */
	size_t begin, n_in, cap_in;
};

void top_feed_init(struct top_feed *feed, const char *path);
void top_feed_deinit(struct top_feed *feed);
/* Connects; false, and an error, where that does not work at once. */
bool top_feed_open(struct top_feed *feed);
void top_feed_close(struct top_feed *feed, const char *error);
/* What poll(2) is to wait for. */
short top_feed_events(const struct top_feed *feed);
/* Sends a request, which it takes over. */
void top_feed_ask(struct top_feed *feed, json_t *request);
/* Sends and receives what is possible now; false: the connection is gone, but
 * lines may have come before. */
bool top_feed_step(struct top_feed *feed);
/* The next line, which the caller owns; NULL: no whole one is there. */
json_t *top_feed_next(struct top_feed *feed);

#endif
