/* SPDX-License-Identifier: MIT */
/* A screen of msync top without a terminal: see tops_screen.h. */
#include "tops_screen.h"

#include "top_layout.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct top_ui ui;
struct top_canvas canvas;
char *lines[256]; /* of the canvas */

void screen_setup(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	tops_setup();
	top_ui_init(&ui, model, 1000);
	ui.is_utf8 = true;
	(void)strcpy(ui.clock, "12:34:56");
	top_ui_resize(&ui, 80, 24);
}

void clear_screen(void)
{
	for (int y = 0; y < canvas.height; y++) {
		free(lines[y]);
		lines[y] = NULL;
	}
	top_canvas_deinit(&canvas);
	canvas.height = 0;
}

void screen_teardown(void)
{
	clear_screen();
	top_ui_deinit(&ui);
	tops_teardown();
}

void lay_out(int width, int height)
{
	clear_screen();
	top_ui_resize(&ui, width, height);
	top_canvas_init(&canvas, width, height, ui.is_utf8);
	top_layout(&ui, &canvas);
	ck_assert_msg(canvas.n_clashes == 0, "%d clashes at %dx%d",
	    canvas.n_clashes, width, height);
	for (int y = 0; y < height; y++) {
		lines[y] = top_canvas_line(&canvas, y);
		ck_assert_int_le(top_canvas_width(lines[y]), width);
	}
}

int find_line(const char *begin)
{
	for (int y = 0; y < canvas.height; y++) {
		if (strncmp(lines[y], begin, strlen(begin)) == 0)
			return y;
	}
	return -1;
}

void ck_line(const char *begin, const char *part)
{
	int y = find_line(begin);

	ck_assert_msg(y >= 0, "no line begins with \"%s\"", begin);
	ck_assert_msg(strstr(lines[y], part) != NULL, "no \"%s\" in \"%s\"",
	    part, lines[y]);
}

void fill(void)
{
	stats_at(0, 90061000, 0);
	stats_at(1000, 90062000, 40);
	stats_at(2000, 90063000, 40);
	model->is_watching = true;
	sweep_at(0, false,
	    line("[%s,"
		 "{'kind':'limit','key':'mail','state':'held','capacity':10,"
		 "'in_use':9,'holding':9,'waiting':0,'holders':[{'uid':33,"
		 "'pid':4194304,'command':'send-mail','client':'send-mail',"
		 "'token':5,'held_ms':90000,'permits':1}],'waiters':[]},"
		 "{'kind':'pool','key':'漢字漢字漢字漢字漢字漢字漢字漢字漢字漢"
		 "字漢字漢字漢字漢字漢字漢字漢字','state':'idle','capacity':"
		 "1000000,'size':3,'available':3,'holding':0,'waiting':0,"
		 "'holders':[],'waiters':[]},"
		 "{'kind':'flight','key':'%0256d','state':'held','holding':1,"
		 "'waiting':123456,'holders':[{'uid':4294967294,'client':'%s',"
		 "'token':9007199254740991,'held_ms':9007199254740991,"
		 "'detached':true,'lease_left_ms':9007199254740991}],"
		 "'waiters':[{'uid':0,'client':'','waited_ms':"
		 "9007199254740991}]},"
		 "{'kind':'lock','key':'e\xCC\x81\xE2\x80\xAE\xE2\x80\x8Bx',"
		 "'state':'abandoned','holding':0,'waiting':0,'holders':[],"
		 "'waiters':[]}]",
		a_lock("deploy", 192000, 3), 7,
		"a-client-with-a-name-of-64-bytes-is-as-long-as-one-may-be-"
		"called"));
	for (int i = 0; i < 20; i++)
		granted_at(500, "deploy", i + 1);
	granted_at(500, "漢字", 9);
	top_model_tick(model, START + 2000);
	top_ui_refresh(&ui, START + 2000);
}

void open_key(const char *key, int n_waiters)
{
	json_t *answer = json_pack(
	    "{s:o}", "keys", line("[%s]", a_lock(key, 5000, n_waiters)));

	top_model_open(model, TOP_LOCK, key);
	top_model_take_open(model, answer, START);
	json_decref(answer);
	ui.mode = TOP_IN_KEY;
}

void press_all(const char *letters)
{
	for (; *letters != '\0'; letters++)
		ck_assert_int_eq(
		    top_ui_press(&ui, (unsigned char)*letters), TOP_ACT_NONE);
}

void fill_four(void)
{
	char keys[8192];
	size_t len = 0;
	static const struct {
		const char *key;
		int held_ms, n_waiters, n_granted;
	} locks[] = {
	    {"c", 9000, 1, 7},
	    {"a", 3000, 3, 2},
	    {"d", 50000, 0, 0},
	    {"b", 6000, 2, 9},
	};

	stats_at(0, 1000, 0);
	model->is_watching = true;
	for (size_t i = 0; i < 4; i++) {
		len += (size_t)snprintf(keys + len, sizeof(keys) - len, "%s%s",
		    i > 0 ? "," : "",
		    a_lock(locks[i].key, locks[i].held_ms, locks[i].n_waiters));
		for (int n = 0; n < locks[i].n_granted; n++)
			granted_at(0, locks[i].key, n + 1);
	}
	sweep_at(0, false, line("[%s]", keys));
	top_model_tick(model, START + 1000);
	top_ui_refresh(&ui, START + 1000);
}
