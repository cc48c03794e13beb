/* SPDX-License-Identifier: MIT */
/*
 * Allocate or die: see xalloc.h. The last words go out by write(2), because
 * stdio may want to allocate.
 */
#include "xalloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* glibc gives small blocks that were freed lately again at once, but calloc(3)
 * does not take part in that. */
#define SMALL_BYTES 1024

static void *or_die(void *memory)
{
	static const char words[] = "msyncd: out of memory, ending\n";

	if (memory == NULL) {
		ssize_t ignored =
		    write(STDERR_FILENO, words, sizeof(words) - 1);
		(void)ignored; /* there is nobody left to tell */
		abort();
	}
	return memory;
}

void *xmalloc(size_t size)
{
	return or_die(malloc(size == 0 ? 1 : size));
}

void *xcalloc(size_t n, size_t size)
{
	void *memory;

	if (n > SMALL_BYTES || size > SMALL_BYTES || n * size > SMALL_BYTES)
		return or_die(calloc(n, size));
	memory = xmalloc(n * size);
	memset(memory, 0, n * size);
	return memory;
}

void *xrealloc(void *old, size_t size)
{
	return or_die(realloc(old, size == 0 ? 1 : size));
}

void *xaligned(size_t size)
{
	return or_die(aligned_alloc(size, size));
}

char *xmemdup0(const void *bytes, size_t len)
{
	char *copy = xmalloc(len + 1);

	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}
