/* SPDX-License-Identifier: MIT */
/* Tests of cli_base64.h: bytes as text, for the output of commands. */
#include "cli_base64.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

/* Of RFC 4648. */
static const struct {
	const char *bytes, *text;
} examples[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

#define N_EXAMPLES (sizeof(examples) / sizeof(examples[0]))

START_TEST(the_examples_of_the_standard_come_out)
{
	for (size_t i = 0; i < N_EXAMPLES; i++) {
		size_t n = strlen(examples[i].bytes), len = 99;
		char *text = base64_encode(examples[i].bytes, n);
		char *bytes = base64_decode(examples[i].text, &len);

		ck_assert_str_eq(text, examples[i].text);
		ck_assert_ptr_nonnull(bytes);
		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(bytes, examples[i].bytes, n);
		free(text);
		free(bytes);
	}
}
END_TEST

START_TEST(bytes_of_every_value_come_back)
{
	unsigned char all[256 * 3 + 2];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t n = 0; n <= sizeof(all); n++) {
		size_t len = 0;
		char *text = base64_encode(all, n);
		char *bytes = base64_decode(text, &len);

		ck_assert_uint_eq(len, n);
		ck_assert_mem_eq(bytes, all, n);
		free(text);
		free(bytes);
	}
}
END_TEST

START_TEST(what_is_no_base64_is_refused)
{
	static const char *const wrong[] = {"Z", "Zg", "Zg=", "Zg===", "=",
	    "====", "Z===", "Zg==Zg==", "Z=g=", "Zm9v\n", "Zm9v ", "Zm 9",
	    "Zm9-", "Zm9_", "Zm9\x80", "Zm9\xff"};
	size_t len;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(base64_decode(wrong[i], &len) == NULL,
		    "\"%s\" was taken", wrong[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base64");
	TCase *tests = scene_case(suite, "base64", NULL, NULL);

	tcase_add_test(tests, the_examples_of_the_standard_come_out);
	tcase_add_test(tests, bytes_of_every_value_come_back);
	tcase_add_test(tests, what_is_no_base64_is_refused);
	return scene_run(suite);
}
