/* SPDX-License-Identifier: MIT */
/* The places of objects: see roster.h. */
#include "roster.h"

#include "object.h"

#include <assert.h>

#define SHELF_PLACES 512

struct shelf {
	struct shelf *prev, *next; /* in roster->roomy, while it is */
	uint32_t number;           /* of the shelf */
	uint16_t n_used;
	uint16_t first_gap; /* there is none below it */
	struct object *places[SHELF_PLACES];
};

void roster_init(struct roster *roster)
{
	*roster = (struct roster){0};
	cells_init(&roster->cells, sizeof(struct shelf));
}

/* A number that no shelf has. */
static uint32_t free_number(struct roster *roster)
{
	uint32_t number = 0;

	while (number < roster->n_shelves && roster->shelves[number] != NULL)
		number++;
	if (number == roster->cap) {
		roster->cap = roster->cap == 0 ? 4 : 2 * roster->cap;
		roster->shelves = xrealloc(
		    roster->shelves, roster->cap * sizeof(*roster->shelves));
	}
	if (number == roster->n_shelves)
		roster->n_shelves++;
	return number;
}

static struct shelf *shelf_new(struct roster *roster)
{
	struct shelf *shelf = cell_take(&roster->cells);

	*shelf = (struct shelf){.number = free_number(roster)};
	roster->shelves[shelf->number] = shelf;
	DL_PREPEND(roster->roomy, shelf);
	return shelf;
}

static void shelf_free(struct roster *roster, struct shelf *shelf)
{
	DL_DELETE(roster->roomy, shelf);
	roster->shelves[shelf->number] = NULL;
	while (roster->n_shelves > 0 &&
	       roster->shelves[roster->n_shelves - 1] == NULL)
		roster->n_shelves--;
	cell_give(&roster->cells, shelf);
}

void roster_deinit(struct roster *roster)
{
	if (roster->roomy != NULL)
		shelf_free(roster, roster->roomy);
	assert(roster->n_shelves == 0);
	free(roster->shelves);
	cells_deinit(&roster->cells);
	*roster = (struct roster){0};
}

void roster_add(struct roster *roster, struct object *object)
{
	struct shelf *shelf = roster->roomy;
	uint16_t at;

	if (shelf == NULL)
		shelf = shelf_new(roster);
	at = shelf->first_gap;
	while (shelf->places[at] != NULL)
		at++;
	shelf->places[at] = object;
	shelf->first_gap = at + 1;
	object->place = shelf->number * SHELF_PLACES + at;
	if (++shelf->n_used == SHELF_PLACES)
		DL_DELETE(roster->roomy, shelf);
}

void roster_remove(struct roster *roster, struct object *object)
{
	struct shelf *shelf = roster->shelves[object->place / SHELF_PLACES];
	uint16_t at = object->place % SHELF_PLACES;

	assert(shelf->places[at] == object);
	shelf->places[at] = NULL;
	if (at < shelf->first_gap)
		shelf->first_gap = at;
	if (shelf->n_used-- == SHELF_PLACES)
		DL_PREPEND(roster->roomy, shelf);
	/* One empty shelf stays, for what comes and goes. */
	if (shelf->n_used == 0 && roster->roomy->next != NULL)
		shelf_free(roster, shelf);
}

uint32_t roster_end(const struct roster *roster)
{
	return roster->n_shelves * SHELF_PLACES;
}

struct object *roster_at(const struct roster *roster, uint32_t place)
{
	const struct shelf *shelf;

	if (place >= roster_end(roster))
		return NULL;
	shelf = roster->shelves[place / SHELF_PLACES];
	return shelf == NULL ? NULL : shelf->places[place % SHELF_PLACES];
}
