/* SPDX-License-Identifier: MIT */
/*
 * msync stats: what there is, and what has been counted. It knows no counter by
 * its name, so that those of a newer daemon are shown, too: the answer has
 * members of the daemon as a whole, and of each kind; one that is an object (a
 * distribution) has members of its own.
 */
#include "cmd.h"

#include "cli_list.h"
#include "cli_table.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct stats {
	bool is_json, has_tabs;
	json_t *kinds; /* of the answer */
	struct table table;
	int64_t n_rows;
};

/* What a member comes to in a cell. */
static void add_value(struct table *table, const json_t *value)
{
	if (json_is_integer(value))
		table_addf(table, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		table_addf(table, "%.3f", json_real_value(value));
	else if (json_is_boolean(value))
		table_add(table, json_is_true(value) ? "true" : "false");
	else
		table_add(table,
		    json_is_string(value) ? json_string_value(value) : "");
}

static bool is_value(const json_t *value)
{
	return json_is_number(value) || json_is_string(value) ||
	       json_is_boolean(value);
}

/* For people ------------------------------------------------------- */

/* A row: a value of each kind, "-" where a kind has none. part: of the object
 * that name is; NULL: name itself. */
static void add_row(struct stats *stats, const char *name, const char *part)
{
	const char *kind;
	json_t *of_kind;

	table_addf(&stats->table, "%s%s%s", name, part == NULL ? "" : " ",
	    part == NULL ? "" : part);
	json_object_foreach(stats->kinds, kind, of_kind) {
		const json_t *value = json_object_get(of_kind, name);

		if (part != NULL)
			value = json_object_get(value, part);
		add_value(&stats->table, value);
	}
	table_end_row(&stats->table, -stats->n_rows++);
}

/* Every name that any kind has, once. */
static json_t *names_of(json_t *kinds)
{
	json_t *names = json_object(), *of_kind;
	const char *kind;

	json_object_foreach(kinds, kind, of_kind) {
		(void)json_object_update_missing(names, of_kind);
	}
	return names;
}

static void add_rows(struct stats *stats)
{
	json_t *names = names_of(stats->kinds), *value, *ignored;
	const char *name, *part;

	json_object_foreach(names, name, value) {
		if (is_value(value))
			add_row(stats, name, NULL);
	}
	/* Distributions last, and of those what fits into a cell. */
	json_object_foreach(names, name, value) {
		json_object_foreach(value, part, ignored) {
			if (is_value(ignored))
				add_row(stats, name, part);
		}
	}
	json_decref(names);
}

/* What is said of the daemon as a whole, two to a line of words. */
static void print_whole(json_t *answer)
{
	char span[TEXT_SPAN_BYTES];
	const json_t *value;
	const char *name, *before = "";

	json_object_foreach(answer, name, value) {
		if (strcmp(name, "uptime_ms") == 0)
			(void)printf("%sup %s", before,
			    text_span(span, json_integer_value(value)));
		else if (json_is_integer(value))
			(void)printf("%s%s %lld", before, name,
			    (long long)json_integer_value(value));
		else if (json_is_string(value))
			(void)printf(
			    "%s%s %s", before, name, json_string_value(value));
		else
			continue;
		before = ", ";
	}
	(void)puts("\n");
}

static bool print_table(struct stats *stats, json_t *answer)
{
	struct table_column columns[TABLE_MAX_COLUMNS] = {{"", false, false}};
	size_t n = 1;
	const char *kind;
	json_t *ignored;
	bool is_good;

	json_object_foreach(stats->kinds, kind, ignored) {
		if (n == TABLE_MAX_COLUMNS)
			break;
		columns[n++] = (struct table_column){kind, true, false};
	}
	print_whole(answer);
	table_init(&stats->table, columns, n, false);
	add_rows(stats);
	is_good = table_print(&stats->table);
	table_deinit(&stats->table);
	return is_good;
}

/* For programs ----------------------------------------------------- */

static void add_tabbed(struct stats *stats, const char *kind, const char *name,
    const json_t *value)
{
	if (!is_value(value))
		return;
	table_add(&stats->table, kind);
	table_add(&stats->table, name);
	add_value(&stats->table, value);
	table_end_row(&stats->table, 0);
}

/* The members of an object, and of the objects in it, with a dot between. */
static void add_members(struct stats *stats, const char *kind, json_t *object)
{
	const char *name, *part;
	json_t *value, *inner;

	json_object_foreach(object, name, value) {
		add_tabbed(stats, kind, name, value);
		json_object_foreach(value, part, inner) {
			char both[TEXT_ESCAPED_BYTES];

			(void)snprintf(both, sizeof(both), "%s.%s", name, part);
			add_tabbed(stats, kind, both, inner);
		}
	}
}

static bool print_tabs(struct stats *stats, json_t *answer)
{
	static const struct table_column columns[] = {{"kind", false, false},
	    {"name", false, false}, {"value", false, false}};
	const char *kind;
	json_t *of_kind;

	table_init(&stats->table, columns, 3, true);
	json_object_foreach(stats->kinds, kind, of_kind) {
		add_members(stats, kind, of_kind);
	}
	(void)json_object_del(answer, "kinds");
	add_members(stats, "", answer);
	table_deinit(&stats->table);
	return !stats->table.has_failed;
}

/* Asking ----------------------------------------------------------- */

static bool print(struct stats *stats, json_t *answer)
{
	(void)json_object_del(answer, "id");
	if (stats->is_json) {
		(void)json_dumpf(
		    answer, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15));
		(void)putchar('\n');
		return true;
	}
	(void)json_object_del(answer, "ok");
	stats->kinds = json_object_get(answer, "kinds");
	return stats->has_tabs ? print_tabs(stats, answer)
			       : print_table(stats, answer);
}

static int ask(const struct cli *cli, struct stats *stats)
{
	struct msync_conn *conn;
	struct msync_result *result = NULL;
	int code = cli_open(cli, NULL, NULL, NULL, &conn), status = 0;

	if (code == 0)
		code = msync_ask(conn, "stats", NULL, 0, &result);
	if (code == 0) {
		json_t *answer =
		    json_loads(msync_result_value(result, NULL), 0, NULL);

		code = print(stats, answer) ? 0 : MSYNC_E_NOMEM;
		json_decref(answer);
	}
	if (code != 0)
		status = cli_refused(cli, conn, "stats", code);
	msync_result_free(result);
	msync_close(conn);
	return status;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'J'},
	    {"tsv", no_argument, NULL, 'T'},
	    {NULL, 0, NULL, 0},
	};
	struct stats stats = {.is_json = cli->is_json};
	int letter;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter != 'J' && letter != 'T')
			return cli_misused(&cmd_stats, NULL);
		stats.is_json = stats.is_json || letter == 'J';
		stats.has_tabs = stats.has_tabs || letter == 'T';
	}
	if (argc > optind)
		return cli_misused(&cmd_stats, "too many words");
	if (stats.is_json && stats.has_tabs)
		return cli_misused(&cmd_stats, "--json or --tsv");
	text_begin();
	return ask(cli, &stats);
}

const struct command cmd_stats = {
    .name = "stats",
    .summary = "what the daemon has counted",
    .usage = "stats [--json | --tsv]",
    .help =
	"Keys, holds and waits of each kind as they are now, what has happened since\n"
	"the daemon started, and how long waits and holds took, in ms;\n"
	"msyncd-protocol(7) explains the words.\n"
	"\n"
	"      --json  the answer as it is\n"
	"      --tsv   kind, name, value, tab-separated; the kind of what is said of\n"
	"              the daemon as a whole is empty\n",
    .run = run,
};
