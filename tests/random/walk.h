/* SPDX-License-Identifier: MIT */
/*
 * A list that is read page by page while other things happen: each hold that is
 * there from the first page to the last is told exactly once, and none twice.
 */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>
#include <stdint.h>

#define WALK_MAX_HOLDS 512

struct walk {
	bool is_under_way;
	bool is_asked; /* for a page that has not come yet */
	int session;   /* who reads */
	int kind;      /* the only one, or MODEL_ABSENT */
	int n_pages;
	const char *after; /* NULL: from the beginning */
	/* Tokens: of the holds that were there, and of those told. */
	int64_t begun[WALK_MAX_HOLDS], told[WALK_MAX_HOLDS];
	int n_begun, n_told;
};

#endif
