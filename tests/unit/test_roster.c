/* SPDX-License-Identifier: MIT */
/* The places of objects: who walks over them misses nobody that stays. */
#include "roster.h"

#include "object.h"
#include "proto.h"

#include <stdlib.h>

#define N_OBJECTS 5000

static struct object objects[N_OBJECTS];

START_TEST(places_are_given_in_order_and_then_again)
{
	struct roster roster = {0};

	for (uint32_t i = 0; i < 200; i++) {
		roster_add(&roster, &objects[i]);
		ck_assert_uint_eq(objects[i].place, i);
		ck_assert_ptr_eq(roster.places[i], &objects[i]);
	}
	roster_remove(&roster, &objects[7]);
	roster_remove(&roster, &objects[150]);
	ck_assert_ptr_null(roster.places[7]);
	roster_add(&roster, &objects[200]);
	ck_assert_uint_eq(objects[200].place, 150);
	roster_add(&roster, &objects[201]);
	ck_assert_uint_eq(objects[201].place, 7);
	roster_add(&roster, &objects[202]);
	ck_assert_uint_eq(objects[202].place, 200);
	ck_assert_uint_eq(roster.n_places, 201);
	for (uint32_t i = 0; i < 203; i++) {
		if (i != 7 && i != 150)
			roster_remove(&roster, &objects[i]);
	}
	roster_deinit(&roster);
}
END_TEST

START_TEST(an_object_keeps_its_place_whatever_comes_and_goes)
{
	struct roster roster = {0};
	uint32_t places[N_OBJECTS];

	for (int i = 0; i < N_OBJECTS; i++) {
		roster_add(&roster, &objects[i]);
		places[i] = objects[i].place;
		if (i % 3 == 2)
			roster_remove(&roster, &objects[i - 1]);
	}
	for (int i = 0; i < N_OBJECTS; i++) {
		if (i % 3 == 1 && i + 1 < N_OBJECTS)
			continue;
		ck_assert_uint_eq(objects[i].place, places[i]);
		ck_assert_ptr_eq(roster.places[places[i]], &objects[i]);
		roster_remove(&roster, &objects[i]);
	}
	roster_deinit(&roster);
}
END_TEST

START_TEST(an_empty_roster_begins_anew_and_gives_back_what_is_much)
{
	struct roster roster = {0};

	roster_add(&roster, &objects[0]);
	roster_remove(&roster, &objects[0]);
	ck_assert_uint_eq(roster.n_places, 0);
	ck_assert_uint_eq(roster.n_gaps, 0);
	/* Not for the one key that comes and goes. */
	ck_assert_ptr_nonnull(roster.places);
	for (int i = 0; i < N_OBJECTS; i++)
		roster_add(&roster, &objects[i]);
	for (int i = 0; i < N_OBJECTS; i++)
		roster_remove(&roster, &objects[i]);
	ck_assert_uint_eq(roster.n_places, 0);
	ck_assert_ptr_null(roster.places);
	roster_deinit(&roster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    places_are_given_in_order_and_then_again,
	    an_object_keeps_its_place_whatever_comes_and_goes,
	    an_empty_roster_begins_anew_and_gives_back_what_is_much,
	    NULL,
	};

	return unit_run("roster", tests);
}
