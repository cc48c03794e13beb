/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests of the server stand on: a real server in the process of
 * the test, on a socket in a temporary directory, whose turns are made one by
 * one and whose clock stands still until it is moved. Clients are descriptors
 * that never block: what the server has said is there after its turn, or it is
 * not.
 *
 * Text is written with ' in the place of ", in both directions.
 */
#ifndef STAGE_H
#define STAGE_H

#include <check.h>

#include "clock.h"
#include "conn.h"
#include "server.h"

struct stage {
	struct server *server;
	char dir[64];
	char path[96]; /* of the socket */
	char *said;    /* owned: what was returned last */
	int n_before;  /* descriptors before the server came, */
	int n_clients; /* and clients that are open now */
};

/* What the clock says; the tests move it. */
extern mtime_t stage_now;
/* The time of day that the clock gives. */
#define STAGE_WALL_US 1763860000000000
/* To stand once in every program: the clock, in the place of src/clock.c. It
 * is not in a library, so that other programs have the real one. */
#define STAGE_CLOCK                                                            \
	mtime_t clock_now(void)                                                \
	{                                                                      \
		return stage_now;                                              \
	}                                                                      \
	int64_t clock_wall_us(void)                                            \
	{                                                                      \
		return STAGE_WALL_US;                                          \
	}

/* A server with defaults on this path; NULL, when it cannot begin. */
struct server *stage_server(const char *path, enum log_level level);
void stage_open(struct stage *stage);
/* Ends the server, and looks that it has left no descriptor open. */
void stage_close(struct stage *stage);

/* One turn, with what is ready now. Returns whether anything was. */
bool stage_turn(struct stage *stage);
/* Its first half: asks who is ready. What happens after that is news to the
 * turn itself, server_turn(). */
void stage_look(const struct stage *stage);
/* Turns until nothing is ready; fails the test when that does not come. */
void stage_settle(struct stage *stage);
/* Moves the clock, and settles. */
void stage_pass(struct stage *stage, mtime_t ms);

/* A new client whose connection has been accepted. */
int stage_join(struct stage *stage);
/* The same, not accepted yet. */
int stage_connect(struct stage *stage);
/* Closes a client; no turn is made. */
void stage_leave(struct stage *stage, int client);
/* The connection that was accepted last. */
struct conn *stage_last(const struct stage *stage);

/* Sends the text (printf style) and a line feed; no turn is made. */
void stage_send(int client, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Sends bytes as they are, with turns where the socket is full. */
void stage_write(
    struct stage *stage, int client, const char *bytes, size_t len);
/* Everything that has been said to the client, up to now; at the end of the
 * connection with "(end)" behind it. Valid until the next call. */
const char *stage_heard(struct stage *stage, int client);
/* Sends the line, settles, and returns what the client has heard. */
const char *stage_ask(struct stage *stage, int client, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, and asserts that it is this. */
void stage_expect(
    struct stage *stage, int client, const char *line, const char *heard);

/* Asserts that the client has heard this, and nothing else. */
void stage_expect_heard(struct stage *stage, int client, const char *heard);
/* Asserts that it has heard what contains the words. */
void stage_expect_words(struct stage *stage, int client, const char *words);
/* Asserts that it has been granted something, and whether the holder before it
 * was lost. */
void stage_expect_grant(struct stage *stage, int client, bool abandoned);
/* What the server has counted of locks. */
int64_t stage_counted(const struct stage *stage, enum tally_count count);

#endif
