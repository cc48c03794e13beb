/* SPDX-License-Identifier: MIT */
/*
 * Thousands of calls under way on one handle at once, of all kinds: each is
 * told once, of its own answer, whatever the order of the answers is; a wait
 * holds up nothing behind it; and the handle does not grow with their number.
 */
#include "watch.h"

#include "call.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_CALLS  5000
#define N_KINDS  5
#define N_POOLS  (N_CALLS / N_KINDS)
#define N_ROUNDS 6

/* The kinds of calls, in turn; the first four as msync_kind. */
enum {
	QUESTION = MSYNC_POOL + 1,
};

/* A call, and what became of it. */
struct one {
	int number;
	int turn; /* the how many-th that was told; 0: not yet */
	int64_t id;
};

static struct msync_conn *conn;
static struct one ones[N_CALLS];
static struct msync_pool *pools[N_POOLS];
static int n_told, n_released;

static int kind_of(const struct one *one)
{
	return one->number % N_KINDS;
}

static const char *key_of(const struct one *one)
{
	static char key[32];

	(void)snprintf(key, sizeof(key), "k%d", one->number);
	return key;
}

static void open_all(void)
{
	conn = watch_open(NULL);
	for (int i = 0; i < N_CALLS; i++)
		ones[i] = (struct one){.number = i};
	for (int i = 0; i < N_POOLS; i++)
		ck_assert_int_eq(
		    msync_pool_new(&pools[i], conn,
			key_of(&ones[i * N_KINDS + MSYNC_POOL]), 1),
		    0);
}

static void close_all(void)
{
	for (int i = 0; i < N_POOLS; i++)
		msync_pool_free(pools[i]);
	watch_close(conn);
	emptiness_await(P);
}

/* What is told ----------------------------------------------------- */

static void on_released(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	(void)ctx;
	(void)grant;
	(void)result;
	/* The daemon takes a hold back by its key and token only. */
	watch_expect(conn, code, 0);
	n_released++;
}

static void expect_own_answer(const struct one *one, const char *answer)
{
	char capacity[32];

	(void)snprintf(
	    capacity, sizeof(capacity), "\"capacity\":%d,", one->number + 1);
	ck_assert_ptr_nonnull(strstr(answer, capacity));
}

static void on_told(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	struct one *one = ctx;

	ck_assert_int_eq(one->turn, 0);
	one->turn = ++n_told;
	watch_expect(conn, code, 0);
	if (kind_of(one) == QUESTION) {
		expect_own_answer(one, msync_result_value(result, NULL));
		msync_result_free(result);
		return;
	}
	ck_assert_str_eq(msync_grant_key(grant), key_of(one));
	ck_assert_int_eq((int)msync_grant_kind(grant), kind_of(one));
	ck_assert_int_eq(msync_release_start(grant, on_released, NULL), 0);
}

/* What is asked ---------------------------------------------------- */

static void ask_nobody(const char *op, const char *members)
{
	ck_assert_int_eq(
	    msync_ask_start(conn, op, members, 0, NULL, NULL, NULL), 0);
}

/* A limit whose capacity is the question's own. */
static int start_question(struct one *one, struct msync_call **call)
{
	char members[64];
	int code;

	(void)snprintf(members, sizeof(members),
	    "\"key\":\"q%d\",\"capacity\":%d", one->number, one->number + 1);
	ask_nobody("limit.set", members);
	*strrchr(members, ',') = '\0';
	code =
	    msync_ask_start(conn, "limit.info", members, 0, on_told, one, call);
	ask_nobody("limit.delete", members);
	return code;
}

static int start_one(struct one *one, struct msync_call **call)
{
	const char *key = key_of(one);

	switch (kind_of(one)) {
	case MSYNC_LOCK:
		return msync_lock_acquire_start(
		    conn, key, MSYNC_FOREVER, NULL, on_told, one, call);
	case MSYNC_LIMIT:
		return msync_limit_borrow_start(
		    conn, key, 1, MSYNC_FOREVER, NULL, on_told, one, call);
	case MSYNC_FLIGHT:
		return msync_flight_begin_start(
		    conn, key, MSYNC_FOREVER, NULL, on_told, one, call);
	case MSYNC_POOL:
		return msync_pool_get_start(pools[one->number / N_KINDS],
		    MSYNC_FOREVER, NULL, on_told, one, call);
	default:
		return start_question(one, call);
	}
}

static void start_all(void)
{
	struct msync_call *call;

	n_told = n_released = 0;
	for (int i = 0; i < N_CALLS; i++) {
		ones[i].turn = 0;
		watch_expect(conn, start_one(&ones[i], &call), 0);
		ones[i].id = call->id;
	}
	ck_assert_int_eq(n_told, 0);
}

static void await_all(void)
{
	watch_count(conn, &n_told, N_CALLS);
	watch_count(conn, &n_released, N_CALLS / N_KINDS * QUESTION);
}

/* Tests ------------------------------------------------------------ */

START_TEST(thousands_of_calls_are_each_told_of_their_own_answer)
{
	open_all();
	start_all();
	await_all();
	for (int i = 0; i < N_CALLS; i++)
		ck_assert_int_gt(ones[i].turn, 0);
	close_all();
}
END_TEST

START_TEST(wait_at_the_head_holds_up_nothing_behind_it)
{
	open_all();
	/* The first of all locks. */
	acquire(A, key_of(&ones[MSYNC_LOCK]));
	start_all();
	watch_count(conn, &n_told, N_CALLS - 1);
	ck_assert_int_eq(ones[MSYNC_LOCK].turn, 0);
	expect_ok(release(A, key_of(&ones[MSYNC_LOCK])));
	await_all();
	ck_assert_int_eq(ones[MSYNC_LOCK].turn, N_CALLS);
	close_all();
}
END_TEST

START_TEST(answers_are_told_in_the_order_in_which_they_come)
{
	enum {
		N_LOCKS = 300,
	};

	open_all();
	n_told = 0;
	for (int i = 0; i < N_LOCKS; i++) {
		ones[i].number = i * N_KINDS + MSYNC_LOCK;
		acquire(A, key_of(&ones[i]));
		watch_expect(conn, start_one(&ones[i], NULL), 0);
	}
	gauge_await(P, "lock", "waits", N_LOCKS);
	for (int i = N_LOCKS - 1; i >= 0; i--)
		expect_ok(release(A, key_of(&ones[i])));
	watch_count(conn, &n_told, N_LOCKS);
	watch_count(conn, &n_released, N_LOCKS);
	for (int i = 0; i < N_LOCKS; i++)
		ck_assert_int_eq(ones[i].turn, N_LOCKS - i);
	close_all();
}
END_TEST

static int compare_ids(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

START_TEST(ids_are_unlike_also_where_places_are_used_again)
{
	static int64_t ids[3 * N_CALLS];
	size_t n = 0;

	open_all();
	for (int round = 0; round < 3; round++) {
		start_all();
		for (int i = 0; i < N_CALLS; i++)
			ids[n++] = ones[i].id;
		await_all();
	}
	qsort(ids, n, sizeof(ids[0]), compare_ids);
	ck_assert_int_gt(ids[0], 0);
	for (size_t i = 1; i < n; i++)
		ck_assert_int_lt(ids[i - 1], ids[i]);
	/* JSON's numbers are exact up to here. */
	ck_assert_int_lt(ids[n - 1], INT64_C(1) << 53);
	close_all();
}
END_TEST

/* Without the buffers, whose size is the luck of how the lines came. */
static size_t used_bytes(void)
{
	size_t used = mallinfo2().uordblks;

	/* A sanitizer's malloc counts nothing here; it looks for leaks itself.
	 */
	return used == 0 ? 0 : used - conn->out.cap - conn->in.cap;
}

static void on_refused(
    void *ctx, int code, struct msync_grant *grant, struct msync_result *result)
{
	ck_assert_int_eq(code, MSYNC_E_UNKNOWN_KEY);
	ck_assert(grant == NULL && result == NULL);
	++*(int *)ctx;
}

/* Calls that fail have words, and those have to go, too. */
static void be_refused(void)
{
	enum {
		N_REFUSED = 200,
	};
	int n = 0;

	for (int i = 0; i < N_REFUSED; i++)
		ck_assert_int_eq(msync_limit_borrow_start(conn, "none", 0, 0,
				     NULL, on_refused, &n, NULL),
		    0);
	watch_count(conn, &n, N_REFUSED);
}

START_TEST(handle_does_not_grow_from_round_to_round)
{
	size_t after_first = 0, used;
	uint32_t n_slots = 0;

	open_all();
	for (int round = 0; round < N_ROUNDS; round++) {
		start_all();
		await_all();
		be_refused();
		used = used_bytes();
		if (round == 0) {
			after_first = used;
			n_slots = conn->n_slots;
		}
	}
	/* Less than three bytes for each call that was made since. */
	ck_assert_uint_lt(used, after_first + 65536);
	ck_assert_uint_eq(conn->n_slots, n_slots);
	ck_assert(list_is_empty(&conn->calls) && list_is_empty(&conn->all));
	close_all();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    thousands_of_calls_are_each_told_of_their_own_answer,
	    wait_at_the_head_holds_up_nothing_behind_it,
	    answers_are_told_in_the_order_in_which_they_come,
	    ids_are_unlike_also_where_places_are_used_again,
	    handle_does_not_grow_from_round_to_round,
	    NULL,
	};

	return run_tests("pipeline", tests);
}
