/* SPDX-License-Identifier: MIT */
/* Tests of reader.h: bytes, in whatever pieces they come, to answers and
 * events. */
#include "feed.h"
#include "msync.h"
#include "reader.h"
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A reader that was given one line. */
static struct reader with_line(const char *line)
{
	struct reader reader;

	reader_init(&reader);
	feed(&reader, line, strlen(line), SIZE_MAX);
	feed(&reader, "\n", 1, 1);
	return reader;
}

static void expect_step(
    struct reader *reader, struct reply *reply, enum reader_step step)
{
	enum reader_step seen = reader_next(reader, reply);

	ck_assert_msg(seen == step, "step %d, expected %d, at \"%.*s\"",
	    (int)seen, (int)step, (int)reply->len, reply->line);
}

static void expect_span(const struct scan_value *span, const char *text)
{
	ck_assert_ptr_nonnull(span->at);
	ck_assert_uint_eq(span->len, strlen(text));
	ck_assert_mem_eq(span->at, text, span->len);
}

/* So many brackets. */
#define EIGHT(text) text text text text text text text text
#define DEEPEST     EIGHT(EIGHT("[")) EIGHT(EIGHT("]"))

START_TEST(list_of_the_deepest_values_is_read)
{
	struct reader reader =
	    with_line("{\"ok\":true,\"destroy\":[" DEEPEST ",1]}");
	struct scan_value answer = {.type = SCAN_OBJECT}, list;
	struct scan_value value;
	struct reply reply;
	struct scan scan;

	ck_assert_uint_eq(strlen(DEEPEST), 2 * (size_t)WIRE_MAX_DEPTH);
	expect_step(&reader, &reply, READER_REPLY);
	expect_span(&reply.destroy, "[" DEEPEST ",1]");
	scan_array_begin(&scan, &reply.destroy);
	ck_assert_int_eq(scan_element(&scan, &value), SCAN_ITEM);
	expect_span(&value, DEEPEST);
	ck_assert_int_eq(scan_element(&scan, &value), SCAN_ITEM);
	/* Also in the answer as a whole. */
	answer.at = reply.line;
	answer.len = reply.len;
	ck_assert(reply_find(&answer, "destroy", &list));
	expect_span(&list, "[" DEEPEST ",1]");
	reader_deinit(&reader);
	/* No answer is deeper than that. */
	reader = with_line("{\"ok\":true,\"destroy\":[[" DEEPEST "]]}");
	expect_step(&reader, &reply, READER_BAD);
	reader_deinit(&reader);
}
END_TEST

/* Pieces ----------------------------------------------------------- */

#define THREE_LINES                                                            \
	"{\"id\":1,\"ok\":true,\"token\":5}\n"                                 \
	"{\"event\":\"lost\",\"token\":5}\n"                                   \
	"{\"id\":2,\"ok\":false,\"error\":\"busy\",\"message\":\"m\"}\n"

/* Takes what is there now; n: how many lines were taken before. */
static int take_lines(struct reader *reader, int n)
{
	struct reply reply = {0};

	for (; reader_next(reader, &reply) != READER_MORE; n++) {
		if (n == 0) {
			ck_assert(reply.ok && reply.id == 1);
			ck_assert_int_eq(reply.token, 5);
		} else if (n == 1) {
			ck_assert(reply.is_event && !reply.has_id);
			expect_span(&reply.event, "\"lost\"");
		} else {
			ck_assert(!reply.ok && reply.id == 2);
			ck_assert_int_eq(reply.code, MSYNC_E_BUSY);
			expect_span(&reply.message, "\"m\"");
		}
	}
	return n;
}

START_TEST(lines_are_whole_wherever_the_bytes_were_parted)
{
	size_t len = strlen(THREE_LINES);

	for (size_t at = 0; at <= len; at++) {
		struct reader reader;
		int n;

		reader_init(&reader);
		feed(&reader, THREE_LINES, at, SIZE_MAX);
		n = take_lines(&reader, 0);
		feed(&reader, &(THREE_LINES)[at], len - at, SIZE_MAX);
		ck_assert_int_eq(take_lines(&reader, n), 3);
		reader_deinit(&reader);
	}
}
END_TEST

START_TEST(lines_are_whole_when_bytes_come_one_by_one)
{
	struct reader reader;
	int n = 0;

	reader_init(&reader);
	for (const char *at = THREE_LINES; *at != '\0'; at++) {
		feed(&reader, at, 1, 1);
		n = take_lines(&reader, n);
	}
	ck_assert_int_eq(n, 3);
	reader_deinit(&reader);
}
END_TEST

START_TEST(lines_are_whole_when_all_come_before_the_first_is_taken)
{
	struct reader reader;

	reader_init(&reader);
	feed(&reader, THREE_LINES, strlen(THREE_LINES), 7);
	ck_assert_int_eq(take_lines(&reader, 0), 3);
	ck_assert_int_eq(take_lines(&reader, 3), 3);
	reader_deinit(&reader);
}
END_TEST

/* Members ---------------------------------------------------------- */

START_TEST(every_member_is_found_where_it_stands)
{
	struct reader reader = with_line(
	    "{ \"ok\" : true , \"id\":-3,\"token\":1,\"attempt\":2,"
	    "\"age_ms\":3,\"by_uid\":0,\"followers\":5,\"capacity\":6,"
	    "\"in_use\":7,\"waiting\":8,\"size\":9,\"available\":10,"
	    "\"protocol\":1,\"leader\":true,\"create\":true,"
	    "\"abandoned\":true,\"forgotten\":true,\"ignored\":true,"
	    "\"value\":[ 1 ],\"destroy\":[],\"limits\":{},\"new\":{\"ok\":"
	    "false}}");
	struct reply reply;

	expect_step(&reader, &reply, READER_REPLY);
	ck_assert(reply.ok && !reply.is_event && reply.has_id);
	ck_assert_int_eq(reply.id, -3);
	ck_assert_int_eq(reply.token, 1);
	ck_assert_int_eq(reply.attempt, 2);
	ck_assert_int_eq(reply.age_ms, 3);
	ck_assert_int_eq(reply.by_uid, 0);
	ck_assert_int_eq(reply.followers, 5);
	ck_assert_int_eq(reply.capacity, 6);
	ck_assert_int_eq(reply.in_use, 7);
	ck_assert_int_eq(reply.waiting, 8);
	ck_assert_int_eq(reply.size, 9);
	ck_assert_int_eq(reply.available, 10);
	ck_assert_int_eq(reply.protocol, 1);
	ck_assert(reply.leader && reply.create && reply.abandoned);
	ck_assert(reply.forgotten && reply.ignored);
	expect_span(&reply.value, "[ 1 ]");
	expect_span(&reply.destroy, "[]");
	expect_span(&reply.limits, "{}");
	reader_deinit(&reader);
}
END_TEST

START_TEST(members_that_are_absent_say_so)
{
	struct reader reader = with_line("{\"ok\":true}");
	struct reply reply;

	memset(&reply, 0x55, sizeof(reply));
	expect_step(&reader, &reply, READER_REPLY);
	ck_assert(!reply.has_id && !reply.is_event);
	ck_assert_int_eq(reply.token, 0);
	ck_assert_int_eq(reply.by_uid, -1);
	ck_assert_ptr_null(reply.value.at);
	ck_assert_ptr_null(reply.holder.at);
	ck_assert(!reply.leader && !reply.create && !reply.ignored);
	ck_assert_uint_eq(reply.len, strlen("{\"ok\":true}"));
	reader_deinit(&reader);
}
END_TEST

/* After each of these, the next line is read as ever. */
static const char *const bad_lines[] = {
    /* no object */
    "", " ", "x", "17", "[]", "{", "}", "{}x", "{\"ok\":true}}", "\xff",
    "{\"ok\":true,}", "{\"ok\":truE}", "{'ok':true}", "{\"ok\" true}",
    "{\"ok\":true,\"value\":\"\xc3\"}", "{\"ok\":true,\"value\":\"\\ud800\"}",
    /* neither answer nor event */
    "{}", "{\"ok\":false}", "{\"ok\":false,\"message\":\"m\"}",
    "{\"ok\":false,\"error\":7}",
    "{\"ok\":false,\"error\":\"busy\",\"message\":[]}", "{\"event\":true}",
    "{\"event\":[\"lost\"]}",
    /* members that are not what they should be */
    "{\"ok\":1}", "{\"ok\":\"true\"}", "{\"ok\":null}",
    "{\"ok\":true,\"id\":\"x\"}", "{\"ok\":true,\"id\":1.0}",
    "{\"ok\":true,\"id\":9007199254740992}", "{\"ok\":true,\"id\":null}",
    "{\"ok\":true,\"token\":\"5\"}", "{\"ok\":true,\"token\":1e2}",
    "{\"ok\":true,\"leader\":0}", "{\"ok\":true,\"create\":\"t\"}",
    "{\"ok\":true,\"followers\":[]}", "{\"ok\":true,\"age_ms\":{}}"};

START_TEST(lines_that_make_no_sense_are_bad_and_no_more)
{
	struct reader reader = with_line(bad_lines[_i]);
	struct reply reply;

	feed(&reader, THREE_LINES, strlen(THREE_LINES), SIZE_MAX);
	expect_step(&reader, &reply, READER_BAD);
	ck_assert_int_eq(take_lines(&reader, 0), 3);
	reader_deinit(&reader);
}
END_TEST

START_TEST(refusals_have_their_code_or_are_of_a_newer_daemon)
{
	struct reader reader = with_line(
	    "{\"ok\":false,\"error\":\"not_held\"}\n"
	    "{\"ok\":false,\"error\":\"brand_new\",\"message\":\"\"}\n"
	    "{\"ok\":false,\"error\":\"\"}");
	struct reply reply;

	expect_step(&reader, &reply, READER_REPLY);
	ck_assert_int_eq(reply.code, MSYNC_E_NOT_HELD);
	ck_assert_ptr_null(reply.message.at);
	expect_step(&reader, &reply, READER_REPLY);
	ck_assert_int_eq(reply.code, MSYNC_E_REFUSED);
	expect_step(&reader, &reply, READER_REPLY);
	ck_assert_int_eq(reply.code, MSYNC_E_REFUSED);
	expect_step(&reader, &reply, READER_MORE);
	reader_deinit(&reader);
}
END_TEST

START_TEST(events_are_events_also_those_nobody_knows_yet)
{
	struct reader reader =
	    with_line("{\"event\":\"new\",\"what\":[1]}\n"
		      "{\"event\":\"lost\",\"reason\":\"lease\",\"token\":7}\n"
		      "{\"event\":\"lost\",\"reason\":17,\"ok\":false}");
	struct reply reply;

	expect_step(&reader, &reply, READER_REPLY);
	ck_assert(reply.is_event);
	expect_span(&reply.event, "\"new\"");
	expect_step(&reader, &reply, READER_REPLY);
	ck_assert(reply.is_event);
	expect_span(&reply.reason, "\"lease\"");
	ck_assert_int_eq(reply.token, 7);
	expect_step(&reader, &reply, READER_REPLY);
	ck_assert(reply.is_event);
	reader_deinit(&reader);
}
END_TEST

/* What stands inside of members ------------------------------------ */

static bool holder_of(const char *line, struct reply_holder *holder)
{
	static struct reader reader;
	struct reply reply;

	reader_deinit(&reader);
	reader = with_line(line);
	expect_step(&reader, &reply, READER_REPLY);
	return reply_holder(&reply, holder);
}

#define BUSY "{\"ok\":false,\"error\":\"busy\",\"message\":\"m\""

START_TEST(holder_is_what_the_daemon_tells_of_it)
{
	struct reply_holder holder;

	ck_assert(holder_of(BUSY ",\"holder\":{\"held_ms\":9,\"client\":"
				 "\"c\",\"pid\":17}}",
	    &holder));
	ck_assert_int_eq(holder.pid, 17);
	ck_assert_int_eq(holder.held_ms, 9);
	expect_span(&holder.client, "\"c\"");
	ck_assert(holder_of(BUSY ",\"holder\":{\"client\":7}}", &holder));
	ck_assert_int_eq(holder.pid, 0);
	ck_assert_int_eq(holder.held_ms, 0);
	ck_assert_ptr_null(holder.client.at);
	ck_assert(!holder_of(BUSY "}", &holder));
	ck_assert(!holder_of(BUSY ",\"holder\":[17]}", &holder));
	ck_assert(!holder_of(BUSY ",\"holder\":null}", &holder));
}
END_TEST

START_TEST(members_of_members_are_found_by_their_whole_name)
{
	struct reader reader =
	    with_line("{\"ok\":true,\"limits\":{\"max\":1,\"max_line\":2,"
		      "\"max_line_\":3,\"text\":\"4\"}}");
	struct scan_value none = {0}, found;
	struct reply reply;

	expect_step(&reader, &reply, READER_REPLY);
	ck_assert_int_eq(reply_member(&reply.limits, "max_line", -1), 2);
	ck_assert_int_eq(reply_member(&reply.limits, "max_lin", -1), -1);
	ck_assert_int_eq(reply_member(&reply.limits, "text", -1), -1);
	ck_assert_int_eq(reply_member(&none, "max_line", -1), -1);
	ck_assert(reply_find(&reply.limits, "text", &found));
	expect_span(&found, "\"4\"");
	ck_assert(!reply_find(&reply.limits, "none", &found));
	reader_deinit(&reader);
}
END_TEST

/* Length ----------------------------------------------------------- */

START_TEST(long_lines_are_whole_and_their_memory_is_given_back)
{
	static const char head[] = "{\"ok\":true,\"value\":\"";
	size_t n = 3 * 1024 * 1024 + 1;
	char *filling = malloc(n);
	struct reader reader;
	struct reply reply;

	ck_assert_ptr_nonnull(filling);
	memset(filling, 'x', n);
	reader_init(&reader);
	feed(&reader, head, strlen(head), SIZE_MAX);
	expect_step(&reader, &reply, READER_MORE);
	feed(&reader, filling, n, 100000);
	expect_step(&reader, &reply, READER_MORE);
	feed(&reader, "\"}\n" THREE_LINES, 3 + strlen(THREE_LINES), SIZE_MAX);
	expect_step(&reader, &reply, READER_REPLY);
	ck_assert_uint_eq(reply.value.len, n + 2);
	ck_assert_mem_eq(reply.value.at + 1, filling, n);
	ck_assert_int_eq(take_lines(&reader, 0), 3);
	feed(&reader, THREE_LINES, strlen(THREE_LINES), SIZE_MAX);
	ck_assert_int_eq(take_lines(&reader, 0), 3);
	ck_assert_uint_lt(reader.cap, 100000);
	reader_deinit(&reader);
	free(filling);
}
END_TEST

START_TEST(line_without_end_is_given_up)
{
	struct reader reader;
	struct reply reply;
	size_t n = 0, room;
	char *to;

	reader_init(&reader);
	while ((to = reader_room(&reader, &room)) != NULL) {
		memset(to, 'x', room);
		reader_got(&reader, room);
		n += room;
		expect_step(&reader, &reply, READER_MORE);
		ck_assert_uint_le(n, 2 * (size_t)READER_MAX_BYTES);
	}
	ck_assert_uint_ge(n, READER_MAX_BYTES);
	reader_deinit(&reader);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reader");
	TCase *tests = scene_case(suite, "reader", NULL, NULL);

	tcase_add_test(tests, lines_are_whole_wherever_the_bytes_were_parted);
	tcase_add_test(tests, lines_are_whole_when_bytes_come_one_by_one);
	tcase_add_test(
	    tests, lines_are_whole_when_all_come_before_the_first_is_taken);
	tcase_add_test(tests, every_member_is_found_where_it_stands);
	tcase_add_test(tests, members_that_are_absent_say_so);
	tcase_add_test(tests, list_of_the_deepest_values_is_read);
	tcase_add_loop_test(tests, lines_that_make_no_sense_are_bad_and_no_more,
	    0, COUNT(bad_lines));
	tcase_add_test(
	    tests, refusals_have_their_code_or_are_of_a_newer_daemon);
	tcase_add_test(tests, events_are_events_also_those_nobody_knows_yet);
	tcase_add_test(tests, holder_is_what_the_daemon_tells_of_it);
	tcase_add_test(tests, members_of_members_are_found_by_their_whole_name);
	tcase_add_test(
	    tests, long_lines_are_whole_and_their_memory_is_given_back);
	tcase_add_test(tests, line_without_end_is_given_up);
	return scene_run(suite);
}
