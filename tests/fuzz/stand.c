/* SPDX-License-Identifier: MIT */
/* A core with a few clients: see stand.h. */
#include "stand.h"

#include "answers.h"
#include "fuzz.h"
#include "verbs.h"
#include "watch.h"
#include "xalloc.h"

#include <string.h>

static const struct quota_shares plenty = {.most = {100, 100, 1000, 100000}};
static const struct quota_shares tight = {.most = {2, 2, 4, 64}};

void stand_open(struct stand *stand)
{
	/* Tokens are 1, 2, 3, so that one may be guessed. */
	static const struct core_config config = {.first_token = 1,
	    .max_line_bytes = STAND_MAX_LINE,
	    .portion = 2, /* so that little is much */
	    .shares = {.most = {100, 100, 1000, 100000}}};

	*stand = (struct stand){.core = core_new(&config, 1000)};
	for (int i = 0; i < STAND_N_CLIENTS; i++)
		stand->clients[i].awaited = json_array();
	stand_own(stand, false);
}

static void forget(struct stand_client *client)
{
	client->session = 0;
	client->is_half = false;
	client->is_deaf = false;
	json_array_clear(client->awaited);
}

/* Answers ---------------------------------------------------------- */

static struct stand_client *client_of(struct stand *stand, uint64_t session)
{
	for (int i = 0; i < STAND_N_CLIENTS; i++) {
		if (stand->clients[i].session == session)
			return &stand->clients[i];
	}
	return NULL;
}

static void take_answers(struct stand *stand)
{
	struct answer answer;

	while (core_pop(stand->core, &answer)) {
		struct stand_client *client = client_of(stand, answer.session);

		if (client != NULL && client->is_deaf &&
		    answer.sighting != NULL)
			watch_unsent(
			    stand->core, answer.session, answer.sighting);
		if (client != NULL)
			answers_take(&answer, client->awaited);
		if (client != NULL && !stand->is_quiet)
			answers_check(&answer);
		/* As the server does with what it cannot hand over. */
		if ((client == NULL || client->is_deaf) &&
		    answer.detached_token != 0)
			core_take_back(stand->core, answer.detached_uid,
			    answer.detached_token);
		answer_deinit(&answer);
	}
	while (core_pop_note(stand->core, &answer))
		answer_deinit(&answer);
	if (!stand->is_quiet)
		core_check(stand->core);
}

/* What has no answer yet waits, and nothing else does. */
static void check_waits(const struct stand *stand)
{
	for (int i = 0; i < STAND_N_CLIENTS; i++) {
		const struct stand_client *client = &stand->clients[i];
		const struct session *session;
		size_t n = 0;

		if (client->session == 0)
			continue;
		session = session_find(&stand->core->sessions, client->session);
		for (const struct claim *claim = session->waiting;
		     claim != NULL; claim = claim->mine_next)
			n++;
		FUZZ_ASSERT(n == json_array_size(client->awaited),
		    "%zu requests without an answer, %zu waits",
		    json_array_size(client->awaited), n);
	}
}

/* Ends somebody who has stopped sending and has all answers; false when
 * there is nobody. */
static bool end_half_closed(struct stand *stand)
{
	for (int i = 0; i < STAND_N_CLIENTS; i++) {
		struct stand_client *client = &stand->clients[i];

		if (!client->is_half ||
		    core_is_waiting(stand->core, client->session) ||
		    watch_has(stand->core, client->session))
			continue;
		core_say_lost(stand->core, client->session);
		take_answers(stand);
		core_leave(stand->core, client->session);
		forget(client);
		return true;
	}
	return false;
}

static void settle(struct stand *stand)
{
	do
		take_answers(stand);
	while (end_half_closed(stand));
	check_waits(stand);
}

/* Steps ------------------------------------------------------------ */

static bool is_there(struct stand *stand, int who)
{
	struct stand_client *client = &stand->clients[who];
	gid_t groups[] = {7};
	const struct peer peer = {
	    .uid = who == STAND_N_CLIENTS - 1 ? STAND_ADMIN_UID : STAND_UID,
	    .pid = who == 0 ? 0 : 11 + who,
	    .groups = groups,
	    .n_groups = 1,
	};

	if (client->session == 0)
		client->session = core_join(stand->core, &peer);
	return client->session != 0;
}

void stand_line(struct stand *stand, int who, const char *line, size_t len)
{
	struct stand_client *client = &stand->clients[who];
	enum verbs_result result;

	if (client->is_half || !is_there(stand, who))
		return;
	if (len > STAND_MAX_LINE) {
		verbs_too_long(stand->core, client->session);
		json_array_append_new(client->awaited, json_null());
	} else {
		json_array_append_new(
		    client->awaited, answers_expected(line, len));
		do
			result = verbs_line(stand->core, client->session, line,
			    len, VERBS_LIVE);
		while (result == VERBS_AGAIN);
		if (result == VERBS_EMPTY)
			json_array_remove(client->awaited,
			    json_array_size(client->awaited) - 1);
	}
	settle(stand);
}

void stand_hang_up(struct stand *stand, int who, const char *line, size_t len)
{
	struct stand_client *client = &stand->clients[who];
	uint64_t session = client->session;

	if (session == 0)
		return;
	/* Nothing reaches it any more, and nothing has to. */
	forget(client);
	core_stop_waiting(stand->core, session);
	if (len <= STAND_MAX_LINE)
		verbs_line(stand->core, session, line, len, VERBS_LEAVING);
	settle(stand);
	core_leave(stand->core, session);
	settle(stand);
}

void stand_half_close(struct stand *stand, int who)
{
	if (stand->clients[who].session != 0)
		stand->clients[who].is_half = true;
	settle(stand);
}

void stand_deafen(struct stand *stand, int who)
{
	struct stand_client *client = &stand->clients[who];

	client->is_deaf = !client->is_deaf;
	if (!client->is_deaf && client->session != 0)
		watch_drained(stand->core, client->session);
	settle(stand);
}

void stand_advance(struct stand *stand, mtime_t ms)
{
	if (ms > MTIME_NEVER / 2 - stand->core->now)
		return;
	core_advance(stand->core, stand->core->now + ms);
	settle(stand);
}

void stand_share(struct stand *stand, unsigned bits)
{
	struct quota_shares shares = plenty;

	for (int i = 0; i < QUOTA_N_SHARES; i++) {
		if (bits >> i & 1)
			shares.most[i] = tight.most[i];
	}
	core_set_shares(stand->core, &shares);
	settle(stand);
}

static struct rule *new_rule(uid_t uid)
{
	struct rule *rule = xcalloc(1, sizeof(*rule));

	rule->uids = xmalloc(sizeof(*rule->uids));
	rule->uids[0] = uid;
	rule->n_uids = 1;
	rule->where = xmemdup0("here", 4);
	return rule;
}

void stand_own(struct stand *stand, bool is_own)
{
	struct rules rules = {.admin = new_rule(STAND_ADMIN_UID), .n_admin = 1};

	if (is_own) {
		rules.allow = new_rule(STAND_ADMIN_UID);
		rules.n_allow = 1;
		rules.allow->prefixes = xmalloc(sizeof(char *));
		rules.allow->prefixes[0] = xmemdup0("own/", 4);
		rules.allow->n_prefixes = 1;
	}
	core_set_rules(stand->core, &rules);
	settle(stand);
}

void stand_shut_down(struct stand *stand)
{
	core_shut_down(stand->core);
	settle(stand);
}

void stand_close(struct stand *stand)
{
	for (int i = 0; i < STAND_N_CLIENTS; i++) {
		stand_hang_up(stand, i, "", 0);
		json_decref(stand->clients[i].awaited);
	}
	core_free(stand->core);
}
