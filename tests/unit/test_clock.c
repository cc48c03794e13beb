/* SPDX-License-Identifier: MIT */
/*
 * The clock: what it says lies between two looks at the kernel's own clocks,
 * so no time has to pass for these tests.
 */
#include "proto.h"

#include <time.h>

#include "clock.h"

static int64_t kernel_us(clockid_t id)
{
	struct timespec now;

	ck_assert_int_eq(clock_gettime(id, &now), 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

START_TEST(time_is_in_monotonic_milliseconds)
{
	for (int i = 0; i < 1000; i++) {
		int64_t before = kernel_us(CLOCK_MONOTONIC) / 1000;
		mtime_t now = clock_now();

		ck_assert_int_ge(now, before);
		ck_assert_int_le(now, kernel_us(CLOCK_MONOTONIC) / 1000);
	}
}
END_TEST

START_TEST(time_never_goes_back)
{
	mtime_t last = clock_now();

	for (int i = 0; i < 100000; i++) {
		mtime_t now = clock_now();

		ck_assert_int_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(time_goes_on)
{
	mtime_t first = clock_now();

	/* As long as it takes; the test's own limit is the end of it. */
	while (clock_now() == first)
		continue;
	ck_assert_int_gt(clock_now(), first);
}
END_TEST

START_TEST(the_time_of_day_is_in_microseconds_since_1970)
{
	int64_t before = kernel_us(CLOCK_REALTIME);
	int64_t now = clock_wall_us();

	ck_assert_int_ge(now, before);
	ck_assert_int_le(now, kernel_us(CLOCK_REALTIME));
	/* Tokens begin there, and have to stay below 2^53. */
	ck_assert_int_lt(now, WIRE_MAX_INTEGER / 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    time_is_in_monotonic_milliseconds,
	    time_never_goes_back,
	    time_goes_on,
	    the_time_of_day_is_in_microseconds_since_1970,
	    NULL,
	};

	return unit_run("clock", tests);
}
