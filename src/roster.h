/* SPDX-License-Identifier: MIT */
/*
 * All objects of one kind in an order that outlives changes: each has a place,
 * a number that it keeps as long as it lives and that is given again
 * afterwards. Who walks over the places from 0 on, with any pauses, meets each
 * object that is there all the while exactly once.
 *
 * (The buckets of the hash table could be walked as well, in the order of
 * Redis' SCAN, and without further memory. But that order shows what the
 * secret hash makes of each key, and who knows that can fill one bucket.)
 */
#ifndef ROSTER_H
#define ROSTER_H

#include <stdint.h>

struct object;

struct roster {
	struct object **places; /* owned; NULL: a gap */
	uint32_t *gaps;         /* owned: a stack of them */
	uint32_t n_places, n_gaps, cap;
};

/* Gives the object a place. */
void roster_add(struct roster *roster, struct object *object);
/* Takes it away again. */
void roster_remove(struct roster *roster, struct object *object);
/* Frees what is left of an empty roster. */
void roster_deinit(struct roster *roster);

#endif
