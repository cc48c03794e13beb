/* SPDX-License-Identifier: MIT */
/* The id of a request: copies, moves and comparisons. */
#include "unit.h"

#include "ident.h"

static struct ident number(int64_t n)
{
	return (struct ident){.type = IDENT_NUMBER, .number = n};
}

static struct ident text(char *bytes, uint32_t len)
{
	return (struct ident){.type = IDENT_TEXT, .text = bytes, .len = len};
}

START_TEST(copy_of_a_text_owns_its_bytes)
{
	char bytes[] = "one\0two";
	const struct ident id = text(bytes, 7);
	struct ident copy = ident_copy(&id);

	bytes[0] = 'x';
	ck_assert_int_eq(copy.type, IDENT_TEXT);
	ck_assert_uint_eq(copy.len, 7);
	ck_assert_mem_eq(copy.text, "one\0two", 7);
	ident_deinit(&copy);
}
END_TEST

START_TEST(copy_of_a_number_or_of_none_is_the_same)
{
	const struct ident id = number(-9007199254740991), none = {0};
	struct ident copy = ident_copy(&id);

	ck_assert_int_eq(copy.type, IDENT_NUMBER);
	ck_assert_int_eq(copy.number, -9007199254740991);
	ident_deinit(&copy);
	copy = ident_copy(&none);
	ck_assert_int_eq(copy.type, IDENT_NONE);
	ident_deinit(&copy);
}
END_TEST

START_TEST(copy_of_an_empty_text_is_an_empty_text)
{
	const struct ident id = text((char[]){0}, 0);
	struct ident copy = ident_copy(&id);

	ck_assert(ident_equal(&copy, &id));
	ident_deinit(&copy);
}
END_TEST

START_TEST(taking_moves_what_is_owned_and_leaves_none_behind)
{
	const struct ident id = text((char[]){'a', 'b'}, 2);
	struct ident copy = ident_copy(&id);
	const char *bytes = copy.text;
	struct ident taken = ident_take(&copy);

	ck_assert_int_eq(copy.type, IDENT_NONE);
	ck_assert_ptr_eq(taken.text, bytes);
	ck_assert(ident_equal(&taken, &id));
	ident_deinit(&copy);
	ident_deinit(&taken);
	ck_assert_int_eq(taken.type, IDENT_NONE);
	ident_deinit(&taken);
}
END_TEST

START_TEST(ids_are_equal_by_type_and_content)
{
	const struct ident a = text((char[]){'a', 'b'}, 2);
	const struct ident same = text((char[]){'a', 'b'}, 2);
	const struct ident other = text((char[]){'a', 'c'}, 2);
	const struct ident longer = text((char[]){'a', 'b', 0}, 3);
	const struct ident one = number(1), uno = number(1), two = number(2);
	const struct ident digit = text((char[]){'1'}, 1);

	ck_assert(ident_equal(&a, &same));
	ck_assert(!ident_equal(&a, &other));
	ck_assert(!ident_equal(&a, &longer));
	ck_assert(ident_equal(&one, &uno));
	ck_assert(!ident_equal(&one, &two));
	ck_assert(!ident_equal(&one, &digit));
	ck_assert(!ident_equal(&digit, &one));
}
END_TEST

START_TEST(requests_without_id_never_have_the_same)
{
	const struct ident none = {0}, nor_this = {0}, zero = number(0);

	ck_assert(!ident_equal(&none, &nor_this));
	ck_assert(!ident_equal(&none, &none));
	ck_assert(!ident_equal(&none, &zero));
	ck_assert(!ident_equal(&zero, &none));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    copy_of_a_text_owns_its_bytes,
	    copy_of_a_number_or_of_none_is_the_same,
	    copy_of_an_empty_text_is_an_empty_text,
	    taking_moves_what_is_owned_and_leaves_none_behind,
	    ids_are_equal_by_type_and_content,
	    requests_without_id_never_have_the_same,
	    NULL,
	};

	return unit_main("ident", false, tests, NULL);
}
