/* SPDX-License-Identifier: MIT */
/* The head of the screen: see top_layout.h. */
#include "top_layout.h"
#include "top_text.h"

#include <stdio.h>

/* Title ------------------------------------------------------------ */

/* A part of the title, where there is room for all of it. */
static void add_part(
    struct top_canvas *canvas, int *x, int end, const char *text)
{
	int width = top_canvas_width(text);

	if (*x + width > end)
		return;
	(void)top_canvas_put(canvas,
	    (struct top_place){.x = *x, .width = width, .style = TOP_TITLE},
	    text);
	*x += width + 2;
}

static void add_count(
    struct top_canvas *canvas, int *x, int end, int64_t count, const char *what)
{
	char text[TOP_TEXT_BYTES], number[TOP_TEXT_BYTES];

	if (count < 0)
		return;
	top_text_count(number, count);
	(void)snprintf(text, sizeof(text), "%.10s %.20s%s", number, what,
	    count == 1 ? "" : "s");
	add_part(canvas, x, end, text);
}

static void add_rate(
    struct top_canvas *canvas, int *x, int end, double rate, const char *what)
{
	char text[TOP_TEXT_BYTES], number[TOP_TEXT_BYTES];

	top_text_rate(number, rate);
	(void)snprintf(text, sizeof(text), "%.10s %.20s/s", number, what);
	add_part(canvas, x, end, text);
}

/* Of all kinds. */
static void add_totals(
    const struct top_ui *ui, struct top_canvas *canvas, int *x, int end)
{
	const struct top_model *model = ui->model;
	int64_t holds = 0, waits = 0;
	double rate = 0;

	for (int i = 0; i < TOP_N_KINDS; i++) {
		const struct top_total *total = &model->totals[i];

		holds += total->holds;
		waits += total->waits;
		rate += top_series_rate(
		    &total->grants, model->since_ms, model->told_ms);
	}
	add_count(canvas, x, end, holds, "hold");
	add_count(canvas, x, end, waits, "wait");
	add_rate(canvas, x, end, rate, "grants");
	if (model->n_requests >= 0)
		add_rate(canvas, x, end,
		    top_series_rate(
			&model->requests, model->since_ms, model->told_ms),
		    "requests");
	add_count(canvas, x, end, model->connections, "connection");
	add_count(canvas, x, end, model->users, "user");
}

/* At the right end; returns where it begins. */
static int put_state(const struct top_ui *ui, struct top_canvas *canvas)
{
	char text[TOP_TEXT_BYTES];
	int width;

	if (ui->is_paused)
		(void)snprintf(text, sizeof(text), "PAUSED");
	else
		(void)snprintf(text, sizeof(text), "%s%severy %gs", ui->clock,
		    ui->clock[0] == '\0' ? "" : "  ",
		    (double)ui->interval_ms / 1000);
	width = top_canvas_width(text);
	(void)top_canvas_put(canvas,
	    (struct top_place){
		.x = canvas->width - width, .width = width, .style = TOP_TITLE},
	    text);
	return canvas->width - width - 2;
}

void top_layout_title(const struct top_ui *ui, struct top_canvas *canvas)
{
	const struct top_model *model = ui->model;
	char text[TOP_TEXT_BYTES], up[TOP_TEXT_BYTES];
	int x = 0, end = put_state(ui, canvas);

	(void)snprintf(text, sizeof(text), "msyncd %.30s", model->version);
	add_part(canvas, &x, end, text);
	top_canvas_paint(canvas, 0, TOP_TITLE);
	if (ui->trouble != NULL) {
		(void)top_canvas_put(canvas,
		    (struct top_place){
			.x = x, .width = end - x, .style = TOP_BAD},
		    ui->trouble);
		return;
	}
	if (model->told_ms < 0)
		return;
	top_text_ms(up, model->uptime_ms + ui->now_ms - model->told_ms);
	(void)snprintf(text, sizeof(text), "up %.20s", up);
	add_part(canvas, &x, end, text);
	add_totals(ui, canvas, &x, end);
}

/* Kinds ------------------------------------------------------------ */

enum {
	KIND,
	KEYS,
	HOLDS,
	WAITS,
	LONGEST,
	GRANTS,
	MINUTE,
	GRANTED,
	WAIT_P50,
	WAIT_P99,
	HOLD_P50,
	HOLD_P99,
	BUSY,
	TIMEOUT,
	LOST,
};

static const struct top_column columns[] = {
    [KIND] = {"KIND", 6, 6, 0, 0, false},
    [KEYS] = {"KEYS", 5, 5, 3, 0, true},
    [HOLDS] = {"HOLDS", 5, 5, 1, 0, true},
    [WAITS] = {"WAITS", 5, 5, 1, 0, true},
    [LONGEST] = {"LONGEST", 7, 7, 2, 0, true},
    [GRANTS] = {"GRANTS/S", 8, 8, 4, 0, true},
    [MINUTE] = {"LAST MINUTE", 27, 60, 5, 1, false},
    [GRANTED] = {"GRANTED", 7, 7, 6, 0, true},
    [WAIT_P50] = {"WAIT P50", 8, 8, 7, 0, true},
    [WAIT_P99] = {"P99", 6, 6, 7, 0, true},
    [HOLD_P50] = {"HOLD P50", 8, 8, 8, 0, true},
    [HOLD_P99] = {"P99", 6, 6, 8, 0, true},
    [BUSY] = {"BUSY", 6, 6, 9, 0, true},
    [TIMEOUT] = {"TIMEOUT", 7, 7, 9, 0, true},
    [LOST] = {"LOST", 6, 6, 9, 0, true},
    {.title = NULL},
};

struct kind_row {
	const struct top_ui *ui;
	const struct top_total *total;
	enum top_kind kind;
};

/* The daemon tells it, or the keys do. */
static int64_t longest_wait(const struct kind_row *row)
{
	const struct top_ui *ui = row->ui;
	int64_t longest = -1;

	if (row->total->oldest_wait_ms > 0)
		return row->total->oldest_wait_ms + ui->now_ms -
		       ui->model->told_ms;
	if (row->total->oldest_wait_ms == 0)
		return -1;
	for (const struct top_row *at = ui->model->rows; at != NULL;
	     at = at->hh.next) {
		int64_t ms = top_row_waited_ms(at, ui->now_ms);

		if (at->kind == row->kind && ms > longest)
			longest = ms;
	}
	return longest;
}

static void text_grants(const struct kind_row *row, int column, int width,
    char text[TOP_CELL_BYTES])
{
	const struct top_ui *ui = row->ui;

	if (column == GRANTS)
		top_text_rate(
		    text, top_series_rate(&row->total->grants,
			      ui->model->since_ms, ui->model->told_ms));
	else
		top_text_spark(text, &row->total->grants,
		    (struct top_spark){width, ui->model->told_ms, ui->is_utf8});
}

static void text_count(
    const struct top_total *total, int column, char text[TOP_CELL_BYTES])
{
	const int64_t counts[] = {
	    [KEYS] = total->keys,
	    [HOLDS] = total->holds,
	    [WAITS] = total->waits,
	    [GRANTED] = total->granted,
	    [BUSY] = total->busy,
	    [TIMEOUT] = total->timeout,
	    [LOST] = total->lost,
	};

	top_text_count(text, counts[column]);
}

static void text_time(
    const struct kind_row *row, int column, char text[TOP_CELL_BYTES])
{
	const int64_t times[] = {
	    [LONGEST] = column == LONGEST ? longest_wait(row) : -1,
	    [WAIT_P50] = row->total->wait_p50_ms,
	    [WAIT_P99] = row->total->wait_p99_ms,
	    [HOLD_P50] = row->total->hold_p50_ms,
	    [HOLD_P99] = row->total->hold_p99_ms,
	};

	top_text_ms(text, times[column]);
}

static enum top_style on_cell(
    const void *ctx, int column, int width, char text[TOP_CELL_BYTES])
{
	const struct kind_row *row = ctx;
	bool is_hidden = row->ui->order.hides[row->kind];

	switch (column) {
	case KIND:
		(void)snprintf(
		    text, TOP_CELL_BYTES, "%s", top_kind_name(row->kind));
		return is_hidden ? TOP_DIM : TOP_KEY;
	case GRANTS:
	case MINUTE:
		text_grants(row, column, width, text);
		return column == MINUTE ? TOP_SPARK : TOP_PLAIN;
	case LONGEST:
	case WAIT_P50:
	case WAIT_P99:
	case HOLD_P50:
	case HOLD_P99:
		text_time(row, column, text);
		break;
	default:
		text_count(row->total, column, text);
		break;
	}
	return is_hidden ? TOP_DIM : TOP_PLAIN;
}

void top_layout_kinds(const struct top_ui *ui, struct top_canvas *canvas, int y)
{
	struct top_table table;

	top_table_init(&table, columns, canvas->width);
	top_table_head(&table, canvas, y);
	for (int i = 0; i < TOP_N_KINDS; i++) {
		struct kind_row row = {
		    ui, &ui->model->totals[i], (enum top_kind)i};

		top_table_row(&table, canvas, y + 1 + i, on_cell, &row);
	}
}
