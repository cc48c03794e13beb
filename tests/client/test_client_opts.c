/* SPDX-License-Identifier: MIT */
/* Options and terms of libmsync: what they take, and that they are copies. */
#include "handles.h"
#include "opts.h"

#include <string.h>

START_TEST(options_are_copied_and_not_needed_any_more)
{
	struct msync_opts *opts = handles_opts();
	struct msync_grant *grant, *none;
	struct msync_conn *conn;
	char name[65];

	memset(name, 'n', 64);
	name[64] = '\0';
	ck_assert_int_eq(msync_opts_set_client(opts, name), 0);
	memset(name, '-', 64);
	/* Another one for the next handle changes nothing for this one. */
	ck_assert_int_eq(msync_open(&conn, opts), 0);
	ck_assert_int_eq(msync_opts_set_client(opts, "next"), 0);
	msync_opts_free(opts);
	grant = take(conn, "k");
	memset(name, 'n', 64);
	expect_code(
	    one, msync_lock_acquire(one, "k", 0, NULL, &none), MSYNC_E_BUSY);
	expect_holder(one, name, 0);
	give_back(grant);
	msync_close(conn);
}
END_TEST

START_TEST(options_out_of_their_range_are_invalid)
{
	struct msync_opts *opts;
	char name[300];

	memset(name, 'n', sizeof(name));
	name[257] = '\0';
	ck_assert_int_eq(msync_opts_new(&opts), 0);
	ck_assert_int_eq(msync_opts_set_instance(opts, name), MSYNC_E_INVALID);
	name[65] = '\0';
	ck_assert_int_eq(msync_opts_set_client(opts, name), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_instance(opts, name), 0);
	ck_assert_int_eq(msync_opts_set_connect_ms(opts, 0), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_connect_ms(opts, -1), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_connect_ms(opts, 1), 0);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, 0), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, -2), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, MSYNC_FOREVER), 0);
	ck_assert_int_eq(msync_opts_set_answer_ms(opts, 1), 0);
	ck_assert_int_eq(msync_opts_set_reconnect(opts, -1), MSYNC_E_INVALID);
	ck_assert_int_eq(msync_opts_set_reconnect(opts, 0), 0);
	msync_opts_free(opts);
	msync_opts_free(NULL);
}
END_TEST

/* The terms, and what they take. */
static const struct {
	enum msync_term term;
	int64_t least, most;
} ranges[] = {
    {MSYNC_TERM_LEASE_MS, 1, 9007199254740991},
    {MSYNC_TERM_MAX_WAITERS, 0, 9007199254740991},
    {MSYNC_TERM_DETACHED, 0, 1},
    {MSYNC_TERM_PERMITS, 1, 2147483647},
    {MSYNC_TERM_ADOPT, 0, 1},
    {MSYNC_TERM_MAX_LEADERS, 1, 2147483647},
    {MSYNC_TERM_KEEP_MS, 0, 9007199254740991},
    {MSYNC_TERM_KEEP_FAILURE_MS, 0, 9007199254740991},
    {MSYNC_TERM_RUN_ANYWAY, 0, 1},
};

START_TEST(terms_out_of_their_range_are_invalid_and_change_nothing)
{
	struct msync_terms *terms = with(MSYNC_TERM_LEASE_MS, 1);

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		enum msync_term term = ranges[i].term;

		ck_assert_int_eq(
		    msync_terms_set(terms, term, ranges[i].least), 0);
		ck_assert_int_eq(
		    msync_terms_set(terms, term, ranges[i].most), 0);
		ck_assert_int_eq(
		    msync_terms_set(terms, term, ranges[i].least - 1),
		    MSYNC_E_INVALID);
		ck_assert_int_eq(
		    msync_terms_set(terms, term, ranges[i].most + 1),
		    MSYNC_E_INVALID);
		ck_assert_int_eq(terms_value(terms, term, 17), ranges[i].most);
	}
	for (int i = -1; i < 100; i += 10) {
		ck_assert_int_eq(msync_terms_set(terms, (enum msync_term)i, 1),
		    MSYNC_E_INVALID);
	}
	msync_terms_free(NULL);
}
END_TEST

START_TEST(terms_that_a_request_has_no_use_for_are_ignored)
{
	struct msync_terms *all = with(MSYNC_TERM_LEASE_MS, 60000);
	struct msync_result *result;
	struct msync_grant *grant;

	for (size_t i = 1; i < sizeof(ranges) / sizeof(*ranges); i++)
		(void)also(all, ranges[i].term, 1);
	give_back(take_with(one, "k", all));
	expect_code(one, msync_limit_borrow(one, "k", 1, 0, all, &grant), 0);
	give_back(grant);
	expect_code(
	    one, msync_pool_get(handles_pool(one, "k", 1), 0, all, &grant), 0);
	give_back(grant);
	expect_code(
	    one, msync_flight_begin(one, "k", 0, all, &grant, &result), 0);
	give_back(grant);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    options_are_copied_and_not_needed_any_more,
	    options_out_of_their_range_are_invalid,
	    terms_out_of_their_range_are_invalid_and_change_nothing,
	    terms_that_a_request_has_no_use_for_are_ignored,
	    NULL,
	};

	return handles_run("client_opts", tests);
}
