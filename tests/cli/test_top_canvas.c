/* SPDX-License-Identifier: MIT */
/* Tests of top_canvas.h and top_table.h: text on a grid, columns in a line. */
#include "top_canvas.h"
#include "top_table.h"

#include "scene.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static void in_utf8(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
}

/* What a text becomes in so many cells, and how many it takes. */
static const struct {
	const char *text;
	int width;
	const char *is;
	int takes;
} texts[] = {
    {"abc", 3, "abc", 3},
    {"abc", 9, "abc", 3},
    {"abcd", 3, "ab…", 3},
    {"abcd", 1, "…", 1},
    {"abcd", 0, "", 0},
    {"", 5, "", 0},
    {"漢字", 4, "漢字", 4},
    {"漢字", 3, "漢…", 3},
    {"漢字x", 4, "漢…", 4},
    {"a漢", 2, "a…", 2},
    {"漢", 1, "…", 1},
    {"e\xCC\x81t\xC3\xA9", 3, "e\xCC\x81t\xC3\xA9", 3},
    /* Marks without end, and one that nobody carries. */
    {"a\xCC\x81\xCC\x81\xCC\x81\xCC\x81z", 2, "a\xCC\x81\xCC\x81z", 2},
    {"\xCC\x81z", 5, "z", 1},
    {"漢\xCC\x81z", 3, "漢\xCC\x81z", 3},
    /* What would steer the terminal, or turn the line round. */
    {"a\x1B[2Jb", 9, "a?[2Jb", 6},
    {"a\xE2\x80\xAE"
     "b",
	9, "a?b", 3},
    {"\t\n\x7F", 9, "???", 3},
    {"a\xC2\x9B"
     "b",
	9, "a?b", 3},
    /* No UTF-8. */
    {"\xFF\x80z", 9, "??z", 3},
    {"a\xE6\xBC", 9, "a??", 3},
};

START_TEST(text_takes_the_cells_it_is_given_and_no_more)
{
	struct top_canvas canvas;
	char *line;
	int takes;

	in_utf8();
	top_canvas_init(&canvas, 12, 3, true);
	takes = top_canvas_put(&canvas,
	    (struct top_place){.y = 1, .x = 1, .width = texts[_i].width},
	    texts[_i].text);
	ck_assert_int_eq(takes, texts[_i].takes);
	line = top_canvas_line(&canvas, 1);
	ck_assert_str_eq(line + (texts[_i].takes > 0 ? 1 : 0), texts[_i].is);
	free(line);
	for (int x = 1 + texts[_i].width; x < 12; x++)
		ck_assert(!canvas.cells[12 + x].is_taken);
	top_canvas_deinit(&canvas);
}
END_TEST

START_TEST(locale_without_the_letters_has_question_marks)
{
	struct top_canvas canvas;
	char *line;

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	top_canvas_init(&canvas, 8, 1, false);
	(void)top_canvas_put(&canvas, (struct top_place){.width = 8}, "a漢é");
	line = top_canvas_line(&canvas, 0);
	ck_assert_str_eq(line, "a??");
	free(line);
	top_canvas_deinit(&canvas);
	top_canvas_init(&canvas, 8, 1, false);
	(void)top_canvas_put(&canvas, (struct top_place){.width = 4}, "abcdef");
	line = top_canvas_line(&canvas, 0);
	ck_assert_str_eq(line, "abc~");
	free(line);
	top_canvas_deinit(&canvas);
}
END_TEST

START_TEST(nothing_stands_outside)
{
	struct top_canvas canvas;
	/* Guards before and behind the grid. */
	struct top_cell *all, *cells;

	in_utf8();
	top_canvas_init(&canvas, 5, 2, true);
	all = calloc(30, sizeof(*all));
	ck_assert_ptr_nonnull(all);
	cells = canvas.cells;
	canvas.cells = all + 10;
	for (int y = -2; y < 4; y++) {
		for (int x = -3; x < 8; x++) {
			for (int width = -1; width < 9; width++)
				(void)top_canvas_put(&canvas,
				    (struct top_place){.y = y,
					.x = x,
					.width = width,
					.is_right = width % 2 == 0},
				    "a漢字b");
		}
		top_canvas_paint(&canvas, y < 0 ? 0 : y, TOP_BAD);
	}
	for (int i = 0; i < 10; i++) {
		ck_assert(!all[i].is_taken && all[i].style == TOP_PLAIN);
		ck_assert(
		    !all[20 + i].is_taken && all[20 + i].style == TOP_PLAIN);
	}
	free(all);
	canvas.cells = cells;
	top_canvas_deinit(&canvas);
}
END_TEST

START_TEST(clash_of_two_texts_is_noticed)
{
	struct top_canvas canvas;

	in_utf8();
	top_canvas_init(&canvas, 10, 1, true);
	(void)top_canvas_put(&canvas, (struct top_place){.width = 3}, "abc");
	(void)top_canvas_put(
	    &canvas, (struct top_place){.x = 3, .width = 3}, "漢");
	ck_assert_int_eq(canvas.n_clashes, 0);
	(void)top_canvas_put(
	    &canvas, (struct top_place){.x = 4, .width = 3}, "x");
	ck_assert_int_eq(canvas.n_clashes, 1);
	top_canvas_deinit(&canvas);
}
END_TEST

START_TEST(right_end_is_flush)
{
	struct top_canvas canvas;
	char *line;

	in_utf8();
	top_canvas_init(&canvas, 20, 1, true);
	(void)top_canvas_put(&canvas,
	    (struct top_place){.x = 1, .width = 6, .is_right = true}, "12");
	(void)top_canvas_put(&canvas,
	    (struct top_place){.x = 8, .width = 6, .is_right = true}, "漢");
	(void)top_canvas_put(&canvas,
	    (struct top_place){.x = 15, .width = 5, .is_right = true},
	    "1234567");
	line = top_canvas_line(&canvas, 0);
	ck_assert_str_eq(line, "     12     漢 1234…");
	free(line);
	top_canvas_deinit(&canvas);
}
END_TEST

/* Tables ----------------------------------------------------------- */

static const struct top_column columns[] = {
    {"NAME", 6, 30, 0, 3, false},
    {"ONE", 4, 4, 1, 0, true},
    {"TWO", 5, 10, 3, 1, false},
    {"RARE", 20, 20, 2, 0, false},
    {"LAST", 4, 4, 1, 0, true},
    {.title = NULL},
};

START_TEST(columns_stand_apart_in_their_order_at_every_width)
{
	for (int width = 6; width < 120; width++) {
		struct top_table table;
		int end = -1, n = 0;

		top_table_init(&table, columns, width);
		for (int i = 0; i < table.n_columns; i++) {
			const struct top_fit *fit = &table.fits[i];

			if (fit->width == 0)
				continue;
			n++;
			ck_assert_int_eq(fit->x, end + 1);
			ck_assert_int_ge(fit->width, columns[i].least);
			ck_assert_int_le(fit->width, columns[i].most);
			end = fit->x + fit->width;
			ck_assert_int_le(end, width);
		}
		ck_assert_int_ge(table.fits[0].width, 6);
		ck_assert_int_eq(n == 5, width >= 6 + 5 + 21 + 5 + 6);
		/* What there is room for is used. */
		ck_assert(end == width || n < 5 || width > 72);
	}
}
END_TEST

START_TEST(columns_that_matter_less_go_first)
{
	struct top_table table;

	top_table_init(&table, columns, 37);
	ck_assert_int_eq(table.fits[3].width, 20);
	ck_assert_int_eq(table.fits[2].width, 0);
	/* A small one may still have the room of a large one. */
	top_table_init(&table, columns, 30);
	ck_assert_int_eq(table.fits[3].width, 0);
	ck_assert_int_gt(table.fits[2].width, 0);
	top_table_init(&table, columns, 8);
	ck_assert_int_eq(table.fits[0].width, 8);
	ck_assert_int_eq(table.fits[1].width, 0);
}
END_TEST

static enum top_style on_cell(
    const void *row, int column, int width, char text[TOP_CELL_BYTES])
{
	const char *const *words = row;

	ck_assert_int_gt(width, 0);
	(void)strcpy(text, words[column]);
	return TOP_PLAIN;
}

START_TEST(rows_stand_under_their_head)
{
	static const char *const words[] = {"漢字", "1", "abc", "r", "77777"};
	struct top_table table;
	struct top_canvas canvas;
	char *head, *row;

	in_utf8();
	top_canvas_init(&canvas, 30, 2, true);
	top_table_init(&table, columns, 30);
	top_table_head(&table, &canvas, 0);
	top_table_row(&table, &canvas, 1, on_cell, words);
	head = top_canvas_line(&canvas, 0);
	row = top_canvas_line(&canvas, 1);
	ck_assert_str_eq(head, "NAME          ONE TWO     LAST");
	ck_assert_str_eq(row, "漢字            1 abc     777…");
	ck_assert_int_eq(canvas.n_clashes, 0);
	free(head);
	free(row);
	top_canvas_deinit(&canvas);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_canvas");
	TCase *tests = scene_case(suite, "top_canvas", NULL, NULL);

	tcase_add_loop_test(tests, text_takes_the_cells_it_is_given_and_no_more,
	    0, (int)(sizeof(texts) / sizeof(texts[0])));
	tcase_add_test(tests, locale_without_the_letters_has_question_marks);
	tcase_add_test(tests, nothing_stands_outside);
	tcase_add_test(tests, clash_of_two_texts_is_noticed);
	tcase_add_test(tests, right_end_is_flush);
	tcase_add_test(
	    tests, columns_stand_apart_in_their_order_at_every_width);
	tcase_add_test(tests, columns_that_matter_less_go_first);
	tcase_add_test(tests, rows_stand_under_their_head);
	return scene_run(suite);
}
