/* SPDX-License-Identifier: MIT */
/*
 * A grant: what the caller has of a hold. It is made with the request that
 * asks for it, so that an answer never needs memory to be understood, and
 * lives until the caller releases it.
 *
 *   ASKED --answer--> HELD --put, finish, …--> LETTING --ok--> ENDED
 *                      |  ^------- refused -------'
 *                      '--- lease, connection ---> LOST
 */
#ifndef GRANT_H
#define GRANT_H

#include "list.h"
#include "msync.h"
#include "reader.h"

#include <stdbool.h>

enum grant_state {
	GRANT_ASKED,
	GRANT_HELD,
	GRANT_LETTING, /* a request that lets go is under way */
	GRANT_ENDED,   /* let go */
	GRANT_LOST,    /* ended without our doing */
};

struct msync_grant {
	struct list link; /* in conn->grants while HELD or LETTING and not
			   * detached, in conn->untold when lost, or alone */
	struct list all;  /* in conn->all, from its making to its end */
	struct msync_call *asked_by; /* that has it for its caller; NULL: the
				      * caller has it, or it is not granted */
	struct msync_conn *conn;     /* NULL when that was closed */
	enum msync_kind kind;
	enum grant_state state;
	bool is_detached;
	bool is_released;   /* the caller is done with it; freed when the call
			     * about it has ended */
	bool is_given_back; /* nobody wanted it */
	bool is_own;        /* the library's, around a callback; its caller
			     * does not know it */
	bool is_abandoned;
	bool is_created;  /* pool: to be created, and not put yet */
	bool is_broken;   /* pool: msync_pool_drop was called */
	unsigned n_calls; /* under way about it */
	int attempt;
	int64_t token;
	char lost_why[16]; /* the reason, when lost */
	char *value;       /* pool: owned; NULL: none */
	size_t len;
	char key[]; /* with its instance */
};

/* A grant to be asked for; NULL where there is no memory. */
struct msync_grant *grant_new(struct msync_conn *conn, enum msync_kind kind,
    const char *key, bool is_detached);
/* Frees it at once. NULL is allowed. */
void grant_free(struct msync_grant *grant);
/* The answer has granted it. */
void grant_begin(struct msync_grant *grant, const struct reply *reply);
/* Gives it a copy of a value; false where there is no memory. */
bool grant_set_value(struct msync_grant *grant, const char *json, size_t len);
/* It was let go. */
void grant_end(struct msync_grant *grant);
/* It has ended without our doing: on_lost will be told. Where its caller has
 * not got it yet, it never will, and is told the code instead. */
void grant_lose(struct msync_grant *grant, const char *why, int code);
/* The same, by the caller's own doing: on_lost is not told. */
void grant_drop(struct msync_grant *grant, const char *why, int code);
/* A call about it has ended. Where the caller has released it: lets go of what
 * is still held, and frees it. */
void grant_leave(struct msync_grant *grant);
/* Lets go of what nobody wants, without waiting, and frees it. Where that
 * cannot be sent, the connection ends, and the hold with it. */
void grant_give_back(struct msync_grant *grant);
/* Frees those that are around callbacks, which never came back. They have
 * ended. */
void grant_free_own(struct msync_conn *conn);
/* The handle is closed: its grants stay, without it. */
void grant_orphan_all(struct msync_conn *conn);
/* An event: this hold is lost. */
void grant_take_event(struct msync_conn *conn, const struct reply *reply);

#endif
