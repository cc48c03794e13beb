/* SPDX-License-Identifier: MIT */
/* Tables on standard output: see cli_table.h. */
#include "cli_table.h"

#include "cli.h"
#include "cli_text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* No column shrinks below this. */
#define LEAST_WIDTH 12

struct table_row {
	int64_t rank;
	size_t at; /* its first cell, in the table's text */
};

void table_init(struct table *table, const struct table_column *columns,
    size_t n_columns, bool has_tabs)
{
	*table = (struct table){
	    .columns = columns, .n_columns = n_columns, .has_tabs = has_tabs};
}

void table_deinit(struct table *table)
{
	free(table->text);
	free(table->rows);
}

/* Adding ----------------------------------------------------------- */

/* Room for one more thing of that size; false where there is none. */
static bool grow(void **items, size_t *cap, size_t needed, size_t size)
{
	size_t more = 2 * needed + 64;
	void *bigger;

	if (needed <= *cap)
		return true;
	bigger = realloc(*items, more * size);
	if (bigger == NULL)
		return false;
	*items = bigger;
	*cap = more;
	return true;
}

static void print_titles(struct table *table)
{
	for (size_t i = 0; i < table->n_columns; i++)
		(void)printf("%s%c", table->columns[i].title,
		    i + 1 < table->n_columns ? '\t' : '\n');
	table->has_titles = true;
}

static void print_tabbed(struct table *table, const char *cell)
{
	char *plain = strdup(cell);

	if (!table->has_titles)
		print_titles(table);
	if (plain == NULL) {
		table->has_failed = true;
		return;
	}
	text_disarm(plain);
	(void)printf(
	    "%s%c", plain, table->n_cells + 1 < table->n_columns ? '\t' : '\n');
	free(plain);
}

void table_add(struct table *table, const char *cell)
{
	char shown[TEXT_ESCAPED_BYTES];
	size_t len;

	if (table->has_tabs) {
		print_tabbed(table, cell);
		table->n_cells++;
		return;
	}
	text_escape(shown, cell[0] == '\0' ? "-" : cell);
	len = strlen(shown) + 1;
	if (!grow((void **)&table->text, &table->cap_text, table->n_text + len,
		1)) {
		table->has_failed = true;
		return;
	}
	memcpy(table->text + table->n_text, shown, len);
	table->n_text += len;
	table->n_cells++;
}

void table_addf(struct table *table, const char *fmt, ...)
{
	char cell[TEXT_ESCAPED_BYTES];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(cell, sizeof(cell), fmt, args);
	va_end(args);
	table_add(table, cell);
}

void table_end_row(struct table *table, int64_t rank)
{
	bool is_whole = table->n_cells == table->n_columns;

	table->n_cells = 0;
	if (table->has_tabs)
		return;
	if (!is_whole || !grow((void **)&table->rows, &table->cap_rows,
			     table->n_rows + 1, sizeof(*table->rows))) {
		table->has_failed = true;
		return;
	}
	table->rows[table->n_rows++] =
	    (struct table_row){.rank = rank, .at = table->row_at};
	table->row_at = table->n_text;
}

/* Printing --------------------------------------------------------- */

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct table *table = ctx;
	const struct table_row *one = a, *other = b;
	const char *left = table->text + one->at;
	const char *right = table->text + other->at;

	if (one->rank != other->rank)
		return one->rank < other->rank ? 1 : -1;
	for (size_t i = 0; i < table->n_columns; i++) {
		int order = strcmp(left, right);

		if (order != 0)
			return order;
		left += strlen(left) + 1;
		right += strlen(right) + 1;
	}
	return 0;
}

/* How wide the terminal is; 0: it is none. */
static size_t terminal_width(void)
{
	const char *said = getenv("COLUMNS");
	struct winsize size;
	int64_t columns = said == NULL ? -1 : cli_number(said, 1, 10000);

	if (isatty(STDOUT_FILENO) == 0)
		return 0;
	if (columns > 0)
		return (size_t)columns;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

static void measure(const struct table *table, size_t widths[])
{
	for (size_t i = 0; i < table->n_columns; i++)
		widths[i] = text_width(table->columns[i].title);
	for (size_t row = 0; row < table->n_rows; row++) {
		const char *cell = table->text + table->rows[row].at;

		for (size_t i = 0; i < table->n_columns; i++) {
			size_t width = text_width(cell);

			if (width > widths[i])
				widths[i] = width;
			cell += strlen(cell) + 1;
		}
	}
}

/* The widest of those that may gives way, until all fit or none can. */
static void shrink(const struct table *table, size_t widths[], size_t screen)
{
	for (;;) {
		size_t total = 2 * (table->n_columns - 1);
		size_t widest = table->n_columns;

		for (size_t i = 0; i < table->n_columns; i++) {
			total += widths[i];
			if (table->columns[i].may_shrink &&
			    widths[i] > LEAST_WIDTH &&
			    (widest == table->n_columns ||
				widths[i] > widths[widest]))
				widest = i;
		}
		if (total <= screen || widest == table->n_columns)
			return;
		widths[widest]--;
	}
}

/* One cell: cut to its width, with what fills that. Returns how many columns
 * of the screen are left. */
static size_t print_cell(const struct table_column *column, const char *cell,
    size_t width, size_t left)
{
	size_t room = width < left ? width : left, taken;
	size_t len = text_fit(cell, room, &taken);
	bool is_cut = cell[len] != '\0';
	int pad;

	if (is_cut && room > 0) {
		len = text_fit(cell, room - 1, &taken);
		taken++;
	}
	pad = (int)(room - taken);
	(void)printf("%*s%.*s%s", column->is_number ? pad : 0, "", (int)len,
	    cell, is_cut && room > 0 ? "…" : "");
	(void)printf("%*s", column->is_number ? 0 : pad, "");
	return left - room;
}

/* cell: the first of the row; NULL: the titles. */
static void print_row(const struct table *table, const char *cell,
    const size_t widths[], size_t screen)
{
	size_t left = screen;
	bool is_title = cell == NULL;

	for (size_t i = 0; i < table->n_columns && left > 0; i++) {
		const struct table_column *column = &table->columns[i];
		bool is_last = i + 1 == table->n_columns;
		const char *shown = is_title ? column->title : cell;
		size_t width = is_last && !column->is_number ? text_width(shown)
							     : widths[i];
		size_t gap;

		width = width > widths[i] ? widths[i] : width;
		left = print_cell(column, shown, width, left);
		gap = is_last ? 0 : left < 2 ? left : 2;
		(void)printf("%*s", (int)gap, "");
		left -= gap;
		if (!is_title)
			cell += strlen(cell) + 1;
	}
	(void)putchar('\n');
}

bool table_print(struct table *table)
{
	size_t widths[TABLE_MAX_COLUMNS], screen = terminal_width();

	if (table->has_failed || table->has_tabs)
		return !table->has_failed;
	if (table->n_rows > 0)
		qsort_r(table->rows, table->n_rows, sizeof(*table->rows),
		    compare_rows, table);
	measure(table, widths);
	if (screen > 0)
		shrink(table, widths, screen);
	else
		screen = SIZE_MAX;
	(void)fputs(cli_colour(stdout, CLI_BOLD), stdout);
	print_row(table, NULL, widths, screen);
	(void)fputs(cli_colour(stdout, CLI_PLAIN), stdout);
	for (size_t row = 0; row < table->n_rows; row++)
		print_row(
		    table, table->text + table->rows[row].at, widths, screen);
	return true;
}
