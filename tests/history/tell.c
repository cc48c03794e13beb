/* SPDX-License-Identifier: MIT */
/* Says what is wrong, in the words of the journals: see judge.h. */
#include "judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* After these the rest is only counted. */
#define MAX_TOLD 8
/* Records shown before and after each one that matters. */
#define AROUND 2

static size_t told;
static int64_t since;

size_t n_accusations(void)
{
	return told;
}

void tell_since(int64_t at)
{
	since = at;
}

/* Records ---------------------------------------------------------- */

static void show_sent(const struct record *r)
{
	printf("#%u sends %s", r->id, op_names[r->op]);
	if (r->op > OP_RENEW)
		printf(" %s", plan[r->key].name);
	if (r->about != 0)
		printf(" for #%u", r->about);
	if (r->token != 0)
		printf(" token %lld", (long long)r->token);
	if (op_asks(r->op) && r->wait_ms < 0)
		printf(" waits for ever");
	else if (op_asks(r->op))
		printf(" waits %d ms", r->wait_ms);
	if (r->span_ms != 0)
		printf(" %s %u ms",
		    r->op == OP_FINISH || r->op == OP_FAIL ? "keep" : "lease",
		    r->span_ms);
	if (r->count != 0)
		printf(" count %u", r->count);
	if (r->flags & FLAG_DETACHED)
		printf(" detached");
	if (r->flags & FLAG_BOUNDED)
		printf(" max_waiters %u", r->number);
	if (r->thing != 0)
		printf(" object %llx version %u%s", (long long)r->thing,
		    r->number, r->flags & FLAG_VALUE ? "" : " (no value)");
}

static void show_got(const struct record *r)
{
	static const struct {
		uint32_t flag;
		const char *word;
	} words[] = {{FLAG_CREATE, "create"}, {FLAG_LEADER, "leader"},
	    {FLAG_ABANDONED, "abandoned"}, {FLAG_YES, "true"},
	    {FLAG_SPOILT, "the value has other bytes"}};
	bool pool = plan[r->key].kind == KIND_POOL;

	printf("#%u %s: %s", r->id, op_names[r->op], code_names[r->code]);
	if (r->token != 0)
		printf(" token %lld", (long long)r->token);
	if (r->thing != 0 && pool)
		printf(
		    " object %llx version %u", (long long)r->thing, r->number);
	else if (r->thing != 0)
		printf(" value of lead %lld", (long long)r->thing);
	if (r->count != 0)
		printf(" count %u", r->count);
	if (r->number != 0 && !pool)
		printf(" capacity %u", r->number);
	if (r->flags & FLAG_AGED)
		printf(" age %u ms", r->span_ms);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (r->flags & words[i].flag)
			printf(" %s", words[i].word);
	}
}

static void show_record(const struct view *view, const struct record *r)
{
	static const char *const words[EVENT_N] = {
	    [EVENT_BORN] = "begins",
	    [EVENT_HANGUP] = "hangs up",
	    [EVENT_BYE] = "leaves",
	    [EVENT_CUT] = "is cut off",
	    [EVENT_GARBLED] = "reads what is no answer",
	    [EVENT_KILL] = "kills client",
	    [EVENT_DEAD] = "has killed client",
	    [EVENT_STOP] = "has stopped client",
	    [EVENT_QUIET] = "finds all quiet in round",
	    [EVENT_STUCK] = "waits in vain for client",
	};

	printf("    %13.6f s  client %-5u ", (double)(r->at - since) / 1e9,
	    view->number);
	if (r->event == EVENT_SENT)
		show_sent(r);
	else if (r->event == EVENT_GOT)
		show_got(r);
	else if (r->event == EVENT_LOST)
		printf("is told: lost token %lld", (long long)r->token);
	else if (r->event == EVENT_DESTROY)
		printf("#%u destroys object %llx version %u", r->id,
		    (long long)r->thing, r->number);
	else if (view->number == 0 && r->id != 0)
		printf("%s %u", words[r->event], r->id);
	else
		printf("%s", words[r->event]);
	putchar('\n');
}

/* Excerpts --------------------------------------------------------- */

static void show_around(
    const struct view *view, const struct record *r, const struct record **next)
{
	const struct record *last = view->records + view->n_records;
	const struct record *from =
	    r - view->records < AROUND ? view->records : r - AROUND;

	/* Nothing is shown twice. */
	if (from < *next)
		from = *next;
	if (from > *next && from < last)
		printf("    ...\n");
	for (; from < last && from <= r + AROUND; from++)
		show_record(view, from);
	if (from > *next)
		*next = from;
}

static void show_request(const struct request *request)
{
	const struct record *next = request->view->records;
	const struct hold *hold = request->hold;

	show_around(request->view, request->sent, &next);
	if (request->got != NULL)
		show_around(request->view, request->got, &next);
	if (hold != NULL && hold->ender != NULL)
		show_around(request->view, hold->ender->sent, &next);
	if (hold != NULL && hold->ender != NULL && hold->ender->got != NULL)
		show_around(request->view, hold->ender->got, &next);
	if (request->conn->ended)
		printf("    %13.6f s  client %-5u is killed or hangs up\n",
		    (double)(request->conn->ends - since) / 1e9,
		    request->view->number);
}

void accuse(const struct request *one, const struct request *other,
    const char *fmt, ...)
{
	va_list args;

	if (++told > MAX_TOLD)
		return;
	printf("VIOLATION: ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	if (one != NULL)
		show_request(one);
	if (other != NULL && other != one) {
		printf("    and\n");
		show_request(other);
	}
}

void accuse_record(
    const struct view *view, const struct record *record, const char *what)
{
	const struct record *next = view->records;

	if (++told > MAX_TOLD)
		return;
	printf("VIOLATION: %s\n", what);
	show_around(view, record, &next);
}
