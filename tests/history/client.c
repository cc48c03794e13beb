/* SPDX-License-Identifier: MIT */
/* See client.h. */
#define _GNU_SOURCE 1
#include "client.h"

#include "fail.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* How long it sleeps at most before it looks at what the parent wants. */
#define LOOK_NS (5 * NS_PER_MS)

int64_t client_after(struct client *client, uint32_t from, uint32_t to)
{
	uint32_t us = dice_between(&client->dice, from, to);

	return clock_ns() + us * 1000LL;
}

uint32_t client_send(
    struct client *client, struct slot *slot, const struct record *request)
{
	return link_ask(&client->link, request, (int)(slot - client->slots));
}

void slot_rest(struct client *client, struct slot *slot)
{
	bool long_rest = dice_percent(&client->dice, 20);

	*slot = (struct slot){.state = SLOT_IDLE};
	slot->due = client_after(client, 0, long_rest ? 40000 : 4000);
}

/* The connection --------------------------------------------------- */

static void greet(struct client *client)
{
	struct record hello = {.op = OP_HELLO};

	if (client->multiplexed)
		hello.flags |= FLAG_MULTI;
	if (client->n_slots == 1)
		hello.flags |= FLAG_ALONE;
	link_ask(&client->link, &hello, -1);
	client->hangs_up = dice_percent(&client->dice, 50)
			       ? client_after(client, 1000, 4000000)
			       : NEVER;
}

/* A detached hold is not bound to the connection. */
static bool outlives(const struct slot *slot)
{
	return slot->state == SLOT_HOLDS &&
	       (slot->ask.flags & FLAG_DETACHED) != 0;
}

static void hang_up(struct client *client)
{
	link_hang_up(&client->link);
	for (int i = 0; i < client->n_slots; i++) {
		if (!outlives(&client->slots[i]))
			slot_rest(client, &client->slots[i]);
	}
	link_connect(&client->link);
	greet(client);
}

/* Answers ---------------------------------------------------------- */

static void on_lost(struct client *client, int64_t token)
{
	for (int i = 0; i < client->n_slots; i++) {
		struct slot *slot = &client->slots[i];

		if (slot->state == SLOT_IDLE || slot->token != token)
			continue;
		slot->lost = true;
		if (slot->sleeps && slot->state == SLOT_HOLDS)
			slot->due = 0;
	}
}

static void on_answer(
    struct client *client, const struct record *answer, int number)
{
	struct slot *slot;

	if (number < 0)
		return;
	slot = &client->slots[number];
	if (op_asks(answer->op))
		slot_on_answer(client, slot, answer);
	else if (answer->op == OP_CANCEL)
		slot_on_cancelled(client, slot);
	else if (answer->op == OP_RENEW)
		slot_on_renewed(client, slot);
	else if (op_ends(answer->op))
		slot_on_ended(client, slot, answer);
	else if (answer->op != OP_PING)
		slot_rest(client, slot);
}

static void hear_all(struct client *client)
{
	struct record answer;
	enum heard heard;
	int slot;

	link_read(&client->link);
	while ((heard = link_hear(&client->link, &answer, &slot)) !=
	       HEARD_NOTHING) {
		if (heard == HEARD_LOST)
			on_lost(client, answer.token);
		else
			on_answer(client, &answer, slot);
	}
}

/* The days of its life --------------------------------------------- */

static bool must_be_quiet(const struct client *client)
{
	return atomic_load(&client->control->round) % 2 != 0;
}

static int64_t due_of(const struct client *client, const struct slot *slot)
{
	if (slot->state == SLOT_IDLE && must_be_quiet(client))
		return NEVER;
	return slot->due;
}

static void step(struct client *client, struct slot *slot)
{
	switch (slot->state) {
	case SLOT_IDLE:
		slot_ask(client, slot);
		break;
	case SLOT_ASKED:
		slot_cancel(client, slot);
		break;
	case SLOT_HOLDS:
		slot_act(client, slot);
		break;
	default:
		slot->due = NEVER;
	}
}

/* Does what is due, and returns when the next thing is. */
static int64_t step_all(struct client *client)
{
	int64_t now = clock_ns(), next = client->hangs_up;
	int n_holds = 0;

	if (next <= now && !must_be_quiet(client)) {
		hang_up(client);
		next = client->hangs_up;
	}
	for (int i = 0; i < client->n_slots; i++) {
		struct slot *slot = &client->slots[i];

		if (due_of(client, slot) <= now)
			step(client, slot);
		if (due_of(client, slot) < next)
			next = due_of(client, slot);
		n_holds += slot->state == SLOT_HOLDS;
	}
	atomic_store(&client->control->n_holds[client->place], n_holds);
	link_flush(&client->link);
	return next;
}

static bool is_quiet(const struct client *client)
{
	for (int i = 0; i < client->n_slots; i++) {
		if (client->slots[i].state != SLOT_IDLE)
			return false;
	}
	return client->link.n_pending == 0;
}

/* Tells the parent, and leaves if it is the end. */
static void heed(struct client *client)
{
	struct control *control = client->control;
	int round = atomic_load(&control->round);
	bool ends = atomic_load(&control->ends);
	struct word word = {client->place, round};

	if (round % 2 == 0 || !is_quiet(client))
		return;
	if (ends) {
		journal_note(&client->journal, EVENT_BYE, 0);
		journal_close(&client->journal);
		_exit(0);
	}
	if (client->told != round &&
	    write(client->tell, &word, sizeof(word)) != sizeof(word))
		fail("cannot tell the parent");
	client->told = round;
}

static void wait_until(struct client *client, int64_t next)
{
	struct pollfd p = {.fd = client->link.fd, .events = POLLIN};
	int64_t now = clock_ns();
	int64_t ns = next - now < LOOK_NS ? next - now : LOOK_NS;
	struct timespec for_ns = {.tv_nsec = ns > 0 ? ns : 0};

	if (ppoll(&p, 1, &for_ns, NULL) > 0)
		hear_all(client);
}

/* One in five does several things at once and says so, one in five does not
 * say so, and is refused where that could be a deadlock. */
static void choose_manner(struct client *client)
{
	uint32_t manner = dice_below(&client->dice, 5);

	client->multiplexed = manner == 0;
	client->n_slots = manner == 0 ? MAX_SLOTS : manner == 1 ? 3 : 1;
}

void client_live(const struct client_config *config)
{
	struct client *client = calloc(1, sizeof(*client));
	char name[64];

	if (client == NULL)
		fail("no memory");
	client->control = config->control;
	client->tell = config->tell;
	client->number = config->number;
	client->place = config->place;
	client->dice.state =
	    dice_mix(config->seed * 1000003 + (uint64_t)config->number);
	choose_manner(client);
	snprintf(name, sizeof(name), "client-%05d", config->number);
	journal_open(&client->journal, config->dir, name);
	journal_note(&client->journal, EVENT_BORN, (uint32_t)config->number);
	link_init(&client->link, &client->journal, config->socket);
	link_connect(&client->link);
	greet(client);
	for (int i = 0; i < client->n_slots; i++)
		slot_rest(client, &client->slots[i]);
	for (;;) {
		int64_t next = step_all(client);

		heed(client);
		wait_until(client, next);
	}
}
