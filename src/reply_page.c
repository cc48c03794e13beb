/* SPDX-License-Identifier: MIT */
/*
 * A page of the list of keys as JSON: see reply_page.h. Written by hand:
 * jansson takes eight times as long, and for that time all others wait.
 */
#include "reply_page.h"

#include "reply_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than any claim takes: two names with every character escaped, seven
 * numbers, and the names of the members. */
#define MOST_CLAIM_BYTES 512

struct writer {
	const struct page *page;
	const struct reply_names *names;
	struct reply_text text;
};

/* Claims ----------------------------------------------------------- */

static void add_who(struct writer *writer, const struct holder *who)
{
	struct reply_text *text = &writer->text;
	const char *command = reply_command(writer->names, who->session);

	reply_text_number(text, "{\"uid\":", who->uid);
	if (who->pid > 0)
		reply_text_number(text, ",\"pid\":", who->pid);
	if (command != NULL)
		reply_text_string(
		    text, ",\"command\":", command, strlen(command));
	reply_text_string(
	    text, ",\"client\":", who->client, strlen(who->client));
}

static void add_claim(struct writer *writer, const struct page_claim *claim)
{
	struct reply_text *text = &writer->text;
	bool holds = claim->token != 0;

	add_who(writer, &claim->who);
	if (holds)
		reply_text_number(text, ",\"token\":", claim->token);
	reply_text_number(text,
	    holds ? ",\"held_ms\":" : ",\"waited_ms\":", claim->who.held_ms);
	if (claim->lease_left_ms >= 0)
		reply_text_number(
		    text, ",\"lease_left_ms\":", claim->lease_left_ms);
	if (claim->permits > 0)
		reply_text_number(text, ",\"permits\":", claim->permits);
	if (claim->detached)
		reply_text_add(text, ",\"detached\":true");
	reply_text_add(text, "}");
}

/* Returns how many of the n claims from first on there was room for. */
static size_t add_claims(
    struct writer *writer, const char *before, size_t first, size_t n)
{
	struct reply_text *text = &writer->text;
	size_t i;

	reply_text_add(text, before);
	for (i = 0; i < n; i++) {
		if (text->len + MOST_CLAIM_BYTES > writer->page->max_bytes)
			break;
		if (i > 0)
			reply_text_add(text, ",");
		add_claim(writer, &writer->page->claims[first + i]);
	}
	reply_text_add(text, "]");
	return i;
}

/* Keys ------------------------------------------------------------- */

static void add_members(struct writer *writer, const struct page_key *key)
{
	for (size_t i = 0; i < key->n_members; i++) {
		const struct member *member =
		    &writer->page->members[key->first_member + i];

		reply_text_number(&writer->text,
		    reply_member_name(member->name), member->number);
	}
}

/* False: it did not fit as a whole. */
static bool add_key(struct writer *writer, const struct page_key *key)
{
	const struct page *page = writer->page;
	size_t first = key->first_claim;
	struct reply_text *text = &writer->text;
	size_t n;

	reply_text_add(text, "{\"kind\":\"");
	reply_text_add(text, object_kind_name((enum wire_kind)key->at.kind));
	reply_text_string(
	    text, "\",\"key\":", page->texts + key->key_at, key->key_len);
	reply_text_string(text, ",\"state\":", key->state, strlen(key->state));
	add_members(writer, key);
	reply_text_number(text, ",\"holding\":", (int64_t)key->n_holders);
	reply_text_number(text, ",\"waiting\":", (int64_t)key->n_waiters);
	n = add_claims(writer, ",\"holders\":[", first, key->n_holders_shown);
	n += add_claims(writer, ",\"waiters\":[", first + key->n_holders_shown,
	    key->n_waiters_shown);
	reply_text_add(text,
	    n < key->n_holders + key->n_waiters ? ",\"more\":true}" : "}");
	return n == key->n_holders_shown + key->n_waiters_shown &&
	       text->len <= page->max_bytes;
}

/* Returns how many fit. */
static size_t add_keys(struct writer *writer)
{
	const struct page *page = writer->page;
	struct reply_text *text = &writer->text;

	for (size_t i = 0; i < page->n_keys; i++) {
		size_t len = text->len;

		if (i > 0)
			reply_text_add(text, ",");
		if (!add_key(writer, &page->keys[i]) && i > 0) {
			text->len = len;
			return i;
		}
	}
	return page->n_keys;
}

static void add_end(struct writer *writer, size_t n_keys)
{
	const struct page *page = writer->page;
	struct reply_text *text = &writer->text;
	bool is_cut = n_keys < page->n_keys;
	char cursor[REPLY_CURSOR_BYTES];

	reply_text_add(text, "]");
	if (!is_cut && !page->has_more)
		return;
	reply_text_add(text, ",\"more\":true");
	if (page->is_look_up)
		return;
	reply_cursor(cursor, is_cut ? page->keys[n_keys].at : page->next);
	reply_text_string(text, ",\"next\":", cursor, strlen(cursor));
}

struct blob *reply_page(
    const struct page *page, const struct reply_names *names)
{
	struct writer writer = {.page = page, .names = names};
	struct blob *blob;

	reply_text_add(&writer.text, "\"keys\":[");
	add_end(&writer, add_keys(&writer));
	blob = blob_new(writer.text.bytes, writer.text.len);
	free(writer.text.bytes);
	return blob;
}

/* Cursors ---------------------------------------------------------- */

void reply_cursor(char text[REPLY_CURSOR_BYTES], struct page_cursor cursor)
{
	(void)snprintf(
	    text, REPLY_CURSOR_BYTES, "%u.%u", cursor.kind, cursor.place);
}

bool reply_cursor_read(const char *text, size_t len, struct page_cursor *cursor)
{
	char again[REPLY_CURSOR_BYTES];
	uint64_t place = 0;

	if (len < 3 || len >= sizeof(again))
		return false;
	for (size_t i = 2; i < len; i++)
		place = 10 * place + (uint64_t)(text[i] - '0');
	cursor->kind = (unsigned)(text[0] - '0');
	cursor->place = (uint32_t)place;
	/* Only what we would have written ourselves is ours. */
	reply_cursor(again, *cursor);
	return cursor->kind < WIRE_N_KINDS && strlen(again) == len &&
	       memcmp(again, text, len) == 0;
}
