/* SPDX-License-Identifier: MIT */
/* The last line, and the page of help: see top_layout.h. */
#include "top_layout.h"
#include "top_text.h"

#include <inttypes.h>
#include <stdio.h>

static struct top_place last_line(
    const struct top_canvas *canvas, enum top_style style)
{
	return (struct top_place){
	    .y = canvas->height - 1, .width = canvas->width, .style = style};
}

/* The answer first: the end of it may be cut. */
static void put_question(const struct top_ui *ui, struct top_canvas *canvas)
{
	const struct top_ending *ending = &ui->ending;
	char held[TOP_TEXT_BYTES], who[TOP_TEXT_BYTES] = "a detached hold";

	top_text_ms(held, ending->holder.ms);
	if (ending->holder.pid >= 0)
		(void)snprintf(who, sizeof(who), "pid %" PRId64 " %s%s%s",
		    ending->holder.pid, ending->holder.command,
		    ending->holder.client[0] == '\0' ? "" : " as ",
		    ending->holder.client);
	(void)top_canvas_say(canvas, last_line(canvas, TOP_ASK),
	    "End this hold (y/n)? %s %s: %s", top_kind_name(ending->kind),
	    ending->key, who);
	top_canvas_paint(canvas, canvas->height - 1, TOP_ASK);
}

/* What is typed, its end in sight. */
static void put_filter(const struct top_ui *ui, struct top_canvas *canvas)
{
	const char *typed = ui->typed;

	while (top_canvas_width(typed) + 2 > canvas->width) {
		do
			typed++;
		while (((unsigned char)*typed & 0xC0) == 0x80);
	}
	(void)top_canvas_say(canvas, last_line(canvas, TOP_ASK), "/%s_", typed);
	top_canvas_paint(canvas, canvas->height - 1, TOP_ASK);
}

/* What is shown, at the right end; returns where it begins. */
static int put_summary(const struct top_ui *ui, struct top_canvas *canvas)
{
	char text[TOP_CELL_BYTES + TOP_TEXT_BYTES], keys[TOP_TEXT_BYTES];
	struct top_place place = last_line(canvas, TOP_PLAIN);
	int64_t n_keys = 0;

	for (int i = 0; i < TOP_N_KINDS; i++)
		n_keys += ui->model->totals[i].keys;
	top_text_count(keys, n_keys);
	(void)snprintf(text, sizeof(text), "%s%s%sby %s%s, %zu shown, %s keys",
	    ui->order.filter[0] != '\0' ? "/" : "", ui->order.filter,
	    ui->order.filter[0] != '\0' ? " " : "",
	    top_sort_name(ui->order.sort),
	    ui->order.is_reversed ? " reversed" : "", ui->rows.n, keys);
	place.is_right = true;
	return canvas->width - top_canvas_put(canvas, place, text);
}

static void put_hints(const struct top_ui *ui, struct top_canvas *canvas)
{
	static const char *const of_table[] = {"? help", "q quit",
	    "Enter look into", "/ filter", "k end hold", "p pause", NULL};
	static const char *const of_key[] = {
	    "? help", "q back", "k end hold", "p pause", NULL};
	static const char *const of_help[] = {"q back", NULL};
	const char *const *hints = ui->mode == TOP_IN_TABLE ? of_table
				   : ui->mode == TOP_IN_KEY ? of_key
							    : of_help;
	int end = canvas->width, x = 0;

	if (ui->mode == TOP_IN_TABLE)
		end = put_summary(ui, canvas);
	for (; *hints != NULL; hints++) {
		struct top_place place = last_line(canvas, TOP_DIM);

		place.x = x;
		place.width = top_canvas_width(*hints);
		if (x + place.width + 2 > end)
			break;
		x += top_canvas_put(canvas, place, *hints) + 2;
	}
}

void top_layout_foot(const struct top_ui *ui, struct top_canvas *canvas)
{
	if (ui->prompt == TOP_PROMPT_END)
		put_question(ui, canvas);
	else if (ui->prompt == TOP_PROMPT_FILTER)
		put_filter(ui, canvas);
	else if (ui->message[0] != '\0')
		(void)top_canvas_put(canvas,
		    last_line(canvas, ui->is_bad ? TOP_BAD : TOP_BOLD),
		    ui->message);
	else
		put_hints(ui, canvas);
}

void top_layout_help(const struct top_ui *ui, struct top_canvas *canvas, int y)
{
	static const char *const lines[] = {
	    "w l h g n  sort by waiters, longest wait, held for,",
	    "           grants a second, name;  r turns it round",
	    "/          only keys with this text; ^text: that begin so",
	    "1 2 3 4    hide or show locks, limits, flights, pools",
	    "arrows     choose; also Page Up, Page Down, Home, End",
	    "Enter      who holds the key, and who waits for it",
	    "k          end the hold, after a question (administrators)",
	    "p          pause;  + -  a longer or shorter interval",
	    "q          back, or out;  Ctrl-L  draw the screen anew",
	    "",
	    "Holder, held and lease are of the oldest hold. Rates are",
	    "grants a second, over the last 5 s. A dim key was in use",
	    "within the last minute. Of more than 2000 keys, those are",
	    "shown that somebody waits for or that are granted now.",
	};

	(void)ui;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (y + 1 + (int)i < canvas->height - 1)
			(void)top_canvas_put(canvas,
			    (struct top_place){.y = y + 1 + (int)i,
				.x = 1,
				.width = canvas->width - 2},
			    lines[i]);
	}
}
