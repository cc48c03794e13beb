/* SPDX-License-Identifier: MIT */
/*
 * What a story writes for a request, and the line that it stands for:
 *
 *   lock.acquire k wait_ms=50 id=1
 *   {"op":"lock.acquire","key":"k","wait_ms":50,"id":1}
 *
 * The word behind the operation is its key (cancel: its target, renew: its
 * token; ping, hello, reset and stats have none). Values that look like JSON
 * stand for themselves, T1 stands for a token, any other word is a string. In
 * all of it <<ab x 3>> is ababab, and \xHH the byte with this number.
 */
#ifndef ASK_H
#define ASK_H

#include "cast.h"

#include <stdio.h>

/* Writes the text with its repetitions and bytes spelled out. */
void ask_expand(FILE *out, const char *text);
/* Writes the request line that the words stand for, without line feed. */
void ask_write(FILE *out, const char *words, const struct cast *cast);

#endif
