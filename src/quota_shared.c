/* SPDX-License-Identifier: MIT */
/* Values on their way to several connections of one uid: see quota.h. */
#include "quota.h"

#include <assert.h>

/* A value, and how many of the uid's answers it is part of. */
struct shared {
	const struct blob *blob; /* each answer has a reference of its own */
	size_t n_answers;
	UT_hash_handle hh;
};

/* Addresses are not for clients to choose; their last bits are all the same. */
static unsigned hash_of(const struct blob *blob)
{
	return (unsigned)((uintptr_t)blob >> 4);
}

static struct shared *find(
    const struct account *account, const struct blob *blob)
{
	struct shared *shared;

	HASH_FIND_BYHASHVALUE(
	    hh, account->shared, &blob, sizeof(blob), hash_of(blob), shared);
	return shared;
}

void quota_charge_shared(struct account *account, const struct blob *blob)
{
	struct shared *shared = find(account, blob);

	if (shared == NULL) {
		shared = xcalloc(1, sizeof(*shared));
		shared->blob = blob;
		HASH_ADD_BYHASHVALUE(hh, account->shared, blob, sizeof(blob),
		    hash_of(blob), shared);
		quota_charge_buffers(account, blob->len);
	}
	shared->n_answers++;
}

void quota_give_back_shared(struct account *account, const struct blob *blob)
{
	struct shared *shared = find(account, blob);

	assert(shared != NULL);
	if (--shared->n_answers > 0)
		return;
	quota_give_back_buffers(account, blob->len);
	HASH_DEL(account->shared, shared);
	free(shared);
}
