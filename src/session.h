/* SPDX-License-Identifier: MIT */
/*
 * A session: one connection as the core sees it, with its waiting and its held
 * claims. The server knows a session by its id alone: the low half is a slot
 * that is used again, the high half a serial number that is not, so an id of
 * a session that has left finds nobody.
 */
#ifndef SESSION_H
#define SESSION_H

#include "cell.h"
#include "quota.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct claim;
struct watch;

/* What the kernel says of the other end. pid 0: not known. */
struct peer {
	uid_t uid;
	pid_t pid;
	const gid_t *groups; /* all that it is in; borrowed */
	size_t n_groups;
};

struct session {
	uint64_t id;
	struct peer peer;        /* with groups of its own */
	struct account *account; /* of peer.uid; outlives the session */
	char *client;            /* the name it gave with hello, owned; NULL */
	bool multiplexed;        /* serves several flows of control */
	bool wants_lost;         /* asked for events "lost" */
	struct watch *watch;     /* what it is told (watch.c); NULL: nothing */
	char *program;           /* its name, owned, for watches only; NULL */
	bool is_gone;            /* its connection is: its waits are void */
	bool is_leaving;         /* is in the list of those (chore.h) */
	struct claim *waiting;   /* its waits, oldest first */
	struct claim *held;      /* its holds, newest first */
	uint32_t n_held;
	int64_t told_lost; /* the newest hold whose loss was told before its
			    * end; 0: none */
	struct session *prev, *next; /* in the list of those that leave */
	struct table by_id; /* its waits that have an id (claim_find.c) */
};

/* All sessions, by slot. */
struct session_table {
	struct session **slots; /* owned; NULL: free */
	uint32_t *free_slots;   /* a stack of them */
	uint32_t n_slots, n_free, cap;
	uint32_t serial; /* of the session that joined last */
	uint32_t n_sessions;
	struct cells cells; /* what sessions are made of */
};

#define SESSION_SLOT(id) ((uint32_t)((id)&UINT32_MAX))

/* A new session without claims, owned by the table until session_remove. */
struct session *session_new(struct session_table *table,
    const struct peer *peer, struct account *account);
/* The session with this id, or NULL. Valid until it is removed. */
struct session *session_find(const struct session_table *table, uint64_t id);
/* Frees a session that has no claims any more. */
void session_remove(struct session_table *table, struct session *session);
/* Frees the table; it must be empty. */
void session_table_deinit(struct session_table *table);

#endif
