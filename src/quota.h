/* SPDX-License-Identifier: MIT */
/*
 * Accounts: what the processes of one uid use of the daemon, and how much they
 * may. Whoever makes the daemon keep something charges it first and gives it
 * back when it is gone (dbus-broker: util/user.c).
 */
#ifndef QUOTA_H
#define QUOTA_H

#include "blob.h"
#include "sip.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct claim;
struct lock;

/* What is counted. */
enum quota_share {
	QUOTA_CONNECTIONS,
	QUOTA_WAITS, /* requests that wait */
	QUOTA_KEYS,  /* requests and holds, and what stands without them: limits
		      * and pools that were set, pool objects, kept results */
	QUOTA_BYTES, /* of values that are kept, of lines that are not whole
		      * yet, and of answers that wait to be read */
	QUOTA_N_SHARES
};

/* The most that one uid may use of each. */
struct quota_shares {
	size_t most[QUOTA_N_SHARES];
};

struct account {
	uid_t uid;
	size_t used[QUOTA_N_SHARES];
	size_t buffers;         /* part of the bytes: not of values kept */
	size_t n_users;         /* who holds on to it, charges or not */
	struct shared *shared;  /* table: see quota_charge_shared */
	struct claim *detached; /* its detached holds, newest first (claim.c) */
	struct lock *abandoned; /* locks to be remembered, oldest first, */
	size_t n_abandoned;     /* and how many (lock.c) */
	UT_hash_handle hh;
};

struct quota {
	struct quota_shares shares;
	bool was_lowered;         /* so somebody may use more */
	struct account *accounts; /* owned, by uid */
	uint8_t hash_key[SIP_KEY_BYTES];
};

void quota_init(struct quota *quota, const struct quota_shares *shares,
    const uint8_t hash_key[SIP_KEY_BYTES]);
/* Changes the shares. */
void quota_set_shares(struct quota *quota, const struct quota_shares *shares);
/* Frees all accounts; asserts that everything was given back. */
void quota_deinit(struct quota *quota);

/* The account of the uid, made when it is not there. Valid until it is
 * settled. */
struct account *quota_account(struct quota *quota, uid_t uid);
/* Frees the account if nothing is charged to it or linked to it. */
void quota_settle(struct quota *quota, struct account *account);

/* Holds on to the account, so that it is not freed meanwhile; lets go of it,
 * and settles it. */
void quota_keep(struct account *account);
void quota_let_go(struct quota *quota, struct account *account);

/* Whether nothing is charged to it or linked to it. */
bool quota_account_is_idle(const struct account *account);
/* Whether n more of the share would still be within it. */
bool quota_has_room(const struct quota *quota, const struct account *account,
    enum quota_share share, size_t n);
/* Charges n; the caller has asked quota_has_room, or may not be refused. */
void quota_charge(struct account *account, enum quota_share share, size_t n);
/* Gives n back. */
void quota_give_back(struct account *account, enum quota_share share, size_t n);

/* The same for bytes of buffers: lines that are not whole, and unread answers.
 * A quarter of the share is theirs even if values have used it up, or nobody
 * could say any more what is to become of these. */
bool quota_has_buffers(
    const struct quota *quota, const struct account *account, size_t n);
void quota_charge_buffers(struct account *account, size_t n);
void quota_give_back_buffers(struct account *account, size_t n);
/* Charges the bytes of a value that is on its way to one of the uid's
 * connections; gives them back. However many it goes to, they count once. */
void quota_charge_shared(struct account *account, const struct blob *blob);
void quota_give_back_shared(struct account *account, const struct blob *blob);

/* For messages: "connections", "waiting requests" … */
const char *quota_share_name(enum quota_share share);

#endif
