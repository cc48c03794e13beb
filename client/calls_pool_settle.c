/* SPDX-License-Identifier: MIT */
/* Objects are made and destroyed by the callbacks of a pool, which may fail,
 * fork, or leave by an exception: see calls_pool.h. */
#include "calls_pool.h"

#include "calls.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pool_destroy_all(struct msync_pool *pool, const struct scan_value *array)
{
	struct scan scan;
	struct scan_value value;
	pid_t pid = getpid();
	int n = 0;

	scan_array_begin(&scan, array);
	while (scan_element(&scan, &value) == SCAN_ITEM) {
		if (pool->destroy != NULL)
			pool->destroy(pool->ctx, value.at, value.len);
		if (getpid() != pid)
			return handle_check_pid(pool->conn);
		n++;
	}
	return n;
}

/* Whether it is a value that the daemon takes for an object. */
static bool is_object_value(const char *json, size_t len)
{
	size_t space = 0;

	while (space < len && strchr(" \t\r\n", json[space]) != NULL)
		space++;
	return scan_is_value(json, len) && json[space] != 'n';
}

/* Takes over what create has made. */
static int take_created(struct msync_grant *grant, char *json, size_t len)
{
	if (json != NULL && len == MSYNC_NUL_TERMINATED)
		len = strlen(json);
	if (json == NULL || !is_object_value(json, len)) {
		free(json);
		return failure_set(&grant->conn->failure, MSYNC_E_INVALID,
		    "pool \"%s\": what the callback made is no value: it has "
		    "to be JSON, and not null",
		    grant->key);
	}
	grant->value = json;
	grant->len = len;
	return 0;
}

static int create(struct msync_pool *pool, struct msync_grant *grant)
{
	char *json = NULL;
	size_t len = MSYNC_NUL_TERMINATED;
	int code = pool->create(pool->ctx, &json, &len);

	if (code == 0)
		return take_created(grant, json, len);
	free(json);
	if (code > 0)
		return code;
	return failure_set(&grant->conn->failure, MSYNC_E_CALLBACK,
	    "pool \"%s\": the callback that creates an object returned %d",
	    grant->key, code);
}

/* Whether what was granted is this process's: a callback may have forked, and
 * this be the child. */
static int check_owner(const struct msync_grant *grant)
{
	return grant == NULL ? 0 : handle_check_pid(grant->conn);
}

/* Everything that has to be done before the object can be used. */
static int settle(struct msync_call *call, struct msync_grant *grant)
{
	struct msync_pool *pool = call->pool;
	struct scan_value doomed = {
	    .type = SCAN_ARRAY, .at = call->doomed, .len = call->doomed_len};
	int code;

	if (call->doomed != NULL)
		(void)pool_destroy_all(pool, &doomed);
	if (call->code != 0)
		return call->code;
	code = check_owner(grant);
	if (code != 0 || grant == NULL || !grant->is_created ||
	    pool->create == NULL)
		return code;
	code = create(pool, grant);
	return code == 0 ? check_owner(grant) : code;
}

/* What is not handed out, because a callback fails or leaves by an exception:
 * an object goes back as it was, a new one, which has no value, leaves its
 * place. */
static void release_at_end(struct msync_grant **grant)
{
	(void)msync_release(*grant);
}

int pool_settle(struct msync_call *call, struct msync_grant **grant)
{
	__attribute__((cleanup(release_at_end))) struct msync_grant *guarded =
	    *grant;
	int code;

	*grant = NULL;
	if (guarded != NULL)
		guarded->is_own = true;
	code = settle(call, guarded);
	if (code == 0 && guarded != NULL) {
		guarded->is_own = false;
		*grant = guarded;
		guarded = NULL;
	}
	return code;
}
