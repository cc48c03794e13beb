/* SPDX-License-Identifier: MIT */
/*
 * A core with a few clients, for fuzz targets: lines go in, and everything
 * that comes out is looked at. After each step all invariants of the core
 * hold; each request has exactly one answer, with its id, or waits; and each
 * answer is a line that jansson and the client library can read.
 */
#ifndef STAND_H
#define STAND_H

#include "core.h"

#include <jansson.h>

/* A to C are of one uid, D is of another, which is an admin. */
#define STAND_N_CLIENTS 4
#define STAND_UID       1000
#define STAND_ADMIN_UID 2000

/* Short, so that a line of a fuzzer can be too long. */
#define STAND_MAX_LINE 2048

struct stand_client {
	uint64_t session; /* 0: not there */
	bool is_half;     /* has stopped sending, and waits for answers */
	bool is_deaf;     /* no answer reaches it */
	/* The ids of requests without an answer, as JSON: null where there is
	 * none, false where it is not known. Owned. */
	json_t *awaited;
};

struct stand {
	struct core *core;
	bool is_quiet; /* what comes out is not looked at: to begin with */
	struct stand_client clients[STAND_N_CLIENTS];
};

void stand_open(struct stand *stand);
/* Everybody leaves; nothing may be left but what was set for good. */
void stand_close(struct stand *stand);

/* A line of the client (0 to STAND_N_CLIENTS - 1), who joins first if he is
 * not there. Too long ones are answered as such. */
void stand_line(struct stand *stand, int who, const char *line, size_t len);
/* The connection ends; the line was not read yet. */
void stand_hang_up(struct stand *stand, int who, const char *line, size_t len);
/* The client stops sending. */
void stand_half_close(struct stand *stand, int who);
/* Answers do not reach the client any more, or do again. */
void stand_deafen(struct stand *stand, int who);
void stand_advance(struct stand *stand, mtime_t ms);
/* Shares that are soon used up (a bit each), or plenty. */
void stand_share(struct stand *stand, unsigned bits);
/* Keys that begin with own/ are the admin's, or everybody's. */
void stand_own(struct stand *stand, bool is_own);
void stand_shut_down(struct stand *stand);

#endif
