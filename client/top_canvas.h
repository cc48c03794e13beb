/* SPDX-License-Identifier: MIT */
/*
 * A grid of cells as wide and high as the screen, on which the layout puts
 * text, and which the screen or a plain line shows. What does not fit is cut
 * with a mark; nothing ever stands outside, or where something stands already.
 * Text is UTF-8; what the locale has no way to show is a question mark.
 */
#ifndef TOP_CANVAS_H
#define TOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

enum top_style {
	TOP_PLAIN,
	TOP_DIM,
	TOP_BOLD,
	TOP_TITLE,  /* the first line */
	TOP_HEAD,   /* of a table */
	TOP_CHOSEN, /* the selected line */
	TOP_SPARK,
	TOP_KEY,  /* the key of a thing */
	TOP_WARN, /* somebody waits long */
	TOP_BAD,  /* no daemon, a refusal */
	TOP_ASK,  /* a question */
	TOP_N_STYLES,
};

/* A letter with up to two marks on it. */
#define TOP_CELL_CHARS 3

struct top_cell {
	wchar_t chars[TOP_CELL_CHARS + 1]; /* none: blank */
	unsigned char width; /* 2: the next cell is its other half */
	unsigned char style;
	bool is_taken;
	bool is_half; /* the second one of a wide letter */
};

struct top_canvas {
	int width, height;
	struct top_cell *cells; /* owned */
	bool is_utf8;           /* the locale is */
	int n_clashes;          /* texts put on another one; for tests */
};

/* Where a text goes: at most so many cells. */
struct top_place {
	int y, x, width;
	enum top_style style;
	bool is_right; /* at the right end of them */
};

void top_canvas_init(
    struct top_canvas *canvas, int width, int height, bool is_utf8);
void top_canvas_deinit(struct top_canvas *canvas);
/* Returns how many cells it took. */
int top_canvas_put(
    struct top_canvas *canvas, struct top_place place, const char *text);
int top_canvas_say(struct top_canvas *canvas, struct top_place place,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The whole line gets the style. */
void top_canvas_paint(struct top_canvas *canvas, int y, enum top_style style);
/* How many cells a text is wide. */
int top_canvas_width(const char *text);
/* A line as text, without blanks at its end; from malloc(3). */
char *top_canvas_line(const struct top_canvas *canvas, int y);

#endif
