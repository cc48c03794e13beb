/* SPDX-License-Identifier: MIT */
/*
 * The library's memory, counted and refused. A copy of its archive has malloc
 * and the like renamed to the functions here (objcopy, see tests/local.mk), so
 * that nothing else in a program is touched, not even where a sanitizer has an
 * allocator of its own. For one thread.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* From now on the n-th allocation fails, and with is_final all that follow it;
 * 0: none does. */
void memory_refuse(unsigned n, bool is_final);
/* How many were refused since then. */
unsigned memory_refused(void);
/* Whether every allocation is refused from here on. */
bool memory_is_gone(void);
/* How many blocks the library has now. */
size_t memory_live(void);

/* What the copy calls in place of the functions of <stdlib.h>. */
void *memory_malloc(size_t size);
void *memory_calloc(size_t n, size_t size);
void *memory_realloc(void *block, size_t size);
char *memory_strdup(const char *text);
void memory_free(void *block);

#endif
