/* SPDX-License-Identifier: MIT */
/* Tests of top_layout.h: screens of all sizes, and blocks of lines. */
#include "top_layout.h"

#include "scene.h"
#include "tops_screen.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void lay_out_all_sizes(void)
{
	for (int height = 1; height <= 70; height += height < 30 ? 1 : 7) {
		for (int width = 1; width <= 260; width += width < 130 ? 1 : 13)
			lay_out(width, height);
	}
}

static void in_mode(int mode)
{
	switch (mode) {
	case 1:
		ui.mode = TOP_IN_HELP;
		break;
	case 2:
		open_key("deploy", 60);
		break;
	case 3:
		(void)top_ui_press(&ui, 'k');
		ck_assert_int_eq(ui.prompt, TOP_PROMPT_END);
		break;
	case 4:
		(void)top_ui_press(&ui, '/');
		for (int i = 0; i < 130; i++)
			(void)top_ui_press(&ui, i % 2 == 0 ? 0x6F22 : 'x');
		break;
	case 5:
		top_ui_say(&ui, true, "%0500d", 3);
		break;
	case 6:
		ui.trouble = "no daemon, trying again: Connection refused by "
			     "something with a rather long name";
		ui.is_paused = true;
		break;
	default:
		break;
	}
}

START_TEST(nothing_overlaps_and_nothing_is_too_wide_at_any_size)
{
	fill();
	in_mode(_i);
	lay_out_all_sizes();
}
END_TEST

START_TEST(nothing_is_known_yet_at_any_size)
{
	top_ui_refresh(&ui, START);
	lay_out_all_sizes();
	lay_out(80, 24);
	ck_line("nothing", "nothing is known yet");
}
END_TEST

START_TEST(locale_of_ascii_has_ascii_only)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	ui.is_utf8 = false;
	fill();
	lay_out_all_sizes();
	lay_out(120, 40);
	for (int y = 0; y < 40; y++) {
		for (const char *at = lines[y]; *at != '\0'; at++)
			ck_assert_int_gt(*at, 0);
	}
	ck_line("lock   deploy", "@");
	ck_line("lock   ??", "php-fpm");
}
END_TEST

START_TEST(screen_that_is_too_small_says_so)
{
	fill();
	lay_out(39, 24);
	ck_assert_str_eq(lines[0], "too small: msync top");
	ck_assert_str_eq(lines[1], "needs 40x8");
	ck_assert_str_eq(lines[2], "this is 39x24");
	lay_out(80, 7);
	ck_assert_str_eq(lines[2], "this is 80x7");
	lay_out(40, 8);
	ck_line("KIND", "WAITS");
	ck_line("flight 0000", "…");
	ck_line("lock   deploy", " 3 ");
}
END_TEST

/* Blocks ----------------------------------------------------------- */

START_TEST(block_has_the_title_the_kinds_and_the_keys)
{
	int height;

	fill();
	height = top_layout_block_height(&ui);
	ck_assert_int_eq(height, 1 + 5 + 1 + 6 + 1);
	clear_screen();
	top_canvas_init(&canvas, 132, height, true);
	top_layout_block(&ui, &canvas);
	ck_assert_int_eq(canvas.n_clashes, 0);
	for (int y = 0; y < height; y++)
		lines[y] = top_canvas_line(&canvas, y);
	ck_assert_int_eq(find_line("msyncd 9.8"), 0);
	ck_assert_int_eq(find_line("KIND    KEYS"), 1);
	ck_assert_int_eq(find_line("KIND   KEY "), 6);
	ck_line("lock   deploy", "php-fpm (nightly)");
	for (int i = 0; i < 132 * height; i++)
		ck_assert_int_ne(canvas.cells[i].style, TOP_CHOSEN);
}
END_TEST

START_TEST(block_of_very_many_keys_says_how_many_more_there_are)
{
	for (int i = 0; i < 250; i++) {
		char key[16];

		(void)snprintf(key, sizeof(key), "k%d", i);
		granted_at(0, key, i + 1);
	}
	top_model_tick(model, START);
	top_ui_refresh(&ui, START);
	clear_screen();
	top_canvas_init(&canvas, 80, top_layout_block_height(&ui), true);
	top_layout_block(&ui, &canvas);
	for (int y = 0; y < canvas.height; y++)
		lines[y] = top_canvas_line(&canvas, y);
	ck_assert_int_eq(
	    find_line("and 50 more keys"), 1 + 5 + 1 + TOP_BLOCK_ROWS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_layout");
	TCase *tests =
	    scene_case(suite, "top_layout", screen_setup, screen_teardown);

	tcase_add_loop_test(
	    tests, nothing_overlaps_and_nothing_is_too_wide_at_any_size, 0, 7);
	tcase_add_test(tests, nothing_is_known_yet_at_any_size);
	tcase_add_test(tests, locale_of_ascii_has_ascii_only);
	tcase_add_test(tests, screen_that_is_too_small_says_so);
	tcase_add_test(tests, block_has_the_title_the_kinds_and_the_keys);
	tcase_add_test(
	    tests, block_of_very_many_keys_says_how_many_more_there_are);
	return scene_run(suite);
}
