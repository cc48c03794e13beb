/* SPDX-License-Identifier: MIT */
/*
 * What the tests of libmsync's calls that wait share: for each test a fresh
 * daemon (`server`) with the raw connections of fixture.h, of which P looks at
 * its gauges, and two handles. What the tests expect is what msync.h says.
 */
#ifndef HANDLES_H
#define HANDLES_H

#include "fixture.h"
#include "msync.h"
#include "scene.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The handles of the running test; they say "one" and "two" to others. */
extern struct msync_conn *one, *two;

/* A case of the suite with these; for tests that are run in a loop, too. */
TCase *handles_case(Suite *suite, const char *name);
/* Runs the tests (NULL at the end); returns the exit status of the program. */
int handles_run(const char *name, const TTest *const tests[]);
/* Options that lead to the daemon of the test; to be freed. */
struct msync_opts *handles_opts(void);
/* One more handle, with these options (NULL: those), which are freed. */
struct msync_conn *handle_open(struct msync_opts *opts);
/* A pool of the handle, freed at the end of the test. */
struct msync_pool *handles_pool(
    struct msync_conn *conn, const char *key, int capacity);

/* Terms that are freed at the end of the test: new ones with one of them, and
 * the same with one more. */
struct msync_terms *with(enum msync_term term, int64_t value);
struct msync_terms *also(
    struct msync_terms *terms, enum msync_term term, int64_t value);

/* Asserts a code; where it is another one, its words are shown. */
void expect_code(struct msync_conn *conn, int seen, int expected);
/* The same, and the words contain each of these (NULL at the end). */
void expect_failure(struct msync_conn *conn, int seen, int expected, ...)
    __attribute__((sentinel));
/* Asserts that the last failure names this process as the holder, under this
 * name and for at least so long, and says so in its words. */
void expect_holder(struct msync_conn *conn, const char *client, long held_ms);
/* Asserts a value, byte for byte, and the NUL behind it. */
void expect_value(const struct msync_result *result, const char *json);

/* Uses up this user's share of bytes, so that a value of a million is too
 * much. */
void use_up_share(struct msync_conn *conn);
#define A_MILLION 1000000
/* A number of so many digits, to be freed. */
char *long_number(size_t n_digits);

/* Closes the raw connections; for children, which have copies of them. */
void handles_close_raw(void);

/* A lock that is to be had at once. */
struct msync_grant *take(struct msync_conn *conn, const char *key);
/* The same, with these terms. */
struct msync_grant *take_with(
    struct msync_conn *conn, const char *key, const struct msync_terms *terms);
/* Takes the lock and lets it go: whether its last holder had abandoned it. */
int was_abandoned(struct msync_conn *conn, const char *key);
/* Has a hold end by its lease. (With a lease that is short from the beginning,
 * it might end before its call has returned.) */
void run_out(struct msync_grant *grant);
/* Asserts that a grant is lost, and frees it. */
void expect_lost_grant(struct msync_grant *grant);
/* Lets go of it, which must succeed. */
void give_back(struct msync_grant *grant);

#ifdef __cplusplus
}
#endif

#endif
