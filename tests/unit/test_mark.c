/* SPDX-License-Identifier: MIT */
/* The mark in the state directory: tokens rise whatever the clock says, and
 * nothing begins with a mark that cannot be read. */
#include "confs.h"

#include <fcntl.h>

#include "mark.h"

static const struct log quiet = {.level = LOG_LEVEL_ERROR};
static struct mark mark;
static int64_t first;

static bool opens(int64_t wall_us)
{
	return mark_open(&mark, conf_folder, wall_us, &quiet, &first);
}

static long long in_file(void)
{
	char path[160];
	long long number = -1;
	FILE *in;

	snprintf(path, sizeof(path), "%s/token-mark", conf_folder);
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(fscanf(in, "%lld", &number), 1);
	fclose(in);
	return number;
}

START_TEST(without_a_directory_tokens_begin_at_the_clock)
{
	ck_assert(mark_open(&mark, NULL, 5000, &quiet, &first));
	ck_assert_int_eq(first, 5000);
	mark_reach(&mark, 7000000, 0, &quiet);
	mark_close(&mark);
}
END_TEST

START_TEST(a_first_start_begins_at_the_clock_and_marks_a_million_ahead)
{
	confs_begin();
	ck_assert(opens(5000));
	ck_assert_int_eq(first, 5000);
	ck_assert_int_eq(in_file(), 4999 + MARK_AHEAD);
	mark_close(&mark);
	confs_end();
}
END_TEST

START_TEST(the_next_life_begins_above_the_mark_where_the_clock_is_behind)
{
	confs_begin();
	confs_write("token-mark", "90000\n");
	ck_assert(opens(5000));
	ck_assert_int_eq(first, 90001);
	ck_assert_int_eq(in_file(), 90000 + MARK_AHEAD);
	mark_close(&mark);
	ck_assert(opens(50000000));
	ck_assert_int_eq(first, 50000000);
	mark_close(&mark);
	confs_end();
}
END_TEST

START_TEST(a_mark_is_written_when_a_token_reaches_beyond_it)
{
	confs_begin();
	ck_assert(opens(1));
	mark_reach(&mark, MARK_AHEAD, 0, &quiet);
	ck_assert_int_eq(in_file(), MARK_AHEAD);
	mark_reach(&mark, MARK_AHEAD + 1, 0, &quiet);
	ck_assert_int_eq(in_file(), 2 * MARK_AHEAD + 1);
	mark_close(&mark);
	confs_end();
}
END_TEST

START_TEST(a_mark_that_cannot_be_read_is_no_beginning)
{
	static const char *const wrong[] = {"", "\n", "x\n", "12", "12x\n",
	    "-5\n", "0\n", "12\n\n", " 12\n", "9007199254740992\n",
	    "99999999999999999999999\n", "123456789012345678901234567890123\n"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		confs_begin();
		confs_write("token-mark", wrong[i]);
		ck_assert_msg(!opens(5000), "\"%s\"", wrong[i]);
		mark_close(&mark);
		confs_end();
	}
}
END_TEST

START_TEST(a_mark_that_is_no_file_is_no_beginning)
{
	char path[160];

	confs_begin();
	snprintf(path, sizeof(path), "%s/token-mark", conf_folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert(!opens(5000));
	mark_close(&mark);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(symlink("elsewhere", path), 0);
	ck_assert(!opens(5000));
	mark_close(&mark);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!opens(5000));
	mark_close(&mark);
	confs_end();
}
END_TEST

START_TEST(a_directory_is_there_and_for_one_daemon)
{
	struct mark second;
	int64_t other;

	ck_assert(!mark_open(&mark, "/nowhere/at/all", 1, &quiet, &first));
	mark_close(&mark);
	confs_begin();
	ck_assert(opens(5000));
	ck_assert(!mark_open(&second, conf_folder, 1, &quiet, &other));
	mark_close(&second);
	mark_close(&mark);
	ck_assert(opens(5000));
	mark_close(&mark);
	confs_end();
}
END_TEST

START_TEST(tokens_that_are_used_up_are_no_beginning)
{
	confs_begin();
	confs_write("token-mark", "9007199254740991\n");
	ck_assert(!opens(5000));
	mark_close(&mark);
	confs_end();
}
END_TEST

START_TEST(a_mark_that_cannot_be_written_is_tried_again_a_second_later)
{
	char path[160];

	confs_begin();
	ck_assert(opens(1));
	/* Not even root can write to a folder. */
	snprintf(path, sizeof(path), "%s/token-mark.new", conf_folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	mark_reach(&mark, MARK_AHEAD + 1, 100, &quiet);
	ck_assert_int_eq(in_file(), MARK_AHEAD);
	ck_assert_int_eq(rmdir(path), 0);
	mark_reach(&mark, MARK_AHEAD + 2, 1099, &quiet);
	ck_assert_int_eq(in_file(), MARK_AHEAD);
	mark_reach(&mark, MARK_AHEAD + 3, 1100, &quiet);
	ck_assert_int_eq(in_file(), 2 * MARK_AHEAD + 3);
	mark_close(&mark);
	confs_end();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    without_a_directory_tokens_begin_at_the_clock,
	    a_first_start_begins_at_the_clock_and_marks_a_million_ahead,
	    the_next_life_begins_above_the_mark_where_the_clock_is_behind,
	    a_mark_is_written_when_a_token_reaches_beyond_it,
	    a_mark_that_cannot_be_read_is_no_beginning,
	    a_mark_that_is_no_file_is_no_beginning,
	    a_directory_is_there_and_for_one_daemon,
	    tokens_that_are_used_up_are_no_beginning,
	    a_mark_that_cannot_be_written_is_tried_again_a_second_later,
	    NULL,
	};

	return unit_run("mark", tests);
}
