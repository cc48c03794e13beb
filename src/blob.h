/* SPDX-License-Identifier: MIT */
/*
 * Immutable counted bytes: a flight's result, a pool's object. Stored once and
 * handed to any number of readers without a copy.
 */
#ifndef BLOB_H
#define BLOB_H

#include <stddef.h>

struct blob {
	size_t n_refs;
	size_t len;
	char bytes[]; /* not NUL-terminated; never changed once made */
};

/* A blob with a copy of the bytes and one reference, the caller's. */
struct blob *blob_new(const void *bytes, size_t len);
/* One more reference; returns the blob. NULL is passed through. */
struct blob *blob_ref(struct blob *blob);
/* Gives a reference back; the last one frees. NULL is allowed. */
void blob_unref(struct blob *blob);

#endif
