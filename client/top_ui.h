/* SPDX-License-Identifier: MIT */
/*
 * What the reader of msync top has chosen: what is shown, in which order, what
 * is selected, what is asked. Keys come in, and now and then something comes
 * out that somebody else has to do. It knows no terminal.
 */
#ifndef TOP_UI_H
#define TOP_UI_H

#include "top_model.h"

/* Keys that are no letters: above all of Unicode. */
enum top_key {
	TOP_KEY_NONE = 0x110000,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_BACKSPACE,
	TOP_KEY_RESIZE,
	TOP_KEY_REDRAW,
};

enum top_sort {
	TOP_BY_WAITERS,
	TOP_BY_WAIT,
	TOP_BY_HELD,
	TOP_BY_GRANTS,
	TOP_BY_NAME,
	TOP_N_SORTS,
};

/* Which rows are shown, and in which order. */
struct top_order {
	enum top_sort sort;
	bool is_reversed;
	bool hides[TOP_N_KINDS];
	char filter[264]; /* "^" at its begin: keys that begin so */
};

/* The rows, borrowed from the model until its next tick. */
struct top_rows {
	const struct top_row **at; /* owned */
	size_t n, cap;
};

enum top_mode {
	TOP_IN_TABLE,
	TOP_IN_KEY, /* that of model->open */
	TOP_IN_HELP,
};

enum top_prompt {
	TOP_NO_PROMPT,
	TOP_PROMPT_FILTER, /* the filter is typed */
	TOP_PROMPT_END,    /* whether a hold is to be ended */
};

/* What a key press asks for. */
enum top_act {
	TOP_ACT_NONE,
	TOP_ACT_QUIT,
	TOP_ACT_LOOK, /* another key is open: it is to be looked up */
	TOP_ACT_END,  /* the hold of ui->ending */
	TOP_ACT_INTERVAL,
};

/* A hold that is to be ended. */
struct top_ending {
	enum top_kind kind;
	char key[260];
	struct top_claim holder;
};

/* A list that is longer than the screen. */
struct top_scroll {
	size_t chosen, first, n, height;
};

struct top_ui {
	struct top_model *model; /* borrowed */
	struct top_order order;
	struct top_rows rows;
	struct top_scroll table, claims;
	/* The selection stays with the key, wherever it goes. */
	enum top_kind chosen_kind;
	char chosen_key[260];
	enum top_mode mode;
	enum top_prompt prompt;
	char typed[264];
	struct top_ending ending;
	char message[600]; /* until the next key */
	bool is_bad;       /* the message is a complaint */
	bool is_paused;
	int64_t interval_ms;
	int64_t now_ms;
	char clock[24];      /* the time of day; "": none is shown */
	const char *trouble; /* why nothing comes; NULL: all is well */
	bool is_utf8;
	int width, height; /* of the screen */
};

void top_ui_init(
    struct top_ui *ui, struct top_model *model, int64_t interval_ms);
void top_ui_deinit(struct top_ui *ui);
/* The screen has this size now. */
void top_ui_resize(struct top_ui *ui, int width, int height);
/* The model has changed. */
void top_ui_refresh(struct top_ui *ui, int64_t now_ms);
/* A key: a letter of Unicode, or one of enum top_key. */
enum top_act top_ui_press(struct top_ui *ui, unsigned key);
/* Says something until the next key. */
void top_ui_say(struct top_ui *ui, bool is_bad, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* top_ui_prompt.c: a key while something is asked. */
enum top_act top_ui_answer(struct top_ui *ui, unsigned key);
/* Asks whether the hold is to be ended. */
void top_ui_ask_end(struct top_ui *ui);

/* top_order.c */

/* The rows of the model that are shown, in order. */
void top_rows_fill(struct top_rows *rows, const struct top_model *model,
    const struct top_order *order, int64_t now_ms);
/* Whether the filter lets a key through. */
bool top_order_takes(const struct top_order *order, const char *key);
const char *top_sort_name(enum top_sort sort);

#endif
