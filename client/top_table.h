/* SPDX-License-Identifier: MIT */
/*
 * Tables of msync top: which columns there is room for, how wide each is, and
 * the lines. Columns that matter less are left out first.
 */
#ifndef TOP_TABLE_H
#define TOP_TABLE_H

#include "top_canvas.h"

#define TOP_MAX_COLUMNS 16
/* A key and more. */
#define TOP_CELL_BYTES 320

struct top_column {
	const char *title;
	int least, most; /* cells */
	int rank;        /* those of rank 0 come first */
	int weight;      /* of its share in what is left */
	bool is_right;
};

/* Where a column stands; width 0: it is left out. */
struct top_fit {
	int x, width;
};

struct top_table {
	const struct top_column *columns;
	int n_columns;
	struct top_fit fits[TOP_MAX_COLUMNS];
};

/* What stands in a column of a row, and how it looks; width: of the column. */
typedef enum top_style (*top_cell_fn)(
    const void *row, int column, int width, char text[TOP_CELL_BYTES]);

/* Columns: ends with one without a title. */
void top_table_init(
    struct top_table *table, const struct top_column *columns, int width);
void top_table_head(
    const struct top_table *table, struct top_canvas *canvas, int y);
void top_table_row(const struct top_table *table, struct top_canvas *canvas,
    int y, top_cell_fn on_cell, const void *row);

#endif
