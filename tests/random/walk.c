/* SPDX-License-Identifier: MIT */
/* A list that is read page by page: see walk.h. */
#include "episode.h"

#include <string.h>

#define WALK_ID "walk"

static void note_hold(void *ctx, const struct claim *hold)
{
	struct walk *walk = ctx;

	if (walk->kind != MODEL_ABSENT &&
	    (int)hold->object->kind->number != walk->kind)
		return;
	if (walk->n_begun < WALK_MAX_HOLDS)
		walk->begun[walk->n_begun++] = hold->token;
}

bool walk_is_due(struct episode *episode, const int *sessions, int n)
{
	struct walk *walk = &episode->walk;
	int session = sessions[rng_below(&episode->rng, n)];

	if (walk->is_under_way && !model_is_here(episode->model, walk->session))
		*walk = (struct walk){0};
	if (walk->is_under_way)
		return !walk->is_asked && rng_percent(&episode->rng, 40);
	/* With short lines not all of a key may be told. */
	if (episode->core->max_line_bytes < WIRE_MAX_LINE_BYTES ||
	    !model_sees_all(episode->model, episode->uids[session]) ||
	    !rng_percent(&episode->rng, 3))
		return false;
	*walk = (struct walk){
	    .is_under_way = true, .session = session, .kind = MODEL_ABSENT};
	if (rng_percent(&episode->rng, 25))
		walk->kind = rng_below(&episode->rng, WIRE_N_KINDS);
	core_each_hold(episode->core, note_hold, walk);
	return true;
}

void walk_request(struct episode *episode, struct model_request *request)
{
	struct walk *walk = &episode->walk;

	generator_blank(request);
	request->op = MODEL_LIST;
	request->id = (struct model_id){MODEL_ID_TEXT, 0, WALK_ID};
	request->kind = walk->kind;
	request->max = 1 + rng_below(&episode->rng, 3);
	request->after = walk->after;
	walk->is_asked = true;
}

static int n_times(const int64_t *tokens, int n, int64_t token)
{
	int times = 0;

	for (int i = 0; i < n; i++)
		times += tokens[i] == token;
	return times;
}

static void take_holders(struct episode *episode, const json_t *holders)
{
	struct walk *walk = &episode->walk;
	size_t i;
	json_t *holder;

	json_array_foreach(holders, i, holder) {
		int64_t token =
		    json_integer_value(json_object_get(holder, "token"));

		if (n_times(walk->told, walk->n_told, token) > 0)
			episode_fail(episode, "a list tells a hold twice");
		if (walk->n_told < WALK_MAX_HOLDS)
			walk->told[walk->n_told++] = token;
	}
}

static void finish(struct episode *episode)
{
	struct walk *walk = &episode->walk;

	for (int i = 0; i < walk->n_begun; i++) {
		int64_t token = walk->begun[i];

		if (model_is_held(episode->model, token) &&
		    n_times(walk->told, walk->n_told, token) != 1)
			episode_fail(episode, "a list leaves a hold out");
	}
	episode->counts->walks += walk->n_pages > 1;
	*walk = (struct walk){0};
}

void walk_hear(struct episode *episode, const struct heard *heard)
{
	struct walk *walk = &episode->walk;
	const char *id = json_string_value(json_object_get(heard->json, "id"));
	const char *next =
	    json_string_value(json_object_get(heard->json, "next"));
	size_t i;
	json_t *key;

	if (!walk->is_asked || heard->session != walk->session || id == NULL ||
	    strcmp(id, WALK_ID) != 0)
		return;
	walk->is_asked = false;
	walk->n_pages++;
	json_array_foreach(json_object_get(heard->json, "keys"), i, key)
		take_holders(episode, json_object_get(key, "holders"));
	if (next == NULL) {
		finish(episode);
		return;
	}
	walk->after = arena_printf(&episode->arena, "%s", next);
}
