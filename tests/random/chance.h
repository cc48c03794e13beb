/* SPDX-License-Identifier: MIT */
/*
 * Numbers that look random and are the same on every machine, and memory for
 * the texts of one episode.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

uint64_t rng_next(struct rng *rng);
/* 0 … n - 1 */
int rng_below(struct rng *rng, int n);
/* True so many times out of a hundred. */
bool rng_percent(struct rng *rng, int percent);

#define ARENA_BYTES (4 * 1024 * 1024)

struct arena {
	size_t used;
	char bytes[ARENA_BYTES];
};

/* Valid until the arena is emptied (used = 0). */
char *arena_printf(struct arena *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* len bytes, not set. */
char *arena_get(struct arena *arena, size_t len);

#endif
