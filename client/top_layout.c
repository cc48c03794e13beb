/* SPDX-License-Identifier: MIT */
/* Where everything stands: see top_layout.h. */
#include "top_layout.h"

/* The kinds are shown where at least as many keys are. */
#define HEIGHT_WITH_KINDS 14

static bool has_kinds(int height)
{
	return height >= HEIGHT_WITH_KINDS;
}

/* Title, head of the table, last line. */
int top_layout_rows(int height)
{
	int rows = height - 3 - has_kinds(height) * TOP_KINDS_HEIGHT;

	return rows > 1 ? rows : 1;
}

/* Title, key, its minute, head, last line. */
int top_layout_claims(int height)
{
	return height - 5 > 1 ? height - 5 : 1;
}

static void put_too_small(const struct top_ui *ui, struct top_canvas *canvas)
{
	const char *const lines[] = {"too small: msync top", "needs 40x8"};

	for (int y = 0; y < 2; y++)
		(void)top_canvas_put(canvas,
		    (struct top_place){.y = y, .width = canvas->width},
		    lines[y]);
	(void)top_canvas_say(canvas,
	    (struct top_place){.y = 2, .width = canvas->width}, "this is %dx%d",
	    ui->width, ui->height);
}

static void put_table(const struct top_ui *ui, struct top_canvas *canvas)
{
	int y = 1;

	if (has_kinds(canvas->height)) {
		top_layout_kinds(ui, canvas, y);
		y += TOP_KINDS_HEIGHT;
	}
	top_layout_keys(ui, canvas, y, ui->table);
}

void top_layout(const struct top_ui *ui, struct top_canvas *canvas)
{
	if (canvas->width < TOP_LEAST_WIDTH ||
	    canvas->height < TOP_LEAST_HEIGHT) {
		put_too_small(ui, canvas);
		return;
	}
	top_layout_title(ui, canvas);
	if (ui->mode == TOP_IN_HELP)
		top_layout_help(ui, canvas, 1);
	else if (ui->mode == TOP_IN_KEY)
		top_layout_key(ui, canvas, 1);
	else
		put_table(ui, canvas);
	top_layout_foot(ui, canvas);
}

/* Blocks ----------------------------------------------------------- */

static size_t rows_of_block(const struct top_ui *ui)
{
	return ui->rows.n < TOP_BLOCK_ROWS ? ui->rows.n : TOP_BLOCK_ROWS;
}

int top_layout_block_height(const struct top_ui *ui)
{
	/* Title, head, and what says that there is more, or nothing. */
	return 3 + TOP_KINDS_HEIGHT + (int)rows_of_block(ui);
}

void top_layout_block(const struct top_ui *ui, struct top_canvas *canvas)
{
	struct top_scroll scroll = {
	    .n = ui->rows.n, .height = rows_of_block(ui), .chosen = SIZE_MAX};

	top_layout_title(ui, canvas);
	top_layout_kinds(ui, canvas, 1);
	top_layout_keys(ui, canvas, 1 + TOP_KINDS_HEIGHT, scroll);
	if (scroll.height < ui->rows.n)
		(void)top_canvas_say(canvas,
		    (struct top_place){
			.y = canvas->height - 1, .width = canvas->width},
		    "and %zu more keys", ui->rows.n - scroll.height);
}
