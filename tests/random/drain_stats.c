/* SPDX-License-Identifier: MIT */
/* What the core counts for stats, held against what the model counts. */
#include "episode.h"

static bool is_same(
    const struct histogram *seen, const struct model_times *expected)
{
	return seen->count == expected->count && seen->sum == expected->sum &&
	       seen->max == expected->max;
}

static void compare_kind(struct episode *episode, enum wire_kind kind)
{
	const struct core *core = episode->core;
	const struct claim *oldest = core->waits[kind];
	struct model_times waited = model_waited(episode->model, kind);
	struct model_times held = model_held(episode->model, kind);
	int64_t ms = oldest == NULL ? 0 : core->now - oldest->since;

	if (!is_same(&core->tally.wait_ms[kind], &waited))
		episode_fail(episode, "waits took another time");
	if (!is_same(&core->tally.hold_ms[kind], &held))
		episode_fail(episode, "holds took another time");
	if (ms != model_oldest_wait(episode->model, kind))
		episode_fail(episode, "another wait is the oldest");
}

void drain_stats(struct episode *episode)
{
	const struct core *core = episode->core;
	const struct model *model = episode->model;

	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		compare_kind(episode, (enum wire_kind)kind);
	if ((int)core->n_users != model_n_users(model))
		episode_fail(episode, "another number of users");
	if (core->tally.n_joined != model_n_joined(model))
		episode_fail(episode, "another number of sessions");
	if (core->tally.n_requests != model_n_requests(model) ||
	    core->tally.n_bad_lines != model_n_bad_lines(model))
		episode_fail(episode, "another number of lines");
}
