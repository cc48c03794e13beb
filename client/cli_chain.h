/* SPDX-License-Identifier: MIT */
/*
 * Why a key is waited for: who holds it, what that process itself waits for,
 * who holds that, and so on to the one that waits for nothing.
 *
 *   lock db  <-- held by pid 1 --waits for--> lock till <-- held by pid 2
 *
 * A process waits where a request of its pid does. msync(1) also waits for its
 * command, so it waits where any of its descendants does: that is how nested
 * calls get stuck in a circle that the daemon cannot see. Of several holders,
 * the oldest is followed.
 */
#ifndef CLI_CHAIN_H
#define CLI_CHAIN_H

#include "cli_list.h"
#include "cli_procs.h"

/* A longer chain helps nobody. */
#define CHAIN_MAX_LINKS 20

struct chain_wait {
	int pid;
	const json_t *key;   /* a reference of the list's */
	const json_t *claim; /* the waiter, in it */
};

/* Everybody who waits, and all processes: a picture. */
struct chain_view {
	struct chain_wait *waits; /* owned, by rising pid, the longest first */
	size_t n_waits, cap_waits;
	json_t *keys; /* owned: those that are waited for */
	struct procs procs;
};

struct chain_link {
	const json_t *key, *holder;
	const struct chain_wait *wait; /* the holder's; NULL: for nothing */
};

enum chain_end {
	CHAIN_NOBODY,  /* the last key has no holder; there is no link of it */
	CHAIN_CULPRIT, /* the last holder waits for nothing */
	CHAIN_CIRCLE,  /* the last holder waits for a key of the chain */
	CHAIN_LONG,    /* it goes on */
};

struct chain {
	struct chain_link links[CHAIN_MAX_LINKS];
	size_t n_links;
	enum chain_end end;
};

/* Takes the picture. 0 or a code; view is to be ended either way. */
int chain_look(struct msync_conn *conn, struct chain_view *view);
void chain_view_deinit(struct chain_view *view);

/* What the holder waits for; NULL: nothing that we know of. */
const struct chain_wait *chain_wait_of(
    const struct chain_view *view, const json_t *holder);
/* Follows the chain from a key, an object of list. What it points to is the
 * key's and the view's. */
void chain_follow(
    const struct chain_view *view, const json_t *key, struct chain *chain);

#endif
