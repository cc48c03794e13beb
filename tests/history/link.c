/* SPDX-License-Identifier: MIT */
/* See link.h. */
#define _GNU_SOURCE 1
#include "link.h"

#include "fail.h"
#include "value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void link_init(struct link *link, struct journal *journal, const char *path)
{
	link->journal = journal;
	link->path = path;
	link->next_id = 1;
	link->fd = -1;
}

void link_connect(struct link *link)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", link->path);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		fail("no socket");
	while (connect(link->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		if (errno != EINTR)
			fail("cannot connect to %s", link->path);
	}
	memset(link->pending, 0, sizeof(link->pending));
	link->n_pending = 0;
	link->n_in = 0;
	link->n_done = 0;
	link->n_out = 0;
}

void link_hang_up(struct link *link)
{
	journal_note(link->journal, EVENT_HANGUP, 0);
	close(link->fd);
	link->fd = -1;
}

/* Requests --------------------------------------------------------- */

static void say(struct link *link, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct link *link, const char *fmt, ...)
{
	size_t room = LINK_OUT_BYTES - link->n_out;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(link->out + link->n_out, room, fmt, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		fail("a request is too long");
	link->n_out += (size_t)n;
}

static void say_value(struct link *link, const struct record *r)
{
	char text[VALUE_BYTES];
	size_t len;

	if (r->op == OP_PUT)
		len = value_of_object(text, r->key, r->thing, r->number);
	else
		len = value_of_flight(text, r->key, r->token);
	say(link, ",\"value\":%.*s", (int)len, text);
}

static void say_ask(struct link *link, const struct record *r)
{
	const struct plan *key = &plan[r->key];

	if (r->wait_ms >= 0 && r->op != OP_TRY)
		say(link, ",\"wait_ms\":%d", r->wait_ms);
	if (r->flags & FLAG_BOUNDED)
		say(link, ",\"max_waiters\":%u", r->number);
	if (r->span_ms > 0)
		say(link, ",\"lease_ms\":%u", r->span_ms);
	if (r->flags & FLAG_DETACHED)
		say(link, ",\"detached\":true");
	if (key->by_use)
		say(link, ",\"capacity\":%u", key->capacity);
	if (key->max_idle_ms > 0)
		say(link, ",\"max_idle_ms\":%u", key->max_idle_ms);
	if (r->count > 0)
		say(link, ",\"%s\":%u",
		    r->op == OP_BEGIN ? "max_leaders" : "permits", r->count);
}

static void say_end(struct link *link, const struct record *r)
{
	if (r->flags & FLAG_NAMED)
		say(link, ",\"token\":%lld", (long long)r->token);
	if (r->op == OP_FAIL)
		say(link, ",\"message\":\"lead %lld\"", (long long)r->token);
	if (r->op == OP_FINISH || r->op == OP_FAIL || r->flags & FLAG_VALUE)
		say_value(link, r);
	if (r->flags & FLAG_NULL)
		say(link, ",\"value\":null");
	if (r->span_ms > 0)
		say(link, ",\"keep_ms\":%u", r->span_ms);
}

static void say_items(struct link *link, const struct record *r)
{
	char text[VALUE_BYTES];

	for (uint32_t i = 1; i <= r->count; i++) {
		size_t len = value_of_object(text, r->key, i, 0);

		say(link, "%s%.*s", i == 1 ? ",\"items\":[" : ",", (int)len,
		    text);
	}
	say(link, "]");
}

static void say_set(struct link *link, const struct record *r)
{
	const struct plan *key = &plan[r->key];

	if (key->items)
		say_items(link, r);
	else
		say(link, ",\"capacity\":%u", r->count);
	if (key->fifo)
		say(link, ",\"order\":\"fifo\"");
	if (key->requeues)
		say(link, ",\"on_lost\":\"requeue\"");
}

static void say_rest(struct link *link, const struct record *r)
{
	if (op_asks(r->op))
		say_ask(link, r);
	else if (op_ends(r->op))
		say_end(link, r);
	else if (r->op == OP_LIMIT_SET || r->op == OP_POOL_SET)
		say_set(link, r);
	else if (r->op == OP_CANCEL)
		say(link, ",\"target\":%u", r->about);
	else if (r->op == OP_RENEW)
		say(link, ",\"token\":%lld,\"lease_ms\":%u",
		    (long long)r->token, r->span_ms);
	else if (r->op == OP_HELLO)
		say(link, ",\"events\":[\"lost\"],\"multiplexed\":%s",
		    r->flags & FLAG_MULTI ? "true" : "false");
}

/* id 0: a free place. */
static struct pending *find_pending(struct link *link, uint32_t id)
{
	for (int i = 0; i < LINK_PENDING; i++) {
		if (link->pending[i].id == id)
			return &link->pending[i];
	}
	return NULL;
}

uint32_t link_ask(struct link *link, const struct record *request, int slot)
{
	struct record r = *request;
	struct pending *pending;

	if (link->n_out > LINK_OUT_BYTES / 2)
		link_flush(link);
	r.event = EVENT_SENT;
	r.id = link->next_id++;
	pending = find_pending(link, 0);
	if (pending == NULL)
		fail("too many requests at once");
	*pending = (struct pending){r.id, r.op, r.key, (int8_t)slot};
	link->n_pending++;
	say(link, "{\"id\":%u,\"op\":\"%s\"", r.id, op_names[r.op]);
	if (r.op > OP_RENEW)
		say(link, ",\"key\":\"%s\"", plan[r.key].name);
	say_rest(link, &r);
	say(link, "}\n");
	journal_add(link->journal, &r);
	return r.id;
}

static _Noreturn void cut(struct link *link)
{
	journal_note(link->journal, EVENT_CUT, 0);
	_exit(3);
}

void link_flush(struct link *link)
{
	size_t done = 0;

	while (done < link->n_out) {
		ssize_t n = send(link->fd, link->out + done, link->n_out - done,
		    MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			cut(link);
		done += n > 0 ? (size_t)n : 0;
	}
	link->n_out = 0;
}

/* Answers ---------------------------------------------------------- */

void link_read(struct link *link)
{
	ssize_t n;

	memmove(link->in, link->in + link->n_done, link->n_in - link->n_done);
	link->n_in -= link->n_done;
	link->n_done = 0;
	n = recv(link->fd, link->in + link->n_in, LINK_IN_BYTES - link->n_in,
	    MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		cut(link);
	link->n_in += n > 0 ? (size_t)n : 0;
}

static uint8_t code_of(const struct reply *reply)
{
	struct span error = reply->members[MEMBER_ERROR];

	if (reply_is_true(reply, MEMBER_OK))
		return CODE_OK;
	for (int i = CODE_BUSY; i < CODE_OTHER && error.len > 2; i++) {
		if (strlen(code_names[i]) == error.len - 2 &&
		    memcmp(code_names[i], error.text + 1, error.len - 2) == 0)
			return (uint8_t)i;
	}
	return CODE_OTHER;
}

/* What the value of an answer names. */
static void read_value(struct record *r, const struct reply *reply)
{
	struct span value = reply->members[MEMBER_VALUE];
	bool whole;

	if (value.text == NULL)
		return;
	if (plan[r->key].kind == KIND_POOL)
		whole = value_read_object(
		    value.text, value.len, r->key, &r->thing, &r->number);
	else
		whole =
		    value_read_flight(value.text, value.len, r->key, &r->thing);
	if (!whole)
		r->flags |= FLAG_SPOILT;
}

static void read_flags(struct record *r, const struct reply *reply)
{
	static const struct {
		enum member member;
		uint32_t flag;
	} flags[] = {
	    {MEMBER_CREATE, FLAG_CREATE},
	    {MEMBER_LEADER, FLAG_LEADER},
	    {MEMBER_ABANDONED, FLAG_ABANDONED},
	    {MEMBER_CANCELLED, FLAG_YES},
	    {MEMBER_FORGOTTEN, FLAG_YES},
	    {MEMBER_IGNORED, FLAG_YES},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (reply_is_true(reply, flags[i].member))
			r->flags |= flags[i].flag;
	}
	if (reply_has(reply, MEMBER_AGE_MS))
		r->flags |= FLAG_AGED;
	if (op_asks(r->op) && r->token != 0)
		r->flags |= FLAG_GRANTED;
}

static void read_numbers(struct record *r, const struct reply *reply)
{
	static const enum member counts[] = {
	    MEMBER_IN_USE, MEMBER_FOLLOWERS, MEMBER_ATTEMPT, MEMBER_SIZE};

	r->token = reply_integer(reply, MEMBER_TOKEN);
	r->span_ms = (uint32_t)reply_integer(reply, MEMBER_AGE_MS);
	r->number = (uint32_t)reply_integer(reply, MEMBER_CAPACITY);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		r->count |= (uint32_t)reply_integer(reply, counts[i]);
}

static void note_destroyed(
    struct link *link, const struct record *answer, const struct reply *reply)
{
	struct span list = reply->members[MEMBER_DESTROY], element;

	while (reply_next(&list, &element)) {
		struct record r = {.event = EVENT_DESTROY,
		    .id = answer->id,
		    .op = answer->op,
		    .key = answer->key};

		if (!value_read_object(
			element.text, element.len, r.key, &r.thing, &r.number))
			r.flags |= FLAG_SPOILT;
		journal_add(link->journal, &r);
	}
}

static enum heard hear_event(
    struct link *link, struct record *r, const struct reply *reply)
{
	*r = (struct record){
	    .event = EVENT_LOST, .token = reply_integer(reply, MEMBER_TOKEN)};
	journal_add(link->journal, r);
	return HEARD_LOST;
}

static enum heard hear_answer(
    struct link *link, struct record *r, int *slot, const struct reply *reply)
{
	uint32_t id = (uint32_t)reply_integer(reply, MEMBER_ID);
	struct pending *pending = id == 0 ? NULL : find_pending(link, id);

	*r = (struct record){.event = EVENT_GOT, .id = id};
	*slot = -1;
	if (pending != NULL) {
		r->op = pending->op;
		r->key = pending->key;
		*slot = pending->slot;
		pending->id = 0;
		link->n_pending--;
	}
	r->code = code_of(reply);
	read_numbers(r, reply);
	read_flags(r, reply);
	read_value(r, reply);
	journal_add(link->journal, r);
	note_destroyed(link, r, reply);
	return HEARD_ANSWER;
}

enum heard link_hear(struct link *link, struct record *answer, int *slot)
{
	const char *line = link->in + link->n_done;
	size_t rest = link->n_in - link->n_done;
	const char *end = memchr(line, '\n', rest);
	struct reply reply;

	if (end == NULL)
		return HEARD_NOTHING;
	link->n_done += (size_t)(end + 1 - line);
	if (!reply_read(&reply, line, (size_t)(end - line))) {
		journal_note(link->journal, EVENT_GARBLED, 0);
		fail("no answer: %.*s", (int)(end - line), line);
	}
	if (reply_has(&reply, MEMBER_EVENT))
		return hear_event(link, answer, &reply);
	return hear_answer(link, answer, slot, &reply);
}
