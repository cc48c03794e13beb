/* SPDX-License-Identifier: MIT */
/*
 * SipHash-1-3 against fixed values. The bytes are always 0, 1, 2 ... (from 256
 * on beginning again with 0).
 *
 * Those under a key of zeros are what Python 3.11 gives for bytes of one byte
 * and more, which anybody can repeat:
 *   PYTHONHASHSEED=0 python3 -c "print(hex(hash(bytes(range(5))) % 2**64))"
 * Those under the key 0, 1, 2 ... 15 are the common published test values.
 */
#include "unit.h"

#include "sip.h"

#include <string.h>

#define MAX_BYTES 257

struct vector {
	size_t len;
	uint64_t hash;
};

static const struct vector with_zeros[] = {
    {0, 0xd1fba762150c532c},
    {1, 0x68a914128e01e473},
    {2, 0x010bac45c41e3669},
    {3, 0x4d4c9a4a8ef6e0ad},
    {4, 0x7cc43f98813e4dbd},
    {5, 0x5abe2169dff36275},
    {6, 0xe3c25f87624f1cdb},
    {7, 0x2f098ab0c751325a},
    {8, 0xead411e67ebe2eea},
    {9, 0x75927f9d95124362},
    {10, 0xaf9f77a65ab51a1d},
    {11, 0xfe64ce8b6617fcff},
    {12, 0xa6baf4fb0f9fe1c2},
    {13, 0xa0cf3211850f8e0d},
    {14, 0x7f86049379fbfe67},
    {15, 0xf30eb725bb91c9ea},
    {16, 0x8972188433a5c5b7},
    {17, 0x4883c49a2c009c1d},
    {18, 0xadc2c0b63044067d},
    {19, 0x091f4a3329f87d19},
    {20, 0x639e355ae68c0100},
    {63, 0x385d3e39e5f37359},
    {64, 0x75e05fd5bbc870c6},
    {65, 0x9551550c825974c6},
    {255, 0x5dc1f93ea135eb43},
    {256, 0x31ae646afba70308},
    {257, 0xef7cec81c6f56af4},
};

static const struct vector with_steps[] = {
    {0, 0xabac0158050fc4dc},
    {1, 0xc9f49bf37d57ca93},
    {2, 0x82cb9b024dc7d44d},
    {3, 0x8bf80ab8e7ddf7fb},
    {4, 0xcf75576088d38328},
    {5, 0xdef9d52f49533b67},
    {6, 0xc50d2b50c59f22a7},
    {7, 0xd3927d989bb11140},
    {8, 0x369095118d299a8e},
    {9, 0x25a48eb36c063de4},
    {10, 0x79de85ee92ff097f},
    {11, 0x70c118c1f94dc352},
    {12, 0x78a384b157b4d9a2},
    {13, 0x306f760c1229ffa7},
    {14, 0x605aa111c0f95d34},
    {15, 0xd320d86d2a519956},
    {16, 0xcc4fdd1a7d908b66},
    {17, 0x9cf2689063dbd80c},
    {18, 0x8ffc389cb473e63e},
    {19, 0xf21f9de58d297d1c},
    {20, 0xc0dc2f46a6cce040},
    {63, 0x9d199062b7bbb3a8},
    {64, 0xf17997ec4b4a6065},
    {65, 0x5e1e6109660f720e},
    {255, 0xf76214e3153c4a15},
    {256, 0x75b3e64e167de370},
    {257, 0x5d8ffca6213c73b8},
};

static const uint8_t zeros[SIP_KEY_BYTES];
static const uint8_t steps[SIP_KEY_BYTES] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static void count_up(uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)i;
}

static void compare(
    const uint8_t key[SIP_KEY_BYTES], const struct vector *vectors, size_t n)
{
	uint8_t bytes[MAX_BYTES];

	count_up(bytes, sizeof(bytes));
	for (size_t i = 0; i < n; i++) {
		uint64_t hash = sip_hash(key, bytes, vectors[i].len);

		ck_assert_msg(hash == vectors[i].hash,
		    "%zu bytes: %016llx instead of %016llx", vectors[i].len,
		    (unsigned long long)hash,
		    (unsigned long long)vectors[i].hash);
	}
}

START_TEST(values_under_a_key_of_zeros_are_those_of_python)
{
	compare(zeros, with_zeros, N_OF(with_zeros));
}
END_TEST

START_TEST(values_under_a_counting_key_are_the_published_ones)
{
	compare(steps, with_steps, N_OF(with_steps));
}
END_TEST

START_TEST(where_the_bytes_lie_makes_no_difference)
{
	uint8_t bytes[MAX_BYTES + 8];

	for (size_t shift = 0; shift < 8; shift++) {
		memset(bytes, 0xff, sizeof(bytes));
		count_up(bytes + shift, 20);
		ck_assert_uint_eq(
		    sip_hash(steps, bytes + shift, 20), with_steps[20].hash);
	}
}
END_TEST

START_TEST(every_bit_of_the_key_matters)
{
	const uint64_t hash = sip_hash(zeros, "key", 3);

	for (int bit = 0; bit < 8 * SIP_KEY_BYTES; bit++) {
		uint8_t key[SIP_KEY_BYTES] = {0};

		key[bit / 8] = (uint8_t)(1 << bit % 8);
		ck_assert_uint_ne(sip_hash(key, "key", 3), hash);
	}
}
END_TEST

START_TEST(nothing_has_a_hash_wherever_it_is)
{
	ck_assert_uint_eq(sip_hash(zeros, NULL, 0), with_zeros[0].hash);
	ck_assert_uint_eq(sip_hash(zeros, "x", 0), with_zeros[0].hash);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
	    values_under_a_key_of_zeros_are_those_of_python,
	    values_under_a_counting_key_are_the_published_ones,
	    where_the_bytes_lie_makes_no_difference,
	    every_bit_of_the_key_matters,
	    nothing_has_a_hash_wherever_it_is,
	    NULL,
	};

	return unit_main("sip", false, tests, NULL);
}
