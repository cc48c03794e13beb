/* SPDX-License-Identifier: MIT */
/* The list of keys, page by page, and the words for who holds and who waits. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli.h"
#include "cli_text.h"

#include <jansson.h>

/* What to ask for; NULL, and false: everything. */
struct list_query {
	const char *kind, *key, *prefix;
	bool is_waiting;
};

/* Called for each key, with its object as msyncd-protocol(7) describes it;
 * false: that is enough. */
typedef bool (*list_fn)(void *ctx, const json_t *key);

/* Asks for all pages. 0 or a code. */
int list_each(struct msync_conn *conn, const struct list_query *query,
    list_fn fn, void *ctx);

/* The object without its braces, as msync_ask wants it, from malloc(3); NULL
 * where there is no memory. Frees the object. */
char *list_members(json_t *members);

/* A member that is text, or ""; that is a number, or otherwise. */
const char *list_text(const json_t *object, const char *name);
int64_t list_number(const json_t *object, const char *name, int64_t otherwise);
/* The first of the holders or waiters, or NULL. */
const json_t *list_first(const json_t *key, const char *name);

#define LIST_WHO_BYTES (3 * TEXT_ESCAPED_BYTES)

/* "pid 4711 (report.py, uid www)", of a holder or waiter; "somebody (uid www)",
 * "a detached hold (uid www)". Returns to. */
const char *list_who(char to[LIST_WHO_BYTES], const json_t *claim);

#endif
