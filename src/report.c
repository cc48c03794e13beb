/* SPDX-License-Identifier: MIT */
/* Lines of the log about holds: see report.h. */
#include "report.h"

#include "conn.h"

#include <assert.h>
#include <stdio.h>

/* So many holds are listed at the end; the rest is counted, for nobody reads
 * a million lines, and the daemon has to end within a second. */
#define MAX_LISTED 1000
/* And so many that vanish in one second. */
#define MAX_VANISHED 10

struct hold_list {
	const struct server *server;
	const char *event;
	size_t n, most;
};

static void log_hold(void *ctx, const struct claim *hold)
{
	struct hold_list *list = ctx;
	const struct server *server = list->server;
	char key[LOG_QUOTED_BYTES], client[LOG_QUOTED_BYTES];
	struct holder holder;

	if (list->n++ >= list->most)
		return;
	holder = claim_holder(server->core, hold);
	log_event(&server->log, LOG_LEVEL_INFO, list->event,
	    "kind=%s key=%s token=%lld pid=%d uid=%lu client=%s held_ms=%lld",
	    object_kind_name(hold->object->kind->number),
	    log_quote(key, object_key_bytes(hold->object)),
	    (long long)hold->token, (int)holder.pid, (unsigned long)holder.uid,
	    log_quote(client, holder.client), (long long)holder.held_ms);
}

void report_held_at_stop(const struct server *server)
{
	struct hold_list list = {
	    .server = server, .event = "held_at_stop", .most = MAX_LISTED};

	core_each_hold(server->core, log_hold, &list);
	if (list.n > list.most)
		log_event(&server->log, LOG_LEVEL_INFO, "more_held_at_stop",
		    "count=%zu", list.n - list.most);
}

void report_vanished(struct server *server, uint64_t session)
{
	struct hold_list list = {.server = server, .event = "holder_vanished"};

	if (server->core->shutting_down)
		return; /* they have been listed */
	if (server->now >= server->vanished_at + 1000) {
		if (server->n_vanished > MAX_VANISHED)
			log_event(&server->log, LOG_LEVEL_INFO,
			    "more_holders_vanished", "count=%zu",
			    server->n_vanished - MAX_VANISHED);
		server->vanished_at = server->now;
		server->n_vanished = 0;
	}
	if (server->n_vanished < MAX_VANISHED)
		list.most = MAX_VANISHED - server->n_vanished;
	server->n_vanished += core_each_hold_of(
	    server->core, session, list.most, log_hold, &list);
}

/* The value of a member as text; "" where there is none. */
static const char *value_of(const struct answer *note, enum member_name name,
    char text[LOG_QUOTED_BYTES])
{
	char key[WIRE_MAX_KEY_BYTES + 1];

	text[0] = '\0';
	for (int i = 0; i < note->n_members; i++) {
		const struct member *member = &note->members[i];

		if (member->name != name)
			continue;
		if (member->type == MEMBER_IS_WORD)
			return member->word;
		if (member->type == MEMBER_IS_INTEGER) {
			(void)snprintf(text, LOG_QUOTED_BYTES, "%lld",
			    (long long)member->number);
			return text;
		}
		(void)snprintf(key, sizeof(key), "%.*s", (int)member->blob->len,
		    member->blob->bytes);
		return log_quote(text, key);
	}
	return text;
}

static void report_note(const struct server *server, const struct answer *note)
{
	const struct conn *conn = server_find(server, note->session);
	char kind[LOG_QUOTED_BYTES], key[LOG_QUOTED_BYTES];
	char token[LOG_QUOTED_BYTES], pid[LOG_QUOTED_BYTES];
	char uid[LOG_QUOTED_BYTES], held_ms[LOG_QUOTED_BYTES];

	/* Whoever did it is freed at the end of the turn, not before. */
	assert(conn != NULL);
	log_event(&server->log, LOG_LEVEL_INFO, note->event,
	    "kind=%s key=%s token=%s pid=%s uid=%s held_ms=%s by_pid=%d "
	    "by_uid=%lu",
	    value_of(note, MEMBER_KIND, kind), value_of(note, MEMBER_KEY, key),
	    value_of(note, MEMBER_TOKEN, token),
	    value_of(note, MEMBER_PID, pid), value_of(note, MEMBER_UID, uid),
	    value_of(note, MEMBER_HELD_MS, held_ms), (int)conn->peer.pid,
	    (unsigned long)conn->peer.uid);
}

void report_notes(const struct server *server)
{
	struct answer note;

	while (core_pop_note(server->core, &note)) {
		report_note(server, &note);
		answer_deinit(&note);
	}
}
