/* SPDX-License-Identifier: MIT */
/* Connecting, as all commands do it: see cli.h. */
#include "cli.h"

#include <string.h>

const char *cli_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

/* The name that others see: what fits, cut at the end of a letter, and
 * without what the daemon would refuse. */
static void set_client(struct msync_opts *opts, const char *client)
{
	char name[65];
	size_t len = 0;

	for (const char *at = client; *at != '\0' && len < 64; at++) {
		unsigned char c = (unsigned char)*at;

		name[len++] = c < 0x20 || c >= 0x7F ? '?' : (char)c;
	}
	name[len] = '\0';
	(void)msync_opts_set_client(opts, name);
}

int cli_open(const struct cli *cli, const char *client, msync_lost_fn on_lost,
    void *ctx, struct msync_conn **conn)
{
	struct msync_opts *opts;
	int code = msync_opts_new(&opts);

	*conn = NULL;
	if (code != 0)
		return code;
	if (cli->socket != NULL)
		(void)msync_opts_set_socket(opts, cli->socket);
	if (client != NULL)
		set_client(opts, client);
	(void)msync_opts_set_on_lost(opts, on_lost, ctx);
	code = msync_open(conn, opts);
	msync_opts_free(opts);
	return code;
}
