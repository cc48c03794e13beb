/* SPDX-License-Identifier: MIT */
/*
 * SipHash with one round per word and three at the end. The published
 * description reads words little-endian; memcpy and le64toh keep that true on
 * every machine and free of alignment faults.
 */
#include "sip.h"

#include <endian.h>
#include <string.h>

struct state {
	uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static inline void mix(struct state *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotate(s->b, 13) ^ s->a;
	s->d = rotate(s->d, 16) ^ s->c;
	s->a = rotate(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = rotate(s->b, 17) ^ s->c;
	s->d = rotate(s->d, 21) ^ s->a;
	s->c = rotate(s->c, 32);
}

static inline void absorb(struct state *s, uint64_t word)
{
	s->d ^= word;
	mix(s);
	s->a ^= word;
}

static inline uint64_t word_at(const uint8_t *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return le64toh(word);
}

/* The last, short word: up to seven bytes, the length's low byte on top. */
static uint64_t last_word(const uint8_t *tail, size_t len)
{
	uint64_t word = (uint64_t)len << 56;

	/* The seven bytes or less with those before them, as one word. */
	if (len >= 8 && len % 8 > 0)
		return word | word_at(tail + len % 8 - 8) >> (64 - len % 8 * 8);
	for (size_t i = 0; i < len % 8; i++)
		word |= (uint64_t)tail[i] << (8 * i);
	return word;
}

uint64_t sip_hash(
    const uint8_t key[SIP_KEY_BYTES], const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	const uint64_t k0 = word_at(key), k1 = word_at(key + 8);
	struct state s = {
	    .a = k0 ^ 0x736f6d6570736575,
	    .b = k1 ^ 0x646f72616e646f6d,
	    .c = k0 ^ 0x6c7967656e657261,
	    .d = k1 ^ 0x7465646279746573,
	};

	for (size_t n = len / 8; n > 0; n--, at += 8)
		absorb(&s, word_at(at));
	absorb(&s, last_word(at, len));
	s.c ^= 0xff;
	mix(&s);
	mix(&s);
	mix(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}
