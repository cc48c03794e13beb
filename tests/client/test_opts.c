/* SPDX-License-Identifier: MIT */
/* Tests of opts.h: how to connect, and what a request may say. */
#include "opts.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

/* A text of len bytes, valid until the next call. */
static const char *long_text(size_t len)
{
	static char text[1024];

	ck_assert_uint_lt(len, sizeof(text));
	memset(text, 'x', len);
	text[len] = '\0';
	return text;
}

static struct msync_opts *new_opts(void)
{
	struct msync_opts *opts;

	ck_assert_int_eq(msync_opts_new(&opts), 0);
	return opts;
}

START_TEST(new_options_say_what_the_header_says)
{
	struct msync_opts *opts = new_opts();

	ck_assert_int_eq(opts->connect_ms, 1000);
	ck_assert_int_eq(opts->answer_ms, 5000);
	ck_assert_int_eq(opts->reconnect_ms, 0);
	ck_assert_str_eq(opts->path, "");
	ck_assert_str_eq(opts->client, "");
	ck_assert_str_eq(opts->instance, "");
	ck_assert(opts->on_lost == NULL);
	msync_opts_free(opts);
	msync_opts_free(NULL);
}
END_TEST

static const struct text_option {
	int (*set)(struct msync_opts *opts, const char *text);
	size_t offset, most;
} text_options[] = {
    {msync_opts_set_socket, offsetof(struct msync_opts, path), 107},
    {msync_opts_set_client, offsetof(struct msync_opts, client), 64},
    {msync_opts_set_instance, offsetof(struct msync_opts, instance), 256},
};

START_TEST(text_is_copied_up_to_its_longest_and_refused_beyond)
{
	const struct text_option *option = &text_options[_i];
	struct msync_opts *opts = new_opts();
	const char *kept = (const char *)opts + option->offset;
	char mine[] = "mine";

	ck_assert_int_eq(option->set(opts, mine), 0);
	mine[0] = 'w';
	ck_assert_str_eq(kept, "mine");
	ck_assert_int_eq(
	    option->set(opts, long_text(option->most + 1)), MSYNC_E_INVALID);
	ck_assert_int_eq(option->set(opts, ""), MSYNC_E_INVALID);
	ck_assert_int_eq(option->set(opts, NULL), MSYNC_E_INVALID);
	ck_assert_str_eq(kept, "mine");
	ck_assert_int_eq(option->set(opts, long_text(option->most)), 0);
	ck_assert_str_eq(kept, long_text(option->most));
	msync_opts_free(opts);
}
END_TEST

/* Names go to the daemon as they are, and it would end the connection of one
 * who says hello with these. */
START_TEST(names_are_utf8_without_control_characters)
{
	static const char *const wrong[] = {"a\nb", "\x01", "a\x7f", "\xc2\x80",
	    "a\xc2\x9f", "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf"};
	static const char *const right[] = {
	    "a b", "\"\\/", "\xc3\xa4", "\xc2\xa0", "\xf0\x9f\x98\x80", "~"};
	struct msync_opts *opts = new_opts();

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(
		    msync_opts_set_client(opts, wrong[i]), MSYNC_E_INVALID);
		ck_assert_int_eq(
		    msync_opts_set_instance(opts, wrong[i]), MSYNC_E_INVALID);
	}
	ck_assert_str_eq(opts->client, "");
	ck_assert_str_eq(opts->instance, "");
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		ck_assert_int_eq(msync_opts_set_client(opts, right[i]), 0);
		ck_assert_str_eq(opts->client, right[i]);
		ck_assert_int_eq(msync_opts_set_instance(opts, right[i]), 0);
		ck_assert_str_eq(opts->instance, right[i]);
	}
	msync_opts_free(opts);
}
END_TEST

/* A path is bytes: any but NUL. */
START_TEST(paths_may_have_any_bytes)
{
	struct msync_opts *opts = new_opts();

	ck_assert_int_eq(msync_opts_set_socket(opts, "/tmp/\xff\n"), 0);
	ck_assert_str_eq(opts_path(opts), "/tmp/\xff\n");
	msync_opts_free(opts);
}
END_TEST

START_TEST(times_have_their_ranges)
{
	struct msync_opts *opts = new_opts();

	ck_assert_int_eq(msync_opts_set_connect_ms(opts, 0), MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_opts_set_connect_ms(opts, MSYNC_FOREVER), MSYNC_E_INVALID);
	ck_assert_int_eq(opts->connect_ms, 1000);
	ck_assert_int_eq(msync_opts_set_connect_ms(opts, 1), 0);
	ck_assert_int_eq(opts->connect_ms, 1);

	ck_assert_int_eq(msync_opts_set_answer_ms(opts, 0), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, -2), MSYNC_E_INVALID);
	ck_assert_int_eq(opts->answer_ms, 5000);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, MSYNC_FOREVER), 0);
	ck_assert_int_eq(opts->answer_ms, MSYNC_FOREVER);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, INT32_MAX), 0);
	ck_assert_int_eq(opts->answer_ms, INT32_MAX);

	ck_assert_int_eq(msync_opts_set_reconnect(opts, -1), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_reconnect(opts, 7), 0);
	ck_assert_int_eq(opts->reconnect_ms, 7);
	ck_assert_int_eq(msync_opts_set_reconnect(opts, 0), 0);
	ck_assert_int_eq(opts->reconnect_ms, 0);
	msync_opts_free(opts);
}
END_TEST

static void on_lost(void *ctx, struct msync_grant *grant, const char *reason)
{
	(void)ctx;
	(void)grant;
	(void)reason;
}

START_TEST(callback_and_its_context_are_kept_and_can_be_taken_away)
{
	struct msync_opts *opts = new_opts();
	int mine;

	ck_assert_int_eq(msync_opts_set_on_lost(opts, on_lost, &mine), 0);
	ck_assert(opts->on_lost == on_lost);
	ck_assert_ptr_eq(opts->lost_ctx, &mine);
	ck_assert_int_eq(msync_opts_set_on_lost(opts, NULL, NULL), 0);
	ck_assert(opts->on_lost == NULL);
	msync_opts_free(opts);
}
END_TEST

START_TEST(path_is_the_options_then_the_environments_then_the_default)
{
	struct msync_opts *opts = new_opts();

	ck_assert_int_eq(unsetenv("MSYNC_SOCKET"), 0);
	ck_assert_str_eq(opts_path(opts), "/run/msyncd/msyncd.sock");
	ck_assert_int_eq(setenv("MSYNC_SOCKET", "", 1), 0);
	ck_assert_str_eq(opts_path(opts), "/run/msyncd/msyncd.sock");
	ck_assert_int_eq(setenv("MSYNC_SOCKET", "/from/outside", 1), 0);
	ck_assert_str_eq(opts_path(opts), "/from/outside");
	ck_assert_int_eq(msync_opts_set_socket(opts, "/mine"), 0);
	ck_assert_str_eq(opts_path(opts), "/mine");
	msync_opts_free(opts);
}
END_TEST

/* Terms ------------------------------------------------------------ */

/* The ranges that msync.h gives; the largest are those of the protocol. */
static const struct {
	enum msync_term term;
	int64_t least, most;
} terms_table[] = {
    {MSYNC_TERM_LEASE_MS, 1, INT64_C(9007199254740991)},
    {MSYNC_TERM_MAX_WAITERS, 0, INT64_C(9007199254740991)},
    {MSYNC_TERM_DETACHED, 0, 1},
    {MSYNC_TERM_PERMITS, 1, INT32_MAX},
    {MSYNC_TERM_ADOPT, 0, 1},
    {MSYNC_TERM_MAX_LEADERS, 1, INT32_MAX},
    {MSYNC_TERM_KEEP_MS, 0, INT64_C(9007199254740991)},
    {MSYNC_TERM_KEEP_FAILURE_MS, 0, INT64_C(9007199254740991)},
    {MSYNC_TERM_RUN_ANYWAY, 0, 1},
};

#define N_TERMS ((int)(sizeof(terms_table) / sizeof(terms_table[0])))

START_TEST(term_takes_its_range_and_nothing_beyond)
{
	enum msync_term term = terms_table[_i].term;
	int64_t least = terms_table[_i].least, most = terms_table[_i].most;
	struct msync_terms *terms;

	ck_assert_int_eq(OPTS_N_TERMS, N_TERMS);
	ck_assert_int_eq(msync_terms_new(&terms), 0);
	ck_assert_int_eq(terms_value(terms, term, -5), -5);
	ck_assert_int_eq(
	    msync_terms_set(terms, term, least - 1), MSYNC_E_INVALID);
	ck_assert_int_eq(terms_value(terms, term, -5), -5);
	ck_assert_int_eq(msync_terms_set(terms, term, least), 0);
	ck_assert_int_eq(terms_value(terms, term, -5), least);
	ck_assert_int_eq(msync_terms_set(terms, term, most), 0);
	ck_assert_int_eq(
	    msync_terms_set(terms, term, most + 1), MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_terms_set(terms, term, INT64_MIN), MSYNC_E_INVALID);
	ck_assert_int_eq(terms_value(terms, term, -5), most);
	for (int i = 0; i < N_TERMS; i++)
		ck_assert_int_eq(terms->is_set[i], i == (int)term);
	msync_terms_free(terms);
}
END_TEST

START_TEST(terms_that_do_not_exist_change_nothing)
{
	struct msync_terms *terms, none = {0};

	ck_assert_int_eq(msync_terms_new(&terms), 0);
	ck_assert_int_eq(msync_terms_set(terms, (enum msync_term)N_TERMS, 1),
	    MSYNC_E_INVALID);
	ck_assert_int_eq(
	    msync_terms_set(terms, (enum msync_term) - 1, 1), MSYNC_E_INVALID);
	ck_assert_mem_eq(terms, &none, sizeof(none));
	ck_assert_int_eq(terms_value(NULL, MSYNC_TERM_ADOPT, 3), 3);
	msync_terms_free(terms);
	msync_terms_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("opts");
	TCase *tests = scene_case(suite, "opts", NULL, NULL);

	tcase_add_test(tests, new_options_say_what_the_header_says);
	tcase_add_loop_test(tests,
	    text_is_copied_up_to_its_longest_and_refused_beyond, 0,
	    sizeof(text_options) / sizeof(text_options[0]));
	tcase_add_test(tests, names_are_utf8_without_control_characters);
	tcase_add_test(tests, paths_may_have_any_bytes);
	tcase_add_test(tests, times_have_their_ranges);
	tcase_add_test(
	    tests, callback_and_its_context_are_kept_and_can_be_taken_away);
	tcase_add_test(
	    tests, path_is_the_options_then_the_environments_then_the_default);
	tcase_add_loop_test(
	    tests, term_takes_its_range_and_nothing_beyond, 0, N_TERMS);
	tcase_add_test(tests, terms_that_do_not_exist_change_nothing);
	return scene_run(suite);
}
