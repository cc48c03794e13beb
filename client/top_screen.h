/* SPDX-License-Identifier: MIT */
/*
 * The terminal of msync top, with ncurses: what is on a canvas is shown, keys
 * come in. However the program ends, the terminal is as it was before.
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "top_canvas.h"

/* false: this terminal is none that can be drawn on. */
bool top_screen_open(void);
void top_screen_close(void);
void top_screen_size(int *width, int *height);
void top_screen_show(const struct top_canvas *canvas);
/* The next key, as top_ui_press takes it; TOP_KEY_NONE: none is there.
 * TOP_KEY_RESIZE: the size is another one. */
unsigned top_screen_key(void);
/* Draws all of it at the next show, whatever the terminal has. */
void top_screen_redraw(void);

#endif
