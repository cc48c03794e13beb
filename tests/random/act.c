/* SPDX-License-Identifier: MIT */
/*
 * What is done in an episode, always to the core and to the model alike: lines
 * come in, sessions come and go, time passes, answers turn out to have reached
 * nobody, and the daemon ends.
 */
#include "episode.h"

#include "verbs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int episode_sessions(const struct episode *episode, int sessions[MAX_SESSIONS])
{
	int n = 0;

	for (int i = 0; i < episode->n_sessions; i++) {
		if (model_is_here(episode->model, i))
			sessions[n++] = i;
	}
	return n;
}

static void join(struct episode *episode)
{
	int uid = FIRST_UID + rng_below(&episode->rng, N_UIDS);
	struct peer peer = {
	    .uid = (uid_t)uid, .pid = 100 + rng_below(&episode->rng, 5)};
	uint64_t id = core_join(episode->core, &peer);
	int session = model_join(episode->model, uid, peer.pid);

	episode_note(
	    episode, "[%d joins: uid %d, pid %d]", session, uid, (int)peer.pid);
	if ((id != 0) != (session != MODEL_ABSENT))
		episode_fail(episode, "a session was let in, or was not");
	if (id == 0) {
		episode->counts->joins_refused++;
		return;
	}
	episode->ids[session] = id;
	episode->uids[session] = uid;
	episode->n_sessions = session + 1;
	watcher_begin(episode, session);
}

/* The line in memory of its own, so that reading beyond it is noticed. */
static enum verbs_result do_line(struct episode *episode, int session,
    const struct line *line, enum verbs_mode mode)
{
	char *copy = malloc(line->len > 0 ? line->len : 1);
	enum verbs_result result;

	memcpy(copy, line->bytes, line->len);
	result = verbs_line(
	    episode->core, episode->ids[session], copy, line->len, mode);
	free(copy);
	return result;
}

static void note_line(struct episode *episode, int session, const char *mark,
    const struct line *line)
{
	episode_note(episode, "%d%s> %.*s", session, mark,
	    line->len > 400 ? 400 : (int)line->len, line->bytes);
}

static void say_good(
    struct episode *episode, int session, struct model_request *request)
{
	struct line line = line_write(&episode->gen, request);
	enum verbs_result result;

	note_line(episode, session, "", &line);
	if (request->fault == WIRE_OK)
		episode->counts->asked[request->op]++;
	result = do_line(episode, session, &line, VERBS_LIVE);
	if (result != VERBS_GOOD && result != VERBS_LONG)
		episode_fail(episode, "not taken for a request");
	watcher_look(episode);
	model_request(episode->model, session, request);
}

static void say_odd(
    struct episode *episode, int session, struct model_request *request)
{
	struct line line = {"", 0};
	int dice = rng_below(&episode->rng, 100);
	enum verbs_result result;

	if (dice < 4) {
		note_line(episode, session, "", &line);
		if (do_line(episode, session, &line, VERBS_LIVE) != VERBS_EMPTY)
			episode_fail(episode, "an empty line is a request");
		return;
	}
	if (dice < 20) {
		episode_note(episode, "%d> (a line that is too long)", session);
		request->fault = WIRE_TOO_LONG;
		verbs_too_long(episode->core, episode->ids[session]);
	} else {
		line = line_spoil(&episode->gen, request);
		note_line(episode, session, "", &line);
		result = do_line(episode, session, &line, VERBS_LIVE);
		if ((result == VERBS_BAD) != (request->fault == WIRE_PARSE))
			episode_fail(episode, "good or bad line?");
	}
	model_request(episode->model, session, request);
}

static void say_page(struct episode *episode)
{
	struct model_request request;

	walk_request(episode, &request);
	say_good(episode, episode->walk.session, &request);
}

static void say(struct episode *episode, const int *sessions, int n)
{
	int session = sessions[rng_below(&episode->rng, n)];
	struct model_request request;

	generator_request(&episode->gen, sessions, n, &session, &request);
	if (rng_percent(&episode->rng, episode->gen.odd_percent))
		say_odd(episode, session, &request);
	else
		say_good(episode, session, &request);
}

/* Lines that were there before the connection ended but not yet read. */
static void say_last_lines(struct episode *episode, int session)
{
	struct model_request request;
	struct line line;
	int other;

	drain(episode);
	episode->deaf = session;
	core_stop_waiting(episode->core, episode->ids[session]);
	for (int i = rng_below(&episode->rng, 3); i >= 0; i--) {
		do {
			other = session;
			generator_request(
			    &episode->gen, &session, 1, &other, &request);
		} while (request.key == NULL);
		if (rng_percent(&episode->rng, 10))
			line = line_spoil(&episode->gen, &request);
		else
			line = line_write(&episode->gen, &request);
		note_line(episode, session, " at its end", &line);
		do_line(episode, session, &line, VERBS_LEAVING);
		core_check(episode->core);
		model_last_line(episode->model, session, &request);
	}
}

static void leave(struct episode *episode, int session)
{
	uint64_t id = episode->ids[session];

	if (episode->is_single && rng_percent(&episode->rng, 30)) {
		say_last_lines(episode, session);
	} else if (rng_percent(&episode->rng, 40)) {
		episode_note(episode, "[%d hears what it loses]", session);
		core_say_lost(episode->core, id);
		model_say_lost(episode->model, session);
	}
	episode_note(episode, "[%d leaves]", session);
	watcher_leave(episode, session);
	core_leave(episode->core, id);
	model_leave(episode->model, session);
	if (rng_percent(&episode->rng, 5)) {
		core_leave(episode->core, id);
		core_say_lost(episode->core, id);
	}
}

/* An answer turns out to have reached nobody: often one that is not to be
 * taken back at all. */
static void take_back(struct episode *episode)
{
	const struct generator *gen = &episode->gen;
	const struct grant *grant;
	int uid = FIRST_UID + rng_below(&episode->rng, N_UIDS);

	if (gen->n_grants == 0)
		return;
	grant = &gen->grants[rng_below(&episode->rng, gen->n_grants)];
	if (rng_percent(&episode->rng, 80))
		uid = grant->uid;
	episode_note(
	    episode, "[taken back: %" PRId64 " of uid %d]", grant->token, uid);
	core_take_back(episode->core, (uid_t)uid, grant->token);
	model_take_back(episode->model, uid, grant->token);
}

static void shut_down(struct episode *episode)
{
	episode_note(episode, "[shut-down]");
	episode->counts->shut_downs++;
	core_shut_down(episode->core);
	model_shut_down(episode->model);
}

void act(struct episode *episode)
{
	int sessions[MAX_SESSIONS], n = episode_sessions(episode, sessions);
	bool ends = model_is_shut_down(episode->model);
	int dice = rng_below(&episode->rng, 100);

	episode->step++;
	if (episode->step >= episode->shut_down_step && !ends)
		shut_down(episode);
	else if (!ends &&
		 (n == 0 || dice < 2 || (n < episode->n_wanted && dice < 30)))
		join(episode);
	else if (n == 0)
		take_back(episode);
	else if (dice >= 97)
		leave(episode, sessions[rng_below(&episode->rng, n)]);
	else if (dice >= 95)
		take_back(episode);
	else if (walk_is_due(episode, sessions, n))
		say_page(episode);
	else
		say(episode, sessions, n);
	core_check(episode->core);
}

static void advance(struct episode *episode, int64_t now)
{
	core_advance(episode->core, now);
	model_advance(episode->model, now);
	if (now > episode->now)
		episode->now = now;
}

/* When it may become: near what is due next, and not far from it. */
static int64_t pick_time(struct episode *episode)
{
	int64_t due = core_deadline(episode->core), now = episode->now;
	int dice = rng_below(&episode->rng, 100);

	if (dice < 5)
		return now - rng_below(&episode->rng, 20);
	if (due == MTIME_NEVER || dice < 30 ||
	    (due > now + 1000000 && dice < 95))
		return now + rng_below(&episode->rng, 4);
	if (dice < 35)
		return now + rng_below(&episode->rng, 200);
	if (dice < 45)
		return due - 1;
	if (dice < 55)
		return due + 1 + rng_below(&episode->rng, 10);
	return due;
}

void act_time(struct episode *episode)
{
	int64_t now = pick_time(episode);

	episode->step++;
	episode_note(episode, "[%+" PRId64 " ms]", now - episode->now);
	advance(episode, now);
	core_check(episode->core);
}

void act_end(struct episode *episode)
{
	int sessions[MAX_SESSIONS], n = episode_sessions(episode, sessions);

	episode->is_single = false;
	for (int i = 0; i < n; i++)
		leave(episode, sessions[i]);
	drain(episode);
	episode_note(episode, "[all the time there is]");
	advance(episode, episode->now + 2 * WIRE_MAX_INTEGER);
	drain(episode);
}
