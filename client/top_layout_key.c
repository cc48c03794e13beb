/* SPDX-License-Identifier: MIT */
/* A key with all its holders and waiters: see top_layout.h. */
#include "top_layout.h"
#include "top_text.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	WHAT,
	PID,
	COMMAND,
	CLIENT,
	UID,
	SINCE,
	LEASE,
	PERMITS,
	TOKEN,
};

static const struct top_column columns[] = {
    [WHAT] = {"", 6, 6, 0, 0, false},
    [PID] = {"PID", 7, 7, 2, 0, true},
    [COMMAND] = {"COMMAND", 9, 20, 3, 1, false},
    [CLIENT] = {"CLIENT", 9, 64, 4, 2, false},
    [UID] = {"UID", 6, 10, 6, 0, true},
    [SINCE] = {"FOR", 6, 6, 1, 0, true},
    [LEASE] = {"LEASE", 6, 6, 5, 0, true},
    [PERMITS] = {"PERMITS", 7, 7, 7, 0, true},
    [TOKEN] = {"TOKEN", 16, 16, 8, 0, true},
    {.title = NULL},
};

struct claim_row {
	const struct top_claim *claim;
	size_t place; /* in the queue, from 1 on; 0: holds */
	int64_t gone_ms;
};

static void text_number(int64_t number, char text[TOP_CELL_BYTES])
{
	if (number >= 0)
		(void)snprintf(text, TOP_CELL_BYTES, "%" PRId64, number);
}

static void text_what(const struct claim_row *row, char text[TOP_CELL_BYTES])
{
	if (row->place == 0)
		(void)snprintf(text, TOP_CELL_BYTES, "holds");
	else
		(void)snprintf(text, TOP_CELL_BYTES, "%zu.", row->place);
}

static void text_lease(const struct claim_row *row, char text[TOP_CELL_BYTES])
{
	int64_t left_ms = row->claim->lease_left_ms - row->gone_ms;

	if (row->claim->lease_left_ms >= 0)
		top_text_ms(text, left_ms > 0 ? left_ms : 0);
}

static enum top_style on_cell(
    const void *ctx, int column, int width, char text[TOP_CELL_BYTES])
{
	const struct claim_row *row = ctx;
	const struct top_claim *claim = row->claim;

	(void)width;
	switch (column) {
	case WHAT:
		text_what(row, text);
		return row->place == 0 ? TOP_KEY : TOP_DIM;
	case COMMAND:
		(void)snprintf(text, TOP_CELL_BYTES, "%s",
		    claim->is_detached ? "(detached)" : claim->command);
		break;
	case CLIENT:
		(void)snprintf(text, TOP_CELL_BYTES, "%s", claim->client);
		break;
	case SINCE:
		top_text_ms(
		    text, claim->ms < 0 ? -1 : claim->ms + row->gone_ms);
		break;
	case LEASE:
		text_lease(row, text);
		break;
	default:
		text_number(column == PID     ? claim->pid
			    : column == UID   ? claim->uid
			    : column == TOKEN ? claim->token
					      : claim->permits,
		    text);
		break;
	}
	return TOP_PLAIN;
}

/* What it is, and how much there is of it. */
static void put_key(
    const struct top_ui *ui, struct top_canvas *canvas, int y, int x)
{
	const struct top_open *open = &ui->model->open;
	char text[TOP_TEXT_BYTES];
	int width;

	(void)snprintf(text, sizeof(text),
	    "%" PRId64 " hold, %" PRId64 " wait%s", open->holding,
	    open->waiting, open->has_more ? "; not all are told" : "");
	if (!open->is_told)
		(void)snprintf(text, sizeof(text), "...");
	width = (int)strlen(text);
	(void)top_canvas_put(canvas,
	    (struct top_place){
		.y = y, .x = canvas->width - width, .width = width},
	    text);
	x += 1 + top_canvas_put(canvas,
		     (struct top_place){
			 .y = y, .x = x, .width = 6, .style = TOP_DIM},
		     top_kind_name(open->kind));
	(void)top_canvas_put(canvas,
	    (struct top_place){.y = y,
		.x = x,
		.width = canvas->width - width - 1 - x,
		.style = TOP_KEY},
	    open->key);
}

static void put_minute(
    const struct top_ui *ui, struct top_canvas *canvas, int y)
{
	const struct top_model *model = ui->model;
	const struct top_row *row =
	    top_row_find(model, model->open.kind, model->open.key);
	char text[TOP_TEXT_BYTES];
	int width = canvas->width - 24;
	int x;

	top_text_rate(text, row == NULL ? (model->is_watching ? 0 : -1)
					: top_row_rate(model, row));
	x = top_canvas_say(canvas, (struct top_place){.y = y, .width = 24},
	    "%s grants/s", text);
	if (row == NULL)
		return;
	width = width < TOP_MINUTE_S ? width : TOP_MINUTE_S;
	top_text_spark(text, &row->grants,
	    (struct top_spark){width, model->tick_ms, ui->is_utf8});
	(void)top_canvas_put(canvas,
	    (struct top_place){
		.y = y, .x = x + 2, .width = width, .style = TOP_SPARK},
	    text);
}

void top_layout_key(const struct top_ui *ui, struct top_canvas *canvas, int y)
{
	const struct top_open *open = &ui->model->open;
	const struct top_scroll *scroll = &ui->claims;
	struct top_table table;

	put_key(ui, canvas, y, 0);
	put_minute(ui, canvas, y + 1);
	y += 2;
	top_table_init(&table, columns, canvas->width);
	top_table_head(&table, canvas, y);
	for (size_t i = scroll->first;
	     i < scroll->first + scroll->height && i < open->n_claims; i++) {
		struct claim_row row = {&open->claims[i],
		    i < open->n_holders ? 0 : i - open->n_holders + 1,
		    ui->now_ms - open->told_ms};

		y++;
		top_table_row(&table, canvas, y, on_cell, &row);
		if (i == scroll->chosen)
			top_canvas_paint(canvas, y, TOP_CHOSEN);
	}
	if (open->is_told && open->n_claims == 0)
		(void)top_canvas_put(canvas,
		    (struct top_place){
			.y = y + 1, .width = canvas->width, .style = TOP_DIM},
		    "nobody holds or waits for it");
}
