/* SPDX-License-Identifier: MIT */
/* Numbers that look random and follow from a seed alone (splitmix64). */
#ifndef DICE_H
#define DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
};

static inline uint64_t dice_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* From 0 to n - 1. */
static inline uint32_t dice_below(struct dice *dice, uint32_t n)
{
	dice->state += 0x9e3779b97f4a7c15u;
	return (uint32_t)(dice_mix(dice->state) % n);
}

/* From low to high. */
static inline uint32_t dice_between(
    struct dice *dice, uint32_t low, uint32_t high)
{
	return low + dice_below(dice, high - low + 1);
}

static inline bool dice_percent(struct dice *dice, uint32_t percent)
{
	return dice_below(dice, 100) < percent;
}

#endif
