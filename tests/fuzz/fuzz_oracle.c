/* SPDX-License-Identifier: MIT */
/*
 * The scanner against jansson: what one accepts the other does, and it means
 * the same. What may differ, and why, is listed in tests/unit/oracle.h.
 */
#include "fuzz.h"

#include "oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct oracle oracle = oracle_compare((const char *)data, size);

	FUZZ_ASSERT(oracle.complaint == NULL, "%s", oracle.complaint);
	return 0;
}
