/* SPDX-License-Identifier: MIT */
/*
 * Rules: who may use which keys, and who may end what others hold. The
 * configuration makes them; names have become numbers by then. Without a rule
 * that allows something, everybody may use every key; without one that makes
 * somebody an admin, nobody is, root included.
 */
#ifndef RULES_H
#define RULES_H

#include "session.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One block of the configuration. It is about whoever has one of the uids or
 * is in one of the groups; about everybody where it lists neither. */
struct rule {
	uid_t *uids; /* owned, like all of these */
	size_t n_uids;
	gid_t *gids;
	size_t n_gids;
	char **prefixes; /* of keys; none: all keys */
	size_t n_prefixes;
	char *where; /* where the configuration has it, for messages */
};

struct rules {
	struct rule *allow; /* owned */
	size_t n_allow;
	struct rule *admin; /* owned */
	size_t n_admin;
};

/* Whether the peer may use the key. If not, *denies_out is the first rule that
 * is about this key and not about the peer; NULL: no rule is about it. */
bool rules_allow(const struct rules *rules, const struct peer *peer,
    const char *key, size_t len, const struct rule **denies_out);
/* Whether the peer may see who holds it and who waits: whoever may use it, and
 * admins. */
bool rules_show(const struct rules *rules, const struct peer *peer,
    const char *key, size_t len);
/* Whether the peer may end what others hold. */
bool rules_make_admin(const struct rules *rules, const struct peer *peer);
/* Frees what they consist of and leaves none. */
void rules_deinit(struct rules *rules);

#endif
