/* SPDX-License-Identifier: MIT */
/*
 * The log: which lines are written, what they look like, that no text can
 * forge one, and that a log nobody reads stops nothing.
 */
#include "proto.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static const struct log errors = {.level = LOG_LEVEL_ERROR};
static const struct log infos = {.level = LOG_LEVEL_INFO};
static const struct log debugs = {.level = LOG_LEVEL_DEBUG};

static int saved, reader;

/* From here on, standard error is a pipe. */
static void catch_log(void)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	close(fds[1]);
	reader = fds[0];
	ck_assert_int_eq(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
}

/* What was written since the last call. */
static const char *caught(void)
{
	static char text[100000];
	ssize_t n, len = 0;

	while (
	    (n = read(reader, text + len, sizeof(text) - 1 - (size_t)len)) > 0)
		len += n;
	text[len] = '\0';
	return text;
}

static void release_log(void)
{
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	close(saved);
	if (reader >= 0)
		close(reader);
}

START_TEST(a_line_has_its_level_its_event_and_its_pairs)
{
	catch_log();
	log_event(&debugs, LOG_LEVEL_ERROR, "e1", "a=%d b=%s", 1, "x");
	ck_assert_str_eq(caught(), "level=error event=e1 a=1 b=x\n");
	log_event(&debugs, LOG_LEVEL_INFO, "e2", "c=%zu", (size_t)2);
	log_event(&debugs, LOG_LEVEL_DEBUG, "e3", "d=3");
	ck_assert_str_eq(
	    caught(), "level=info event=e2 c=2\nlevel=debug event=e3 d=3\n");
	release_log();
}
END_TEST

START_TEST(lines_for_the_journal_begin_with_their_priority)
{
	const struct log journal = {
	    .level = LOG_LEVEL_DEBUG, .to_journal = true};

	catch_log();
	log_event(&journal, LOG_LEVEL_ERROR, "e1", "a=1");
	log_event(&journal, LOG_LEVEL_INFO, "e2", "a=2");
	log_event(&journal, LOG_LEVEL_DEBUG, "e3", "a=3");
	ck_assert_str_eq(caught(), "<3>level=error event=e1 a=1\n"
				   "<6>level=info event=e2 a=2\n"
				   "<7>level=debug event=e3 a=3\n");
	release_log();
}
END_TEST

START_TEST(the_journal_is_known_by_device_and_inode)
{
	char stream[64];
	struct stat st;

	catch_log();
	unsetenv("JOURNAL_STREAM");
	ck_assert(!log_goes_to_journal());
	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	ck_assert(log_goes_to_journal());
	/* Inherited by somebody who sends it elsewhere. */
	release_log();
	catch_log();
	ck_assert(!log_goes_to_journal());
	setenv("JOURNAL_STREAM", "", 1);
	ck_assert(!log_goes_to_journal());
	release_log();
}
END_TEST

START_TEST(what_is_above_the_level_is_not_written)
{
	catch_log();
	log_event(&errors, LOG_LEVEL_INFO, "e", "x=1");
	log_event(&errors, LOG_LEVEL_DEBUG, "e", "x=2");
	log_event(&infos, LOG_LEVEL_DEBUG, "e", "x=3");
	ck_assert_str_eq(caught(), "");
	log_event(&errors, LOG_LEVEL_ERROR, "e", "x=4");
	log_event(&infos, LOG_LEVEL_INFO, "e", "x=5");
	ck_assert_str_eq(
	    caught(), "level=error event=e x=4\nlevel=info event=e x=5\n");
	release_log();
}
END_TEST

START_TEST(a_long_line_is_cut_and_stays_a_line)
{
	char long_text[5000];
	const char *line;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	catch_log();
	for (int cut = 0; cut < 4000; cut += 13) {
		log_event(&infos, LOG_LEVEL_INFO, "e", "x=%s", long_text + cut);
		line = caught();
		ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
		ck_assert_uint_le(strlen(line), 2048);
		ck_assert_int_eq(
		    strncmp(line, "level=info event=e x=x", 22), 0);
	}
	release_log();
}
END_TEST

START_TEST(text_of_clients_is_quoted_and_escaped)
{
	static const struct {
		const char *text, *quoted;
	} rows[] = {
	    {"", "\"\""},
	    {"a b=c", "\"a b=c\""},
	    {"\"", "\"\\\"\""},
	    {"\\", "\"\\\\\""},
	    {"a\nlevel=error event=forged",
		"\"a\\x0alevel=error event=forged\""},
	    {"\r\t\x01\x1F\x7F", "\"\\x0d\\x09\\x01\\x1f\\x7f\""},
	    {"\xC3\xA4", "\"\xC3\xA4\""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char quoted[LOG_QUOTED_BYTES];

		ck_assert_ptr_eq(log_quote(quoted, rows[i].text), quoted);
		ck_assert_str_eq(quoted, rows[i].quoted);
	}
}
END_TEST

START_TEST(every_byte_is_quoted_within_one_line)
{
	for (int c = 1; c < 256; c++) {
		char text[] = {'a', (char)c, 'b', '\0'};
		char quoted[LOG_QUOTED_BYTES];

		log_quote(quoted, text);
		ck_assert_ptr_null(strpbrk(quoted, "\n\r\x1B\x7F"));
		ck_assert_int_eq(quoted[0], '"');
		ck_assert_int_eq(quoted[strlen(quoted) - 1], '"');
		ck_assert_int_eq(quoted[strlen(quoted) - 2], 'b');
	}
}
END_TEST

START_TEST(a_quoted_text_is_cut_where_it_does_not_fit)
{
	static const char *const fillers[] = {"x", "\n", "\"", "\xC3\xA4"};

	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		char text[6000] = "", quoted[LOG_QUOTED_BYTES + 8];
		size_t len;

		memset(quoted, '#', sizeof(quoted));
		for (int n = 0; n < 2000; n++)
			strcat(text, fillers[i]);
		log_quote(quoted, text);
		len = strlen(quoted);
		ck_assert_uint_lt(len, LOG_QUOTED_BYTES);
		ck_assert_uint_gt(len, LOG_QUOTED_BYTES - 10);
		ck_assert_int_eq(quoted[len - 1], '"');
		ck_assert_int_eq(quoted[LOG_QUOTED_BYTES], '#');
	}
	/* A key that is as long as keys can be fits whole. */
	char key[257], quoted[LOG_QUOTED_BYTES];

	memset(key, '\\', 256);
	key[256] = '\0';
	ck_assert_uint_eq(strlen(log_quote(quoted, key)), 2 * 256 + 2);
}
END_TEST

/* Logs that nobody reads ------------------------------------------- */

/* row: 90 */
START_TEST(a_full_log_loses_lines_and_stops_nothing)
{
	static char fill[4096];
	int flags;

	catch_log();
	flags = fcntl(STDERR_FILENO, F_GETFL);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK), 0);
	memset(fill, '.', sizeof(fill));
	while (write(STDERR_FILENO, fill, sizeof(fill)) > 0)
		continue;
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETFL, flags), 0);
	/* A write would block here for ever. */
	for (int i = 0; i < 100; i++)
		log_event(&infos, LOG_LEVEL_INFO, "lost", "i=%d", i);
	ck_assert_ptr_null(strstr(caught(), "lost"));
	/* Once it is read, lines come again, and whole ones. */
	log_event(&infos, LOG_LEVEL_INFO, "back", "i=1");
	ck_assert_str_eq(caught(), "level=info event=back i=1\n");
	release_log();
}
END_TEST

/* row: 90 */
START_TEST(a_log_that_is_gone_stops_nothing)
{
	signal(SIGPIPE, SIG_IGN); /* as main does */
	catch_log();
	close(reader);
	reader = -1;
	log_event(&infos, LOG_LEVEL_INFO, "lost", "i=1");
	release_log();
	/* Nor does one that was never there. */
	saved = dup(STDERR_FILENO);
	reader = -1;
	close(STDERR_FILENO);
	log_event(&infos, LOG_LEVEL_INFO, "lost", "i=2");
	release_log();
	catch_log();
	log_event(&infos, LOG_LEVEL_INFO, "back", "i=3");
	ck_assert_str_eq(caught(), "level=info event=back i=3\n");
	release_log();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    a_line_has_its_level_its_event_and_its_pairs,
	    lines_for_the_journal_begin_with_their_priority,
	    the_journal_is_known_by_device_and_inode,
	    what_is_above_the_level_is_not_written,
	    a_long_line_is_cut_and_stays_a_line,
	    text_of_clients_is_quoted_and_escaped,
	    every_byte_is_quoted_within_one_line,
	    a_quoted_text_is_cut_where_it_does_not_fit,
	    a_full_log_loses_lines_and_stops_nothing,
	    a_log_that_is_gone_stops_nothing,
	    NULL,
	};

	return unit_run("log", tests);
}
