/* SPDX-License-Identifier: MIT */
/*
 * The log: standard error, one line an event, as key=value pairs. Text that
 * clients choose is quoted and escaped, so that no line can be forged.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

struct log {
	enum log_level level; /* what is above it is not written */
	bool to_journal;      /* lines begin with <N>, see sd-daemon(3) */
};

/* Whether standard error goes to the journal of systemd, which says so in
 * JOURNAL_STREAM. */
bool log_goes_to_journal(void);
/* Writes "level=… event=EVENT " and the printf-formatted pairs, one line. A
 * line that standard error does not take is dropped: logging never blocks
 * clients, and never ends the daemon. */
void log_event(const struct log *log, enum log_level level, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The text as a quoted value: "…" with \" \\ and \xNN. Returns quoted; what
 * does not fit is cut. */
#define LOG_QUOTED_BYTES 1100
const char *log_quote(char quoted[LOG_QUOTED_BYTES], const char *text);

#endif
