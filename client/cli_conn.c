/* SPDX-License-Identifier: MIT */
/* Connecting, as all commands do it: see cli.h. */
#include "cli.h"

#include "wire.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

		name[len++] = (char)(c < 0x20 || c >= 0x7F ? '?' : c);
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

/* Sockets ---------------------------------------------------------- */

const char *cli_socket_path(const struct cli *cli)
{
	const char *path = getenv("MSYNC_SOCKET");

	if (cli->socket != NULL)
		return cli->socket;
	return path != NULL && path[0] != '\0' ? path : WIRE_DEFAULT_SOCKET;
}

static bool is_socket(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

bool cli_own_socket(const char *path, char own[CLI_PATH_BYTES])
{
	const char *folder = getenv("XDG_RUNTIME_DIR");

	if (folder == NULL || strcmp(path, WIRE_DEFAULT_SOCKET) != 0 ||
	    is_socket(path))
		return false;
	(void)snprintf(own, CLI_PATH_BYTES, "%s/msyncd.sock", folder);
	return is_socket(own);
}

void cli_mend_denied(
    const char *path, const char *before, char *text, size_t cap)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group;
	struct stat status;

	text[0] = '\0';
	if (stat(path, &status) != 0)
		return;
	group = getgrgid(status.st_gid);
	/* Nobody should join root to take locks. */
	if (status.st_gid == 0 || (status.st_mode & S_IWGRP) == 0)
		(void)snprintf(text, cap,
		    "%ssudo chgrp GROUP %s && sudo chmod g+w %s", before, path,
		    path);
	else if (group != NULL && user != NULL)
		(void)snprintf(text, cap,
		    "%ssudo usermod -aG %s %s, then log in again", before,
		    group->gr_name, user->pw_name);
}
