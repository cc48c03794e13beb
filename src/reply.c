/* SPDX-License-Identifier: MIT */
/* One answer or event to one line of JSON: see reply.h. */
#include "reply.h"

#include "reply_page.h"
#include "reply_watch.h"

#include <stdio.h>
#include <string.h>

#define MEMBER_NAME(constant, name)                                            \
	[MEMBER_##constant] = {",\"" name "\":", sizeof(",\"" name "\":") - 1},

/* Each member with its comma, quotes and colon. */
static const struct {
	const char *text;
	size_t len;
} member_names[N_MEMBERS] = {OUTBOX_MEMBERS(MEMBER_NAME)};

const char *reply_member_name(enum member_name name)
{
	return member_names[name].text;
}

#define CODE_NAME(constant, name) [WIRE_##constant] = name,

static const char *const codes[WIRE_N_CODES] = {WIRE_CODES(CODE_NAME)};

const char *reply_code_name(enum wire_code code)
{
	return codes[code];
}

static void add_word(struct outbuf *out, const char *word)
{
	outbuf_add(out, word, strlen(word));
}

#define INTEGER_BYTES 20

/* Writes it and returns where it ends. Two digits at a time: that halves the
 * long divisions, of which a token needs sixteen. */
static char *put_integer(char *to, int64_t number)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	char digits[INTEGER_BYTES];
	char *end = digits + sizeof(digits), *at = end;
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

	for (; left >= 10; left /= 100) {
		/* Below, the remainder is had from half as wide a number. */
		size_t two =
		    left <= UINT32_MAX ? (uint32_t)left % 100 : left % 100;

		*--at = pairs[2 * two + 1];
		*--at = pairs[2 * two];
	}
	if (left > 0 || at == end)
		*--at = (char)('0' + left);
	if (number < 0)
		*--at = '-';
	memcpy(to, at, (size_t)(end - at));
	return to + (end - at);
}

static void add_integer(struct outbuf *out, int64_t number)
{
	char *to = outbuf_room(out, INTEGER_BYTES);

	outbuf_wrote(out, (size_t)(put_integer(to, number) - to));
}

static void add_escape(struct outbuf *out, unsigned char c)
{
	if (c == '"' || c == '\\')
		outbuf_addf(out, "\\%c", c);
	else
		outbuf_addf(out, "\\u%04x", c);
}

/* The text, which is valid UTF-8, as a JSON string without its quotes. */
static void add_escaped(struct outbuf *out, const char *text, size_t len)
{
	size_t begin = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		outbuf_add(out, text + begin, i - begin);
		add_escape(out, c);
		begin = i + 1;
	}
	outbuf_add(out, text + begin, len - begin);
}

static void add_string(struct outbuf *out, const char *text, size_t len)
{
	outbuf_add(out, "\"", 1);
	add_escaped(out, text, len);
	outbuf_add(out, "\"", 1);
}

static void add_list(struct outbuf *out, const struct blob_list *list)
{
	outbuf_add(out, "[", 1);
	for (size_t i = 0; i < list->n; i++) {
		if (i > 0)
			outbuf_add(out, ",", 1);
		outbuf_add_blob(out, list->blobs[i]);
	}
	outbuf_add(out, "]", 1);
}

static void add_member(struct outbuf *out, const struct member *member)
{
	if (member->name == MEMBER_DOCUMENT) {
		/* Members that were made by jansson, without the braces. */
		outbuf_add(out, ",", 1);
		outbuf_add_blob(out, member->blob);
		return;
	}
	outbuf_add(out, member_names[member->name].text,
	    member_names[member->name].len);
	switch (member->type) {
	case MEMBER_IS_INTEGER:
		add_integer(out, member->number);
		break;
	case MEMBER_IS_BOOL:
		add_word(out, member->number ? "true" : "false");
		break;
	case MEMBER_IS_WORD:
		add_string(out, member->word, strlen(member->word));
		break;
	case MEMBER_IS_TEXT:
		add_string(out, member->blob->bytes, member->blob->len);
		break;
	case MEMBER_IS_JSON:
		outbuf_add_blob(out, member->blob);
		break;
	case MEMBER_IS_LIST:
		add_list(out, &member->list);
		break;
	}
}

static void add_id(struct outbuf *out, const struct ident *id)
{
	if (id->type == IDENT_NONE)
		return;
	add_word(out, "\"id\":");
	if (id->type == IDENT_NUMBER)
		add_integer(out, id->number);
	else
		add_string(out, id->text, id->len);
	outbuf_add(out, ",", 1);
}

const char *reply_duration(char text[REPLY_DURATION_BYTES], int64_t ms)
{
	long long s = ms / 1000, tenths = ms % 1000 / 100;

	if (s < 1)
		(void)snprintf(
		    text, REPLY_DURATION_BYTES, "%lld ms", (long long)ms);
	else if (s < 60)
		(void)snprintf(
		    text, REPLY_DURATION_BYTES, "%lld.%lld s", s, tenths);
	else if (s < 3600)
		(void)snprintf(
		    text, REPLY_DURATION_BYTES, "%lldm%02llds", s / 60, s % 60);
	else
		(void)snprintf(text, REPLY_DURATION_BYTES, "%lldh%02lldm",
		    s / 3600, s / 60 % 60);
	return text;
}

/* "held for 1.2 s by pid 812 (php-fpm, worker 3)" */
static void add_holder_words(struct outbuf *out, const struct holder *holder,
    const struct reply_names *names, const char *before)
{
	const char *command = reply_command(names, holder->session);
	char text[REPLY_DURATION_BYTES];
	const char *join = "";

	outbuf_addf(out, "held for %s by %s",
	    reply_duration(text, holder->held_ms), before);
	if (holder->pid > 0)
		outbuf_addf(out, "pid %d", (int)holder->pid);
	else
		outbuf_addf(out, "uid %lu", (unsigned long)holder->uid);
	if (command == NULL && holder->client[0] == '\0')
		return;
	add_word(out, " (");
	if (command != NULL) {
		add_escaped(out, command, strlen(command));
		join = ", ";
	}
	if (holder->client[0] != '\0') {
		add_word(out, join);
		add_escaped(out, holder->client, strlen(holder->client));
	}
	add_word(out, ")");
}

static void add_holder_member(struct outbuf *out, const struct holder *holder)
{
	add_word(out, ",\"holder\":{");
	if (holder->pid > 0)
		outbuf_addf(out, "\"pid\":%d,", (int)holder->pid);
	add_word(out, "\"client\":");
	add_string(out, holder->client, strlen(holder->client));
	outbuf_addf(out, ",\"held_ms\":%lld}", (long long)holder->held_ms);
}

const char *reply_command(const struct reply_names *names, uint64_t session)
{
	return names == NULL ? NULL : names->command(names->ctx, session);
}

static void add_refusal(struct outbuf *out, const struct refusal *refusal,
    const struct reply_names *names)
{
	const struct holder *holder = &refusal->holder;

	add_word(out, ",\"message\":\"");
	add_escaped(out, refusal->message, strlen(refusal->message));
	for (size_t i = 0; i < refusal->n_links; i++) {
		const struct refusal_link *link = &refusal->links[i];

		add_holder_words(out, &link->holder, names,
		    link->is_asker ? "this connection, " : "");
		add_escaped(out, link->words, strlen(link->words));
	}
	if (refusal->has_holder) {
		add_word(out, "; ");
		add_holder_words(out, holder, names, "");
	}
	add_word(out, "\"");
	if (refusal->has_holder && refusal->shows_holder)
		add_holder_member(out, holder);
}

static void add_page(struct outbuf *out, const struct page *page,
    const struct reply_names *names)
{
	struct blob *members = reply_page(page, names);

	outbuf_add(out, ",", 1);
	outbuf_add_blob(out, members);
	blob_unref(members);
}

/* Plain answers ---------------------------------------------------- */

/* Most answers are a success with a few numbers in it. They are written at one
 * go into the buffer; looking for room for each of their words takes twice as
 * long. */
static bool is_plain(const struct answer *answer)
{
	if (answer->event != NULL || answer->code != WIRE_OK ||
	    answer->page != NULL || answer->id.type == IDENT_TEXT)
		return false;
	for (int i = 0; i < answer->n_members; i++) {
		if (answer->members[i].type != MEMBER_IS_INTEGER &&
		    answer->members[i].type != MEMBER_IS_BOOL)
			return false;
	}
	return true;
}

#define PUT(to, word)                                                          \
	((char *)memcpy(to, word, sizeof(word) - 1) + sizeof(word) - 1)

static char *put_member(char *to, const struct member *member)
{
	size_t len = member_names[member->name].len;

	memcpy(to, member_names[member->name].text, len);
	if (member->type == MEMBER_IS_INTEGER)
		return put_integer(to + len, member->number);
	return member->number ? PUT(to + len, "true") : PUT(to + len, "false");
}

/* The longest name of a member, with what is around it, and its number. */
#define MEMBER_BYTES (sizeof(",\"max_idle_ms\":") - 1 + INTEGER_BYTES)
#define PLAIN_BYTES  (sizeof("{\"id\":,\"ok\":true}\n") - 1 + INTEGER_BYTES)

static void render_plain(const struct answer *answer, struct outbuf *out)
{
	char *begin = outbuf_room(
	    out, PLAIN_BYTES + (size_t)answer->n_members * MEMBER_BYTES);
	char *to = PUT(begin, "{");

	if (answer->id.type == IDENT_NUMBER) {
		to = PUT(to, "\"id\":");
		to = put_integer(to, answer->id.number);
		to = PUT(to, ",");
	}
	to = PUT(to, "\"ok\":true");
	for (int i = 0; i < answer->n_members; i++)
		to = put_member(to, &answer->members[i]);
	to = PUT(to, "}\n");
	outbuf_wrote(out, (size_t)(to - begin));
}

static void render(const struct answer *answer, const struct reply_names *names,
    struct outbuf *out)
{
	if (answer->sighting != NULL) {
		reply_watch(answer->sighting, names, out);
		return;
	}
	add_word(out, "{");
	add_id(out, &answer->id);
	if (answer->event != NULL) {
		add_word(out, "\"event\":");
		add_string(out, answer->event, strlen(answer->event));
	} else if (answer->code == WIRE_OK) {
		add_word(out, "\"ok\":true");
	} else {
		add_word(out, "\"ok\":false,\"error\":\"");
		add_word(out, codes[answer->code]);
		add_word(out, "\"");
	}
	if (answer->refusal != NULL)
		add_refusal(out, answer->refusal, names);
	if (answer->page != NULL)
		add_page(out, answer->page, names);
	for (int i = 0; i < answer->n_members; i++)
		add_member(out, &answer->members[i]);
	outbuf_add(out, "}\n", 2);
}

void reply_render(const struct answer *answer, const struct reply_names *names,
    struct outbuf *out)
{
	if (is_plain(answer))
		render_plain(answer, out);
	else
		render(answer, names, out);
	if (answer->detached_token != 0)
		outbuf_mark_detached(out, answer->detached_token);
}
