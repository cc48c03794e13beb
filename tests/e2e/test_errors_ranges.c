/* SPDX-License-Identifier: MIT */
/*
 * How long, how large and of what the things in a request may be: ids,
 * numbers, keys, texts. Each bound is tried on both sides.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* n times the text; static, until the next call. */
static const char *times(const char *text, int n)
{
	static char many[8192];
	size_t len = strlen(text);
	int i;

	ck_assert_uint_lt(len * (size_t)n, sizeof(many));
	for (i = 0; i < n; i++)
		memcpy(many + (size_t)i * len, text, len);
	many[(size_t)n * len] = '\0';
	return many;
}

static void expect_echo(const char *id)
{
	expect(ask(A, "{'id':%s,'op':'ping'}", id), "{'id':%s,'ok':true}", id);
}

START_TEST(id_is_repeated_unchanged)
{
	expect_echo("0");
	expect_echo("-1");
	expect_echo("9007199254740991");
	expect_echo("-9007199254740991");
	expect_echo("''");
	expect_echo("'a'");
	expect_echo("'\\u00e9\\n\\\\\\u0022'");
	expect_echo("'\xc3\xa9 \xf0\x9f\x94\x92'");
	expect_echo("'a\\ud83d\\ude00b'");
}
END_TEST

START_TEST(id_of_64_bytes_is_the_longest)
{
	char id[8194]; /* as much as times() has, in quotes */

	snprintf(id, sizeof(id), "'%s'", times("x", 64));
	expect_echo(id);
	/* It is the decoded text that counts. */
	snprintf(id, sizeof(id), "'%s'", times("\\u0061", 64));
	expect_echo(id);
	snprintf(id, sizeof(id), "'%s'", times("\xc3\xa9", 32));
	expect_echo(id);
	expect_refused(ask(A, "{'id':'%s','op':'ping'}", times("x", 65)),
	    "bad_request", "id", NULL);
	expect_refused(ask(A, "{'id':'%s','op':'ping'}", times("\\u00e9", 33)),
	    "bad_request", "id", NULL);
}
END_TEST

START_TEST(id_of_another_type_or_size_is_refused_and_not_repeated)
{
	const char *const wrong[] = {"null", "true", "false", "[]", "{}", "1.0",
	    "1e2", "0.5", "9007199254740992", "-9007199254740992",
	    "123456789012345678901234567890"};
	json_t *answer;
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		answer = ask(A, "{'id':%s,'op':'ping'}", wrong[i]);
		expect(json_incref(answer), "{'ok':false,'id':'<absent>'}");
		expect_refused(answer, "bad_request", "id", NULL);
	}
}
END_TEST

/* A request with a number in place of %s, and the member's name. */
struct numbered {
	const char *head, *member, *tail;
	int smallest;    /* 0 or 1 */
	const char *top; /* one more than the largest */
};

static const struct numbered numbers[] = {
    {"'op':'lock.acquire','key':'k',", "wait_ms", "", 0, NULL},
    {"'op':'lock.acquire','key':'k',", "max_waiters", "", 0, NULL},
    {"'op':'lock.acquire','key':'k',", "lease_ms", "", 1, NULL},
    {"'op':'renew','token':1,", "lease_ms", "", 1, NULL},
    {"'op':'flight.begin','key':'k',", "max_leaders", "", 1, "2147483648"},
    {"'op':'flight.begin','key':'k',", "lease_ms", "", 1, NULL},
    {"'op':'flight.finish','key':'k',", "keep_ms", "", 0, NULL},
    {"'op':'flight.fail','key':'k',", "keep_ms", "", 0, NULL},
    {"'op':'limit.borrow','key':'k',", "capacity", "", 1, "2147483648"},
    {"'op':'limit.borrow','key':'k','capacity':1,", "permits", "", 1,
	"2147483648"},
    {"'op':'limit.try_borrow','key':'k','capacity':1,", "permits", "", 1,
	"2147483648"},
    {"'op':'limit.set','key':'k',", "capacity", "", 1, "2147483648"},
    {"'op':'pool.get','key':'k',", "capacity", "", 1, "2147483648"},
    {"'op':'pool.get','key':'k','capacity':1,", "max_idle_ms", "", 0, NULL},
    {"'op':'pool.set','key':'k',", "capacity", "", 1, "2147483648"},
    {"'op':'pool.set','key':'k','capacity':1,", "max_idle_ms", "", 0, NULL},
};

static void expect_out_of_range(const struct numbered *n, const char *number)
{
	expect_refused(ask(A, "{%s'%s':%s}", n->head, n->member, number),
	    "bad_request", n->member, NULL);
}

/* edge: 32 59 */
START_TEST(numbers_out_of_range_are_refused_by_name)
{
	size_t i;

	for (i = 0; i < COUNT(numbers); i++) {
		expect_out_of_range(&numbers[i], "-1");
		expect_out_of_range(&numbers[i], "0.5");
		expect_out_of_range(&numbers[i], "1.0");
		expect_out_of_range(&numbers[i], "1e2");
		expect_out_of_range(&numbers[i], "true");
		expect_out_of_range(&numbers[i], "'1'");
		expect_out_of_range(&numbers[i], "9007199254740992");
		expect_out_of_range(&numbers[i], "9223372036854775808");
		expect_out_of_range(&numbers[i], times("9", 400));
		if (numbers[i].smallest == 1)
			expect_out_of_range(&numbers[i], "0");
		if (numbers[i].top)
			expect_out_of_range(&numbers[i], numbers[i].top);
	}
	/* Nothing has been made or taken. */
	expect(try_lock(B, "k"), GRANTED);
	expect_error(ask(B, "{'op':'limit.info','key':'k'}"), "unknown_key");
	expect_error(ask(B, "{'op':'pool.info','key':'k'}"), "unknown_key");
}
END_TEST

START_TEST(numbers_at_their_bounds_are_taken)
{
	expect(ask(A, "{'op':'lock.acquire','key':'k','wait_ms':-0,"
		      "'lease_ms':9007199254740991,'max_waiters':0}"),
	    GRANTED);
	expect_error(
	    ask(B, "{'op':'lock.acquire','key':'k','wait_ms':-0}"), "busy");
	ask_to_wait(B, "{'op':'lock.acquire','key':'k',"
		       "'wait_ms':9007199254740991,"
		       "'max_waiters':9007199254740991}");
	expect_ok(release(A, "k"));
	expect(client_answer(B), GRANTED);
	expect_ok(ask(A, "{'op':'flight.begin','key':'k',"
			 "'max_leaders':2147483647}"));
	expect_ok(ask(A, "{'op':'flight.finish','key':'k',"
			 "'keep_ms':9007199254740991}"));
	expect(ask(B, "{'op':'flight.begin','key':'k'}"),
	    "{'ok':true,'leader':false}");
	expect_ok(ask(A, "{'op':'pool.get','key':'k','capacity':2147483647,"
			 "'max_idle_ms':9007199254740991}"));
}
END_TEST

START_TEST(key_is_1_to_256_bytes_long)
{
	expect(ask(A, "{'op':'lock.acquire','key':'x'}"), GRANTED);
	expect(ask(A, "{'op':'lock.acquire','key':'%s'}", times("x", 256)),
	    GRANTED);
	expect(
	    ask(A, "{'op':'lock.acquire','key':'%s'}", times("\xc3\xa9", 128)),
	    GRANTED);
	/* Escaped it is the same key, and not too long. */
	expect_error(ask(B, "{'op':'lock.acquire','key':'%s','wait_ms':0}",
			 times("\\u00e9", 128)),
	    "busy");
	expect_refused(ask(A, "{'op':'lock.acquire','key':''}"), "bad_request",
	    "key", NULL);
	expect_refused(
	    ask(A, "{'op':'lock.acquire','key':'%s'}", times("x", 257)),
	    "bad_request", "key", NULL);
	expect_refused(
	    ask(A, "{'op':'lock.acquire','key':'%s'}", times("\xc3\xa9", 129)),
	    "bad_request", "key", NULL);
}
END_TEST

static const char *const key_ops[] = {"'op':'lock.acquire'",
    "'op':'lock.release'", "'op':'flight.begin'", "'op':'flight.finish'",
    "'op':'flight.forget'", "'op':'limit.borrow','capacity':1",
    "'op':'limit.set','capacity':1", "'op':'limit.info'",
    "'op':'pool.get','capacity':1", "'op':'pool.size'"};

START_TEST(key_has_no_control_characters_and_no_at_sign_in_front)
{
	const char *const wrong[] = {"\\n", "a\\u0000b", "\\u001f", "\\t",
	    "a\\u007f", "\x7f", "\\u0080", "\xc2\x9f", "\\u009f", "@",
	    "@limits", "\\u0040limits"};
	size_t i, j;

	for (i = 0; i < COUNT(key_ops); i++)
		for (j = 0; j < COUNT(wrong); j++)
			expect_refused(
			    ask(A, "{%s,'key':'%s'}", key_ops[i], wrong[j]),
			    "bad_request", "key", NULL);
	expect(ask(A, "{'op':'lock.acquire','key':' '}"), GRANTED);
	expect(ask(A, "{'op':'lock.acquire','key':'a@b'}"), GRANTED);
	expect(ask(A, "{'op':'lock.acquire','key':'\\u00a0'}"), GRANTED);
	expect(ask(A, "{'op':'lock.acquire','key':'\\\"\\\\\\/'}"), GRANTED);
	expect(ask(A, "{'op':'lock.acquire','key':'\\ud83d\\ude00'}"), GRANTED);
}
END_TEST

START_TEST(keys_are_compared_byte_by_byte)
{
	/* e with an acute accent, as one character and as two. */
	acquire(A, "caf\xc3\xa9");
	acquire(B, "cafe\xcc\x81");
	acquire(C, "CAF\xc3\xa9");
	expect_error(try_lock(D, "caf\xc3\xa9"), "busy");
	expect_error(try_lock(D, "caf\\u00e9"), "busy");
}
END_TEST

START_TEST(key_is_escaped_where_a_message_names_it)
{
	acquire(A, "a\\\"b\\\\c");
	expect_refused(try_lock(B, "a\\\"b\\\\c"), "busy", "a", "b", "c", NULL);
}
END_TEST

START_TEST(message_of_a_failure_has_at_most_1024_bytes)
{
	const char *most = times("x", 1024);

	expect_ok(ask(A, "{'op':'flight.begin','key':'k'}"));
	expect_refused(ask(A, "{'op':'flight.fail','key':'k','message':'%s'}",
			   times("x", 1025)),
	    "bad_request", "message", NULL);
	ask_to_wait(B, "{'op':'flight.begin','key':'k'}");
	expect(ask(A, "{'op':'flight.fail','key':'k','message':'%s'}",
		   times("x", 1024)),
	    "{'ok':true,'followers':1}");
	expect(client_answer(B), "{'message':'%s'}", most);
}
END_TEST

START_TEST(name_of_a_client_has_at_most_64_bytes)
{
	expect_refused(ask(A, "{'op':'hello','client':'%s'}", times("x", 65)),
	    "bad_request", "client", NULL);
	expect_ok(ask(A, "{'op':'hello','client':'%s'}", times("x", 64)));
	acquire(A, "k");
	expect_held_by(try_lock(B, "k"), "busy", times("x", 64), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    id_is_repeated_unchanged,
	    id_of_64_bytes_is_the_longest,
	    id_of_another_type_or_size_is_refused_and_not_repeated,
	    numbers_out_of_range_are_refused_by_name,
	    numbers_at_their_bounds_are_taken,
	    key_is_1_to_256_bytes_long,
	    key_has_no_control_characters_and_no_at_sign_in_front,
	    keys_are_compared_byte_by_byte,
	    key_is_escaped_where_a_message_names_it,
	    message_of_a_failure_has_at_most_1024_bytes,
	    name_of_a_client_has_at_most_64_bytes,
	    NULL,
	};

	return run_tests("errors_ranges", tests);
}
