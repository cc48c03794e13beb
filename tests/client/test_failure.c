/* SPDX-License-Identifier: MIT */
/* Tests of failure.h: codes, their names, and words for people. */
#define _GNU_SOURCE 1
#include "failure.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST (FAILURE_WORDS_BYTES - 1) /* bytes of words that fit */

/* Codes ------------------------------------------------------------ */

/* The library's own, and how msyncd-protocol(7) spells the first and last of
 * the others. */
static const struct {
	int code;
	const char *name;
} names[] = {
    {MSYNC_OK, "ok"},
    {MSYNC_E_PARSE, "parse"},
    {MSYNC_E_BUSY, "busy"},
    {MSYNC_E_STALE_TOKEN, "stale_token"},
    {MSYNC_E_SHUTTING_DOWN, "shutting_down"},
    {MSYNC_E_CONN, "conn"},
    {MSYNC_E_SILENT, "silent"},
    {MSYNC_E_FORKED, "forked"},
    {MSYNC_E_LOST, "lost"},
    {MSYNC_E_PROTOCOL, "protocol"},
    {MSYNC_E_INVALID, "invalid"},
    {MSYNC_E_NOMEM, "nomem"},
    {MSYNC_E_FULL, "full"},
    {MSYNC_E_CLOSED, "closed"},
    {MSYNC_E_CALLBACK, "callback"},
    {MSYNC_E_REFUSED, "refused"},
};

START_TEST(codes_have_the_names_of_the_protocol_or_their_own)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(msync_strcode(names[i].code), names[i].name);
	for (int code = -1; code > -WIRE_N_CODES; code--) {
		const char *name = msync_strcode(code);

		ck_assert_int_eq(failure_code(name, strlen(name)), code);
	}
}
END_TEST

START_TEST(codes_have_words_each_its_own)
{
	const char *words[200];
	int n = 0;

	for (int code = 0; code > -200; code--) {
		if (strcmp(msync_strcode(code), "unknown") == 0)
			continue;
		words[n] = msync_strerror(code);
		ck_assert_str_ne(words[n], "");
		for (int i = 0; i < n; i++)
			ck_assert_str_ne(words[i], words[n]);
		n++;
	}
	ck_assert_int_eq(n, WIRE_N_CODES + 11);
}
END_TEST

START_TEST(numbers_that_are_no_codes_are_unknown)
{
	static const int unknown[] = {
	    -WIRE_N_CODES, -63, -75, -1000, INT32_MIN};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		ck_assert_str_eq(msync_strcode(unknown[i]), "unknown");
		ck_assert_str_eq(msync_strerror(unknown[i]), "unknown code");
	}
	/* What a call counts, or a callback returns, is success. */
	ck_assert_str_eq(msync_strcode(1), "ok");
	ck_assert_str_eq(msync_strerror(INT32_MAX), "success");
}
END_TEST

START_TEST(names_of_newer_daemons_are_a_refusal)
{
	static const char *const newer[] = {
	    "brand_new", "", "bus", "busyy", "BUSY", "conn", "ok"};

	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
		ck_assert_int_eq(
		    failure_code(newer[i], strlen(newer[i])), MSYNC_E_REFUSED);
	/* The name is what stands there, not what follows. */
	ck_assert_int_eq(failure_code("busybody", 4), MSYNC_E_BUSY);
}
END_TEST

/* Words ------------------------------------------------------------ */

/* Asserts that the text is UTF-8: the scanner takes it as a string. */
static void expect_letters(const char *text)
{
	char json[FAILURE_WORDS_BYTES + 2];
	int len = snprintf(json, sizeof(json), "\"%s\"", text);

	ck_assert_msg(scan_is_value(json, (size_t)len),
	    "cut inside of a letter: ...%s", text + strlen(text) - 8);
}

/* Letters of one to four bytes. */
static const char *const letters[] = {
    "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};

/* A text of n bytes of 'x' and many of the letter. */
static char *long_text(size_t n, const char *letter)
{
	size_t len = strlen(letter), most = 3 * MOST;
	char *text = malloc(most + len + 1);
	size_t end;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', n);
	for (end = n; end < most; end += len)
		memcpy(text + end, letter, len);
	text[end] = '\0';
	return text;
}

/* All but the last letter, whole or not, must be there. */
static void expect_cut(const struct failure *failure, const char *text)
{
	size_t len = strlen(failure->words);

	expect_letters(failure->words);
	ck_assert_uint_le(len, MOST);
	ck_assert_uint_ge(len, MOST - 4);
	ck_assert_mem_eq(failure->words, text, len);
}

START_TEST(own_words_are_cut_between_letters)
{
	for (size_t n = 0; n < 8; n++) {
		char *text = long_text(n, letters[_i]);
		struct failure failure = {0};

		ck_assert_int_eq(
		    failure_set(&failure, MSYNC_E_CONN, "%s", text),
		    MSYNC_E_CONN);
		expect_cut(&failure, text);
		free(text);
	}
}
END_TEST

START_TEST(words_that_just_fit_are_whole)
{
	for (size_t n = MOST - 8; n <= MOST; n++) {
		struct failure failure = {0};
		char text[FAILURE_WORDS_BYTES];
		size_t len = strlen(letters[_i]);

		memset(text, 'x', n - len);
		memcpy(text + n - len, letters[_i], len + 1);
		(void)failure_set(&failure, MSYNC_E_CONN, "%s", text);
		ck_assert_str_eq(failure.words, text);
	}
}
END_TEST

/* A refusal as the daemon would send it. */
static struct reply refusal(const char *message)
{
	struct reply reply = {.code = MSYNC_E_BUSY};

	if (message != NULL)
		reply.message = (struct scan_value){
		    .type = SCAN_STRING, .at = message, .len = strlen(message)};
	return reply;
}

START_TEST(the_daemons_words_are_cut_between_letters)
{
	for (size_t n = 0; n < 8; n++) {
		char *text = long_text(n, letters[_i]), *json;
		struct failure failure = {.has_holder = true};
		struct reply reply;

		ck_assert_int_ge(asprintf(&json, "\"%s\"", text), 0);
		reply = refusal(json);
		ck_assert_int_eq(
		    failure_set_reply(&failure, &reply), MSYNC_E_BUSY);
		expect_cut(&failure, text);
		ck_assert(!failure.has_holder);
		free(json);
		free(text);
	}
}
END_TEST

START_TEST(the_daemons_words_are_decoded_and_never_missing)
{
	struct reply reply = refusal("\"lock \\\"\\u00e4\\\": busy\"");
	struct failure failure;

	(void)failure_set_reply(&failure, &reply);
	ck_assert_str_eq(failure.words, "lock \"\xc3\xa4\": busy");
	reply = refusal("\"\"");
	(void)failure_set_reply(&failure, &reply);
	ck_assert_str_eq(failure.words, msync_strerror(MSYNC_E_BUSY));
	reply = refusal(NULL);
	(void)failure_set_reply(&failure, &reply);
	ck_assert_str_eq(failure.words, msync_strerror(MSYNC_E_BUSY));
	ck_assert_int_eq(failure.code, MSYNC_E_BUSY);
}
END_TEST

/* Holders ---------------------------------------------------------- */

static struct failure with_holder(const char *json)
{
	struct reply reply = refusal("\"m\"");
	struct failure failure;

	reply.holder = (struct scan_value){
	    .type = SCAN_OBJECT, .at = json, .len = strlen(json)};
	(void)failure_set_reply(&failure, &reply);
	return failure;
}

START_TEST(holder_is_taken_over_with_what_is_told_of_it)
{
	struct failure failure = with_holder(
	    "{\"pid\":17,\"client\":\"deploy \\u00e4\",\"held_ms\":2500}");

	ck_assert(failure.has_holder);
	ck_assert_int_eq(failure.pid, 17);
	ck_assert_int_eq(failure.held_ms, 2500);
	ck_assert_str_eq(failure.client, "deploy \xc3\xa4");
	failure = with_holder("{}");
	ck_assert(failure.has_holder);
	ck_assert_int_eq(failure.pid, 0);
	ck_assert_int_eq(failure.held_ms, 0);
	ck_assert_str_eq(failure.client, "");
}
END_TEST

START_TEST(holder_that_makes_no_sense_is_half_known)
{
	struct failure failure = with_holder(
	    "{\"pid\":\"x\",\"client\":7,\"held_ms\":1.5,\"new\":[]}");
	char json[256];

	ck_assert(failure.has_holder);
	ck_assert_int_eq(failure.pid, 0);
	ck_assert_int_eq(failure.held_ms, 0);
	ck_assert_str_eq(failure.client, "");
	/* A name longer than any is cut. */
	snprintf(json, sizeof(json), "{\"client\":\"x%.*s\"}", 80,
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
	    "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
	failure = with_holder(json);
	expect_letters(failure.client);
	ck_assert_uint_ge(strlen(failure.client), WIRE_MAX_CLIENT_BYTES - 4);
	ck_assert_uint_le(strlen(failure.client), WIRE_MAX_CLIENT_BYTES);
}
END_TEST

START_TEST(copy_has_the_words_or_the_code_in_short)
{
	struct failure from = with_holder("{\"pid\":17}"), to;

	failure_copy(&to, MSYNC_E_BUSY, &from);
	ck_assert_str_eq(to.words, "m");
	ck_assert_int_eq(to.code, MSYNC_E_BUSY);
	ck_assert(to.has_holder);
	ck_assert_int_eq(to.pid, 17);
	failure_copy(&to, MSYNC_E_CONN, NULL);
	ck_assert_str_eq(to.words, msync_strerror(MSYNC_E_CONN));
	ck_assert_int_eq(to.code, MSYNC_E_CONN);
	ck_assert(!to.has_holder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("failure");
	TCase *tests = scene_case(suite, "failure", NULL, NULL);
	int n = sizeof(letters) / sizeof(letters[0]);

	tcase_add_test(
	    tests, codes_have_the_names_of_the_protocol_or_their_own);
	tcase_add_test(tests, codes_have_words_each_its_own);
	tcase_add_test(tests, numbers_that_are_no_codes_are_unknown);
	tcase_add_test(tests, names_of_newer_daemons_are_a_refusal);
	tcase_add_loop_test(tests, own_words_are_cut_between_letters, 0, n);
	tcase_add_loop_test(tests, words_that_just_fit_are_whole, 0, n);
	tcase_add_loop_test(
	    tests, the_daemons_words_are_cut_between_letters, 0, n);
	tcase_add_test(tests, the_daemons_words_are_decoded_and_never_missing);
	tcase_add_test(tests, holder_is_taken_over_with_what_is_told_of_it);
	tcase_add_test(tests, holder_that_makes_no_sense_is_half_known);
	tcase_add_test(tests, copy_has_the_words_or_the_code_in_short);
	return scene_run(suite);
}
