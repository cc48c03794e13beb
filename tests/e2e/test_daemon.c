/* SPDX-License-Identifier: MIT */
/*
 * The daemon as a program: its options, the paths it takes, refuses or
 * replaces, and that there is never a second one on a path. How it ends is in
 * test_shutdown.c, where descriptors run out in test_files.c.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "scene.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct daemon home; /* only dir and socket are used */

static void setup(void)
{
	launch_make_home(&home);
}

static void teardown(void)
{
	launch_remove_home(&home);
}

/* A path in the home directory; the next call overwrites it. */
static const char *at_home(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", home.dir, name);
	return path;
}

START_TEST(version_is_told_on_stdout)
{
	const char *const args[] = {"--version", NULL};
	struct launch l;

	launch_and_wait(&l, args);
	ck_assert_int_eq(l.status, 0);
	expect_word(l.said, "msyncd");
	ck_assert_ptr_nonnull(strpbrk(l.said, "0123456789"));
}
END_TEST

START_TEST(help_is_told_on_stdout)
{
	const char *const args[] = {"--help", NULL};
	struct launch l;

	launch_and_wait(&l, args);
	ck_assert_int_eq(l.status, 0);
	expect_word(l.said, "msyncd");
	expect_word(l.said, "-s");
	expect_word(l.said, "-v");
	expect_word(l.said, "--version");
	expect_word(l.said, "--help");
}
END_TEST

/* Refused, with a complaint that contains the word. */
static void expect_usage_error(const char *const args[], const char *word)
{
	struct launch l;

	launch_and_wait(&l, args);
	ck_assert_int_gt(l.status, 0);
	ck_assert_str_eq(l.said, "");
	expect_word(l.blamed, word);
	ck_assert_int_ne(access(home.socket, F_OK), 0);
}

START_TEST(wrong_arguments_are_named_and_refused)
{
	const char *const unknown[] = {"-s", home.socket, "--frobnicate", NULL};
	const char *const letter[] = {"-s", home.socket, "-Q", NULL};
	const char *const extra[] = {"-s", home.socket, "surplus", NULL};
	const char *const missing[] = {"-s", NULL};

	expect_usage_error(unknown, "frobnicate");
	expect_usage_error(letter, "Q");
	expect_usage_error(extra, "surplus");
	expect_usage_error(missing, "s");
}
END_TEST

/* Starts a daemon on the path and waits until it serves. */
static void start_on(struct launch *l, const char *path)
{
	const char *const args[] = {"-s", path, NULL};

	launch(l, args, NULL);
	launch_await_ready(l);
}

static void end_well(struct launch *l)
{
	launch_end(l, SIGTERM);
	ck_assert_int_eq(l->status, 0);
}

/* edge: 101 */
START_TEST(socket_has_mode_0660_whatever_the_umask)
{
	static const mode_t masks[] = {0000, 0022, 0077, 0177};
	struct launch l;
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		umask(masks[i]);
		start_on(&l, home.socket);
		ck_assert_int_eq(stat(home.socket, &st), 0);
		ck_assert(S_ISSOCK(st.st_mode));
		ck_assert_uint_eq(st.st_mode & 07777, 0660);
		end_well(&l);
	}
}
END_TEST

/* edge: 94 */
/* row: 82 */
START_TEST(second_daemon_is_refused_and_the_first_untouched)
{
	struct client a, b;
	struct launch first;

	start_on(&first, home.socket);
	client_open(&a, &home);
	acquire(&a, "k");
	expect_no_start(home.socket, home.socket);
	expect_ok(ask(&a, "{'op':'ping'}"));
	client_open(&b, &home);
	expect_error(try_lock(&b, "k"), "busy");
	expect_ok(release(&a, "k"));
	acquire(&b, "k");
	client_close(&a);
	client_close(&b);
	end_well(&first);
}
END_TEST

/* A detached hold of a daemon that is killed then; returns the token. */
static json_int_t hold_in_former_life(void)
{
	struct launch l;
	struct client c;
	json_int_t token;

	start_on(&l, home.socket);
	client_open(&c, &home);
	token = expect_ok(ask(&c, "{'op':'lock.acquire','key':'k',"
				  "'lease_ms':600000,'detached':true}"));
	launch_end(&l, SIGKILL);
	expect_end(&c);
	client_close(&c);
	return token;
}

/* edge: 43 94 97 */
/* row: 83 */
START_TEST(stale_socket_of_a_killed_daemon_is_replaced)
{
	struct launch l;
	struct client a, b;
	json_int_t old = hold_in_former_life(), token;
	json_t *hello;

	ck_assert_int_eq(access(home.socket, F_OK), 0);
	start_on(&l, home.socket);
	client_open(&a, &home);
	client_open(&b, &home);
	hello = ask(&a, "{'op':'hello'}");
	ck_assert_int_gt(
	    json_integer_value(json_object_get(hello, "epoch")), old);
	expect_ok(hello);
	/* What the old daemon gave counts no more, and hurts nobody. */
	expect_error(release_token(&a, "k", old), "not_held");
	token = acquire(&a, "k");
	ck_assert_int_gt(token, old);
	expect_error(release_token(&b, "k", old), "stale_token");
	expect_error(try_lock(&b, "k"), "busy");
	client_close(&a);
	client_close(&b);
	end_well(&l);
}
END_TEST

/* All find the same stale socket. */
static void race_for_the_socket(struct launch l[], int n)
{
	const char *const args[] = {"-s", home.socket, NULL};
	int i, ready = 0, winner = -1;
	struct client c;

	for (i = 0; i < n; i++)
		launch(&l[i], args, NULL);
	for (i = 0; i < n; i++) {
		if (launch_is_ready(&l[i])) {
			ready++;
			winner = i;
			continue;
		}
		launch_await_end(&l[i]);
		ck_assert_int_eq(l[i].status, 1);
		expect_word(l[i].blamed, home.socket);
	}
	ck_assert_int_eq(ready, 1);
	client_open(&c, &home);
	acquire(&c, "k");
	client_close(&c);
	launch_end(&l[winner], SIGKILL);
}

/* edge: 94 */
START_TEST(one_of_several_daemons_gets_a_stale_socket)
{
	struct launch l[4];
	int round;

	hold_in_former_life();
	for (round = 0; round < 10; round++)
		race_for_the_socket(l, 4);
}
END_TEST

/* The file is as it was, 10 bytes of text. */
static void expect_file_untouched(const char *path)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 10);
	ck_assert_str_eq(text, "important\n");
	close(fd);
}

static void make_file(const char *path)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs("important\n", f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

/* edge: 94 101 */
/* row: 83 */
START_TEST(regular_file_is_not_replaced)
{
	make_file(home.socket);
	expect_no_start(home.socket, home.socket);
	expect_file_untouched(home.socket);
}
END_TEST

static void expect_link_refused(const char *target)
{
	char seen[128] = "";

	ck_assert_int_eq(symlink(target, home.socket), 0);
	expect_no_start(home.socket, home.socket);
	ck_assert_int_gt(readlink(home.socket, seen, sizeof(seen) - 1), 0);
	ck_assert_str_eq(seen, target);
	ck_assert_int_eq(unlink(home.socket), 0);
}

/* edge: 101 */
/* row: 83 */
START_TEST(symbolic_link_is_not_followed)
{
	char target[128];
	struct launch l;

	snprintf(target, sizeof(target), "%s", at_home("target"));
	expect_link_refused(target);
	ck_assert_int_ne(access(target, F_OK), 0);
	make_file(target);
	expect_link_refused(target);
	expect_file_untouched(target);
	ck_assert_int_eq(unlink(target), 0);
	/* Not even to a stale socket. */
	start_on(&l, target);
	launch_end(&l, SIGKILL);
	expect_link_refused(target);
	ck_assert_int_eq(access(target, F_OK), 0);
}
END_TEST

/* edge: 101 */
START_TEST(directory_is_not_a_socket)
{
	struct stat st;

	ck_assert_int_eq(mkdir(home.socket, 0700), 0);
	expect_no_start(home.socket, home.socket);
	ck_assert_int_eq(stat(home.socket, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_int_eq(rmdir(home.socket), 0);
}
END_TEST

/* edge: 101 */
START_TEST(missing_directory_is_named)
{
	expect_no_start(at_home("missing/msyncd.sock"), "missing");
}
END_TEST

/* Anybody could put another socket there. */
/* edge: 101 */
/* row: 83 */
START_TEST(directory_that_everybody_may_change_is_refused)
{
	ck_assert_int_eq(chmod(home.dir, 0777), 0);
	expect_no_start(home.socket, home.socket);
	ck_assert_int_ne(access(home.socket, F_OK), 0);
}
END_TEST

/* A path at home of this length. */
static void long_path(char *path, size_t len)
{
	memset(path, 'l', len);
	memcpy(path, home.dir, strlen(home.dir));
	path[strlen(home.dir)] = '/';
	path[len] = '\0';
}

/* edge: 101 */
/* row: 83 */
START_TEST(path_may_have_107_bytes_and_no_more)
{
	char path[128];
	struct launch l;

	long_path(path, 107);
	start_on(&l, path);
	ck_assert_int_eq(access(path, F_OK), 0);
	end_well(&l);
	long_path(path, 108);
	expect_no_start(path, home.dir);
	path[107] = '\0';
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("daemon");
	TCase *t = scene_case(s, "daemon", setup, teardown);

	tcase_add_test(t, version_is_told_on_stdout);
	tcase_add_test(t, help_is_told_on_stdout);
	tcase_add_test(t, wrong_arguments_are_named_and_refused);
	tcase_add_test(t, socket_has_mode_0660_whatever_the_umask);
	tcase_add_test(t, second_daemon_is_refused_and_the_first_untouched);
	tcase_add_test(t, stale_socket_of_a_killed_daemon_is_replaced);
	tcase_add_test(t, one_of_several_daemons_gets_a_stale_socket);
	tcase_add_test(t, regular_file_is_not_replaced);
	tcase_add_test(t, symbolic_link_is_not_followed);
	tcase_add_test(t, directory_is_not_a_socket);
	tcase_add_test(t, missing_directory_is_named);
	tcase_add_test(t, directory_that_everybody_may_change_is_refused);
	tcase_add_test(t, path_may_have_107_bytes_and_no_more);
	return scene_run(s);
}
