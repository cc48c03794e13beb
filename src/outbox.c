/* SPDX-License-Identifier: MIT */
/*
 * What the core has to say: see outbox.h.
 *
 * The queue is an array that is emptied each turn, so answers cost no
 * allocation of their own; after a turn with very many of them the memory is
 * given back.
 */
#include "outbox.h"

#include "page.h"
#include "xalloc.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUTBOX_MIN_CAP  64
#define OUTBOX_KEEP_CAP 1024

void outbox_init(struct outbox *outbox)
{
	*outbox = (struct outbox){0};
}

void outbox_deinit(struct outbox *outbox)
{
	struct answer answer;

	while (outbox_pop(outbox, &answer))
		answer_deinit(&answer);
	free(outbox->answers);
	outbox_init(outbox);
}

struct answer *outbox_put(
    struct outbox *outbox, uint64_t session, struct ident *id)
{
	struct answer *answer;

	if (outbox->n == outbox->cap) {
		outbox->cap =
		    outbox->cap == 0 ? OUTBOX_MIN_CAP : 2 * outbox->cap;
		outbox->answers = xrealloc(
		    outbox->answers, outbox->cap * sizeof(*outbox->answers));
	}
	answer = &outbox->answers[outbox->n++];
	answer->session = session;
	answer->id = ident_take(id);
	answer->code = WIRE_OK;
	answer->event = NULL;
	answer->detached_token = 0;
	answer->refusal = NULL;
	answer->page = NULL;
	answer->sighting = NULL;
	answer->n_members = 0;
	return answer;
}

static void rewind_empty(struct outbox *outbox)
{
	outbox->head = 0;
	outbox->n = 0;
	if (outbox->cap > OUTBOX_KEEP_CAP) {
		free(outbox->answers);
		outbox_init(outbox);
	}
}

bool outbox_pop(struct outbox *outbox, struct answer *out)
{
	const struct answer *next;

	if (outbox->head == outbox->n)
		return false;
	next = &outbox->answers[outbox->head++];
	/* Without the members that it does not have, which are most of it. */
	memcpy(out, next, offsetof(struct answer, members));
	memcpy(out->members, next->members,
	    (size_t)next->n_members * sizeof(*next->members));
	if (outbox->head == outbox->n)
		rewind_empty(outbox);
	return true;
}

static struct member *add_member(
    struct answer *answer, enum member_name name, enum member_type type)
{
	struct member *member = &answer->members[answer->n_members++];

	assert(answer->n_members <= ANSWER_MAX_MEMBERS);
	member->name = name;
	member->type = type;
	return member;
}

void answer_add_integer(
    struct answer *answer, enum member_name name, int64_t number)
{
	add_member(answer, name, MEMBER_IS_INTEGER)->number = number;
}

void answer_add_bool(struct answer *answer, enum member_name name, bool is)
{
	add_member(answer, name, MEMBER_IS_BOOL)->number = is;
}

void answer_add_word(
    struct answer *answer, enum member_name name, const char *word)
{
	add_member(answer, name, MEMBER_IS_WORD)->word = word;
}

void answer_add_text(
    struct answer *answer, enum member_name name, struct blob *blob)
{
	add_member(answer, name, MEMBER_IS_TEXT)->blob = blob_ref(blob);
}

void answer_add_json(
    struct answer *answer, enum member_name name, struct blob *blob)
{
	add_member(answer, name, MEMBER_IS_JSON)->blob = blob_ref(blob);
}

void answer_add_list(
    struct answer *answer, enum member_name name, struct blob_list *list)
{
	add_member(answer, name, MEMBER_IS_LIST)->list = *list;
	*list = (struct blob_list){0};
}

struct refusal *answer_refuse(
    struct answer *answer, enum wire_code code, const char *fmt, ...)
{
	char words[2048];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	assert(len >= 0 && answer->refusal == NULL);
	answer->code = code;
	answer->refusal = xcalloc(1, sizeof(*answer->refusal));
	answer->refusal->message = xmemdup0(words, strlen(words));
	return answer->refusal;
}

static void member_deinit(struct member *member)
{
	if (member->type == MEMBER_IS_TEXT || member->type == MEMBER_IS_JSON)
		blob_unref(member->blob);
	else if (member->type == MEMBER_IS_LIST)
		blob_list_deinit(&member->list);
}

void answer_deinit(struct answer *answer)
{
	ident_deinit(&answer->id);
	for (int i = 0; i < answer->n_members; i++)
		member_deinit(&answer->members[i]);
	answer->n_members = 0;
	if (answer->refusal != NULL) {
		free(answer->refusal->message);
		free(answer->refusal->links);
	}
	free(answer->refusal);
	answer->refusal = NULL;
	page_free(answer->page);
	answer->page = NULL;
	free(answer->sighting);
	answer->sighting = NULL;
}

void blob_list_add(struct blob_list *list, struct blob *blob)
{
	if (list->n == list->cap) {
		list->cap = list->cap == 0 ? 4 : 2 * list->cap;
		list->blobs =
		    xrealloc(list->blobs, list->cap * sizeof(*list->blobs));
	}
	list->blobs[list->n++] = blob;
}

void blob_list_deinit(struct blob_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		blob_unref(list->blobs[i]);
	free(list->blobs);
	*list = (struct blob_list){0};
}
