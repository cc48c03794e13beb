/* SPDX-License-Identifier: MIT */
/*
 * msync-top: the screen of "msync top", which starts it, having read the
 * command line: SOCKET, the interval in ms, how many times (0: without end),
 * and "screen" or "lines".
 *
 * One loop waits for the daemon, the keyboard, the time and signals, whatever
 * comes first; signals are let in only there.
 */
#include "top_layout.h"
#include "top_screen.h"
#include "top_talk.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* As msync has them. */
#define EXIT_IS_USAGE       64
#define EXIT_IS_UNREACHABLE 69
#define EXIT_IS_SYSTEM      71

/* Lines that go to no terminal are so wide. */
#define LINE_CELLS 132

static volatile sig_atomic_t caught; /* a signal that ends us; 0: none */

struct top {
	struct top_ui ui;
	struct top_talk talk;
	bool is_screen;
	int64_t n_left;  /* rounds to be shown; -1: without end */
	int64_t next_ms; /* when the next round begins */
	sigset_t waiting_mask;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set_clock(struct top_ui *ui)
{
	time_t now = time(NULL);
	struct tm local;

	(void)strftime(ui->clock, sizeof(ui->clock), "%H:%M:%S",
	    localtime_r(&now, &local));
}

/* Signals ---------------------------------------------------------- */

static void on_signal(int number)
{
	caught = number;
}

/* ncurses has a handler of its own for SIGWINCH, which is let in only while
 * we wait, too. */
static void prepare_signals(struct top *top)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t mask;

	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGWINCH);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)sigaction(numbers[i], &action, NULL);
		(void)sigaddset(&mask, numbers[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &mask, &top->waiting_mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		(void)sigdelset(&top->waiting_mask, numbers[i]);
	(void)sigdelset(&top->waiting_mask, SIGWINCH);
}

/* Whoever started us sees by which one we ended. */
static void end_by_signal(int number)
{
	sigset_t mask;

	(void)signal(number, SIG_DFL);
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, number);
	(void)raise(number);
	(void)sigprocmask(SIG_UNBLOCK, &mask, NULL);
}

/* Output ----------------------------------------------------------- */

static void show_screen(struct top *top)
{
	struct top_canvas canvas;
	int width, height;

	top_screen_size(&width, &height);
	top_ui_resize(&top->ui, width, height);
	top_canvas_init(&canvas, width, height, top->ui.is_utf8);
	top_layout(&top->ui, &canvas);
	top_screen_show(&canvas);
	top_canvas_deinit(&canvas);
}

static int width_of_lines(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col >= TOP_LEAST_WIDTH)
		return size.ws_col;
	return LINE_CELLS;
}

static void show_lines(const struct top *top)
{
	struct top_canvas canvas;
	int end = top_layout_block_height(&top->ui);

	top_canvas_init(&canvas, width_of_lines(), end, top->ui.is_utf8);
	top_layout_block(&top->ui, &canvas);
	for (int y = 0; y < end; y++) {
		char *line = top_canvas_line(&canvas, y);

		/* Not all of a block need be there. */
		if (line[0] != '\0')
			(void)puts(line);
		free(line);
	}
	if (top->n_left != 1)
		(void)putchar('\n');
	(void)fflush(stdout);
	top_canvas_deinit(&canvas);
}

static void show(struct top *top)
{
	set_clock(&top->ui);
	if (top->is_screen)
		show_screen(top);
	else
		show_lines(top);
}

/* The loop --------------------------------------------------------- */

/* A round has ended. */
static void take_round(struct top *top)
{
	int64_t now = now_ms();

	if (!top->ui.is_paused) {
		top_model_tick(top->ui.model, now);
		top_ui_refresh(&top->ui, now);
	}
	show(top);
	if (top->n_left > 0)
		top->n_left--;
}

static void begin_round(struct top *top)
{
	int64_t now = now_ms();

	if (now < top->next_ms)
		return;
	/* Where we were stopped for long, nothing is made up for. */
	top->next_ms += top->ui.interval_ms;
	if (top->next_ms <= now)
		top->next_ms = now + top->ui.interval_ms;
	top_talk_connect(&top->talk, now);
	if (!top->ui.is_paused)
		top_talk_begin(&top->talk, now);
	if (top->ui.trouble == NULL)
		return;
	if (top->talk.feed.fd < 0 && !top->is_screen)
		take_round(top);
	else if (top->is_screen)
		show(top);
}

static void act(struct top *top, enum top_act what)
{
	switch (what) {
	case TOP_ACT_QUIT:
		top->n_left = 0;
		break;
	case TOP_ACT_LOOK:
		top_talk_look(&top->talk);
		break;
	case TOP_ACT_END:
		top_talk_end_hold(&top->talk);
		break;
	case TOP_ACT_INTERVAL:
		top->next_ms = now_ms();
		break;
	default:
		break;
	}
}

static void take_keys(struct top *top)
{
	unsigned key;
	bool is_news = false;

	while ((key = top_screen_key()) != TOP_KEY_NONE) {
		is_news = true;
		if (key == TOP_KEY_RESIZE || key == TOP_KEY_REDRAW)
			top_screen_redraw();
		else
			act(top, top_ui_press(&top->ui, key));
	}
	if (is_news)
		show(top);
}

static void wait_for_news(struct top *top)
{
	struct pollfd fds[] = {
	    {top->talk.feed.fd, top_feed_events(&top->talk.feed), 0},
	    {top->is_screen ? STDIN_FILENO : -1, POLLIN, 0},
	};
	int64_t ms = top->next_ms - now_ms();
	struct timespec span;

	if (ms < 0)
		ms = 0;
	span = (struct timespec){ms / 1000, ms % 1000 * 1000000};
	if (ppoll(fds, 2, &span, &top->waiting_mask) < 0 && errno != EINTR)
		return;
	if (fds[0].revents != 0 && top_talk_step(&top->talk, now_ms()))
		take_round(top);
	if (!top->is_screen)
		return;
	/* The terminal is gone. */
	if ((fds[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		top->n_left = 0;
	/* Also where a signal came: it may be the size. */
	take_keys(top);
}

static void run(struct top *top)
{
	while (top->n_left != 0 && caught == 0) {
		begin_round(top);
		if (top->n_left == 0)
			break;
		wait_for_news(top);
	}
}

/* Begin and end ---------------------------------------------------- */

static int take_arguments(struct top *top, int argc, char **argv)
{
	struct top_model *model;

	if (argc != 5) {
		(void)fputs("msync-top is started by: msync top\n", stderr);
		return EXIT_IS_USAGE;
	}
	model = top_model_new(now_ms());
	top_ui_init(&top->ui, model, strtoll(argv[2], NULL, 10));
	top_talk_init(&top->talk, &top->ui, argv[1]);
	top->n_left = strtoll(argv[3], NULL, 10);
	if (top->n_left == 0)
		top->n_left = -1;
	top->is_screen = strcmp(argv[4], "screen") == 0;
	top->ui.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return 0;
}

/* Until the reader has enough of it, or a signal comes. */
static int show_all(struct top *top)
{
	if (top->is_screen && !top_screen_open()) {
		(void)fputs("msync: this terminal cannot be drawn on; "
			    "try: msync top -b\n",
		    stderr);
		return EXIT_IS_SYSTEM;
	}
	top->next_ms = now_ms();
	run(top);
	top_screen_close();
	return top->talk.feed.fd < 0 ? EXIT_IS_UNREACHABLE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct top top = {0};
	int status;

	(void)setlocale(LC_ALL, "");
	(void)signal(SIGPIPE, SIG_DFL);
	status = take_arguments(&top, argc, argv);
	if (status != 0)
		return status;
	prepare_signals(&top);
	status = show_all(&top);
	top_talk_deinit(&top.talk);
	top_ui_deinit(&top.ui);
	top_model_free(top.ui.model);
	if (caught != 0)
		end_by_signal(caught);
	return status;
}
