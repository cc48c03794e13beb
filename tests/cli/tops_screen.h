/* SPDX-License-Identifier: MIT */
/* A screen of msync top without a terminal: keys go in, and lines come out. */
#ifndef TOPS_SCREEN_H
#define TOPS_SCREEN_H

#include "top_canvas.h"
#include "tops.h"

/* Of 80x24, in a locale of UTF-8, at half past twelve. */
extern struct top_ui ui;
extern struct top_canvas canvas;
extern char *lines[256]; /* of the canvas, as far as it is high */
void screen_setup(void);
void screen_teardown(void);
void clear_screen(void);

/* Lays it out, and looks at what is so of every screen. */
void lay_out(int width, int height);
/* The line that begins with this; -1: none. */
int find_line(const char *begin);
/* One begins with this, and has that part. */
void ck_line(const char *begin, const char *part);
/* Presses letters of ASCII, for which nobody else has to do anything. */
void press_all(const char *letters);

/* A busy day: all kinds, names and numbers of every length. */
void fill(void);
/* Four locks, a to d: waiters, longest wait, held for, grants and names all
 * differ in order. */
void fill_four(void);
/* Looks into a lock with so many waiters. */
void open_key(const char *key, int n_waiters);

#endif
