/* SPDX-License-Identifier: MIT */
/*
 * A page of the list of keys: a picture of some objects, with who holds them
 * and who waits, taken at one moment and bounded in all it looks at. As all
 * that the core has to say it is data; reply_page.c makes text of it.
 */
#ifndef PAGE_H
#define PAGE_H

#include "object.h"
#include "outbox.h"

struct session;

/* Bounds: what one page may look at and show. The costs of a page stay below
 * some milliseconds whatever there is. */
#define PAGE_MAX_PLACES 10000 /* of rosters, with or without an object */
#define PAGE_MAX_CLAIMS 250   /* of all its keys together */
#define PAGE_MAX_OF_KEY 100   /* holders, and waiters, of one key */

/* Where in the list of all keys a page begins. */
struct page_cursor {
	unsigned kind; /* enum wire_kind; WIRE_N_KINDS: the end */
	uint32_t place;
};

/* What to look for. */
struct page_query {
	const struct session *session;          /* who asks */
	const struct kind *kinds[WIRE_N_KINDS]; /* NULL: not this kind */
	const char *key;                        /* this one only, or NULL */
	size_t key_len;
	const char *prefix; /* borrowed, as the key is */
	size_t prefix_len;
	bool waiting; /* only what somebody waits for */
	size_t max;   /* so many keys at most */
	struct page_cursor from;
};

/* A holder, or a waiter: then held_ms is how long it has waited. */
struct page_claim {
	struct holder who;
	int64_t token;         /* 0: a waiter */
	int64_t lease_left_ms; /* -1: no lease */
	int64_t permits;       /* 0: not of a limit */
	bool detached;
};

struct page_key {
	struct page_cursor at;
	const char *state;
	size_t key_at, key_len; /* in texts */
	size_t first_member, n_members;
	size_t n_holders, n_waiters; /* there are */
	/* There are here, in order: the oldest first. */
	size_t first_claim, n_holders_shown, n_waiters_shown;
};

struct page {
	struct page_key *keys; /* these are owned: */
	struct page_claim *claims;
	struct member *members; /* integers only */
	char *texts;
	size_t n_keys, n_claims, n_members, n_texts;
	size_t cap_keys, cap_claims, cap_members, cap_texts;
	size_t n_looked;  /* places looked at, for tests */
	size_t max_bytes; /* of the answer, but for its slack */
	bool has_more;    /* not all was looked at */
	bool is_look_up;  /* a key was named: no page follows */
	struct page_cursor next;
};

/* Takes the picture. The caller owns it. */
struct page *page_new(const struct core *core, const struct page_query *query);
/* NULL is allowed. */
void page_free(struct page *page);

#endif
