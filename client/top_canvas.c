/* SPDX-License-Identifier: MIT */
/* A grid of cells: see top_canvas.h. */
#include "top_canvas.h"

#include "top_alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void top_canvas_init(
    struct top_canvas *canvas, int width, int height, bool is_utf8)
{
	size_t n = (size_t)width * (size_t)height;

	*canvas = (struct top_canvas){
	    .width = width, .height = height, .is_utf8 = is_utf8};
	canvas->cells = top_zalloc(n * sizeof(canvas->cells[0]));
}

void top_canvas_deinit(struct top_canvas *canvas)
{
	free(canvas->cells);
	canvas->cells = NULL;
}

static struct top_cell *cell_at(const struct top_canvas *canvas, int y, int x)
{
	return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

/* Letters ---------------------------------------------------------- */

/* They would turn or hide what stands around them. */
static bool is_treacherous(wchar_t letter)
{
	return (letter >= 0x200B && letter <= 0x200F) ||
	       (letter >= 0x2028 && letter <= 0x202E) ||
	       (letter >= 0x2060 && letter <= 0x206F) || letter == 0xFEFF;
}

/* The next letter of a text, and how many cells it is wide; it moves on. Of
 * what is no UTF-8, each byte is a question mark. */
static wchar_t next_letter(const char **text, int *width)
{
	const unsigned char *at = (const unsigned char *)*text;
	int n = at[0] < 0x80 ? 0 : at[0] < 0xE0 ? 1 : at[0] < 0xF0 ? 2 : 3;
	wchar_t letter = n == 0 ? at[0] : at[0] & (0x3F >> n);
	int i = 1;

	while (i <= n && (at[i] & 0xC0) == 0x80)
		letter = (wchar_t)(letter << 6 | (at[i++] & 0x3F));
	if (i <= n || (at[0] & 0xC0) == 0x80)
		n = -1;
	*text += n < 0 ? 1 : n + 1;
	*width = n < 0 ? -1 : wcwidth(letter);
	if (*width >= 0 && !is_treacherous(letter))
		return letter;
	*width = 1;
	return L'?';
}

int top_canvas_width(const char *text)
{
	int sum = 0, width;

	while (*text != '\0') {
		(void)next_letter(&text, &width);
		sum += width;
	}
	return sum;
}

/* Text ------------------------------------------------------------- */

/* A mark goes onto the letter before it. */
static void put_mark(struct top_canvas *canvas, int y, int x, wchar_t mark)
{
	struct top_cell *cell = cell_at(canvas, y, x);
	size_t len;

	if (cell->is_half)
		cell--;
	len = wcslen(cell->chars);
	if (len > 0 && len < TOP_CELL_CHARS)
		cell->chars[len] = mark;
}

static void put_letter(struct top_canvas *canvas, struct top_place place,
    wchar_t letter, int width)
{
	for (int i = 0; i < width; i++) {
		struct top_cell *cell = cell_at(canvas, place.y, place.x + i);

		canvas->n_clashes += cell->is_taken;
		*cell = (struct top_cell){.style = (unsigned char)place.style,
		    .is_taken = true,
		    .is_half = i > 0,
		    .width = (unsigned char)(i > 0 ? 0 : width),
		    .chars = {i > 0 ? L'\0' : letter}};
	}
}

/* Of a text that is too long: as much as leaves a cell for the mark. */
static void put_letters(
    struct top_canvas *canvas, struct top_place place, const char *text)
{
	int end = place.x + place.width, begin = place.x, width;
	bool is_cut = top_canvas_width(text) > place.width;
	wchar_t letter;

	while (*text != '\0') {
		letter = next_letter(&text, &width);
		if (place.x + width > end - is_cut)
			break;
		if (width > 0)
			put_letter(canvas, place, letter, width);
		else if (place.x > begin)
			put_mark(canvas, place.y, place.x - 1, letter);
		place.x += width;
	}
	if (is_cut)
		put_letter(canvas, place, canvas->is_utf8 ? L'…' : L'~', 1);
}

int top_canvas_put(
    struct top_canvas *canvas, struct top_place place, const char *text)
{
	int width = top_canvas_width(text);

	if (place.y < 0 || place.y >= canvas->height || place.x < 0)
		return 0;
	if (place.width > canvas->width - place.x)
		place.width = canvas->width - place.x;
	if (place.width <= 0)
		return 0;
	if (place.is_right && width < place.width) {
		place.x += place.width - width;
		place.width = width;
	}
	put_letters(canvas, place, text);
	return width < place.width ? width : place.width;
}

int top_canvas_say(
    struct top_canvas *canvas, struct top_place place, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return top_canvas_put(canvas, place, text);
}

void top_canvas_paint(struct top_canvas *canvas, int y, enum top_style style)
{
	for (int x = 0; y < canvas->height && x < canvas->width; x++)
		cell_at(canvas, y, x)->style = (unsigned char)style;
}

char *top_canvas_line(const struct top_canvas *canvas, int y)
{
	size_t cap = (size_t)canvas->width * TOP_CELL_CHARS * MB_CUR_MAX + 1;
	char *line = top_realloc(NULL, cap), *at = line, *end = line;

	for (int x = 0; x < canvas->width; x++) {
		const struct top_cell *cell = cell_at(canvas, y, x);

		if (cell->is_half)
			continue;
		if (cell->chars[0] == L'\0' || cell->chars[0] == L' ') {
			*at++ = ' ';
			continue;
		}
		for (int i = 0; cell->chars[i] != L'\0'; i++) {
			int n = wctomb(at, cell->chars[i]);

			at += n > 0 ? n : 0;
		}
		end = at;
	}
	*end = '\0';
	return line;
}
