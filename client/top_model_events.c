/* SPDX-License-Identifier: MIT */
/* What a watch tells of keys: see top_model.h. */
#include "top_model.h"

#include <string.h>

/* A second, on a machine that is not quite in time. */
#define SECOND_MS 900
/* Three times the longest interval. */
#define BELIEVED_MS ((int64_t)3 * 60 * 1000)

/* Until the next list, the key is as the events say. */
static void take_grant(struct top_row *row, const json_t *event, int64_t now_ms)
{
	row->n_granted += 1;
	row->holding++;
	row->is_there = true;
	if (row->is_held)
		return;
	row->holder = top_claim_of(event);
	row->holder.ms = 0;
	row->is_held = true;
	row->told_ms = now_ms;
}

static void take_end(struct top_row *row, const json_t *event)
{
	row->holding -= row->holding > 0;
	if (row->is_held && row->holder.token == top_number(event, "token"))
		row->is_held = false;
	if (row->holding == 0 && row->waiting == 0)
		row->is_there = false;
}

void top_model_take_event(
    struct top_model *model, const json_t *event, int64_t now_ms)
{
	const char *what = json_string_value(json_object_get(event, "what"));
	const char *key = json_string_value(json_object_get(event, "key"));
	enum top_kind kind =
	    top_kind_of(json_string_value(json_object_get(event, "kind")));
	struct top_row *row;

	if (what == NULL)
		return;
	if (strcmp(what, "missed") == 0) {
		model->n_missed += top_number(event, "count");
		return;
	}
	if (key == NULL || kind == TOP_N_KINDS)
		return;
	model->n_seen++;
	if (strcmp(what, "granted") == 0) {
		row = top_row_get(model, kind, key);
		if (row != NULL)
			take_grant(row, event, now_ms);
	} else {
		row = top_row_find(model, kind, key);
		if (row != NULL)
			take_end(row, event);
	}
}

/* What was told too long ago is not believed: the end may have been missed. */
static bool is_worth_a_row(const struct top_row *row, int64_t now_ms)
{
	bool is_old = now_ms - row->told_ms > BELIEVED_MS;

	return (!is_old && (row->is_there || row->is_held)) ||
	       row->waiting > 0 || row->n_granted > 0 ||
	       !top_series_is_quiet(&row->grants, now_ms);
}

/* What is missed is told when the second is over in which it was: a share is
 * of a whole one. */
static void close_second(struct top_model *model, int64_t now_ms)
{
	double scale = 1;
	struct top_row *row;

	if (now_ms - model->tick_ms < SECOND_MS)
		return;
	if (model->n_seen > 0)
		scale += (double)model->n_missed / (double)model->n_seen;
	for (row = model->rows; row != NULL; row = row->hh.next) {
		if (row->n_granted > 0)
			top_series_add(&row->grants, model->tick_ms, now_ms,
			    row->n_granted * scale);
		row->n_granted = 0;
	}
	model->n_seen = model->n_missed = 0;
	model->tick_ms = now_ms;
}

void top_model_tick(struct top_model *model, int64_t now_ms)
{
	struct top_row *row, *next;

	close_second(model, now_ms);
	HASH_ITER(hh, model->rows, row, next) {
		if (!is_worth_a_row(row, now_ms))
			top_row_free(model, row);
	}
}
