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

/* What was granted is the parent's where a callback has forked and this is the
 * child. A callback of a call that waits may also have closed the handle. */
static int check_own(const struct msync_grant *grant)
{
	return grant->conn == NULL ? 0 : handle_check_pid(grant->conn);
}

static int settle(struct msync_call *call, struct msync_grant *grant)
{
	struct msync_pool *pool = call->pool;
	struct scan_value doomed = {
	    .type = SCAN_ARRAY, .at = call->doomed, .len = call->doomed_len};
	int code;

	if (call->doomed != NULL)
		(void)pool_destroy_all(pool, &doomed);
	if (call->code != 0 || grant == NULL)
		return call->code;
	code = check_own(grant);
	if (code != 0 || !grant->is_created || pool->create == NULL)
		return code;
	code = create(pool, grant);
	return code == 0 ? check_own(grant) : code;
}

/* The object could not be made, or a callback was left by an exception: then
 * its place is free, as that of all that has no value. Inside of msync_process
 * nobody waits for that. */
static void on_unwind(struct msync_grant **grant)
{
	if (*grant != NULL && (*grant)->conn != NULL &&
	    (*grant)->conn->is_dispatching)
		(void)msync_release_start(*grant, NULL, NULL);
	else
		(void)msync_release(*grant);
}

int pool_settle(struct msync_call *call, struct msync_grant **grant)
{
	__attribute__((cleanup(on_unwind))) struct msync_grant *guarded =
	    *grant;
	int code;

	*grant = NULL;
	if (guarded != NULL)
		guarded->is_own = true;
	code = settle(call, guarded);
	if (code == 0) {
		if (guarded != NULL)
			guarded->is_own = false;
		*grant = guarded;
		guarded = NULL;
	}
	return code;
}
