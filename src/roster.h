/* SPDX-License-Identifier: MIT */
/*
 * All objects of one kind in an order that outlives changes: each has a place,
 * a number that it keeps as long as it lives and that is given again
 * afterwards. Who walks over the places from 0 on, with any pauses, meets each
 * object that is there all the while exactly once.
 *
 * The places are on shelves of a few hundred; one that is empty is given back,
 * whatever is on those behind it.
 *
 * (The buckets of the hash table could be walked as well, in the order of
 * Redis' SCAN, and without further memory. But that order shows what the
 * secret hash makes of each key, and who knows that can fill one bucket.)
 */
#ifndef ROSTER_H
#define ROSTER_H

#include "cell.h"

#include <stdint.h>

struct object;
struct shelf;

struct roster {
	struct shelf **shelves; /* owned; NULL: an empty one */
	uint32_t n_shelves, cap;
	struct shelf *roomy; /* those with a gap */
	struct cells cells;  /* what shelves are made of */
};

void roster_init(struct roster *roster);
/* Frees an empty roster. */
void roster_deinit(struct roster *roster);
/* Gives the object a place. */
void roster_add(struct roster *roster, struct object *object);
/* Takes it away again. */
void roster_remove(struct roster *roster, struct object *object);

/* All places are below this. */
uint32_t roster_end(const struct roster *roster);
/* The object at this place, or NULL. */
struct object *roster_at(const struct roster *roster, uint32_t place);

#endif
