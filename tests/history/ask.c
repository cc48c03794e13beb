/* SPDX-License-Identifier: MIT */
/* What a slot asks for, and what it does with a refusal: see client.h. */
#include "client.h"

#define NEVER_CANCEL NEVER

/* Waits: for ever, not at all, or for some time: the shortest often end when
 * the grant comes. */
static void choose_wait(struct dice *dice, struct record *r)
{
	uint32_t luck = dice_below(dice, 100);

	if (luck < 50)
		r->wait_ms = -1;
	else if (luck < 60)
		r->wait_ms = 0;
	else if (luck < 85)
		r->wait_ms = (int32_t)dice_between(dice, 1, 25);
	else
		r->wait_ms = (int32_t)dice_between(dice, 26, 250);
	if (dice_percent(dice, 5)) {
		r->flags |= FLAG_BOUNDED;
		r->number = dice_below(dice, 8);
	}
}

/* The lead of a flight cannot; and an object that went to nobody would be idle
 * from then on, which no journal says. */
static bool may_be_detached(const struct record *r)
{
	return r->op != OP_BEGIN && plan[r->key].max_idle_ms == 0;
}

/* Leases: one that is long enough, one that runs out, or a detached hold. */
static void choose_lease(struct dice *dice, struct slot *slot, struct record *r)
{
	bool lock = r->op == OP_ACQUIRE;
	uint32_t luck = dice_below(dice, 100);

	if (lock && !plan[r->key].leases)
		return;
	if (luck < 8) {
		r->span_ms = dice_between(dice, 100, 400);
	} else if (luck < 10) {
		r->span_ms = dice_between(dice, 10, 40);
		slot->lingers = true;
	} else if (luck < 14) {
		r->span_ms = dice_between(dice, 40, 150);
		slot->renews = true;
		slot->lingers = dice_percent(dice, 25);
	} else if (luck < 16) {
		r->span_ms = dice_between(dice, 5, 30);
		slot->sleeps = true;
	} else if (luck < 22 && may_be_detached(r)) {
		r->span_ms = dice_between(dice, 10, 60);
		r->flags |= FLAG_DETACHED;
		slot->leaves = dice_percent(dice, 20);
	}
}

static void choose_rest(struct dice *dice, struct record *r)
{
	const struct plan *key = &plan[r->key];

	if (r->op == OP_BORROW && dice_percent(dice, 15))
		r->op = OP_TRY;
	if (r->op == OP_TRY) {
		r->wait_ms = 0;
		r->flags &= (uint32_t)~FLAG_BOUNDED;
	}
	if (r->op == OP_TRY || r->op == OP_BORROW)
		r->count = dice_between(dice, 1, key->max_permits);
	if (r->op == OP_BEGIN && dice_percent(dice, 30))
		r->count = dice_between(dice, 1, MAX_MAX_LEADERS);
}

/* The first key of each kind is the one most wanted. */
static uint8_t choose_key(struct dice *dice)
{
	uint32_t kind = dice_below(dice, KIND_N);
	uint32_t luck = dice_below(dice, 4);

	return (uint8_t)(PLAN_FIRST(kind) + (luck < 2 ? 0 : luck - 1));
}

/* Now and then it forgets a flight or clears a pool instead. */
static bool do_something_else(
    struct client *client, struct slot *slot, uint8_t key)
{
	const struct plan *what = &plan[key];
	struct record r = {.key = key};

	if (!dice_percent(&client->dice, 5))
		return false;
	if (what->kind == KIND_FLIGHT && what->forgets)
		r.op = OP_FORGET;
	else if (what->kind == KIND_POOL && !what->items && !what->by_use)
		r.op = OP_CLEAR;
	else
		return false;
	slot->state = SLOT_TRIES;
	slot->due = NEVER;
	client_send(client, slot, &r);
	return true;
}

void slot_ask(struct client *client, struct slot *slot)
{
	static const uint8_t ops[KIND_N] = {
	    OP_ACQUIRE, OP_BORROW, OP_BEGIN, OP_GET};
	struct dice *dice = &client->dice;
	struct record r = {.key = choose_key(dice)};
	struct record ping = {.op = OP_PING};

	*slot = (struct slot){.state = SLOT_ASKED, .due = NEVER_CANCEL};
	if (do_something_else(client, slot, r.key))
		return;
	r.op = ops[plan[r.key].kind];
	choose_wait(dice, &r);
	choose_lease(dice, slot, &r);
	choose_rest(dice, &r);
	if (r.wait_ms != 0 && dice_percent(dice, 10))
		slot->due = client_after(client, 0, 20000);
	slot->ask = r;
	slot->ask.id = client_send(client, slot, &r);
	/* Its answer proves that the daemon has taken the request. */
	ping.about = slot->ask.id;
	if (r.wait_ms != 0)
		client_send(client, slot, &ping);
	atomic_fetch_add(&client->control->n_asked, 1);
}

void slot_cancel(struct client *client, struct slot *slot)
{
	struct record r = {.op = OP_CANCEL, .about = slot->ask.id};

	slot->due = NEVER;
	slot->cancels = true;
	client_send(client, slot, &r);
}

/* The answer to what was cancelled has come before. */
void slot_on_cancelled(struct client *client, struct slot *slot)
{
	slot->cancels = false;
	if (slot->state == SLOT_ASKED && slot->answered)
		slot_rest(client, slot);
}

void slot_on_answer(
    struct client *client, struct slot *slot, const struct record *answer)
{
	if (answer->flags & FLAG_GRANTED)
		slot_hold(client, slot, answer);
	else if (slot->cancels)
		slot->answered = true;
	else
		slot_rest(client, slot);
}
