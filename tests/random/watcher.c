/* SPDX-License-Identifier: MIT */
/*
 * What a watch is told in the random run: see watcher.h. Each grant has to be
 * told in its place, with the key that the model expects, and of everything
 * else there have to be as many events as the counters say.
 */
#include "episode.h"

#include "reply.h"

#include <stdlib.h>
#include <string.h>

static const struct watch_terms everything = {
    .events = (1U << WATCH_N_EVENTS) - 1,
    .kinds = (1U << WIRE_N_KINDS) - 1,
    .prefix = "",
    .max_per_s = WIRE_MAX_WATCH_RATE,
};

void watcher_begin(struct episode *episode, int session)
{
	struct watcher *watcher = &episode->watcher;
	struct core *core = episode->core;

	if (watcher->is_there ||
	    !model_sees_all(episode->model, episode->uids[session]) ||
	    !rng_percent(&episode->rng, 10))
		return;
	episode_note(episode, "[%d watches]", session);
	if (!watch_begin(core,
		session_find(&core->sessions, episode->ids[session]),
		&everything))
		episode_fail(episode, "one watch is too many");
	*watcher = (struct watcher){
	    .is_there = true,
	    .session = session,
	    .first = core->next_token,
	};
	memcpy(watcher->before, core->tally.counts, sizeof(watcher->before));
}

static void end(struct watcher *watcher, const struct core *core)
{
	watcher->is_over = true;
	watcher->end = core->next_token;
	memcpy(watcher->after, core->tally.counts, sizeof(watcher->after));
}

void watcher_look(struct episode *episode)
{
	struct watcher *watcher = &episode->watcher;

	if (watcher->is_there && !watcher->is_over &&
	    !watch_has(episode->core, episode->ids[watcher->session]))
		end(watcher, episode->core);
}

void watcher_leave(struct episode *episode, int session)
{
	struct watcher *watcher = &episode->watcher;

	if (watcher->is_there && !watcher->is_over &&
	    watcher->session == session)
		end(watcher, episode->core);
}

/* The line that is told, parsed. */
static json_t *line_of(struct episode *episode, const struct answer *answer)
{
	struct outbuf out;
	struct iovec iov;
	json_t *json = NULL;

	outbuf_init(&out, NULL, NULL);
	reply_render(answer, NULL, &out);
	if (outbuf_iov(&out, &iov, 1) == 1 && iov.iov_len == out.n_bytes)
		json = json_loadb(
		    iov.iov_base, iov.iov_len, JSON_REJECT_DUPLICATES, NULL);
	outbuf_drop(&out, NULL, NULL);
	if (json == NULL)
		episode_fail(episode, "a watch is told what is not JSON");
	return json;
}

static const char *text(const json_t *line, const char *name)
{
	const char *value = json_string_value(json_object_get(line, name));

	return value == NULL ? "" : value;
}

/* Refusals of claims that no counter is for. */
static bool is_uncounted(const json_t *line)
{
	return strcmp(text(line, "error"), "shutting_down") == 0 ||
	       strcmp(text(line, "error"), "conflict") == 0;
}

void watcher_hear(struct episode *episode, const struct answer *answer)
{
	struct watcher *watcher = &episode->watcher;
	json_t *line = line_of(episode, answer);
	int what = 0;

	if (!watcher->is_there ||
	    answer->session != episode->ids[watcher->session])
		episode_fail(episode, "a watch of nobody");
	while (what < WATCH_N_EVENTS &&
	       strcmp(text(line, "what"), watch_event_name(what)) != 0)
		what++;
	if (what == WATCH_N_EVENTS)
		episode_fail(episode, "an event that was not asked for");
	watcher->n_told[what]++;
	watcher->n_uncounted += is_uncounted(line);
	episode->counts->watched++;
	if (what == WATCH_GRANTED && watcher->n_grants < WATCHER_MAX_GRANTS)
		watcher->grants[watcher->n_grants++] = json_incref(line);
	json_decref(line);
}

void watcher_match_grant(
    struct episode *episode, const struct model_answer *expected, int64_t token)
{
	static const char *const kinds[] = {
#define KIND_NAME(constant, name) name,
	    WIRE_KINDS(KIND_NAME)};
	struct watcher *watcher = &episode->watcher;
	const json_t *told;

	if (!watcher->is_there || token < watcher->first ||
	    (watcher->is_over && token >= watcher->end))
		return;
	if (watcher->n_right == watcher->n_grants)
		episode_fail(episode, "a watch is not told of a grant");
	told = watcher->grants[watcher->n_right++];
	if (json_integer_value(json_object_get(told, "token")) != token ||
	    strcmp(text(told, "kind"), kinds[expected->held_kind]) != 0 ||
	    strcmp(text(told, "key"), expected->held_key) != 0)
		episode_fail(episode, "a watch is told of another grant");
}

/* How many times the watch must have been told, by the counters. */
static int64_t counted(
    const struct watcher *watcher, const struct core *core, uint64_t which)
{
	int64_t sum = 0;

	for (int kind = 0; kind < WIRE_N_KINDS; kind++) {
		const int64_t *after = watcher->is_over
					   ? watcher->after[kind]
					   : core->tally.counts[kind];

		for (int i = 0; i < TALLY_N_COUNTS; i++) {
			if (which >> i & 1)
				sum += after[i] - watcher->before[kind][i];
		}
	}
	return sum;
}

#define BIT(count) (UINT64_C(1) << TALLY_##count)

static void compare(struct episode *episode)
{
	static const uint64_t counts[WATCH_N_EVENTS] = {
	    [WATCH_GRANTED] = BIT(GRANTED),
	    [WATCH_WAITING] = BIT(WAITED),
	    [WATCH_SHARED] = BIT(SHARED),
	    [WATCH_RELEASED] = BIT(RELEASED),
	    [WATCH_LOST] = BIT(LEASE_EXPIRED) | BIT(LOST) | BIT(RESET) |
			   BIT(UNDELIVERED) | BIT(ENDED_BY_ADMIN),
	    [WATCH_REFUSED] = BIT(BUSY) | BIT(TIMEOUT) | BIT(QUEUE_FULL) |
			      BIT(CANCELLED) | BIT(DEADLOCK) | BIT(QUOTA) |
			      BIT(LEADER_LOST) | BIT(LEFT),
	    [WATCH_EXPIRED] = BIT(EXPIRED),
	};
	const struct watcher *watcher = &episode->watcher;

	for (int i = 0; i < WATCH_N_EVENTS; i++) {
		int64_t told = watcher->n_told[i];

		if (i == WATCH_REFUSED)
			told -= watcher->n_uncounted;
		if (told != counted(watcher, episode->core, counts[i]))
			episode_fail(episode, watch_event_name(i));
	}
}

void watcher_compare(struct episode *episode)
{
	struct watcher *watcher = &episode->watcher;

	if (!watcher->is_there)
		return;
	if (watcher->n_right != watcher->n_grants)
		episode_fail(episode, "a watch is told of a grant too many");
	compare(episode);
	for (int i = 0; i < watcher->n_grants; i++)
		json_decref(watcher->grants[i]);
	watcher->n_grants = watcher->n_right = 0;
	if (watcher->is_over)
		watcher->is_there = false;
}
