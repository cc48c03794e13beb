/* SPDX-License-Identifier: MIT */
/*
 * Tests of reader.h with bytes that no daemon would send: what is at the other
 * end of a socket need not be msyncd. Nothing is read beyond the bytes that
 * came, and nothing that was read points elsewhere.
 */
#include "failure.h"
#include "feed.h"
#include "reader.h"
#include "scene.h"

#include "guard.h"
#include "lines.h"

#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define N_SPOILED   20000

/* Answers and events as the daemon sends them. */
static const char *const answers[] = {
    "{\"id\":1048576,\"ok\":true}",
    "{\"id\":1,\"ok\":true,\"token\":9007199254740991,\"abandoned\":true}",
    "{\"id\":2,\"ok\":true,\"leader\":true,\"token\":5,\"attempt\":3}",
    "{\"id\":3,\"ok\":true,\"leader\":false,\"value\":{\"a\":[0.10,1e400,"
    "\"\\u00e4\\\\\"]},\"by_uid\":0,\"age_ms\":12}",
    "{\"id\":4,\"ok\":false,\"error\":\"busy\",\"message\":\"lock "
    "\\\"a\\\": held for 3 ms by pid 17 (deploy)\",\"holder\":{\"pid\":17,"
    "\"client\":\"deploy\",\"held_ms\":3}}",
    "{\"id\":5,\"ok\":false,\"error\":\"flight_failed\",\"message\":\"\","
    "\"value\":null}",
    "{\"id\":6,\"ok\":true,\"token\":8,\"create\":false,\"value\":\"v\","
    "\"destroy\":[1,\"two\",{\"three\":3}]}",
    "{\"id\":7,\"ok\":true,\"token\":9,\"in_use\":2,\"capacity\":3}",
    "{\"id\":8,\"ok\":true,\"protocol\":1,\"server\":\"msyncd\",\"limits\":"
    "{\"max_line\":1048576}}",
    "{\"id\":9,\"ok\":true,\"followers\":2}",
    "{\"event\":\"lost\",\"reason\":\"lease\",\"kind\":\"lock\",\"key\":"
    "\"a\",\"token\":7}",
};

static void expect_inside(
    const struct reply *reply, const struct scan_value *span)
{
	if (span->at == NULL)
		return;
	ck_assert(span->at >= reply->line);
	ck_assert(span->at + span->len <= reply->line + reply->len);
}

/* Whatever was made of it can be looked at. */
static void look_at(const struct reply *reply)
{
	const struct scan_value *const spans[] = {&reply->error,
	    &reply->message, &reply->holder, &reply->event, &reply->reason,
	    &reply->value, &reply->destroy, &reply->limits};
	struct failure failure;

	for (size_t i = 0; i < COUNT(spans); i++)
		expect_inside(reply, spans[i]);
	if (!reply->ok && !reply->is_event)
		(void)failure_set_reply(&failure, reply);
	(void)reply_member(&reply->limits, "max_line", 0);
}

/* Reads a line that ends where memory ends. */
static enum reader_step read_guarded(const char *bytes, size_t len)
{
	const char *copy = guard_copy(bytes, len);
	struct reader reader = {
	    .bytes = (char *)(uintptr_t)copy, .cap = len, .end = len};
	struct reply reply;
	enum reader_step step = reader_next(&reader, &reply);

	if (step == READER_REPLY)
		look_at(&reply);
	guard_free();
	return step;
}

START_TEST(nothing_is_read_beyond_the_bytes_that_came)
{
	const char *answer = answers[_i];
	size_t len = strlen(answer);
	char line[512];

	for (size_t n = 0; n <= len; n++) {
		memcpy(line, answer, n);
		line[n] = '\n';
		ck_assert_int_eq(read_guarded(line, n), READER_MORE);
		ck_assert_int_eq(read_guarded(line, n + 1),
		    n == len ? READER_REPLY : READER_BAD);
	}
}
END_TEST

/* Reads the line through a reader, in pieces of a random size. */
static enum reader_step read_in_pieces(struct lines *lines)
{
	struct reader reader;
	struct reply reply;
	enum reader_step step;

	reader_init(&reader);
	feed(&reader, lines->line, lines->len, 1 + lines_draw(lines, 50));
	step = reader_next(&reader, &reply);
	reader_deinit(&reader);
	return step;
}

START_TEST(spoiled_answers_are_read_or_refused_and_harm_nobody)
{
	struct lines lines = {.state = 20240229};
	int n_steps[3] = {0};

	for (int i = 0; i < N_SPOILED; i++) {
		const char *answer =
		    answers[lines_draw(&lines, (unsigned)COUNT(answers))];
		enum reader_step step;

		lines.len = strlen(answer);
		memcpy(lines.line, answer, lines.len);
		lines_spoil(&lines);
		ck_assert_uint_lt(lines.len, LINES_BYTES);
		lines.line[lines.len++] = '\n';
		step = read_guarded(lines.line, lines.len);
		ck_assert_int_eq(read_in_pieces(&lines), step);
		n_steps[step]++;
	}
	/* Both happen, so that both are tested. */
	ck_assert_int_eq(n_steps[READER_MORE], 0);
	ck_assert_int_gt(n_steps[READER_REPLY], N_SPOILED / 20);
	ck_assert_int_gt(n_steps[READER_BAD], N_SPOILED / 20);
}
END_TEST

START_TEST(random_bytes_are_as_many_lines_as_they_have_line_feeds)
{
	struct lines lines = {.state = 4711};

	for (int round = 0; round < 2000; round++) {
		struct reader reader;
		struct reply reply;
		int n_fed = 0, n_read = 0;

		reader_init(&reader);
		for (int i = 0; i < 200; i++) {
			char byte = (char)lines_draw(&lines, 256);

			if (lines_draw(&lines, 10) == 0)
				byte = '\n';
			n_fed += byte == '\n';
			feed(&reader, &byte, 1, 1);
			if (lines_draw(&lines, 8) > 0)
				continue;
			while (reader_next(&reader, &reply) != READER_MORE)
				n_read++;
		}
		while (reader_next(&reader, &reply) != READER_MORE)
			n_read++;
		ck_assert_int_eq(n_read, n_fed);
		reader_deinit(&reader);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reader, spoiled");
	TCase *tests = scene_case(suite, "reader, spoiled", NULL, NULL);

	tcase_add_loop_test(tests, nothing_is_read_beyond_the_bytes_that_came,
	    0, COUNT(answers));
	tcase_add_test(
	    tests, spoiled_answers_are_read_or_refused_and_harm_nobody);
	tcase_add_test(
	    tests, random_bytes_are_as_many_lines_as_they_have_line_feeds);
	return scene_run(suite);
}
