/* SPDX-License-Identifier: MIT */
/* The workloads, and the requests of a lane: see load.h. */
#include "load.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct load_work works[] = {
    {.name = "lock",
	.steps = {STEP_ACQUIRE, STEP_RELEASE},
	.n_steps = 2,
	.knows_redis = true},
    {.name = "contended",
	.steps = {STEP_ACQUIRE, STEP_RELEASE},
	.n_steps = 2,
	.has_one_key = true},
    {.name = "limit", .steps = {STEP_BORROW, STEP_RETURN}, .n_steps = 2},
    {.name = "pool",
	.steps = {STEP_GET, STEP_PUT},
	.n_steps = 2,
	.lanes_per_object = 1},
    {.name = "connect",
	.steps = {STEP_ACQUIRE},
	.n_steps = 1,
	.does_reconnect = true},
    {.name = "connect-release",
	.steps = {STEP_ACQUIRE, STEP_RELEASE},
	.n_steps = 2,
	.does_reconnect = true,
	.knows_redis = true},
    {.name = "mixed",
	.steps = {STEP_ACQUIRE, STEP_RELEASE, STEP_BORROW, STEP_RETURN,
	    STEP_GET, STEP_PUT, STEP_BEGIN, STEP_FINISH},
	.n_steps = 8,
	.lanes_per_object = 2},
    {.name = "flight", .is_flight = true},
};

const struct load_work *load_work_find(const char *name)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (strcmp(works[i].name, name) == 0)
			return &works[i];
	return NULL;
}

void load_work_print_names(void)
{
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		printf(" %s", works[i].name);
}

void load_put_id(char *to, int64_t id)
{
	uint32_t left = (uint32_t)id;

	for (int i = LOAD_ID_DIGITS - 1; i >= 0; i--) {
		to[i] = (char)('0' + left % 10);
		left /= 10;
	}
}

/* Requests --------------------------------------------------------- */

#define ASK(op, more)                                                          \
	"{\"id\":1000000000,\"op\":\"" op "\",\"key\":\"bench" more

/* The first put of an object names it. */
static int render_put(char *to, size_t size, int object)
{
	return snprintf(to, size,
	    ASK("pool.put", "0pool\",\"value\":\"object %05d\"}\n"), object);
}

static int render(const struct load *load, const struct load_lane *lane,
    enum load_step step, char *to, size_t size)
{
	int key = load->options.work->has_one_key ? 0 : lane->number;
	int group = lane->number / LOAD_LANES_PER_KEY;

	switch (step) {
	case STEP_ACQUIRE:
		return snprintf(
		    to, size, ASK("lock.acquire", "%05d\"}\n"), key);
	case STEP_RELEASE:
		return snprintf(
		    to, size, ASK("lock.release", "%05d\"}\n"), key);
	case STEP_BORROW:
		return snprintf(to, size,
		    ASK("limit.try_borrow", "limit\",\"capacity\":%d}\n"),
		    load->capacity);
	case STEP_RETURN:
		return snprintf(to, size, ASK("limit.return", "limit\"}\n"));
	case STEP_GET:
		return snprintf(to, size,
		    ASK("pool.get", "0pool\",\"capacity\":%d}\n"),
		    load->capacity / load->options.work->lanes_per_object);
	case STEP_PUT:
		return snprintf(to, size, ASK("pool.put", "0pool\"}\n"));
	case STEP_BEGIN:
		return snprintf(
		    to, size, ASK("flight.begin", "%05d\"}\n"), group);
	case STEP_FINISH:
		return snprintf(to, size,
		    ASK("flight.finish", "%05d\",\"value\":"
					 "\"group %05d from %05d\"}\n"),
		    group, group, lane->number);
	}
	return 0;
}

static int render_redis(
    const struct load_lane *lane, enum load_step step, char *to, size_t size)
{
	if (step == STEP_ACQUIRE)
		return snprintf(to, size,
		    "*6\r\n$3\r\nSET\r\n$10\r\nbench%05d\r\n$1\r\nv\r\n"
		    "$2\r\nNX\r\n$2\r\nPX\r\n$5\r\n60000\r\n",
		    lane->number);
	return snprintf(
	    to, size, "*2\r\n$3\r\nDEL\r\n$10\r\nbench%05d\r\n", lane->number);
}

void load_lane_init(struct load *load, struct load_lane *lane)
{
	const struct load_work *work = load->options.work;
	char text[LOAD_MAX_REQUEST];

	for (int i = 0; i < work->n_steps; i++) {
		int len =
		    load->options.peer == LOAD_REDIS
			? render_redis(lane, work->steps[i], text, sizeof(text))
			: render(
			      load, lane, work->steps[i], text, sizeof(text));

		assert(len > 0 && (size_t)len < sizeof(text));
		lane->requests[i] = strdup(text);
		if (lane->requests[i] == NULL)
			load_fail("out of memory");
		lane->lens[i] = (uint16_t)len;
	}
	lane->object = -1;
}

void load_lane_deinit(struct load_lane *lane)
{
	for (int i = 0; i < LOAD_MAX_STEPS; i++)
		free(lane->requests[i]);
}

/* What is let go is free from the moment it is asked for. */
static void let_go(struct load *load, struct load_lane *lane)
{
	enum load_step step = load->options.work->steps[lane->step];

	if (step == STEP_RELEASE)
		lane->key->holder = NULL;
	else if (step == STEP_RETURN)
		load->n_borrowed--;
	else if (step == STEP_PUT && lane->object >= 0)
		load->is_lent[lane->object] = false;
}

size_t load_lane_ask(struct load *load, struct load_lane *lane, char *to)
{
	size_t len = lane->lens[lane->step];

	memcpy(to, lane->requests[lane->step], len);
	if (load->options.peer == LOAD_REDIS) {
		lane->id = LOAD_FIRST_ID;
		return len;
	}
	if (load->options.work->steps[lane->step] == STEP_PUT &&
	    lane->object < 0)
		len =
		    (size_t)render_put(to, LOAD_MAX_REQUEST, load->n_objects++);
	if (load->options.peer == LOAD_MSYNCD)
		let_go(load, lane);
	lane->count = (lane->count + 1) % LOAD_NUMBERS;
	lane->id = LOAD_FIRST_ID + (int64_t)lane->index * LOAD_ID_LANE +
		   (int64_t)lane->count * LOAD_ID_NUMBER + lane->step;
	load_put_id(to + LOAD_ID_AT, lane->id);
	return len;
}
