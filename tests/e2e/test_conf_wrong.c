/* SPDX-License-Identifier: MIT */
/*
 * Wrong configurations of ten kinds: each is refused with its line, by
 * --check-config, at the start and on SIGHUP; and a running daemon keeps what
 * it had.
 */
#define _GNU_SOURCE 1
#include "fixture.h"
#include "launch.h"
#include "settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB (1024 * 1024)

struct wrong {
	const char *text;
	int line; /* 0: it is about the whole file */
	const char *word;
};

/* A configuration that is good, and shows when it is not in force. */
#define GOOD "limit \"l\" { capacity = 7 }\n"

static void expect_old_values(void)
{
	expect(ask(A, "{'op':'limit.info','key':'l'}"),
	    "{'ok':true,'capacity':7}");
}

/* What is said of a wrong file: "PATH:LINE: ... word". */
static void expect_blame(
    const char *said, const char *path, int line, const char *word)
{
	char start[160];

	if (line > 0)
		snprintf(start, sizeof(start), "%s:%d: ", path, line);
	else
		snprintf(start, sizeof(start), "%s: ", path);
	expect_word(said, start);
	expect_word(said, word);
}

/* Asserts that the file that is now at the daemon's path is refused in every
 * way it is looked at. */
static void expect_refused_file(int line, const char *word)
{
	const char *const check[] = {"-c", server.conf, "--check-config", NULL};
	struct launch l;

	launch_and_wait(&l, check);
	ck_assert_msg(l.status == 2, "status %d: %s", l.status, l.blamed);
	ck_assert_str_eq(l.said, "");
	expect_blame(l.blamed, server.conf, line, word);
	expect_blame(reload(&server), server.conf, line, word);
	expect_old_values();
}

static void expect_refused_text(
    const void *bytes, size_t len, int line, const char *word)
{
	put_file(server.conf, bytes, len);
	expect_refused_file(line, word);
}

static void expect_all_refused(const struct wrong *wrong)
{
	reconfigure(&server, GOOD);
	for (; wrong->text; wrong++)
		expect_refused_text(
		    wrong->text, strlen(wrong->text), wrong->line, wrong->word);
	/* And after all of that a good one is taken over. */
	reconfigure(&server, "limit \"l\" { capacity = 8 }");
	expect(ask(A, "{'op':'limit.info','key':'l'}"),
	    "{'ok':true,'capacity':8}");
}

/* row: 92 */
START_TEST(unknown_settings_are_refused)
{
	static const struct wrong wrong[] = {
	    {"max_lien = 1M\n", 1, "max_line"},
	    {"\n\nuser = root\n", 3, "\"user"},
	    {"limits \"l\" { capacity = 1 }\n", 1, "\"limits"},
	    {"limit \"l\" {\n size = 1\n}\n", 2, "\"size"},
	    {"uid_share { connection = 1 }\n", 1, "\"connections"},
	    {"capacity = 1\n", 1, "\"capacity"},
	    {NULL, 0, NULL},
	};

	expect_all_refused(wrong);
}
END_TEST

/* row: 92 */
START_TEST(repeated_settings_are_refused)
{
	static const struct wrong wrong[] = {
	    {"max_line = 1M\nmax_line = 1M\n", 2, "max_line"},
	    {"limit a { capacity = 1\n capacity = 2 }\n", 2, "capacity"},
	    {"limit a { capacity = 1 }\nlimit a { capacity = 1 }\n", 2, "'a'"},
	    {"uid_share { keys = 1 }\n\nuid_share { waits = 1 }\n", 3,
		"uid_share"},
	    {"allow { uid = 1\n uid = 2 }\n", 2, "uid"},
	    {"pool a { items = {1}\nitems = {2} }\n", 2, "items"},
	    {NULL, 0, NULL},
	};

	expect_all_refused(wrong);
}
END_TEST

/* row: 92 */
START_TEST(values_out_of_range_are_refused)
{
	static const struct wrong wrong[] = {
	    {"max_connections = 0\n", 1, "1 to 1000000, not "},
	    {"\nmax_line = 1\n", 2, "max_line"},
	    {"line_timeout = 2d\n", 1, "86400000"},
	    {"limit a { capacity = 2147483648 }\n", 1, "2147483648"},
	    {"pool a { capacity = 1 items = {1, 2} }\n", 1, "below"},
	    {"socket_mode = 01777\n", 1, "socket_mode"},
	    {"max_line = -1\n", 1, "-1"},
	    {NULL, 0, NULL},
	};

	expect_all_refused(wrong);
}
END_TEST

START_TEST(values_of_a_wrong_type_are_refused)
{
	static const struct wrong wrong[] = {
	    {"max_connections = many\n", 1, "many"},
	    {"max_line = \"1 MB\"\n", 1, "1 MB"},
	    {"\nline_timeout = 10\n", 2, "line_timeout"},
	    {"log_level = 7\n", 1, "error, info, debug"},
	    {"max_line = {1M}\n", 1, "'{'"},
	    {"limit = 5\n", 1, "limit"},
	    {"allow { uid = root }\n", 1, "\"root"},
	    {"allow { group = \"no such group\" }\n", 1, "no such group"},
	    {"socket = run.sock\n", 1, "run.sock"},
	    {NULL, 0, NULL},
	};

	expect_all_refused(wrong);
}
END_TEST

START_TEST(wrong_syntax_is_refused)
{
	static const struct wrong wrong[] = {
	    {"max_line 1M\n", 1, "max_line"},
	    {"\nlimit { capacity = 1 }\n", 2, "title"},
	    {"limit a {\n capacity = 1\n", 1, "brace"},
	    {"max_line = 1M }\n", 1, "brace"},
	    {"\nsocket = \"/a\nlog_level = info\n", 2, "quoted"},
	    {"/* max_line = 1M\n", 1, "comment"},
	    {"= 1M\n", 1, "'='"},
	    {"max_line = *1M\n", 1, "*"},
	    {"socket = ${HOME}\n", 1, "${"},
	    {NULL, 0, NULL},
	};

	expect_all_refused(wrong);
}
END_TEST

START_TEST(what_may_not_be_empty_is_refused)
{
	static const struct wrong wrong[] = {
	    {"socket = \"\"\n", 1, "socket is empty"},
	    {"\nlimit \"\" { capacity = 1 }\n", 2, "empty"},
	    {"limit a { }\n", 1, "capacity"},
	    {"pool a { items = {} }\n", 1, "empty"},
	    {"pool a { items = {1, \"\"} }\n", 1, "items is empty"},
	    {"allow { }\n", 1, "empty"},
	    {"\n\nadmin {\n}\n", 4, "empty"},
	    {"max_line =\n", 2, "premature end"},
	    {NULL, 0, NULL},
	};

	expect_all_refused(wrong);
}
END_TEST

/* A file of so many bytes: the text over and over, cut. */
static char *fill(const char *text, size_t len)
{
	char *bytes = malloc(len);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = text[i % strlen(text)];
	return bytes;
}

START_TEST(files_that_are_too_large_are_refused)
{
	static const struct {
		const char *text;
		size_t len;
	} large[] = {
	    {"\n", MIB + 1},
	    {"# comment\n", 2 * MIB},
	    {"max_line = 1M\n", 3 * MIB},
	    {"x", 20 * MIB},
	};
	char *bytes;

	reconfigure(&server, GOOD);
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		bytes = fill(large[i].text, large[i].len);
		expect_refused_text(
		    bytes, large[i].len, 0, "larger than 1 MiB");
		free(bytes);
	}
	/* One byte less is good. */
	bytes = fill("\n", MIB);
	put_file(server.conf, bytes, MIB);
	free(bytes);
	expect_word(reload(&server), "event=reloaded");
}
END_TEST

START_TEST(more_blocks_than_anybody_needs_are_refused)
{
	char *text, *at;

	reconfigure(&server, GOOD);
	at = text = malloc(5000 * 40);
	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < 5000; i++)
		at += sprintf(at, "limit k%d { capacity = 1 }\n", i);
	expect_refused_text(text, strlen(text), 4097, "4096 blocks");
	free(text);
}
END_TEST

START_TEST(files_that_are_no_text_are_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
		int line;
		const char *word;
	} binary[] = {
	    {"max_line = 1M\0\n", 15, 0, "NUL"},
	    {"\177ELF\2\1\1\0\0\0", 10, 0, "NUL"},
	    {"\n\n\1", 3, 3, "control character"},
	    {"\37\213\10\10abc", 7, 1, "control character"},
	    {"\377\376m\0a\0x\0", 8, 0, "NUL"},
	    {"max_line = 1M\nl\303\244nge = 1\n", 25, 2, "unknown"},
	    {"pool a { items = {\"\377\"} }\n", 24, 1, "UTF-8"},
	};

	reconfigure(&server, GOOD);
	for (size_t i = 0; i < sizeof(binary) / sizeof(binary[0]); i++)
		expect_refused_text(binary[i].bytes, binary[i].len,
		    binary[i].line, binary[i].word);
}
END_TEST

START_TEST(what_is_no_file_or_cannot_be_read_is_refused)
{
	char loop[120];

	reconfigure(&server, GOOD);
	ck_assert_int_eq(unlink(server.conf), 0);
	expect_refused_file(0, "no such file");
	ck_assert_int_eq(mkdir(server.conf, 0700), 0);
	expect_refused_file(0, "regular file");
	ck_assert_int_eq(rmdir(server.conf), 0);
	ck_assert_int_eq(mkfifo(server.conf, 0600), 0);
	expect_refused_file(0, "regular file");
	ck_assert_int_eq(unlink(server.conf), 0);
	ck_assert_int_eq(symlink("/dev/zero", server.conf), 0);
	expect_refused_file(0, "regular file");
	ck_assert_int_eq(unlink(server.conf), 0);
	ck_assert_int_eq(symlink(server.socket, server.conf), 0);
	expect_refused_file(0, "");
	ck_assert_int_eq(unlink(server.conf), 0);
	snprintf(loop, sizeof(loop), "%s/nowhere", server.dir);
	ck_assert_int_eq(symlink(loop, server.conf), 0);
	expect_refused_file(0, "no such file");
	ck_assert_int_eq(unlink(server.conf), 0);
	reconfigure(&server, GOOD);
	if (geteuid() != 0) { /* root reads everything */
		ck_assert_int_eq(chmod(server.conf, 0), 0);
		expect_refused_file(0, "denied");
	}
}
END_TEST

START_TEST(files_cannot_be_put_in_so_not_in_a_circle)
{
	static const struct wrong wrong[] = {
	    {"include(\"msyncd.conf\")\n", 1, "\"include"},
	    {"\ninclude = \"/etc/passwd\"\n", 2, "\"include"},
	    {"@include msyncd.conf\n", 1, "@include"},
	    {"limit a {\n include(\"msyncd.conf\")\n}\n", 2, "\"include"},
	    {NULL, 0, NULL},
	};
	char drop_in[140], folder[120];

	expect_all_refused(wrong);
	/* Links that go round; and a drop-in that is one. */
	reconfigure(&server, GOOD);
	ck_assert_int_eq(unlink(server.conf), 0);
	ck_assert_int_eq(symlink(server.conf, server.conf), 0);
	expect_refused_file(0, "symbolic links");
	ck_assert_int_eq(unlink(server.conf), 0);
	put_file(server.conf, "", 0);
	snprintf(folder, sizeof(folder), "%s/conf.d", server.dir);
	snprintf(drop_in, sizeof(drop_in), "%s/a.conf", folder);
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(symlink(drop_in, drop_in), 0);
	expect_word(reload(&server), "conf.d/a.conf: ");
	ck_assert_int_eq(unlink(drop_in), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	expect_old_values();
}
END_TEST

START_TEST(a_wrong_configuration_is_no_start)
{
	const char *const args[] = {
	    "-c", server.conf, "-s", server.socket, NULL};
	struct launch l;

	put_file(server.conf, "\nmax_lien = 1M\n", 15);
	launch_and_wait(&l, args);
	ck_assert_int_eq(l.status, 2);
	expect_word(l.blamed, "level=error event=bad_configuration");
	expect_word(l.blamed, "msyncd.conf:2: ");
	expect_word(l.blamed, "max_lien");
	expect_ok(ask(A, "{'op':'ping'}"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    unknown_settings_are_refused,
	    repeated_settings_are_refused,
	    values_out_of_range_are_refused,
	    values_of_a_wrong_type_are_refused,
	    wrong_syntax_is_refused,
	    what_may_not_be_empty_is_refused,
	    files_that_are_too_large_are_refused,
	    more_blocks_than_anybody_needs_are_refused,
	    files_that_are_no_text_are_refused,
	    what_is_no_file_or_cannot_be_read_is_refused,
	    files_cannot_be_put_in_so_not_in_a_circle,
	    a_wrong_configuration_is_no_start,
	    NULL,
	};

	return run_tests("wrong configurations", tests);
}
