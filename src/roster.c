/* SPDX-License-Identifier: MIT */
/* The places of objects: see roster.h. */
#include "roster.h"

#include "object.h"

#include <assert.h>
#include <stdlib.h>

#define MIN_PLACES  64
#define KEEP_PLACES 1024 /* not given back when the roster is empty */

static void grow(struct roster *roster)
{
	roster->cap = roster->cap == 0 ? MIN_PLACES : 2 * roster->cap;
	roster->places =
	    xrealloc(roster->places, roster->cap * sizeof(*roster->places));
	roster->gaps =
	    xrealloc(roster->gaps, roster->cap * sizeof(*roster->gaps));
}

void roster_add(struct roster *roster, struct object *object)
{
	if (roster->n_gaps > 0) {
		object->place = roster->gaps[--roster->n_gaps];
	} else {
		if (roster->n_places == roster->cap)
			grow(roster);
		object->place = roster->n_places++;
	}
	roster->places[object->place] = object;
}

void roster_remove(struct roster *roster, struct object *object)
{
	assert(roster->places[object->place] == object);
	roster->places[object->place] = NULL;
	roster->gaps[roster->n_gaps++] = object->place;
	if (roster->n_gaps < roster->n_places)
		return;
	roster->n_gaps = 0;
	roster->n_places = 0;
	if (roster->cap > KEEP_PLACES)
		roster_deinit(roster);
}

void roster_deinit(struct roster *roster)
{
	assert(roster->n_gaps == roster->n_places);
	free(roster->places);
	free(roster->gaps);
	*roster = (struct roster){0};
}
