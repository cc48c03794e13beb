/* SPDX-License-Identifier: MIT */
/*
 * What a service manager is told: that the daemon is ready, reloads and stops,
 * that it lives (the watchdog), and one line about how much there is to do.
 * Without a service manager nothing is done, and no timer is needed; with one,
 * only for a watchdog, or while a line is held back. Nothing here waits for it.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "log.h"
#include "mtime.h"

#include <stdbool.h>
#include <stdint.h>

/* For the line, which systemctl status shows. */
struct notify_counts {
	int64_t connections, holds, waits;
};

struct notifier {
	bool is_on;                /* there is a service manager */
	bool is_lost;              /* the line was, and has to come again */
	mtime_t watchdog_ms;       /* between signs of life; 0: none */
	mtime_t alive_at;          /* when the next one is due */
	mtime_t said_at;           /* when the line was sent */
	mtime_t line_at;           /* the next one is due; MTIME_NEVER: none */
	struct notify_counts said; /* the line */
};

/* The daemon serves. Begins everything. */
void notify_ready(
    struct notifier *notifier, mtime_t now, const struct log *log);
/* Its configuration is being read again, up to notify_reloaded. */
void notify_reloading(const struct notifier *notifier);
void notify_reloaded(struct notifier *notifier);
void notify_stopping(const struct notifier *notifier);
/* In every turn: the sign of life, where it is due, and the line, where it is
 * another one, at most once a second. */
void notify_turn(
    struct notifier *notifier, const struct notify_counts *counts, mtime_t now);
/* When the next turn has to be, or MTIME_NEVER. */
mtime_t notify_deadline(const struct notifier *notifier);

#endif
