/* SPDX-License-Identifier: MIT */
/* The codes of libmsync: their numbers, their names and their words. */
#include "failure.h"
#include "msync.h"
#include "scene.h"
#include "wire.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* The code that the protocol calls ok has another name here. */
#define MSYNC_E_OK MSYNC_OK

/* Every code of the protocol, with its number on either side. */
static const struct {
	int code, wire;
	const char *name;
} protocol_codes[] = {
#define CODE(constant, name) {MSYNC_E_##constant, WIRE_##constant, name},
    WIRE_CODES(CODE)
#undef CODE
};

/* The library's own, as msync.h names them. */
#define OWN_CODES(X)                                                           \
	X(CONN, -64)                                                           \
	X(SILENT, -65)                                                         \
	X(FORKED, -66)                                                         \
	X(LOST, -67)                                                           \
	X(PROTOCOL, -68)                                                       \
	X(INVALID, -69)                                                        \
	X(NOMEM, -70)                                                          \
	X(FULL, -71)                                                           \
	X(CLOSED, -72)                                                         \
	X(CALLBACK, -73)                                                       \
	X(REFUSED, -74)
static const struct {
	int code, number;
	const char *name;
} own_codes[] = {
#define CODE(constant, number) {MSYNC_E_##constant, number, #constant},
    OWN_CODES(CODE)
#undef CODE
};

#define N_PROTOCOL (int)(sizeof(protocol_codes) / sizeof(*protocol_codes))
#define N_OWN      (int)(sizeof(own_codes) / sizeof(*own_codes))

START_TEST(codes_of_the_protocol_have_its_numbers_and_its_names)
{
	ck_assert_int_eq(N_PROTOCOL, WIRE_N_CODES);
	for (int i = 0; i < N_PROTOCOL; i++) {
		ck_assert_int_eq(protocol_codes[i].wire, i);
		ck_assert_int_eq(protocol_codes[i].code, -i);
		ck_assert_str_eq(msync_strcode(-i), protocol_codes[i].name);
	}
}
END_TEST

START_TEST(codes_of_the_library_have_their_names_in_small_letters)
{
	for (int i = 0; i < N_OWN; i++) {
		const char *name = msync_strcode(own_codes[i].code);

		ck_assert_int_eq(own_codes[i].code, own_codes[i].number);
		ck_assert_uint_eq(strlen(name), strlen(own_codes[i].name));
		for (size_t c = 0; name[c] != '\0'; c++)
			ck_assert_int_eq(
			    name[c], tolower(own_codes[i].name[c]));
	}
}
END_TEST

/* Every code there is, one after the other. */
static int code_of(int i)
{
	return i < N_PROTOCOL ? protocol_codes[i].code
			      : own_codes[i - N_PROTOCOL].code;
}

START_TEST(each_code_has_words_and_a_name_that_no_other_one_has)
{
	for (int i = 0; i < N_PROTOCOL + N_OWN; i++) {
		ck_assert_uint_gt(strlen(msync_strerror(code_of(i))), 6);
		ck_assert_str_ne(msync_strcode(code_of(i)), "unknown");
		for (int j = 0; j < i; j++) {
			ck_assert_str_ne(msync_strerror(code_of(i)),
			    msync_strerror(code_of(j)));
			ck_assert_str_ne(msync_strcode(code_of(i)),
			    msync_strcode(code_of(j)));
		}
	}
}
END_TEST

START_TEST(numbers_that_are_no_codes_are_unknown_and_have_words)
{
	static const int numbers[] = {INT_MIN, -1000, -75, -63, -20};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		ck_assert_str_eq(msync_strcode(numbers[i]), "unknown");
		ck_assert_str_eq(msync_strerror(numbers[i]), "unknown code");
	}
	/* What a function returns more than 0 is success. */
	ck_assert_str_eq(msync_strcode(1), "ok");
	ck_assert_str_eq(msync_strcode(INT_MAX), "ok");
	ck_assert_str_eq(msync_strerror(7), msync_strerror(0));
}
END_TEST

START_TEST(names_on_the_wire_are_found_and_new_ones_are_refusals)
{
	for (int i = 1; i < N_PROTOCOL; i++) {
		const char *name = protocol_codes[i].name;

		ck_assert_int_eq(failure_code(name, strlen(name)), -i);
		ck_assert_int_eq(
		    failure_code(name, strlen(name) - 1), MSYNC_E_REFUSED);
	}
	ck_assert_int_eq(failure_code("busier", 6), MSYNC_E_REFUSED);
	ck_assert_int_eq(failure_code("", 0), MSYNC_E_REFUSED);
	/* A refusal is never a yes, and never one of the library's own. */
	ck_assert_int_eq(failure_code("ok", 2), MSYNC_E_REFUSED);
	ck_assert_int_eq(failure_code("conn", 4), MSYNC_E_REFUSED);
}
END_TEST

START_TEST(versions_are_one)
{
	ck_assert_str_eq(msync_version(), MSYNC_VERSION);
	ck_assert_str_eq(msync_version(), PACKAGE_VERSION);
}
END_TEST

START_TEST(there_are_words_even_without_a_handle)
{
	ck_assert_str_eq(msync_errmsg(NULL), msync_strerror(MSYNC_E_NOMEM));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_codes");
	TCase *tests = scene_case(suite, "client_codes", NULL, NULL);

	tcase_add_test(
	    tests, codes_of_the_protocol_have_its_numbers_and_its_names);
	tcase_add_test(
	    tests, codes_of_the_library_have_their_names_in_small_letters);
	tcase_add_test(
	    tests, each_code_has_words_and_a_name_that_no_other_one_has);
	tcase_add_test(
	    tests, numbers_that_are_no_codes_are_unknown_and_have_words);
	tcase_add_test(
	    tests, names_on_the_wire_are_found_and_new_ones_are_refusals);
	tcase_add_test(tests, versions_are_one);
	tcase_add_test(tests, there_are_words_even_without_a_handle);
	return scene_run(suite);
}
