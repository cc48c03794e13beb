/* SPDX-License-Identifier: MIT */
/*
 * What a well-formed request may look like, and what its answer repeats of
 * it: ids, keys, names, notes. What is refused is in test_strict.c.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SIXTY_FOUR                                                             \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
/* One letter, composed and as a letter with an accent that combines. */
#define E_ACUTE       "\xc3\xa9"
#define E_ACUTE_APART "e\xcc\x81"

START_TEST(requests_without_id_are_answered_without_id)
{
	expect(ask(A, "{'op':'ping'}"), "{'ok':true,'id':'<absent>'}");
	expect(ask(A, "{'op':'lock.release','key':'a'}"),
	    "{'ok':false,'error':'not_held','id':'<absent>'}");
	/* Any number of them may wait at once. */
	acquire(A, "a");
	acquire(A, "b");
	ask_to_wait(B, "{'op':'lock.acquire','key':'a'}");
	ask_to_wait(B, "{'op':'lock.acquire','key':'b'}");
	expect_ok(release(A, "b"));
	expect(client_answer(B), "{'ok':true,'id':'<absent>'}");
	expect_ok(release(A, "a"));
	expect(client_answer(B), "{'ok':true,'id':'<absent>'}");
}
END_TEST

START_TEST(ids_are_repeated_unchanged)
{
	static const char *const ids[] = {
	    "0",
	    "-1",
	    "9007199254740991",
	    "-9007199254740991",
	    "\"\"",
	    "\"0\"",
	    "\"" SIXTY_FOUR "\"",
	    "\"" E_ACUTE E_ACUTE_APART "\\\"\\\\\\n\\u0001\"",
	    "\"\\u0000\"",
	};
	size_t i;

	for (i = 0; i < COUNT(ids); i++) {
		json_t *id =
		    json_loads(ids[i], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		json_t *answer;

		ck_assert_ptr_nonnull(id);
		client_send(A, "{\"op\":\"ping\",\"id\":%s}", ids[i]);
		answer = client_answer(A);
		ck_assert_msg(json_equal(json_object_get(answer, "id"), id),
		    "id %s is not repeated", ids[i]);
		expect_ok(answer);
		json_decref(id);
	}
}
END_TEST

/* The bound counts decoded bytes: 32 times two of them, spelled in six. */
START_TEST(id_is_measured_as_decoded)
{
	char spelled[32 * 6 + 1] = "", *p = spelled;
	json_t *id;
	int i;

	for (i = 0; i < 32; i++)
		p = stpcpy(p, "\\u00e9");
	client_send(A, "{\"op\":\"ping\",\"id\":\"%s\"}", spelled);
	id = client_answer(A);
	ck_assert_uint_eq(json_string_length(json_object_get(id, "id")), 64);
	expect_ok(id);
	client_send(A, "{\"op\":\"ping\",\"id\":\"%sx\"}", spelled);
	expect_refused(client_answer(A), "bad_request", "id", NULL);
}
END_TEST

START_TEST(what_cannot_be_an_id_is_refused_and_not_repeated)
{
	static const char *const ids[] = {"true", "null", "1.5", "1.0", "1e2",
	    "9007199254740992", "-9007199254740992", "[]", "{}",
	    "'" SIXTY_FOUR "x'"};
	size_t i;

	for (i = 0; i < COUNT(ids); i++) {
		json_t *answer = ask(A, "{'op':'ping','id':%s}", ids[i]);

		ck_assert_ptr_null(json_object_get(answer, "id"));
		expect_refused(answer, "bad_request", "id", NULL);
	}
}
END_TEST

START_TEST(id_of_a_waiting_request_is_refused_and_the_wait_goes_on)
{
	acquire(A, "a");
	ask_to_wait(B, "{'op':'lock.acquire','key':'a','id':5}");
	expect(ask(B, "{'op':'ping','id':5}"),
	    "{'ok':false,'error':'dup_id','id':5}");
	/* dup_id comes before the form of the request. */
	expect(ask(B, "{'op':'nonsense','id':5}"),
	    "{'ok':false,'error':'dup_id','id':5}");
	expect(ask(B, "{'op':'ping','id':'5'}"), "{'ok':true,'id':'5'}");
	expect(ask(A, "{'op':'ping','id':5}"), "{'ok':true,'id':5}");
	expect_ok(release(A, "a"));
	expect(client_answer(B), "{'ok':true,'id':5,'token':'<int>'}");
	expect(ask(B, "{'op':'ping','id':5}"), "{'ok':true,'id':5}");
}
END_TEST

START_TEST(notes_are_ignored_whatever_they_say)
{
	expect_ok(ask(A, "{'x_':null,'op':'ping','x_why':{'op':[1,2]},"
			 "'x_op':'lock.acquire'}"));
}
END_TEST

/* edge: 17 88 */
START_TEST(ops_match_exactly)
{
	static const char *const ops[] = {"", "PING", "ping ", "pin", "pingx",
	    "ping\\u0000", "lock", "lock.", "lock.acquire.", "lock.releaseFOO",
	    "acquire"};
	size_t i;

	for (i = 0; i < COUNT(ops); i++)
		expect(ask(A, "{'id':9,'op':'%s','key':'a'}", ops[i]),
		    "{'id':9,'ok':false,'error':'unknown_op'}");
	expect_ok(ask(A, "{'id':9,'op':'\\u0070ing'}"));
}
END_TEST

/* What stands between the two texts is 60 KiB long; the answer is not. */
static void expect_short_refusal(
    const char *code, const char *before, const char *after)
{
	char text[61441], *line, *wanted;

	memset(text, 'z', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tell(A, "%s%s%s", before, text, after);
	line = client_line(A);
	ck_assert_ptr_nonnull(line);
	ck_assert_int_gt(asprintf(&wanted, "\"error\":\"%s\"", code), 0);
	ck_assert_ptr_nonnull(strstr(line, wanted));
	ck_assert_uint_lt(strlen(line), 500);
	free(wanted);
	free(line);
}

START_TEST(what_is_long_is_cut_in_messages)
{
	expect_short_refusal("unknown_op", "{'op':'", "'}");
	expect_short_refusal("bad_request", "{'op':'ping','", "':1}");
	expect_short_refusal("bad_request", "{'op':'ping','id':'", "'}");
	expect_short_refusal(
	    "bad_request", "{'op':'lock.acquire','key':'", "'}");
	expect_short_refusal("bad_request", "{'op':'hello','client':'", "'}");
	expect_short_refusal("parse", "", "");
}
END_TEST

START_TEST(unknown_op_is_named_up_to_32_bytes)
{
	json_t *answer = ask(A, "{'op':'%s'}", SIXTY_FOUR);
	const char *message =
	    json_string_value(json_object_get(answer, "message"));
	char shown[34];

	ck_assert_ptr_nonnull(message);
	snprintf(shown, sizeof(shown), "%.16s", SIXTY_FOUR);
	ck_assert_ptr_nonnull(strstr(message, shown));
	snprintf(shown, sizeof(shown), "%.33s", SIXTY_FOUR);
	ck_assert_ptr_null(strstr(message, shown));
	expect_error(answer, "unknown_op");
}
END_TEST

/* A ping with members <prefix>0, <prefix>1 and so on. */
static json_t *ask_with_members(const char *prefix, int n)
{
	size_t size = (size_t)n * (strlen(prefix) + 16) + 64;
	char *text = malloc(size), *p = text;
	json_t *answer;
	int i;

	ck_assert_ptr_nonnull(text);
	p += sprintf(p, "{\"op\":\"ping\"");
	for (i = 0; i < n; i++)
		p += sprintf(p, ",\"%s%d\":%d", prefix, i, i);
	client_send(A, "%s}", text);
	free(text);
	answer = client_answer(A);
	return answer;
}

/* edge: 89 */
/* row: 21 */
START_TEST(first_of_7766_unknown_members_is_named)
{
	expect_refused(
	    ask_with_members("m", 7766), "bad_request", "\"m0\"", NULL);
	expect_ok(ask_with_members("x_m", 7766));
}
END_TEST

START_TEST(numbers_at_their_bounds_are_accepted)
{
	expect_ok(ask(A, "{'op':'lock.acquire','key':'a',"
			 "'wait_ms':9007199254740991,"
			 "'lease_ms':9007199254740991,"
			 "'max_waiters':9007199254740991}"));
	expect_error(
	    ask(B, "{'op':'lock.acquire','key':'a','wait_ms':-0}"), "busy");
	expect_ok(ask(A, "{'op':'limit.set','key':'a','capacity':2147483647}"));
	expect_ok(
	    ask(A, "{'op':'limit.borrow','key':'a','permits':2147483647}"));
	expect_ok(ask(A, "{'op':'flight.begin','key':'a',"
			 "'max_leaders':2147483647}"));
	expect_ok(ask(A, "{'op':'hello','client':'%s'}", SIXTY_FOUR));
}
END_TEST

START_TEST(keys_of_256_bytes_are_accepted_and_repeated)
{
	const char *key = SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR;

	acquire(A, key);
	expect_error(try_lock(B, key), "busy");
	expect_ok(release(A, key));
	acquire(B, key);
}
END_TEST

START_TEST(key_is_the_same_however_it_is_spelled)
{
	acquire(A, "\\u0061/\\u00e9\\ud83d\\ude00\\/");
	expect_error(
	    try_lock(B, "a\\u002f" E_ACUTE "\xf0\x9f\x98\x80/"), "busy");
}
END_TEST

/* row: 29 */
START_TEST(composed_and_combining_letters_are_two_keys)
{
	acquire(A, E_ACUTE);
	acquire(B, E_ACUTE_APART);
}
END_TEST

START_TEST(each_kind_has_a_key_space_of_its_own)
{
	acquire(A, "a");
	expect_ok(ask(B, "{'op':'flight.begin','key':'a','wait_ms':0}"));
	expect_ok(
	    ask(C, "{'op':'limit.borrow','key':'a','capacity':1,'wait_ms':0}"));
	expect_ok(
	    ask(D, "{'op':'pool.get','key':'a','capacity':1,'wait_ms':0}"));
}
END_TEST

START_TEST(hello_is_optional_and_the_last_one_counts)
{
	expect_ok(ask(A, "{'op':'ping'}"));
	expect_ok(ask(A, "{'op':'hello','client':'first'}"));
	expect_ok(ask(A, "{'op':'hello','client':'second'}"));
	acquire(A, "a");
	expect_held_by(try_lock(B, "a"), "busy", "second", 0);
	expect_ok(ask(A, "{'op':'hello'}"));
	expect_held_by(try_lock(B, "a"), "busy", "", 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    requests_without_id_are_answered_without_id,
	    ids_are_repeated_unchanged,
	    id_is_measured_as_decoded,
	    what_cannot_be_an_id_is_refused_and_not_repeated,
	    id_of_a_waiting_request_is_refused_and_the_wait_goes_on,
	    notes_are_ignored_whatever_they_say,
	    ops_match_exactly,
	    what_is_long_is_cut_in_messages,
	    unknown_op_is_named_up_to_32_bytes,
	    first_of_7766_unknown_members_is_named,
	    numbers_at_their_bounds_are_accepted,
	    keys_of_256_bytes_are_accepted_and_repeated,
	    key_is_the_same_however_it_is_spelled,
	    composed_and_combining_letters_are_two_keys,
	    each_kind_has_a_key_space_of_its_own,
	    hello_is_optional_and_the_last_one_counts,
	    NULL,
	};

	return run_tests("requests", tests);
}
