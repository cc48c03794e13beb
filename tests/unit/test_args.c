/* SPDX-License-Identifier: MIT */
/*
 * Members of a request: taken from the line, ids, and what of the members is
 * refused with which words. The rows of single members are in
 * test_args_members.c.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "xalloc.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define SIXTEEN     "0123456789abcdef"
#define SIXTY_FOUR  SIXTEEN SIXTEEN SIXTEEN SIXTEEN

/* The line that the members point into; its ' become ". */
static char *line;

static void take(struct args *args, const char *text)
{
	size_t at;

	free(line);
	line = proto_swap(text, '\'', '"');
	ck_assert_ptr_null(args_take(args, line, strlen(line), &at));
	ck_assert_uint_eq(at, strlen(line));
}

/* Taking ----------------------------------------------------------- */

START_TEST(members_are_filed_by_their_names)
{
	struct args args;

	take(&args, "{'value':[1, 2],'op':'ping','key':'k','token':7}");
	ck_assert_uint_eq(args.present,
	    ARG_BIT(OP) | ARG_BIT(KEY) | ARG_BIT(TOKEN) | ARG_BIT(VALUE));
	ck_assert_uint_eq(args.repeated, 0);
	ck_assert(!args.has_unknown);
	ck_assert(args_has(&args, ARG_KEY) && !args_has(&args, ARG_ID));
	ck_assert_uint_eq(args.values[ARG_VALUE].len, 6);
	ck_assert(memcmp(args.values[ARG_VALUE].at, "[1, 2]", 6) == 0);
	take(&args, "{}");
	ck_assert_uint_eq(args.present, 0);
}
END_TEST

START_TEST(a_name_is_the_same_however_it_is_spelled)
{
	struct args args;

	take(&args, "{'\\u006b\\u0065\\u0079':'x','wait\\u005fms':5}");
	ck_assert_uint_eq(args.present, ARG_BIT(KEY) | ARG_BIT(WAIT_MS));
	take(&args, "{'key':1,'ke\\u0079':2}");
	ck_assert_uint_eq(args.repeated, ARG_BIT(KEY));
}
END_TEST

START_TEST(names_match_to_the_last_byte)
{
	static const char *const names[] = {"", "k", "ke", "keys", "Key", "KEY",
	    " key", "key ", "key\\u0000", "\\u0000key", "kek", "wait-ms",
	    "value\\u0301"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct args args;
		char text[64];

		snprintf(text, sizeof(text), "{'%s':1}", names[i]);
		take(&args, text);
		ck_assert_msg(
		    args.has_unknown && args.present == 0, "%s", text);
	}
}
END_TEST

START_TEST(repeated_members_are_remembered_and_those_inside_values_not)
{
	struct args args;

	take(&args, "{'id':1,'key':'a','id':2,'value':{'key':1,'key':2}}");
	ck_assert_uint_eq(args.repeated, ARG_BIT(ID));
	take(&args, "{'id':1,'id':1,'op':1,'id':1,'op':1,'op':1}");
	ck_assert_uint_eq(args.repeated, ARG_BIT(ID) | ARG_BIT(OP));
}
END_TEST

START_TEST(the_first_unknown_member_is_remembered)
{
	struct args args;

	take(&args, "{'op':'x','b':1,'a':2,'b':3}");
	ck_assert(args.has_unknown);
	ck_assert_uint_eq(args.unknown.len, 3);
	ck_assert(memcmp(args.unknown.at, "\"b\"", 3) == 0);
}
END_TEST

START_TEST(notes_are_no_members_at_all)
{
	static const char *const notes[] = {
	    "{'x_':1}",
	    "{'x_a':1,'x_a':2}",
	    "{'x_key':{'x_':[]}}",
	    "{'x\\u005fa':1}",
	    "{'\\u0078_a':1}",
	    "{'x_a\\u0000':1}",
	    "{'x_" SIXTY_FOUR "':1}",
	    "{'x_" SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR SIXTY_FOUR "':1}",
	};
	struct args args;

	for (size_t i = 0; i < COUNT(notes); i++) {
		take(&args, notes[i]);
		ck_assert_msg(!args.has_unknown && args.present == 0 &&
				  args.repeated == 0,
		    "%s", notes[i]);
	}
	take(&args, "{'x':1}");
	ck_assert(args.has_unknown);
	take(&args, "{'X_a':1}");
	ck_assert(args.has_unknown);
}
END_TEST

START_TEST(a_note_may_have_escapes_and_a_name_of_any_length)
{
	static const char *const notes[] = {
	    "{'x_gr\\u00fcnde_der_anforderung_im_einzelnen':1}",
	    "{'x_" SIXTY_FOUR "\\n':1}",
	    "{'\\u0078\\u005f" SIXTY_FOUR SIXTY_FOUR "':1}",
	};
	struct args args;

	for (size_t i = 0; i < COUNT(notes); i++) {
		take(&args, notes[i]);
		ck_assert_msg(!args.has_unknown, "%s", notes[i]);
	}
}
END_TEST

START_TEST(a_line_that_is_no_object_is_told_with_its_place)
{
	static const char bad[] = "{\"id\":1,\"key\":x}";
	struct args args;
	size_t at = 99;
	const char *error = args_take(&args, bad, sizeof(bad) - 1, &at);

	ck_assert_str_eq(error, "value expected");
	ck_assert_uint_eq(at, 14);
}
END_TEST

/* Ids -------------------------------------------------------------- */

static bool ident(const char *text, struct ident *id, char room[])
{
	static struct args args;

	take(&args, text);
	return args_ident(&args, ARG_ID, id, room);
}

START_TEST(ids_are_integers_or_short_strings_or_absent)
{
	char room[WIRE_MAX_ID_BYTES];
	struct ident id;

	ck_assert(ident("{}", &id, room));
	ck_assert_int_eq(id.type, IDENT_NONE);
	ck_assert(ident("{'id':-9007199254740991}", &id, room));
	ck_assert_int_eq(id.type, IDENT_NUMBER);
	ck_assert_int_eq(id.number, -WIRE_MAX_INTEGER);
	ck_assert(ident("{'id':0}", &id, room));
	ck_assert_int_eq(id.type, IDENT_NUMBER);
	ck_assert_int_eq(id.number, 0);
	ck_assert(ident("{'id':''}", &id, room));
	ck_assert_int_eq(id.type, IDENT_TEXT);
	ck_assert_uint_eq(id.len, 0);
	ck_assert(ident("{'id':'a\\u0000b'}", &id, room));
	ck_assert_uint_eq(id.len, 3);
	ck_assert(memcmp(id.text, "a\0b", 3) == 0);
	ck_assert(ident("{'id':'" SIXTY_FOUR "'}", &id, room));
	ck_assert_uint_eq(id.len, 64);
	ck_assert(memcmp(id.text, SIXTY_FOUR, 64) == 0);
	/* 64 bytes when decoded, many more in the line. */
	ck_assert(ident("{'id':'\\u0030123456789abcdef" SIXTEEN SIXTEEN
			"0123456789abcde\\u0066'}",
	    &id, room));
	ck_assert_uint_eq(id.len, 64);
	ck_assert(memcmp(id.text, SIXTY_FOUR, 64) == 0);
}
END_TEST

START_TEST(other_ids_are_none)
{
	static const char *const ids[] = {"null", "true", "false", "1.0", "1e2",
	    "0.5", "9007199254740992", "-9007199254740992", "1e400", "[1]",
	    "{}", "'" SIXTY_FOUR "x'", "'" SIXTY_FOUR "\\u0000'", "1,'id':1",
	    "1,'i\\u0064':2"};

	for (size_t i = 0; i < COUNT(ids); i++) {
		char text[200], room[WIRE_MAX_ID_BYTES];
		struct ident id;

		snprintf(text, sizeof(text), "{'id':%s}", ids[i]);
		ck_assert_msg(!ident(text, &id, room), "%s", text);
	}
}
END_TEST

/* The whole request ------------------------------------------------ */

static const struct args_rule rule = {
    .op = "lock.acquire",
    .required = ARG_BIT(KEY),
    .optional = ARG_BIT(WAIT_MS) | ARG_BIT(LEASE_MS) | ARG_BIT(DETACHED),
};

static void refuses(const char *text, const char *words)
{
	char error[ARGS_ERROR_BYTES] = "";
	struct args args;

	take(&args, text);
	ck_assert_msg(!args_check(&args, &rule, error), "accepted: %s", text);
	ck_assert_msg(strcmp(error, words) == 0, "%s\n%s\nand not\n%s", text,
	    error, words);
}

START_TEST(what_the_operation_takes_is_accepted)
{
	char error[ARGS_ERROR_BYTES];
	struct args args;

	take(&args, "{'op':'x','key':'k'}");
	ck_assert(args_check(&args, &rule, error));
	ck_assert_int_eq(args_number(&args, ARG_WAIT_MS, -1), -1);
	take(&args, "{'id':[],'key':'k\\n'}");
	ck_assert_msg(!args_check(&args, &rule, error), "a control character");
	take(&args, "{'lease_ms':5,'detached':true,'key':'k','wait_ms':0}");
	ck_assert(args_check(&args, &rule, error));
	ck_assert_int_eq(args_number(&args, ARG_WAIT_MS, -1), 0);
	ck_assert_int_eq(args_number(&args, ARG_LEASE_MS, -1), 5);
	ck_assert_int_eq(args_number(&args, ARG_DETACHED, -1), 1);
	take(&args, "{'detached':false,'key':'k'}");
	ck_assert(args_check(&args, &rule, error));
	ck_assert_int_eq(args_number(&args, ARG_DETACHED, -1), 0);
}
END_TEST

START_TEST(each_fault_of_form_is_named)
{
	refuses("{}", "lock.acquire needs member \"key\"");
	refuses("{'key':'a','key':'a'}", "member \"key\" is there twice");
	refuses(
	    "{'key':'a','op':'x','op':'x'}", "member \"op\" is there twice");
	refuses("{'key':'a','wait_s':5}",
	    "unknown member \"wait_s\"; did you mean \"wait_ms\"?");
	refuses("{'key':'a','timeout':5}",
	    "unknown member \"timeout\" for lock.acquire");
	/* One that other operations take is unknown to this one. */
	refuses("{'key':'a','keep_ms':5}",
	    "unknown member \"keep_ms\" for lock.acquire");
	refuses("{'key':'a','max_wait_ms':5}",
	    "unknown member \"max_wait_ms\" for lock.acquire");
	/* What is not taken is not suggested. */
	refuses("{'key':'a','tokens':5}",
	    "unknown member \"tokens\" for lock.acquire");
}
END_TEST

START_TEST(faults_are_looked_for_in_one_order)
{
	refuses("{'key':1,'key':1,'q':1}", "member \"key\" is there twice");
	refuses("{'zzzzzz':1,'keep_ms':1}",
	    "unknown member \"zzzzzz\" for lock.acquire");
	refuses("{'token':1}", "unknown member \"token\" for lock.acquire");
	refuses("{'wait_ms':-1}", "lock.acquire needs member \"key\"");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    members_are_filed_by_their_names,
	    a_name_is_the_same_however_it_is_spelled,
	    names_match_to_the_last_byte,
	    repeated_members_are_remembered_and_those_inside_values_not,
	    the_first_unknown_member_is_remembered,
	    notes_are_no_members_at_all,
	    a_note_may_have_escapes_and_a_name_of_any_length,
	    a_line_that_is_no_object_is_told_with_its_place,
	    ids_are_integers_or_short_strings_or_absent,
	    other_ids_are_none,
	    what_the_operation_takes_is_accepted,
	    each_fault_of_form_is_named,
	    faults_are_looked_for_in_one_order,
	    NULL,
	};

	return unit_run("args", tests);
}
