/* SPDX-License-Identifier: MIT */
/*
 * Requests that are refused for their form: what is missing, unknown,
 * repeated, of the wrong type or out of range is named, a near name is
 * suggested, and nothing has happened. And which refusal comes first where
 * there are several reasons.
 */
#include "fixture.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A request and up to two words that the message must have. */
struct wrong {
	const char *request, *word, *other;
};

static void expect_all(const struct wrong *rows, size_t n, const char *code)
{
	size_t i;

	for (i = 0; i < n; i++) {
		json_t *answer = ask(A, "%s", rows[i].request);

		if (!rows[i].word)
			expect_refused(answer, code, NULL);
		else if (!rows[i].other)
			expect_refused(answer, code, rows[i].word, NULL);
		else
			expect_refused(
			    answer, code, rows[i].word, rows[i].other, NULL);
	}
	expect(ask(A, "{'op':'ping'}"), "{'ok':true}");
}

START_TEST(unknown_member_is_named_and_a_near_one_suggested)
{
	static const struct wrong rows[] = {
	    {"{'op':'lock.acquire','key':'k','wait_s':1}", "wait_s", "wait_ms"},
	    {"{'op':'lock.acquire','key':'k','lease':1}", "lease", NULL},
	    {"{'op':'lock.acquire','kye':'k'}", "kye", "key"},
	    {"{'op':'lock.acquire','key':'k','Key':'k'}", "Key", NULL},
	    {"{'op':'limit.borrow','key':'k','capacty':1}", "capacty",
		"capacity"},
	    {"{'op':'flight.finish','key':'k','keepms':1}", "keepms",
		"keep_ms"},
	    {"{'op':'lock.acquire','key':'k','zzzzzzzz':1}", "zzzzzzzz", NULL},
	    /* Members of other operations are as unknown. */
	    {"{'op':'lock.acquire','key':'k','capacity':1}", "capacity", NULL},
	    {"{'op':'lock.release','key':'k','wait_ms':1}", "wait_ms", NULL},
	    {"{'op':'limit.try_borrow','key':'k','capacity':1,'wait_ms':1}",
		"wait_ms", NULL},
	    {"{'op':'flight.begin','key':'k','value':1}", "value", NULL},
	    {"{'op':'ping','key':'k'}", "key", NULL},
	};

	expect_all(rows, COUNT(rows), "bad_request");
	expect(try_lock(B, "k"), GRANTED);
}
END_TEST

START_TEST(members_that_begin_with_x_are_ignored)
{
	expect(ask(A, "{'x_a':1,'op':'lock.acquire','x_':null,'key':'k',"
		      "'x_trace':{'a':[1,{}]}}"),
	    GRANTED);
	expect(ask(B, "{'op':'ping','x_a':1}"), "{'ok':true}");
	expect_refused(
	    ask(B, "{'op':'ping','x':1}"), "bad_request", "\"x\"", NULL);
	expect_refused(
	    ask(B, "{'op':'ping','X_a':1}"), "bad_request", "X_a", NULL);
}
END_TEST

/* edge: 88 */
START_TEST(unknown_op_is_named_and_a_near_one_suggested)
{
	static const struct wrong rows[] = {
	    {"{'op':'lock.aquire','key':'k'}", "lock.aquire", "lock.acquire"},
	    {"{'op':'lock.acquir','key':'k'}", "lock.acquir", "lock.acquire"},
	    {"{'op':'pong'}", "pong", "ping"},
	    {"{'op':'limit.brrow','key':'k'}", "limit.brrow", "limit.borrow"},
	    {"{'op':'PING'}", "PING", NULL},
	    {"{'op':'pingpong'}", "pingpong", NULL},
	    {"{'op':''}", NULL, NULL},
	    {"{'op':'ping\\u0000'}", NULL, NULL},
	    {"{'op':'something else','strange':1}", "something else", NULL},
	};

	expect_all(rows, COUNT(rows), "unknown_op");
}
END_TEST

START_TEST(op_of_60_kib_is_not_repeated_in_full)
{
	static char op[61440 + 1];
	json_t *answer;

	memset(op, 'a', sizeof(op) - 1);
	answer = ask(A, "{'op':'%s'}", op);
	ck_assert_uint_lt(
	    json_string_length(json_object_get(answer, "message")), 200);
	expect_refused(answer, "unknown_op", "aaaaaaaa", NULL);
}
END_TEST

START_TEST(missing_member_is_named)
{
	static const struct wrong rows[] = {
	    {"{}", "op", NULL},
	    {"{'id':1}", "op", NULL},
	    {"{'key':'k'}", "op", NULL},
	    {"{'op':'lock.acquire'}", "key", NULL},
	    {"{'op':'lock.release'}", "key", NULL},
	    {"{'op':'flight.begin'}", "key", NULL},
	    {"{'op':'flight.finish'}", "key", NULL},
	    {"{'op':'flight.forget'}", "key", NULL},
	    {"{'op':'limit.borrow','capacity':1}", "key", NULL},
	    {"{'op':'limit.set','key':'k'}", "capacity", NULL},
	    {"{'op':'limit.info'}", "key", NULL},
	    {"{'op':'pool.get','capacity':1}", "key", NULL},
	    {"{'op':'pool.delete'}", "key", NULL},
	    {"{'op':'cancel'}", "target", NULL},
	    {"{'op':'renew','lease_ms':1}", "token", NULL},
	    {"{'op':'renew','token':1}", "lease_ms", NULL},
	};

	expect_all(rows, COUNT(rows), "bad_request");
}
END_TEST

/* edge: 89 */
START_TEST(repeated_member_is_named_however_it_is_spelled)
{
	static const struct wrong rows[] = {
	    {"{'op':'ping','op':'ping'}", "op", NULL},
	    {"{'id':1,'op':'ping','id':1}", "id", NULL},
	    {"{'op':'lock.acquire','key':'k','key':'k'}", "key", NULL},
	    {"{'op':'lock.acquire','key':'k','k\\u0065y':'k'}", "key", NULL},
	    {"{'op':'lock.acquire','key':'k','wait_ms':1,'wait_ms':1}",
		"wait_ms", NULL},
	};

	expect_all(rows, COUNT(rows), "bad_request");
	/* An escaped name is the name, where it stands once. */
	expect(ask(A, "{'op':'lock.acquire','\\u006bey':'k'}"), GRANTED);
}
END_TEST

START_TEST(member_of_the_wrong_type_is_named)
{
	static const struct wrong rows[] = {
	    {"{'op':1}", "op", NULL},
	    {"{'op':null}", "op", NULL},
	    {"{'op':['ping']}", "op", NULL},
	    {"{'op':'lock.acquire','key':1}", "key", NULL},
	    {"{'op':'lock.acquire','key':null}", "key", NULL},
	    {"{'op':'lock.acquire','key':'k','wait_ms':'1'}", "wait_ms", NULL},
	    {"{'op':'lock.acquire','key':'k','wait_ms':null}", "wait_ms", NULL},
	    {"{'op':'lock.acquire','key':'k','lease_ms':5,'detached':1}",
		"detached", NULL},
	    {"{'op':'lock.acquire','key':'k','lease_ms':5,'detached':null}",
		"detached", NULL},
	    {"{'op':'lock.release','key':'k','token':{}}", "token", NULL},
	    {"{'op':'lock.release','key':'k','token':'1'}", "token", NULL},
	    {"{'op':'lock.release','key':'k','token':1.0}", "token", NULL},
	    {"{'op':'limit.borrow','key':'k','capacity':1,'adopt':'yes'}",
		"adopt", NULL},
	    {"{'op':'flight.fail','key':'k','message':1}", "message", NULL},
	    {"{'op':'hello','client':1}", "client", NULL},
	    {"{'op':'hello','events':'lost'}", "events", NULL},
	    {"{'op':'hello','events':[1]}", "events", NULL},
	    {"{'op':'hello','multiplexed':0}", "multiplexed", NULL},
	    {"{'op':'cancel','target':null}", "target", NULL},
	    {"{'op':'cancel','target':1.5}", "target", NULL},
	    {"{'op':'pool.set','key':'k','capacity':1,'order':1}", "order",
		NULL},
	};

	expect_all(rows, COUNT(rows), "bad_request");
	expect(try_lock(B, "k"), GRANTED);
}
END_TEST

START_TEST(refused_request_is_answered_with_its_id)
{
	expect(ask(A, "{'id':1,'op':'lock.aquire'}"),
	    "{'id':1,'ok':false,'error':'unknown_op'}");
	expect(ask(A, "{'id':'x','op':'lock.acquire'}"),
	    "{'id':'x','ok':false,'error':'bad_request'}");
	/* Also where the id stands behind what is wrong. */
	expect(ask(A, "{'op':'lock.acquire','kye':'k','id':2}"),
	    "{'id':2,'ok':false,'error':'bad_request'}");
	expect(ask(A, "{'id':3,'op':'lock.release','key':'k'}"),
	    "{'id':3,'ok':false,'error':'not_held'}");
	expect(ask(A, "{'op':'lock.release','key':'k'}"),
	    "{'id':'<absent>','ok':false,'error':'not_held'}");
}
END_TEST

START_TEST(dup_id_comes_before_every_other_refusal)
{
	acquire(A, "k");
	ask_to_wait(B, "{'id':1,'op':'lock.acquire','key':'k'}");
	expect(ask(B, "{'id':1,'op':'no.such.op'}"),
	    "{'id':1,'ok':false,'error':'dup_id'}");
	expect_error(ask(B, "{'id':1,'op':'lock.acquire'}"), "dup_id");
	expect_error(ask(B, "{'id':1,'op':'ping'}"), "dup_id");
	expect_error(ask(B, "{'id':1,'op':'cancel','target':1}"), "dup_id");
	expect_error(ask(B, "{'id':1,'op':'reset'}"), "dup_id");
	/* Another type, and another connection, are other ids. */
	expect(ask(B, "{'id':'1','op':'ping'}"), "{'id':'1','ok':true}");
	expect(ask(C, "{'id':1,'op':'ping'}"), "{'id':1,'ok':true}");
	expect_ok(release(A, "k"));
	expect(client_answer(B), "{'id':1,'ok':true,'token':'<int>'}");
	expect(ask(B, "{'id':1,'op':'ping'}"), "{'id':1,'ok':true}");
}
END_TEST

START_TEST(form_comes_before_what_the_key_is)
{
	expect_error(ask(A, "{'op':'limit.borrow','key':'k','permits':0}"),
	    "bad_request");
	expect_error(ask(A, "{'op':'limit.borrow','key':'k','permits':2}"),
	    "unknown_key");
	expect_ok(ask(A, "{'op':'limit.set','key':'k','capacity':1}"));
	expect_error(ask(A, "{'op':'limit.borrow','key':'k','capacity':2,"
			    "'permits':5}"),
	    "conflict");
	expect_error(ask(A, "{'op':'limit.borrow','key':'k','capacity':1,"
			    "'permits':5}"),
	    "bad_request");
	expect_error(ask(A, "{'op':'limit.borrow','key':'k','capacity':2,"
			    "'permits':5,'wait':0}"),
	    "bad_request");
}
END_TEST

START_TEST(busy_comes_before_queue_full_and_both_before_deadlock)
{
	acquire(A, "k");
	expect_error(ask(A, "{'op':'lock.acquire','key':'k','wait_ms':0,"
			    "'max_waiters':0}"),
	    "busy");
	expect_error(ask(A, "{'op':'lock.acquire','key':'k','wait_ms':5000,"
			    "'max_waiters':0}"),
	    "queue_full");
	expect_error(ask(A, "{'op':'lock.acquire','key':'k','wait_ms':5000}"),
	    "deadlock");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    unknown_member_is_named_and_a_near_one_suggested,
	    members_that_begin_with_x_are_ignored,
	    unknown_op_is_named_and_a_near_one_suggested,
	    op_of_60_kib_is_not_repeated_in_full,
	    missing_member_is_named,
	    repeated_member_is_named_however_it_is_spelled,
	    member_of_the_wrong_type_is_named,
	    refused_request_is_answered_with_its_id,
	    dup_id_comes_before_every_other_refusal,
	    form_comes_before_what_the_key_is,
	    busy_comes_before_queue_full_and_both_before_deadlock,
	    NULL,
	};

	return run_tests("errors", tests);
}
