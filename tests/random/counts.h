/* SPDX-License-Identifier: MIT */
/*
 * What occurred how often, over all episodes: the table at the end.
 */
#ifndef COUNTS_H
#define COUNTS_H

#include "model.h"

#include <stdio.h>

struct counts {
	long steps, episodes, shut_downs, joins_refused;
	long asked[MODEL_N_OPS];    /* well-formed requests */
	long answered[MODEL_N_OPS]; /* with ok */
	long codes[WIRE_N_CODES];
	long ends[MODEL_N_ENDS];
	long events_lease, events_eof, events_admin;
	long has_abandoned, has_attempt, has_age, has_by_uid, has_ignored,
	    has_destroy, has_more, has_holder;
	long walks, watched;
};

void counts_add_answer(
    struct counts *counts, const struct model_answer *answer);
void counts_print(const struct counts *counts, FILE *out);
/* The name of a row with fewer than least; NULL: there is none. */
const char *counts_find_rare(const struct counts *counts, long least);

#endif
