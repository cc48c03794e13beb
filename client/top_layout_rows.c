/* SPDX-License-Identifier: MIT */
/* The table of keys: see top_layout.h. */
#include "top_layout.h"
#include "top_text.h"

#include <inttypes.h>
#include <stdio.h>

/* Who waits longer than this is shown with emphasis. */
#define LONG_MS 10000

enum {
	KIND,
	KEY,
	STATE,
	USE,
	PID,
	HOLDER,
	UID,
	HELD,
	LEASE,
	WAITS,
	LONGEST,
	RATE,
	MINUTE,
};

static const struct top_column columns[] = {
    [KIND] = {"KIND", 6, 6, 1, 0, false},
    [KEY] = {"KEY", 14, 60, 0, 3, false},
    [STATE] = {"STATE", 9, 9, 11, 0, false},
    [USE] = {"USE", 5, 9, 9, 1, true},
    [PID] = {"PID", 7, 7, 5, 0, true},
    [HOLDER] = {"HOLDER", 12, 34, 6, 2, false},
    [UID] = {"UID", 5, 10, 12, 1, true},
    [HELD] = {"HELD", 6, 6, 4, 0, true},
    [LEASE] = {"LEASE", 6, 6, 10, 0, true},
    [WAITS] = {"WAITS", 5, 5, 2, 0, true},
    [LONGEST] = {"LONGEST", 7, 7, 3, 0, true},
    [RATE] = {"RATE", 5, 5, 7, 0, true},
    [MINUTE] = {"LAST MINUTE", 8, 60, 8, 2, false},
    {.title = NULL},
};

struct key_row {
	const struct top_ui *ui;
	const struct top_row *row;
};

/* How much of it is taken. */
static void text_use(const struct top_row *row, char text[TOP_CELL_BYTES])
{
	char used[TOP_TEXT_BYTES], capacity[TOP_TEXT_BYTES];

	if (row->capacity < 0) {
		top_text_count(text, row->holding);
		return;
	}
	top_text_count(used, row->in_use);
	top_text_count(capacity, row->capacity);
	(void)snprintf(text, TOP_CELL_BYTES, "%.8s/%.8s", used, capacity);
}

/* command (client), or one of them where they say the same. */
static void text_holder(
    const struct top_claim *holder, char text[TOP_CELL_BYTES])
{
	const char *client = holder->client;
	const char *command =
	    holder->is_detached ? "detached" : holder->command;

	if (command[0] == '\0' || client[0] == '\0' ||
	    strcmp(command, client) == 0)
		(void)snprintf(text, TOP_CELL_BYTES, "%s",
		    command[0] == '\0' ? client : command);
	else
		(void)snprintf(
		    text, TOP_CELL_BYTES, "%s (%s)", command, client);
}

static void text_number(int64_t number, char text[TOP_CELL_BYTES])
{
	if (number < 0)
		(void)snprintf(text, TOP_CELL_BYTES, "-");
	else
		(void)snprintf(text, TOP_CELL_BYTES, "%" PRId64, number);
}

/* What its oldest holder is and does. */
static void text_of_holder(
    const struct key_row *key, int column, char text[TOP_CELL_BYTES])
{
	const struct top_row *row = key->row;
	int64_t gone_ms = key->ui->now_ms - row->told_ms;

	if (!row->is_held)
		return;
	switch (column) {
	case PID:
		text_number(row->holder.pid, text);
		break;
	case HOLDER:
		text_holder(&row->holder, text);
		break;
	case UID:
		text_number(row->holder.uid, text);
		break;
	case HELD:
		top_text_ms(text, top_row_held_ms(row, key->ui->now_ms));
		break;
	default:
		if (row->holder.lease_left_ms >= gone_ms)
			top_text_ms(text, row->holder.lease_left_ms - gone_ms);
		break;
	}
}

static enum top_style text_waits(
    const struct key_row *key, int column, char text[TOP_CELL_BYTES])
{
	int64_t ms = top_row_waited_ms(key->row, key->ui->now_ms);

	if (key->row->waiting == 0)
		return TOP_PLAIN;
	if (column == WAITS)
		top_text_count(text, key->row->waiting);
	else
		top_text_ms(text, ms);
	return ms > LONG_MS ? TOP_WARN : TOP_PLAIN;
}

static enum top_style text_rate(
    const struct key_row *key, int column, int width, char text[TOP_CELL_BYTES])
{
	const struct top_ui *ui = key->ui;

	if (column == RATE) {
		top_text_rate(text, top_row_rate(ui->model, key->row));
		return TOP_PLAIN;
	}
	top_text_spark(text, &key->row->grants,
	    (struct top_spark){width, ui->model->tick_ms, ui->is_utf8});
	return TOP_SPARK;
}

static enum top_style on_cell(
    const void *ctx, int column, int width, char text[TOP_CELL_BYTES])
{
	const struct key_row *key = ctx;

	switch (column) {
	case KIND:
		(void)snprintf(
		    text, TOP_CELL_BYTES, "%s", top_kind_name(key->row->kind));
		return TOP_DIM;
	case KEY:
		(void)snprintf(text, TOP_CELL_BYTES, "%s", key->row->name + 1);
		return key->row->is_there ? TOP_KEY : TOP_DIM;
	case STATE:
		(void)snprintf(text, TOP_CELL_BYTES, "%s", key->row->state);
		break;
	case USE:
		text_use(key->row, text);
		break;
	case WAITS:
	case LONGEST:
		return text_waits(key, column, text);
	case RATE:
	case MINUTE:
		return text_rate(key, column, width, text);
	default:
		text_of_holder(key, column, text);
		break;
	}
	return TOP_PLAIN;
}

static const char *why_none(const struct top_ui *ui)
{
	if (ui->model->told_ms < 0)
		return "nothing is known yet";
	if (ui->order.filter[0] != '\0')
		return "no such key is in use";
	return "nobody holds or waits for anything";
}

void top_layout_keys(const struct top_ui *ui, struct top_canvas *canvas, int y,
    struct top_scroll scroll)
{
	struct top_table table;

	top_table_init(&table, columns, canvas->width);
	top_table_head(&table, canvas, y);
	for (size_t i = 0; i < scroll.height && scroll.first + i < ui->rows.n;
	     i++) {
		struct key_row row = {ui, ui->rows.at[scroll.first + i]};

		y++;
		top_table_row(&table, canvas, y, on_cell, &row);
		if (scroll.first + i == scroll.chosen)
			top_canvas_paint(canvas, y, TOP_CHOSEN);
	}
	if (ui->rows.n == 0)
		(void)top_canvas_put(canvas,
		    (struct top_place){
			.y = y + 1, .width = canvas->width, .style = TOP_DIM},
		    why_none(ui));
}
