/* SPDX-License-Identifier: MIT */
/* Requests of the typed calls, each written once for the call that waits and
 * for its _start. All return a call that is under way, or NULL after they have
 * put the reason into *code. */
#ifndef CALLS_H
#define CALLS_H

#include "call.h"

/* What a call that waits begins with, and what a _start begins with: a handle
 * that is ours and connected. 0 or a code. */
int calls_check(struct msync_conn *conn);
int calls_check_start(struct msync_conn *conn);

/* The key as it is sent, with the instance of the handle. A key that is too
 * long is cut, but stays too long for the daemon. */
#define CALLS_KEY_BYTES (2 * WIRE_MAX_KEY_BYTES + 4)
const char *calls_key(
    const struct msync_conn *conn, const char *key, char full[CALLS_KEY_BYTES]);

/* A call that asks for a turn: with the key, the wait, the lease and the
 * bound of the queue written. */
struct msync_call *calls_ask_turn(struct msync_conn *conn,
    const struct call_type *type, enum msync_kind kind, const char *key,
    int wait_ms, const struct msync_terms *terms, int *code);
/* Sends it; NULL where that fails. */
struct msync_call *calls_send(struct msync_call *call, int wait_ms, int *code);
/* Sends it and waits for a yes or no. call may be NULL, with the code. */
int calls_wait(struct msync_call *call, int code);
/* The end of a _start: leaves a call that was sent to fn. The same. */
int calls_started(struct msync_call *call, int code, msync_done_fn fn,
    void *ctx, struct msync_call **started);
/* For where call_new has answered NULL: the code of that; NULL. */
struct msync_call *calls_no_memory(int *code);

/* Whether a grant can be acted upon: 0 or a code. */
int calls_check_grant(struct msync_grant *grant, bool is_start);
/* The same, and it must be of this kind. */
int calls_check_grant_of(
    struct msync_grant *grant, enum msync_kind kind, bool is_start);
/* A call about one's own hold: with its key and token written. */
struct msync_call *calls_about(struct msync_grant *grant,
    const struct call_type *type, const char *op, int *code);
/* What lets go of a grant that nobody has any more use for. The grant is freed
 * when it is answered. NULL, with the code: it could not be sent; the grant is
 * untouched. */
struct msync_call *calls_release(struct msync_grant *grant, int *code);

/* An operation on a key, without more; call_plain or another type. */
struct msync_call *calls_of_key(struct msync_conn *conn,
    const struct call_type *type, const char *op, const char *key, int *code);

/* Asks it and waits; the whole answer is the result. */
int calls_ask_key(struct msync_conn *conn, const char *op, const char *key,
    struct msync_result **result);

/* Ends both forms of a call about a grant. call may be NULL, with the code. */
int calls_wait_about(
    struct msync_grant *grant, struct msync_call *call, int code);
int calls_start_about(struct msync_grant *grant, struct msync_call *call,
    int code, msync_done_fn fn, void *ctx);

#endif
