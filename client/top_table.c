/* SPDX-License-Identifier: MIT */
/* Tables: see top_table.h. */
#include "top_table.h"

/* Gives room to the columns of this rank; returns what is left. */
static int admit(struct top_table *table, int rank, int left)
{
	for (int i = 0; i < table->n_columns; i++) {
		const struct top_column *column = &table->columns[i];
		/* A blank stands between two. */
		int wanted = column->least + (rank > 0);

		if (column->rank != rank || wanted > left)
			continue;
		table->fits[i].width = column->least;
		left -= wanted;
	}
	return left;
}

/* The column that has the best right to one cell more, or -1. */
static int neediest(const struct top_table *table)
{
	int best = -1;
	double least = 0;

	for (int i = 0; i < table->n_columns; i++) {
		const struct top_column *column = &table->columns[i];
		double more = table->fits[i].width - column->least + 1;

		if (table->fits[i].width == 0 || column->weight == 0 ||
		    table->fits[i].width >= column->most)
			continue;
		more /= column->weight;
		if (best < 0 || more < least) {
			best = i;
			least = more;
		}
	}
	return best;
}

void top_table_init(
    struct top_table *table, const struct top_column *columns, int width)
{
	int left = width, x = 0;

	*table = (struct top_table){.columns = columns};
	while (columns[table->n_columns].title != NULL)
		table->n_columns++;
	/* Column of rank 0 is one, and is there on every screen. */
	for (int rank = 0; rank < TOP_MAX_COLUMNS; rank++)
		left = admit(table, rank, left);
	for (int i; left > 0 && (i = neediest(table)) >= 0; left--)
		table->fits[i].width++;
	for (int i = 0; i < table->n_columns; i++) {
		table->fits[i].x = x;
		if (table->fits[i].width > 0)
			x += table->fits[i].width + 1;
	}
}

static void put(const struct top_table *table, struct top_canvas *canvas,
    struct top_place place, int column, const char *text)
{
	place.x = table->fits[column].x;
	place.width = table->fits[column].width;
	place.is_right = table->columns[column].is_right;
	(void)top_canvas_put(canvas, place, text);
}

void top_table_head(
    const struct top_table *table, struct top_canvas *canvas, int y)
{
	struct top_place place = {.y = y, .style = TOP_HEAD};

	for (int i = 0; i < table->n_columns; i++)
		put(table, canvas, place, i, table->columns[i].title);
	top_canvas_paint(canvas, y, TOP_HEAD);
}

void top_table_row(const struct top_table *table, struct top_canvas *canvas,
    int y, top_cell_fn on_cell, const void *row)
{
	char text[TOP_CELL_BYTES];
	struct top_place place = {.y = y};

	for (int i = 0; i < table->n_columns; i++) {
		if (table->fits[i].width == 0)
			continue;
		text[0] = '\0';
		place.style = on_cell(row, i, table->fits[i].width, text);
		put(table, canvas, place, i, text);
	}
}
