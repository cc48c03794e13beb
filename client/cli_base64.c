/* SPDX-License-Identifier: MIT */
/* Bytes as text: see cli_base64.h. */
#include "cli_base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t len)
{
	const unsigned char *in = bytes;
	char *text = malloc((len + 2) / 3 * 4 + 1), *at = text;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)in[i] << 16;

		bits |= n > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		bits |= n > 2 ? in[i + 2] : 0;
		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = (char)(n > 1 ? digits[bits >> 6 & 63] : '=');
		*at++ = (char)(n > 2 ? digits[bits & 63] : '=');
	}
	*at = '\0';
	return text;
}

/* The value of each letter; -1 of what is no digit. */
static void make_table(signed char values[256])
{
	memset(values, -1, 256);
	for (int i = 0; i < 64; i++)
		values[(unsigned char)digits[i]] = (signed char)i;
}

void *base64_decode(const char *text, size_t *len)
{
	size_t n = strlen(text), n_digits = n;
	signed char values[256];
	unsigned char *bytes = malloc(n / 4 * 3 + 1), *at = bytes;
	uint32_t bits = 0;

	make_table(values);
	while (n_digits > 0 && n - n_digits < 2 && text[n_digits - 1] == '=')
		n_digits--;
	for (size_t i = 0; bytes != NULL && i < n; i++) {
		int value = i < n_digits ? values[(unsigned char)text[i]] : 0;

		if (value < 0 || n % 4 != 0) {
			free(bytes);
			return NULL;
		}
		bits = bits << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			*at++ = (unsigned char)(bits >> 16);
			*at++ = (unsigned char)(bits >> 8);
			*at++ = (unsigned char)bits;
		}
	}
	*len = n / 4 * 3 - (n - n_digits);
	return bytes;
}
