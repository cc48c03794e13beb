/* SPDX-License-Identifier: MIT */
/*
 * What several end-to-end programs share beyond the harness: the frame of a
 * Check program, a daemon that is held still while things happen together,
 * lines that are not answers, and the gauges of `stats`, which are asked again
 * and again where a test has to know what the daemon has noticed.
 */
#ifndef SCENE_H
#define SCENE_H

#include "harness.h"

#include <check.h>

/* A case of the suite whose tests may take 120 seconds each. */
TCase *scene_case(Suite *s, const char *name, SFun setup, SFun teardown);
/* Runs the suite and frees it; returns what main returns. */
int scene_run(Suite *s);
/* Lets this process, and the daemons it starts, open n files; ends it where
 * that is not allowed. For main. */
void scene_allow_files(unsigned n);

/* Stops the daemon and returns when it stands still, so that all that is sent
 * or closed before the thaw reaches it in one turn. */
void daemon_freeze(const struct daemon *d);
void daemon_thaw(const struct daemon *d);

/* Memory that the daemon uses now (RSS), in KiB. */
long daemon_rss(const struct daemon *d);
/* How many descriptors the daemon has open. */
int daemon_fds(const struct daemon *d);

/* Ends the sending side only. */
void client_shut(struct client *c);
/* Asserts the line of a hold that ended with its half-closed connection. */
void expect_last_word(
    struct client *c, const char *kind, const char *key, json_int_t token);
/* The next line, which must contain the text; compared as bytes. */
void expect_line_with(struct client *c, const char *text);

/* A gauge of one kind (keys, holds, waits), as `stats` answers it to c. */
json_int_t gauge(struct client *c, const char *kind, const char *name);
/* Asks until the gauge has this value. */
void gauge_await(
    struct client *c, const char *kind, const char *name, json_int_t n);
/* Asks until as many requests of this kind wait or hold. */
void present_await(struct client *c, const char *kind, json_int_t n);
/* How many connections the daemon counts. */
json_int_t connected(struct client *c);
void connected_await(struct client *c, json_int_t n);
/* Asks until no kind has a key, a hold or a wait. */
void emptiness_await(struct client *c);

#endif
