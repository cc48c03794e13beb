/* SPDX-License-Identifier: MIT */
/* What lists tell of keys: see top_model.h. */
#include "top_model.h"

#include "top_alloc.h"

#include <stdio.h>

static const json_t *first_of(const json_t *entry, const char *name)
{
	return json_array_get(json_object_get(entry, name), 0);
}

/* A key is told more than once where flights of it were forgotten: then the
 * row is the sum of them. */
static void add_entry(struct top_row *row, const json_t *entry)
{
	const json_t *holder = first_of(entry, "holders");
	int64_t waited_ms = top_number(first_of(entry, "waiters"), "waited_ms");

	row->holding += top_number(entry, "holding");
	row->waiting += top_number(entry, "waiting");
	if (waited_ms > row->waited_ms)
		row->waited_ms = waited_ms;
	if (holder != NULL &&
	    (!row->is_held || top_number(holder, "held_ms") > row->holder.ms)) {
		row->holder = top_claim_of(holder);
		row->is_held = true;
	}
}

static void empty_row(struct top_row *row)
{
	row->holding = row->waiting = 0;
	row->waited_ms = row->capacity = row->in_use = -1;
	row->is_held = row->is_there = false;
	row->state[0] = '\0';
}

static void take_capacity(struct top_row *row, const json_t *entry)
{
	row->capacity = top_number(entry, "capacity");
	row->in_use = top_number(entry, "in_use");
	/* Of a pool, what is lent. */
	if (row->kind == TOP_POOL)
		row->in_use = top_number(entry, "holding");
}

static void take_entry(struct top_model *model, const json_t *entry,
    uint64_t stamp, int64_t now_ms)
{
	const char *state = json_string_value(json_object_get(entry, "state"));
	const char *key = json_string_value(json_object_get(entry, "key"));
	enum top_kind kind =
	    top_kind_of(json_string_value(json_object_get(entry, "kind")));
	struct top_row *row;

	if (kind == TOP_N_KINDS || key == NULL)
		return;
	row = top_row_get(model, kind, key);
	if (row == NULL)
		return;
	if (row->stamp != stamp)
		empty_row(row);
	add_entry(row, entry);
	if (row->state[0] == '\0' || strcmp(row->state, "forgotten") == 0)
		(void)snprintf(row->state, sizeof(row->state), "%s",
		    state == NULL ? "" : state);
	take_capacity(row, entry);
	row->is_there = true;
	row->stamp = stamp;
	row->told_ms = now_ms;
}

static void take_entries(struct top_model *model, const json_t *answer,
    uint64_t stamp, int64_t now_ms)
{
	size_t i;
	const json_t *entry;

	json_array_foreach(json_object_get(answer, "keys"), i, entry)
		take_entry(model, entry, stamp, now_ms);
}

/* Sweeps ----------------------------------------------------------- */

void top_model_begin_sweep(struct top_model *model, bool only_waiting)
{
	model->sweep_stamp = ++model->stamp;
	model->only_waiting = only_waiting;
}

void top_model_take_page(
    struct top_model *model, const json_t *answer, int64_t now_ms)
{
	take_entries(model, answer, model->sweep_stamp, now_ms);
}

/* A look-up has a later stamp than the sweep that went on around it. */
void top_model_end_sweep(struct top_model *model)
{
	struct top_row *row, *next;

	HASH_ITER(hh, model->rows, row, next) {
		if (row->stamp >= model->sweep_stamp)
			continue;
		if (!model->only_waiting)
			empty_row(row);
		row->waiting = 0;
		row->waited_ms = -1;
	}
}

/* Look-ups --------------------------------------------------------- */

void top_model_take_key(struct top_model *model, enum top_kind kind,
    const char *key, const json_t *answer, int64_t now_ms)
{
	struct top_row *known = top_row_find(model, kind, key);
	uint64_t stamp = ++model->stamp;

	take_entries(model, answer, stamp, now_ms);
	if (known != NULL && known->stamp != stamp) {
		empty_row(known);
		known->stamp = stamp;
		known->told_ms = now_ms;
	}
}

void top_model_open(
    struct top_model *model, enum top_kind kind, const char *key)
{
	struct top_open *open = &model->open;

	top_model_close(model);
	open->is_open = true;
	open->kind = kind;
	(void)snprintf(open->key, sizeof(open->key), "%s", key);
}

void top_model_close(struct top_model *model)
{
	free(model->open.claims);
	model->open = (struct top_open){0};
}

static void add_claims(
    struct top_open *open, const json_t *keys, const char *name)
{
	size_t i, j;
	const json_t *entry, *claim;

	json_array_foreach(keys, i, entry) {
		json_array_foreach(json_object_get(entry, name), j, claim)
			open->claims[open->n_claims++] = top_claim_of(claim);
	}
}

static size_t count_claims(const json_t *keys)
{
	size_t n = 0, i;
	const json_t *entry;

	json_array_foreach(keys, i, entry)
		n += json_array_size(json_object_get(entry, "holders")) +
		     json_array_size(json_object_get(entry, "waiters"));
	return n;
}

void top_model_take_open(
    struct top_model *model, const json_t *answer, int64_t now_ms)
{
	const json_t *keys = json_object_get(answer, "keys"), *entry;
	struct top_open *open = &model->open;
	size_t i;

	if (!open->is_open)
		return;
	take_entries(model, answer, ++model->stamp, now_ms);
	open->claims = top_realloc(
	    open->claims, count_claims(keys) * sizeof(open->claims[0]));
	open->n_claims = 0;
	add_claims(open, keys, "holders");
	open->n_holders = open->n_claims;
	add_claims(open, keys, "waiters");
	open->holding = open->waiting = 0;
	json_array_foreach(keys, i, entry) {
		open->holding += top_number(entry, "holding");
		open->waiting += top_number(entry, "waiting");
	}
	open->has_more =
	    (int64_t)open->n_claims < open->holding + open->waiting;
	open->is_told = true;
	open->told_ms = now_ms;
}
