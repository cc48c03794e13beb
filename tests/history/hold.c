/* SPDX-License-Identifier: MIT */
/* What a slot does with what it was granted: see client.h. */
#include "client.h"

#include <string.h>

/* After four fifths of a lease. */
static int64_t linger(struct client *client, uint32_t lease_ms)
{
	return client_after(client, lease_ms * 780, lease_ms * 820);
}

/* Most let go at once, as happens where a lock is contended. */
static int64_t choose_end(struct client *client, const struct slot *slot)
{
	uint32_t luck = dice_below(&client->dice, 100);
	bool works = slot->ask.op == OP_BEGIN; /* or nobody would follow */

	if (slot->sleeps)
		return NEVER;
	if (slot->lingers && !slot->renews)
		return linger(client, slot->ask.span_ms);
	if (luck < 50 && !works)
		return 0;
	return client_after(client, 0, luck < 95 ? 2000 : 20000);
}

void slot_hold(
    struct client *client, struct slot *slot, const struct record *answer)
{
	slot->state = SLOT_HOLDS;
	slot->token = answer->token;
	slot->object = answer->thing;
	slot->version = answer->number;
	if (slot->leaves) {
		slot_rest(client, slot);
		return;
	}
	slot->due = choose_end(client, slot);
}

/* The number of a created object says who created it. */
static void put(struct client *client, struct slot *slot, struct record *r)
{
	struct dice *dice = &client->dice;
	bool created = slot->object == 0;

	r->op = OP_PUT;
	if (!plan[r->key].items && dice_percent(dice, 10)) {
		r->op = OP_DROP;
		r->thing = slot->object;
		return;
	}
	if (created)
		slot->object = (int64_t)client->number << 32 |
			       (0x10000 + ++client->n_objects);
	r->thing = slot->object;
	r->number = slot->version;
	if (created || dice_percent(dice, 60)) {
		r->flags |= FLAG_VALUE;
		r->number = ++slot->version;
	} else if (dice_percent(dice, 5)) {
		r->flags |= FLAG_NULL;
	}
}

static void land(struct client *client, struct record *r)
{
	struct dice *dice = &client->dice;
	uint32_t luck = dice_below(dice, 100);

	r->op = luck < 75 ? OP_FINISH : luck < 88 ? OP_FAIL : OP_ABANDON;
	if (r->op != OP_ABANDON && plan[r->key].keeps && dice_percent(dice, 60))
		r->span_ms = dice_between(dice, 1, 40);
}

/* Without a token the newest hold of the connection on the key is meant, so it
 * must not have another one; where it has none at all, nothing is meant. */
static uint32_t choose_name(struct client *client, const struct slot *slot)
{
	bool must =
	    client->n_slots > 1 || (slot->ask.flags & FLAG_DETACHED) != 0;

	return must || dice_percent(&client->dice, 50) ? FLAG_NAMED : 0;
}

static void give_back(struct client *client, struct slot *slot)
{
	struct record r = {.key = slot->ask.key, .token = slot->token};

	switch (plan[r.key].kind) {
	case KIND_LOCK:
		r.op = OP_RELEASE;
		break;
	case KIND_LIMIT:
		r.op = OP_RETURN;
		break;
	case KIND_FLIGHT:
		land(client, &r);
		break;
	default:
		put(client, slot, &r);
	}
	r.flags |= choose_name(client, slot);
	slot->state = SLOT_ENDS;
	slot->due = NEVER;
	client_send(client, slot, &r);
}

void slot_act(struct client *client, struct slot *slot)
{
	struct record r = {
	    .op = OP_RENEW, .key = slot->ask.key, .token = slot->token};

	if (!slot->renews && !slot->lost) {
		give_back(client, slot);
		return;
	}
	r.span_ms = slot->lingers ? dice_between(&client->dice, 20, 50)
				  : dice_between(&client->dice, 60, 400);
	slot->lease_ms = r.span_ms;
	/* Whoever has lost its hold tries to revive it, in vain. */
	slot->renews = false;
	slot->state = SLOT_RENEWS;
	slot->due = NEVER;
	client_send(client, slot, &r);
}

/* The lease of a sleeper has ended before, so it learns here that its token
 * is worth nothing. */
void slot_on_renewed(struct client *client, struct slot *slot)
{
	if (slot->lost) {
		give_back(client, slot);
		return;
	}
	slot->state = SLOT_HOLDS;
	slot->due = slot->lingers ? linger(client, slot->lease_ms)
				  : client_after(client, 0, 5000);
}

/* Gives back once more what has been given back. */
static void give_back_again(struct client *client, struct slot *slot)
{
	static const uint8_t ops[KIND_N] = {
	    OP_RELEASE, OP_RETURN, OP_FINISH, OP_PUT};
	struct record r = {.op = ops[plan[slot->ask.key].kind],
	    .key = slot->ask.key,
	    .token = slot->token,
	    .thing = slot->object,
	    .flags = choose_name(client, slot)};

	slot->state = SLOT_TRIES;
	client_send(client, slot, &r);
}

void slot_on_ended(
    struct client *client, struct slot *slot, const struct record *answer)
{
	if (slot->state == SLOT_TRIES) {
		slot_rest(client, slot);
	} else if (answer->flags & FLAG_YES) { /* null was ignored */
		slot->state = SLOT_HOLDS;
		slot->due = client_after(client, 0, 1000);
	} else if (dice_percent(&client->dice, 4)) {
		give_back_again(client, slot);
	} else {
		slot_rest(client, slot);
	}
}
