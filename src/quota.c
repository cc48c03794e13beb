/* SPDX-License-Identifier: MIT */
/* Accounts per uid: see quota.h. */
#include "quota.h"

#include <assert.h>
#include <string.h>

void quota_init(struct quota *quota, const struct quota_shares *shares,
    const uint8_t hash_key[SIP_KEY_BYTES])
{
	*quota = (struct quota){.shares = *shares};
	memcpy(quota->hash_key, hash_key, sizeof(quota->hash_key));
}

bool quota_account_is_idle(const struct account *account)
{
	for (int share = 0; share < QUOTA_N_SHARES; share++) {
		if (account->used[share] != 0)
			return false;
	}
	return account->n_users == 0 && account->detached == NULL &&
	       account->abandoned == NULL;
}

void quota_set_shares(struct quota *quota, const struct quota_shares *shares)
{
	for (int i = 0; i < QUOTA_N_SHARES; i++) {
		if (shares->most[i] < quota->shares.most[i])
			quota->was_lowered = true;
	}
	quota->shares = *shares;
}

void quota_deinit(struct quota *quota)
{
	struct account *account, *next;

	HASH_ITER(hh, quota->accounts, account, next) {
		assert(quota_account_is_idle(account));
		quota_settle(quota, account);
	}
}

struct account *quota_account(struct quota *quota, uid_t uid)
{
	struct account *account;
	/* Who has a range of uids to give away can choose among them. */
	unsigned hash = (unsigned)sip_hash(quota->hash_key, &uid, sizeof(uid));

	HASH_FIND_BYHASHVALUE(
	    hh, quota->accounts, &uid, sizeof(uid), hash, account);
	if (account == NULL) {
		account = xcalloc(1, sizeof(*account));
		account->uid = uid;
		HASH_ADD_BYHASHVALUE(
		    hh, quota->accounts, uid, sizeof(uid), hash, account);
	}
	return account;
}

void quota_settle(struct quota *quota, struct account *account)
{
	if (!quota_account_is_idle(account))
		return;
	HASH_DEL(quota->accounts, account);
	free(account);
}

void quota_keep(struct account *account)
{
	account->n_users++;
}

void quota_let_go(struct quota *quota, struct account *account)
{
	assert(account->n_users > 0);
	account->n_users--;
	quota_settle(quota, account);
}

bool quota_has_room(const struct quota *quota, const struct account *account,
    enum quota_share share, size_t n)
{
	size_t most = quota->shares.most[share];

	return n == 0 || (n <= most && account->used[share] <= most - n);
}

void quota_charge(struct account *account, enum quota_share share, size_t n)
{
	account->used[share] += n;
}

void quota_give_back(struct account *account, enum quota_share share, size_t n)
{
	assert(account->used[share] >= n);
	account->used[share] -= n;
}

bool quota_has_buffers(
    const struct quota *quota, const struct account *account, size_t n)
{
	size_t least = quota->shares.most[QUOTA_BYTES] / 4;

	return quota_has_room(quota, account, QUOTA_BYTES, n) ||
	       (n <= least && account->buffers <= least - n);
}

void quota_charge_buffers(struct account *account, size_t n)
{
	account->buffers += n;
	quota_charge(account, QUOTA_BYTES, n);
}

void quota_give_back_buffers(struct account *account, size_t n)
{
	assert(account->buffers >= n);
	account->buffers -= n;
	quota_give_back(account, QUOTA_BYTES, n);
}

const char *quota_share_name(enum quota_share share)
{
	static const char *const names[QUOTA_N_SHARES] = {
	    [QUOTA_CONNECTIONS] = "connections",
	    [QUOTA_WAITS] = "waiting requests",
	    [QUOTA_KEYS] = "keys",
	    [QUOTA_BYTES] = "bytes of values and buffers",
	};

	return names[share];
}
