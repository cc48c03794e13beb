/* SPDX-License-Identifier: MIT */
/* How two texts differ, line by line, for the reader of a failed test. */
#ifndef DIFF_H
#define DIFF_H

#include <stdio.h>

/* Writes all lines: those of both texts after a space, those of the first one
 * alone after '-', those of the second one alone after '+'. */
void diff_write(FILE *out, const char *a, const char *b);

#endif
