/* SPDX-License-Identifier: MIT */
/* The configuration, put into the core: see conf_apply.h. */
#include "conf_apply.h"

#include "conf_parts.h"
#include "limit.h"
#include "pool.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct conf *conf_load(
    const struct conf_source *source, char error[CONF_ERROR_BYTES])
{
	struct conf *conf = conf_new();

	if (!conf_read(conf, source->path, source->must_exist, error)) {
		conf_free(conf);
		return NULL;
	}
	if (source->socket_path != NULL)
		conf_override(conf, CONF_SOCKET, source->socket_path);
	if (source->verbose) {
		conf->values[CONF_LOG_LEVEL].number = LOG_LEVEL_DEBUG;
		conf->values[CONF_LOG_LEVEL].is_set = true;
	}
	return conf;
}

struct quota_shares conf_shares(const struct conf *conf)
{
	struct quota_shares shares;

	shares.most[QUOTA_CONNECTIONS] =
	    (size_t)conf_number(conf, CONF_UID_CONNECTIONS);
	shares.most[QUOTA_WAITS] = (size_t)conf_number(conf, CONF_UID_WAITS);
	shares.most[QUOTA_KEYS] = (size_t)conf_number(conf, CONF_UID_KEYS);
	shares.most[QUOTA_BYTES] = (size_t)conf_number(conf, CONF_UID_BYTES);
	return shares;
}

/* Rules ------------------------------------------------------------ */

static void add_uids(struct rule *rule, const struct conf_value *value)
{
	rule->uids = xrealloc(
	    rule->uids, (rule->n_uids + value->n_items) * sizeof(*rule->uids));
	for (size_t i = 0; i < value->n_items; i++)
		rule->uids[rule->n_uids++] = (uid_t)value->items[i].number;
}

static void add_gids(struct rule *rule, const struct conf_value *value)
{
	rule->gids = xcalloc(value->n_items, sizeof(*rule->gids));
	for (size_t i = 0; i < value->n_items; i++)
		rule->gids[rule->n_gids++] = (gid_t)value->items[i].number;
}

static void add_prefixes(struct rule *rule, const struct conf_value *value)
{
	rule->prefixes = xcalloc(value->n_items, sizeof(*rule->prefixes));
	for (size_t i = 0; i < value->n_items; i++)
		rule->prefixes[rule->n_prefixes++] = xmemdup0(
		    value->items[i].text, strlen(value->items[i].text));
}

static struct rule *add_rule(struct rule **list, size_t *n)
{
	*list = xrealloc(*list, (*n + 1) * sizeof(**list));
	(*list)[*n] = (struct rule){0};
	return &(*list)[(*n)++];
}

static void make_rules(const struct conf *conf, struct rules *rules)
{
	*rules = (struct rules){0};
	for (size_t i = 0; i < conf->n_blocks; i++) {
		const struct conf_block *block = &conf->blocks[i];
		const struct conf_value *values = block->values;
		struct rule *rule;

		if (block->section == CONF_IN_ALLOW)
			rule = add_rule(&rules->allow, &rules->n_allow);
		else if (block->section == CONF_IN_ADMIN)
			rule = add_rule(&rules->admin, &rules->n_admin);
		else
			continue;
		/* One of the two sections has none. */
		add_uids(rule, &values[CONF_ALLOW_UID]);
		add_uids(rule, &values[CONF_ALLOW_USER]);
		add_uids(rule, &values[CONF_ADMIN_UID]);
		add_uids(rule, &values[CONF_ADMIN_USER]);
		add_gids(rule, &values[block->section == CONF_IN_ALLOW
					   ? CONF_ALLOW_GROUP
					   : CONF_ADMIN_GROUP]);
		add_prefixes(rule, &values[CONF_ALLOW_PREFIX]);
		rule->where = xmemdup0(block->where, strlen(block->where));
	}
}

void conf_set_rules(const struct conf *conf, struct core *core)
{
	struct rules rules;

	make_rules(conf, &rules);
	core_set_rules(core, &rules);
}

/* Limits and pools ------------------------------------------------- */

struct key conf_key(const struct conf_block *block)
{
	return (struct key){
	    .kind = block->section == CONF_IN_LIMIT ? &limit_kind : &pool_kind,
	    .bytes = block->title,
	    .len = strlen(block->title),
	};
}

/* The items as JSON strings; to be freed with free_items. */
static struct pool_value *make_items(const struct conf_value *value)
{
	struct pool_value *items = xcalloc(value->n_items + 1, sizeof(*items));

	for (size_t i = 0; i < value->n_items; i++) {
		json_t *string = json_string(value->items[i].text);

		items[i].bytes =
		    json_dumps(string, JSON_ENCODE_ANY | JSON_COMPACT);
		assert(items[i].bytes != NULL); /* it is UTF-8 */
		items[i].len = strlen(items[i].bytes);
		json_decref(string);
	}
	return items;
}

static void free_items(struct pool_value *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((void *)items[i].bytes);
	free(items);
}

static bool pin_pool(const struct conf_block *block, struct core *core)
{
	const struct conf_value *values = block->values;
	size_t n_items = values[CONF_POOL_ITEMS].n_items;
	struct pool_value *items = make_items(&values[CONF_POOL_ITEMS]);
	const struct pool_terms terms = {
	    .capacity = values[CONF_POOL_CAPACITY].number,
	    .max_idle_ms = values[CONF_POOL_MAX_IDLE].number,
	    .items = items,
	    .n_items = n_items == 0 ? -1 : (int64_t)n_items,
	    .order = (int)values[CONF_POOL_ORDER].number,
	    .on_lost = (int)values[CONF_POOL_ON_LOST].number,
	};
	const struct key key = conf_key(block);
	bool is_pinned = pool_pin(core, &key, &terms);

	free_items(items, n_items);
	return is_pinned;
}

bool conf_pin(const struct conf_block *block, struct core *core)
{
	const struct key key = conf_key(block);

	if (block->section == CONF_IN_POOL)
		return pin_pool(block, core);
	limit_pin(core, &key, block->values[CONF_LIMIT_CAPACITY].number);
	return true;
}

bool conf_is_pinnable(const struct conf_block *block)
{
	return block->section == CONF_IN_LIMIT ||
	       block->section == CONF_IN_POOL;
}

void conf_apply(const struct conf *conf, struct core *core)
{
	conf_set_rules(conf, core);
	for (size_t i = 0; i < conf->n_blocks; i++) {
		bool is_pinned = !conf_is_pinnable(&conf->blocks[i]) ||
				 conf_pin(&conf->blocks[i], core);

		assert(is_pinned); /* nothing is there yet */
	}
}
