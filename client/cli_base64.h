/* SPDX-License-Identifier: MIT */
/*
 * Bytes as text (RFC 4648, with padding): what a command prints need not be
 * UTF-8, and has to be to travel as JSON. The C library has this in libresolv,
 * which every msync lock would have to load for it.
 */
#ifndef CLI_BASE64_H
#define CLI_BASE64_H

#include <stddef.h>

/* From malloc(3), with a NUL behind it; NULL where there is no memory. */
char *base64_encode(const void *bytes, size_t len);
/* From malloc(3); NULL where it is no base64, or there is no memory. */
void *base64_decode(const char *text, size_t *len);

#endif
