/* SPDX-License-Identifier: MIT */
/*
 * Answers to lines: each type of member, ids, codes, escapes, and the words
 * about a holder. Expectations are written with ' in the place of ".
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "xalloc.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct outbox outbox;

/* A new answer without id. */
static struct answer *put(void)
{
	struct ident none = {0};

	return outbox_put(&outbox, 1, &none);
}

static const char *command_of(void *ctx, uint64_t session)
{
	(void)session;
	return *(const char **)ctx;
}

/* Renders the answer put last, frees it, and returns the line's bytes; valid
 * until the next call. */
static const char *rendered(const char *command, size_t *len)
{
	static char *text;
	const struct reply_names names = {command_of, &command};
	struct answer answer;
	struct outbuf out;
	struct iovec iov[32];
	FILE *file;
	int n;

	free(text);
	outbuf_init(&out, NULL, NULL);
	ck_assert(outbox_pop(&outbox, &answer));
	reply_render(&answer, &names, &out);
	answer_deinit(&answer);
	n = outbuf_iov(&out, iov, 32);
	file = open_memstream(&text, len);
	for (int i = 0; i < n; i++)
		fwrite(iov[i].iov_base, 1, iov[i].iov_len, file);
	fclose(file);
	outbuf_drop(&out, NULL, NULL);
	ck_assert(*len > 2 && memcmp(text + *len - 2, "}\n", 2) == 0);
	ck_assert_ptr_eq(memchr(text, '\n', *len), text + *len - 1);
	return text;
}

/* Asserts what the answer put last looks like. */
static void expect(const char *command, const char *line)
{
	size_t len;
	const char *seen = rendered(command, &len);
	char *swapped = proto_swap(line, '\'', '"');

	ck_assert_msg(
	    len == strlen(line) + 1 && memcmp(seen, swapped, len - 1) == 0,
	    "%s and not\n%s", seen, swapped);
	free(swapped);
}

/* Whole answers ---------------------------------------------------- */

START_TEST(an_answer_without_members_is_ok)
{
	put();
	expect(NULL, "{'ok':true}");
}
END_TEST

START_TEST(the_id_comes_first_as_it_was)
{
	static char empty[] = "", odd[] = "a\0\x1f\\";
	static const struct {
		struct ident id;
		const char *line;
	} rows[] = {
	    {{.type = IDENT_NUMBER, .number = 0}, "{'id':0,'ok':true}"},
	    {{.type = IDENT_NUMBER, .number = -1}, "{'id':-1,'ok':true}"},
	    {{.type = IDENT_NUMBER, .number = WIRE_MAX_INTEGER},
		"{'id':9007199254740991,'ok':true}"},
	    {{.type = IDENT_NUMBER, .number = -WIRE_MAX_INTEGER},
		"{'id':-9007199254740991,'ok':true}"},
	    {{.type = IDENT_TEXT, .text = empty, .len = 0},
		"{'id':'','ok':true}"},
	    {{.type = IDENT_TEXT, .text = odd, .len = 4},
		"{'id':'a\\u0000\\u001f\\\\','ok':true}"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ident id = ident_copy(&rows[i].id);

		outbox_put(&outbox, 1, &id);
		expect(NULL, rows[i].line);
	}
}
END_TEST

START_TEST(numbers_of_any_length_have_all_their_digits)
{
	for (int64_t n = 1; n <= WIRE_MAX_INTEGER / 10; n *= 10) {
		const int64_t numbers[] = {
		    n, n + 1, 9 * n, n - 1, -n, 10 * n - 1};

		for (size_t i = 0; i < COUNT(numbers); i++) {
			char line[128];

			snprintf(line, sizeof(line), "{'ok':true,'token':%lld}",
			    (long long)numbers[i]);
			answer_add_integer(put(), MEMBER_TOKEN, numbers[i]);
			expect(NULL, line);
		}
	}
}
END_TEST

START_TEST(a_plain_answer_of_the_greatest_length_is_whole)
{
	struct ident id = {.type = IDENT_NUMBER, .number = -WIRE_MAX_INTEGER};
	struct answer *answer = outbox_put(&outbox, 1, &id);
	char line[512];
	int len =
	    snprintf(line, sizeof(line), "{'id':-9007199254740991,'ok':true");

	for (int i = 0; i < ANSWER_MAX_MEMBERS; i++) {
		answer_add_integer(
		    answer, MEMBER_MAX_IDLE_MS, -WIRE_MAX_INTEGER);
		len += snprintf(line + len, sizeof(line) - (size_t)len,
		    ",'max_idle_ms':-9007199254740991");
	}
	snprintf(line + len, sizeof(line) - (size_t)len, "}");
	expect(NULL, line);
}
END_TEST

/* The room that plain answers have for the name of a member. */
START_TEST(no_member_has_a_longer_name_than_max_idle_ms)
{
	for (int i = 0; i < N_MEMBERS; i++)
		ck_assert_uint_le(strlen(reply_member_name(i)),
		    strlen(reply_member_name(MEMBER_MAX_IDLE_MS)));
}
END_TEST

START_TEST(each_type_of_member_has_its_form)
{
	struct blob *text = blob_new("a\"\n\xC3\xA4", 5);
	struct blob *json = blob_new("{ \"b\" : 0.10 }", 14);
	struct answer *answer = put();

	answer_add_bool(answer, MEMBER_LEADER, true);
	answer_add_bool(answer, MEMBER_BORROWED, false);
	answer_add_integer(answer, MEMBER_TOKEN, WIRE_MAX_INTEGER);
	answer_add_integer(answer, MEMBER_SIZE, 0);
	answer_add_word(answer, MEMBER_ORDER, "fifo");
	answer_add_text(answer, MEMBER_MESSAGE, text);
	answer_add_json(answer, MEMBER_VALUE, json);
	expect(NULL, "{'ok':true,'leader':true,'borrowed':false,"
		     "'token':9007199254740991,'size':0,'order':'fifo',"
		     "'message':'a\\'\\u000a\xC3\xA4','value':{ 'b' : 0.10 }}");
	blob_unref(text);
	blob_unref(json);
}
END_TEST

START_TEST(integers_are_written_to_the_last_one)
{
	static const int64_t numbers[] = {
	    9, 10, 99, 100, -10, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		char line[64];

		answer_add_integer(put(), MEMBER_TOKEN, numbers[i]);
		snprintf(line, sizeof(line), "{'ok':true,'token':%lld}",
		    (long long)numbers[i]);
		expect(NULL, line);
	}
}
END_TEST

START_TEST(lists_hold_their_values_byte_for_byte)
{
	struct blob_list list = {0};

	answer_add_list(put(), MEMBER_DESTROY, &list);
	expect(NULL, "{'ok':true,'destroy':[]}");
	blob_list_add(&list, blob_new("1e400", 5));
	answer_add_list(put(), MEMBER_DESTROY, &list);
	expect(NULL, "{'ok':true,'destroy':[1e400]}");
	blob_list_add(&list, blob_new("[ 1]", 4));
	blob_list_add(&list, blob_new("\"x\"", 3));
	answer_add_list(put(), MEMBER_DESTROY, &list);
	expect(NULL, "{'ok':true,'destroy':[[ 1],'x']}");
}
END_TEST

START_TEST(a_document_goes_in_as_it_is)
{
	struct blob *members = blob_new("\"a\":1,\"b\":{}", 12);
	struct answer *answer = put();

	answer_add_json(answer, MEMBER_DOCUMENT, members);
	answer_add_integer(answer, MEMBER_SIZE, 2);
	expect(NULL, "{'ok':true,'a':1,'b':{},'size':2}");
	blob_unref(members);
}
END_TEST

START_TEST(a_large_value_is_carried_whole)
{
	size_t len = 900 * 1024, n;
	char *text = xmalloc(len);
	struct blob *blob;
	const char *line;

	memset(text, 'x', len);
	text[0] = text[len - 1] = '"';
	blob = blob_new(text, len);
	answer_add_json(put(), MEMBER_VALUE, blob);
	line = rendered(NULL, &n);
	ck_assert_uint_eq(n, len + strlen("{\"ok\":true,\"value\":}\n"));
	ck_assert(memcmp(line + 19, text, len) == 0);
	blob_unref(blob);
	free(text);
}
END_TEST

START_TEST(an_event_has_no_ok)
{
	struct answer *answer = put();

	answer->event = "lost";
	answer_add_word(answer, MEMBER_REASON, "lease");
	expect(NULL, "{'event':'lost','reason':'lease'}");
}
END_TEST

/* Refusals --------------------------------------------------------- */

START_TEST(every_code_has_its_name)
{
	static const char *const names[] = {"parse", "bad_request",
	    "unknown_op", "too_long", "dup_id", "busy", "timeout", "queue_full",
	    "cancelled", "deadlock", "not_held", "stale_token", "unknown_key",
	    "conflict", "flight_failed", "leader_lost", "quota", "denied",
	    "shutting_down"};

	ck_assert_uint_eq(COUNT(names), WIRE_N_CODES - 1);
	for (int code = 1; code < WIRE_N_CODES; code++) {
		char line[100];

		answer_refuse(put(), (enum wire_code)code, "no");
		snprintf(line, sizeof(line),
		    "{'ok':false,'error':'%s','message':'no'}",
		    names[code - 1]);
		expect(NULL, line);
	}
}
END_TEST

START_TEST(a_message_is_escaped_and_members_follow_it)
{
	struct answer *answer = put();

	answer_refuse(answer, WIRE_CONFLICT, "%s", "a \"b\\\x01\x7F\xC3\xA4");
	answer_add_integer(answer, MEMBER_CAPACITY, 3);
	expect(NULL, "{'ok':false,'error':'conflict','message':"
		     "'a \\'b\\\\\\u0001\x7F\xC3\xA4','capacity':3}");
}
END_TEST

START_TEST(a_failed_flight_brings_its_leaders_own_message)
{
	struct blob *text = blob_new("", 0);
	struct answer *answer = put();

	answer->code = WIRE_FLIGHT_FAILED;
	answer_add_text(answer, MEMBER_MESSAGE, text);
	expect(NULL, "{'ok':false,'error':'flight_failed','message':''}");
	blob_unref(text);
}
END_TEST

/* A refusal "x" with this holder. */
static struct refusal *refuse_for(
    pid_t pid, int64_t held_ms, const char *client)
{
	struct refusal *refusal = answer_refuse(put(), WIRE_BUSY, "x");

	refusal->has_holder = true;
	refusal->shows_holder = true;
	refusal->holder.pid = pid;
	refusal->holder.uid = 33;
	refusal->holder.held_ms = held_ms;
	snprintf(refusal->holder.client, sizeof(refusal->holder.client), "%s",
	    client);
	return refusal;
}

#define BUSY "{'ok':false,'error':'busy','message':'x; held for "

START_TEST(a_holder_is_named_by_what_is_known_of_it)
{
	refuse_for(812, 1234, "");
	expect("php-fpm", BUSY "1.2 s by pid 812 (php-fpm)',"
			       "'holder':{'pid':812,'client':'',"
			       "'held_ms':1234}}");
	refuse_for(812, 0, "w 3");
	expect("php-fpm", BUSY "0 ms by pid 812 (php-fpm, w 3)',"
			       "'holder':{'pid':812,'client':'w 3',"
			       "'held_ms':0}}");
	refuse_for(812, 0, "w");
	expect(NULL, BUSY "0 ms by pid 812 (w)',"
			  "'holder':{'pid':812,'client':'w','held_ms':0}}");
	refuse_for(812, 0, "");
	expect(NULL, BUSY "0 ms by pid 812',"
			  "'holder':{'pid':812,'client':'','held_ms':0}}");
	refuse_for(0, 0, "");
	expect(NULL, BUSY "0 ms by uid 33',"
			  "'holder':{'client':'','held_ms':0}}");
}
END_TEST

START_TEST(a_holder_that_is_not_to_be_shown_is_in_the_words_only)
{
	refuse_for(812, 0, "")->shows_holder = false;
	expect(NULL, BUSY "0 ms by pid 812'}");
}
END_TEST

START_TEST(names_of_holders_are_escaped)
{
	refuse_for(1, 0, "\"\\");
	expect("a\"\n", BUSY "0 ms by pid 1 (a\\'\\u000a, \\'\\\\)',"
			     "'holder':{'pid':1,'client':'\\'\\\\',"
			     "'held_ms':0}}");
}
END_TEST

/* Also who asks, and what comes between. */
START_TEST(those_of_a_circle_are_named_with_their_programs)
{
	struct refusal *refusal = answer_refuse(put(), WIRE_DEADLOCK, "it is ");

	refusal->n_links = 2;
	refusal->links = calloc(2, sizeof(*refusal->links));
	refusal->links[0].holder =
	    (struct holder){.session = 1, .pid = 812, .held_ms = 192000};
	strcpy(refusal->links[0].words, ", then \"k\", ");
	refusal->links[1].holder = (struct holder){
	    .session = 1, .pid = 9, .held_ms = 5, .client = "w\\"};
	refusal->links[1].is_asker = true;
	strcpy(refusal->links[1].words, "; let go");
	expect("php-fpm",
	    "{'ok':false,'error':'deadlock','message':'it is held for 3m12s by "
	    "pid 812 (php-fpm), then \\'k\\', held for 5 ms by this connection, "
	    "pid 9 (php-fpm, w\\\\); let go'}");
}
END_TEST

START_TEST(durations_are_for_people)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0, "0 ms"},
	    {1, "1 ms"},
	    {999, "999 ms"},
	    {1000, "1.0 s"},
	    {1999, "1.9 s"},
	    {59999, "59.9 s"},
	    {60000, "1m00s"},
	    {192000, "3m12s"},
	    {3599999, "59m59s"},
	    {3600000, "1h00m"},
	    {7500000, "2h05m"},
	    {360000000, "100h00m"},
	    {WIRE_MAX_INTEGER, "2501999792h59m"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[REPLY_DURATION_BYTES];

		ck_assert_str_eq(
		    reply_duration(text, rows[i].ms), rows[i].text);
	}
}
END_TEST

/* Detached holds --------------------------------------------------- */

static void on_unsent(void *ctx, int64_t token)
{
	*(int64_t *)ctx = *(int64_t *)ctx * 100 + token;
}

START_TEST(a_line_that_grants_a_detached_hold_carries_its_token)
{
	struct outbuf out;
	int64_t tokens = 0;

	outbuf_init(&out, NULL, NULL);
	for (int i = 0; i < 4; i++) {
		struct answer answer;

		put()->detached_token = i % 2 ? 10 + i : 0;
		ck_assert(outbox_pop(&outbox, &answer));
		reply_render(&answer, NULL, &out);
		answer_deinit(&answer);
	}
	/* Two lines and a half have been sent. */
	outbuf_sent(&out, 2 * strlen("{\"ok\":true}\n") + 5);
	outbuf_drop(&out, on_unsent, &tokens);
	ck_assert_int_eq(tokens, 13);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    an_answer_without_members_is_ok,
	    the_id_comes_first_as_it_was,
	    numbers_of_any_length_have_all_their_digits,
	    a_plain_answer_of_the_greatest_length_is_whole,
	    no_member_has_a_longer_name_than_max_idle_ms,
	    each_type_of_member_has_its_form,
	    integers_are_written_to_the_last_one,
	    lists_hold_their_values_byte_for_byte,
	    a_document_goes_in_as_it_is,
	    a_large_value_is_carried_whole,
	    an_event_has_no_ok,
	    every_code_has_its_name,
	    a_message_is_escaped_and_members_follow_it,
	    a_failed_flight_brings_its_leaders_own_message,
	    a_holder_is_named_by_what_is_known_of_it,
	    a_holder_that_is_not_to_be_shown_is_in_the_words_only,
	    names_of_holders_are_escaped,
	    those_of_a_circle_are_named_with_their_programs,
	    durations_are_for_people,
	    a_line_that_grants_a_detached_hold_carries_its_token,
	    NULL,
	};

	return unit_run("reply", tests);
}
