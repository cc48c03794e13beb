/* SPDX-License-Identifier: MIT */
/* The list of keys: see cli_list.h. */
#include "cli_list.h"

#include <stdlib.h>
#include <string.h>

/* As many as the daemon gives at once: a page costs a round trip. */
#define PAGE_KEYS 1000

char *list_members(json_t *members)
{
	char *text = json_dumps(members, JSON_COMPACT);

	json_decref(members);
	if (text == NULL)
		return NULL;
	text[strlen(text) - 1] = '\0';
	memmove(text, text + 1, strlen(text));
	return text;
}

static void set_text(json_t *members, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		(void)json_object_set_new(members, name, json_string(text));
}

static char *members_of(const struct list_query *query, const char *after)
{
	json_t *members = json_pack("{s:i}", "max", PAGE_KEYS);

	set_text(members, "kind", query->kind);
	set_text(members, "key", query->key);
	set_text(members, "prefix", query->prefix);
	set_text(members, "after", after);
	if (query->is_waiting)
		(void)json_object_set_new(members, "waiting", json_true());
	return list_members(members);
}

/* The answer with one page: *page is to be freed. */
static int ask_page(struct msync_conn *conn, const struct list_query *query,
    const char *after, json_t **page)
{
	struct msync_result *result = NULL;
	char *members = members_of(query, after);
	size_t len;
	int code;

	*page = NULL;
	if (members == NULL)
		return MSYNC_E_NOMEM;
	code = msync_ask(conn, "list", members, 0, &result);
	free(members);
	if (code == 0) {
		const char *answer = msync_result_value(result, &len);

		*page = json_loadb(answer, len, 0, NULL);
		if (*page == NULL)
			code = MSYNC_E_PROTOCOL;
	}
	msync_result_free(result);
	return code;
}

/* False: fn has had enough. */
static bool each_key(const json_t *page, list_fn fn, void *ctx)
{
	size_t i;
	json_t *key;

	json_array_foreach(json_object_get(page, "keys"), i, key) {
		if (!fn(ctx, key))
			return false;
	}
	return true;
}

int list_each(struct msync_conn *conn, const struct list_query *query,
    list_fn fn, void *ctx)
{
	json_t *page = NULL;
	int code;

	for (;;) {
		json_t *next;

		code = ask_page(conn, query, list_text(page, "next"), &next);
		json_decref(page);
		page = next;
		if (code != 0 || !each_key(page, fn, ctx) ||
		    list_text(page, "next")[0] == '\0')
			break;
	}
	json_decref(page);
	return code;
}

/* What is in it ---------------------------------------------------- */

const char *list_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

int64_t list_number(const json_t *object, const char *name, int64_t otherwise)
{
	const json_t *number = json_object_get(object, name);

	return json_is_integer(number) ? json_integer_value(number) : otherwise;
}

const json_t *list_first(const json_t *key, const char *name)
{
	return json_array_get(json_object_get(key, name), 0);
}

#define LIST_PROGRAM_BYTES (2 * TEXT_ESCAPED_BYTES + 2)

/* "php-fpm, nightly", or one of them, or nothing. */
static void name_program(char to[LIST_PROGRAM_BYTES], const json_t *claim)
{
	char command[TEXT_ESCAPED_BYTES], client[TEXT_ESCAPED_BYTES];

	text_escape(command, list_text(claim, "command"));
	text_escape(client, list_text(claim, "client"));
	if (client[0] == '\0' || strcmp(command, client) == 0)
		(void)strcpy(to, command);
	else
		(void)snprintf(to, LIST_PROGRAM_BYTES, "%s%s%s", command,
		    command[0] == '\0' ? "" : ", ", client);
}

const char *list_who(char to[LIST_WHO_BYTES], const json_t *claim)
{
	char program[LIST_PROGRAM_BYTES], user[TEXT_USER_BYTES];
	int64_t pid = list_number(claim, "pid", 0);
	const char *comma;

	name_program(program, claim);
	comma = program[0] == '\0' ? "" : ", ";
	text_user(user, list_number(claim, "uid", -1));
	/* The process that asked for a detached hold need not be there. */
	if (json_is_true(json_object_get(claim, "detached")))
		(void)snprintf(to, LIST_WHO_BYTES,
		    "a detached hold (%s%suid %s)", program, comma, user);
	else if (pid > 0)
		(void)snprintf(to, LIST_WHO_BYTES, "pid %lld (%s%suid %s)",
		    (long long)pid, program, comma, user);
	else
		(void)snprintf(to, LIST_WHO_BYTES, "somebody (%s%suid %s)",
		    program, comma, user);
	return to;
}
