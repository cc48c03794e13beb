/* SPDX-License-Identifier: MIT */
/*
 * A session of the random run that watches everything: what it is told has to
 * be what happened. The model knows nothing of it.
 */
#ifndef WATCHER_H
#define WATCHER_H

#include "model.h"

#include "core.h"
#include "watch.h"

#include <jansson.h>

#define WATCHER_MAX_GRANTS 1024

struct watcher {
	bool is_there; /* also while what it was told last is compared */
	bool is_over;  /* its watch has ended */
	int session;
	int64_t first, end; /* the tokens that were given meanwhile */
	/* The counters when it began, and when it ended. */
	int64_t before[WIRE_N_KINDS][TALLY_N_COUNTS];
	int64_t after[WIRE_N_KINDS][TALLY_N_COUNTS];
	int64_t n_told[WATCH_N_EVENTS];
	int64_t n_uncounted; /* refusals that no counter is for */
	/* Grants that it was told since the last comparison, and how many of
	 * them have been found to be right. */
	json_t *grants[WATCHER_MAX_GRANTS];
	int n_grants, n_right;
};

#endif
