/* SPDX-License-Identifier: MIT */
/*
 * Refusals say who is in the way: of each kind, and for each code that has
 * somebody to name, the words have the pid, the program and the name of the
 * holder, and for how long it has held; and the holder can be asked for.
 */
#include "handles.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef int (*ask_fn)(struct msync_conn *conn, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant);

static int ask_flight(struct msync_conn *conn, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant)
{
	struct msync_result *result = NULL;
	int code =
	    msync_flight_begin(conn, "k", wait_ms, terms, grant, &result);

	msync_result_free(result);
	return code;
}

static int ask_lock(struct msync_conn *conn, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant)
{
	return msync_lock_acquire(conn, "k", wait_ms, terms, grant);
}

static int ask_limit(struct msync_conn *conn, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant)
{
	return msync_limit_borrow(conn, "k", 1, wait_ms, terms, grant);
}

static int ask_pool(struct msync_conn *conn, int wait_ms,
    const struct msync_terms *terms, struct msync_grant **grant)
{
	return msync_pool_get(
	    handles_pool(conn, "k", 1), wait_ms, terms, grant);
}

static const struct {
	const char *kind;
	ask_fn ask;
} kinds[] = {
    /* The first two can be part of a circle. */
    {"flight", ask_flight},
    {"lock", ask_lock},
    {"limit", ask_limit},
    {"pool", ask_pool},
};

#define N_EXCLUSIVE 2

static const struct {
	int code, wait_ms;
	int64_t max_waiters;
} codes[] = {
    {MSYNC_E_BUSY, 0, 1},
    {MSYNC_E_TIMEOUT, 1, 1},
    {MSYNC_E_QUEUE_FULL, 5000, 0},
};

#define N_KINDS (int)(sizeof(kinds) / sizeof(kinds[0]))
#define N_CODES (int)(sizeof(codes) / sizeof(codes[0]))

/* "pid 812 (test_client_ref, one)", for this process. */
static const char *us(const char *client)
{
	static char words[100];
	char command[32] = "";
	FILE *stream = fopen("/proc/self/comm", "re");

	ck_assert_ptr_nonnull(stream);
	ck_assert_ptr_nonnull(fgets(command, sizeof(command), stream));
	fclose(stream);
	command[strcspn(command, "\n")] = '\0';
	snprintf(words, sizeof(words), "pid %d (%s, %s)", (int)getpid(),
	    command, client);
	return words;
}

START_TEST(holder_is_named_with_pid_program_name_and_time)
{
	int kind = _i / N_CODES, i = _i % N_CODES;
	struct msync_grant *held = NULL, *grant = NULL;
	char words[40];
	int code;

	expect_code(one, kinds[kind].ask(one, 0, NULL, &held), 0);
	code = kinds[kind].ask(two, codes[i].wait_ms,
	    with(MSYNC_TERM_MAX_WAITERS, codes[i].max_waiters), &grant);
	snprintf(words, sizeof(words), "%s \"k\": ", kinds[kind].kind);
	expect_failure(two, code, codes[i].code, words, "; held for ",
	    " ms by ", us("one"), NULL);
	expect_holder(two, "one", 0);
	ck_assert_ptr_null(grant);
	expect_code(one, msync_release(held), 0);
}
END_TEST

START_TEST(own_hold_is_named_in_a_deadlock)
{
	struct msync_grant *held = NULL, *grant = NULL;

	expect_code(one, kinds[_i].ask(one, 0, NULL, &held), 0);
	expect_failure(one, kinds[_i].ask(one, 5000, NULL, &grant),
	    MSYNC_E_DEADLOCK, "held for ", " ms by this connection, ",
	    us("one"), NULL);
	expect_code(one, msync_release(held), 0);
}
END_TEST

/* The raw connection waits for what "two" has, and "two" asks for what the
 * connection has. */
START_TEST(all_of_a_circle_are_named)
{
	struct msync_grant *held = NULL, *grant = NULL;
	char words[200];

	expect_ok(ask(A, "{'op':'hello','client':'raw'}"));
	expect_code(two, kinds[_i].ask(two, 0, NULL, &held), 0);
	expect(ask(A, "{'op':'lock.acquire','key':'other'}"), GRANTED);
	ask_to_wait(A, "{'id':1,'op':'%s','key':'k'}",
	    kinds[_i].ask == ask_lock ? "lock.acquire" : "flight.begin");
	snprintf(words, sizeof(words),
	    "%s, which waits for %s \"k\", held for ", us("raw"),
	    kinds[_i].kind);
	expect_failure(two,
	    msync_lock_acquire(two, "other", 5000, NULL, &grant),
	    MSYNC_E_DEADLOCK, "lock \"other\": deadlock: ", words,
	    " ms by this connection, ", us("two"), NULL);
	ck_assert_int_eq(msync_errholder(two, NULL, NULL, NULL), 0);
	expect_code(two, msync_release(held), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_refusals");
	TCase *tcase = handles_case(suite, "refusals");

	tcase_add_loop_test(tcase,
	    holder_is_named_with_pid_program_name_and_time, 0,
	    N_KINDS * N_CODES);
	tcase_add_loop_test(
	    tcase, own_hold_is_named_in_a_deadlock, 0, N_EXCLUSIVE);
	tcase_add_loop_test(tcase, all_of_a_circle_are_named, 0, N_EXCLUSIVE);
	return scene_run(suite);
}
