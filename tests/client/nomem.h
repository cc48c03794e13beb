/* SPDX-License-Identifier: MIT */
/*
 * A program that uses all of the library while its memory is refused: see
 * test_client_nomem.c. Every code that it is answered is judged at once: as
 * long as nothing was refused there is one right code, and after that there
 * are that one and what follows from a refusal.
 */
#ifndef NOMEM_H
#define NOMEM_H

#include "msync.h"

#include <stdbool.h>

/* Its handles, with the instance "i"; NULL: it could not even have those. */
extern struct msync_conn *one, *two;

/* Judges the code of a call on a handle (NULL: of none). True: it is what was
 * expected; but a call in which memory is refused has to say so. */
#define GOT(conn, call, expected)                                              \
	(nomem_mark(), nomem_judge(conn, call, expected, #call))
/* The same for a call that counts: fewer is right after a refusal. */
#define GOT_COUNT(conn, call, expected)                                        \
	(nomem_mark(), nomem_judge_count(conn, call, expected, #call))
/* The same for a call that may do what it is for without that memory. */
#define GOT_ANYHOW(conn, call, expected)                                       \
	(nomem_mark(), nomem_judge_lenient(conn, call, expected, #call))
/* Notes what was refused before the call. */
void nomem_mark(void);
bool nomem_judge(
    struct msync_conn *conn, int code, int expected, const char *call);
bool nomem_judge_count(
    struct msync_conn *conn, int code, int expected, const char *call);
bool nomem_judge_lenient(
    struct msync_conn *conn, int code, int expected, const char *call);
/* Whether nothing was refused so far. */
bool nomem_is_untouched(void);

/* Waits for a callback, which comes once where the call was started. */
struct ear {
	bool is_due; /* the call was started */
	int n_heard;
	int code;
	struct msync_grant *grant;
	struct msync_result *result;
};
void nomem_on_done(void *ctx, int code, struct msync_grant *grant,
    struct msync_result *result);
#define START(ear, conn, call) ((ear)->is_due = GOT(conn, call, 0))
/* Waits for what the handle wants, and processes it. */
void nomem_process(struct msync_conn *conn);
/* Processes until the callback has come. */
void nomem_wait(struct msync_conn *conn, struct ear *ear);
/* The same, and judges its code. True: as expected. */
bool nomem_hear(struct msync_conn *conn, struct ear *ear, int expected);
/* The callback was called as often as is right; frees what it was given. */
void nomem_end(struct ear *ear);

/* Values for flights and pools, whose callbacks these are. */
int nomem_on_create(void *ctx, char **json, size_t *len);
void nomem_on_destroy(void *ctx, const char *json, size_t len);

/* The whole of it, in parts. */
void nomem_play(void);
void nomem_play_started(void);
void nomem_play_silence(void);

#endif
