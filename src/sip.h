/* SPDX-License-Identifier: MIT */
/*
 * SipHash-1-3, the keyed hash of Aumasson and Bernstein, for every table whose
 * keys clients choose: without the key nobody can make names that collide.
 */
#ifndef SIP_H
#define SIP_H

#include <stddef.h>
#include <stdint.h>

#define SIP_KEY_BYTES 16

/* The hash of len bytes under the key; any len, any alignment. */
uint64_t sip_hash(
    const uint8_t key[SIP_KEY_BYTES], const void *bytes, size_t len);

#endif
