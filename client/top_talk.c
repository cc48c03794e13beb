/* SPDX-License-Identifier: MIT */
/* Questions and answers: see top_talk.h. */
#include "top_talk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* Between two attempts to connect. */
#define RETRY_MS 500
/* A daemon that answers nothing for so long is in trouble. */
#define SILENT_MS 5000
/* Events a second; the rest is told as a number. */
#define MAX_EVENTS 500

/* Names of requests: a letter for what is done with the answer; that of a
 * look-up has its number behind it. */
#define ID_HELLO   "h"
#define ID_WATCH   "w"
#define ID_STATS   "s"
#define ID_PAGE    "p"
#define ID_LOOK_UP 'k'
#define ID_OPEN    "o"
#define ID_END     "e"

void top_talk_init(struct top_talk *talk, struct top_ui *ui, const char *socket)
{
	*talk = (struct top_talk){.ui = ui, .retry_ms = INT64_MIN};
	top_feed_init(&talk->feed, socket);
}

void top_talk_deinit(struct top_talk *talk)
{
	top_feed_deinit(&talk->feed);
}

/* Questions -------------------------------------------------------- */

static void complain(struct top_talk *talk, const char *what, const char *why)
{
	(void)snprintf(
	    talk->trouble, sizeof(talk->trouble), "%s: %s", what, why);
	talk->ui->trouble = talk->trouble;
}

void top_talk_connect(struct top_talk *talk, int64_t now_ms)
{
	if (talk->feed.fd >= 0 || now_ms < talk->retry_ms)
		return;
	talk->retry_ms = now_ms + RETRY_MS;
	if (!top_feed_open(&talk->feed)) {
		complain(talk, "no daemon, trying again", talk->feed.error);
		return;
	}
	talk->n_awaited = 0;
	talk->after[0] = '\0';
	talk->is_greeted = false;
	top_model_forget(talk->ui->model, now_ms);
	top_ui_refresh(talk->ui, now_ms);
	top_feed_ask(&talk->feed, json_pack("{s:s, s:s, s:s}", "id", ID_HELLO,
				      "op", "hello", "client", "msync top"));
}

static void ask_watch(struct top_talk *talk)
{
	top_feed_ask(
	    &talk->feed, json_pack("{s:s, s:s, s:[s,s,s], s:i}", "id", ID_WATCH,
			     "op", "watch", "events", "granted", "released",
			     "lost", "max_per_s", MAX_EVENTS));
}

static void ask_page(struct top_talk *talk)
{
	json_t *request = json_pack(
	    "{s:s, s:s, s:i}", "id", ID_PAGE, "op", "list", "max", 250);

	if (talk->ui->model->only_waiting)
		(void)json_object_set_new(request, "waiting", json_true());
	if (talk->after[0] != '\0')
		(void)json_object_set_new(
		    request, "after", json_string(talk->after));
	top_feed_ask(&talk->feed, request);
	talk->n_pages++;
	talk->n_awaited++;
}

static void ask_key(
    struct top_talk *talk, const char *id, enum top_kind kind, const char *key)
{
	top_feed_ask(
	    &talk->feed, json_pack("{s:s, s:s, s:s, s:s}", "id", id, "op",
			     "list", "kind", top_kind_name(kind), "key", key));
	talk->n_awaited++;
}

/* Keys on the screen of which no page tells. */
static void ask_look_ups(struct top_talk *talk)
{
	const struct top_ui *ui = talk->ui;
	size_t end = ui->table.first + ui->table.height;
	int n = 0;

	for (size_t i = ui->table.first;
	     i < end && i < ui->rows.n && n < TOP_MAX_LOOK_UPS; i++) {
		const struct top_row *row = ui->rows.at[i];
		char id[16];

		if (row->waiting > 0)
			continue;
		talk->look_ups[n].kind = row->kind;
		(void)snprintf(talk->look_ups[n].key,
		    sizeof(talk->look_ups[n].key), "%s", row->name + 1);
		(void)snprintf(id, sizeof(id), "%c%d", ID_LOOK_UP, n);
		ask_key(talk, id, row->kind, row->name + 1);
		n++;
	}
}

void top_talk_look(struct top_talk *talk)
{
	const struct top_open *open = &talk->ui->model->open;

	if (talk->feed.fd >= 0 && open->is_open)
		ask_key(talk, ID_OPEN, open->kind, open->key);
}

void top_talk_end_hold(struct top_talk *talk)
{
	const struct top_ending *ending = &talk->ui->ending;

	if (talk->feed.fd < 0) {
		top_ui_say(talk->ui, true, "there is no daemon");
		return;
	}
	top_feed_ask(&talk->feed,
	    json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", ID_END, "op",
		"admin.release", "kind", top_kind_name(ending->kind), "key",
		ending->key, "token", (json_int_t)ending->holder.token));
}

void top_talk_begin(struct top_talk *talk, int64_t now_ms)
{
	struct top_model *model = talk->ui->model;

	if (talk->feed.fd < 0)
		return;
	if (talk->n_awaited > 0) {
		if (now_ms - talk->asked_ms > SILENT_MS)
			complain(talk, "no answer", "the daemon hangs");
		return;
	}
	talk->asked_ms = now_ms;
	talk->n_pages = 0;
	top_feed_ask(&talk->feed,
	    json_pack("{s:s, s:s}", "id", ID_STATS, "op", "stats"));
	talk->n_awaited++;
	/* How many keys there are must be known before. */
	if (talk->after[0] != '\0')
		ask_page(talk);
	if (model->only_waiting)
		ask_look_ups(talk);
	top_talk_look(talk);
}

/* Answers ---------------------------------------------------------- */

static void take_hello(struct top_talk *talk, const json_t *answer)
{
	struct top_model *model = talk->ui->model;
	const char *version =
	    json_string_value(json_object_get(answer, "version"));
	size_t i;
	const json_t *feature;

	if (version != NULL)
		(void)snprintf(
		    model->version, sizeof(model->version), "%s", version);
	json_array_foreach(json_object_get(answer, "features"), i, feature) {
		const char *name = json_string_value(feature);

		if (name != NULL && strcmp(name, "watch") == 0)
			ask_watch(talk);
	}
	talk->is_greeted = true;
}

static bool has_many_keys(const struct top_model *model)
{
	int64_t n_keys = 0;

	for (int i = 0; i < TOP_N_KINDS; i++)
		n_keys += model->totals[i].keys;
	return n_keys > TOP_MANY_KEYS;
}

/* With the counts comes the time to begin a sweep, where none goes on. */
static void take_stats(
    struct top_talk *talk, const json_t *answer, int64_t now_ms)
{
	struct top_model *model = talk->ui->model;

	top_model_take_stats(model, answer, now_ms);
	if (talk->after[0] != '\0')
		return;
	top_model_begin_sweep(model, has_many_keys(model));
	ask_page(talk);
}

static void take_page(
    struct top_talk *talk, const json_t *answer, int64_t now_ms)
{
	const char *next = json_string_value(json_object_get(answer, "next"));

	top_model_take_page(talk->ui->model, answer, now_ms);
	talk->after[0] = '\0';
	if (next == NULL || strlen(next) >= sizeof(talk->after)) {
		top_model_end_sweep(talk->ui->model);
		return;
	}
	memcpy(talk->after, next, strlen(next) + 1);
	if (talk->n_pages < TOP_MAX_PAGES)
		ask_page(talk);
}

static void take_look_up(
    struct top_talk *talk, const char *id, const json_t *answer, int64_t now_ms)
{
	long n = strtol(id + 1, NULL, 10);

	if (n >= 0 && n < TOP_MAX_LOOK_UPS)
		top_model_take_key(talk->ui->model, talk->look_ups[n].kind,
		    talk->look_ups[n].key, answer, now_ms);
}

static void take_end(struct top_talk *talk, const json_t *answer)
{
	const struct top_ending *ending = &talk->ui->ending;
	const char *error = json_string_value(json_object_get(answer, "error"));
	const char *message =
	    json_string_value(json_object_get(answer, "message"));

	if (error == NULL)
		top_ui_say(talk->ui, false, "the hold of %s %s was ended",
		    top_kind_name(ending->kind), ending->key);
	else
		top_ui_say(talk->ui, true, "%s: %s", error,
		    message == NULL ? "" : message);
}

/* Refusals are empty answers: a page that is refused ends its sweep. */
static void take_answer(
    struct top_talk *talk, const char *id, const json_t *answer, int64_t now_ms)
{
	if (strcmp(id, ID_HELLO) == 0)
		take_hello(talk, answer);
	else if (strcmp(id, ID_WATCH) == 0)
		talk->ui->model->is_watching =
		    json_is_true(json_object_get(answer, "ok"));
	else if (strcmp(id, ID_END) == 0)
		take_end(talk, answer);
	if (strchr("hwe", id[0]) != NULL)
		return;
	talk->n_awaited--;
	if (strcmp(id, ID_STATS) == 0)
		take_stats(talk, answer, now_ms);
	else if (strcmp(id, ID_PAGE) == 0)
		take_page(talk, answer, now_ms);
	else if (strcmp(id, ID_OPEN) == 0)
		top_model_take_open(talk->ui->model, answer, now_ms);
	else
		take_look_up(talk, id, answer, now_ms);
}

/* true: it is to be shown. */
static bool take_line(struct top_talk *talk, const json_t *line, int64_t now_ms)
{
	const char *id = json_string_value(json_object_get(line, "id"));

	if (id == NULL) {
		/* While nothing moves on the screen, nothing is counted. */
		if (!talk->ui->is_paused)
			top_model_take_event(talk->ui->model, line, now_ms);
		return false;
	}
	take_answer(talk, id, line, now_ms);
	talk->ui->trouble = NULL;
	return talk->n_awaited == 0 || strcmp(id, ID_END) == 0 ||
	       strcmp(id, ID_OPEN) == 0;
}

bool top_talk_step(struct top_talk *talk, int64_t now_ms)
{
	bool is_news = false, is_there = top_feed_step(&talk->feed);
	json_t *line;

	while ((line = top_feed_next(&talk->feed)) != NULL) {
		is_news = take_line(talk, line, now_ms) || is_news;
		json_decref(line);
	}
	if (is_there)
		return is_news;
	complain(talk, "no daemon, trying again", talk->feed.error);
	top_feed_close(&talk->feed, talk->feed.error);
	talk->n_awaited = 0;
	talk->retry_ms = now_ms;
	return true;
}
