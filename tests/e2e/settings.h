/* SPDX-License-Identifier: MIT */
/*
 * A running daemon whose configuration changes: files are written, SIGHUP is
 * sent, and what the log says of it is awaited.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "harness.h"

/* Writes the bytes to a file, in the place of what was there. */
void put_file(const char *path, const void *bytes, size_t len);
/* The next line of the log that contains the word; lines before it are
 * forgotten. Valid until the next call. */
const char *log_await(const struct daemon *d, const char *word);
/* Sends SIGHUP, and returns the line of the log that says what came of it. */
const char *reload(const struct daemon *d);
/* Gives it this configuration (printf style), which must be taken over. */
void reconfigure(const struct daemon *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
