/* SPDX-License-Identifier: MIT */
/* msync ls: a line for each key, with who holds it and who waits. */
#include "cmd.h"

#include "cli_list.h"
#include "cli_table.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* An empty place in a table. */
static const char nothing[] = "";

static const struct table_column columns[] = {
    {"KIND", false, false},
    {"KEY", false, true},
    {"STATE", false, false},
    {"USED", true, false},
    {"HOLD", true, false},
    {"WAIT", true, false},
    {"LONGEST", true, false},
    {"PID", true, false},
    {"COMMAND", false, true},
    {"USER", false, false},
    {"CLIENT", false, true},
    {"HELD", true, false},
    {"LEASE", true, false},
};

/* A line of --tsv has numbers where the table has words. */
static const struct table_column plain_columns[] = {
    {"kind", false, false},
    {"key", false, false},
    {"state", false, false},
    {"in_use", false, false},
    {"capacity", false, false},
    {"holding", false, false},
    {"waiting", false, false},
    {"longest_wait_ms", false, false},
    {"pid", false, false},
    {"command", false, false},
    {"uid", false, false},
    {"client", false, false},
    {"held_ms", false, false},
    {"lease_left_ms", false, false},
};

#define N_COLUMNS       (sizeof(columns) / sizeof(columns[0]))
#define N_PLAIN_COLUMNS (sizeof(plain_columns) / sizeof(plain_columns[0]))

struct ls {
	struct list_query query;
	bool is_json, has_tabs;
	struct table table;
	size_t n_found;
};

/* How many of a limit or a pool are out; -1: it is neither. */
static int64_t in_use(const json_t *key)
{
	int64_t size = list_number(key, "size", -1);

	if (size < 0)
		return list_number(key, "in_use", -1);
	return size - list_number(key, "available", 0);
}

static void add_number(
    struct table *table, const json_t *object, const char *name)
{
	int64_t number = list_number(object, name, -1);

	if (number < 0)
		table_add(table, nothing);
	else
		table_addf(table, "%lld", (long long)number);
}

static void add_span(
    struct table *table, const json_t *object, const char *name)
{
	char span[TEXT_SPAN_BYTES];
	int64_t ms = list_number(object, name, -1);

	table_add(table, ms < 0 ? nothing : text_span(span, ms));
}

static void add_start(struct table *table, const json_t *key)
{
	table_add(table, list_text(key, "kind"));
	table_add(table, list_text(key, "key"));
	table_add(table, list_text(key, "state"));
}

static void add_readable(struct table *table, const json_t *key)
{
	const json_t *holder = list_first(key, "holders");
	const json_t *waiter = list_first(key, "waiters");
	int64_t capacity = list_number(key, "capacity", -1);
	char user[TEXT_USER_BYTES];

	add_start(table, key);
	if (capacity < 0)
		table_add(table, nothing);
	else
		table_addf(table, "%lld/%lld", (long long)in_use(key),
		    (long long)capacity);
	add_number(table, key, "holding");
	add_number(table, key, "waiting");
	add_span(table, waiter, "waited_ms");
	add_number(table, holder, "pid");
	table_add(table, list_text(holder, "command"));
	table_add(table, holder == NULL
			     ? nothing
			     : text_user(user, list_number(holder, "uid", -1)));
	table_add(table, list_text(holder, "client"));
	add_span(table, holder, "held_ms");
	add_span(table, holder, "lease_left_ms");
	table_end_row(table, list_number(waiter, "waited_ms", -1));
}

static void add_plain(struct table *table, const json_t *key)
{
	const json_t *holder = list_first(key, "holders");

	add_start(table, key);
	if (in_use(key) < 0)
		table_add(table, nothing);
	else
		table_addf(table, "%lld", (long long)in_use(key));
	add_number(table, key, "capacity");
	add_number(table, key, "holding");
	add_number(table, key, "waiting");
	add_number(table, list_first(key, "waiters"), "waited_ms");
	add_number(table, holder, "pid");
	table_add(table, list_text(holder, "command"));
	add_number(table, holder, "uid");
	table_add(table, list_text(holder, "client"));
	add_number(table, holder, "held_ms");
	add_number(table, holder, "lease_left_ms");
	table_end_row(table, 0);
}

static bool on_key(void *ctx, const json_t *key)
{
	struct ls *ls = ctx;

	ls->n_found++;
	if (ls->is_json) {
		(void)json_dumpf(key, stdout, JSON_COMPACT);
		(void)putchar('\n');
	} else if (ls->has_tabs) {
		add_plain(&ls->table, key);
	} else {
		add_readable(&ls->table, key);
	}
	/* Whoever read it may have gone. */
	return ferror(stdout) == 0 && !ls->table.has_failed;
}

static int list(const struct cli *cli, struct ls *ls)
{
	struct msync_conn *conn;
	int code = cli_open(cli, NULL, NULL, NULL, &conn), status;

	if (code == 0)
		code = list_each(conn, &ls->query, on_key, ls);
	if (code == 0 && ls->table.has_failed)
		code = MSYNC_E_NOMEM;
	if (code != 0)
		status = cli_refused(cli, conn, "ls", code);
	else
		status = ls->n_found > 0 ? EXIT_SUCCESS : EXIT_IS_NONE;
	if (code == 0 && !ls->is_json && ls->n_found > 0)
		(void)table_print(&ls->table);
	msync_close(conn);
	if (status == EXIT_IS_NONE && !cli->is_quiet)
		cli_complain("ls: %s", ls->query.is_waiting
					   ? "nobody waits for such keys"
					   : "there are no such keys");
	return status;
}

static int take_options(struct ls *ls, int argc, char **argv)
{
	static const struct option options[] = {
	    {"kind", required_argument, NULL, 'k'},
	    {"waiting", no_argument, NULL, 'w'},
	    {"json", no_argument, NULL, 'J'},
	    {"tsv", no_argument, NULL, 'T'},
	    {NULL, 0, NULL, 0},
	};
	int letter;

	while ((letter = getopt_long(argc, argv, "k:w", options, NULL)) != -1) {
		switch (letter) {
		case 'k':
			if (cli_kind(optarg) < 0)
				return cli_misused(
				    &cmd_ls, "-k %s: no kind", optarg);
			ls->query.kind = optarg;
			break;
		case 'w':
			ls->query.is_waiting = true;
			break;
		case 'J':
			ls->is_json = true;
			break;
		case 'T':
			ls->has_tabs = true;
			break;
		default:
			return cli_misused(&cmd_ls, NULL);
		}
	}
	if (argc - optind > 1)
		return cli_misused(&cmd_ls, "one prefix at most");
	ls->query.prefix = argv[optind];
	return 0;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct ls ls = {.is_json = cli->is_json};
	int status = take_options(&ls, argc, argv);

	if (status != 0)
		return status;
	if (ls.is_json && ls.has_tabs)
		return cli_misused(&cmd_ls, "--json or --tsv");
	text_begin();
	table_init(&ls.table, ls.has_tabs ? plain_columns : columns,
	    ls.has_tabs ? N_PLAIN_COLUMNS : N_COLUMNS, ls.has_tabs);
	status = list(cli, &ls);
	table_deinit(&ls.table);
	return status;
}

const struct command cmd_ls = {
    .name = "ls",
    .summary = "which keys there are, who holds them, who waits",
    .usage = "ls [-k KIND] [-w] [--json | --tsv] [PREFIX]",
    .help =
	"A line for each key that begins with PREFIX, with its oldest holder. Keys\n"
	"that somebody waits for come first, the longest wait on top. On a terminal\n"
	"long lines are cut.\n"
	"\n"
	"  -k, --kind KIND  only flight, lock, limit or pool\n"
	"  -w, --waiting    only keys that somebody waits for\n"
	"      --json       an object for each key, as in msyncd-protocol(7)\n"
	"      --tsv        tab-separated, times in ms, the titles first\n"
	"\n"
	"The status is 1 where there are no such keys.\n",
    .run = run,
};
