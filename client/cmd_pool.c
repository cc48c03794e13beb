/* SPDX-License-Identifier: MIT */
/* msync pool: things that are lent, one to each. */
#include "cli_pool.h"
#include "cmd.h"

#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"capacity", required_argument, NULL, 'c'},
    {"max-idle", required_argument, NULL, 'M'},
    {"create", required_argument, NULL, 'C'},
    {"destroy", required_argument, NULL, 'X'},
    {"drop-failed", no_argument, NULL, 'd'},
    {"adopt", no_argument, NULL, 'A'},
    TURN_LONG_OPTIONS,
    {NULL, 0, NULL, 0},
};

/* pool run --------------------------------------------------------- */

/* Runs the command with the object, and puts that back or drops it. */
static int use(struct turn *turn, struct pool_options *pool)
{
	char *value = cli_pool_value(turn->grant);
	int status;

	if (value == NULL) {
		(void)msync_release(turn->grant);
		msync_close(turn->conn);
		cli_complain("pool %s: nothing is idle, and no --create says "
			     "how an object is made",
		    turn->key);
		return EXIT_IS_CONFIG;
	}
	turn->value = value;
	status = turn_run(turn);
	if (status != 0 && pool->drops_failed && turn->lost_why == NULL &&
	    !turn->has_heirs && msync_pool_drop(turn->grant) == 0) {
		size_t len;
		const char *json = msync_grant_value(turn->grant, &len);

		cli_pool_destroy(pool, json, len);
	}
	free(value);
	return turn_end(turn, status);
}

static int run_command(struct turn *turn, struct pool_options *options_of_pool)
{
	struct msync_pool *pool;
	int code, status;

	code = turn_check(turn, cli_pool_get(turn, options_of_pool, &pool));
	if (code == 0) {
		status = use(turn, options_of_pool);
	} else if (code < 0) {
		status = turn_finish(turn, code);
	} else {
		msync_close(turn->conn);
		status = code;
	}
	msync_pool_free(pool);
	return status;
}

/* pool get --------------------------------------------------------- */

/* The token and, behind a space, the value. */
static void print_object(const struct turn *turn)
{
	long long token = (long long)msync_grant_token(turn->grant);
	const char *json = msync_grant_value(turn->grant, NULL);
	char *value = cli_pool_value(turn->grant);

	if (turn->cli->is_json)
		(void)printf("{\"token\":%lld,\"value\":%s}\n", token,
		    json == NULL ? "null" : json);
	else
		(void)printf("%lld%s%s\n", token, value == NULL ? "" : " ",
		    value == NULL ? "" : value);
	free(value);
}

static int get_object(struct turn *turn, struct pool_options *options_of_pool)
{
	struct msync_pool *pool;
	int code = cli_pool_get(turn, options_of_pool, &pool), status = code;

	if (code == 0) {
		print_object(turn);
		status = turn_leave(turn);
	} else if (code < 0) {
		status = turn_finish(turn, code);
	} else {
		msync_close(turn->conn);
	}
	msync_pool_free(pool);
	return status;
}

/* pool clear ------------------------------------------------------- */

static int clear(struct turn *turn, struct pool_options *options_of_pool)
{
	struct msync_pool *pool = NULL;
	int code = turn_open(turn);

	options_of_pool->prints_destroyed = true;
	options_of_pool->prints_json = turn->cli->is_json;
	if (code == 0)
		code = cli_pool_new(turn, options_of_pool, &pool);
	if (code == 0)
		code = msync_pool_clear(pool);
	msync_pool_free(pool);
	if (code < 0)
		return turn_finish(turn, code);
	msync_close(turn->conn);
	return EXIT_SUCCESS;
}

/* pool put, drop, fill --------------------------------------------- */

/* Sends an operation on the key with these members, which are consumed. */
static int ask(struct turn *turn, const char *op, json_t *members)
{
	struct msync_result *answer = NULL;
	char *text;
	int code;

	(void)json_object_set_new(members, "key", json_string(turn->key));
	text = json_dumps(members, JSON_COMPACT);
	json_decref(members);
	code = turn_open(turn);
	if (code == 0) {
		text[strlen(text) - 1] = '\0'; /* without its braces */
		code = msync_ask(turn->conn, op, text + 1, 0, &answer);
	}
	msync_result_free(answer);
	free(text);
	if (code != 0)
		return turn_finish(turn, code);
	msync_close(turn->conn);
	return EXIT_SUCCESS;
}

/* words: TOKEN [VALUE]. */
static int let_go(struct turn *turn, const char *op, char **words)
{
	int64_t token = cli_number(words[0], 1, INT64_C(9007199254740991));
	json_t *members = json_object();

	if (token < 0) {
		json_decref(members);
		return cli_misused(&cmd_pool, "%s: not a token", words[0]);
	}
	(void)json_object_set_new(members, "token", json_integer(token));
	if (words[1] != NULL)
		(void)json_object_set_new(
		    members, "value", json_string(words[1]));
	return ask(turn, op, members);
}

static int put(struct turn *turn, char **words)
{
	return let_go(turn, "pool.put", words);
}

static int drop(struct turn *turn, char **words)
{
	return let_go(turn, "pool.drop", words);
}

static int fill(
    struct turn *turn, const struct pool_options *pool, char **words)
{
	json_t *members = json_object(), *items = json_array();

	for (; *words != NULL; words++)
		(void)json_array_append_new(items, json_string(*words));
	(void)json_object_set_new(members, "items", items);
	if (pool->capacity > 0)
		(void)json_object_set_new(
		    members, "capacity", json_integer(pool->capacity));
	return ask(turn, "pool.set", members);
}

/* The key and the values travel as JSON strings. */
static int check_text(char **words)
{
	for (; *words != NULL; words++) {
		json_t *text = json_string(*words);

		if (text == NULL) {
			cli_complain("pool: \"%s\" is no UTF-8", *words);
			return EXIT_IS_BAD_REQUEST;
		}
		json_decref(text);
	}
	return 0;
}

/* The command line ------------------------------------------------- */

enum action {
	POOL_RUN,
	POOL_GET,
	POOL_PUT,
	POOL_DROP,
	POOL_FILL,
	POOL_CLEAR,
};

/* How many words stand behind the key. */
static const struct {
	const char *name;
	int least, most;
} actions[] = {
    [POOL_RUN] = {"run", 0, 0},
    [POOL_GET] = {"get", 0, 0},
    [POOL_PUT] = {"put", 1, 2},
    [POOL_DROP] = {"drop", 1, 1},
    [POOL_FILL] = {"fill", 1, INT_MAX},
    [POOL_CLEAR] = {"clear", 0, 0},
};

static int find_action(const char *name)
{
	for (int i = 0; i <= POOL_CLEAR; i++) {
		if (strcmp(actions[i].name, name) == 0)
			return i;
	}
	return -1;
}

static int act(enum action action, struct turn *turn, struct pool_options *pool,
    char **words)
{
	switch (action) {
	case POOL_RUN:
		return run_command(turn, pool);
	case POOL_GET:
		return get_object(turn, pool);
	case POOL_PUT:
		return put(turn, words);
	case POOL_DROP:
		return drop(turn, words);
	case POOL_FILL:
		return fill(turn, pool, words);
	case POOL_CLEAR:
		return clear(turn, pool);
	}
	return EXIT_IS_INTERNAL;
}

static int take_option(struct pool_options *pool, int letter, char *argument)
{
	switch (letter) {
	case 'c':
		pool->capacity = (int)cli_number(argument, 1, INT_MAX);
		if (pool->capacity > 0)
			return 0;
		return cli_misused(&cmd_pool,
		    "-c %s: not a number from 1 to %d", argument, INT_MAX);
	case 'M':
		pool->max_idle_ms = cli_duration(argument);
		if (pool->max_idle_ms >= 0)
			return 0;
		return cli_misused(
		    &cmd_pool, "--max-idle %s: not a duration", argument);
	case 'C':
		pool->create = argument;
		return 0;
	case 'X':
		pool->destroy = argument;
		return 0;
	case 'd':
		pool->drops_failed = true;
		return 0;
	case 'A':
		pool->adopts = true;
		return 0;
	/* What is lent is what the command works with. */
	case 'F':
		return cli_misused(&cmd_pool,
		    "--fail-open is for limit and flight: without msyncd "
		    "there is no object");
	default:
		return turn_take_option(
		    &pool->turn, &cmd_pool, letter, argument);
	}
}

/* Whether the words fit the action: 0 or an exit status. */
static int check_words(enum action action, int n, const struct turn *turn,
    const struct pool_options *pool)
{
	if (n < 0)
		return cli_misused(&cmd_pool, "a key is missing");
	if (n < actions[action].least || n > actions[action].most)
		return cli_misused(&cmd_pool, "pool %s: too %s words%s",
		    actions[action].name,
		    n < actions[action].least ? "few" : "many",
		    action == POOL_RUN ? "; the command begins behind --" : "");
	if (turn->command != NULL && turn->command[0] == NULL)
		return cli_misused(&cmd_pool, "there is no command behind --");
	if (action == POOL_RUN || action == POOL_GET)
		return turn_check_options(
		    &pool->turn, &cmd_pool, turn->command != NULL);
	return 0;
}

static int run(const struct cli *cli, int argc, char **argv)
{
	struct pool_options pool = {
	    .max_idle_ms = -1, .turn = TURN_OPTIONS_INIT};
	struct turn turn = {.cli = cli, .options = &pool.turn, .kind = "pool"};
	int action = argc > 1 ? find_action(argv[1]) : -1;
	int letter, status;

	if (action < 0)
		return cli_misused(&cmd_pool,
		    "say what to do: run, get, put, drop, fill or clear");
	argv[1] = argv[0];
	argc--;
	argv++;
	/* Elsewhere, values that begin with - may stand behind --. */
	if (action == POOL_RUN)
		turn.command = cli_split(&argc, argv);
	/* To get without a command always outlives msync. */
	pool.turn.is_detached = action == POOL_GET;
	while ((letter = getopt_long(
		    argc, argv, "c:" TURN_LETTERS, options, NULL)) != -1) {
		status = take_option(&pool, letter, optarg);
		if (status != 0)
			return status > 0 ? status
					  : cli_misused(&cmd_pool, NULL);
	}
	status =
	    check_words((enum action)action, argc - optind - 1, &turn, &pool);
	if (status == 0)
		status = check_text(argv + optind);
	if (status != 0)
		return status;
	turn.key = pool.key = argv[optind];
	return act((enum action)action, &turn, &pool, argv + optind + 1);
}

const struct command cmd_pool = {
    .name = "pool",
    .summary = "run a command with a thing that is lent to it",
    .usage = "pool run [-c CAPACITY] [--max-idle DUR] [--create CMD]\n"
	     "     [--destroy CMD] [--drop-failed] [--adopt] [-n | -w DUR]\n"
	     "     [-E CODE] [--lease DUR] [--on-lost ACT] [--kill-after DUR]\n"
	     "     [--inherit] KEY -- COMMAND [ARG...]\n"
	     "pool get --lease DUR [-c CAPACITY] [--max-idle DUR]\n"
	     "     [--create CMD] [--destroy CMD] [--adopt] [-n | -w DUR]\n"
	     "     [-E CODE] KEY\n"
	     "pool put KEY TOKEN [VALUE]\n"
	     "pool drop KEY TOKEN\n"
	     "pool fill [-c CAPACITY] KEY VALUE...\n"
	     "pool clear [--destroy CMD] KEY",
    .help =
	"run: gets an object, runs COMMAND with its value in $MSYNC_VALUE, and puts\n"
	"it back. CMD of --create prints the value of a new object; CMD of --destroy\n"
	"finds the value in $MSYNC_VALUE. With --drop-failed an object whose COMMAND\n"
	"failed is destroyed.\n"
	"get: prints a token and the value; put, drop: give the object back by its\n"
	"token. An object that is new has to be put with its VALUE.\n"
	"fill: makes a pool of these values; those that begin with - stand behind --.\n"
	"clear: takes the idle ones out and prints their values.\n",
    .run = run,
};
