/* SPDX-License-Identifier: MIT */
/*
 * Lines to calls: what counts as a request, whose id an answer has, what is
 * looked at first, and what is still done for a connection that has ended.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SIXTY_FOUR                                                             \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct proto p;

static void set_up(void)
{
	proto_open(&p);
}

/* Does the line (' for "); what it was. */
static enum verbs_result line(const char *text, enum verbs_mode mode)
{
	char *swapped = proto_swap(text, '\'', '"');
	enum verbs_result result =
	    verbs_line(p.core, p.sessions[A], swapped, strlen(swapped), mode);

	free(swapped);
	return result;
}

#define ACQUIRE "{'op':'lock.acquire','key':'k'"

/* What is a request ------------------------------------------------ */

START_TEST(an_empty_line_is_no_request)
{
	set_up();
	ck_assert_int_eq(line("", VERBS_LIVE), VERBS_EMPTY);
	ck_assert_int_eq(line("\r", VERBS_LIVE), VERBS_EMPTY);
	ck_assert_int_eq(line("", VERBS_LEAVING), VERBS_EMPTY);
	ck_assert_str_eq(proto_heard(&p), "");
	proto_close(&p);
}
END_TEST

START_TEST(space_around_the_object_and_a_carriage_return_are_allowed)
{
	set_up();
	ck_assert_int_eq(
	    line(" \t{ 'op' : 'ping' } \r", VERBS_LIVE), VERBS_GOOD);
	ck_assert_str_eq(proto_heard(&p), "A {'ok':true}");
	proto_close(&p);
}
END_TEST

START_TEST(what_is_no_object_is_answered_parse_without_id)
{
	static const char *const bad[] = {" ", "\r\r", "\t", "x", "[]", "null",
	    "1", "'a'", "{'id':1,'op':'ping'", "{'id':1,'op':'ping'}}",
	    "{'id':1,'op':'ping'}{'id':2,'op':'ping'}", "{'id':1,'op':'ping',}",
	    "{'id':01,'op':'ping'}", "\xEF\xBB\xBF{'id':1,'op':'ping'}",
	    "{'id':1,'op':'ping','x_a':'\xC0\x80'}",
	    "{'id':1,'op':'ping','x_a':'\\ud800'}"};

	set_up();
	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(
		    line(bad[i], VERBS_LIVE) == VERBS_BAD, "%s", bad[i]);
		ck_assert_msg(
		    strncmp(proto_heard(&p),
			"A {'ok':false,'error':'parse','message':'", 41) == 0,
		    "%s: %s", bad[i], p.heard);
	}
	/* The message says what is wrong, and where. */
	proto_refuse(&p, A, "{'id':1,'op':ping}", "parse",
	    "not a JSON object: value expected, at byte 14");
	/* What has begun before the fault has not been done. */
	line(ACQUIRE ",'x_a':nul}", VERBS_LIVE);
	proto_heard(&p);
	ck_assert(!core_is_engaged(p.core, p.sessions[A]));
	proto_close(&p);
}
END_TEST

START_TEST(a_raw_nul_is_no_part_of_a_line)
{
	static const char nul[] = "{\"op\":\"ping\"\0}";

	set_up();
	proto_line(&p, A, nul, sizeof(nul) - 1, VERBS_LIVE);
	ck_assert_ptr_nonnull(strstr(p.heard, "'parse'"));
	proto_line(&p, A, "{\"op\":\"ping\"}\0", 14, VERBS_LIVE);
	ck_assert_ptr_nonnull(strstr(p.heard, "'parse'"));
	proto_close(&p);
}
END_TEST

START_TEST(a_line_too_long_is_answered_without_id)
{
	set_up();
	verbs_too_long(p.core, p.sessions[A]);
	ck_assert_str_eq(proto_heard(&p),
	    "A {'ok':false,'error':'too_long','message':'the line is longer "
	    "than 1048576 bytes; nothing of it was done'}");
	proto_close(&p);
}
END_TEST

/* Operations ------------------------------------------------------- */

/* Below us on the stack there are zeros then. */
__attribute__((noinline)) static void wipe_stack(void)
{
	char bytes[64 * 1024];

	memset(bytes, 0, sizeof(bytes));
	__asm__ volatile("" : : "r"(bytes) : "memory");
}

/* Members that are not there have no value; where it happens to be zero, the
 * UndefinedBehaviorSanitizer of clang sees that one is used. */
START_TEST(what_is_not_there_is_not_looked_at)
{
	static const char request[] = "{\"id\":1}";

	set_up();
	wipe_stack();
	ck_assert_int_eq(verbs_line(p.core, p.sessions[A], request,
			     strlen(request), VERBS_LIVE),
	    VERBS_GOOD);
	ck_assert_ptr_nonnull(strstr(proto_heard(&p), "'bad_request'"));
	proto_close(&p);
}
END_TEST

START_TEST(a_request_names_its_operation)
{
	static const char *const bad[] = {"{}", "{'op':null}", "{'op':1}",
	    "{'op':['ping']}", "{'op':true}", "{'op':{'op':'ping'}}",
	    "{'x_op':'ping'}"};

	set_up();
	for (size_t i = 0; i < COUNT(bad); i++)
		proto_refuse(&p, A, bad[i], "bad_request", "\\'op\\'");
	proto_refuse(&p, A, "{'key':'k','Op':'ping'}", "bad_request", "op");
	proto_expect(&p, A, "{'op':'p\\u0069ng'}", "A {'ok':true}");
	proto_expect(&p, A, "{'\\u006fp':'ping'}", "A {'ok':true}");
	proto_close(&p);
}
END_TEST

START_TEST(operations_match_to_the_last_byte)
{
	static const char *const bad[] = {"", "pin", "pings", "Ping", "PING",
	    " ping", "ping ", "ping\\u0000", "pi", "lock.", "lock", "acquire",
	    "lock.acquire.", "lock_acquire", "\\u0000"};
	char text[100];

	set_up();
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(text, sizeof(text), "{'id':3,'op':'%s'}", bad[i]);
		proto_refuse(&p, A, text, "unknown_op", "unknown op");
		ck_assert_ptr_nonnull(strstr(p.heard, "A {'id':3,"));
	}
	proto_close(&p);
}
END_TEST

START_TEST(an_unknown_operation_is_told_with_the_one_that_may_be_meant)
{
	set_up();
	proto_expect(&p, A, "{'op':'lock.aquire'}",
	    "A {'ok':false,'error':'unknown_op','message':'unknown op "
	    "\\'lock.aquire\\'; did you mean \\'lock.acquire\\'?'}");
	proto_expect(&p, A, "{'op':'semaphore'}",
	    "A {'ok':false,'error':'unknown_op','message':'unknown op "
	    "\\'semaphore\\''}");
	proto_refuse(&p, A, "{'op':'a\\\"\\u0001\\n'}", "unknown_op",
	    "\\'a\\'\\u0001\\u000a\\'");
	proto_close(&p);
}
END_TEST

START_TEST(a_long_unknown_operation_is_cut_to_32_bytes)
{
	char *long_op = malloc(70000);

	ck_assert_ptr_nonnull(long_op);
	set_up();
	memset(long_op, 'o', 61440);
	strcpy(long_op + 61440, "'}");
	proto_ask(&p, A, "{'op':'%s", long_op);
	ck_assert_str_eq(p.heard,
	    "A {'ok':false,'error':'unknown_op','message':'unknown op "
	    "\\'oooooooooooooooooooooooooooooooo...\\''}");
	/* Spelled with escapes, too. */
	memcpy(long_op, "\\u006f", 6);
	proto_ask(&p, A, "{'op':'%s", long_op);
	ck_assert_ptr_nonnull(strstr(p.heard, "...\\''}"));
	ck_assert_uint_lt(strlen(p.heard), 120);
	free(long_op);
	proto_close(&p);
}
END_TEST

/* Ids -------------------------------------------------------------- */

START_TEST(answers_repeat_the_id_whatever_they_say)
{
	static const char *const ids[] = {
	    "0", "-7", "9007199254740991", "''", "'a\\\\b\\n'", "'\xC3\xA4'"};
	static const char *const echoes[] = {"0", "-7", "9007199254740991",
	    "''", "'a\\\\b\\u000a'", "'\xC3\xA4'"};
	static const char *const requests[] = {"'op':'ping'", "'op':'pong'",
	    "'op':'ping','a':1", "'op':'lock.acquire'", "'op':7", "'x_a':1",
	    "'op':'lock.release','key':'k'", "'op':'limit.info','key':'k'"};

	set_up();
	for (size_t i = 0; i < COUNT(ids); i++) {
		for (size_t k = 0; k < COUNT(requests); k++) {
			char text[200], begin[100];

			snprintf(text, sizeof(text), "{%s,'id':%s}",
			    requests[k], ids[i]);
			snprintf(begin, sizeof(begin),
			    "A {'id':%s,'ok':", echoes[i]);
			proto_ask(&p, A, "%s", text);
			ck_assert_msg(
			    strncmp(p.heard, begin, strlen(begin)) == 0,
			    "%s: %s", text, p.heard);
		}
	}
	proto_close(&p);
}
END_TEST

START_TEST(what_is_no_id_is_refused_and_not_repeated)
{
	static const char *const ids[] = {"null", "true", "1.0", "1e2", "[]",
	    "{}", "9007199254740992", "-9007199254740992", "'" SIXTY_FOUR "x'",
	    "1,'id':1"};

	set_up();
	for (size_t i = 0; i < COUNT(ids); i++) {
		char text[200];

		snprintf(text, sizeof(text), ACQUIRE ",'id':%s}", ids[i]);
		proto_refuse(&p, A, text, "bad_request", "\\'id\\' must be");
		ck_assert_int_eq(strncmp(p.heard, "A {'ok'", 7), 0);
		ck_assert(!core_is_engaged(p.core, p.sessions[A]));
	}
	proto_close(&p);
}
END_TEST

START_TEST(the_id_of_a_waiting_request_is_taken)
{
	static const char *const requests[] = {"'op':'ping'", "'op':'pong'",
	    "'op':'ping','a':1", "'op':7", "'op':'lock.acquire','key':'l'"};

	set_up();
	proto_expect(&p, B, ACQUIRE "}", "B {'ok':true,'token':501}");
	proto_expect(&p, A, ACQUIRE ",'id':'w'}", "");
	for (size_t i = 0; i < COUNT(requests); i++) {
		char text[100];

		snprintf(
		    text, sizeof(text), "{%s,'id':'\\u0077'}", requests[i]);
		proto_refuse(&p, A, text, "dup_id", "still waits");
		ck_assert_int_eq(strncmp(p.heard, "A {'id':'w',", 12), 0);
	}
	/* Others may have it, and so may this one when the answer has come. */
	proto_expect(&p, B, "{'op':'ping','id':'w'}", "B {'id':'w','ok':true}");
	proto_expect(&p, B, "{'op':'lock.release','key':'k'}",
	    "A {'id':'w','ok':true,'token':502}\nB {'ok':true}");
	proto_expect(&p, A, "{'op':'ping','id':'w'}", "A {'id':'w','ok':true}");
	proto_close(&p);
}
END_TEST

/* Rules that bind two members -------------------------------------- */

START_TEST(a_detached_hold_needs_a_lease)
{
	static const char *const begins[] = {ACQUIRE,
	    "{'op':'limit.borrow','key':'k','capacity':1",
	    "{'op':'limit.try_borrow','key':'k','capacity':1",
	    "{'op':'pool.get','key':'k','capacity':1"};

	set_up();
	for (size_t i = 0; i < COUNT(begins); i++) {
		char text[100];

		snprintf(text, sizeof(text), "%s,'detached':true}", begins[i]);
		proto_refuse(&p, A, text, "bad_request", "\\'lease_ms\\'");
		ck_assert(!core_is_engaged(p.core, p.sessions[A]));
		snprintf(text, sizeof(text), "%s,'detached':false}", begins[i]);
		proto_ask(&p, A, "%s", text);
		ck_assert_int_eq(strncmp(p.heard, "A {'ok':true", 12), 0);
		proto_expect(&p, A, "{'op':'reset'}", "A {'ok':true}");
	}
	proto_close(&p);
}
END_TEST

/* Connections that have ended -------------------------------------- */

START_TEST(for_a_connection_that_has_ended_only_what_lets_go_is_done)
{
	static const char *const never[] = {ACQUIRE "}",
	    "{'op':'flight.begin','key':'k'}",
	    "{'op':'flight.forget','key':'f'}",
	    "{'op':'limit.borrow','key':'k','capacity':1}",
	    "{'op':'limit.try_borrow','key':'k','capacity':1}",
	    "{'op':'pool.get','key':'k','capacity':1}",
	    "{'op':'pool.clear','key':'p'}", "{'op':'limit.delete','key':'s'}",
	    "{'op':'renew','token':501,'lease_ms':1}", "{'op':'hello'}",
	    "{'op':'reset'}", "{'op':'cancel','target':1}", "{'op':'ping'}",
	    "{'op':'stats'}"};

	set_up();
	for (size_t i = 0; i < COUNT(never); i++) {
		ck_assert_int_eq(line(never[i], VERBS_LEAVING), VERBS_GOOD);
		ck_assert_msg(
		    proto_heard(&p)[0] == '\0', "%s: %s", never[i], p.heard);
		ck_assert(!core_is_engaged(p.core, p.sessions[A]));
	}
	proto_close(&p);
}
END_TEST

START_TEST(what_lets_go_is_done_even_then)
{
	static const struct {
		const char *before, *line, *then;
	} rows[] = {
	    {ACQUIRE "}", "{'op':'lock.release','key':'k'}", "A {'ok':true}"},
	    {"{'op':'flight.begin','key':'k'}",
		"{'op':'flight.finish','key':'k'}",
		"A {'ok':true,'followers':0}"},
	    {"{'op':'flight.begin','key':'k'}",
		"{'op':'flight.fail','key':'k'}",
		"A {'ok':true,'followers':0}"},
	    {"{'op':'flight.begin','key':'k'}",
		"{'op':'flight.abandon','key':'k'}", "A {'ok':true}"},
	    {"{'op':'limit.borrow','key':'k','capacity':1}",
		"{'op':'limit.return','key':'k'}", "A {'ok':true,'in_use':0}"},
	    {"{'op':'pool.get','key':'k','capacity':1}",
		"{'op':'pool.put','key':'k','value':1}", "A {'ok':true}"},
	    {"{'op':'pool.get','key':'k'}", "{'op':'pool.drop','key':'k'}",
		"A {'ok':true}"},
	    {"{'op':'ping'}", "{'op':'limit.set','key':'s','capacity':1}",
		"A {'ok':true}"},
	    {"{'op':'ping'}", "{'op':'pool.set','key':'s','capacity':1}",
		"A {'ok':true}"},
	};

	set_up();
	for (size_t i = 0; i < COUNT(rows); i++) {
		proto_ask(&p, A, "%s", rows[i].before);
		ck_assert_int_eq(strncmp(p.heard, "A {'ok':true", 12), 0);
		line(rows[i].line, VERBS_LEAVING);
		ck_assert_str_eq(proto_heard(&p), rows[i].then);
		ck_assert(!core_is_engaged(p.core, p.sessions[A]));
	}
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    an_empty_line_is_no_request,
	    space_around_the_object_and_a_carriage_return_are_allowed,
	    what_is_no_object_is_answered_parse_without_id,
	    a_raw_nul_is_no_part_of_a_line,
	    a_line_too_long_is_answered_without_id,
	    what_is_not_there_is_not_looked_at,
	    a_request_names_its_operation,
	    operations_match_to_the_last_byte,
	    an_unknown_operation_is_told_with_the_one_that_may_be_meant,
	    a_long_unknown_operation_is_cut_to_32_bytes,
	    answers_repeat_the_id_whatever_they_say,
	    what_is_no_id_is_refused_and_not_repeated,
	    the_id_of_a_waiting_request_is_taken,
	    a_detached_hold_needs_a_lease,
	    for_a_connection_that_has_ended_only_what_lets_go_is_done,
	    what_lets_go_is_done_even_then,
	    NULL,
	};

	return unit_run("verbs", tests);
}
