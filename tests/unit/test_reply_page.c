/* SPDX-License-Identifier: MIT */
/*
 * Pages as JSON: never longer than they may be, with every key in one of them
 * and with names as they are; and the texts that say where to go on.
 */
#include "reply_page.h"

#include "proto.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

static struct proto p;

/* The answer to this request of A, parsed; to be freed by the caller. It is no
 * longer than it may be. */
static json_t *ask(const char *line)
{
	const char *heard = proto_ask(&p, A, "%s", line);
	char *text = proto_swap(heard + 2, '\'', '"');
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	ck_assert_msg(json != NULL, "no JSON: %s", text);
	ck_assert(json_is_true(json_object_get(json, "ok")));
	ck_assert_uint_le(
	    strlen(text), p.core->max_line_bytes + WIRE_ANSWER_SLACK_BYTES);
	free(text);
	return json;
}

/* A key of 256 bytes that are all escaped, but for its number. */
static const char *wide_key(int number)
{
	static char key[1100];
	int len = snprintf(key, sizeof(key), "%03d", number);

	for (int i = 3; i < WIRE_MAX_KEY_BYTES; i++)
		len += snprintf(key + len, sizeof(key) - (size_t)len, "\\\\");
	return key;
}

START_TEST(every_key_is_in_one_of_the_pages_however_short_they_must_be)
{
	static const size_t most[] = {1, 600, 1000, 2500, 10000, 100000};

	for (size_t i = 0; i < sizeof(most) / sizeof(most[0]); i++) {
		char next[REPLY_CURSOR_BYTES] = "0.0";
		size_t n_keys = 0, n_pages = 0;

		proto_open(&p);
		for (int k = 0; k < 50; k++)
			proto_ask(&p, A, "{'op':'lock.acquire','key':'%s'}",
			    wide_key(k));
		p.core->max_line_bytes = most[i];
		while (next[0] != '\0') {
			char line[100];
			const char *text;
			json_t *page;

			snprintf(line, sizeof(line),
			    "{'op':'list','after':'%s'}", next);
			page = ask(line);
			n_pages++;
			n_keys +=
			    json_array_size(json_object_get(page, "keys"));
			text = json_string_value(json_object_get(page, "next"));
			snprintf(
			    next, sizeof(next), "%s", text == NULL ? "" : text);
			ck_assert_int_eq(next[0] != '\0',
			    json_is_true(json_object_get(page, "more")));
			json_decref(page);
		}
		ck_assert_uint_eq(n_keys, 50);
		ck_assert_int_eq(n_pages == 1, most[i] == 100000);
		proto_close(&p);
	}
}
END_TEST

START_TEST(of_a_key_that_is_too_long_for_a_page_a_part_is_told)
{
	json_t *page, *key;
	size_t n;

	proto_open(&p);
	for (int i = 0; i < 50; i++)
		proto_ask(
		    &p, A, "{'op':'limit.borrow','key':'k','capacity':90}");
	p.core->max_line_bytes = 3000;
	page = ask("{'op':'list'}");
	key = json_array_get(json_object_get(page, "keys"), 0);
	n = json_array_size(json_object_get(key, "holders"));
	ck_assert(n > 5 && n < 50);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(key, "holding")), 50);
	ck_assert(json_is_true(json_object_get(key, "more")));
	/* It was told: it does not come again. */
	ck_assert_ptr_null(json_object_get(page, "next"));
	ck_assert_ptr_null(json_object_get(page, "more"));
	json_decref(page);
	proto_close(&p);
}
END_TEST

START_TEST(the_longest_claim_is_shorter_than_what_is_left_for_it)
{
	struct page_claim claim = {
	    .who = {.pid = INT32_MAX, .uid = UINT32_MAX, .held_ms = INT64_MIN},
	    .token = WIRE_MAX_INTEGER,
	    .lease_left_ms = INT64_MAX,
	    .permits = WIRE_MAX_COUNT,
	    .detached = true};
	struct page_key key = {.state = "held",
	    .n_holders = 1,
	    .n_holders_shown = 1,
	    .at = {.kind = WIRE_KIND_LOCK}};
	struct page with = {.keys = &key,
	    .claims = &claim,
	    .n_keys = 1,
	    .max_bytes = SIZE_MAX / 2};
	struct blob *one, *none;

	memset(claim.who.client, '"', WIRE_MAX_CLIENT_BYTES);
	one = reply_page(&with, NULL);
	key.n_holders_shown = 0;
	none = reply_page(&with, NULL);
	/* And a command of 15 bytes. */
	ck_assert_uint_gt(one->len, none->len);
	ck_assert_uint_lt(
	    one->len + 2 * 15 + strlen(",\"command\":\"\""), none->len + 512);
	blob_unref(one);
	blob_unref(none);
}
END_TEST

static const char *odd_command(void *ctx, uint64_t session)
{
	(void)ctx;
	return session == 7 ? "a\"\\b" : NULL;
}

START_TEST(names_are_told_as_they_are)
{
	static char texts[] = "k\"\\\xC3\xBC";
	const struct reply_names names = {odd_command, NULL};
	struct page_claim claims[2] = {
	    {.who = {.session = 7, .client = "\\\""}, .lease_left_ms = -1},
	    {.who = {.session = 8}, .lease_left_ms = 0},
	};
	struct page_key key = {.state = "held",
	    .key_len = strlen(texts),
	    .n_waiters = 2,
	    .n_waiters_shown = 2};
	struct page with = {.keys = &key,
	    .claims = claims,
	    .texts = texts,
	    .n_keys = 1,
	    .max_bytes = 10000};
	struct blob *blob = reply_page(&with, &names);
	char *text = xmemdup0(blob->bytes, blob->len);

	ck_assert_str_eq(text,
	    "\"keys\":[{\"kind\":\"flight\",\"key\":\"k\\\"\\\\\xC3\xBC\","
	    "\"state\":\"held\",\"holding\":0,\"waiting\":2,\"holders\":[],"
	    "\"waiters\":[{\"uid\":0,\"command\":\"a\\\"\\\\b\","
	    "\"client\":\"\\\\\\\"\",\"waited_ms\":0},"
	    "{\"uid\":0,\"client\":\"\",\"waited_ms\":0,"
	    "\"lease_left_ms\":0}]}]");
	free(text);
	blob_unref(blob);
}
END_TEST

START_TEST(a_cursor_comes_back_as_it_went_out)
{
	static const uint32_t places[] = {0, 1, 9, 10, 4711, UINT32_MAX};

	for (unsigned kind = 0; kind < WIRE_N_KINDS; kind++) {
		for (size_t i = 0; i < 6; i++) {
			struct page_cursor back, cursor = {kind, places[i]};
			char text[REPLY_CURSOR_BYTES];

			reply_cursor(text, cursor);
			ck_assert(reply_cursor_read(text, strlen(text), &back));
			ck_assert_uint_eq(back.kind, kind);
			ck_assert_uint_eq(back.place, places[i]);
		}
	}
}
END_TEST

START_TEST(what_is_no_cursor_is_told_apart)
{
	static const char *const texts[] = {"", "1", "1.", "1.0x", "1,0",
	    "01.0", "1.00", "4.0", "/.0", "1.4294967296", "1.-1", "1.+1",
	    " 1.0", "1.0 ", "1..0", "1.99999999999999", "\xFF.0"};
	struct page_cursor cursor;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(
		    !reply_cursor_read(texts[i], strlen(texts[i]), &cursor),
		    "%s", texts[i]);
	ck_assert(!reply_cursor_read("1.0\0", 4, &cursor));
	ck_assert(reply_cursor_read("1.0", 3, &cursor));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    every_key_is_in_one_of_the_pages_however_short_they_must_be,
	    of_a_key_that_is_too_long_for_a_page_a_part_is_told,
	    the_longest_claim_is_shorter_than_what_is_left_for_it,
	    names_are_told_as_they_are,
	    a_cursor_comes_back_as_it_went_out,
	    what_is_no_cursor_is_told_apart,
	    NULL,
	};

	return unit_run("reply_page", tests);
}
