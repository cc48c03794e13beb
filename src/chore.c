/* SPDX-License-Identifier: MIT */
/* What takes more than one turn: see chore.h. */
#include "chore.h"

#include "core.h"
#include "watch.h"

#include <assert.h>
#include <string.h>

void chores_deinit(struct chores *chores)
{
	assert(chores->leaving == NULL && chores->n_owed == 0);
	free(chores->owed);
	chores->owed = NULL;
	chores->cap_owed = 0;
}

bool chores_wait(const struct core *core)
{
	const struct chores *chores = &core->chores;

	return chores->is_behind || chores->leaving != NULL ||
	       chores->n_owed > 0;
}

/* Sessions that leave ---------------------------------------------- */

void chore_stop_waiting(struct core *core, struct session *session)
{
	size_t *n_left = &core->chores.n_leaves;

	session->is_gone = true;
	for (; session->waiting != NULL && *n_left > 0; --*n_left)
		claim_leave(core, session->waiting->mine_prev);
}

/* Ends what the portion allows of it; false: there is more. */
static bool leaves(struct core *core, struct session *session)
{
	size_t *n_left = &core->chores.n_leaves;

	chore_stop_waiting(core, session);
	if (session->waiting != NULL)
		return false;
	for (; session->held != NULL && *n_left > 0; --*n_left)
		claim_end(core, session->held->mine_prev, CLAIM_LOST);
	return session->held == NULL;
}

static void end_session(struct core *core, struct session *session)
{
	struct account *account = session->account;

	quota_give_back(account, QUOTA_CONNECTIONS, 1);
	core->n_users -= account->used[QUOTA_CONNECTIONS] == 0;
	session_remove(&core->sessions, session);
	quota_settle(&core->quota, account);
}

void chore_leave(struct core *core, struct session *session)
{
	struct chores *chores = &core->chores;

	session->is_gone = true;
	watch_end(core, session);
	if (chores->leaving == NULL && leaves(core, session)) {
		end_session(core, session);
		return;
	}
	session->is_leaving = true;
	DL_APPEND(chores->leaving, session);
}

static void go_on_leaving(struct core *core)
{
	struct chores *chores = &core->chores;
	struct session *first;

	chores->n_leaves = chores->portion;
	while ((first = chores->leaving) != NULL && leaves(core, first)) {
		DL_DELETE(chores->leaving, first);
		end_session(core, first);
	}
}

/* Objects that are served on --------------------------------------- */

void chore_owe(struct core *core, struct object *object)
{
	struct chores *chores = &core->chores;

	if (object->is_owed)
		return;
	if (chores->n_owed == chores->cap_owed) {
		chores->cap_owed =
		    chores->cap_owed == 0 ? 4 : 2 * chores->cap_owed;
		chores->owed = xrealloc(
		    chores->owed, chores->cap_owed * sizeof(*chores->owed));
	}
	chores->owed[chores->n_owed++] = object;
	object->is_owed = true;
}

void chore_forget(struct core *core, struct object *object)
{
	struct chores *chores = &core->chores;
	size_t i = 0;

	if (!object->is_owed)
		return;
	while (chores->owed[i] != object)
		i++;
	chores->n_owed--;
	memmove(&chores->owed[i], &chores->owed[i + 1],
	    (chores->n_owed - i) * sizeof(*chores->owed));
	object->is_owed = false;
}

void chores_do(struct core *core)
{
	struct chores *chores = &core->chores;

	go_on_leaving(core);
	if (chores->n_owed > 0) {
		struct object *first = chores->owed[0];

		/* It comes in again at the end if this is not all. */
		chore_forget(core, first);
		object_settle(core, first);
	}
}
