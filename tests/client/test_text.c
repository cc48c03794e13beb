/* SPDX-License-Identifier: MIT */
/* Tests of text.h: what requests are written into. */
#include "scene.h"
#include "text.h"

#include <string.h>

static void expect_text(const struct text *text, const char *expected)
{
	ck_assert(!text->has_failed);
	ck_assert_uint_eq(text->len, strlen(expected));
	ck_assert_mem_eq(text->bytes, expected, text->len);
}

START_TEST(words_and_numbers_stand_one_behind_the_other)
{
	struct text text;

	text_init(&text);
	text_add_word(&text, "{\"id\":");
	text_add_integer(&text, 0);
	text_add_integer(&text, -17);
	text_add_integer(&text, 9007199254740991);
	text_add_integer(&text, INT64_MIN);
	text_add(&text, "}", 1);
	text_add(&text, "none of it", 0);
	expect_text(&text, "{\"id\":0-179007199254740991-9223372036854775808}");
	text_deinit(&text);
}
END_TEST

START_TEST(strings_are_quoted_and_escaped)
{
	struct text text;

	text_init(&text);
	text_add_string(&text, "a\"b\\c\x01\x1f\nd\xc3\xa4\x7f", 12);
	expect_text(&text, "\"a\\\"b\\\\c\\u0001\\u001f\\u000ad\xc3\xa4\x7f\"");
	text_cut(&text, 0);
	text_add_string(&text, "", 0);
	expect_text(&text, "\"\"");
	text_deinit(&text);
}
END_TEST

START_TEST(line_feeds_between_tokens_become_spaces)
{
	struct text text;

	text_init(&text);
	text_add_word(&text, "\n");
	text_add_json(&text, "{\n\t\"a\" : [1,\n2]}\n", 17);
	expect_text(&text, "\n{ \t\"a\" : [1, 2]} ");
	text_deinit(&text);
}
END_TEST

START_TEST(long_text_grows_and_cut_text_is_as_before)
{
	struct text text;
	size_t len;

	text_init(&text);
	for (int i = 0; i < 10000; i++)
		text_add_integer(&text, i % 10);
	ck_assert_uint_eq(text.len, 10000);
	for (size_t i = 0; i < 10000; i++)
		ck_assert_int_eq(text.bytes[i], (char)('0' + i % 10));
	len = 3;
	text_cut(&text, len);
	expect_text(&text, "012");
	text_deinit(&text);
	ck_assert_uint_eq(text.len, 0);
}
END_TEST

static void expect_mended(const char *cut, const char *expected)
{
	char words[16];

	strcpy(words, cut);
	text_mend_end(words);
	ck_assert_str_eq(words, expected);
}

START_TEST(words_that_were_cut_in_a_letter_end_before_it)
{
	expect_mended("", "");
	expect_mended("abc", "abc");
	expect_mended("ab\xc3", "ab");
	expect_mended("ab\xf0\x9f", "ab");
	expect_mended("ab\xf0\x9f\x90", "ab");
	expect_mended("\xe2\x82", "");
	/* What never was a letter is none of its business. */
	expect_mended("ab\x82\x82", "ab\x82\x82");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tests = scene_case(suite, "text", NULL, NULL);

	tcase_add_test(tests, words_and_numbers_stand_one_behind_the_other);
	tcase_add_test(tests, strings_are_quoted_and_escaped);
	tcase_add_test(tests, line_feeds_between_tokens_become_spaces);
	tcase_add_test(tests, long_text_grows_and_cut_text_is_as_before);
	tcase_add_test(tests, words_that_were_cut_in_a_letter_end_before_it);
	return scene_run(suite);
}
