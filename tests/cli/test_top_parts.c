/* SPDX-License-Identifier: MIT */
/* Tests of top_layout.h: what is seen, and where it stands. */
#include "top_layout.h"

#include "scene.h"
#include "tops_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(title_has_what_there_is_room_for)
{
	fill();
	lay_out(80, 24);
	ck_assert_str_eq(lines[0],
	    "msyncd 9.8  up 25h01m  2 holds  1 wait  20 grants/s  3 user"
	    "s  12:34:56  every 1s");
	lay_out(40, 24);
	ck_line("msyncd 9.8", "every 1s");
	lay_out(200, 24);
	ck_line("msyncd 9.8", "40 requests/s  17 connections  3 users");
	ui.is_paused = true;
	lay_out(80, 24);
	ck_line("msyncd 9.8", "PAUSED");
	ui.trouble = "no daemon, trying again: Connection refused";
	lay_out(80, 24);
	ck_line("msyncd 9.8", "trying again: Connection refused");
}
END_TEST

START_TEST(rows_tell_all_of_a_key)
{
	fill();
	lay_out(80, 24);
	ck_assert_str_eq(lines[6] + strcspn(lines[6], "K"),
	    "KIND   KEY                 PID HOLDER          HELD WAITS LONGEST "
	    " RATE LAST MI…");
	ck_line("lock   deploy",
	    "    812 php-fpm (nig…  3m14s     3   1m38s    10");
	ck_line("limit  mail", "4194304 send-mail      1m32s");
	lay_out(200, 60);
	ck_line("lock   deploy", "php-fpm (nightly)");
	ck_line("lock   deploy", "  58.0s ");
	ck_line("limit  mail", " 9/10 ");
	ck_line("pool   漢字", "0/1.0M");
	ck_line("flight 0000", "detached (a-client-with");
	ck_line("flight 0000", "123k");
}
END_TEST

static bool is_at(const struct top_cell *cell, char letter)
{
	/* Where nothing stands, too. */
	return cell->chars[0] == (wchar_t)letter ||
	       (letter == ' ' && cell->chars[0] == L'\0');
}

/* Where a word of ASCII begins in a line, in cells. */
static int column_of(int y, const char *word)
{
	const struct top_cell *line = &canvas.cells[y * canvas.width];

	for (int x = 0; x + (int)strlen(word) <= canvas.width; x++) {
		size_t n = 0;

		while (word[n] != '\0' && is_at(&line[x + (int)n], word[n]))
			n++;
		if (word[n] == '\0')
			return x;
	}
	ck_abort_msg("no %s at %d cells", word, canvas.width);
	return -1;
}

START_TEST(numbers_stand_under_the_end_of_their_head)
{
	static const int widths[] = {60, 80, 100, 132, 200, 250};

	fill();
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		int y;

		lay_out(widths[i], 40);
		y = find_line("lock   deploy");
		ck_assert_int_eq(
		    column_of(y, "  3 ") + 3, column_of(6, "WAITS") + 5);
		ck_assert_int_eq(
		    column_of(y, " 1m38s") + 6, column_of(6, "LONGEST") + 7);
		ck_assert_int_eq(
		    column_of(y, " 3m14s") + 6, column_of(6, "HELD") + 4);
	}
}
END_TEST

START_TEST(kinds_are_shown_where_there_is_room_for_keys_too)
{
	fill();
	lay_out(80, 24);
	ck_assert_str_eq(lines[1],
	    "KIND    KEYS HOLDS WAITS LONGEST GRANTS/S LAST MINUTE          "
	    "          GRANTED");
	ck_assert_ptr_nonnull(
	    strstr(lines[2], "lock       3     2     1    2.5s       20"));
	lay_out(80, 13);
	ck_assert_int_eq(find_line("KIND   KEY"), 1);
	ck_assert_int_eq(top_layout_rows(13), 10);
	lay_out(200, 24);
	ck_assert_ptr_nonnull(
	    strstr(lines[1], "WAIT P50    P99 HOLD P50    P99"));
	ck_assert_ptr_nonnull(
	    strstr(lines[2], "     7ms   90ms      1ms   30ms"));
}
END_TEST

START_TEST(keys_go_down_to_the_last_line_but_one)
{
	char keys[16384];
	size_t len = 0;

	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(keys + len, sizeof(keys) - len,
		    "%s{'kind':'lock','key':'k%03d'}", i > 0 ? "," : "", i);
	stats_at(0, 1, 0);
	sweep_at(0, false, line("[%s]", keys));
	top_model_tick(model, START);
	for (int height = 8; height < 60; height++) {
		int last = height - 2;
		int first = height < 14 ? 2 : 7;
		char text[32];

		(void)snprintf(
		    text, sizeof(text), "lock   k%03d", last - first);
		top_ui_resize(&ui, 80, height);
		top_ui_refresh(&ui, START);
		lay_out(80, height);
		ck_assert_int_eq(find_line("lock   k000"), first);
		ck_assert_int_eq(find_line(text), last);
		ck_line("? help", "100 shown, 3 keys");
	}
	/* And to the end, one by one. */
	for (int i = 0; i < 100; i++) {
		(void)top_ui_press(&ui, TOP_KEY_DOWN);
		lay_out(80, 24);
	}
	ck_assert_int_eq(find_line("lock   k099"), 22);
}
END_TEST

START_TEST(key_is_shown_with_all_who_hold_and_wait)
{
	fill();
	open_key("deploy", 150);
	top_ui_resize(&ui, 100, 30);
	top_ui_refresh(&ui, START + 2000);
	lay_out(100, 30);
	ck_line("lock deploy", "1 hold, 150 wait; not all are told");
	ck_assert_ptr_nonnull(strstr(lines[2], "  █"));
	ck_line("10 grants/s", " ");
	ck_line("holds", "812 php-fpm");
	ck_line("holds", "nightly");
	ck_line("holds", "7.0s  58.0s");
	ck_line("1.", "900 cron");
	ck_line("24.", "923 cron");
	ck_assert_int_eq(find_line("24."), 28);
	ck_assert_int_eq(find_line("25."), -1);
	(void)top_ui_press(&ui, TOP_KEY_END);
	lay_out(100, 30);
	ck_line("100.", "999 cron");
	ck_assert_int_eq(find_line("holds"), -1);
	/* Gone. */
	top_model_open(model, TOP_LOCK, "other");
	lay_out(100, 30);
	ck_line("lock other", "...");
}
END_TEST

START_TEST(question_is_seen_whatever_the_key_is_called)
{
	fill();
	(void)top_ui_press(&ui, 'k');
	for (int width = 40; width < 200; width++) {
		lay_out(width, 8);
		ck_line("End this hold (y/n)?", "flight 000");
	}
	(void)top_ui_press(&ui, 'n');
	lay_out(80, 8);
	ck_line("nothing was ended", "");
	(void)top_ui_press(&ui, TOP_KEY_DOWN);
	(void)top_ui_press(&ui, 'k');
	lay_out(80, 8);
	ck_line(
	    "End this hold (y/n)?", "lock deploy: pid 812 php-fpm as nightly");
}
END_TEST

START_TEST(what_is_typed_keeps_its_end_in_sight)
{
	(void)top_ui_press(&ui, '/');
	for (int i = 0; i < 60; i++) {
		(void)top_ui_press(&ui, 0x6F22);
		(void)top_ui_press(&ui, (unsigned)('a' + i % 26));
		lay_out(40, 8);
		ck_assert_int_eq(lines[7][0], '/');
		ck_assert_int_eq(lines[7][strlen(lines[7]) - 1], '_');
		ck_assert_int_eq(lines[7][strlen(lines[7]) - 2], 'a' + i % 26);
	}
}
END_TEST

START_TEST(hints_give_way_to_the_summary)
{
	fill();
	lay_out(80, 24);
	ck_assert_str_eq(lines[23],
	    "? help  q quit  Enter look into  / filter            by "
	    "waiters, 6 shown, 3 keys");
	(void)snprintf(ui.order.filter, sizeof(ui.order.filter), "^de");
	ui.order.is_reversed = true;
	lay_out(80, 24);
	ck_line("? help", "/^de by waiters reversed, 6 shown, 3 keys");
	lay_out(40, 24);
	ck_assert_str_eq(lines[23], "/^de by waiters reversed, 6 shown, 3 ke…");
}
END_TEST

START_TEST(help_fits_the_smallest_usual_screen)
{
	ui.mode = TOP_IN_HELP;
	lay_out(80, 24);
	ck_line(" shown that somebody waits", "granted now.");
	ck_line("q back", "");
	for (int y = 0; y < 24; y++)
		ck_assert_ptr_null(strstr(lines[y], "…"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_parts");
	TCase *tests =
	    scene_case(suite, "top_parts", screen_setup, screen_teardown);

	tcase_add_test(tests, title_has_what_there_is_room_for);
	tcase_add_test(tests, rows_tell_all_of_a_key);
	tcase_add_test(tests, numbers_stand_under_the_end_of_their_head);
	tcase_add_test(tests, kinds_are_shown_where_there_is_room_for_keys_too);
	tcase_add_test(tests, keys_go_down_to_the_last_line_but_one);
	tcase_add_test(tests, key_is_shown_with_all_who_hold_and_wait);
	tcase_add_test(tests, question_is_seen_whatever_the_key_is_called);
	tcase_add_test(tests, what_is_typed_keeps_its_end_in_sight);
	tcase_add_test(tests, hints_give_way_to_the_summary);
	tcase_add_test(tests, help_fits_the_smallest_usual_screen);
	return scene_run(suite);
}
