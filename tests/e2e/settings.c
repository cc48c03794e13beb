/* SPDX-License-Identifier: MIT */
/* Configurations of a running daemon: see settings.h. */
#define _GNU_SOURCE 1
#include "settings.h"

#include "launch.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS 60000

void put_file(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "we");

	ck_assert_msg(f, "%s: %s", path, strerror(errno));
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

const char *log_await(const struct daemon *d, const char *word)
{
	static char line[4096];
	struct pollfd p = {.fd = d->log, .events = POLLIN};
	size_t n = 0;

	for (;;) {
		ck_assert_msg(TEMP_FAILURE_RETRY(poll(&p, 1, LIMIT_MS)) == 1,
		    "the log does not say %s", word);
		ck_assert_uint_lt(n, sizeof(line) - 1);
		ck_assert_msg(read(d->log, line + n, 1) == 1,
		    "the log ends without %s", word);
		if (line[n++] != '\n')
			continue;
		line[n] = '\0';
		if (strstr(line, word))
			return line;
		n = 0;
	}
}

const char *reload(const struct daemon *d)
{
	ck_assert_int_eq(kill(d->pid, SIGHUP), 0);
	return log_await(d, "reloaded "); /* or not_reloaded */
}

void reconfigure(const struct daemon *d, const char *fmt, ...)
{
	char *text;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	ck_assert_int_ge(len, 0);
	put_file(d->conf, text, (size_t)len);
	free(text);
	expect_word(reload(d), "event=reloaded");
}
