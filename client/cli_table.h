/* SPDX-License-Identifier: MIT */
/*
 * A table on standard output. On a terminal it is aligned and no line is
 * longer than that is wide: columns that may shrink do, and the rest is cut.
 * Elsewhere it is aligned and whole. Or each line is a row of tab-separated
 * values, with nothing done to them.
 *
 * A table of tabs is printed row by row, the other one at the end, sorted: by
 * the rank of a row, the highest first, and then by what is in its cells.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_MAX_COLUMNS 16

struct table_column {
	const char *title;
	bool is_number;  /* to the right */
	bool may_shrink; /* on a terminal that is too narrow */
};

struct table_row;

struct table {
	const struct table_column *columns; /* borrowed */
	size_t n_columns;
	bool has_tabs;
	bool has_titles; /* of tabs: they have been printed */
	bool has_failed; /* there was no memory */
	/* Owned: the cells one after the other, each with its NUL, and where
	 * those of a row begin. */
	char *text;
	struct table_row *rows;
	size_t n_text, cap_text, n_rows, cap_rows;
	size_t n_cells; /* of the row that is being made */
	size_t row_at;  /* where that begins */
};

/* has_tabs: prints its titles with the first row. */
void table_init(struct table *table, const struct table_column *columns,
    size_t n_columns, bool has_tabs);
void table_deinit(struct table *table);
/* The next cell of the row. Without tabs, an empty one is shown as "-". */
void table_add(struct table *table, const char *cell);
void table_addf(struct table *table, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Its cells are all there. */
void table_end_row(struct table *table, int64_t rank);
/* Prints what has not been printed. False: there was no memory. */
bool table_print(struct table *table);

#endif
