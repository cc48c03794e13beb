/* SPDX-License-Identifier: MIT */
/*
 * Requests that give back what is held, and those that all kinds share: renew,
 * cancel, hello and the like. Mostly about something that is really there.
 */
#include "pick.h"

static const char *const all_clients[] = {
    "", "php-fpm", "w\"1\\", "j\303\266b", DIGITS_32 DIGITS_32};
static const char *const all_messages[] = {"", "no luck", "two\nlines",
    "quoted \"so\" \\", "\360\237\246\206", DIGITS_512 DIGITS_512};

static int64_t pick_token(struct generator *gen)
{
	if (gen->n_grants > 0 && pick_percent(gen, 90))
		return gen->grants[pick_below(gen, gen->n_grants)].token;
	return pick_percent(gen, 50) ? 1 + pick_below(gen, 3)
				     : WIRE_MAX_INTEGER;
}

static void make_renew(
    struct generator *gen, int *session, struct model_request *request)
{
	const struct grant *grant;

	request->op = MODEL_RENEW;
	request->lease_ms = pick_time(gen);
	request->token = pick_token(gen);
	if (gen->n_grants == 0)
		return;
	grant = &gen->grants[pick_below(gen, gen->n_grants)];
	if (pick_percent(gen, 80)) {
		request->token = grant->token;
		*session = grant->session;
	}
	if (pick_percent(gen, 30))
		request->kind = (int)grant->kind;
	else if (pick_percent(gen, 10))
		request->kind = pick_below(gen, WIRE_N_KINDS);
	if (pick_percent(gen, 30))
		request->key = grant->key;
	else if (pick_percent(gen, 10))
		pick_key(gen, request);
}

/* As renew: of what is held, mostly, by whoever asks. */
static void make_admin_release(
    struct generator *gen, struct model_request *request)
{
	const struct grant *grant;

	request->op = MODEL_ADMIN_RELEASE;
	request->kind = pick_below(gen, WIRE_N_KINDS);
	request->token = pick_token(gen);
	pick_key(gen, request);
	if (gen->n_grants == 0 || pick_percent(gen, 5))
		return;
	grant = &gen->grants[pick_below(gen, gen->n_grants)];
	request->kind = (int)grant->kind;
	request->key = grant->key;
	if (pick_percent(gen, 95))
		request->token = grant->token;
}

void make_common(
    struct generator *gen, int *session, struct model_request *request)
{
	int dice = pick_below(gen, 100), i;

	if (dice < 8) {
		request->op = MODEL_PING;
	} else if (dice < 12) {
		request->op = MODEL_STATS;
	} else if (dice < 20) {
		request->op = MODEL_LIST;
		if (pick_percent(gen, 30))
			request->kind = pick_below(gen, WIRE_N_KINDS);
		if (pick_percent(gen, 30))
			pick_key(gen, request);
	} else if (dice < 36) {
		request->op = MODEL_HELLO;
		if (pick_percent(gen, 60))
			request->client = PICK(gen, all_clients);
		request->multiplexed =
		    pick_percent(gen, gen->multiplexed_percent);
		request->wants_lost = pick_percent(gen, 60);
	} else if (dice < 44) {
		request->op = MODEL_RESET;
	} else if (dice < 66) {
		make_renew(gen, session, request);
	} else if (dice < 73) {
		make_admin_release(gen, request);
	} else {
		request->op = MODEL_CANCEL;
		i = pick_below(gen, MAX_IDS);
		request->target = gen->recent[i].id;
		if (request->target.type == MODEL_ID_NONE)
			request->target = (struct model_id){
			    MODEL_ID_NUMBER, pick_below(gen, 4), NULL};
		else if (pick_percent(gen, 90))
			*session = gen->recent[i].session;
	}
}

static void add_result(struct generator *gen, struct model_request *request)
{
	bool failed = request->op == MODEL_FLIGHT_FAIL;

	if (pick_percent(gen, failed ? 40 : 85))
		request->value = pick_value(gen);
	if (failed && pick_percent(gen, 60))
		request->message = PICK(gen, all_messages);
	if (pick_percent(gen, 25))
		request->keep_ms = pick_below(gen, gen->most_ms);
}

static void make_release_of(
    struct generator *gen, enum wire_kind kind, struct model_request *request)
{
	static const enum model_op flight[] = {MODEL_FLIGHT_FINISH,
	    MODEL_FLIGHT_FINISH, MODEL_FLIGHT_FAIL, MODEL_FLIGHT_ABANDON};

	switch (kind) {
	case WIRE_KIND_LOCK:
		request->op = MODEL_LOCK_RELEASE;
		break;
	case WIRE_KIND_LIMIT:
		request->op = MODEL_LIMIT_RETURN;
		break;
	case WIRE_KIND_FLIGHT:
		request->op = PICK(gen, flight);
		if (request->op != MODEL_FLIGHT_ABANDON)
			add_result(gen, request);
		break;
	default:
		request->op =
		    pick_percent(gen, 75) ? MODEL_POOL_PUT : MODEL_POOL_DROP;
		if (request->op == MODEL_POOL_PUT && pick_percent(gen, 85))
			request->value =
			    pick_percent(gen, 8) ? "null" : pick_value(gen);
		break;
	}
}

/* A release, mostly of something that is held. */
void make_release(
    struct generator *gen, int *session, struct model_request *request)
{
	int i;
	const struct grant *grant;

	if (gen->n_grants == 0 || pick_percent(gen, 5)) {
		pick_key(gen, request);
		make_release_of(gen,
		    (enum wire_kind)pick_below(gen, WIRE_N_KINDS), request);
		if (pick_percent(gen, 50))
			request->token = pick_token(gen);
		return;
	}
	i = pick_below(gen, gen->n_grants);
	grant = &gen->grants[i];
	request->key = grant->key;
	make_release_of(gen, grant->kind, request);
	if (pick_percent(gen, grant->detached ? 90 : 60))
		request->token =
		    pick_percent(gen, 92) ? grant->token : pick_token(gen);
	if (pick_percent(gen, grant->detached ? 50 : 90))
		*session = grant->session;
	if (pick_percent(gen, 80))
		gen->grants[i] = gen->grants[--gen->n_grants];
}
