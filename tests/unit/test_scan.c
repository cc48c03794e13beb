/* SPDX-License-Identifier: MIT */
/*
 * The scanner: what is a line and what is not, the spans it gives, arrays and
 * integers. What strings may hold is in test_scan_string.c, and the comparison
 * with another parser in test_scan_oracle.c. Every line lies right before
 * memory that must not be touched, so that a look beyond its end is seen.
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "scan.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
	const char *bytes;
	size_t len;
	const char *error; /* a part of it; NULL where any will do */
};

/* Bytes with their number, for a NUL may be among them. */
#define ROW(text, error)                                                       \
	{                                                                      \
		text, sizeof(text) - 1, error                                  \
	}
/* The same as the value of a member. */
#define VALUE(text, error) ROW("{\"a\":" text "}", error)

/* Scans to the end. NULL, or what is wrong. */
static const char *scan_all(const char *line, size_t len)
{
	struct scan_value name, value;
	struct scan scan;
	enum scan_step step;
	const char *copy = guard_copy(line, len);
	const char *error;

	scan_begin(&scan, copy, len);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		ck_assert(name.at >= copy && name.len <= len);
		ck_assert(value.at >= copy && value.len > 0);
		ck_assert(value.at + value.len <= copy + len);
	}
	error = step == SCAN_DONE ? NULL : scan.error;
	ck_assert(step == SCAN_DONE || error != NULL);
	guard_free();
	return error;
}

static void refuses(const struct row *row)
{
	const char *error = scan_all(row->bytes, row->len);

	ck_assert_msg(error != NULL, "accepted: %s", row->bytes);
	ck_assert_msg(row->error == NULL || strstr(error, row->error) != NULL,
	    "%s: \"%s\", and not \"%s\"", row->bytes, error, row->error);
}

static void accepts(const struct row *row)
{
	const char *error = scan_all(row->bytes, row->len);

	ck_assert_msg(error == NULL, "refused: %s: %s", row->bytes, error);
}

static const struct row good[] = {
    ROW("{}", NULL),
    ROW(" \t\r\n{ \t\r\n} \t\r\n", NULL),
    ROW("{\"\":\"\"}", NULL),
    ROW("{\"a\":1,\"a\":2}", NULL),
    ROW("{ \"a\" : [ ] , \"b\" : { } }", NULL),
    ROW("{\"a\":{\"a\":{\"a\":1,\"a\":1}},\"b\":[[],{},[[]]]}", NULL),
    ROW("{\"a\":\"}\",\"b\":\"{[,:\\\"\"}", NULL),
    VALUE("true", NULL),
    VALUE("false", NULL),
    VALUE("null", NULL),
    VALUE("0", NULL),
    VALUE("-0", NULL),
    VALUE("-1", NULL),
    VALUE("10", NULL),
    VALUE("0.0", NULL),
    VALUE("-0.10", NULL),
    VALUE("0e0", NULL),
    VALUE("1E+2", NULL),
    VALUE("1e-02", NULL),
    VALUE("1.5e400", NULL),
    VALUE("12345678901234567890", NULL),
    VALUE("[1,2,{\"b\":[null]},\"x\"]", NULL),
};

START_TEST(valid_lines_are_accepted)
{
	for (size_t i = 0; i < COUNT(good); i++)
		accepts(&good[i]);
}
END_TEST

static const struct row bad_lines[] = {
    ROW("", "begin with {"),
    ROW(" ", "begin with {"),
    ROW("\t\r", "begin with {"),
    ROW("{", "name of a member"),
    ROW("}", "begin with {"),
    ROW("{}}", "behind the object"),
    ROW("{}x", "behind the object"),
    ROW("{} {}", "behind the object"),
    ROW("{},", "behind the object"),
    ROW("{}\0", "behind the object"),
    ROW("\0{}", "begin with {"),
    ROW("{\0}", "name of a member"),
    ROW("\xEF\xBB\xBF{}", "begin with {"),
    ROW("x{}", "begin with {"),
    ROW("[]", "begin with {"),
    ROW("[{}]", "begin with {"),
    ROW("\"a\"", "begin with {"),
    ROW("1", "begin with {"),
    ROW("null", "begin with {"),
    ROW("{,}", "name of a member"),
    ROW("{\"a\":1,}", "name of a member"),
    ROW("{,\"a\":1}", "name of a member"),
    ROW("{\"a\":1,,\"b\":1}", "name of a member"),
    ROW("{\"a\":1 \"b\":1}", "comma or }"),
    ROW("{\"a\":1]", "comma or }"),
    ROW("{\"a\":1:\"b\"}", "comma or }"),
    ROW("{\"a\"}", "colon"),
    ROW("{\"a\",1}", "colon"),
    ROW("{\"a\" 1}", "colon"),
    ROW("{\"a\"::1}", "value expected"),
    ROW("{a:1}", "name of a member"),
    ROW("{'a':1}", "name of a member"),
    ROW("{1:1}", "name of a member"),
    ROW("{null:1}", "name of a member"),
    ROW("{\"a\":1/**/}", "comma or }"),
    ROW("{\"a\":1} //", "behind the object"),
    ROW("{#\n\"a\":1}", "name of a member"),
    ROW("{\v}", "name of a member"),
    ROW("{\f}", "name of a member"),
    ROW("{\xC2\xA0}", "name of a member"),
};

START_TEST(what_is_not_one_object_is_refused)
{
	for (size_t i = 0; i < COUNT(bad_lines); i++)
		refuses(&bad_lines[i]);
}
END_TEST

static const struct row bad_values[] = {
    VALUE("", "value expected"),
    VALUE("\0", "value expected"),
    VALUE("NaN", "value expected"),
    VALUE("Infinity", "value expected"),
    VALUE("-Infinity", "digit"),
    VALUE("True", "value expected"),
    VALUE("tru", "value expected"),
    VALUE("truE", "value expected"),
    VALUE("trues", "comma or }"),
    VALUE("nul", "value expected"),
    VALUE("nullnull", "comma or }"),
    VALUE("fals", "value expected"),
    VALUE("undefined", "value expected"),
    VALUE("01", "comma or }"),
    VALUE("-01", "comma or }"),
    VALUE("00", "comma or }"),
    VALUE("+1", "value expected"),
    VALUE("0x10", "comma or }"),
    VALUE(".5", "value expected"),
    VALUE("-.5", "digit"),
    VALUE("1.", "digit"),
    VALUE("1.e1", "digit"),
    VALUE("1e", "digit"),
    VALUE("1e+", "digit"),
    VALUE("1e1.5", "comma or }"),
    VALUE("-", "digit"),
    VALUE("--1", "digit"),
    VALUE("1-1", "comma or }"),
    VALUE("1 2", "comma or }"),
    VALUE("1_000", "comma or }"),
    VALUE("\xD9\xA1", "value expected"),
    VALUE("[1,]", "value expected"),
    VALUE("[,1]", "value expected"),
    VALUE("[,]", "value expected"),
    VALUE("[1,,2]", "value expected"),
    VALUE("[1 2]", "comma or ]"),
    VALUE("[1}", "comma or ]"),
    VALUE("[", NULL),
    VALUE("[[]", "comma or ]"),
    VALUE("]", "value expected"),
    VALUE("[]]", "comma or }"),
    VALUE("{", NULL),
    VALUE("{\"b\":1,}", "name of a member"),
    VALUE("{\"b\":1]", "comma or }"),
    VALUE("{\"b\"}", "colon"),
    VALUE("{\"b\":}", "value expected"),
    VALUE("{1:1}", "name of a member"),
    VALUE("[\"b\":1]", "comma or ]"),
    VALUE("'b'", "value expected"),
    VALUE("/**/1", "value expected"),
};

START_TEST(values_that_are_not_json_are_refused)
{
	for (size_t i = 0; i < COUNT(bad_values); i++)
		refuses(&bad_values[i]);
}
END_TEST

START_TEST(every_prefix_of_a_valid_line_is_refused)
{
	static const char *const lines[] = {
	    "{}",
	    "{\"id\":12,\"op\":\"ping\"}",
	    "{\"a\":[true,false,null,-1.5e+10,{\"b\":\"c\"}],\"d\":{}}",
	    " { \"a\" : \"\\ud83d\\ude00\\n\xF0\x9F\x98\x80\xC3\xA4\" }",
	    "{\"a\":[[[[[[]]]]],{\"b\":{\"c\":{\"d\":{}}}}]}",
	};

	for (size_t i = 0; i < COUNT(lines); i++) {
		size_t len = strlen(lines[i]);

		ck_assert_ptr_null(scan_all(lines[i], len));
		for (size_t n = 0; n < len; n++)
			ck_assert_msg(scan_all(lines[i], n) != NULL,
			    "accepted: %.*s", (int)n, lines[i]);
	}
}
END_TEST

START_TEST(a_failure_is_reported_at_the_byte_where_it_is)
{
	static const struct {
		const char *line;
		size_t at;
	} rows[] = {
	    {"", 0},
	    {"[]", 0},
	    {"{\"a\":1,}", 7},
	    {"{\"a\":01}", 6},
	    {"{\"a\":1} x", 8},
	    {"{\"a\":[1,[2 3]]}", 11},
	    {"{\"a\":\"\xFF\"}", 6},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scan_value name, value;
		struct scan scan;
		enum scan_step step;

		scan_begin(&scan, rows[i].line, strlen(rows[i].line));
		do
			step = scan_member(&scan, &name, &value);
		while (step == SCAN_ITEM);
		ck_assert_int_eq(step, SCAN_FAILED);
		ck_assert_msg(
		    scan.at == rows[i].line + rows[i].at, "%s", rows[i].line);
	}
}
END_TEST

/* Spans ------------------------------------------------------------ */

static const struct {
	const char *text;
	enum scan_type type;
	bool is_plain; /* of strings and numbers */
} spans[] = {
    {"null", SCAN_NULL, false},
    {"true", SCAN_BOOL, false},
    {"false", SCAN_BOOL, false},
    {"0", SCAN_NUMBER, true},
    {"-12345678901234567890", SCAN_NUMBER, true},
    {"0.10", SCAN_NUMBER, false},
    {"1e400", SCAN_NUMBER, false},
    {"1E2", SCAN_NUMBER, false},
    {"\"\"", SCAN_STRING, true},
    {"\"a}],\xE2\x82\xAC\"", SCAN_STRING, true},
    {"\"a\\\"\\u0041\"", SCAN_STRING, false},
    {"[]", SCAN_ARRAY, false},
    {"[ 1,\t[ ] ,{\"]\":\"}\"} ]", SCAN_ARRAY, false},
    {"{}", SCAN_OBJECT, false},
    {"{ \"b\" : 1 , \"a\" : [ ] , \"b\" : 2 }", SCAN_OBJECT, false},
};

static void expect_span(const char *line, size_t i)
{
	struct scan_value name, value;
	struct scan scan;
	size_t len = strlen(spans[i].text);

	scan_begin(&scan, line, strlen(line));
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_ITEM);
	ck_assert_int_eq(value.type, spans[i].type);
	ck_assert_msg(
	    value.len == len && memcmp(value.at, spans[i].text, len) == 0,
	    "%s: %.*s", line, (int)value.len, value.at);
	if (value.type == SCAN_NUMBER || value.type == SCAN_STRING)
		ck_assert_int_eq(value.is_plain, spans[i].is_plain);
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_ITEM);
	ck_assert_uint_eq(name.len, 3);
	ck_assert(memcmp(name.at, "\"z\"", 3) == 0);
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_DONE);
}

START_TEST(a_value_is_given_byte_for_byte_without_the_space_around_it)
{
	for (size_t i = 0; i < COUNT(spans); i++) {
		char line[200];

		snprintf(
		    line, sizeof(line), "{\"a\":%s,\"z\":0}", spans[i].text);
		expect_span(line, i);
		snprintf(line, sizeof(line), " {\"a\" : \t%s \r , \"z\":0 } ",
		    spans[i].text);
		expect_span(line, i);
	}
}
END_TEST

START_TEST(members_come_in_their_order_with_their_names_as_spelled)
{
	static const char line[] = "{\"b\":1,\"\\u0061\":2,\"b\":3,\"\":4}";
	static const char *const names[] = {"b", "\\u0061", "b", ""};
	struct scan_value name, value;
	struct scan scan;

	scan_begin(&scan, line, strlen(line));
	for (int i = 0; i < 4; i++) {
		size_t len = strlen(names[i]);

		ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_ITEM);
		ck_assert_uint_eq(name.len, len + 2);
		ck_assert(memcmp(name.at + 1, names[i], len) == 0);
		ck_assert_int_eq(name.is_plain, i != 1);
		ck_assert_int_eq(*value.at, '1' + i);
	}
	ck_assert_int_eq(scan_member(&scan, &name, &value), SCAN_DONE);
}
END_TEST

START_TEST(text_is_one_value_or_is_none)
{
	for (size_t i = 0; i < COUNT(spans); i++) {
		char text[200];
		int len =
		    snprintf(text, sizeof(text), " \t%s\r\n", spans[i].text);

		ck_assert(scan_is_value(text, (size_t)len));
		text[len - 1] = 'x';
		ck_assert(!scan_is_value(text, (size_t)len));
		/* Most numbers are one without their last digit. */
		ck_assert(spans[i].type == SCAN_NUMBER ||
			  !scan_is_value(text, (size_t)len - 3));
	}
	ck_assert(!scan_is_value("", 0));
	ck_assert(!scan_is_value(" ", 1));
	ck_assert(!scan_is_value("1 2", 3));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    valid_lines_are_accepted,
	    what_is_not_one_object_is_refused,
	    values_that_are_not_json_are_refused,
	    every_prefix_of_a_valid_line_is_refused,
	    a_failure_is_reported_at_the_byte_where_it_is,
	    a_value_is_given_byte_for_byte_without_the_space_around_it,
	    members_come_in_their_order_with_their_names_as_spelled,
	    text_is_one_value_or_is_none,
	    NULL,
	};

	return unit_run("scan", tests);
}
