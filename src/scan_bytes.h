/* SPDX-License-Identifier: MIT */
/*
 * Eight bytes at a time: whether any of them is of a sort. What has to be
 * looked at byte by byte is most of what a request costs; this takes a fifth
 * of it.
 *
 * Each function answers with the top bit of the ASCII bytes that are meant; of
 * others it may be set or not, so the caller means them, too (by "| bytes").
 * Of several the first one is exact; behind it there may be some that are not
 * meant, for a subtraction borrows from the next byte. scan_first() takes the
 * first, so it is never misled.
 */
#ifndef SCAN_BYTES_H
#define SCAN_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define SCAN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define SCAN_TOPS       SCAN_EACH(0x80)

/* The eight bytes at p, the first one lowest. */
static inline uint64_t scan_eight(const char *p)
{
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	return le64toh(bytes);
}

/* Those below a limit. */
static inline uint64_t scan_below(uint64_t bytes, uint8_t limit)
{
	return bytes - SCAN_EACH(limit);
}

/* Those that are this one. */
static inline uint64_t scan_equal(uint64_t bytes, uint8_t byte)
{
	return scan_below(bytes ^ SCAN_EACH(byte), 1);
}

/* The number of bytes before the first one whose top bit is set; not to be
 * asked when there is none. */
static inline int scan_first(uint64_t tops)
{
	return __builtin_ctzll(tops & SCAN_TOPS) / 8;
}

#endif
