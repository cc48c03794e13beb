/* SPDX-License-Identifier: MIT */
/* The places of objects: who walks over them misses nobody that stays. */
#include "roster.h"

#include "object.h"
#include "unit.h"

#include <stdlib.h>

#define N_OBJECTS 5000

static struct object objects[N_OBJECTS];

START_TEST(places_are_given_in_order_and_then_again)
{
	struct roster roster;

	roster_init(&roster);
	ck_assert_ptr_null(roster_at(&roster, 0));
	for (uint32_t i = 0; i < 200; i++) {
		roster_add(&roster, &objects[i]);
		ck_assert_uint_eq(objects[i].place, i);
		ck_assert_ptr_eq(roster_at(&roster, i), &objects[i]);
	}
	roster_remove(&roster, &objects[7]);
	roster_remove(&roster, &objects[150]);
	ck_assert_ptr_null(roster_at(&roster, 7));
	roster_add(&roster, &objects[200]);
	ck_assert_uint_eq(objects[200].place, 7);
	roster_add(&roster, &objects[201]);
	ck_assert_uint_eq(objects[201].place, 150);
	roster_add(&roster, &objects[202]);
	ck_assert_uint_eq(objects[202].place, 200);
	ck_assert_ptr_null(roster_at(&roster, 201));
	ck_assert_uint_gt(roster_end(&roster), 200);
	for (uint32_t i = 0; i < 203; i++) {
		if (i != 7 && i != 150)
			roster_remove(&roster, &objects[i]);
	}
	roster_deinit(&roster);
}
END_TEST

START_TEST(an_object_keeps_its_place_whatever_comes_and_goes)
{
	struct roster roster;
	uint32_t places[N_OBJECTS];

	roster_init(&roster);
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
		ck_assert_ptr_eq(roster_at(&roster, places[i]), &objects[i]);
		roster_remove(&roster, &objects[i]);
	}
	roster_deinit(&roster);
}
END_TEST

/* Whoever is at a place is the one that was told so, and nobody is anywhere
 * else. */
static void look(const struct roster *roster, const bool in[N_OBJECTS])
{
	uint32_t n = 0, n_in = 0;

	for (uint32_t place = 0; place < roster_end(roster); place++) {
		const struct object *object = roster_at(roster, place);

		if (object == NULL)
			continue;
		ck_assert_uint_eq(object->place, place);
		ck_assert(in[object - objects]);
		n++;
	}
	for (int i = 0; i < N_OBJECTS; i++)
		n_in += in[i];
	ck_assert_uint_eq(n, n_in);
	ck_assert_ptr_null(roster_at(roster, roster_end(roster)));
}

START_TEST(places_are_kept_through_many_random_changes)
{
	struct roster roster;
	static bool in[N_OBJECTS];
	uint64_t seed = 11;

	roster_init(&roster);
	for (int step = 0; step < 100000; step++) {
		unsigned i = draw(&seed, N_OBJECTS);
		bool goes =
		    (int)draw(&seed, 100) < ((step / 25000) % 2 == 0 ? 10 : 90);

		if (in[i] && goes)
			roster_remove(&roster, &objects[i]);
		else if (!in[i] && !goes)
			roster_add(&roster, &objects[i]);
		in[i] = !goes;
		if (step % 5000 == 0)
			look(&roster, in);
	}
	for (int i = 0; i < N_OBJECTS; i++) {
		if (in[i])
			roster_remove(&roster, &objects[i]);
	}
	roster_deinit(&roster);
}
END_TEST

START_TEST(shelves_in_the_middle_are_given_back_and_used_again)
{
	struct roster roster;

	roster_init(&roster);
	for (int i = 0; i < N_OBJECTS; i++)
		roster_add(&roster, &objects[i]);
	ck_assert_uint_eq(roster.cells.n_used, (N_OBJECTS + 511) / 512);
	/* All but the last one, whose place is high. */
	for (int i = 0; i < N_OBJECTS - 1; i++)
		roster_remove(&roster, &objects[i]);
	ck_assert_uint_eq(roster.cells.n_used, 1);
	ck_assert_ptr_eq(roster_at(&roster, objects[N_OBJECTS - 1].place),
	    &objects[N_OBJECTS - 1]);
	ck_assert_ptr_null(roster_at(&roster, 0));
	for (int i = 0; i < N_OBJECTS - 1; i++)
		roster_add(&roster, &objects[i]);
	ck_assert_uint_eq(roster_end(&roster), (N_OBJECTS + 511) / 512 * 512);
	for (int i = 0; i < N_OBJECTS; i++)
		roster_remove(&roster, &objects[i]);
	/* One stays, for the key that comes and goes. */
	ck_assert_uint_eq(roster.cells.n_used, 1);
	roster_deinit(&roster);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    places_are_given_in_order_and_then_again,
	    an_object_keeps_its_place_whatever_comes_and_goes,
	    places_are_kept_through_many_random_changes,
	    shelves_in_the_middle_are_given_back_and_used_again,
	    NULL,
	};

	return unit_main("roster", false, tests, NULL);
}
