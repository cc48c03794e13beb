/* SPDX-License-Identifier: MIT */
/* Objects of pools, and their maker: see objects.h. */
#define _GNU_SOURCE 1
#include "objects.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct msync_grant *get_object(struct msync_pool *pool)
{
	struct msync_grant *grant = NULL;

	expect_code(one, msync_pool_get(pool, 0, NULL, &grant), 0);
	ck_assert_ptr_nonnull(grant);
	return grant;
}

void put_object(struct msync_grant *grant, const char *json)
{
	ck_assert_int_eq(msync_pool_put(grant, json, MSYNC_NUL_TERMINATED), 0);
	give_back(grant);
}

void expect_object(const struct msync_grant *grant, const char *json)
{
	size_t len = 17;
	const char *value = msync_grant_value(grant, &len);

	if (json == NULL) {
		ck_assert_ptr_null(value);
		ck_assert_uint_eq(len, 0);
		return;
	}
	ck_assert_ptr_nonnull(value);
	ck_assert_uint_eq(len, strlen(json));
	ck_assert_mem_eq(value, json, len);
}

void expect_counts(struct msync_pool *pool, int size, int available)
{
	ck_assert_int_eq(msync_pool_size(pool), size);
	ck_assert_int_eq(msync_pool_available(pool), available);
}

void maker_serve(struct maker *maker, struct msync_pool *pool)
{
	ck_assert_int_eq(
	    msync_pool_set_callbacks(pool, maker_create, maker_destroy, maker),
	    0);
}

int maker_create(void *ctx, char **json, size_t *len)
{
	struct maker *maker = ctx;

	(void)len;
	maker->n_created++;
	if (maker->json != NULL)
		*json = strdup(maker->json);
	else
		ck_assert_int_gt(asprintf(json, "%d", maker->n_created), 0);
	return maker->code;
}

void maker_destroy(void *ctx, const char *json, size_t len)
{
	struct maker *maker = ctx;

	ck_assert_uint_lt(
	    strlen(maker->destroyed) + len + 1, sizeof(maker->destroyed));
	strncat(maker->destroyed, json, len);
	strcat(maker->destroyed, ";");
}
