/* SPDX-License-Identifier: MIT */
/* See census.h. */
#define _GNU_SOURCE 1
#include "census.h"

#include "daemon.h"
#include "fail.h"

#include <poll.h>
#include <stdlib.h>

#define MAX_HOLDS 16

void census_open(
    struct census *census, struct journal *journal, const char *socket)
{
	struct record hello = {.op = OP_HELLO, .flags = FLAG_MULTI};

	census->link = calloc(1, sizeof(*census->link));
	if (census->link == NULL)
		fail("no memory");
	link_init(census->link, journal, socket);
	link_connect(census->link);
	link_ask(census->link, &hello, 0);
}

void census_close(struct census *census)
{
	link_hang_up(census->link);
	free(census->link);
}

/* Waits for n answers. They are put where their slots say. */
static bool await(struct census *census, struct record *answers, int n)
{
	struct link *link = census->link;
	struct pollfd p = {.fd = link->fd, .events = POLLIN};
	struct record answer;
	int slot;

	link_flush(link);
	while (link->n_pending > 0) {
		enum heard heard = link_hear(link, &answer, &slot);

		if (heard == HEARD_ANSWER && slot >= 0 && slot < n)
			answers[slot] = answer;
		if (heard != HEARD_NOTHING)
			continue;
		if (poll(&p, 1, patience_ms) == 0)
			return false;
		link_read(link);
	}
	return true;
}

static bool ask(
    struct census *census, const struct record *request, struct record *answer)
{
	link_ask(census->link, request, 0);
	return await(census, answer, 1);
}

/* Keys ------------------------------------------------------------- */

static void set(struct census *census, int key, uint32_t capacity)
{
	bool limit = plan[key].kind == KIND_LIMIT;
	struct record answer;
	struct record r = {.op = limit ? OP_LIMIT_SET : OP_POOL_SET,
	    .key = (uint8_t)key,
	    .count = capacity};

	census->capacity[key] = capacity;
	if (!ask(census, &r, &answer))
		fail("the daemon does not answer %s", op_names[r.op]);
}

void census_make_keys(struct census *census)
{
	for (int key = 0; key < PLAN_N; key++) {
		if (plan[key].capacity > 0 && !plan[key].by_use)
			set(census, key, plan[key].capacity);
		census->capacity[key] = plan[key].capacity;
	}
}

void census_resize(struct census *census, struct dice *dice)
{
	int key = (int)dice_below(dice, PLAN_N);
	const struct plan *what = &plan[key];

	if (what->high > 0)
		set(census, key, dice_between(dice, what->low, what->high));
}

/* Everything ------------------------------------------------------- */

static bool take_lock(struct census *census, uint8_t key)
{
	struct record r = {.op = OP_ACQUIRE, .key = key, .wait_ms = -1};
	struct record answer;

	if (!ask(census, &r, &answer))
		return false;
	r = (struct record){.op = OP_RELEASE,
	    .key = key,
	    .token = answer.token,
	    .flags = FLAG_NAMED};
	return ask(census, &r, &answer);
}

static struct record borrow(uint8_t key, uint32_t permits, int32_t wait_ms)
{
	return (struct record){
	    .op = OP_BORROW, .key = key, .count = permits, .wait_ms = wait_ms};
}

static bool return_permits(struct census *census, const struct record *grant)
{
	struct record answer;
	struct record r = {.op = OP_RETURN,
	    .key = grant->key,
	    .token = grant->token,
	    .flags = FLAG_NAMED};

	return ask(census, &r, &answer);
}

/* One permit is free, two are waited for, and one is by somebody behind: when
 * the wait for two ends, by a cancel or by its time, the other is let in,
 * though nobody has let go of anything. */
static bool pass_on(struct census *census, uint8_t key, bool cancels)
{
	struct record most = borrow(key, census->capacity[key] - 1, -1);
	struct record two = borrow(key, 2, cancels ? -1 : 1);
	struct record one = borrow(key, 1, -1);
	struct record cancel = {.op = OP_CANCEL, .key = key};
	struct record answers[3] = {{0}}, held;

	if (!ask(census, &most, &held))
		return false;
	cancel.about = link_ask(census->link, &two, 0);
	link_ask(census->link, &one, 1);
	if (cancels)
		link_ask(census->link, &cancel, 2);
	return await(census, answers, 3) &&
	       return_permits(census, &answers[1]) &&
	       return_permits(census, &held);
}

static bool take_limit(struct census *census, uint8_t key)
{
	struct record all = borrow(key, census->capacity[key], -1);
	struct record answer;

	if (!ask(census, &all, &answer) || !return_permits(census, &answer))
		return false;
	return census->capacity[key] < 2 ||
	       (pass_on(census, key, true) && pass_on(census, key, false));
}

/* A kept result would be no proof that nobody leads. */
static bool take_flight(struct census *census, uint8_t key)
{
	struct record answer;
	struct record r = {.op = OP_FORGET, .key = key};

	if (!ask(census, &r, &answer))
		return false;
	r = (struct record){.op = OP_BEGIN, .key = key, .wait_ms = -1};
	if (!ask(census, &r, &answer))
		return false;
	r = (struct record){.op = OP_FINISH,
	    .key = key,
	    .token = answer.token,
	    .flags = FLAG_NAMED};
	return ask(census, &r, &answer);
}

static void give_back(
    struct census *census, const struct record *answer, int64_t fresh)
{
	bool created = (answer->flags & FLAG_CREATE) != 0;
	struct record r = {.op = OP_PUT,
	    .key = answer->key,
	    .token = answer->token,
	    .thing = created ? fresh : answer->thing,
	    .number = created ? 1 : answer->number,
	    .flags = FLAG_NAMED | (created ? FLAG_VALUE : 0)};

	if (answer->flags & FLAG_GRANTED)
		link_ask(census->link, &r, MAX_HOLDS - 1);
}

/* All objects at once, and one more, for which there must be no room. */
static bool take_pool(struct census *census, uint8_t key)
{
	struct record answers[MAX_HOLDS] = {{0}};
	struct record r = {.op = OP_GET, .key = key, .wait_ms = -1};
	int n = (int)census->capacity[key];

	for (int i = 0; i < n; i++)
		link_ask(census->link, &r, i);
	if (!await(census, answers, n))
		return false;
	r.wait_ms = 0;
	if (!ask(census, &r, &answers[n]))
		return false;
	r = (struct record){.op = OP_POOL_INFO, .key = key};
	link_ask(census->link, &r, MAX_HOLDS - 1);
	for (int i = 0; i <= n; i++)
		give_back(census, &answers[i], census->link->next_id);
	return await(census, answers, 0);
}

bool census_take_all(struct census *census)
{
	static bool (*const take[KIND_N])(struct census *, uint8_t) = {
	    take_lock, take_limit, take_flight, take_pool};

	for (uint8_t key = 0; key < PLAN_N; key++) {
		if (!take[plan[key].kind](census, key))
			return false;
	}
	return true;
}
