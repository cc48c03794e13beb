/* SPDX-License-Identifier: MIT */
/*
 * What came out of the core, held against what the model expects: first the
 * grants, in the order of their tokens, then all other answers in any order,
 * then what both have left.
 */
#include "episode.h"

#include "outbuf.h"
#include "reply.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int find_session(struct episode *episode, uint64_t id)
{
	for (int i = episode->n_sessions - 1; i >= 0; i--) {
		if (episode->ids[i] == id)
			return i;
	}
	episode_fail(episode, "an answer to nobody");
}

static void parse(struct episode *episode, struct heard *heard)
{
	const json_t *token;

	if (heard->len == 0 || heard->line[heard->len - 1] != '\n' ||
	    strlen(heard->line) != heard->len ||
	    strchr(heard->line, '\n') != heard->line + heard->len - 1)
		episode_fail(episode, "an answer that is not one line");
	heard->line[--heard->len] = '\0';
	heard->json = json_loadb(heard->line, heard->len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (heard->json == NULL)
		episode_fail(episode, "an answer that is not JSON");
	token = json_object_get(heard->json, "token");
	if (token != NULL && json_object_get(heard->json, "event") == NULL) {
		heard->is_grant = true;
		heard->token = json_integer_value(token);
	}
}

static void copy_out(const struct outbuf *out, struct heard *heard)
{
	struct iovec iov[64];
	int n = outbuf_iov(out, iov, 64);

	heard->line = malloc(out->n_bytes + 1);
	heard->len = 0;
	for (int i = 0; i < n; i++) {
		memcpy(
		    heard->line + heard->len, iov[i].iov_base, iov[i].iov_len);
		heard->len += iov[i].iov_len;
	}
	heard->line[heard->len] = '\0';
}

static void on_unsent(void *ctx, int64_t token)
{
	struct episode *episode = ctx;
	int at = episode->n_unsent++;

	if (episode->n_unsent > MAX_UNSENT)
		episode_fail(episode, "too many unsent answers");
	episode->unsent[at].token = token;
}

/* The line gets out, or is thrown away unsent: then what it granted has to be
 * taken back. */
static void send_or_drop(
    struct episode *episode, struct heard *heard, struct outbuf *out)
{
	int n = episode->n_unsent;
	bool gone = !model_is_here(episode->model, heard->session);
	bool lost = heard->detached_token != 0 &&
		    (gone || rng_percent(&episode->rng, 25));

	if (!lost)
		outbuf_sent(out, out->n_bytes);
	outbuf_drop(out, on_unsent, episode);
	if (episode->n_unsent != n + lost ||
	    (lost && episode->unsent[n].token != heard->detached_token))
		episode_fail(episode, "wrong word of an unsent grant");
	if (lost)
		episode->unsent[n].uid = episode->uids[heard->session];
}

static const char *command_of(void *ctx, uint64_t session)
{
	(void)session;
	return rng_percent(ctx, 50) ? "php" : NULL;
}

static void hear(struct episode *episode, const struct answer *answer)
{
	const struct reply_names names = {command_of, &episode->rng};
	struct heard *heard = &episode->heard[episode->n_heard++];
	struct outbuf out;

	if (episode->n_heard >= MAX_HEARD)
		episode_fail(episode, "endless answers");
	*heard = (struct heard){.detached_token = answer->detached_token};
	heard->session = find_session(episode, answer->session);
	outbuf_init(&out, NULL, NULL);
	reply_render(answer, &names, &out);
	copy_out(&out, heard);
	send_or_drop(episode, heard, &out);
	parse(episode, heard);
	if (heard->session == episode->deaf && !heard->is_grant)
		heard->is_matched = true;
}

static void hear_all(struct episode *episode)
{
	struct answer answer;

	while (core_pop(episode->core, &answer)) {
		if (answer.sighting != NULL)
			watcher_hear(episode, &answer);
		else
			hear(episode, &answer);
		answer_deinit(&answer);
	}
}

static void forget_heard(struct episode *episode)
{
	for (int i = 0; i < episode->n_heard; i++) {
		json_decref(episode->heard[i].json);
		free(episode->heard[i].line);
	}
	episode->n_heard = 0;
	model_forget_answers(episode->model);
}

static bool is_grant(const struct model_answer *answer)
{
	return answer->hold != MODEL_ABSENT && answer->event == NULL;
}

/* The next grant, by token, that is not matched yet. */
static struct heard *next_grant(struct episode *episode)
{
	struct heard *next = NULL;

	for (int i = 0; i < episode->n_heard; i++) {
		struct heard *heard = &episode->heard[i];

		if (heard->is_grant && !heard->is_matched &&
		    (next == NULL || heard->token < next->token))
			next = heard;
	}
	return next;
}

static void remember(struct episode *episode,
    const struct model_answer *expected, const struct heard *heard)
{
	struct grant grant = {heard->session, episode->uids[heard->session],
	    expected->held_kind, expected->held_key, heard->token,
	    expected->detached};

	generator_remember(&episode->gen, &grant);
}

static void match_grant(
    struct episode *episode, const struct model_answer *expected)
{
	struct heard *heard = next_grant(episode);

	if (heard == NULL)
		episode_fail(episode, "a grant is missing");
	if (!heard_is(heard, episode->model, expected, episode->first_token))
		episode_fail(episode, "not the grant that was expected");
	if (heard->token < episode->first_token ||
	    heard->token <= episode->last_token)
		episode_fail(episode, "a token that is not a new one");
	if (heard->detached_token != (expected->detached ? heard->token : 0))
		episode_fail(episode, "detached or not?");
	heard->is_matched = true;
	episode->last_token = heard->token;
	model_learn_token(episode->model, expected->hold, heard->token);
	remember(episode, expected, heard);
	watcher_match_grant(episode, expected, heard->token);
}

/* When cancel or reset is answered, so are the waits that it ended. */
static void check_last(struct episode *episode,
    const struct model_answer *expected, const struct heard *heard)
{
	const struct heard *end = episode->heard + episode->n_heard;

	if (!episode->is_single || expected->event != NULL ||
	    expected->code != WIRE_OK ||
	    (expected->op != MODEL_CANCEL && expected->op != MODEL_RESET))
		return;
	while (++heard < end) {
		if (heard->session == expected->session)
			episode_fail(episode, "answered too early");
	}
}

static void match_other(
    struct episode *episode, const struct model_answer *expected)
{
	for (int i = 0; i < episode->n_heard; i++) {
		struct heard *heard = &episode->heard[i];

		if (heard->is_matched || heard->is_grant ||
		    heard->detached_token != 0 ||
		    !heard_is(
			heard, episode->model, expected, episode->first_token))
			continue;
		heard->is_matched = true;
		check_last(episode, expected, heard);
		return;
	}
	episode_fail(episode, "an answer is missing");
}

static void compare_answers(struct episode *episode)
{
	const struct model_answer *expected;
	int n = model_answers(episode->model, &expected);

	for (int i = 0; i < n; i++) {
		if (is_grant(&expected[i]))
			match_grant(episode, &expected[i]);
	}
	for (int i = 0; i < n; i++) {
		if (!is_grant(&expected[i]))
			match_other(episode, &expected[i]);
		counts_add_answer(episode->counts, &expected[i]);
	}
	for (int i = 0; i < episode->n_heard; i++) {
		if (!episode->heard[i].is_matched)
			episode_fail(episode, "an answer too many");
		walk_hear(episode, &episode->heard[i]);
	}
	watcher_compare(episode);
}

static int64_t used(const struct core *core, int uid, enum model_share share)
{
	static const enum quota_share shares[] = {
	    [MODEL_CONNECTIONS] = QUOTA_CONNECTIONS,
	    [MODEL_WAITS] = QUOTA_WAITS,
	    [MODEL_KEYS] = QUOTA_KEYS,
	    [MODEL_BYTES] = QUOTA_BYTES,
	};
	const struct account *account;

	for (account = core->quota.accounts; account != NULL;
	     account = account->hh.next) {
		if (account->uid == (uid_t)uid)
			return (int64_t)account->used[shares[share]];
	}
	return 0;
}

static void compare_use(
    struct episode *episode, int uid, enum model_share share)
{
	int64_t in_core = used(episode->core, uid, share);
	int64_t in_model = model_used(episode->model, uid, share);
	char words[80];

	if (in_core == in_model)
		return;
	snprintf(words, sizeof(words),
	    "uid %d uses %" PRId64 " of share %d, should be %" PRId64, uid,
	    in_core, (int)share, in_model);
	episode_fail(episode, words);
}

static void compare_counts(struct episode *episode)
{
	const struct model *model = episode->model;
	const int64_t *tally;

	for (int uid = FIRST_UID; uid < FIRST_UID + N_UIDS; uid++) {
		for (int i = 0; i < MODEL_N_SHARES; i++)
			compare_use(episode, uid, i);
	}
	for (int i = 0; i < WIRE_N_KINDS; i++) {
		tally = episode->core->tally.counts[i];
		if (tally[TALLY_HOLDS] != model_n_holds(model, i) ||
		    tally[TALLY_WAITS] != model_n_waits(model, i))
			episode_fail(episode, "a gauge differs");
	}
	drain_stats(episode);
	if (core_deadline(episode->core) != model_deadline(model))
		episode_fail(episode, "something else is due next");
}

struct count_holds {
	const struct model *model;
	int n, n_unknown;
};

static void on_hold(void *ctx, const struct claim *hold)
{
	struct count_holds *count = ctx;

	count->n++;
	count->n_unknown += !model_is_held(count->model, hold->token);
}

static void compare_holds(struct episode *episode)
{
	struct count_holds count = {.model = episode->model};
	int n = 0;

	core_each_hold(episode->core, on_hold, &count);
	for (int i = 0; i < WIRE_N_KINDS; i++)
		n += model_n_holds(episode->model, i);
	if (count.n != n || count.n_unknown > 0)
		episode_fail(episode, "other holds than there should be");
}

static void compare_session(struct episode *episode)
{
	int sessions[MAX_SESSIONS], n = episode_sessions(episode, sessions);
	int session;
	uint64_t id;

	if (n == 0)
		return;
	session = sessions[rng_below(&episode->rng, n)];
	id = episode->ids[session];
	if (core_is_waiting(episode->core, id) !=
		model_is_waiting(episode->model, session) ||
	    core_is_engaged(episode->core, id) !=
		model_is_engaged(episode->model, session))
		episode_fail(episode, "a session waits or holds, or not");
}

static void take_back_unsent(struct episode *episode)
{
	for (int i = 0; i < episode->n_unsent; i++) {
		episode_note(episode, "[%" PRId64 " was not sent]",
		    episode->unsent[i].token);
		core_take_back(episode->core, (uid_t)episode->unsent[i].uid,
		    episode->unsent[i].token);
		core_check(episode->core);
		model_take_back(episode->model, episode->unsent[i].uid,
		    episode->unsent[i].token);
	}
	episode->n_unsent = 0;
}

void drain(struct episode *episode)
{
	bool again;

	do {
		hear_all(episode);
		compare_answers(episode);
		compare_counts(episode);
		compare_holds(episode);
		compare_session(episode);
		forget_heard(episode);
		again = episode->n_unsent > 0;
		take_back_unsent(episode);
	} while (again);
	episode->deaf = MODEL_ABSENT;
}
