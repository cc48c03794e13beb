/* SPDX-License-Identifier: MIT */
/*
 * Tokens over restarts: they rise after a good end and after SIGKILL, also
 * where the clock is behind what was given before. That is shown without a
 * clock that is set back: the mark lies in the future instead.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "settings.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The year 2100 or so. */
#define FUTURE 4102444800000000

static struct daemon home; /* dir, socket and conf are used */
static char state[96], mark[120];

static void setup(void)
{
	char text[200];

	launch_make_home(&home);
	snprintf(home.conf, sizeof(home.conf), "%.60s/m.conf", home.dir);
	snprintf(state, sizeof(state), "%.60s/state", home.dir);
	snprintf(mark, sizeof(mark), "%s/token-mark", state);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	snprintf(text, sizeof(text), "state_directory = \"%s\"\n", state);
	put_file(home.conf, text, strlen(text));
}

static void teardown(void)
{
	(void)unlink(mark);
	(void)rmdir(mark);
	(void)rmdir(state);
	launch_remove_home(&home);
}

static void put_mark(const char *text)
{
	put_file(mark, text, strlen(text));
}

static void start(struct launch *l)
{
	const char *const args[] = {"-c", home.conf, "-s", home.socket, NULL};

	launch(l, args, NULL);
	launch_await_ready(l);
}

/* A token that the running daemon gives now. */
static json_int_t next_token(void)
{
	struct client c;
	json_int_t token;

	client_open(&c, &home);
	token = acquire(&c, "k");
	client_close(&c);
	return token;
}

static void end(struct launch *l, int signal)
{
	launch_end(l, signal);
	ck_assert_int_eq(l->status, signal == SIGKILL ? -1 : 0);
}

/* edge: 97 */
START_TEST(tokens_rise_over_a_kill_with_the_clock_behind)
{
	static const int signals[] = {SIGKILL, SIGTERM, SIGKILL, SIGKILL};
	json_int_t last = FUTURE, token;
	struct launch l;

	put_mark("4102444800000000\n");
	for (int i = 0; i < 4; i++) {
		start(&l);
		token = next_token();
		ck_assert_int_gt(token, last);
		ck_assert_int_gt(next_token(), token);
		last = next_token();
		end(&l, signals[i]);
	}
	/* A million ahead each time, and no more. */
	ck_assert_int_lt(last, FUTURE + 10 * 1000000);
}
END_TEST

START_TEST(a_first_start_makes_its_mark)
{
	struct launch l;
	json_int_t first, second;

	start(&l);
	ck_assert_ptr_null(strstr(l.blamed, "no_state_directory"));
	first = next_token();
	ck_assert_int_eq(access(mark, F_OK), 0);
	end(&l, SIGKILL);
	start(&l);
	second = next_token();
	ck_assert_int_gt(second, first);
	end(&l, SIGTERM);
}
END_TEST

/* Asserts that it does not start, with status 78, and that both words are in
 * the reason. */
static void expect_no_start_with(const char *word, const char *other)
{
	const char *const args[] = {"-c", home.conf, "-s", home.socket, NULL};
	struct launch l;

	launch_and_wait(&l, args);
	ck_assert_msg(l.status == 78, "status %d: %s", l.status, l.blamed);
	expect_word(l.blamed, "level=error event=cannot_use_state");
	expect_word(l.blamed, word);
	expect_word(l.blamed, other);
	ck_assert_int_eq(access(home.socket, F_OK), -1);
}

START_TEST(a_mark_that_cannot_be_read_is_no_start)
{
	put_mark("");
	expect_no_start_with("no mark in the file token-mark", "take the file");
	put_mark("12");
	expect_no_start_with("no mark", "take the file");
	put_mark("not a number\n");
	expect_no_start_with("no mark", "take the file");
	ck_assert_int_eq(unlink(mark), 0);
	ck_assert_int_eq(mkdir(mark, 0700), 0);
	expect_no_start_with("no mark", "take the file");
	ck_assert_int_eq(rmdir(mark), 0);
}
END_TEST

START_TEST(a_state_directory_that_is_not_there_is_no_start)
{
	ck_assert_int_eq(rmdir(state), 0);
	expect_no_start_with("cannot open it", "make it");
	put_file(state, "", 0);
	expect_no_start_with("cannot open it", "make it");
	ck_assert_int_eq(unlink(state), 0);
	ck_assert_int_eq(mkdir(state, 0700), 0);
}
END_TEST

START_TEST(a_state_directory_is_for_one_daemon)
{
	char other[120];
	const char *const args[] = {"-c", home.conf, "-s", other, NULL};
	struct launch l, second;

	snprintf(other, sizeof(other), "%.60s/other.sock", home.dir);
	start(&l);
	launch_and_wait(&second, args);
	ck_assert_int_eq(second.status, 78);
	expect_word(second.blamed, "another msyncd");
	ck_assert_int_gt(next_token(), 0);
	end(&l, SIGTERM);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tokens");
	TCase *tcase = tcase_create("tokens");
	SRunner *runner;
	int n_failed;

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, tokens_rise_over_a_kill_with_the_clock_behind);
	tcase_add_test(tcase, a_first_start_makes_its_mark);
	tcase_add_test(tcase, a_mark_that_cannot_be_read_is_no_start);
	tcase_add_test(tcase, a_state_directory_that_is_not_there_is_no_start);
	tcase_add_test(tcase, a_state_directory_is_for_one_daemon);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
