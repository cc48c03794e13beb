/* SPDX-License-Identifier: MIT */
/* A turn of the daemon as a story sees it: see turn.h. */
#include "turn.h"

#include "show.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/reply.h"
#include "../../src/xalloc.h"

/* Shares that no story reaches by accident. */
#define PLENTY 1000000

/* The number behind the word in a head line, or fallback. */
static size_t head_number(
    const char *head, const char *line, const char *word, size_t fallback)
{
	const char *at = strstr(head, line), *end;

	if (at == NULL)
		return fallback;
	end = at + 1 + strcspn(at + 1, "\n");
	at = strstr(at, word);
	return at == NULL || at > end ? fallback
				      : strtoul(at + strlen(word), NULL, 10);
}

struct core *turn_new_core(const char *head)
{
	static const char *const shares[QUOTA_N_SHARES] = {
	    [QUOTA_CONNECTIONS] = " connections=",
	    [QUOTA_WAITS] = " waits=",
	    [QUOTA_KEYS] = " keys=",
	    [QUOTA_BYTES] = " bytes="};
	struct core_config config = {.hash_key = {1, 2, 3}};

	config.first_token =
	    (int64_t)head_number(head, "\nfirst token:", "token: ", 1000);
	config.max_line_bytes =
	    head_number(head, "\nmax_line:", "max_line: ", WIRE_MAX_LINE_BYTES);
	for (int i = 0; i < QUOTA_N_SHARES; i++)
		config.shares.most[i] =
		    head_number(head, "\nshares:", shares[i], PLENTY);
	return core_new(&config, 0);
}

static void forget(struct turn *turn)
{
	for (int i = 0; i < turn->n_heard; i++)
		free(turn->heard[i].line);
	turn->n_heard = 0;
	turn->first = NULL;
	turn->is_over = false;
}

void turn_deinit(struct turn *turn)
{
	forget(turn);
	free(turn->heard);
}

void turn_begin(struct turn *turn, const struct actor *actor)
{
	if (turn->is_over)
		forget(turn);
	if (turn->first == NULL)
		turn->first = actor;
}

static void add(struct turn *turn, const struct actor *actor, char *line,
    size_t len, bool is_note)
{
	size_t n = (size_t)turn->n_heard + 1;

	turn->heard = xrealloc(turn->heard, n * sizeof(*turn->heard));
	turn->heard[turn->n_heard++] = (struct heard){
	    .actor = actor, .line = line, .len = len, .is_note = is_note};
}

void turn_note(struct turn *turn, const struct actor *actor, const char *note)
{
	add(turn, actor, strdup(note), strlen(note), true);
}

/* For reply_render. */
static const char *command_of(void *ctx, uint64_t session)
{
	const struct actor *actor =
	    session == 0 ? NULL : cast_of_session(ctx, session);

	return actor == NULL || actor->command[0] == '\0' ? NULL
							  : actor->command;
}

/* The answer as the bytes that go out. */
static char *render(
    const struct answer *answer, struct cast *cast, size_t *len_out)
{
	const struct reply_names names = {command_of, cast};
	struct outbuf buf;
	struct iovec iov;
	char *line = NULL;
	FILE *stream = open_memstream(&line, len_out);

	outbuf_init(&buf, NULL, NULL);
	reply_render(answer, &names, &buf);
	while (outbuf_iov(&buf, &iov, 1) == 1) {
		fwrite(iov.iov_base, 1, iov.iov_len, stream);
		outbuf_sent(&buf, iov.iov_len);
	}
	ck_assert_uint_eq(buf.n_bytes, 0);
	outbuf_drop(&buf, NULL, NULL);
	fclose(stream);
	return line;
}

static void hear(struct turn *turn, struct core *core, struct cast *cast,
    const struct answer *answer)
{
	struct actor *actor = cast_of_session(cast, answer->session);
	char *line;
	size_t len;

	ck_assert_msg(actor != NULL, "an answer to nobody");
	if (actor->gone) {
		/* As the server does with what it cannot hand over. */
		if (answer->detached_token != 0)
			core_take_back(
			    core, actor->uid, answer->detached_token);
		return;
	}
	if (actor->deaf)
		return;
	line = render(answer, cast, &len);
	add(turn, actor, line, len, false);
}

static void take_answers(
    struct turn *turn, struct core *core, struct cast *cast)
{
	struct answer answer;

	while (core_pop(core, &answer)) {
		hear(turn, core, cast, &answer);
		answer_deinit(&answer);
	}
	core_check(core);
}

/* Ends a half-closed session that has had all its answers; false when there
 * is none. */
static bool end_half_closed(
    struct turn *turn, struct core *core, struct cast *cast)
{
	for (int i = 0; i < cast->n_actors; i++) {
		struct actor *actor = &cast->actors[i];

		if (actor->gone || !actor->half_closed ||
		    core_is_waiting(core, actor->session))
			continue;
		core_say_lost(core, actor->session);
		take_answers(turn, core, cast);
		core_leave(core, actor->session);
		actor->gone = true;
		turn_note(turn, actor, "(is closed)");
		return true;
	}
	return false;
}

/* Who comes first: who acted first, then who joined first. */
static int rank(const struct turn *turn, const struct cast *cast, int i)
{
	const struct actor *actor = turn->heard[i].actor;

	return actor == turn->first ? -1 : (int)(actor - cast->actors);
}

static void sort(struct turn *turn, const struct cast *cast)
{
	for (int i = 1; i < turn->n_heard; i++) {
		for (int k = i;
		     k > 0 && rank(turn, cast, k - 1) > rank(turn, cast, k);
		     k--) {
			struct heard moved = turn->heard[k];

			turn->heard[k] = turn->heard[k - 1];
			turn->heard[k - 1] = moved;
		}
	}
}

static bool name_tokens(const struct turn *turn, struct cast *cast)
{
	int64_t tokens[CAST_MAX_TOKENS];
	int n = 0;

	for (int i = 0; i < turn->n_heard && n < CAST_MAX_TOKENS; i++) {
		const struct heard *heard = &turn->heard[i];
		int64_t token = show_token(heard->line, heard->len);

		if (token != 0)
			tokens[n++] = token;
	}
	return cast_name_tokens(cast, tokens, n);
}

void turn_end(
    struct turn *turn, struct core *core, struct cast *cast, FILE *out)
{
	if (turn->is_over)
		forget(turn);
	do
		take_answers(turn, core, cast);
	while (end_half_closed(turn, core, cast));
	sort(turn, cast);
	if (!name_tokens(turn, cast))
		fprintf(out, "A NEW TOKEN IS NOT ABOVE ALL BEFORE IT\n");
	for (int i = 0; i < turn->n_heard; i++) {
		const struct heard *heard = &turn->heard[i];

		fprintf(out, "[%4lld] %s < ", (long long)core->now,
		    heard->actor->name);
		if (heard->is_note)
			fputs(heard->line, out);
		else
			show_answer(out, heard->line, heard->len, cast,
			    turn->with_messages);
		putc('\n', out);
	}
	turn->is_over = true;
}

bool turn_said(const struct turn *turn, const char *text)
{
	bool said = false;

	for (int i = 0; i < turn->n_heard && !said; i++) {
		char *message =
		    show_message(turn->heard[i].line, turn->heard[i].len);

		said = message != NULL && strstr(message, text) != NULL;
		free(message);
	}
	return said;
}

void turn_show_messages(const struct turn *turn, FILE *out)
{
	for (int i = 0; i < turn->n_heard; i++) {
		char *message =
		    show_message(turn->heard[i].line, turn->heard[i].len);

		if (message != NULL)
			fprintf(out, "       BUT SAYS \"%s\"\n", message);
		free(message);
	}
}

void turn_show_left(FILE *out, const struct core *core)
{
	static const char *const names[QUOTA_N_SHARES] = {
	    "connections", "waits", "keys", "bytes"};
	static const char *const kinds[WIRE_N_KINDS] = {
	    "flights", "locks", "limits", "pools"};
	bool any = false;

	for (int i = 0; i < WIRE_N_KINDS; i++) {
		const int64_t *counts = core->tally.counts[i];

		if (counts[TALLY_KEYS] + counts[TALLY_HOLDS] +
			counts[TALLY_WAITS] ==
		    0)
			continue;
		any = true;
		fprintf(out, " %s=%lld (holds=%lld waits=%lld)", kinds[i],
		    (long long)counts[TALLY_KEYS],
		    (long long)counts[TALLY_HOLDS],
		    (long long)counts[TALLY_WAITS]);
	}
	for (const struct account *a = core->quota.accounts; a != NULL;
	     a = a->hh.next) {
		for (int i = 0; i < QUOTA_N_SHARES; i++) {
			if (a->used[i] == 0)
				continue;
			any = true;
			fprintf(out, " uid=%d:%s=%zu", (int)a->uid, names[i],
			    a->used[i]);
		}
	}
	fputs(any ? "" : " nothing", out);
}
