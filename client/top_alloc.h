/* SPDX-License-Identifier: MIT */
/* Memory for msync top, which ends where there is none: it changes nothing
 * that anybody would miss, and abort(3) gives the terminal back. */
#ifndef TOP_ALLOC_H
#define TOP_ALLOC_H

#include <stdlib.h>

static inline void *top_realloc(void *memory, size_t n_bytes)
{
	memory = realloc(memory, n_bytes > 0 ? n_bytes : 1);
	if (memory == NULL)
		abort();
	return memory;
}

static inline void *top_zalloc(size_t n_bytes)
{
	void *memory = calloc(1, n_bytes > 0 ? n_bytes : 1);

	if (memory == NULL)
		abort();
	return memory;
}

#endif
