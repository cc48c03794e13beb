/* SPDX-License-Identifier: MIT */
/*
 * Numbers that look random and are the same on every machine (splitmix64), and
 * the memory for an episode's texts.
 */
#include "chance.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

uint64_t rng_next(struct rng *rng)
{
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

int rng_below(struct rng *rng, int n)
{
	return (int)(rng_next(rng) % (uint64_t)n);
}

bool rng_percent(struct rng *rng, int percent)
{
	return rng_below(rng, 100) < percent;
}

char *arena_get(struct arena *arena, size_t len)
{
	char *bytes = arena->bytes + arena->used;

	assert(len <= ARENA_BYTES - arena->used);
	arena->used += len;
	return bytes;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	size_t room = ARENA_BYTES - arena->used;
	char *text = arena->bytes + arena->used;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, room, fmt, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < room);
	return arena_get(arena, (size_t)n + 1);
}
