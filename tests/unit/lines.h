/* SPDX-License-Identifier: MIT */
/*
 * Lines for parsers, made up at random but from a seed, so the same ones every
 * time: valid objects of every shape, and the same with a few bytes changed.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>
#include <stdint.h>

#define LINES_BYTES 8192 /* no line is longer */

struct lines {
	uint64_t state; /* of the random numbers: the seed */
	char line[LINES_BYTES];
	size_t len;
};

/* A number from 0 to n - 1. */
unsigned lines_draw(struct lines *lines, unsigned n);
/* Makes a valid line. */
void lines_make(struct lines *lines);
/* Changes a few bytes of it; the line may be valid even so. */
void lines_spoil(struct lines *lines);

#endif
