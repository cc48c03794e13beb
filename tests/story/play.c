/* SPDX-License-Identifier: MIT */
/* The steps of a story, done on a core: see play.h. */
#include "play.h"

#include "ask.h"
#include "turn.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/verbs.h"

struct play {
	struct core *core;
	struct cast cast;
	struct turn turn;
	FILE *out;
};

typedef void (*act_fn)(
    struct play *play, struct actor *actor, const char *rest);

/* The word behind "name=" in the text, or NULL. */
static const char *option(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at == NULL ? NULL : at + strlen(name);
}

static void join(struct play *play, struct actor *actor, const char *rest)
{
	const char *uid = option(rest, " uid="), *pid = option(rest, " pid=");
	const char *command = option(rest, " command=");
	struct peer peer;

	if (uid != NULL)
		actor->uid = (uid_t)atoi(uid);
	if (pid != NULL)
		actor->pid = (pid_t)atoi(pid);
	if (command != NULL)
		snprintf(actor->command, sizeof(actor->command), "%.*s",
		    (int)strcspn(command, " "), command);
	peer = (struct peer){.uid = actor->uid, .pid = actor->pid};
	actor->session = core_join(play->core, &peer);
	if (actor->session == 0) {
		actor->gone = true;
		turn_note(&play->turn, actor, "(is not let in)");
	}
}

static void leave(struct play *play, struct actor *actor, const char *rest)
{
	(void)rest;
	core_leave(play->core, actor->session);
	actor->gone = true;
}

static void half_close(struct play *play, struct actor *actor, const char *rest)
{
	(void)play;
	(void)rest;
	actor->half_closed = true;
}

static void send_too_long(
    struct play *play, struct actor *actor, const char *rest)
{
	(void)rest;
	verbs_too_long(play->core, actor->session);
}

static void take_back(struct play *play, struct actor *actor, const char *rest)
{
	int64_t token = cast_token(&play->cast, rest);

	ck_assert_msg(token > 0, "no such token: %s", rest);
	core_take_back(play->core, actor->uid, token);
}

static void send_line(struct play *play, struct actor *actor, const char *words,
    bool is_line, enum verbs_mode mode)
{
	char *line = NULL;
	size_t len;
	FILE *stream = open_memstream(&line, &len);

	if (is_line)
		ask_expand(stream, words);
	else
		ask_write(stream, words, &play->cast);
	fclose(stream);
	verbs_line(play->core, actor->session, line, len, mode);
	free(line);
}

static void send_raw(struct play *play, struct actor *actor, const char *rest)
{
	send_line(play, actor, rest, true, VERBS_LIVE);
}

static void send_unread(
    struct play *play, struct actor *actor, const char *rest)
{
	actor->deaf = true;
	core_stop_waiting(play->core, actor->session);
	send_line(play, actor, rest, false, VERBS_LEAVING);
}

static void send_request(
    struct play *play, struct actor *actor, const char *rest)
{
	send_line(play, actor, rest, false, VERBS_LIVE);
}

/* What a session can do, by how it begins; a request is what is left. */
static const struct {
	const char *words;
	act_fn act;
} acts[] = {
    {"joins", join},
    {"leaves", leave},
    {"closes its sending side", half_close},
    {"sends too long a line", send_too_long},
    {"never hears of ", take_back},
    {"unread ", send_unread},
    {"> ", send_raw},
    {">", send_raw}, /* an empty line */
    {"", send_request},
};

static void act(struct play *play, const char *words)
{
	size_t len = strcspn(words, " ");
	struct actor *actor = cast_actor(&play->cast, words, len);
	const char *rest = words + len + strspn(words + len, " ");

	ck_assert_msg(isupper(words[0]) && *rest != '\0', "who? %s", words);
	turn_begin(&play->turn, actor);
	for (size_t i = 0;; i++) {
		size_t n = strlen(acts[i].words);

		if (strncmp(rest, acts[i].words, n) != 0)
			continue;
		if (actor->session == 0 && acts[i].act != join)
			join(play, actor, "");
		acts[i].act(play, actor, rest + (acts[i].act == join ? 0 : n));
		return;
	}
}

static void show_left(struct play *play, mtime_t now)
{
	fprintf(play->out, "[%4lld] left <", (long long)now);
	turn_show_left(play->out, play->core);
	putc('\n', play->out);
}

/* Does what the words say, at the time to which the core was advanced. */
static void perform(struct play *play, const char *words, mtime_t now)
{
	if (strcmp(words, "the daemon shuts down") == 0)
		core_shut_down(play->core);
	else if (strcmp(words, "what is left?") == 0)
		show_left(play, now);
	else if (strcmp(words, "time passes") != 0 &&
		 strcmp(words, "the daemon wakes up") != 0)
		act(play, words);
	core_check(play->core);
}

static void end_turn(struct play *play)
{
	turn_end(&play->turn, play->core, &play->cast, play->out);
}

/* Advances the core to the time, with a turn for each deadline on the way. */
static void advance(struct play *play, mtime_t to)
{
	mtime_t due;

	while ((due = core_deadline(play->core)) < to) {
		ck_assert_msg(due > play->core->now, "a deadline lies behind");
		core_advance(play->core, due);
		core_check(play->core);
		end_turn(play);
	}
	core_advance(play->core, to);
	core_check(play->core);
	ck_assert_msg(core_deadline(play->core) > to, "a deadline was missed");
}

/* Whether the next step in the text belongs to the same turn. */
static bool goes_on(const char *text)
{
	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (*text == '[')
			return strncmp(text + strcspn(text, "]"), "] & ", 4) ==
			       0;
		if (*text == '\0')
			return false;
	}
	return false;
}

static void play_step(struct play *play, const char *line, const char *next)
{
	char *words;
	mtime_t at = strtoll(line + 1, &words, 10);
	bool same_turn = strncmp(words, "] & ", 4) == 0;

	ck_assert_msg(strncmp(words, "] ", 2) == 0, "no time: %s", line);
	ck_assert_msg(at >= play->core->now, "time goes back: %s", line);
	words += same_turn ? 4 : 2;
	if (strcmp(words, "the daemon wakes up") == 0)
		core_advance(play->core, at);
	else if (!same_turn)
		advance(play, at);
	/* What was due by now came before the step, but is told after it. */
	fprintf(play->out, "%s\n", line);
	perform(play, words, at);
	if (!goes_on(next))
		end_turn(play);
}

static void play_question(struct play *play, const char *line)
{
	const char *from = strchr(line, '"'), *to = strrchr(line, '"');
	char *text;

	ck_assert_msg(from != NULL && to > from, "says what? %s", line);
	text = strndup(from + 1, (size_t)(to - from - 1));
	if (turn_said(&play->turn, text))
		fprintf(play->out, "%s\n", line);
	else
		turn_show_messages(&play->turn, play->out);
	free(text);
}

/* A line of the story: an answer is left out, for the core gives its own. */
static void play_line(struct play *play, const char *line, const char *next)
{
	const char *words = line + strcspn(line, "]");
	const char *name_end = *words == ']' && words[1] == ' '
				   ? words + 2 + strcspn(words + 2, " ")
				   : words;

	if (line[0] != '[') {
		if (strncmp(line + strspn(line, " "), "says ", 5) == 0)
			play_question(play, line);
		else
			fprintf(play->out, "%s\n", line);
	} else if (strncmp(name_end, " <", 2) != 0) {
		play_step(play, line, next);
	}
}

char *play_story(const char *text)
{
	struct play play = {.core = turn_new_core(text)};
	char *played = NULL;
	size_t len;

	play.turn.with_messages = strstr(text, "\nmessages: shown\n") != NULL;
	play.out = open_memstream(&played, &len);
	while (*text != '\0') {
		size_t line_len = strcspn(text, "\n");
		char *line = strndup(text, line_len);

		text += line_len + (text[line_len] == '\n');
		play_line(&play, line, text);
		free(line);
	}
	fclose(play.out);
	turn_deinit(&play.turn);
	core_free(play.core);
	return played;
}
