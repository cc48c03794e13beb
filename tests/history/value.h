/* SPDX-License-Identifier: MIT */
/*
 * The values of flights and pool objects. Each one names what it belongs to,
 * and all its bytes follow from what it names, so that whoever gets one knows
 * whose it is and whether it is whole.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUE_BYTES 32768

/* Write the value and return its length. */
size_t value_of_flight(char text[VALUE_BYTES], int key, int64_t lead);
size_t value_of_object(
    char text[VALUE_BYTES], int key, int64_t object, uint32_t version);

/* Read what a value names; false if it is not exactly as it was written. */
bool value_read_flight(const char *text, size_t len, int key, int64_t *lead);
bool value_read_object(
    const char *text, size_t len, int key, int64_t *object, uint32_t *version);

#endif
