/* SPDX-License-Identifier: MIT */
/*
 * Flights that are over, and how it is told to those who followed: see
 * flight_state.h.
 */
#include "flight_state.h"

#include "flight.h"
#include "watch.h"

/* Another reference to the same. */
static struct outcome *outcome_copy(const struct outcome *outcome)
{
	struct outcome *copy = xmalloc(sizeof(*copy));

	*copy = *outcome;
	copy->value = blob_ref(outcome->value);
	copy->message = blob_ref(outcome->message);
	return copy;
}

void flight_tell(struct core *core, struct answer *answer,
    const struct outcome *outcome, uid_t to, int64_t age_ms)
{
	if (outcome->failed) {
		answer->code = WIRE_FLIGHT_FAILED;
		answer_add_text(answer, MEMBER_MESSAGE, outcome->message);
	} else {
		answer_add_bool(answer, MEMBER_LEADER, false);
	}
	if (outcome->value != NULL)
		answer_add_json(answer, MEMBER_VALUE, outcome->value);
	if (outcome->by != to)
		answer_add_integer(answer, MEMBER_BY_UID, outcome->by);
	if (age_ms >= 0)
		answer_add_integer(answer, MEMBER_AGE_MS, age_ms);
	core->tally.counts[WIRE_KIND_FLIGHT][TALLY_SHARED]++;
}

void flight_tell_follower(
    struct core *core, struct claim *wait, const struct outcome *outcome)
{
	uid_t to = wait->account->uid;

	if (outcome->lost) {
		claim_refuse(core, wait, WIRE_LEADER_LOST);
		return;
	}
	if (core->watches != NULL)
		watch_shared(core, wait);
	flight_tell(core, claim_answer(core, wait), outcome, to, -1);
}

void flight_tell_followers(
    struct core *core, struct object *object, const struct outcome *outcome)
{
	size_t n = core->chores.portion;
	struct claim *next;

	while ((next = claim_next_waiter(core, object)) != NULL) {
		if (n-- == 0) {
			chore_owe(core, object);
			return;
		}
		flight_tell_follower(core, next, outcome);
	}
}

void flight_unchain(struct core *core, struct flight *flight)
{
	struct flight *newer = flight->newer;

	newer->older = flight->older;
	if (flight->older != NULL)
		flight->older->newer = newer;
	/* The listed one may be there for the sake of this one only. */
	if (newer->object.listed)
		object_settle(core, &newer->object);
}

/* A flight that is over leaves its key while it has followers to be told of it.
 * Returns the one that has the key instead; NULL: the key had been forgotten.
 */
static struct flight *leave_key(
    struct core *core, struct flight *flight, const struct outcome *outcome)
{
	struct flight *next = NULL;

	flight->over = outcome_copy(outcome);
	if (!flight->object.listed) {
		flight_unchain(core, flight);
		return NULL;
	}
	next = (struct flight *)object_replace(core, &flight->object);
	next->older = flight->older;
	if (next->older != NULL)
		next->older->newer = next;
	flight->older = NULL;
	return next;
}

void flight_land(struct core *core, struct object *object,
    struct outcome *outcome, struct account *keeper, int64_t keep_ms)
{
	struct flight *flight = (struct flight *)object, *next = flight;

	flight_tell_followers(core, object, outcome);
	if (object->waiters != NULL)
		next = leave_key(core, flight, outcome);
	if (keeper != NULL)
		flight_keep(core, next, outcome, keeper, keep_ms);
	else if (next != NULL && next != flight)
		object_settle(core, &next->object);
}
