/* SPDX-License-Identifier: MIT */
/* Who waits for whom: see cli_chain.h. */
#include "cli_chain.h"

#include <stdlib.h>
#include <string.h>

/* The picture ------------------------------------------------------ */

static bool add_wait(
    struct chain_view *view, const json_t *key, const json_t *claim)
{
	if (view->n_waits == view->cap_waits) {
		size_t more = 2 * view->cap_waits + 64;
		struct chain_wait *bigger =
		    realloc(view->waits, more * sizeof(*bigger));

		if (bigger == NULL)
			return false;
		view->waits = bigger;
		view->cap_waits = more;
	}
	view->waits[view->n_waits++] = (struct chain_wait){
	    .pid = (int)list_number(claim, "pid", 0),
	    .key = key,
	    .claim = claim,
	};
	return true;
}

/* Keeps the key, and lists those who wait for it. */
static bool on_key(void *ctx, const json_t *key)
{
	struct chain_view *view = ctx;
	size_t i;
	const json_t *claim;
	bool is_good =
	    json_array_append_new(view->keys, json_incref((json_t *)key)) == 0;

	json_array_foreach(json_object_get(key, "waiters"), i, claim) {
		is_good = is_good && add_wait(view, key, claim);
	}
	return is_good;
}

static int compare(const void *a, const void *b)
{
	const struct chain_wait *one = a, *other = b;
	int64_t left, right;

	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	left = list_number(one->claim, "waited_ms", 0);
	right = list_number(other->claim, "waited_ms", 0);
	return (left < right) - (left > right);
}

int chain_look(struct msync_conn *conn, struct chain_view *view)
{
	const struct list_query query = {.is_waiting = true};
	int code;

	*view = (struct chain_view){.keys = json_array()};
	code = list_each(conn, &query, on_key, view);
	if (view->n_waits > 0)
		qsort(
		    view->waits, view->n_waits, sizeof(*view->waits), compare);
	procs_init(&view->procs);
	return code;
}

void chain_view_deinit(struct chain_view *view)
{
	procs_deinit(&view->procs);
	free(view->waits);
	json_decref(view->keys);
}

/* Following -------------------------------------------------------- */

/* The longest wait of a descendant of the process. */
static const struct chain_wait *wait_below(
    const struct chain_view *view, int pid)
{
	const struct chain_wait *longest = NULL;
	int64_t most = -1;

	for (size_t i = 0; i < view->n_waits; i++) {
		const struct chain_wait *wait = &view->waits[i];
		int64_t ms = list_number(wait->claim, "waited_ms", 0);

		if (ms > most && wait->pid > 0 &&
		    procs_descends(&view->procs, wait->pid, pid)) {
			longest = wait;
			most = ms;
		}
	}
	return longest;
}

const struct chain_wait *chain_wait_of(
    const struct chain_view *view, const json_t *holder)
{
	int pid = (int)list_number(holder, "pid", 0);

	if (pid <= 0 || json_is_true(json_object_get(holder, "detached")))
		return NULL;
	for (size_t i = 0; i < view->n_waits; i++) {
		if (view->waits[i].pid == pid)
			return &view->waits[i];
	}
	if (strcmp(list_text(holder, "command"), "msync") != 0)
		return NULL;
	return wait_below(view, pid);
}

static bool is_same_key(const json_t *one, const json_t *other)
{
	return strcmp(list_text(one, "kind"), list_text(other, "kind")) == 0 &&
	       strcmp(list_text(one, "key"), list_text(other, "key")) == 0;
}

static bool has_key(const struct chain *chain, const json_t *key)
{
	for (size_t i = 0; i < chain->n_links; i++) {
		if (is_same_key(chain->links[i].key, key))
			return true;
	}
	return false;
}

void chain_follow(
    const struct chain_view *view, const json_t *key, struct chain *chain)
{
	*chain = (struct chain){.end = CHAIN_LONG};
	while (chain->n_links < CHAIN_MAX_LINKS) {
		struct chain_link *link = &chain->links[chain->n_links];

		link->key = key;
		link->holder = list_first(key, "holders");
		if (link->holder == NULL) {
			chain->end = CHAIN_NOBODY;
			return;
		}
		chain->n_links++;
		link->wait = chain_wait_of(view, link->holder);
		if (link->wait == NULL) {
			chain->end = CHAIN_CULPRIT;
			return;
		}
		key = link->wait->key;
		if (has_key(chain, key)) {
			chain->end = CHAIN_CIRCLE;
			return;
		}
	}
}
