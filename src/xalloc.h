/* SPDX-License-Identifier: MIT */
/*
 * Allocate or die. What clients may make the daemon store is counted against
 * their share before it is allocated; when the machine has none left after
 * that, there is nothing better to do than to end with a message. So no code
 * above this file has an out-of-memory path.
 */
#ifndef XALLOC_H
#define XALLOC_H

#include <stddef.h>

/* As malloc, calloc and realloc; the caller owns what is returned, frees it
 * with free(3), and never sees NULL. size may be 0. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));

/* size bytes at a multiple of size, which is a power of two. */
void *xaligned(size_t size) __attribute__((malloc, returns_nonnull));

/* A copy of len bytes with a NUL behind them, owned by the caller. */
char *xmemdup0(const void *bytes, size_t len)
    __attribute__((malloc, returns_nonnull));

#endif
