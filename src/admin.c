/* SPDX-License-Identifier: MIT */
/* hello and stats: see admin.h. */
#include "admin.h"

#include "core.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* Adds the members of the object to the answer and frees the object. */
static void add_document(struct answer *answer, json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT);
	struct blob *members;

	assert(text != NULL); /* our own objects, and memory never fails */
	members = blob_new(text + 1, strlen(text) - 2);
	answer_add_json(answer, MEMBER_DOCUMENT, members);
	blob_unref(members);
	free(text);
	json_decref(document);
}

static json_t *limits_of(const struct core *core)
{
	const size_t *most = core->quota.shares.most;

	return json_pack("{s:I, s:i, s:i, s:i, s:i, s:I, s:I, s:I, s:I}",
	    "max_line", (json_int_t)core->max_line_bytes, "key",
	    WIRE_MAX_KEY_BYTES, "id", WIRE_MAX_ID_BYTES, "message",
	    WIRE_MAX_MESSAGE_BYTES, "depth", WIRE_MAX_DEPTH, "connections",
	    (json_int_t)most[QUOTA_CONNECTIONS], "waits",
	    (json_int_t)most[QUOTA_WAITS], "keys", (json_int_t)most[QUOTA_KEYS],
	    "bytes", (json_int_t)most[QUOTA_BYTES]);
}

void admin_hello(struct core *core, struct request *req)
{
	char session[24];
	json_t *document;

	(void)snprintf(session, sizeof(session), "%" PRIu64, req->session->id);
	document = json_pack("{s:s, s:s, s:i, s:s, s:I, s:[], s:o}", "server",
	    "msyncd", "version", PACKAGE_VERSION, "protocol",
	    WIRE_PROTOCOL_VERSION, "session", session, "epoch",
	    (json_int_t)core->first_token, "features", "limits",
	    limits_of(core));
	add_document(core_answer(core, req), document);
}

static json_t *counts_of(const struct core *core, enum wire_kind kind)
{
	json_t *object = json_object();

	for (int i = 0; i < TALLY_N_COUNTS; i++) {
		enum tally_count count = (enum tally_count)i;

		if (tally_is_for(count, kind))
			json_object_set_new(object, tally_name(count),
			    json_integer(core->tally.counts[kind][count]));
	}
	return object;
}

void admin_stats(struct core *core, struct request *req)
{
	json_t *kinds = json_object();
	json_t *document;

	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		json_object_set_new(kinds,
		    object_kind_name((enum wire_kind)kind),
		    counts_of(core, (enum wire_kind)kind));
	document = json_pack("{s:I, s:I, s:o}", "uptime_ms",
	    (json_int_t)(core->now - core->started), "connections",
	    (json_int_t)core->sessions.n_sessions, "kinds", kinds);
	add_document(core_answer(core, req), document);
}
