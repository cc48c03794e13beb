/* SPDX-License-Identifier: MIT */
/*
 * What the programs that test operations share on top of the harness: a fresh
 * daemon and five connections for every test, requests written with single
 * quotes for the sake of the reader, and expectations written as the answer
 * one expects.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "harness.h"

#include <check.h>

/* The daemon of the running test, and its connections. P only pings. */
extern struct daemon server;
extern struct client connections[5];
#define A (&connections[0])
#define B (&connections[1])
#define C (&connections[2])
#define D (&connections[3])
#define P (&connections[4])

/*
 * Runs the tests (NULL at the end) as one suite, each with a daemon of its
 * own; returns the exit status of the program.
 */
int run_tests(const char *name, const TTest *const tests[]);

/*
 * As client_send and client_ask, but every ' of the formatted text is sent
 * as ".
 */
void tell(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
json_t *ask(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Sends a request and shows that it has arrived and waits: a ping behind it
 * on the same connection is answered first.
 */
void ask_to_wait(struct client *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Asserts that the answer has each member of the pattern (an object, with '
 * for ", printf style) with an equal value. Two values of the pattern mean
 * more: "<int>" is any integer that is not negative, "<absent>" that there is
 * no such member. Takes the reference; returns the answer's token, or 0.
 */
json_int_t expect(json_t *answer, const char *pattern, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * Asserts ok:false, this code, and a message that contains each of the words
 * (NULL at the end). Takes the reference.
 */
void expect_refused(json_t *answer, const char *code, ...)
    __attribute__((sentinel));
/*
 * The same with the "holder" that busy, timeout and queue_full carry: this
 * process, which said this name (or ""), for at least so long; its pid stands
 * in the message too. Takes the reference.
 */
void expect_held_by(
    json_t *answer, const char *code, const char *client, long held_ms);
/* Asserts that the daemon has sent nothing more to this connection. */
void expect_silence(struct client *c);
/* Asserts the line of a hold that ended by its lease. */
void expect_lost(
    struct client *c, const char *kind, const char *key, json_int_t token);
/* Asserts that the next line is the end of the connection. */
void expect_end(struct client *c);

/* The answers about a lock, as patterns. */
#define GRANTED   "{'ok':true,'token':'<int>','abandoned':'<absent>'}"
#define ABANDONED "{'ok':true,'token':'<int>','abandoned':true}"
#define RELEASED  "{'ok':true,'token':'<absent>'}"
/* A lock.acquire that must be granted at once; returns the token. */
json_int_t acquire(struct client *c, const char *key);
/* lock.acquire with wait_ms 0, and lock.release without and with a token. */
json_t *try_lock(struct client *c, const char *key);
json_t *release(struct client *c, const char *key);
json_t *release_token(struct client *c, const char *key, json_int_t token);
/* A lock.acquire that has to wait; the key is its id too. */
void wait_for_lock(struct client *c, const char *key);
/*
 * Lets the daemon's own clock pass so many ms: waits in vain for a lock. What
 * was to end earlier has ended then, however slow the machine is.
 */
void let_pass(int ms);
/* CLOCK_MONOTONIC in milliseconds, for lower bounds only. */
long now_ms(void);
/*
 * A process of its own that connects, sends the request, has been answered
 * and now holds what it asked for, until it is killed and reaped.
 */
pid_t start_holder(const char *request);
void kill_holder(pid_t pid);
/*
 * Connects as an ordinary user other than the one who runs the tests; returns
 * 0 where only root could do that, and the test has nothing to show.
 */
int open_as_other_user(struct client *c);
#define OTHER_UID 65534

#endif
