/* SPDX-License-Identifier: MIT */
/*
 * Pools by libmsync with callbacks: how objects are created and destroyed, and
 * msync_pool_do around their use.
 */
#include "child.h"
#include "objects.h"

#include <stdlib.h>
#include <string.h>

/* A pool of `one` whose objects the maker makes. */
static struct msync_pool *pool_of(struct maker *maker, int capacity)
{
	struct msync_pool *pool = handles_pool(one, "pg", capacity);

	maker_serve(maker, pool);
	return pool;
}

/* Creating ------------------------------------------------------------- */

START_TEST(object_is_made_by_the_callback_when_there_is_none)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 2);
	struct msync_grant *a = get_object(pool), *b = get_object(pool);

	expect_object(a, "1");
	expect_object(b, "2");
	expect_counts(pool, 2, 0);
	put_object(a, NULL);
	expect_counts(pool, 2, 1);
	a = get_object(pool);
	expect_object(a, "1");
	/* Its value goes back with it, whoever lets it go. */
	give_back(b);
	give_back(a);
	expect_counts(pool, 2, 2);
	ck_assert_int_eq(maker.n_created, 2);
	ck_assert_str_eq(maker.destroyed, "");
}
END_TEST

static int create_two_of_five(void *ctx, char **json, size_t *len)
{
	(void)ctx;
	*json = malloc(2);
	memcpy(*json, "12", 2);
	*len = 2;
	return 0;
}

START_TEST(value_of_a_new_object_may_have_a_length_of_its_own)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant;

	msync_pool_set_callbacks(pool, create_two_of_five, NULL, NULL);
	grant = get_object(pool);
	expect_object(grant, "12");
	give_back(grant);
	grant = get_object(pool);
	expect_object(grant, "12");
	give_back(grant);
}
END_TEST

static const struct {
	int returned, code;
	const char *words;
} failures[] = {
    {7, 7, NULL},
    {-7, MSYNC_E_CALLBACK, "-7"},
};

START_TEST(object_that_could_not_be_made_leaves_its_place)
{
	struct maker maker = {.code = failures[_i].returned};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct msync_grant *grant = NULL;
	int code;

	code = msync_pool_get(pool, 0, NULL, &grant);
	expect_failure(one, code, failures[_i].code, failures[_i].words, NULL);
	ck_assert_ptr_null(grant);
	ck_assert_int_eq(maker.n_created, 1);
	expect_counts(pool, 0, 0);
	maker.code = 0;
	give_back(get_object(pool));
	/* What was not made is not destroyed. */
	ck_assert_str_eq(maker.destroyed, "");
}
END_TEST

static const char *const no_values[] = {"null", " null\n", "oops", ""};

START_TEST(object_without_a_value_is_not_made)
{
	struct maker maker = {.json = no_values[_i]};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct msync_grant *grant = NULL;

	expect_failure(one, msync_pool_get(pool, 0, NULL, &grant),
	    MSYNC_E_INVALID, "pg", NULL);
	ck_assert_ptr_null(grant);
	expect_counts(pool, 0, 0);
	ck_assert_str_eq(maker.destroyed, "");
	expect_code(one, msync_ping(one), 0);
}
END_TEST

static int create_nothing(void *ctx, char **json, size_t *len)
{
	(void)json;
	(void)len;
	++*(int *)ctx;
	return 0;
}

START_TEST(object_that_is_absent_is_not_made)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct msync_grant *grant = NULL;
	int n = 0;

	msync_pool_set_callbacks(pool, create_nothing, NULL, &n);
	expect_failure(one, msync_pool_get(pool, 0, NULL, &grant),
	    MSYNC_E_INVALID, "pg", NULL);
	ck_assert_ptr_null(grant);
	ck_assert_int_eq(n, 1);
	expect_counts(pool, 0, 0);
}
END_TEST

START_TEST(new_object_that_is_too_much_to_keep_is_dropped_at_its_release)
{
	struct maker maker = {.json = long_number(A_MILLION)};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct msync_grant *grant;

	use_up_share(two);
	grant = get_object(pool);
	expect_failure(one, msync_release(grant), MSYNC_E_QUOTA, "bytes", NULL);
	expect_counts(pool, 0, 0);
	/* The handle and its other holds are none the worse for it. */
	give_back(take(one, "k"));
	free((char *)maker.json);
}
END_TEST

START_TEST(new_object_that_is_too_long_is_dropped_at_its_release)
{
	struct maker maker = {.json = long_number(1024 * 1024)};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct msync_grant *lock = take(one, "k");

	expect_failure(one, msync_release(get_object(pool)), MSYNC_E_TOO_LONG,
	    "1048576", NULL);
	expect_counts(pool, 0, 0);
	give_back(lock);
	free((char *)maker.json);
}
END_TEST

/* Destroying ------------------------------------------------------- */

START_TEST(object_that_was_idle_for_too_long_is_destroyed_by_the_next_one)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 2);
	struct msync_grant *grant, *other;

	ck_assert_int_eq(msync_pool_set_max_idle(pool, 50), 0);
	grant = get_object(pool);
	other = get_object(pool);
	give_back(other);
	give_back(grant);
	let_pass(60);
	/* Looked at when something is got, not by a timer. */
	expect_counts(pool, 2, 2);
	grant = get_object(pool);
	expect_object(grant, "3");
	ck_assert_int_eq(maker.n_created, 3);
	ck_assert_ptr_nonnull(strstr(maker.destroyed, "1;"));
	ck_assert_ptr_nonnull(strstr(maker.destroyed, "2;"));
	ck_assert_uint_eq(strlen(maker.destroyed), 4);
	give_back(grant);
	expect_counts(pool, 1, 1);
}
END_TEST

START_TEST(object_that_was_idle_for_long_is_lent_where_there_is_no_limit)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 1);

	ck_assert_int_eq(msync_pool_set_max_idle(pool, 0), 0);
	give_back(get_object(pool));
	let_pass(60);
	give_back(get_object(pool));
	ck_assert_int_eq(maker.n_created, 1);
	ck_assert_str_eq(maker.destroyed, "");
}
END_TEST

START_TEST(clear_destroys_the_idle_objects_and_leaves_the_lent_ones)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 3);
	struct msync_grant *grants[3];

	for (int i = 0; i < 3; i++)
		grants[i] = get_object(pool);
	give_back(grants[0]);
	give_back(grants[1]);
	ck_assert_int_eq(msync_pool_clear(pool), 2);
	ck_assert_uint_eq(strlen(maker.destroyed), 4);
	ck_assert_ptr_nonnull(strstr(maker.destroyed, "1;"));
	ck_assert_ptr_nonnull(strstr(maker.destroyed, "2;"));
	expect_counts(pool, 1, 0);
	ck_assert_int_eq(msync_pool_clear(pool), 0);
	give_back(grants[2]);
	ck_assert_int_eq(msync_pool_clear(pool), 1);
	ck_assert_ptr_nonnull(strstr(maker.destroyed, "3;"));
	ck_assert_int_eq(msync_pool_clear(pool), 0);
	expect_counts(pool, 0, 0);
	/* Without somebody to destroy them, values are thrown away. */
	msync_pool_set_callbacks(pool, maker_create, NULL, &maker);
	give_back(get_object(pool));
	ck_assert_int_eq(msync_pool_clear(pool), 1);
	expect_counts(pool, 0, 0);
}
END_TEST

static void count_bytes(void *ctx, const char *json, size_t len)
{
	ck_assert_int_eq(json[0], '1');
	*(size_t *)ctx += len;
}

START_TEST(clear_takes_as_many_answers_as_the_values_need)
{
	struct msync_pool *pool = handles_pool(one, "pg", 5);
	char *json = long_number(A_MILLION);
	struct msync_grant *grants[5];
	size_t n_bytes = 0;

	msync_pool_set_callbacks(pool, NULL, count_bytes, &n_bytes);
	for (int i = 0; i < 5; i++)
		grants[i] = get_object(pool);
	for (int i = 0; i < 5; i++)
		put_object(grants[i], json);
	ck_assert_int_eq(msync_pool_clear(pool), 5);
	ck_assert_uint_eq(n_bytes, 5 * A_MILLION);
	expect_counts(pool, 0, 0);
	free(json);
}
END_TEST

/* Using ---------------------------------------------------------------- */

/* Notes the value that it uses. */
struct use {
	int code, n_uses;
	char value[32];
};

static int use(void *ctx, const char *json, size_t len)
{
	struct use *seen = ctx;

	snprintf(seen->value, sizeof(seen->value), "%.*s", (int)len, json);
	seen->n_uses++;
	return seen->code;
}

START_TEST(pool_do_gets_an_object_uses_it_and_puts_it_back)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 2);
	struct use seen = {.code = 0};

	for (int i = 1; i <= 2; i++) {
		expect_code(one, msync_pool_do(pool, 0, NULL, use, &seen), 0);
		ck_assert_int_eq(seen.n_uses, i);
		ck_assert_str_eq(seen.value, "1");
		expect_counts(pool, 1, 1);
	}
	ck_assert_int_eq(maker.n_created, 1);
	ck_assert_str_eq(maker.destroyed, "");
}
END_TEST

START_TEST(object_whose_use_failed_is_destroyed_and_its_place_is_free)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct use seen = {.code = 7};

	expect_code(one, msync_pool_do(pool, 0, NULL, use, &seen), 7);
	ck_assert_str_eq(maker.destroyed, "1;");
	expect_counts(pool, 0, 0);
	seen.code = 0;
	expect_code(one, msync_pool_do(pool, 0, NULL, use, &seen), 0);
	ck_assert_str_eq(seen.value, "2");
	seen.code = -7;
	expect_failure(one, msync_pool_do(pool, 0, NULL, use, &seen),
	    MSYNC_E_CALLBACK, "-7", NULL);
	ck_assert_str_eq(maker.destroyed, "1;2;");
	expect_counts(pool, 0, 0);
}
END_TEST

START_TEST(pool_do_answers_what_its_create_failed_with)
{
	struct maker maker = {.code = 7};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct use seen = {.code = 0};

	expect_code(one, msync_pool_do(pool, 0, NULL, use, &seen), 7);
	maker.code = -7;
	expect_failure(one, msync_pool_do(pool, 0, NULL, use, &seen),
	    MSYNC_E_CALLBACK, "-7", NULL);
	ck_assert_int_eq(seen.n_uses, 0);
	expect_counts(pool, 0, 0);
}
END_TEST

START_TEST(pool_do_needs_somebody_who_creates_objects)
{
	struct msync_pool *pool = handles_pool(one, "pg", 1);
	struct use seen = {.code = 0};

	expect_failure(one, msync_pool_do(pool, 0, NULL, use, &seen),
	    MSYNC_E_INVALID, "creates", NULL);
	expect_counts(pool, 0, 0);
	put_object(get_object(pool), "\"mine\"");
	expect_code(one, msync_pool_do(pool, 0, NULL, use, &seen), 0);
	ck_assert_str_eq(seen.value, "\"mine\"");
	ck_assert_int_eq(seen.n_uses, 1);
}
END_TEST

START_TEST(pool_do_does_not_use_what_it_does_not_get)
{
	struct maker maker = {.code = 0};
	struct msync_pool *pool = pool_of(&maker, 1);
	struct msync_grant *held = get_object(pool);
	struct msync_pool *other = handles_pool(two, "pg", 1);
	struct use seen = {.code = 0};

	expect_failure(two, msync_pool_do(other, 0, NULL, use, &seen),
	    MSYNC_E_BUSY, "one", NULL);
	expect_code(
	    two, msync_pool_do(other, 30, NULL, use, &seen), MSYNC_E_TIMEOUT);
	ck_assert_int_eq(seen.n_uses, 0);
	give_back(held);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_pool_do");
	TCase *tests = handles_case(suite, "client_pool_do");

	tcase_add_test(
	    tests, object_is_made_by_the_callback_when_there_is_none);
	tcase_add_test(
	    tests, value_of_a_new_object_may_have_a_length_of_its_own);
	tcase_add_loop_test(tests,
	    object_that_could_not_be_made_leaves_its_place, 0,
	    sizeof(failures) / sizeof(*failures));
	tcase_add_loop_test(tests, object_without_a_value_is_not_made, 0,
	    sizeof(no_values) / sizeof(*no_values));
	tcase_add_test(tests, object_that_is_absent_is_not_made);
	tcase_add_test(tests,
	    new_object_that_is_too_much_to_keep_is_dropped_at_its_release);
	tcase_add_test(
	    tests, new_object_that_is_too_long_is_dropped_at_its_release);
	tcase_add_test(tests,
	    object_that_was_idle_for_too_long_is_destroyed_by_the_next_one);
	tcase_add_test(tests,
	    object_that_was_idle_for_long_is_lent_where_there_is_no_limit);
	tcase_add_test(
	    tests, clear_destroys_the_idle_objects_and_leaves_the_lent_ones);
	tcase_add_test(tests, clear_takes_as_many_answers_as_the_values_need);
	tcase_add_test(tests, pool_do_gets_an_object_uses_it_and_puts_it_back);
	tcase_add_test(
	    tests, object_whose_use_failed_is_destroyed_and_its_place_is_free);
	tcase_add_test(tests, pool_do_answers_what_its_create_failed_with);
	tcase_add_test(tests, pool_do_needs_somebody_who_creates_objects);
	tcase_add_test(tests, pool_do_does_not_use_what_it_does_not_get);
	return scene_run(suite);
}
