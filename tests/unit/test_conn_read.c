/* SPDX-License-Identifier: MIT */
/*
 * Bytes to lines: however they are cut, whatever their length, and what is
 * left when the input ends. The longest line is 200 bytes here.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto.h"

#define MAX_LINE 200
#define PING     "{\"op\":\"ping\"}\n"
#define OK       "{'ok':true}\n"

STAGE_CLOCK

static struct stage s;
static int client;

static void set_up(void)
{
	stage_open(&s);
	s.server->core->max_line_bytes = MAX_LINE;
	client = stage_join(&s);
}

static void tear_down(void)
{
	stage_leave(&s, client);
	stage_close(&s);
}

/* Sends the bytes and settles; what was heard. */
static const char *after(const char *bytes, size_t len)
{
	stage_write(&s, client, bytes, len);
	stage_settle(&s);
	return stage_heard(&s, client);
}

static const char *after_text(const char *text)
{
	return after(text, strlen(text));
}

/* A ping that is n bytes long, and ends as told. */
static const char *long_ping(size_t n, const char *end)
{
	static char line[20 * MAX_LINE];
	size_t len = (size_t)sprintf(line, "{\"op\":\"ping\",\"x_\":\"");

	memset(line + len, 'x', n - len - 2);
	sprintf(line + n - 2, "\"}%s", end);
	return line;
}

/* Requests that go on in the next turn ------------------------------ */

START_TEST(a_reset_of_many_holds_goes_on_turn_by_turn_before_what_is_behind_it)
{
	char lines[1024];
	size_t len = 0;

	set_up();
	s.server->core->chores.portion = 2;
	for (int i = 0; i < 5; i++) {
		len = (size_t)sprintf(
		    lines, "{\"op\":\"lock.acquire\",\"key\":\"%d\"}\n", i);
		ck_assert_ptr_nonnull(strstr(after(lines, len), "token"));
	}
	/* Cut in the first line, so that it was kept before. */
	len = (size_t)sprintf(lines, "\"op\":\"reset\"}\n" PING);
	stage_write(&s, client, "{\"id\":1,", 8);
	stage_turn(&s);
	stage_write(&s, client, lines, len);
	stage_turn(&s);
	ck_assert_str_eq(stage_heard(&s, client), "");
	stage_turn(&s);
	ck_assert_str_eq(stage_heard(&s, client), "");
	stage_settle(&s);
	ck_assert_str_eq(stage_heard(&s, client), "{'id':1,'ok':true}\n" OK);
	ck_assert_int_eq(
	    s.server->core->tally.counts[WIRE_KIND_LOCK][TALLY_HOLDS], 0);
	tear_down();
}
END_TEST

START_TEST(a_reset_that_is_the_last_word_is_done_at_once)
{
	set_up();
	s.server->core->chores.portion = 1;
	for (int i = 0; i < 3; i++) {
		char line[64];

		sprintf(line, "{\"op\":\"lock.acquire\",\"key\":\"%d\"}\n", i);
		ck_assert_ptr_nonnull(strstr(after_text(line), "token"));
	}
	stage_write(&s, client, "{\"op\":\"reset\"}", 14);
	shutdown(client, SHUT_WR);
	stage_settle(&s);
	ck_assert_str_eq(stage_heard(&s, client), OK "(end)");
	tear_down();
}
END_TEST

/* Cuts ------------------------------------------------------------- */

START_TEST(a_request_may_be_cut_at_every_byte)
{
	static const char line[] =
	    "{\"id\":\"\xC3\xA4\",\"op\":\"p\\u0069ng\"}\r\n";
	size_t len = sizeof(line) - 1;

	set_up();
	for (size_t cut = 1; cut < len; cut++) {
		ck_assert_str_eq(after(line, cut), "");
		ck_assert_str_eq(after(line + cut, len - cut),
		    "{'id':'\xC3\xA4','ok':true}\n");
	}
	tear_down();
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
	size_t len = 20000;
	char *line;

	set_up();
	s.server->core->max_line_bytes = len;
	line = malloc(len);
	ck_assert_ptr_nonnull(line);
	memset(line, ' ', len);
	memcpy(line, PING, sizeof(PING) - 2);
	for (size_t i = 0; i < len; i++) {
		stage_write(&s, client, line + i, 1);
		stage_turn(&s);
	}
	ck_assert_str_eq(stage_heard(&s, client), "");
	ck_assert_uint_eq(stage_last(&s)->n_in, len);
	ck_assert_str_eq(after_text("\n"), OK);
	ck_assert_uint_eq(stage_last(&s)->n_in, 0);
	free(line);
	tear_down();
}
END_TEST

START_TEST(lines_in_one_piece_are_all_answered_in_order)
{
	char text[16000] = "", heard[16000] = "";

	set_up();
	for (int i = 0; i < 500; i++) {
		sprintf(
		    text + strlen(text), "{\"id\":%d,\"op\":\"ping\"}\n", i);
		sprintf(heard + strlen(heard), "{'id':%d,'ok':true}\n", i);
	}
	ck_assert_str_eq(after_text(text), heard);
	tear_down();
}
END_TEST

START_TEST(lines_and_parts_of_lines_may_come_together)
{
	set_up();
	ck_assert_str_eq(after_text(PING PING "{\"op\""), OK OK);
	ck_assert_str_eq(after_text(":\"ping\"}\n" PING "{"), OK OK);
	ck_assert_str_eq(after_text("\"op\":\"ping\"}"), "");
	ck_assert_str_eq(after_text("\n"), OK);
	tear_down();
}
END_TEST

START_TEST(empty_lines_are_ignored_and_carriage_returns_allowed)
{
	set_up();
	ck_assert_str_eq(after_text("\n\r\n\n" PING "\r\n\n"), OK);
	ck_assert_str_eq(after_text("\r"), "");
	ck_assert_str_eq(after_text("\n{\"op\":\"ping\"}\r\n"), OK);
	ck_assert_ptr_nonnull(strstr(after_text(" \n"), "'parse'"));
	tear_down();
}
END_TEST

START_TEST(a_turn_does_32_lines_and_the_rest_comes_in_the_next_ones)
{
	char text[100 * sizeof(PING)] = "";
	int n_left = 100;

	set_up();
	for (int i = 0; i < n_left; i++)
		strcat(text, PING);
	stage_write(&s, client, text, strlen(text));
	while (n_left > 0) {
		int n = n_left < SERVER_MAX_LINES ? n_left : SERVER_MAX_LINES;

		stage_turn(&s);
		ck_assert_uint_eq(
		    strlen(stage_heard(&s, client)), (size_t)n * strlen(OK));
		n_left -= n;
	}
	ck_assert(!stage_turn(&s));
	tear_down();
}
END_TEST

#define LIST    "{\"op\":\"list\"}\n"
#define NO_KEYS "{'ok':true,'keys':[]}\n"

/* row: 99 */
START_TEST(a_list_is_the_last_line_of_its_turn)
{
	set_up();
	stage_write(&s, client, PING LIST PING PING LIST LIST,
	    strlen(PING LIST PING PING LIST LIST));
	stage_turn(&s);
	ck_assert_str_eq(stage_heard(&s, client), OK NO_KEYS);
	stage_turn(&s);
	ck_assert_str_eq(stage_heard(&s, client), OK OK NO_KEYS);
	stage_turn(&s);
	ck_assert_str_eq(stage_heard(&s, client), NO_KEYS);
	ck_assert(!stage_turn(&s));
	tear_down();
}
END_TEST

/* row: 99 */
START_TEST(stats_are_the_last_line_of_their_turn_too)
{
	static const char stats[] = "{\"op\":\"stats\"}\n";

	set_up();
	for (int i = 0; i < 3; i++)
		stage_write(&s, client, stats, sizeof(stats) - 1);
	for (int i = 0; i < 3; i++) {
		const char *heard;

		stage_turn(&s);
		heard = stage_heard(&s, client);
		ck_assert_ptr_nonnull(strchr(heard, '\n'));
		ck_assert_str_eq(strchr(heard, '\n'), "\n");
	}
	ck_assert(!stage_turn(&s));
	tear_down();
}
END_TEST

/* Lengths ---------------------------------------------------------- */

#define TOO_LONG                                                               \
	"{'ok':false,'error':'too_long','message':'the line is longer than "   \
	"200 bytes; nothing of it was done'}\n"

START_TEST(a_line_of_the_longest_length_is_done_and_one_byte_more_is_not)
{
	set_up();
	ck_assert_str_eq(after_text(long_ping(MAX_LINE, "\n")), OK);
	/* A carriage return is a byte of its line. */
	ck_assert_str_eq(after_text(long_ping(MAX_LINE - 1, "\r\n")), OK);
	ck_assert_str_eq(after_text(long_ping(MAX_LINE + 1, "\n")), TOO_LONG);
	ck_assert_str_eq(after_text(long_ping(MAX_LINE, "\r\n")), TOO_LONG);
	ck_assert_str_eq(after_text(PING), OK);
	tear_down();
}
END_TEST

START_TEST(a_line_too_long_is_answered_once_however_it_is_cut)
{
	size_t len = MAX_LINE + 100;
	const char *line = long_ping(len, "\n" PING);

	set_up();
	for (size_t cut = 1; cut <= len + 1; cut += 7) {
		char heard[1000];

		strcpy(heard, after(line, cut));
		strcat(heard, after_text(line + cut));
		ck_assert_msg(
		    strcmp(heard, TOO_LONG OK) == 0, "cut %zu: %s", cut, heard);
	}
	tear_down();
}
END_TEST

START_TEST(the_answer_to_a_line_too_long_does_not_wait_for_its_end)
{
	set_up();
	ck_assert_str_eq(after(long_ping(MAX_LINE + 1, ""), MAX_LINE), "");
	ck_assert_str_eq(after_text("x"), TOO_LONG);
	ck_assert_str_eq(after_text("xxx"), "");
	ck_assert_str_eq(after_text("\n" PING), OK);
	tear_down();
}
END_TEST

START_TEST(never_more_than_the_longest_line_is_kept)
{
	struct conn *conn;

	set_up();
	conn = stage_last(&s);
	for (int n = 0; n < 15 * MAX_LINE; n += 8) {
		stage_write(&s, client, "xxxxxxxx", 8);
		stage_settle(&s);
		ck_assert_uint_le(conn->n_in, MAX_LINE);
		ck_assert_uint_le(conn->cap_in, 2 * MAX_LINE);
	}
	ck_assert_uint_eq(conn->n_in, 0);
	ck_assert_ptr_null(conn->in);
	ck_assert_str_eq(stage_heard(&s, client), TOO_LONG);
	ck_assert_str_eq(after_text("\n" PING), OK);
	tear_down();
}
END_TEST

START_TEST(a_line_without_end_ends_the_connection)
{
	static char text[16 * MAX_LINE];

	set_up();
	memset(text, 'x', sizeof(text));
	ck_assert_str_eq(after(text, sizeof(text)), TOO_LONG);
	ck_assert_uint_eq(s.server->n_conns, 1);
	ck_assert_str_eq(after_text("x"), "(end)");
	ck_assert_uint_eq(s.server->n_conns, 0);
	tear_down();
}
END_TEST

/* Bad lines -------------------------------------------------------- */

/* How many lines say this. */
static int count_lines(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return n;
}

START_TEST(sixteen_bad_lines_in_a_row_end_the_connection)
{
	char text[2000] = "";

	set_up();
	for (int i = 0; i < WIRE_MAX_BAD_LINES; i++)
		strcat(text, "x\n");
	strcat(text, "{\"op\":\"limit.set\",\"key\":\"k\",\"capacity\":1}\n");
	ck_assert_int_eq(count_lines(after_text(text), "'parse'"), 16);
	ck_assert_ptr_nonnull(strstr(s.said, "(end)"));
	/* What comes behind them is not done. */
	ck_assert_int_eq(count_lines(s.said, "\n"), 16);
	ck_assert_int_eq(
	    s.server->core->tally.counts[WIRE_KIND_LIMIT][TALLY_KEYS], 0);
	tear_down();
}
END_TEST

START_TEST(lines_too_long_are_bad_lines_and_a_good_one_starts_anew)
{
	const char *too_long = long_ping(MAX_LINE + 1, "\n");

	set_up();
	for (int i = 0; i < 15; i++)
		ck_assert_ptr_nonnull(strstr(
		    after_text(i % 2 ? "[]\n" : too_long), "'ok':false"));
	/* A request that is refused is no bad line. */
	ck_assert_ptr_nonnull(strstr(after_text("{}\n"), "bad_request"));
	for (int i = 0; i < 15; i++)
		after_text(i % 2 ? too_long : "[]\n");
	ck_assert_ptr_null(strstr(s.said, "(end)"));
	ck_assert_ptr_nonnull(strstr(after_text(too_long), "too_long"));
	ck_assert_ptr_nonnull(strstr(s.said, "(end)"));
	tear_down();
}
END_TEST

/* The end of input ------------------------------------------------- */

/* Sends the text, ends the input, and settles; what was heard. */
static const char *after_last(const char *text)
{
	set_up();
	stage_write(&s, client, text, strlen(text));
	ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
	stage_settle(&s);
	ck_assert_uint_eq(s.server->n_conns, 0);
	return stage_heard(&s, client);
}

START_TEST(an_object_without_line_feed_is_done_at_the_end)
{
	ck_assert_str_eq(after_last("{\"op\":\"ping\"}"), OK "(end)");
	tear_down();
	ck_assert_str_eq(
	    after_last(PING PING "{\"op\":\"ping\"} \r"), OK OK OK "(end)");
	tear_down();
	ck_assert_str_eq(after_last(PING), OK "(end)");
	tear_down();
	ck_assert_str_eq(after_last(""), "(end)");
	tear_down();
}
END_TEST

START_TEST(a_fragment_at_the_end_is_answered_parse_and_not_done)
{
	after_last(PING "{\"op\":\"limit.set\",\"key\":\"k\",\"capacity\":1");
	ck_assert_ptr_eq(
	    strstr(s.said, OK "{'ok':false,'error':'parse',"), s.said);
	ck_assert_int_eq(count_lines(s.said, "\n"), 2);
	ck_assert_int_eq(
	    s.server->core->tally.counts[WIRE_KIND_LIMIT][TALLY_KEYS], 0);
	tear_down();
}
END_TEST

START_TEST(the_rest_of_a_line_too_long_is_nothing_at_the_end)
{
	ck_assert_str_eq(
	    after_last(long_ping(MAX_LINE + 50, "")), TOO_LONG "(end)");
	tear_down();
}
END_TEST

START_TEST(more_lines_than_a_turn_does_are_done_before_the_end)
{
	char text[2000] = "";

	for (int i = 0; i < 70; i++)
		strcat(text, PING);
	ck_assert_int_eq(count_lines(after_last(text), OK), 70);
	tear_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_reset_of_many_holds_goes_on_turn_by_turn_before_what_is_behind_it,
	    a_reset_that_is_the_last_word_is_done_at_once,
	    a_request_may_be_cut_at_every_byte,
	    a_request_may_come_byte_by_byte,
	    lines_in_one_piece_are_all_answered_in_order,
	    lines_and_parts_of_lines_may_come_together,
	    empty_lines_are_ignored_and_carriage_returns_allowed,
	    a_turn_does_32_lines_and_the_rest_comes_in_the_next_ones,
	    a_list_is_the_last_line_of_its_turn,
	    stats_are_the_last_line_of_their_turn_too,
	    a_line_of_the_longest_length_is_done_and_one_byte_more_is_not,
	    a_line_too_long_is_answered_once_however_it_is_cut,
	    the_answer_to_a_line_too_long_does_not_wait_for_its_end,
	    never_more_than_the_longest_line_is_kept,
	    a_line_without_end_ends_the_connection,
	    sixteen_bad_lines_in_a_row_end_the_connection,
	    lines_too_long_are_bad_lines_and_a_good_one_starts_anew,
	    an_object_without_line_feed_is_done_at_the_end,
	    a_fragment_at_the_end_is_answered_parse_and_not_done,
	    the_rest_of_a_line_too_long_is_nothing_at_the_end,
	    more_lines_than_a_turn_does_are_done_before_the_end,
	    NULL,
	};

	return unit_run("conn_read", tests);
}
