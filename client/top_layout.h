/* SPDX-License-Identifier: MIT */
/*
 * Where everything stands: what the reader has chosen and what is known of the
 * daemon, made into lines for a given width and height. It looks at nothing
 * else, so that a test can lay out any screen.
 *
 *	table:                          a key:
 *	  title                           title
 *	  kinds, where there is room      the key, its last minute
 *	  head of the table               head of the table
 *	  keys                            holders, then waiters
 *	  question, message or hints      question, message or hints
 */
#ifndef TOP_LAYOUT_H
#define TOP_LAYOUT_H

#include "top_canvas.h"
#include "top_table.h"
#include "top_ui.h"

/* On less than this, there is only a word about it. */
#define TOP_LEAST_WIDTH  40
#define TOP_LEAST_HEIGHT 8

/* How many rows of the table, or of the table of a key, there is room for. */
int top_layout_rows(int height);
int top_layout_claims(int height);
/* The canvas has the size of the screen, and is empty. */
void top_layout(const struct top_ui *ui, struct top_canvas *canvas);
/* The same for the lines of a block without a screen: title, kinds and keys,
 * for which the canvas is high enough: */
int top_layout_block_height(const struct top_ui *ui);
void top_layout_block(const struct top_ui *ui, struct top_canvas *canvas);
/* No block shows more keys. */
#define TOP_BLOCK_ROWS 200

/* Parts; each takes the first line it uses. */

/* top_layout_head.c: the title, and what there is of each kind. */
void top_layout_title(const struct top_ui *ui, struct top_canvas *canvas);
#define TOP_KINDS_HEIGHT (1 + TOP_N_KINDS)
void top_layout_kinds(
    const struct top_ui *ui, struct top_canvas *canvas, int y);
/* top_layout_rows.c: the head, and so many of the keys. */
void top_layout_keys(const struct top_ui *ui, struct top_canvas *canvas, int y,
    struct top_scroll scroll);
/* top_layout_key.c: a key with its holders and waiters. */
void top_layout_key(const struct top_ui *ui, struct top_canvas *canvas, int y);
/* top_layout_foot.c: the last line, and the page of help. */
void top_layout_foot(const struct top_ui *ui, struct top_canvas *canvas);
void top_layout_help(const struct top_ui *ui, struct top_canvas *canvas, int y);

#endif
