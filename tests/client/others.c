/* SPDX-License-Identifier: MIT */
/* Those who wait beside a turn, and come after it: see others.h. */
#include "others.h"

#include <stdio.h>

int way_nothing(void *ctx)
{
	(void)ctx;
	return 0;
}

void way_expect_usable(enum way way)
{
	struct visit next = {.inside = way_nothing};

	way_prepare(way, two, &next);
	expect_code(two, way_go(way, two, &next), 0);
	msync_pool_clear(handles_pool(two, "k", 1));
	present_await(P, way_kinds[way], 0);
}

static void wait_for_lock_k(struct msync_conn *conn, struct other *other)
{
	struct msync_grant *grant;

	other->code =
	    msync_lock_acquire(conn, "k", MSYNC_FOREVER, NULL, &grant);
	if (other->code != 0)
		return;
	other->abandoned = msync_grant_is_abandoned(grant);
	give_back(grant);
}

static void wait_for_flight_k(struct msync_conn *conn, struct other *other)
{
	struct msync_result *result;
	struct msync_grant *grant;

	other->code =
	    msync_flight_begin(conn, "k", MSYNC_FOREVER, NULL, &grant, &result);
	if (grant != NULL) {
		other->attempt = msync_grant_attempt(grant);
		give_back(grant);
	}
	if (result != NULL)
		snprintf(other->message, sizeof(other->message), "%s",
		    msync_result_message(result));
	msync_result_free(result);
}

static int wait_beside(struct msync_conn *conn, void *ctx)
{
	struct other *other = ctx;
	struct visit next = {.inside = way_nothing};

	if (other->way == WAY_LOCK) {
		wait_for_lock_k(conn, other);
	} else if (other->way == WAY_FLIGHT) {
		wait_for_flight_k(conn, other);
	} else {
		way_prepare(other->way, conn, &next);
		other->code = way_go(other->way, conn, &next);
		strcpy(other->destroyed, next.destroyed);
	}
	return 7;
}

struct other *other_new(enum way way)
{
	struct other *other = shared_new(sizeof(*other));

	other->way = way;
	return other;
}

void other_free(struct other *other)
{
	shared_free(other, sizeof(*other));
}

pid_t other_start(struct other *other)
{
	pid_t pid = child_start(wait_beside, other);

	gauge_await(P, way_kinds[other->way], "waits", 1);
	return pid;
}

void other_expect_let_in(pid_t pid, const struct other *other)
{
	child_expect(pid, 7);
	if (other->way == WAY_FLIGHT) {
		ck_assert_int_eq(other->code, MSYNC_E_FLIGHT_FAILED);
		ck_assert_uint_gt(strlen(other->message), 0);
		return;
	}
	ck_assert_int_eq(other->code, 0);
	ck_assert_int_eq(other->abandoned, 0);
	ck_assert_str_eq(other->destroyed, "");
}

void other_expect_inheritance(pid_t pid, const struct other *other)
{
	child_expect(pid, 7);
	ck_assert_int_eq(other->code, 0);
	ck_assert_int_eq(other->abandoned, other->way == WAY_LOCK);
	ck_assert_int_eq(other->attempt, other->way == WAY_FLIGHT ? 2 : 0);
	ck_assert_str_eq(other->destroyed, other->way == WAY_USE ? "1;" : "");
}
