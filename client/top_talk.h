/* SPDX-License-Identifier: MIT */
/*
 * What msync top says to the daemon, and what it does with the answers. In each
 * round it asks for the counts, for some pages of a list, for the keys on the
 * screen that no page has told, and for the key that is open. A round has ended
 * when all of that is answered; a sweep may take several.
 */
#ifndef TOP_TALK_H
#define TOP_TALK_H

#include "top_feed.h"
#include "top_ui.h"

/* Pages, and look-ups, of a round at most. */
#define TOP_MAX_PAGES    20
#define TOP_MAX_LOOK_UPS 20
/* Of more keys, only those are swept that somebody waits for. */
#define TOP_MANY_KEYS 2000

struct top_look_up {
	enum top_kind kind;
	char key[260];
};

struct top_talk {
	struct top_feed feed;
	struct top_ui *ui; /* borrowed, and its model */
	int64_t retry_ms;  /* when to connect again */
	int64_t asked_ms;  /* when the round began */
	int n_awaited;     /* answers of this round */
	int n_pages;       /* asked for in it */
	char after[64];    /* where the sweep goes on; "": it begins anew */
	bool is_greeted;   /* hello is answered */
	struct top_look_up look_ups[TOP_MAX_LOOK_UPS];
	char trouble[160]; /* why nothing comes */
};

void top_talk_init(
    struct top_talk *talk, struct top_ui *ui, const char *socket);
void top_talk_deinit(struct top_talk *talk);
/* Connects where there is no connection, and it is time to. */
void top_talk_connect(struct top_talk *talk, int64_t now_ms);
/* Begins a round, where none is going on. */
void top_talk_begin(struct top_talk *talk, int64_t now_ms);
/* Takes what has come. true: a round has ended, or the daemon is gone, or has
 * answered something else that is to be shown. */
bool top_talk_step(struct top_talk *talk, int64_t now_ms);
/* Ends the hold of ui->ending; looks up the key that is open. */
void top_talk_end_hold(struct top_talk *talk);
void top_talk_look(struct top_talk *talk);

#endif
