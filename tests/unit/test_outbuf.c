/* SPDX-License-Identifier: MIT */
/* Bytes on their way out: order, partial sends, what counts, and the tokens
 * of answers that were thrown away. */
#include "unit.h"

#include "outbuf.h"

#include <stdio.h>
#include <string.h>

#define LARGE_BYTES 100000

static struct outbuf out;

/* All unsent bytes, by way of the spans. */
static size_t unsent(char *bytes, size_t room)
{
	struct iovec spans[4000];
	int n = outbuf_iov(&out, spans, 4000);
	size_t len = 0;

	ck_assert_int_lt(n, 4000);
	for (int i = 0; i < n; i++) {
		ck_assert_uint_le(len + spans[i].iov_len, room);
		memcpy(bytes + len, spans[i].iov_base, spans[i].iov_len);
		len += spans[i].iov_len;
	}
	ck_assert_uint_eq(len, out.n_bytes);
	return len;
}

static void expect_unsent(const char *bytes, size_t len)
{
	static char there[4 * LARGE_BYTES];

	ck_assert_uint_eq(unsent(there, sizeof(there)), len);
	ck_assert_mem_eq(there, bytes, len);
}

static void add(const char *text)
{
	outbuf_add(&out, text, strlen(text));
}

static struct blob *large_blob(char fill)
{
	static char bytes[LARGE_BYTES];

	memset(bytes, fill, sizeof(bytes));
	return blob_new(bytes, sizeof(bytes));
}

/* Tokens of answers that were not sent, as text. */
static char tokens[100];

static void on_unsent(void *ctx, int64_t token)
{
	size_t len = strlen(tokens);

	ck_assert_ptr_eq(ctx, &out);
	(void)snprintf(
	    tokens + len, sizeof(tokens) - len, "%lld ", (long long)token);
}

static void drop_and_expect_tokens(const char *expected)
{
	tokens[0] = '\0';
	outbuf_drop(&out, on_unsent, &out);
	ck_assert_str_eq(tokens, expected);
	ck_assert_uint_eq(out.n_bytes, 0);
	ck_assert_uint_eq(out.n_stored, 0);
}

START_TEST(new_buffer_has_nothing_to_send)
{
	struct iovec span;

	outbuf_init(&out, NULL, NULL);
	ck_assert_uint_eq(out.n_bytes, 0);
	ck_assert_uint_eq(out.n_stored, 0);
	ck_assert_int_eq(outbuf_iov(&out, &span, 1), 0);
	drop_and_expect_tokens("");
}
END_TEST

START_TEST(bytes_are_copied_and_keep_their_order)
{
	char text[] = "one ";

	outbuf_init(&out, NULL, NULL);
	add(text);
	text[0] = 'x';
	outbuf_add(&out, "t\0o ", 4);
	outbuf_addf(&out, "%s %d", "three", 4);
	expect_unsent("one t\0o three 4", 15);
	ck_assert_uint_eq(out.n_stored, 15);
	drop_and_expect_tokens("");
}
END_TEST

START_TEST(text_in_cells_gives_each_of_them_back)
{
	struct cells cells;
	struct blob *blob = large_blob('b');
	char long_text[2 * OUTBUF_CELL_BYTES];

	memset(long_text, 'l', sizeof(long_text));
	cells_init(&cells, OUTBUF_CELL_BYTES);
	outbuf_init(&out, &cells, NULL);
	for (int i = 0; i < 200; i++)
		add("0123456789");
	outbuf_add_blob(&out, blob);
	outbuf_add(&out, long_text, sizeof(long_text));
	add("end");
	ck_assert_uint_ge(cells.n_used, 3);
	ck_assert_uint_le(cells.n_used, 6);
	outbuf_sent(&out, out.n_bytes);
	ck_assert_uint_eq(cells.n_used, 0);
	add("unsent");
	ck_assert_uint_eq(cells.n_used, 1);
	outbuf_drop(&out, NULL, NULL);
	add("again");
	outbuf_drop(&out, NULL, NULL);
	cells_deinit(&cells);
	blob_unref(blob);
}
END_TEST

START_TEST(text_may_be_written_into_the_buffer_itself)
{
	add("a");
	memcpy(outbuf_room(&out, 400), "bcd", 3);
	outbuf_wrote(&out, 3);
	(void)outbuf_room(&out, 500); /* begins a new piece, and stays empty */
	outbuf_wrote(&out, 0);
	add("e");
	expect_unsent("abcde", 5);
	outbuf_sent(&out, 5);
	ck_assert_uint_eq(out.n_bytes, 0);
	ck_assert_uint_eq(out.n_stored, 0);
	ck_assert_ptr_null(out.head);
}
END_TEST

START_TEST(formatted_text_may_have_127_bytes)
{
	char text[128];

	memset(text, 'y', 127);
	text[127] = '\0';
	outbuf_init(&out, NULL, NULL);
	outbuf_addf(&out, "%s", text);
	expect_unsent(text, 127);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

START_TEST(text_of_any_length_comes_out_whole)
{
	static char text[10000];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	outbuf_init(&out, NULL, NULL);
	for (size_t at = 0, len = 1; at < 9000; at += len, len = len * 2 + 1)
		outbuf_add(&out, text + at,
		    at + len < sizeof(text) ? len : sizeof(text) - at);
	expect_unsent(text, out.n_bytes);
	ck_assert_uint_gt(out.n_bytes, 9000);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

START_TEST(large_blob_is_referred_to_and_a_small_one_copied)
{
	struct blob *large = large_blob('l'), *small = blob_new("small", 5);

	outbuf_init(&out, NULL, NULL);
	outbuf_add_blob(&out, large);
	outbuf_add_blob(&out, small);
	ck_assert_uint_eq(large->n_refs, 2);
	ck_assert_uint_eq(small->n_refs, 1);
	blob_unref(small);
	ck_assert_uint_eq(out.n_bytes, LARGE_BYTES + 5);
	ck_assert_uint_eq(out.n_stored, LARGE_BYTES + 5);
	outbuf_sent(&out, LARGE_BYTES);
	ck_assert_uint_eq(large->n_refs, 1);
	expect_unsent("small", 5);
	blob_unref(large);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

START_TEST(blob_that_nobody_else_has_is_copied_up_to_8_kib)
{
	static const char bytes[8193];
	struct blob *most = blob_new(bytes, 8192),
		    *more = blob_new(bytes, 8193);

	outbuf_init(&out, NULL, NULL);
	outbuf_add_blob(&out, most);
	ck_assert_uint_eq(most->n_refs, 1);
	outbuf_add_blob(&out, more);
	ck_assert_uint_eq(more->n_refs, 2);
	ck_assert_uint_eq(out.n_bytes, 8192 + 8193);
	blob_unref(most);
	blob_unref(more);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

/* What many do not read must not take much more than its bytes. */
START_TEST(answers_of_any_size_leave_no_room_between_them)
{
	static char bytes[3000];

	outbuf_init(&out, NULL, NULL);
	for (size_t len = 1; len <= sizeof(bytes); len++) {
		struct blob *blob = blob_new(bytes, len);

		add("{");
		outbuf_add_blob(&out, blob);
		add("}\n");
		blob_unref(blob);
	}
	ck_assert_uint_le(out.n_held, out.n_bytes + out.n_bytes / 10);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

START_TEST(shared_blob_is_stored_once_until_its_last_copy_is_sent)
{
	struct blob *blob = large_blob('s');

	outbuf_init(&out, NULL, NULL);
	for (int i = 0; i < 3; i++) {
		add("[");
		outbuf_add_blob(&out, blob);
		add("]");
	}
	ck_assert_uint_eq(out.n_bytes, 3 * LARGE_BYTES + 6);
	ck_assert_uint_eq(out.n_stored, LARGE_BYTES + 6);
	outbuf_sent(&out, 2 * (LARGE_BYTES + 2));
	ck_assert_uint_eq(out.n_bytes, LARGE_BYTES + 2);
	ck_assert_uint_eq(out.n_stored, LARGE_BYTES + 2);
	ck_assert_uint_eq(blob->n_refs, 2);
	outbuf_sent(&out, LARGE_BYTES + 1);
	ck_assert_uint_eq(out.n_stored, 1);
	ck_assert_uint_eq(blob->n_refs, 1);
	expect_unsent("]", 1);
	blob_unref(blob);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

START_TEST(different_blobs_count_each)
{
	struct blob *one = large_blob('a'), *other = large_blob('a');

	outbuf_init(&out, NULL, NULL);
	outbuf_add_blob(&out, one);
	outbuf_add_blob(&out, one);
	outbuf_add(&out, "x", 1);
	outbuf_add_blob(&out, other);
	ck_assert_uint_eq(out.n_bytes, 3 * LARGE_BYTES + 1);
	ck_assert_uint_eq(out.n_stored, 2 * LARGE_BYTES + 1);
	outbuf_sent(&out, LARGE_BYTES); /* the other one is still there */
	ck_assert_uint_eq(out.n_stored, 2 * LARGE_BYTES + 1);
	outbuf_sent(&out, LARGE_BYTES + 1);
	ck_assert_uint_eq(out.n_stored, LARGE_BYTES);
	outbuf_add_blob(&out, one);
	ck_assert_uint_eq(out.n_stored, 2 * LARGE_BYTES);
	drop_and_expect_tokens("");
	ck_assert_uint_eq(one->n_refs, 1);
	ck_assert_uint_eq(other->n_refs, 1);
	blob_unref(one);
	blob_unref(other);
}
END_TEST

static void add_a_bit_of_everything(void)
{
	char bytes[2000];
	struct blob *blob;

	memset(bytes, 'b', sizeof(bytes));
	blob = blob_new(bytes, sizeof(bytes));
	outbuf_init(&out, NULL, NULL);
	add("first ");
	outbuf_add_blob(&out, blob_ref(blob)); /* someone else has it, too */
	add(" second ");
	outbuf_mark_detached(&out, 5);
	add("third");
	blob_unref(blob);
	blob_unref(blob);
}

START_TEST(what_was_sent_up_to_any_byte_is_forgotten)
{
	char all[3000], rest[3000];
	size_t len;

	add_a_bit_of_everything();
	len = unsent(all, sizeof(all));
	outbuf_drop(&out, NULL, NULL);
	for (size_t n = 0; n <= len; n++) {
		add_a_bit_of_everything();
		outbuf_sent(&out, n);
		ck_assert_uint_eq(unsent(rest, sizeof(rest)), len - n);
		ck_assert_mem_eq(rest, all + n, len - n);
		outbuf_drop(&out, NULL, NULL);
	}
}
END_TEST

START_TEST(what_is_sent_byte_by_byte_leaves_nothing)
{
	add_a_bit_of_everything();
	while (out.n_bytes > 0)
		outbuf_sent(&out, 1);
	ck_assert_uint_eq(out.n_stored, 0);
	expect_unsent("", 0);
	add("more");
	expect_unsent("more", 4);
	drop_and_expect_tokens("");
}
END_TEST

START_TEST(spans_are_no_more_than_asked_for)
{
	struct iovec spans[3];

	add_a_bit_of_everything();
	ck_assert_int_eq(outbuf_iov(&out, spans, 0), 0);
	ck_assert_int_eq(outbuf_iov(&out, spans, 1), 1);
	ck_assert_mem_eq(spans[0].iov_base, "first ", 6);
	ck_assert_int_eq(outbuf_iov(&out, spans, 2), 2);
	ck_assert_uint_eq(spans[1].iov_len, 2000);
	outbuf_drop(&out, NULL, NULL);
}
END_TEST

START_TEST(token_of_an_answer_that_was_not_sent_is_handed_back)
{
	outbuf_init(&out, NULL, NULL);
	add("answer\n");
	outbuf_mark_detached(&out, 17);
	drop_and_expect_tokens("17 ");
}
END_TEST

START_TEST(half_an_answer_counts_as_unsent)
{
	outbuf_init(&out, NULL, NULL);
	add("answer\n");
	outbuf_mark_detached(&out, 17);
	outbuf_sent(&out, 6);
	drop_and_expect_tokens("17 ");
}
END_TEST

START_TEST(token_of_an_answer_that_was_sent_is_forgotten)
{
	outbuf_init(&out, NULL, NULL);
	add("answer\n");
	outbuf_mark_detached(&out, 17);
	add("later\n");
	outbuf_sent(&out, 7);
	expect_unsent("later\n", 6);
	drop_and_expect_tokens("");
}
END_TEST

START_TEST(unsent_tokens_are_handed_back_in_the_order_of_their_answers)
{
	outbuf_init(&out, NULL, NULL);
	add("plain\n");
	for (int64_t token = 1; token <= 4; token++) {
		add("answer\n");
		outbuf_mark_detached(&out, token);
	}
	add("plain\n");
	outbuf_sent(&out, 6 + 7 + 7 + 1);
	drop_and_expect_tokens("3 4 ");
}
END_TEST

START_TEST(token_may_stand_behind_a_blob)
{
	struct blob *blob = large_blob('v');

	outbuf_init(&out, NULL, NULL);
	add("{");
	outbuf_add_blob(&out, blob);
	add("}\n");
	outbuf_mark_detached(&out, 9);
	blob_unref(blob);
	outbuf_sent(&out, 1 + LARGE_BYTES);
	drop_and_expect_tokens("9 ");
}
END_TEST

static void add_at_random(uint64_t *seed, struct blob *const blobs[3])
{
	static const char text[700] = {'t'};

	switch (draw(seed, 3)) {
	case 0:
		outbuf_add(&out, text, draw(seed, sizeof(text)) + 1);
		break;
	case 1:
		outbuf_add_blob(&out, blobs[draw(seed, 3)]);
		break;
	default:
		outbuf_addf(&out, "%u,", draw(seed, 100000));
	}
}

START_TEST(random_adding_and_sending_neither_loses_nor_changes_a_byte)
{
	static char mine[1500000], theirs[1500000];
	struct blob *blobs[3];
	uint64_t seed = 4;

	for (int i = 0; i < 3; i++)
		blobs[i] = blob_new(mine, 500 + 2000 * (size_t)i);
	outbuf_init(&out, NULL, NULL);
	for (int step = 0; step < 2000; step++) {
		size_t len = unsent(mine, sizeof(mine));
		size_t n = draw(&seed, 2 * 1500);

		add_at_random(&seed, blobs);
		ck_assert_uint_gt(unsent(theirs, sizeof(theirs)), len);
		ck_assert_mem_eq(theirs, mine, len);
		n = n < out.n_bytes ? n : out.n_bytes;
		len = out.n_bytes - n;
		outbuf_sent(&out, n);
		ck_assert_uint_eq(unsent(mine, sizeof(mine)), len);
		ck_assert_mem_eq(mine, theirs + n, len);
		ck_assert_uint_le(out.n_stored, len + 4500);
	}
	outbuf_sent(&out, out.n_bytes);
	ck_assert_uint_eq(out.n_stored, 0);
	drop_and_expect_tokens("");
	for (int i = 0; i < 3; i++)
		blob_unref(blobs[i]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    new_buffer_has_nothing_to_send,
	    bytes_are_copied_and_keep_their_order,
	    text_in_cells_gives_each_of_them_back,
	    text_may_be_written_into_the_buffer_itself,
	    formatted_text_may_have_127_bytes,
	    text_of_any_length_comes_out_whole,
	    large_blob_is_referred_to_and_a_small_one_copied,
	    blob_that_nobody_else_has_is_copied_up_to_8_kib,
	    answers_of_any_size_leave_no_room_between_them,
	    shared_blob_is_stored_once_until_its_last_copy_is_sent,
	    different_blobs_count_each,
	    what_was_sent_up_to_any_byte_is_forgotten,
	    what_is_sent_byte_by_byte_leaves_nothing,
	    spans_are_no_more_than_asked_for,
	    token_of_an_answer_that_was_not_sent_is_handed_back,
	    half_an_answer_counts_as_unsent,
	    token_of_an_answer_that_was_sent_is_forgotten,
	    unsent_tokens_are_handed_back_in_the_order_of_their_answers,
	    token_may_stand_behind_a_blob,
	    random_adding_and_sending_neither_loses_nor_changes_a_byte,
	    NULL,
	};

	return unit_main("outbuf", false, tests, NULL);
}
