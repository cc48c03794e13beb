/* SPDX-License-Identifier: MIT */
/* The terminal: see top_screen.h. */
#include "top_screen.h"

#include "top_ui.h"

#include <ncurses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static SCREEN *screen;

/* What a crash needs, when ncurses cannot be called any more. */
static struct termios terminal_before;
static char farewell[256];

/* A crash ------------------------------------------------------------- */

static void add_to_farewell(const char *name)
{
	const char *text = tigetstr((char *)name);
	size_t len = strlen(farewell);

	/* -1: it is no text. */
	if (text == NULL || text == (char *)-1)
		return;
	(void)snprintf(farewell + len, sizeof(farewell) - len, "%s", text);
}

static void on_crash(int number)
{
	ssize_t ignored = write(STDOUT_FILENO, farewell, strlen(farewell));

	(void)ignored;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
	/* The handler is gone already. */
	(void)raise(number);
}

static void prepare_for_crash(void)
{
	static const int numbers[] = {
	    SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	struct sigaction action = {.sa_handler = on_crash,
	    .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

	farewell[0] = '\0';
	add_to_farewell("sgr0");
	add_to_farewell("cnorm");
	add_to_farewell("rmkx");
	add_to_farewell("rmcup");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigaction(numbers[i], &action, NULL);
}

/* Styles --------------------------------------------------------------- */

static const struct {
	attr_t plain, coloured; /* without, and beside the colour */
	short colour;           /* -1: that of text */
} styles[TOP_N_STYLES] = {
    [TOP_PLAIN] = {A_NORMAL, A_NORMAL, -1},
    [TOP_DIM] = {A_DIM, A_DIM, -1},
    [TOP_BOLD] = {A_BOLD, A_BOLD, -1},
    [TOP_TITLE] = {A_BOLD, A_BOLD, -1},
    [TOP_HEAD] = {A_REVERSE, A_REVERSE, -1},
    [TOP_CHOSEN] = {A_REVERSE | A_BOLD, A_REVERSE | A_BOLD, COLOR_CYAN},
    [TOP_SPARK] = {A_NORMAL, A_NORMAL, COLOR_GREEN},
    [TOP_KEY] = {A_BOLD, A_NORMAL, COLOR_CYAN},
    [TOP_WARN] = {A_BOLD, A_BOLD, COLOR_YELLOW},
    [TOP_BAD] = {A_REVERSE, A_BOLD, COLOR_RED},
    [TOP_ASK] = {A_REVERSE | A_BOLD, A_REVERSE | A_BOLD, COLOR_YELLOW},
};

static bool is_coloured;

static void prepare_colours(void)
{
	is_coloured = getenv("NO_COLOR") == NULL && has_colors() &&
		      start_color() != ERR && use_default_colors() != ERR;
	for (short i = 1; is_coloured && i < TOP_N_STYLES; i++)
		(void)init_pair(i, styles[i].colour, -1);
}

/* Open and close ------------------------------------------------------- */

/* Asked before newterm(3), which leaves memory behind where it fails. */
static bool can_be_drawn_on(void)
{
	int error;
	const char *cup;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return false;
	cup = tigetstr((char *)"cup");
	(void)del_curterm(cur_term);
	return cup != NULL && cup != (char *)-1;
}

bool top_screen_open(void)
{
	(void)tcgetattr(STDIN_FILENO, &terminal_before);
	if (!can_be_drawn_on())
		return false;
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL)
		return false;
	prepare_for_crash();
	(void)cbreak();
	(void)noecho();
	(void)nonl();
	(void)keypad(stdscr, TRUE);
	(void)nodelay(stdscr, TRUE);
	(void)set_escdelay(25);
	(void)curs_set(0);
	prepare_colours();
	return true;
}

void top_screen_close(void)
{
	if (screen == NULL)
		return;
	(void)endwin();
	delscreen(screen);
	screen = NULL;
}

void top_screen_size(int *width, int *height)
{
	getmaxyx(stdscr, *height, *width);
}

/* Show ----------------------------------------------------------------- */

static void show_cell(int y, int x, const struct top_cell *cell)
{
	static const wchar_t blank[] = L" ";
	short pair = 0;
	attr_t attributes = is_coloured ? styles[cell->style].coloured
					: styles[cell->style].plain;
	cchar_t is;

	if (is_coloured)
		pair = (short)cell->style;
	if (setcchar(&is, cell->chars[0] == L'\0' ? blank : cell->chars,
		attributes, pair, NULL) != ERR)
		(void)mvadd_wch(y, x, &is);
}

void top_screen_show(const struct top_canvas *canvas)
{
	const struct top_cell *cell = canvas->cells;

	(void)erase();
	for (int y = 0; y < canvas->height; y++) {
		for (int x = 0; x < canvas->width; x++, cell++) {
			if (!cell->is_half)
				show_cell(y, x, cell);
		}
	}
	(void)refresh();
}

void top_screen_redraw(void)
{
	(void)clearok(stdscr, TRUE);
}

/* Keys ----------------------------------------------------------------- */

static unsigned special(wint_t key)
{
	static const struct {
		wint_t code;
		enum top_key key;
	} keys[] = {
	    {KEY_UP, TOP_KEY_UP},
	    {KEY_DOWN, TOP_KEY_DOWN},
	    {KEY_PPAGE, TOP_KEY_PAGE_UP},
	    {KEY_NPAGE, TOP_KEY_PAGE_DOWN},
	    {KEY_HOME, TOP_KEY_HOME},
	    {KEY_END, TOP_KEY_END},
	    {KEY_ENTER, TOP_KEY_ENTER},
	    {KEY_BACKSPACE, TOP_KEY_BACKSPACE},
	    {KEY_RESIZE, TOP_KEY_RESIZE},
	    {KEY_F(1), '?'},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].code == key)
			return (unsigned)keys[i].key;
	}
	/* One that means nothing, but is one. */
	return '\0';
}

unsigned top_screen_key(void)
{
	wint_t key;
	int how = get_wch(&key);

	if (how == ERR)
		return TOP_KEY_NONE;
	if (how == KEY_CODE_YES)
		return special(key);
	switch (key) {
	case '\r':
	case '\n':
		return TOP_KEY_ENTER;
	case 0x1B:
		return TOP_KEY_ESCAPE;
	case 0x08:
	case 0x7F:
		return TOP_KEY_BACKSPACE;
	case 0x0C:
		return TOP_KEY_REDRAW;
	default:
		return (unsigned)key;
	}
}
