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
	char *text =
	    json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(6));
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
	document = json_pack("{s:s, s:s, s:i, s:s, s:I, s:[s], s:o}", "server",
	    "msyncd", "version", PACKAGE_VERSION, "protocol",
	    WIRE_PROTOCOL_VERSION, "session", session, "epoch",
	    (json_int_t)core->first_token, "features", "watch", "limits",
	    limits_of(core));
	add_document(core_answer(core, req), document);
}

/* The buckets that have something in them: [upper, count]. */
static json_t *buckets_of(const struct histogram *histogram)
{
	json_t *buckets = json_array();

	for (int i = 0; i < HISTOGRAM_N_BUCKETS; i++) {
		if (histogram->buckets[i] > 0)
			json_array_append_new(buckets,
			    json_pack("[I, I]", (json_int_t)histogram_upper(i),
				(json_int_t)histogram->buckets[i]));
	}
	return buckets;
}

static json_t *distribution_of(const struct histogram *histogram)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "count",
	    (json_int_t)histogram->count, "sum", (json_int_t)histogram->sum,
	    "max", (json_int_t)histogram->max, "p50",
	    (json_int_t)histogram_quantile(histogram, 500), "p90",
	    (json_int_t)histogram_quantile(histogram, 900), "p99",
	    (json_int_t)histogram_quantile(histogram, 990), "p999",
	    (json_int_t)histogram_quantile(histogram, 999), "buckets",
	    buckets_of(histogram));
}

/* Which part of the flights that had a result did not have to make it. */
static void add_hit_ratio(json_t *object, const int64_t *counts)
{
	int64_t n = counts[TALLY_FRESH] + counts[TALLY_SHARED];

	if (n > 0)
		json_object_set_new(object, "hit_ratio",
		    json_real((double)counts[TALLY_SHARED] / (double)n));
}

static int64_t oldest_wait(const struct core *core, enum wire_kind kind)
{
	const struct claim *oldest = core->waits[kind];

	return oldest == NULL ? 0 : core->now - oldest->since;
}

static json_t *kind_of(const struct core *core, enum wire_kind kind)
{
	const struct tally *tally = &core->tally;
	json_t *object = json_object();

	for (int i = 0; i < TALLY_N_COUNTS; i++) {
		enum tally_count count = (enum tally_count)i;

		if (tally_is_for(count, kind))
			json_object_set_new(object, tally_name(count),
			    json_integer(tally->counts[kind][count]));
	}
	if (kind == WIRE_KIND_FLIGHT)
		add_hit_ratio(object, tally->counts[kind]);
	json_object_set_new(
	    object, "oldest_wait_ms", json_integer(oldest_wait(core, kind)));
	json_object_set_new(
	    object, "wait_ms", distribution_of(&tally->wait_ms[kind]));
	json_object_set_new(
	    object, "hold_ms", distribution_of(&tally->hold_ms[kind]));
	return object;
}

json_t *admin_stats_document(const struct core *core)
{
	const struct tally *tally = &core->tally;
	json_t *kinds = json_object();

	for (int kind = 0; kind < WIRE_N_KINDS; kind++)
		json_object_set_new(kinds,
		    object_kind_name((enum wire_kind)kind),
		    kind_of(core, (enum wire_kind)kind));
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
	    "version", PACKAGE_VERSION, "uptime_ms",
	    (json_int_t)(core->now - core->started), "connections",
	    (json_int_t)core->sessions.n_sessions, "users",
	    (json_int_t)core->n_users, "watchers", (json_int_t)core->n_watches,
	    "requests", (json_int_t)tally->n_requests, "bad_lines",
	    (json_int_t)tally->n_bad_lines, "joined",
	    (json_int_t)tally->n_joined, "refused",
	    (json_int_t)tally->n_refused, "kinds", kinds);
}

void admin_stats(struct core *core, struct request *req)
{
	add_document(core_answer(core, req), admin_stats_document(core));
}
