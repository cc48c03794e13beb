/* SPDX-License-Identifier: MIT */
/* Sessions and their table: see session.h. */
#include "session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MIN_SLOTS 64

static void grow(struct session_table *table)
{
	if (table->cap == 0)
		cells_init(&table->cells, sizeof(struct session));
	table->cap = table->cap == 0 ? MIN_SLOTS : 2 * table->cap;
	table->slots =
	    xrealloc(table->slots, table->cap * sizeof(*table->slots));
	table->free_slots = xrealloc(
	    table->free_slots, table->cap * sizeof(*table->free_slots));
}

static uint32_t take_slot(struct session_table *table)
{
	if (table->n_free > 0)
		return table->free_slots[--table->n_free];
	if (table->n_slots == table->cap)
		grow(table);
	return table->n_slots++;
}

static const gid_t *copy_groups(const struct peer *peer)
{
	gid_t *copy;

	if (peer->n_groups == 0)
		return NULL;
	copy = xcalloc(peer->n_groups, sizeof(*copy));
	memcpy(copy, peer->groups, peer->n_groups * sizeof(*copy));
	return copy;
}

struct session *session_new(struct session_table *table,
    const struct peer *peer, struct account *account)
{
	uint32_t slot = take_slot(table);
	struct session *session = cell_take(&table->cells);

	memset(session, 0, sizeof(*session));
	if (++table->serial == 0)
		table->serial = 1; /* no id is ever 0 */
	session->id = (uint64_t)table->serial << 32 | slot;
	session->peer = *peer;
	session->peer.groups = copy_groups(peer);
	session->account = account;
	table->slots[slot] = session;
	table->n_sessions++;
	return session;
}

struct session *session_find(const struct session_table *table, uint64_t id)
{
	uint32_t slot = SESSION_SLOT(id);
	struct session *session;

	if (slot >= table->n_slots)
		return NULL;
	session = table->slots[slot];
	return session != NULL && session->id == id ? session : NULL;
}

void session_remove(struct session_table *table, struct session *session)
{
	uint32_t slot = SESSION_SLOT(session->id);

	assert(session->waiting == NULL && session->held == NULL);
	assert(session->watch == NULL);
	table->slots[slot] = NULL;
	table->free_slots[table->n_free++] = slot;
	table->n_sessions--;
	table_deinit(&session->by_id);
	free((void *)session->peer.groups);
	free(session->client);
	free(session->program);
	cell_give(&table->cells, session);
}

void session_table_deinit(struct session_table *table)
{
	assert(table->n_sessions == 0);
	free(table->slots);
	free(table->free_slots);
	cells_deinit(&table->cells);
	*table = (struct session_table){0};
}
