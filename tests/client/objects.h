/* SPDX-License-Identifier: MIT */
/*
 * Pools in the tests of libmsync: their objects, and a program that makes and
 * destroys these and notes it.
 */
#ifndef OBJECTS_H
#define OBJECTS_H

#include "handles.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An object of a pool of `one`, which is to be had at once. */
struct msync_grant *get_object(struct msync_pool *pool);
/* Puts it with this value (NULL: as it was), and frees the grant. */
void put_object(struct msync_grant *grant, const char *json);
/* Asserts its value, byte for byte; NULL: it is to be created. */
void expect_object(const struct msync_grant *grant, const char *json);
/* Asserts how many objects there are, and how many of them are idle. */
void expect_counts(struct msync_pool *pool, int size, int available);

/* Makes the values 1, 2, 3 … */
struct maker {
	int code;         /* what the callback that creates returns */
	const char *json; /* and another value, or NULL */
	int n_created;
	char destroyed[256]; /* values, each with a semicolon */
};

/* Has it make the objects of the pool. */
void maker_serve(struct maker *maker, struct msync_pool *pool);
int maker_create(void *ctx, char **json, size_t *len);
void maker_destroy(void *ctx, const char *json, size_t len);

#ifdef __cplusplus
}
#endif

#endif
