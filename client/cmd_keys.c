/* SPDX-License-Identifier: MIT */
/* msync __keys: the keys of a kind, a line each, for the completion of shells.
 * It says nothing where it cannot, and does not let a shell wait. */
#include "cmd.h"

#include "cli_list.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* As many as a person looks through. */
#define MOST_KEYS   200
#define PATIENCE_MS 500

/* Stands for all kinds. */
static const char any_kind[] = "any";

static void print_keys(const char *answer)
{
	json_t *document = json_loads(answer, 0, NULL);
	const json_t *keys = json_object_get(document, "keys");
	size_t i;
	json_t *entry;

	json_array_foreach(keys, i, entry) {
		const char *key =
		    json_string_value(json_object_get(entry, "key"));

		if (key != NULL)
			(void)puts(key);
	}
	json_decref(document);
}

static int open_quick(const struct cli *cli, struct msync_conn **conn)
{
	struct msync_opts *opts;
	int code = msync_opts_new(&opts);

	*conn = NULL;
	if (code != 0)
		return code;
	if (cli->socket != NULL)
		code = msync_opts_set_socket(opts, cli->socket);
	(void)msync_opts_set_connect_ms(opts, PATIENCE_MS);
	(void)msync_opts_set_answer_ms(opts, PATIENCE_MS);
	if (code == 0)
		code = msync_open(conn, opts);
	msync_opts_free(opts);
	return code;
}

/* "kind":…,"prefix":…,"max":… without braces, from malloc(3). */
static char *members_of(const char *kind, const char *prefix)
{
	json_t *members = json_pack("{s:i}", "max", MOST_KEYS);

	if (strcmp(kind, any_kind) != 0)
		(void)json_object_set_new(members, "kind", json_string(kind));
	if (prefix[0] != '\0')
		(void)json_object_set_new(
		    members, "prefix", json_string(prefix));
	return list_members(members);
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	char *members;
	int code;

	if (argc < 2 || argc > 3 ||
	    (cli_kind(argv[1]) < 0 && strcmp(argv[1], any_kind) != 0))
		return cli_misused(&cmd_keys, "a kind and, maybe, a prefix");
	members = members_of(argv[1], argc == 3 ? argv[2] : "");
	code = members == NULL ? MSYNC_E_NOMEM : open_quick(cli, &conn);
	if (members == NULL)
		return cli_exit_of(code);
	if (code == 0)
		code = msync_ask(conn, "list", members, 0, &result);
	if (code == 0)
		print_keys(msync_result_value(result, NULL));
	free(members);
	msync_result_free(result);
	msync_close(conn);
	return code == 0 ? EXIT_SUCCESS : cli_exit_of(code);
}

const struct command cmd_keys = {
    .name = "__keys",
    .summary = NULL,
    .usage = "__keys KIND|any [PREFIX]",
    .help = "Prints keys of KIND that begin with PREFIX, for completion.\n",
    .run = run,
};
