/* SPDX-License-Identifier: MIT */
/* What the reader has chosen: see top_ui.h. */
#include "top_ui.h"

#include "top_alloc.h"
#include "top_layout.h"

#include <stdarg.h>
#include <stdio.h>

void top_ui_init(
    struct top_ui *ui, struct top_model *model, int64_t interval_ms)
{
	*ui = (struct top_ui){.model = model, .interval_ms = interval_ms};
}

void top_ui_deinit(struct top_ui *ui)
{
	free(ui->rows.at);
	ui->rows = (struct top_rows){0};
}

void top_ui_say(struct top_ui *ui, bool is_bad, const char *fmt, ...)
{
	va_list args;

	ui->is_bad = is_bad;
	va_start(args, fmt);
	(void)vsnprintf(ui->message, sizeof(ui->message), fmt, args);
	va_end(args);
}

/* Lists ------------------------------------------------------------ */

/* What is chosen is there, and is seen. */
static void settle(struct top_scroll *scroll, size_t n)
{
	if (scroll->height == 0)
		scroll->height = 1;
	scroll->n = n;
	if (scroll->chosen >= n)
		scroll->chosen = n > 0 ? n - 1 : 0;
	if (scroll->first > scroll->chosen)
		scroll->first = scroll->chosen;
	if (scroll->chosen - scroll->first >= scroll->height)
		scroll->first = scroll->chosen - scroll->height + 1;
	if (scroll->first + scroll->height > n)
		scroll->first = n > scroll->height ? n - scroll->height : 0;
}

/* false: the key is none that moves. */
static bool move(struct top_scroll *scroll, unsigned key)
{
	size_t page = scroll->height > 1 ? scroll->height - 1 : 1;

	switch (key) {
	case TOP_KEY_UP:
		scroll->chosen -= scroll->chosen > 0;
		break;
	case TOP_KEY_DOWN:
		scroll->chosen++;
		break;
	case TOP_KEY_PAGE_UP:
		scroll->chosen -= scroll->chosen < page ? scroll->chosen : page;
		break;
	case TOP_KEY_PAGE_DOWN:
		scroll->chosen += page;
		break;
	case TOP_KEY_HOME:
		scroll->chosen = 0;
		break;
	case TOP_KEY_END:
		scroll->chosen = scroll->n;
		break;
	default:
		return false;
	}
	settle(scroll, scroll->n);
	return true;
}

static void remember_chosen(struct top_ui *ui)
{
	const struct top_row *row;

	if (ui->table.n == 0)
		return;
	row = ui->rows.at[ui->table.chosen];
	ui->chosen_kind = row->kind;
	(void)snprintf(
	    ui->chosen_key, sizeof(ui->chosen_key), "%s", row->name + 1);
}

/* At the top, the reader looks at the top: the selection stays there. */
static void find_chosen(struct top_ui *ui)
{
	if (ui->table.chosen == 0)
		return;
	for (size_t i = 0; i < ui->rows.n; i++) {
		if (ui->rows.at[i]->kind == ui->chosen_kind &&
		    strcmp(ui->rows.at[i]->name + 1, ui->chosen_key) == 0)
			ui->table.chosen = i;
	}
}

void top_ui_refresh(struct top_ui *ui, int64_t now_ms)
{
	ui->now_ms = now_ms;
	top_rows_fill(&ui->rows, ui->model, &ui->order, now_ms);
	find_chosen(ui);
	settle(&ui->table, ui->rows.n);
	remember_chosen(ui);
	settle(&ui->claims, ui->model->open.n_claims);
}

void top_ui_resize(struct top_ui *ui, int width, int height)
{
	ui->width = width;
	ui->height = height;
	ui->table.height = (size_t)top_layout_rows(height);
	ui->claims.height = (size_t)top_layout_claims(height);
	settle(&ui->table, ui->rows.n);
	settle(&ui->claims, ui->model->open.n_claims);
}

/* Keys ------------------------------------------------------------- */

static void sort_by(struct top_ui *ui, enum top_sort sort)
{
	ui->order.sort = sort;
	top_ui_refresh(ui, ui->now_ms);
	top_ui_say(ui, false, "sorted by %s", top_sort_name(sort));
}

/* The next longer or shorter one that people use. */
static enum top_act change_interval(struct top_ui *ui, bool is_longer)
{
	static const int64_t steps[] = {
	    100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000};
	size_t n = sizeof(steps) / sizeof(steps[0]), i = 0;

	if (is_longer) {
		while (i + 1 < n && steps[i] <= ui->interval_ms)
			i++;
	} else {
		i = n - 1;
		while (i > 0 && steps[i] >= ui->interval_ms)
			i--;
	}
	ui->interval_ms = steps[i];
	top_ui_say(ui, false, "every %g s", (double)steps[i] / 1000);
	return TOP_ACT_INTERVAL;
}

static void toggle_kind(struct top_ui *ui, enum top_kind kind)
{
	ui->order.hides[kind] = !ui->order.hides[kind];
	top_ui_refresh(ui, ui->now_ms);
	top_ui_say(ui, false, "%s: %s", top_kind_name(kind),
	    ui->order.hides[kind] ? "hidden" : "shown");
}

static enum top_act open_chosen(struct top_ui *ui)
{
	if (ui->table.n == 0)
		return TOP_ACT_NONE;
	remember_chosen(ui);
	top_model_open(ui->model, ui->chosen_kind, ui->chosen_key);
	ui->claims = (struct top_scroll){.height = ui->claims.height};
	ui->mode = TOP_IN_KEY;
	return TOP_ACT_LOOK;
}

/* Back to the table, or out of the program. */
static enum top_act leave(struct top_ui *ui)
{
	if (ui->mode == TOP_IN_TABLE)
		return TOP_ACT_QUIT;
	if (ui->mode == TOP_IN_HELP && ui->model->open.is_open) {
		ui->mode = TOP_IN_KEY;
		return TOP_ACT_NONE;
	}
	top_model_close(ui->model);
	ui->mode = TOP_IN_TABLE;
	return TOP_ACT_NONE;
}

static enum top_act press_in_table(struct top_ui *ui, unsigned key)
{
	static const char letters[] = {'w', 'l', 'h', 'g', 'n'};

	if (move(&ui->table, key)) {
		remember_chosen(ui);
		return TOP_ACT_NONE;
	}
	for (unsigned sort = 0; sort < TOP_N_SORTS; sort++) {
		if (key == (unsigned)letters[sort])
			sort_by(ui, (enum top_sort)sort);
	}
	if (key >= '1' && key < '1' + TOP_N_KINDS) {
		toggle_kind(ui, (enum top_kind)(key - '1'));
	} else if (key == 'r') {
		ui->order.is_reversed = !ui->order.is_reversed;
		top_ui_refresh(ui, ui->now_ms);
	} else if (key == '/') {
		ui->prompt = TOP_PROMPT_FILTER;
		memcpy(ui->typed, ui->order.filter, sizeof(ui->typed));
	} else if (key == TOP_KEY_ENTER) {
		return open_chosen(ui);
	} else if (key == TOP_KEY_ESCAPE) {
		ui->order.filter[0] = '\0';
		top_ui_refresh(ui, ui->now_ms);
	}
	return TOP_ACT_NONE;
}

/* Those that are the same everywhere; TOP_ACT_NONE also for none of them. */
static enum top_act press_anywhere(struct top_ui *ui, unsigned key)
{
	switch (key) {
	case 'q':
		return leave(ui);
	case '?':
		ui->mode = TOP_IN_HELP;
		break;
	case 'k':
		if (ui->mode != TOP_IN_HELP)
			top_ui_ask_end(ui);
		break;
	case 'p':
	case ' ':
		ui->is_paused = !ui->is_paused;
		break;
	case '+':
	case '=': /* the same key of many keyboards */
	case '-':
		return change_interval(ui, key != '-');
	default:
		break;
	}
	return TOP_ACT_NONE;
}

enum top_act top_ui_press(struct top_ui *ui, unsigned key)
{
	if (key == TOP_KEY_RESIZE || key == TOP_KEY_NONE ||
	    key == TOP_KEY_REDRAW)
		return TOP_ACT_NONE;
	if (ui->prompt != TOP_NO_PROMPT)
		return top_ui_answer(ui, key);
	ui->message[0] = '\0';
	if (ui->mode == TOP_IN_TABLE) {
		enum top_act act = press_in_table(ui, key);

		return act != TOP_ACT_NONE ? act : press_anywhere(ui, key);
	}
	if (key == TOP_KEY_ESCAPE || key == TOP_KEY_BACKSPACE)
		return leave(ui);
	if (ui->mode == TOP_IN_KEY && move(&ui->claims, key))
		return TOP_ACT_NONE;
	return press_anywhere(ui, key);
}
