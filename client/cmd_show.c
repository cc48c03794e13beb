/* SPDX-License-Identifier: MIT */
/* msync show: one key, who has it, who waits, and why. */
#include "cmd.h"

#include "cli_table.h"
#include "cli_why.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const struct table_column holder_columns[] = {
    {"", true, false},
    {"HOLDER", true, false},
    {"COMMAND", false, true},
    {"USER", false, false},
    {"CLIENT", false, true},
    {"HELD", true, false},
    {"LEASE", true, false},
    {"TOKEN", true, false},
    {"WAITS FOR", false, true},
    {"PERMITS", true, false},
};

static const struct table_column waiter_columns[] = {
    {"", true, false},
    {"WAITER", true, false},
    {"COMMAND", false, true},
    {"USER", false, false},
    {"CLIENT", false, true},
    {"WAITED", true, false},
    {"PERMITS", true, false},
};

#define N_COLUMNS(columns) (sizeof(columns) / sizeof((columns)[0]))

struct show {
	struct list_query query;
	bool is_json;
	bool has_failed; /* there was no memory */
	json_t *keys;    /* owned: a flight may be there more than once */
	struct chain_view view;
};

/* Text ------------------------------------------------------------- */

static void add_claim(struct table *table, size_t i, const json_t *claim)
{
	char user[TEXT_USER_BYTES];
	int64_t pid = list_number(claim, "pid", 0);

	table_addf(table, "%zu", i + 1);
	if (pid > 0)
		table_addf(table, "%lld", (long long)pid);
	else
		table_add(table, "");
	table_add(table, list_text(claim, "command"));
	table_add(table, text_user(user, list_number(claim, "uid", -1)));
	table_add(table, list_text(claim, "client"));
}

static void end_claim(struct table *table, size_t i, const json_t *claim)
{
	if (json_object_get(claim, "permits") != NULL)
		table_addf(
		    table, "%lld", (long long)list_number(claim, "permits", 0));
	table_end_row(table, -(int64_t)i);
}

static void add_holder(
    const struct show *show, struct table *table, size_t i, const json_t *claim)
{
	char span[TEXT_SPAN_BYTES], key[WHY_KEY_BYTES];
	const struct chain_wait *wait = chain_wait_of(&show->view, claim);
	int64_t lease = list_number(claim, "lease_left_ms", -1);

	add_claim(table, i, claim);
	table_add(table, text_span(span, list_number(claim, "held_ms", 0)));
	table_add(table, lease < 0 ? "" : text_span(span, lease));
	table_addf(table, "%lld", (long long)list_number(claim, "token", 0));
	table_add(table, wait == NULL ? "" : why_key(key, wait->key));
	end_claim(table, i, claim);
}

static void add_waiter(struct table *table, size_t i, const json_t *claim)
{
	char span[TEXT_SPAN_BYTES];

	add_claim(table, i, claim);
	table_add(table, text_span(span, list_number(claim, "waited_ms", 0)));
	end_claim(table, i, claim);
}

/* A table of the holders, or the waiters; nothing where there are none. */
static bool print_claims(
    const struct show *show, const json_t *key, bool are_holders)
{
	const json_t *claims =
	    json_object_get(key, are_holders ? "holders" : "waiters");
	int64_t n = list_number(key, are_holders ? "holding" : "waiting", 0);
	bool has_permits =
	    json_object_get(json_array_get(claims, 0), "permits") != NULL;
	size_t n_columns =
	    are_holders ? N_COLUMNS(holder_columns) : N_COLUMNS(waiter_columns);
	struct table table;
	const json_t *claim;
	size_t i;
	bool is_good;

	if (json_array_size(claims) == 0)
		return true;
	table_init(&table, are_holders ? holder_columns : waiter_columns,
	    has_permits ? n_columns : n_columns - 1, false);
	json_array_foreach(claims, i, claim) {
		if (are_holders)
			add_holder(show, &table, i, claim);
		else
			add_waiter(&table, i, claim);
	}
	(void)putchar('\n');
	is_good = table_print(&table);
	table_deinit(&table);
	if (n > (int64_t)json_array_size(claims))
		(void)printf("and %lld more\n",
		    (long long)n - (long long)json_array_size(claims));
	return is_good;
}

/* "limit mail: held; 3 of 3 permits are out; holders 2, waiting 5" */
static void print_state(const json_t *key)
{
	char name[WHY_KEY_BYTES], span[TEXT_SPAN_BYTES];
	int64_t capacity = list_number(key, "capacity", -1);
	int64_t size = list_number(key, "size", -1);
	int64_t age = list_number(key, "age_ms", -1);

	(void)printf("%s: %s", why_key(name, key), list_text(key, "state"));
	if (size >= 0)
		(void)printf("; %lld of %lld objects are there, %lld are idle",
		    (long long)size, (long long)capacity,
		    (long long)list_number(key, "available", 0));
	else if (capacity >= 0)
		(void)printf("; %lld of %lld permits are out",
		    (long long)list_number(key, "in_use", 0),
		    (long long)capacity);
	if (age >= 0)
		(void)printf("; the result is %s old", text_span(span, age));
	(void)printf("; holders %lld, waiting %lld\n",
	    (long long)list_number(key, "holding", 0),
	    (long long)list_number(key, "waiting", 0));
}

static void print_key(struct show *show, const json_t *key)
{
	struct chain chain;

	print_state(key);
	if (!print_claims(show, key, true) || !print_claims(show, key, false))
		show->has_failed = true;
	if (list_number(key, "waiting", 0) == 0)
		return;
	chain_follow(&show->view, key, &chain);
	(void)printf("\n%sWhy is this waiting?%s\n",
	    cli_colour(stdout, CLI_BOLD), cli_colour(stdout, CLI_PLAIN));
	why_print(&show->view, &chain, key);
}

/* JSON: the key as in list, and the chain. */
static void print_json(const struct show *show, const json_t *key)
{
	json_t *object = json_copy((json_t *)key);
	struct chain chain;

	if (list_number(key, "waiting", 0) > 0) {
		chain_follow(&show->view, key, &chain);
		(void)json_object_set_new(object, "chain", why_json(&chain));
		(void)json_object_set_new(
		    object, "end", json_string(why_end(&chain)));
	}
	(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(object);
}

/* Asking ----------------------------------------------------------- */

static bool on_key(void *ctx, const json_t *key)
{
	struct show *show = ctx;

	return json_array_append(show->keys, (json_t *)key) == 0;
}

static int look(const struct cli *cli, struct show *show)
{
	struct msync_conn *conn;
	int code = cli_open(cli, NULL, NULL, NULL, &conn), status = 0;
	const json_t *key;
	size_t i;

	show->keys = json_array();
	if (code == 0)
		code = list_each(conn, &show->query, on_key, show);
	if (code == 0)
		code = chain_look(conn, &show->view);
	if (code != 0)
		status = cli_refused(cli, conn, "show", code);
	json_array_foreach(show->keys, i, key) {
		if (code != 0)
			break;
		if (show->is_json) {
			print_json(show, key);
			continue;
		}
		(void)printf("%s", i > 0 ? "\n" : "");
		print_key(show, key);
	}
	msync_close(conn);
	if (code == 0 && json_array_size(show->keys) == 0) {
		if (!cli->is_quiet)
			cli_complain(
			    "show: there is no %s %s: nobody holds it, "
			    "and nobody waits",
			    show->query.kind, show->query.key);
		status = EXIT_IS_NONE;
	}
	return show->has_failed ? EXIT_IS_SYSTEM : status;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'J'}, {NULL, 0, NULL, 0}};
	struct show show = {.is_json = cli->is_json};
	int letter, status;

	while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (letter != 'J')
			return cli_misused(&cmd_show, NULL);
		show.is_json = true;
	}
	if (argc - optind != 2)
		return cli_misused(&cmd_show, "a kind and a key");
	show.query.kind = argv[optind];
	show.query.key = argv[optind + 1];
	if (cli_kind(show.query.kind) < 0)
		return cli_misused(&cmd_show, "%s: no kind", show.query.kind);
	text_begin();
	status = look(cli, &show);
	chain_view_deinit(&show.view);
	json_decref(show.keys);
	return status;
}

const struct command cmd_show = {
    .name = "show",
    .summary = "one key: who has it, who waits, and why",
    .usage = "show [--json] KIND KEY",
    .help =
	"Who holds the key and who waits for it, in order. Where somebody waits, the\n"
	"last lines say why: who has it, what that process waits for itself, who has\n"
	"that, and so on to the one that keeps all others waiting.\n"
	"\n"
	"      --json  the key as list of msyncd-protocol(7) has it, with the chain\n"
	"\n"
	"KIND is flight, lock, limit or pool. The status is 1 where there is no such\n"
	"key.\n",
    .run = run,
};
