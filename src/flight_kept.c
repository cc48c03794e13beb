/* SPDX-License-Identifier: MIT */
/* Results that are kept for a while: see flight_state.h. */
#include "flight_state.h"

#include "watch.h"

void flight_outcome_deinit(struct outcome *outcome)
{
	blob_unref(outcome->value);
	blob_unref(outcome->message);
	*outcome = (struct outcome){0};
}

void flight_drop_kept(struct core *core, struct flight *flight)
{
	struct kept *kept = flight->kept;

	if (kept == NULL)
		return;
	core_clear_deadline(core, &kept->deadline);
	quota_give_back(kept->account, QUOTA_KEYS, 1);
	quota_give_back(kept->account, QUOTA_BYTES, kept->n_bytes);
	flight_outcome_deinit(&kept->outcome);
	flight->kept = NULL;
	free(kept);
}

static void on_kept_long_enough(struct core *core, struct deadline *deadline)
{
	struct kept *kept = HEAP_OWNER(deadline, struct kept, deadline);
	struct flight *flight = kept->flight;

	core->tally.counts[WIRE_KIND_FLIGHT][TALLY_EXPIRED]++;
	if (core->watches != NULL)
		watch_expired(core, &flight->object);
	flight_drop_kept(core, flight);
	object_settle(core, &flight->object);
}

void flight_keep(struct core *core, struct flight *flight,
    struct outcome *outcome, struct account *account, int64_t keep_ms)
{
	struct kept *kept = xcalloc(1, sizeof(*kept));

	kept->flight = flight;
	kept->since = core->now;
	kept->account = account;
	kept->outcome = *outcome;
	*outcome = (struct outcome){0};
	if (kept->outcome.value != NULL)
		kept->n_bytes += kept->outcome.value->len;
	if (kept->outcome.message != NULL)
		kept->n_bytes += kept->outcome.message->len;
	quota_charge(account, QUOTA_KEYS, 1);
	quota_charge(account, QUOTA_BYTES, kept->n_bytes);
	kept->deadline.fire = on_kept_long_enough;
	heap_item_init(&kept->deadline.item);
	core_set_deadline(
	    core, &kept->deadline, mtime_after(core->now, keep_ms), CORE_END);
	flight->kept = kept;
}
