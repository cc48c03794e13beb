/* SPDX-License-Identifier: MIT */
/*
 * SingleFlight: see flight.h.
 *
 *               begin                    finish, fail
 *     (nothing) -----> led by one, ------------------> kept for keep_ms, or
 *                      others follow                   nothing
 *                        |      ^
 *          leader lost,  |      | the oldest follower
 *          or abandons   +------+ leads
 *
 * A forgotten flight is no longer listed under its key, but hangs from the
 * flight that is (field older), so that all flights of a key are found from
 * there and a long list on one key costs nobody who does not use that key.
 */
#include "flight.h"

#include "flight_state.h"
#include "watch.h"

#include <assert.h>
#include <string.h>

/* Outcomes --------------------------------------------------------- */

static struct outcome outcome_of(const struct flight_report *report, uid_t by)
{
	struct outcome outcome = {.failed = report->failed, .by = by};

	if (report->value != NULL)
		outcome.value = blob_new(report->value, report->value_len);
	else if (!report->failed)
		outcome.value = blob_new("null", 4);
	if (report->failed)
		outcome.message =
		    blob_new(report->message, report->message_len);
	return outcome;
}

/* Leading ---------------------------------------------------------- */

static void grant_lead(
    struct core *core, struct flight *flight, struct claim *claim)
{
	struct answer *answer = claim_grant(core, claim);

	flight->attempt++;
	answer_add_bool(answer, MEMBER_LEADER, true);
	answer_add_integer(answer, MEMBER_TOKEN, claim->token);
	if (flight->attempt > 1) {
		answer_add_integer(answer, MEMBER_ATTEMPT, flight->attempt);
		core->tally.counts[WIRE_KIND_FLIGHT][TALLY_TAKE_OVERS]++;
	} else {
		core->tally.counts[WIRE_KIND_FLIGHT][TALLY_FRESH]++;
	}
}

void flight_begin(struct core *core, struct request *req, const struct key *key,
    int64_t max_leaders)
{
	struct object *object = object_get(core, key);
	struct flight *flight = (struct flight *)object;
	bool is_free = object->holders == NULL;
	struct claim *claim;

	if (flight->kept != NULL) {
		if (core->watches != NULL)
			watch_shared_at_once(core, req, key);
		flight_tell(core, core_answer(core, req),
		    &flight->kept->outcome, req->session->peer.uid,
		    core->now - flight->kept->since);
		return;
	}
	if (!claim_may_enter(core, object, req, is_free)) {
		object_settle(core, object);
		return;
	}
	claim = claim_new(core, object, req);
	if (!is_free) {
		claim_park(core, claim, req->wait_ms);
		return;
	}
	flight->max_leaders = max_leaders;
	flight->attempt = 0;
	flight->n_lost = 0;
	grant_lead(core, flight, claim);
}

static bool is_of_key(const struct object *object, const struct key *key)
{
	return object->kind == key->kind && object->key_len == key->len &&
	       memcmp(object_key_bytes(object), key->bytes, key->len) == 0;
}

/* The session's newest lead on the key. It walks over the session's holds and
 * over the flights of the key in step: the first hold that fits is the newest,
 * and if the flights are fewer, the newest lead among them is. */
static struct claim *newest_lead(const struct session *session,
    const struct flight *flight, const struct key *key)
{
	struct claim *mine = session->held, *newest = NULL;

	while (mine != NULL && flight != NULL) {
		struct claim *lead = flight->object.holders;

		if (is_of_key(mine->object, key))
			return mine;
		if (lead != NULL && lead->session == session &&
		    (newest == NULL || lead->token > newest->token))
			newest = lead;
		mine = mine->mine_next;
		flight = flight->older;
	}
	return newest;
}

/* A flight of the key that is led by somebody, or NULL. */
static const struct object *led_flight(const struct flight *flight)
{
	while (flight != NULL && flight->object.holders == NULL)
		flight = flight->older;
	return flight == NULL ? NULL : &flight->object;
}

/* Finds the lead that the request means; if there is none, says so. */
static struct claim *find_lead(struct core *core, struct request *req,
    const struct key *key, int64_t token)
{
	struct flight *flight = (struct flight *)object_find(core, key);
	struct claim *lead;

	if (token == 0)
		lead = newest_lead(req->session, flight, key);
	else
		lead = claim_find_token(core, req->session, token);
	if (lead != NULL && is_of_key(lead->object, key))
		return lead;
	claim_refuse_release(
	    core, req, key, token != 0 ? led_flight(flight) : NULL);
	return NULL;
}

/* Whether the leader may have its report kept. The lead that ends frees the
 * key that the result will cost, so only the bytes are asked for. */
static bool may_keep(struct core *core, struct request *req,
    const struct key *key, const struct flight_report *report)
{
	size_t n_bytes = report->value_len + report->message_len;

	if (report->value == NULL && !report->failed)
		n_bytes += 4; /* null */
	return core_has_share(core, req, key, QUOTA_BYTES, n_bytes);
}

void flight_finish(struct core *core, struct request *req,
    const struct key *key, int64_t token, const struct flight_report *report)
{
	struct claim *claim = find_lead(core, req, key, token);
	int64_t n_followers;
	struct object *object;
	struct outcome outcome;
	bool kept;

	if (claim == NULL)
		return;
	object = claim->object;
	kept = report->keep_ms > 0 && object->listed;
	if (kept && !may_keep(core, req, key, report))
		return;
	n_followers = (int64_t)object->n_waiters;
	answer_add_integer(
	    core_answer(core, req), MEMBER_FOLLOWERS, n_followers);
	if (n_followers > 0 || kept) {
		outcome = outcome_of(report, claim->account->uid);
		flight_land(core, object, &outcome,
		    kept ? claim->account : NULL, report->keep_ms);
		flight_outcome_deinit(&outcome);
	}
	claim_end(core, claim, CLAIM_RELEASED);
}

void flight_abandon(struct core *core, struct request *req,
    const struct key *key, int64_t token)
{
	struct claim *claim = find_lead(core, req, key, token);

	if (claim == NULL)
		return;
	core_answer(core, req);
	claim_end(core, claim, CLAIM_GIVEN_UP);
}

void flight_forget(
    struct core *core, struct request *req, const struct key *key)
{
	struct object *object = object_find(core, key);
	struct flight *flight = (struct flight *)object;
	bool is_kept = flight != NULL && flight->kept != NULL;
	bool is_led = object != NULL && object->holders != NULL;

	if (is_kept) {
		flight_drop_kept(core, flight);
		object_settle(core, object);
	} else if (is_led) {
		flight->newer = (struct flight *)object_replace(core, object);
		flight->newer->older = flight;
	}
	answer_add_bool(
	    core_answer(core, req), MEMBER_FORGOTTEN, is_kept || is_led);
}

static void flight_ended(struct core *core, struct object *object,
    struct claim *claim, enum claim_end how)
{
	struct flight *flight = (struct flight *)object;
	struct outcome lost = {.lost = true};

	(void)claim;
	if (!claim_is_lost(how))
		return;
	/* A key that kills whoever works on it must not kill them all. */
	if (++flight->n_lost < flight->max_leaders)
		return;
	flight_land(core, object, &lost, NULL, 0);
}

static void flight_serve(struct core *core, struct object *object)
{
	struct flight *flight = (struct flight *)object;
	struct claim *next;

	if (flight->over != NULL) {
		flight_tell_followers(core, object, flight->over);
		return;
	}
	next = object->holders == NULL ? claim_next_waiter(core, object) : NULL;
	if (next != NULL)
		grant_lead(core, flight, next);
}

static bool flight_pay(
    struct core *core, struct object *object, struct claim *wait)
{
	const struct flight *flight = (const struct flight *)object;

	if (flight->over != NULL)
		flight_tell_follower(core, wait, flight->over);
	return flight->over != NULL;
}

static bool flight_is_idle(const struct object *object)
{
	const struct flight *flight = (const struct flight *)object;

	/* Of a forgotten flight, older is a link of the list it is in. */
	return flight->kept == NULL &&
	       (!object->listed || flight->older == NULL);
}

static void flight_deinit(struct core *core, struct object *object)
{
	struct flight *flight = (struct flight *)object;

	flight_drop_kept(core, flight);
	if (flight->over != NULL)
		flight_outcome_deinit(flight->over);
	else if (!object->listed)
		flight_unchain(core, flight);
	free(flight->over);
}

static void flight_check(const struct core *core, const struct object *object)
{
	const struct flight *flight = (const struct flight *)object;

	assert(object->n_holders <= 1);
	assert(flight->kept == NULL || object->listed);
	assert(flight->kept == NULL || object->holders == NULL);
	assert(object->waiters == NULL || object->holders != NULL ||
	       object->is_owed || core->shutting_down);
	assert(flight->over == NULL || !object->listed);
	if (!object->listed)
		return;
	for (flight = flight->older; flight != NULL; flight = flight->older) {
		assert(flight->newer->older == flight);
		assert(!flight->object.listed);
		assert(flight->object.n_holders == 1 || core->shutting_down);
		assert(flight->kept == NULL);
	}
}

static const char *flight_describe(const struct core *core,
    const struct object *object, struct answer *answer, const char *state)
{
	const struct flight *flight = (const struct flight *)object;

	if (!object->listed)
		return "forgotten";
	if (flight->kept == NULL)
		return state;
	answer_add_integer(
	    answer, MEMBER_AGE_MS, core->now - flight->kept->since);
	return "kept";
}

static const struct object *flight_older(const struct object *object)
{
	const struct flight *older = ((const struct flight *)object)->older;

	return older == NULL ? NULL : &older->object;
}

const struct kind flight_kind = {
    .number = WIRE_KIND_FLIGHT,
    .size = sizeof(struct flight),
    .exclusive = true,
    .ended = flight_ended,
    .serve = flight_serve,
    .pay = flight_pay,
    .is_idle = flight_is_idle,
    .deinit = flight_deinit,
    .check = flight_check,
    .describe = flight_describe,
    .older = flight_older,
};
