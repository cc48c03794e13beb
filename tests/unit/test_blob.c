/* SPDX-License-Identifier: MIT */
/* Counted bytes. That the last reference frees is shown under a sanitizer or
 * valgrind: what is left over is a leak, what is gone too early an error. */
#include "unit.h"

#include "blob.h"

START_TEST(blob_is_a_copy_with_one_reference)
{
	char bytes[] = {'a', '\0', 'z'};
	struct blob *blob = blob_new(bytes, 3);

	bytes[0] = 'b';
	ck_assert_uint_eq(blob->n_refs, 1);
	ck_assert_uint_eq(blob->len, 3);
	ck_assert_mem_eq(blob->bytes, "a\0z", 3);
	blob_unref(blob);
}
END_TEST

START_TEST(blob_of_nothing_is_a_blob)
{
	struct blob *blob = blob_new(NULL, 0);

	ck_assert_ptr_nonnull(blob);
	ck_assert_uint_eq(blob->len, 0);
	blob_unref(blob);
}
END_TEST

START_TEST(blob_lives_until_its_last_reference_is_given_back)
{
	struct blob *blob = blob_new("value", 5);

	ck_assert_ptr_eq(blob_ref(blob), blob);
	ck_assert_ptr_eq(blob_ref(blob), blob);
	ck_assert_uint_eq(blob->n_refs, 3);
	blob_unref(blob);
	blob_unref(blob);
	ck_assert_uint_eq(blob->n_refs, 1);
	ck_assert_mem_eq(blob->bytes, "value", 5);
	blob_unref(blob);
}
END_TEST

START_TEST(no_blob_is_passed_through)
{
	blob_unref(NULL);
	ck_assert_ptr_null(blob_ref(NULL));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    blob_is_a_copy_with_one_reference,
	    blob_of_nothing_is_a_blob,
	    blob_lives_until_its_last_reference_is_given_back,
	    no_blob_is_passed_through,
	    NULL,
	};

	return unit_main("blob", false, tests, NULL);
}
