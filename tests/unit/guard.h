/* SPDX-License-Identifier: MIT */
/*
 * Bytes that end where memory ends: right behind a copy lies a page that
 * nobody may touch, so that reading one byte too many is a crash and no luck,
 * with and without sanitizers. One copy at a time.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stddef.h>

/* A copy of the bytes, valid until guard_free. */
const char *guard_copy(const char *bytes, size_t len);
void guard_free(void);

#endif
