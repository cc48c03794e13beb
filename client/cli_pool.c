/* SPDX-License-Identifier: MIT */
/* Objects of a pool: see cli_pool.h. */
#include "cli_pool.h"

#include <stdlib.h>

/* Making and destroying -------------------------------------------- */

static void set_pool_env(const char *key, const char *value)
{
	(void)setenv("MSYNC_KIND", "pool", 1);
	(void)setenv("MSYNC_KEY", key, 1);
	if (value != NULL)
		(void)setenv("MSYNC_VALUE", value, 1);
	else
		(void)unsetenv("MSYNC_VALUE");
}

/* All that the stream has, without the line feeds at its end, as $(…) does. */
static char *read_all(FILE *stream)
{
	char *text = NULL;
	size_t cap = 0;
	ssize_t len = getdelim(&text, &cap, '\0', stream);

	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	if (len > 0)
		return text;
	free(text);
	return NULL;
}

static int create(void *ctx, char **json, size_t *len)
{
	const struct pool_options *options = ctx;
	FILE *stream;
	char *text;
	int status;

	(void)len;
	set_pool_env(options->key, NULL);
	(void)fflush(NULL);
	stream = popen(options->create, "re");
	if (stream == NULL)
		return EXIT_IS_SYSTEM;
	text = read_all(stream);
	status = pclose(stream);
	if (status == 0 && text != NULL)
		*json = cli_json_string(text);
	free(text);
	if (*json != NULL)
		return 0;
	cli_complain("pool %s: --create %s: %s", options->key, options->create,
	    status != 0 ? "failed" : "printed nothing, or no UTF-8");
	return EXIT_IS_INTERNAL;
}

void cli_pool_destroy(void *ctx, const char *json, size_t len)
{
	const struct pool_options *options = ctx;
	char *value;

	value = cli_plain_value(json, len);
	if (options->prints_destroyed && options->prints_json)
		(void)printf("%.*s\n", (int)len, json);
	else if (options->prints_destroyed)
		(void)puts(value == NULL ? "" : value);
	set_pool_env(options->key, value == NULL ? "" : value);
	free(value);
	(void)fflush(NULL);
	if (options->destroy != NULL && system(options->destroy) != 0)
		cli_complain("pool %s: --destroy %s: failed for %.*s",
		    options->key, options->destroy, (int)len, json);
}

/* Getting ---------------------------------------------------------- */

int cli_pool_new(
    struct turn *turn, struct pool_options *options, struct msync_pool **pool)
{
	int code =
	    msync_pool_new(pool, turn->conn, options->key, options->capacity);

	if (code != 0)
		return code;
	(void)msync_pool_set_callbacks(*pool,
	    options->create == NULL ? NULL : create, cli_pool_destroy, options);
	if (options->max_idle_ms >= 0)
		(void)msync_pool_set_max_idle(*pool, options->max_idle_ms);
	return 0;
}

int cli_pool_get(
    struct turn *turn, struct pool_options *options, struct msync_pool **pool)
{
	struct msync_terms *terms = turn_terms(turn->options);
	int code = terms == NULL ? MSYNC_E_NOMEM : turn_open(turn);

	*pool = NULL;
	if (code == 0)
		code = cli_pool_new(turn, options, pool);
	if (code == 0) {
		(void)msync_terms_set(terms, MSYNC_TERM_ADOPT, options->adopts);
		code = msync_pool_get(
		    *pool, turn->options->wait_ms, terms, &turn->grant);
	}
	msync_terms_free(terms);
	return code;
}

char *cli_pool_value(const struct msync_grant *grant)
{
	size_t len;
	const char *json = msync_grant_value(grant, &len);

	return json == NULL ? NULL : cli_plain_value(json, len);
}
