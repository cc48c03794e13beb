/* SPDX-License-Identifier: MIT */
/*
 * Which requests the sessions of an episode make. Few keys, few ids, short
 * times, and releases mostly of what is really held: so that things collide.
 */
#include "pick.h"

static const char *const all_keys[] = {"a", "shop.users/17", "q\"uo\\te",
    "\303\274ber", "b c", DIGITS_128 DIGITS_128};
static const char *const all_items[] = {
    "\"p1\"", "{\"gpu\":0}", "4", "\"p 2\"", "[ 0.10 ]"};

#define N_KEYS ((int)(sizeof(all_keys) / sizeof(all_keys[0])))

void generator_init(struct generator *gen, struct arena *arena, struct rng *rng)
{
	static const int percents[] = {3, 15, 45};
	static const int leases[] = {3, 40, 75};
	static const int times[] = {3, 12, 60};
	int first = rng_below(rng, N_KEYS), favourite = rng_below(rng, 8);

	*gen = (struct generator){.arena = arena};
	gen->rng.state = rng_next(rng);
	gen->n_keys = 1 + rng_below(rng, MAX_KEYS);
	for (int i = 0; i < gen->n_keys; i++)
		gen->keys[i] = all_keys[(first + i) % N_KEYS];
	for (int i = 0; i < WIRE_N_KINDS; i++)
		gen->kind_weights[i] = favourite == i ? 12 : 1;
	gen->odd_percent = rng_below(rng, 5) == 0 ? 10 : 1;
	gen->most_ms = PICK(gen, times);
	gen->lease_percent = PICK(gen, leases);
	gen->detached_percent = PICK(gen, percents);
	gen->big_percent = rng_below(rng, 20) == 0 ? 20 : 0;
	gen->multiplexed_percent = rng_below(rng, 4) == 0 ? 60 : 8;
}

void generator_remember(struct generator *gen, const struct grant *grant)
{
	int at = gen->n_grants;

	if (gen->n_grants < MAX_GRANTS)
		gen->n_grants++;
	else
		at = rng_below(&gen->rng, MAX_GRANTS);
	gen->grants[at] = *grant;
}

static void add_waiting(struct generator *gen, struct model_request *request)
{
	if (pick_percent(gen, 12))
		request->wait_ms = 0;
	else if (pick_percent(gen, 60))
		request->wait_ms = pick_time(gen);
	if (pick_percent(gen, 20))
		request->max_waiters = pick_below(gen, 3);
}

static void add_lease(struct generator *gen, struct model_request *request)
{
	request->detached = pick_percent(gen, gen->detached_percent);
	if (pick_percent(gen, request->detached ? 97 : gen->lease_percent))
		request->lease_ms = pick_time(gen);
}

static void add_capacity(
    struct generator *gen, struct model_request *request, int usual)
{
	if (pick_percent(gen, 85))
		request->capacity =
		    pick_percent(gen, 90) ? usual : 1 + pick_below(gen, 4);
	request->adopt = pick_percent(gen, 20);
}

static void make_flight(struct generator *gen, struct model_request *request)
{
	static const int leaders[] = {1, 1, 2, 3};

	pick_key(gen, request);
	if (pick_percent(gen, 12)) {
		request->op = MODEL_FLIGHT_FORGET;
		return;
	}
	request->op = MODEL_FLIGHT_BEGIN;
	add_waiting(gen, request);
	if (pick_percent(gen, gen->lease_percent))
		request->lease_ms = pick_time(gen);
	if (pick_percent(gen, 70))
		request->max_leaders = PICK(gen, leaders);
}

static void make_lock(struct generator *gen, struct model_request *request)
{
	pick_key(gen, request);
	request->op = MODEL_LOCK_ACQUIRE;
	add_waiting(gen, request);
	add_lease(gen, request);
}

static void make_limit(struct generator *gen, struct model_request *request)
{
	static const enum model_op others[] = {
	    MODEL_LIMIT_SET, MODEL_LIMIT_INFO, MODEL_LIMIT_DELETE};
	int usual = 1 + pick_key(gen, request);

	if (pick_percent(gen, 25)) {
		request->op = PICK(gen, others);
		if (request->op == MODEL_LIMIT_SET)
			request->capacity = pick_percent(gen, 70)
						? usual
						: 1 + pick_below(gen, 4);
		return;
	}
	add_capacity(gen, request, usual);
	add_lease(gen, request);
	if (pick_percent(gen, 50))
		request->permits =
		    1 + pick_below(gen, pick_percent(gen, 90) ? 2 : 5);
	request->op =
	    pick_percent(gen, 20) ? MODEL_LIMIT_TRY_BORROW : MODEL_LIMIT_BORROW;
	if (request->op == MODEL_LIMIT_BORROW)
		add_waiting(gen, request);
}

static void make_pool_set(
    struct generator *gen, struct model_request *request, int usual)
{
	if (pick_percent(gen, 60))
		request->capacity =
		    pick_percent(gen, 70) ? usual : 1 + pick_below(gen, 4);
	if (pick_percent(gen, 20))
		request->max_idle_ms = pick_below(gen, 3) * 4;
	if (pick_percent(gen, 15)) {
		request->n_items = 1 + pick_below(gen, 3);
		for (int i = 0; i < request->n_items; i++)
			request->items[i] =
			    all_items[i + pick_below(gen, 20) / 19];
		for (int i = 1; i < request->n_items; i++) {
			if (request->items[i] == request->items[i - 1])
				request->fault = WIRE_BAD_REQUEST;
		}
	}
	if (pick_percent(gen, 25))
		request->order = pick_percent(gen, 50) ? "fifo" : "lifo";
	if (pick_percent(gen, 25))
		request->on_lost = pick_percent(gen, 50) ? "drop" : "requeue";
}

static void make_pool(struct generator *gen, struct model_request *request)
{
	static const enum model_op others[] = {MODEL_POOL_SIZE,
	    MODEL_POOL_AVAILABLE, MODEL_POOL_CLEAR, MODEL_POOL_CLEAR,
	    MODEL_POOL_SET, MODEL_POOL_SET, MODEL_POOL_INFO, MODEL_POOL_DELETE,
	    MODEL_POOL_DELETE, MODEL_POOL_DELETE, MODEL_POOL_SET,
	    MODEL_POOL_DELETE, MODEL_POOL_DELETE};
	int usual = 2 * pick_key(gen, request);

	if (pick_percent(gen, 45)) {
		request->op = PICK(gen, others);
		if (request->op == MODEL_POOL_SET)
			make_pool_set(gen, request, usual);
		return;
	}
	request->op = MODEL_POOL_GET;
	add_capacity(gen, request, usual);
	add_waiting(gen, request);
	add_lease(gen, request);
	if (pick_percent(gen, 15))
		request->max_idle_ms = pick_below(gen, 3) * 4;
}

static void make_of_kind(struct generator *gen, struct model_request *request)
{
	static void (*const make[])(
	    struct generator *, struct model_request *) = {
	    [WIRE_KIND_FLIGHT] = make_flight,
	    [WIRE_KIND_LOCK] = make_lock,
	    [WIRE_KIND_LIMIT] = make_limit,
	    [WIRE_KIND_POOL] = make_pool,
	};
	int sum = 0, kind = 0, dice;

	for (int i = 0; i < WIRE_N_KINDS; i++)
		sum += gen->kind_weights[i];
	dice = pick_below(gen, sum);
	while (dice >= gen->kind_weights[kind])
		dice -= gen->kind_weights[kind++];
	make[kind](gen, request);
}

void generator_blank(struct model_request *request)
{
	*request = (struct model_request){
	    .token = MODEL_ABSENT,
	    .wait_ms = MODEL_ABSENT,
	    .max_waiters = MODEL_ABSENT,
	    .lease_ms = MODEL_ABSENT,
	    .keep_ms = MODEL_ABSENT,
	    .max_idle_ms = MODEL_ABSENT,
	    .capacity = MODEL_ABSENT,
	    .permits = MODEL_ABSENT,
	    .max_leaders = MODEL_ABSENT,
	    .n_items = MODEL_ABSENT,
	    .kind = MODEL_ABSENT,
	    .max = MODEL_ABSENT,
	};
}

void generator_request(struct generator *gen, const int *sessions, int n,
    int *session, struct model_request *request)
{
	int wanted = *session, dice = pick_below(gen, 100);

	generator_blank(request);
	request->id = pick_id(gen);
	if (dice < 14)
		make_common(gen, &wanted, request);
	else if (dice < 42)
		make_release(gen, &wanted, request);
	else
		make_of_kind(gen, request);
	for (int i = 0; i < n; i++) {
		if (sessions[i] == wanted)
			*session = wanted;
	}
	gen->recent[gen->n_recent].session = *session;
	gen->recent[gen->n_recent].id = request->id;
	gen->n_recent = (gen->n_recent + 1) % MAX_IDS;
}
