/* SPDX-License-Identifier: MIT */
/* See value.h. The odd spaces and numbers are there to come back unchanged. */
#include "value.h"

#include "dice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most values are short, some are long, a few are longer than what the daemon
 * reads at once. */
static size_t padding_of(uint64_t seed)
{
	struct dice dice = {.state = seed};
	uint32_t luck = dice_below(&dice, 64);

	if (luck == 0)
		return 10000 + dice_below(&dice, 20000);
	return luck < 8 ? dice_below(&dice, 2000) : dice_below(&dice, 60);
}

static size_t write_value(char text[VALUE_BYTES], const char *what, int key,
    int64_t number, uint32_t version)
{
	uint64_t seed = (uint64_t)number * 131 + version;
	size_t padding = padding_of(seed);
	int n = snprintf(text, VALUE_BYTES,
	    "{\"%s\":%" PRId64 ",\"v\":%u, \"of\" : %d,\"z\":[0.10, 1e400],"
	    "\"pad\":\"",
	    what, number, version, key);
	size_t len = (size_t)n;

	for (size_t i = 0; i < padding; i++)
		text[len++] = (char)('a' + (seed + i * i) % 26);
	memcpy(text + len, "\"}", 3);
	return len + 2;
}

size_t value_of_flight(char text[VALUE_BYTES], int key, int64_t lead)
{
	return write_value(text, "lead", key, lead, 0);
}

size_t value_of_object(
    char text[VALUE_BYTES], int key, int64_t object, uint32_t version)
{
	return write_value(text, "object", key, object, version);
}

static bool read_value(const char *text, size_t len, const char *what, int key,
    int64_t *number, uint32_t *version)
{
	char head[128], again[VALUE_BYTES];
	size_t n = len < sizeof(head) - 1 ? len : sizeof(head) - 1;
	char name[16];

	memcpy(head, text, n);
	head[n] = '\0';
	*number = -1;
	*version = 0;
	/* Whether the name is the right one shows below. */
	if (sscanf(head, "{\"%15[a-z]\":%" SCNd64 ",\"v\":%u", name, number,
		version) != 3)
		return false;
	n = write_value(again, what, key, *number, *version);
	return n == len && memcmp(text, again, len) == 0;
}

bool value_read_flight(const char *text, size_t len, int key, int64_t *lead)
{
	uint32_t version;

	return read_value(text, len, "lead", key, lead, &version);
}

bool value_read_object(
    const char *text, size_t len, int key, int64_t *object, uint32_t *version)
{
	return read_value(text, len, "object", key, object, version);
}
