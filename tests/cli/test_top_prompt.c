/* SPDX-License-Identifier: MIT */
/* Tests of top_ui.h: into a key and out, the end of a hold, the interval. */
#include "scene.h"
#include "tops_screen.h"

#include <string.h>

START_TEST(keys_go_in_and_out)
{
	fill_four();
	(void)top_ui_press(&ui, TOP_KEY_DOWN);
	ck_assert_int_eq(top_ui_press(&ui, TOP_KEY_ENTER), TOP_ACT_LOOK);
	ck_assert_int_eq(ui.mode, TOP_IN_KEY);
	ck_assert_str_eq(model->open.key, "b");
	press_all("?");
	ck_assert_int_eq(ui.mode, TOP_IN_HELP);
	press_all("q");
	ck_assert_int_eq(ui.mode, TOP_IN_KEY);
	ck_assert_int_eq(top_ui_press(&ui, TOP_KEY_ESCAPE), TOP_ACT_NONE);
	ck_assert_int_eq(ui.mode, TOP_IN_TABLE);
	ck_assert(!model->open.is_open);
	press_all("?");
	ck_assert_int_eq(top_ui_press(&ui, TOP_KEY_BACKSPACE), TOP_ACT_NONE);
	ck_assert_int_eq(ui.mode, TOP_IN_TABLE);
	ck_assert_int_eq(top_ui_press(&ui, 'q'), TOP_ACT_QUIT);
}
END_TEST

START_TEST(hold_is_ended_only_after_yes)
{
	fill_four();
	press_all("k");
	ck_assert_int_eq(ui.prompt, TOP_PROMPT_END);
	ck_assert_str_eq(ui.ending.key, "a");
	ck_assert_int_eq(ui.ending.holder.token, token_when_held(3000));
	/* No other key is an answer. */
	press_all(" xw?");
	ck_assert_int_eq(top_ui_press(&ui, TOP_KEY_ENTER), TOP_ACT_NONE);
	ck_assert_int_eq(ui.prompt, TOP_PROMPT_END);
	press_all("n");
	ck_assert_int_eq(ui.prompt, TOP_NO_PROMPT);
	ck_assert_str_eq(ui.message, "nothing was ended");
	press_all("k");
	ck_assert_int_eq(top_ui_press(&ui, 'y'), TOP_ACT_END);
	ck_assert_int_eq(ui.prompt, TOP_NO_PROMPT);
}
END_TEST

START_TEST(hold_that_is_asked_about_is_the_one_that_is_ended)
{
	fill_four();
	press_all("k");
	/* Meanwhile, another one is at that place. */
	sweep_at(1, false, line("[%s]", a_lock("b", 1, 5)));
	top_model_tick(model, START + 2000);
	top_ui_refresh(&ui, START + 2000);
	ck_assert_int_eq(top_ui_press(&ui, 'y'), TOP_ACT_END);
	ck_assert_str_eq(ui.ending.key, "a");
}
END_TEST

START_TEST(waiters_are_no_holds_to_end)
{
	json_t *answer =
	    json_pack("{s:o}", "keys", line("[%s]", a_lock("a", 3000, 3)));

	fill_four();
	ck_assert_int_eq(top_ui_press(&ui, TOP_KEY_ENTER), TOP_ACT_LOOK);
	press_all("k");
	ck_assert_int_eq(ui.prompt, TOP_NO_PROMPT);
	ck_assert(ui.is_bad);
	top_model_take_open(model, answer, START);
	json_decref(answer);
	top_ui_refresh(&ui, START);
	press_all("k");
	ck_assert_int_eq(ui.prompt, TOP_PROMPT_END);
	press_all("n");
	(void)top_ui_press(&ui, TOP_KEY_DOWN);
	ck_assert_uint_eq(ui.claims.chosen, 1);
	press_all("k");
	ck_assert_int_eq(ui.prompt, TOP_NO_PROMPT);
	ck_assert_str_eq(ui.message, "there is no hold to end");
	(void)top_ui_press(&ui, TOP_KEY_END);
	ck_assert_uint_eq(ui.claims.chosen, 3);
}
END_TEST

START_TEST(interval_goes_up_and_down_in_steps)
{
	static const int64_t longer[] = {
	    2000, 5000, 10000, 30000, 60000, 60000};

	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(top_ui_press(&ui, '+'), TOP_ACT_INTERVAL);
		ck_assert_int_eq(ui.interval_ms, longer[i]);
	}
	for (int i = 0; i < 12; i++)
		(void)top_ui_press(&ui, '-');
	ck_assert_int_eq(ui.interval_ms, 100);
	ui.interval_ms = 700;
	(void)top_ui_press(&ui, '=');
	ck_assert_int_eq(ui.interval_ms, 1000);
	ui.interval_ms = 700;
	(void)top_ui_press(&ui, '-');
	ck_assert_int_eq(ui.interval_ms, 500);
}
END_TEST

START_TEST(pause_is_on_or_off)
{
	press_all("p");
	ck_assert(ui.is_paused);
	press_all(" ");
	ck_assert(!ui.is_paused);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("top_prompt");
	TCase *tests =
	    scene_case(suite, "top_prompt", screen_setup, screen_teardown);

	tcase_add_test(tests, keys_go_in_and_out);
	tcase_add_test(tests, hold_is_ended_only_after_yes);
	tcase_add_test(
	    tests, hold_that_is_asked_about_is_the_one_that_is_ended);
	tcase_add_test(tests, waiters_are_no_holds_to_end);
	tcase_add_test(tests, interval_goes_up_and_down_in_steps);
	tcase_add_test(tests, pause_is_on_or_off);
	return scene_run(suite);
}
