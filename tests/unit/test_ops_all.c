/* SPDX-License-Identifier: MIT */
/*
 * What the operations for all kinds do with their members: ping, hello,
 * cancel, renew, reset.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIXTY_FOUR                                                             \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct proto p;

static void set_up(void)
{
	proto_open(&p);
}

/* Asserts what is heard after so many milliseconds. */
static void after(mtime_t ms, const char *heard)
{
	ck_assert_str_eq(proto_pass(&p, ms), heard);
}

/* hello, of which only the beginning of the answer is of interest here. */
static void hello(enum proto_who who, const char *members)
{
	static const char begin[] = "'ok':true,'server':'msyncd',";

	proto_ask(&p, who, "{'op':'hello'%s}", members);
	ck_assert_msg(
	    p.heard[0] == 'A' + (int)who && strstr(p.heard, begin) != NULL,
	    "%s", p.heard);
}

#define ACQUIRE "{'op':'lock.acquire','key':'k'"
#define RENEW   "{'op':'renew','lease_ms':50,'token':501"
#define CANCEL  "{'op':'cancel','target':"

START_TEST(ping_is_answered)
{
	set_up();
	proto_expect(&p, A, "{'op':'ping'}", "A {'ok':true}");
	proto_expect(&p, B, "{'id':1,'op':'ping'}", "B {'id':1,'ok':true}");
	proto_close(&p);
}
END_TEST

/* hello ------------------------------------------------------------ */

START_TEST(a_name_given_with_hello_shows_in_messages)
{
	set_up();
	hello(A, ",'client':'w\\u00e4rter \\\"1\\\"'");
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_refuse(&p, B, ACQUIRE ",'wait_ms':0}", "busy",
	    "by pid 11 (cat, w\xC3\xA4rter \\'1\\')','holder':{'pid':11,"
	    "'client':'w\xC3\xA4rter \\'1\\'','held_ms':0}");
	hello(A, "");
	proto_refuse(&p, B, ACQUIRE ",'wait_ms':0}", "busy", "pid 11 (cat)'");
	proto_close(&p);
}
END_TEST

START_TEST(events_come_to_those_who_asked_for_them)
{
	set_up();
	proto_expect(
	    &p, A, ACQUIRE ",'lease_ms':10}", "A {'ok':true,'token':501}");
	after(10, "");
	hello(A, ",'events':['lost']");
	proto_expect(&p, A, ACQUIRE ",'lease_ms':10}",
	    "A {'ok':true,'token':502,'abandoned':true}");
	after(10, "A {'event':'lost','reason':'lease','kind':'lock','key':'k',"
		  "'token':502}");
	/* The last hello holds whole. */
	hello(A, ",'client':'c'");
	proto_expect(&p, A, ACQUIRE ",'lease_ms':10}",
	    "A {'ok':true,'token':503,'abandoned':true}");
	after(10, "");
	hello(A, ",'events':[]");
	hello(A, ",'events':['lost','lost', 'l\\u006fst' ]");
	proto_close(&p);
}
END_TEST

START_TEST(events_that_are_not_known_are_refused_and_nothing_changes)
{
	static const char *const bad[] = {"['lose']", "['lost','']", "['LOST']",
	    "['lost\\u0000']", "['" SIXTY_FOUR SIXTY_FOUR "']", "[1]", "[null]",
	    "[['lost']]", "[{'lost':1}]", "['lost',true]"};

	set_up();
	hello(A, ",'events':['lost'],'client':'c','multiplexed':true");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[300];

		snprintf(line, sizeof(line),
		    "{'op':'hello','events':%s,'client':'d'}", bad[i]);
		proto_refuse(&p, A, line, "bad_request", "events");
	}
	proto_expect(
	    &p, A, ACQUIRE ",'lease_ms':10}", "A {'ok':true,'token':501}");
	proto_refuse(&p, B, ACQUIRE ",'wait_ms':0}", "busy", "(cat, c)");
	after(10, "A {'event':'lost','reason':'lease','kind':'lock','key':'k',"
		  "'token':501}");
	proto_close(&p);
}
END_TEST

START_TEST(multiplexed_connections_name_their_tokens_and_have_no_deadlock)
{
	static const char *const releases[] = {"lock.release", "limit.return",
	    "flight.finish", "flight.fail", "flight.abandon", "pool.put",
	    "pool.drop"};
	char line[100];

	set_up();
	hello(A, ",'multiplexed':true");
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_expect(&p, A, ACQUIRE ",'id':2}", "");
	for (size_t i = 0; i < 7; i++) {
		snprintf(
		    line, sizeof(line), "{'op':'%s','key':'k'}", releases[i]);
		proto_refuse(&p, A, line, "bad_request", "\\'token\\'");
		proto_ask(&p, B, "%s", line);
		ck_assert_ptr_nonnull(strstr(p.heard, "'not_held'"));
	}
	proto_expect(&p, A, "{'op':'lock.release','key':'k','token':501}",
	    "A {'id':2,'ok':true,'token':502}\nA {'ok':true}");
	hello(A, ",'multiplexed':false");
	proto_refuse(&p, A, ACQUIRE "}", "deadlock", "token 502");
	proto_expect(&p, A, "{'op':'lock.release','key':'k'}", "A {'ok':true}");
	proto_close(&p);
}
END_TEST

/* cancel ----------------------------------------------------------- */

START_TEST(cancel_finds_its_target_by_type_and_value)
{
	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_expect(&p, B, ACQUIRE ",'id':7}", "");
	proto_expect(&p, B, CANCEL "'7'}", "B {'ok':true,'cancelled':false}");
	proto_expect(&p, B, CANCEL "8}", "B {'ok':true,'cancelled':false}");
	proto_expect(&p, C, CANCEL "7}", "C {'ok':true,'cancelled':false}");
	proto_ask(&p, B, CANCEL "7,'id':9}");
	ck_assert_ptr_nonnull(
	    strstr(p.heard, "B {'id':7,'ok':false,'error':'cancelled'"));
	ck_assert_str_eq(
	    strchr(p.heard, '\n') + 1, "B {'id':9,'ok':true,'cancelled':true}");
	proto_expect(&p, B, CANCEL "7}", "B {'ok':true,'cancelled':false}");
	proto_close(&p);
}
END_TEST

START_TEST(cancel_takes_text_ids_however_they_are_spelled)
{
	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_expect(&p, B, ACQUIRE ",'id':'" SIXTY_FOUR "'}", "");
	proto_expect(&p, B, "{'op':'lock.acquire','key':'k2','id':''}",
	    "B {'id':'','ok':true,'token':502}");
	proto_ask(&p, B,
	    CANCEL "'\\u0030123456789abcdef0123456789abcdef"
		   "0123456789abcdef0123456789abcdef'}");
	ck_assert_ptr_nonnull(strstr(p.heard, "'cancelled':true"));
	proto_close(&p);
}
END_TEST

START_TEST(what_is_no_id_is_no_target)
{
	static const char *const bad[] = {"null", "true", "1.0", "[1]", "{}",
	    "9007199254740992", "'" SIXTY_FOUR "x'"};

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[200];

		snprintf(line, sizeof(line), CANCEL "%s}", bad[i]);
		proto_refuse(&p, A, line, "bad_request", "\\'target\\' must");
	}
	proto_close(&p);
}
END_TEST

/* renew ------------------------------------------------------------ */

START_TEST(renew_sets_the_lease_anew)
{
	set_up();
	proto_expect(
	    &p, A, ACQUIRE ",'lease_ms':10}", "A {'ok':true,'token':501}");
	proto_expect(&p, B, ACQUIRE "}", "");
	after(9, "");
	proto_expect(&p, A, RENEW "}", "A {'ok':true}");
	after(49, "");
	after(1, "B {'ok':true,'token':502,'abandoned':true}");
	proto_refuse(&p, A, RENEW "}", "not_held", "");
	/* One that had no lease gets one. */
	proto_expect(
	    &p, B, "{'op':'renew','lease_ms':5,'token':502}", "B {'ok':true}");
	proto_expect(&p, C, ACQUIRE "}", "");
	after(5, "C {'ok':true,'token':503,'abandoned':true}");
	proto_close(&p);
}
END_TEST

START_TEST(renew_looks_at_kind_and_key_where_they_are_given)
{
	static const char *const good[] = {"}", ",'kind':'lock'}",
	    ",'key':'k'}", ",'kind':'l\\u006fck','key':'\\u006b'}"};
	static const char *const other[] = {",'kind':'limit'}",
	    ",'kind':'flight','key':'k'}", ",'key':'K'}", ",'key':'kk'}",
	    ",'kind':'lock','key':'l'}"};
	static const char *const bad[] = {",'kind':'locks'}", ",'kind':''}",
	    ",'kind':'Lock'}", ",'kind':'" SIXTY_FOUR "'}"};
	char line[200];

	set_up();
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	for (size_t i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), RENEW "%s", good[i]);
		proto_expect(&p, A, line, "A {'ok':true}");
	}
	for (size_t i = 0; i < 5; i++) {
		snprintf(line, sizeof(line), RENEW "%s", other[i]);
		proto_refuse(&p, A, line, "not_held", "");
	}
	for (size_t i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), RENEW "%s", bad[i]);
		proto_refuse(&p, A, line, "bad_request", "\\'kind\\' must");
	}
	proto_close(&p);
}
END_TEST

START_TEST(renew_reaches_detached_holds_of_the_same_uid)
{
	set_up();
	proto_expect(&p, A, ACQUIRE ",'lease_ms':10,'detached':true}",
	    "A {'ok':true,'token':501}");
	proto_refuse(&p, D, RENEW "}", "not_held", "");
	proto_expect(&p, B, RENEW "}", "B {'ok':true}");
	after(49, "");
	proto_refuse(&p, D, ACQUIRE ",'wait_ms':0}", "busy", "");
	after(1, "");
	proto_expect(&p, D, ACQUIRE ",'wait_ms':0}",
	    "D {'ok':true,'token':502,'abandoned':true}");
	proto_close(&p);
}
END_TEST

/* reset ------------------------------------------------------------ */

START_TEST(reset_ends_waits_and_holds_and_forgets_hello)
{
	set_up();
	hello(A, ",'client':'c','events':['lost'],'multiplexed':true");
	proto_expect(&p, A, ACQUIRE "}", "A {'ok':true,'token':501}");
	proto_expect(&p, A, ACQUIRE ",'id':1}", "");
	proto_expect(&p, B, ACQUIRE "}", "");
	proto_ask(&p, A, "{'op':'reset','id':2}");
	ck_assert_ptr_nonnull(
	    strstr(p.heard, "A {'id':1,'ok':false,'error':'cancelled'"));
	ck_assert_ptr_nonnull(strstr(p.heard, "\nA {'id':2,'ok':true}\n"));
	ck_assert_ptr_nonnull(
	    strstr(p.heard, "\nB {'ok':true,'token':502,'abandoned':true}"));
	/* Neither multiplexed nor asking for events, and without a name. */
	proto_refuse(&p, A, "{'op':'lock.release','key':'k'}", "not_held", "");
	proto_expect(&p, A, "{'op':'lock.acquire','key':'l','lease_ms':1}",
	    "A {'ok':true,'token':503}");
	proto_refuse(&p, B, "{'op':'lock.acquire','key':'l','wait_ms':0}",
	    "busy", "(cat)");
	after(1, "");
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    ping_is_answered,
	    a_name_given_with_hello_shows_in_messages,
	    events_come_to_those_who_asked_for_them,
	    events_that_are_not_known_are_refused_and_nothing_changes,
	    multiplexed_connections_name_their_tokens_and_have_no_deadlock,
	    cancel_finds_its_target_by_type_and_value,
	    cancel_takes_text_ids_however_they_are_spelled,
	    what_is_no_id_is_no_target,
	    renew_sets_the_lease_anew,
	    renew_looks_at_kind_and_key_where_they_are_given,
	    renew_reaches_detached_holds_of_the_same_uid,
	    reset_ends_waits_and_holds_and_forgets_hello,
	    NULL,
	};

	return unit_run("ops_all", tests);
}
