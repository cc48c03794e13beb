/* SPDX-License-Identifier: MIT */
/*
 * Members of requests, picked from few keys, few ids, short times and values
 * that all differ.
 */
#include "pick.h"

#include <string.h>

static const char *const all_ids[] = {
    "t1", "t2", "x\"y", "\342\202\254 9", "", DIGITS_32 DIGITS_32};

bool pick_percent(struct generator *gen, int n)
{
	return rng_percent(&gen->rng, n);
}

int pick_below(struct generator *gen, int n)
{
	return rng_below(&gen->rng, n);
}

struct model_id pick_id(struct generator *gen)
{
	int dice = pick_below(gen, 100);

	if (dice < 18)
		return (struct model_id){.type = MODEL_ID_NONE};
	if (dice < 50)
		return (struct model_id){
		    MODEL_ID_NUMBER, pick_below(gen, 6) - 1, NULL};
	if (dice < 62)
		return (struct model_id){MODEL_ID_TEXT, 0, PICK(gen, all_ids)};
	if (dice < 64)
		return (struct model_id){MODEL_ID_NUMBER,
		    pick_percent(gen, 50) ? WIRE_MAX_INTEGER
					  : -WIRE_MAX_INTEGER,
		    NULL};
	return (struct model_id){MODEL_ID_NUMBER, 100 + gen->n_ids++, NULL};
}

const char *pick_value(struct generator *gen)
{
	static const char *const plain[] = {
	    "null", "false", "0", "\"\"", "0.10", "{ }"};
	int n = gen->n_values++;
	char *big;

	if (pick_percent(gen, gen->big_percent)) {
		big = arena_get(gen->arena, 6001);
		memset(big, 'x', 6000);
		big[6000] = '\0';
		big[0] = big[5999] = '"';
		return big;
	}
	switch (pick_below(gen, 5)) {
	case 0:
		return PICK(gen, plain);
	case 1:
		return arena_printf(gen->arena, "{\"n\" : %d,\"a\":\t0.10}", n);
	case 2:
		return arena_printf(gen->arena, "[%d,  [\"\\u0000\",{}]]", n);
	case 3:
		return arena_printf(gen->arena, "\"v%d \\ud83e\\udd86\"", n);
	default:
		return arena_printf(gen->arena, "%d.000000000000", n + 10);
	}
}

int64_t pick_time(struct generator *gen)
{
	if (pick_percent(gen, 1))
		return WIRE_MAX_INTEGER;
	return 1 + pick_below(gen, gen->most_ms);
}

/* One of the episode's keys; its number is the capacity most agree on. */
int pick_key(struct generator *gen, struct model_request *request)
{
	int i = pick_below(gen, gen->n_keys);

	request->key = gen->keys[i];
	return i + 1;
}
