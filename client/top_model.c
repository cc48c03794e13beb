/* SPDX-License-Identifier: MIT */
/* What is known of the daemon as a whole: see top_model.h. */
#include "top_model.h"

#include "top_alloc.h"

#include <stdio.h>
#include <sys/random.h>

static const char *const names[TOP_N_KINDS] = {
    [TOP_LOCK] = "lock",
    [TOP_LIMIT] = "limit",
    [TOP_FLIGHT] = "flight",
    [TOP_POOL] = "pool",
};

const char *top_kind_name(enum top_kind kind)
{
	return names[kind];
}

enum top_kind top_kind_of(const char *name)
{
	enum top_kind kind = TOP_LOCK;

	while (kind < TOP_N_KINDS &&
	       (name == NULL || strcmp(names[kind], name) != 0))
		kind++;
	return kind;
}

/* Begin and end ---------------------------------------------------- */

static void begin(struct top_model *model, int64_t now_ms)
{
	static const struct top_total unknown = {
	    .granted = -1,
	    .oldest_wait_ms = -1,
	    .wait_p50_ms = -1,
	    .wait_p99_ms = -1,
	    .hold_p50_ms = -1,
	    .hold_p99_ms = -1,
	};

	for (int i = 0; i < TOP_N_KINDS; i++)
		model->totals[i] = unknown;
	model->requests = (struct top_series){0};
	model->version[0] = '\0';
	model->uptime_ms = model->connections = model->users = -1;
	model->n_requests = model->told_ms = -1;
	model->since_ms = model->tick_ms = now_ms;
	model->n_seen = model->n_missed = 0;
	model->is_watching = false;
}

struct top_model *top_model_new(int64_t now_ms)
{
	struct top_model *model = top_zalloc(sizeof(*model));

	if (getrandom(model->hash_key, sizeof(model->hash_key), 0) !=
	    (ssize_t)sizeof(model->hash_key))
		abort();
	begin(model, now_ms);
	return model;
}

static void free_rows(struct top_model *model)
{
	struct top_row *row, *next;

	HASH_ITER(hh, model->rows, row, next)
		top_row_free(model, row);
}

void top_model_forget(struct top_model *model, int64_t now_ms)
{
	free_rows(model);
	begin(model, now_ms);
	model->open.is_told = false;
}

void top_model_free(struct top_model *model)
{
	free_rows(model);
	free(model->open.claims);
	free(model);
}

/* stats ------------------------------------------------------------ */

/* What is counted since the daemon's start, in a span of its own time. */
struct span {
	int64_t from_ms, to_ms;
};

static void take_count(struct top_series *series, int64_t *old, int64_t new,
    const struct span *span)
{
	if (*old >= 0 && new > *old)
		top_series_add(
		    series, span->from_ms, span->to_ms, (double)(new - *old));
	*old = new;
}

/* How long things took; NULL as long as there were none. */
static const json_t *times_of(const json_t *kind, const char *name)
{
	const json_t *times = json_object_get(kind, name);

	return top_number(times, "count") > 0 ? times : NULL;
}

static void take_total(
    struct top_total *total, const json_t *kind, const struct span *span)
{
	const json_t *waits = times_of(kind, "wait_ms");
	const json_t *holds = times_of(kind, "hold_ms");

	take_count(
	    &total->grants, &total->granted, top_number(kind, "granted"), span);
	total->keys = top_number(kind, "keys");
	total->holds = top_number(kind, "holds");
	total->waits = top_number(kind, "waits");
	total->busy = top_number(kind, "busy");
	total->timeout = top_number(kind, "timeout");
	total->lost = top_number(kind, "lost");
	total->oldest_wait_ms = top_number(kind, "oldest_wait_ms");
	total->wait_p50_ms = top_number(waits, "p50");
	total->wait_p99_ms = top_number(waits, "p99");
	total->hold_p50_ms = top_number(holds, "p50");
	total->hold_p99_ms = top_number(holds, "p99");
}

void top_model_take_stats(
    struct top_model *model, const json_t *answer, int64_t now_ms)
{
	const json_t *kinds = json_object_get(answer, "kinds");
	const char *version =
	    json_string_value(json_object_get(answer, "version"));
	int64_t uptime_ms = top_number(answer, "uptime_ms");
	/* How long the counts took to rise is the daemon's to say: an answer
	 * may be late. */
	struct span span = {now_ms - (uptime_ms - model->uptime_ms), now_ms};

	if (span.from_ms < model->since_ms)
		span.from_ms = model->since_ms;
	for (int i = 0; i < TOP_N_KINDS; i++)
		take_total(
		    &model->totals[i], json_object_get(kinds, names[i]), &span);
	take_count(&model->requests, &model->n_requests,
	    top_number(answer, "requests"), &span);
	if (version != NULL)
		(void)snprintf(
		    model->version, sizeof(model->version), "%s", version);
	if (model->told_ms < 0)
		model->since_ms = now_ms;
	model->uptime_ms = uptime_ms;
	model->connections = top_number(answer, "connections");
	model->users = top_number(answer, "users");
	model->told_ms = now_ms;
}
