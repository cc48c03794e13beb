/* SPDX-License-Identifier: MIT */
/* Tests of top_ui.h: what the keys of msync top do. */
#include "scene.h"
#include "tops_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keys that are shown, with a blank between two. */
static const char *shown(void)
{
	static char text[65536];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ui.rows.n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
		    i > 0 ? " " : "", ui.rows.at[i]->name + 1);
	return text;
}

static const char *chosen(void)
{
	return ui.rows.at[ui.table.chosen]->name + 1;
}

START_TEST(keys_are_sorted_as_one_asks)
{
	fill_four();
	/* Most waiters first, without being asked. */
	ck_assert_str_eq(shown(), "a b c d");
	press_all("l");
	ck_assert_str_eq(shown(), "c b a d");
	press_all("h");
	ck_assert_str_eq(shown(), "d c b a");
	press_all("g");
	ck_assert_str_eq(shown(), "b c a d");
	press_all("n");
	ck_assert_str_eq(shown(), "a b c d");
	press_all("r");
	ck_assert_str_eq(shown(), "d c b a");
	press_all("w");
	ck_assert_str_eq(shown(), "d c b a");
	press_all("r");
	ck_assert_str_eq(shown(), "a b c d");
}
END_TEST

START_TEST(among_equals_the_busier_come_first)
{
	stats_at(0, 1000, 0);
	model->is_watching = true;
	sweep_at(0, false, line("[]"));
	granted_at(0, "once", 1);
	granted_at(0, "twice", 2);
	granted_at(0, "twice", 3);
	top_model_tick(model, START + 1000);
	top_ui_refresh(&ui, START + 1000);
	ck_assert_str_eq(shown(), "twice once");
}
END_TEST

START_TEST(filter_counts_while_it_is_typed)
{
	sweep_at(0, false,
	    line("[{'kind':'lock','key':'shop/1'},{'kind':'lock','key':'my'},"
		 "{'kind':'pool','key':'eshop'},{'kind':'lock','key':'schön'}"
		 "]"));
	top_ui_refresh(&ui, START);
	ck_assert_str_eq(shown(), "eshop my schön shop/1");
	press_all("/sho");
	ck_assert_str_eq(shown(), "eshop shop/1");
	ck_assert_int_eq(ui.prompt, TOP_PROMPT_FILTER);
	/* Letters that are commands elsewhere are letters. */
	press_all("q");
	ck_assert_str_eq(shown(), "");
	(void)top_ui_press(&ui, TOP_KEY_BACKSPACE);
	ck_assert_str_eq(shown(), "eshop shop/1");
	(void)top_ui_press(&ui, TOP_KEY_ENTER);
	ck_assert_int_eq(ui.prompt, TOP_NO_PROMPT);
	ck_assert_str_eq(shown(), "eshop shop/1");
	/* It is there to be changed, and Escape ends it. */
	press_all("/");
	ck_assert_str_eq(ui.typed, "sho");
	(void)top_ui_press(&ui, TOP_KEY_ESCAPE);
	ck_assert_str_eq(shown(), "eshop my schön shop/1");
	press_all("/^sh");
	ck_assert_str_eq(shown(), "shop/1");
	(void)top_ui_press(&ui, TOP_KEY_ENTER);
	(void)top_ui_press(&ui, TOP_KEY_ESCAPE);
	ck_assert_str_eq(shown(), "eshop my schön shop/1");
	press_all("/ch");
	(void)top_ui_press(&ui, 0xF6);
	ck_assert_str_eq(ui.typed, "chö");
	ck_assert_str_eq(shown(), "schön");
	(void)top_ui_press(&ui, TOP_KEY_BACKSPACE);
	ck_assert_str_eq(ui.typed, "ch");
	for (unsigned i = 0; i < 300; i++)
		(void)top_ui_press(&ui, 0x1F600 + i);
	ck_assert_uint_lt(strlen(ui.typed), sizeof(ui.typed));
	(void)top_ui_press(&ui, TOP_KEY_ENTER);
	ck_assert_str_eq(shown(), "");
}
END_TEST

START_TEST(kinds_are_hidden_and_shown)
{
	sweep_at(0, false,
	    line("[{'kind':'lock','key':'a'},{'kind':'limit','key':'b'},"
		 "{'kind':'flight','key':'c'},{'kind':'pool','key':'d'}]"));
	top_ui_refresh(&ui, START);
	ck_assert_str_eq(shown(), "a b c d");
	press_all("1");
	ck_assert_str_eq(shown(), "b c d");
	press_all("3");
	ck_assert_str_eq(shown(), "b d");
	press_all("24");
	ck_assert_str_eq(shown(), "");
	press_all("1234");
	ck_assert_str_eq(shown(), "a b c d");
}
END_TEST

/* Moving ----------------------------------------------------------- */

static void fill_many(int n)
{
	char keys[65536];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(keys + len, sizeof(keys) - len,
		    "%s{'kind':'lock','key':'%03d'}", i > 0 ? "," : "", i);
	sweep_at(0, false, line("[%s]", n > 0 ? keys : ""));
	top_model_tick(model, START);
	top_ui_refresh(&ui, START);
}

static void see(const char *key, size_t first)
{
	ck_assert_str_eq(chosen(), key);
	ck_assert_uint_eq(ui.table.first, first);
}

START_TEST(selection_moves_within_what_there_is)
{
	size_t height = ui.table.height;

	fill_many(100);
	see("000", 0);
	(void)top_ui_press(&ui, TOP_KEY_UP);
	see("000", 0);
	(void)top_ui_press(&ui, TOP_KEY_DOWN);
	see("001", 0);
	(void)top_ui_press(&ui, TOP_KEY_END);
	see("099", 100 - height);
	(void)top_ui_press(&ui, TOP_KEY_DOWN);
	see("099", 100 - height);
	(void)top_ui_press(&ui, TOP_KEY_HOME);
	see("000", 0);
	(void)top_ui_press(&ui, TOP_KEY_PAGE_DOWN);
	ck_assert_uint_eq(ui.table.chosen, height - 1);
	(void)top_ui_press(&ui, TOP_KEY_PAGE_DOWN);
	ck_assert_uint_eq(ui.table.chosen, 2 * height - 2);
	(void)top_ui_press(&ui, TOP_KEY_PAGE_UP);
	(void)top_ui_press(&ui, TOP_KEY_PAGE_UP);
	(void)top_ui_press(&ui, TOP_KEY_PAGE_UP);
	see("000", 0);
	/* Nothing is there: nothing happens. */
	fill_many(0);
	(void)top_ui_press(&ui, TOP_KEY_DOWN);
	(void)top_ui_press(&ui, TOP_KEY_END);
	ck_assert_int_eq(top_ui_press(&ui, TOP_KEY_ENTER), TOP_ACT_NONE);
	ck_assert_int_eq(ui.mode, TOP_IN_TABLE);
}
END_TEST

START_TEST(selection_stays_with_its_key)
{
	fill_many(50);
	for (int i = 0; i < 30; i++)
		(void)top_ui_press(&ui, TOP_KEY_DOWN);
	ck_assert_str_eq(chosen(), "030");
	press_all("nr");
	ck_assert_str_eq(chosen(), "030");
	ck_assert_uint_eq(ui.table.chosen, 19);
	/* Its key is gone: what stands there now. */
	fill_many(20);
	ck_assert_uint_eq(ui.table.chosen, 19);
	ck_assert_str_eq(chosen(), "000");
}
END_TEST

START_TEST(what_is_chosen_is_seen_after_every_change_of_size)
{
	fill_many(100);
	for (int i = 0; i < 70; i++)
		(void)top_ui_press(&ui, TOP_KEY_DOWN);
	for (int height = 60; height >= 1; height--) {
		top_ui_resize(&ui, 80, height);
		ck_assert_str_eq(chosen(), "070");
		ck_assert_uint_ge(ui.table.chosen, ui.table.first);
		ck_assert_uint_lt(
		    ui.table.chosen, ui.table.first + ui.table.height);
	}
	top_ui_resize(&ui, 80, 200);
	ck_assert_uint_eq(ui.table.first, 0);
}
END_TEST

/* Fixed seed; what is looked at is that nothing breaks. */
START_TEST(any_keys_in_any_order_do_no_harm)
{
	unsigned state = 20261125;

	for (int i = 0; i < 20000; i++) {
		unsigned key;

		if (i % 50 == 0) {
			fill_many(i / 50 % 40);
			top_ui_resize(&ui, i % 90, i % 37);
		}
		state = state * 1103515245 + 12345;
		key = state >> 16 & 0x7F;
		if (key >= 0x60 && key < 0x6C)
			key += TOP_KEY_NONE - 0x60;
		(void)top_ui_press(&ui, key);
		ck_assert(ui.rows.n == 0 || ui.table.chosen < ui.rows.n);
		ck_assert_uint_lt(strlen(ui.typed), sizeof(ui.typed));
		ck_assert_int_ge(ui.interval_ms, 100);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_ui");
	TCase *tests =
	    scene_case(suite, "top_ui", screen_setup, screen_teardown);

	tcase_add_test(tests, keys_are_sorted_as_one_asks);
	tcase_add_test(tests, among_equals_the_busier_come_first);
	tcase_add_test(tests, filter_counts_while_it_is_typed);
	tcase_add_test(tests, kinds_are_hidden_and_shown);
	tcase_add_test(tests, selection_moves_within_what_there_is);
	tcase_add_test(tests, selection_stays_with_its_key);
	tcase_add_test(
	    tests, what_is_chosen_is_seen_after_every_change_of_size);
	tcase_add_test(tests, any_keys_in_any_order_do_no_harm);
	return scene_run(suite);
}
