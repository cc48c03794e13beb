/* SPDX-License-Identifier: MIT */
/*
 * What all fuzz targets have in common. libFuzzer calls the one function with
 * inputs that it makes up; what must not be is an abort, after some words.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* FUZZ_ASSERT(condition, printf-formatted words) */
#define FUZZ_ASSERT(condition, ...)                                            \
	do {                                                                   \
		if (!(condition)) {                                            \
			(void)fprintf(stderr, __VA_ARGS__);                    \
			(void)fputs("\n", stderr);                             \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
