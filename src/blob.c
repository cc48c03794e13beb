/* SPDX-License-Identifier: MIT */
/* Immutable counted bytes: see blob.h. */
#include "blob.h"

#include "xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct blob *blob_new(const void *bytes, size_t len)
{
	struct blob *blob = xmalloc(sizeof(*blob) + len);

	blob->n_refs = 1;
	blob->len = len;
	if (len > 0)
		memcpy(blob->bytes, bytes, len);
	return blob;
}

struct blob *blob_ref(struct blob *blob)
{
	if (blob != NULL)
		blob->n_refs++;
	return blob;
}

void blob_unref(struct blob *blob)
{
	if (blob == NULL)
		return;
	assert(blob->n_refs > 0);
	if (--blob->n_refs == 0)
		free(blob);
}
