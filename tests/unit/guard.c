/* SPDX-License-Identifier: MIT */
/* Bytes that end where memory ends: see guard.h. */
#include "guard.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Mapped for good; more only for a copy that is longer. */
#define USUAL_BYTES (64 * 1024)

static char *mapped; /* as much as this, and the page behind it */
static size_t n_mapped;
static bool is_in_use;

static void map(size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (mapped != NULL)
		ck_assert_int_eq(munmap(mapped, n_mapped + page), 0);
	n_mapped = ((len < USUAL_BYTES ? USUAL_BYTES : len) / page + 1) * page;
	mapped = mmap(NULL, n_mapped + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert(mapped != MAP_FAILED);
	ck_assert_int_eq(mprotect(mapped + n_mapped, page, PROT_NONE), 0);
}

const char *guard_copy(const char *bytes, size_t len)
{
	ck_assert(!is_in_use);
	is_in_use = true;
	if (mapped == NULL || len > n_mapped)
		map(len);
	if (len > 0)
		memcpy(mapped + n_mapped - len, bytes, len);
	return mapped + n_mapped - len;
}

void guard_free(void)
{
	ck_assert(is_in_use);
	is_in_use = false;
}
