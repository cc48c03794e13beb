/* SPDX-License-Identifier: MIT */
/*
 * What the operations of pools do with their members, items above all: they
 * are taken apart, judged and handed on here.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct proto p;

static void set_up(void)
{
	proto_open(&p);
}

static void after(mtime_t ms, const char *heard)
{
	ck_assert_str_eq(proto_pass(&p, ms), heard);
}

#define GET    "{'op':'pool.get','key':'k'"
#define PUT    "{'op':'pool.put','key':'k'"
#define SET    "{'op':'pool.set','key':'k'"
#define INFO   "{'op':'pool.info','key':'k'}"
#define OF(op) "{'op':'pool." op "','key':'k'}"

START_TEST(pool_get_and_put_pass_an_object_on_byte_for_byte)
{
	set_up();
	proto_refuse(&p, A, GET "}", "unknown_key", "pool \\'k\\'");
	proto_expect(&p, A, GET ",'capacity':1}",
	    "A {'ok':true,'token':501,'create':true}");
	proto_expect(&p, B, GET "}", "");
	proto_refuse(&p, A, PUT "}", "bad_request", "\\'value\\' is missing");
	proto_expect(
	    &p, A, PUT ",'value':null}", "A {'ok':true,'ignored':true}");
	proto_refuse(&p, A, PUT ",'token':500,'value':1}", "not_held", "");
	proto_expect(&p, A, PUT ",'token':501,'value': {'a': 1.0e+400} }",
	    "A {'ok':true}\nB {'ok':true,'token':502,'create':false,"
	    "'value':{'a': 1.0e+400}}");
	proto_expect(&p, B, PUT "}", "B {'ok':true}");
	proto_expect(&p, A, GET "}",
	    "A {'ok':true,'token':503,'create':false,"
	    "'value':{'a': 1.0e+400}}");
	proto_close(&p);
}
END_TEST

START_TEST(pool_get_takes_its_terms_along)
{
	set_up();
	proto_expect(&p, A, GET ",'capacity':1,'max_idle_ms':9,'lease_ms':30}",
	    "A {'ok':true,'token':501,'create':true}");
	ck_assert_ptr_nonnull(strstr(
	    proto_ask(&p, B, GET ",'capacity':2}"), "'error':'conflict'"));
	ck_assert_ptr_nonnull(strstr(
	    proto_ask(&p, B, GET ",'max_idle_ms':8}"), "'error':'conflict'"));
	proto_refuse(&p, B, GET ",'wait_ms':0}", "busy", "pid 11");
	proto_refuse(&p, B, GET ",'max_waiters':0}", "queue_full", "");
	proto_expect(&p, B, GET ",'capacity':2,'adopt':true,'wait_ms':99}", "");
	proto_expect(&p, C, INFO,
	    "C {'ok':true,'capacity':1,'size':1,'available':0,'waiting':1,"
	    "'max_idle_ms':9,'order':'lifo','on_lost':'drop'}");
	after(30, "B {'ok':true,'token':502,'create':true}");
	proto_close(&p);
}
END_TEST

START_TEST(pool_get_takes_an_object_that_outlives_its_connection)
{
	set_up();
	proto_expect(&p, A, GET ",'capacity':1,'lease_ms':30,'detached':true}",
	    "A {'ok':true,'token':501,'create':true}");
	core_leave(p.core, p.sessions[A]);
	proto_refuse(&p, D, PUT ",'token':501,'value':1}", "not_held", "");
	proto_expect(&p, B, PUT ",'token':501,'value':1}", "B {'ok':true}");
	proto_expect(&p, D, GET "}",
	    "D {'ok':true,'token':502,'create':false,'value':1}");
	proto_close(&p);
}
END_TEST

START_TEST(pool_drop_frees_the_room)
{
	set_up();
	proto_expect(&p, A, GET ",'capacity':1}",
	    "A {'ok':true,'token':501,'create':true}");
	proto_expect(&p, B, GET "}", "");
	proto_refuse(
	    &p, A, "{'op':'pool.drop','key':'k','token':500}", "not_held", "");
	proto_expect(&p, A, "{'op':'pool.drop','key':'k','token':501}",
	    "A {'ok':true}\nB {'ok':true,'token':502,'create':true}");
	proto_expect(&p, B, OF("drop"), "B {'ok':true}");
	proto_close(&p);
}
END_TEST

START_TEST(pools_answer_questions_of_those_that_are_there)
{
	set_up();
	proto_refuse(&p, A, OF("size"), "unknown_key", "pool \\'k\\'");
	proto_refuse(&p, A, OF("available"), "unknown_key", "");
	proto_refuse(&p, A, OF("clear"), "unknown_key", "");
	proto_refuse(&p, A, INFO, "unknown_key", "");
	proto_refuse(&p, A, OF("delete"), "unknown_key", "");
	proto_expect(&p, A, SET ",'items':[1,2,3]}", "A {'ok':true}");
	proto_expect(&p, A, GET "}",
	    "A {'ok':true,'token':501,'create':false,'value':3}");
	proto_expect(&p, B, OF("size"), "B {'ok':true,'size':3}");
	proto_expect(&p, B, OF("available"), "B {'ok':true,'available':2}");
	proto_refuse(&p, B, OF("delete"), "conflict", "1 lent, 0 wait, 2 idle");
	proto_expect(&p, B, OF("clear"), "B {'ok':true,'destroy':[1,2]}");
	proto_expect(&p, B, OF("size"), "B {'ok':true,'size':1}");
	proto_expect(&p, A, OF("drop"), "A {'ok':true}");
	proto_expect(&p, A, OF("delete"), "A {'ok':true}");
	proto_refuse(&p, A, OF("size"), "unknown_key", "");
	proto_close(&p);
}
END_TEST

START_TEST(pool_set_takes_its_terms_along)
{
	set_up();
	proto_expect(&p, A,
	    SET ",'capacity':4,'max_idle_ms':9,'order':'fifo',"
		"'on_lost':'requeue'}",
	    "A {'ok':true}");
	proto_expect(&p, A, INFO,
	    "A {'ok':true,'capacity':4,'size':0,'available':0,'waiting':0,"
	    "'max_idle_ms':9,'order':'fifo','on_lost':'requeue'}");
	/* What is not named stays as it is. */
	proto_expect(&p, A, SET ",'order':'lifo'}", "A {'ok':true}");
	proto_expect(&p, A, SET ",'on_lost':'drop'}", "A {'ok':true}");
	proto_expect(&p, A, SET ",'max_idle_ms':0}", "A {'ok':true}");
	proto_expect(&p, A, SET "}", "A {'ok':true}");
	proto_expect(&p, A, INFO,
	    "A {'ok':true,'capacity':4,'size':0,'available':0,'waiting':0,"
	    "'max_idle_ms':0,'order':'lifo','on_lost':'drop'}");
	proto_close(&p);
}
END_TEST

START_TEST(order_and_on_lost_are_one_of_their_words)
{
	static const char *const bad[] = {",'capacity':1,'order':'LIFO'}",
	    ",'capacity':1,'order':''}", ",'capacity':1,'order':'lifo\\u0000'}",
	    ",'capacity':1,'order':'fifofifofifofifofifofifofifofifofifofifo'}",
	    ",'capacity':1,'on_lost':'lifo'}", ",'capacity':1,'on_lost':'dro'}",
	    ",'capacity':1,'on_lost':'requeue '}"};

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		proto_ask(&p, A, SET "%s", bad[i]);
		ck_assert_msg(
		    strstr(p.heard, "'bad_request'") != NULL, "%s", bad[i]);
		ck_assert_ptr_nonnull(
		    strstr(p.heard, strstr(bad[i], "order") != NULL
					? "\\'lifo\\' or \\'fifo\\'"
					: "\\'drop\\' or \\'requeue\\'"));
		ck_assert_ptr_null(strchr(p.heard, '\n'));
	}
	proto_refuse(&p, A, INFO, "unknown_key", "");
	proto_expect(
	    &p, A, SET ",'capacity':1,'order':'f\\u0069fo'}", "A {'ok':true}");
	proto_close(&p);
}
END_TEST

/* Items ------------------------------------------------------------ */

START_TEST(items_are_taken_apart_and_kept_as_they_stand)
{
	set_up();
	proto_expect(&p, A,
	    SET ",'order':'fifo','items': [ 1.0 , 'a,]' ,\t[ 1 ,2] ,"
		"{'b': 1e400}, false ] }",
	    "A {'ok':true}");
	proto_expect(&p, A, OF("clear"),
	    "A {'ok':true,'destroy':[1.0,'a,]',[ 1 ,2],{'b': 1e400},false]}");
	proto_close(&p);
}
END_TEST

START_TEST(items_are_many_or_few)
{
	char line[4000] = SET ",'items':[0";
	char heard[4000] = "A {'ok':true,'destroy':[0";

	set_up();
	for (int i = 1; i < 90; i++) {
		sprintf(line + strlen(line), ", %d", i);
		sprintf(heard + strlen(heard), ",%d", i);
	}
	strcat(line, "]}");
	strcat(heard, "]}");
	proto_expect(&p, A, line, "A {'ok':true}");
	proto_expect(&p, A, OF("clear"), heard);
	proto_close(&p);
}
END_TEST

START_TEST(items_are_something_each_and_distinct_as_text)
{
	static const char *const bad[] = {"[null]", "[1,null]", "[null,1,2]",
	    "[1,1]", "[1,2,3,1]", "['a','b', 'a' ]", "[[1],2,[1]]",
	    "[{},[],{}]", "[2,1,3,2,5]"};
	static const char *const good[] = {"['null']", "[1,1.0]",
	    "['a','\\u0061']", "[[1],[ 1]]", "[1,12,123]", "['a','ab']",
	    "[[null]]", "[true,false]", "[0,-0,'','0']"};

	set_up();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		proto_ask(&p, A, SET ",'items':%s}", bad[i]);
		ck_assert_msg(strstr(p.heard, "'bad_request'") != NULL &&
				  strstr(p.heard, "\\'items\\' must") != NULL,
		    "%s: %s", bad[i], p.heard);
		proto_refuse(&p, A, INFO, "unknown_key", "");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		proto_ask(&p, A, SET ",'items':%s}", good[i]);
		ck_assert_msg(strcmp(p.heard, "A {'ok':true}") == 0, "%s: %s",
		    good[i], p.heard);
		proto_ask(&p, A, OF("clear"));
		proto_expect(&p, A, OF("delete"), "A {'ok':true}");
	}
	proto_close(&p);
}
END_TEST

START_TEST(items_and_capacity_have_to_go_together)
{
	set_up();
	proto_refuse(&p, A, SET "}", "bad_request", "needs");
	proto_refuse(&p, A, SET ",'items':[]}", "bad_request", "");
	proto_refuse(&p, A, SET ",'items':[1,2],'capacity':1}", "bad_request",
	    "\\'capacity\\' 1");
	proto_expect(
	    &p, A, SET ",'items':[1,2],'capacity':3}", "A {'ok':true}");
	/* The same list changes nothing, another one is a conflict. */
	proto_expect(&p, B, SET ",'items':[ 1 , 2 ]}", "B {'ok':true}");
	proto_refuse(&p, B, SET ",'items':[2,1]}", "conflict", "items");
	proto_refuse(&p, B, SET ",'items':[1]}", "conflict", "items");
	proto_refuse(&p, B, SET ",'items':[]}", "conflict", "items");
	proto_expect(&p, B, INFO,
	    "B {'ok':true,'capacity':3,'size':2,'available':2,'waiting':0,"
	    "'max_idle_ms':0,'order':'lifo','on_lost':'requeue'}");
	proto_close(&p);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    pool_get_and_put_pass_an_object_on_byte_for_byte,
	    pool_get_takes_its_terms_along,
	    pool_get_takes_an_object_that_outlives_its_connection,
	    pool_drop_frees_the_room,
	    pools_answer_questions_of_those_that_are_there,
	    pool_set_takes_its_terms_along,
	    order_and_on_lost_are_one_of_their_words,
	    items_are_taken_apart_and_kept_as_they_stand,
	    items_are_many_or_few,
	    items_are_something_each_and_distinct_as_text,
	    items_and_capacity_have_to_go_together,
	    NULL,
	};

	return unit_run("ops_pool", tests);
}
