/* SPDX-License-Identifier: MIT */
/* The log: see log.h. */
#include "log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 2048

bool log_goes_to_journal(void)
{
	const char *said = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	/* Somebody may have sent it elsewhere since. */
	if (said == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)st.st_ino);
	return strcmp(said, own) == 0;
}

void log_event(const struct log *log, enum log_level level, const char *event,
    const char *fmt, ...)
{
	static const char *const names[] = {"error", "info", "debug"};
	static const char *const priorities[] = {"<3>", "<6>", "<7>"};
	char line[LINE_BYTES];
	va_list args;
	struct pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t ignored = 0;
	size_t end;
	int len;

	if (level > log->level)
		return;
	len = snprintf(line, sizeof(line), "%slevel=%s event=%s ",
	    log->to_journal ? priorities[level] : "", names[level], event);
	va_start(args, fmt);
	(void)vsnprintf(line + len, sizeof(line) - (size_t)len - 1, fmt, args);
	va_end(args);
	end = strlen(line);
	line[end] = '\n';
	/* A pipe that polls writable takes as much as a line has at once, so
	 * this does not block, and the line stays whole. */
	if (poll(&standard_error, 1, 0) == 1 &&
	    (standard_error.revents & POLLOUT))
		ignored = write(STDERR_FILENO, line, end + 1);
	(void)ignored;
}

const char *log_quote(char quoted[LOG_QUOTED_BYTES], const char *text)
{
	size_t at = 0;

	quoted[at++] = '"';
	/* The longest escape, the closing quote and the NUL have to fit. */
	for (; *text != '\0' && at + 6 < LOG_QUOTED_BYTES; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			quoted[at++] = '\\';
			quoted[at++] = (char)c;
		} else if (c < 0x20 || c == 0x7F) {
			at += (size_t)snprintf(quoted + at, 5, "\\x%02x", c);
		} else {
			quoted[at++] = (char)c;
		}
	}
	quoted[at++] = '"';
	quoted[at] = '\0';
	return quoted;
}
