/* SPDX-License-Identifier: MIT */
/* The table of settings, and trees of values: see conf.h. */
#include "conf_parts.h"
#include "xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SETTING_ROW(constant, in, is_named, is, least, most, preset, from)     \
	[CONF_##constant] = {.section = CONF_IN_##in,                          \
	    .name = is_named,                                                  \
	    .type = CONF_IS_##is,                                              \
	    .smallest = least,                                                 \
	    .largest = most,                                                   \
	    .standard = preset,                                                \
	    .when = from == 0 ? CONF_NOW : CONF_RESTART},
#define NOW     0
#define RESTART 1

const struct conf_setting conf_settings[CONF_N_SETTINGS] = {
    CONF_SETTINGS(SETTING_ROW)};

#define SECTION_NAME(constant, name, titled) [CONF_IN_##constant] = name,

const char *const conf_section_names[CONF_N_SECTIONS] = {
    CONF_SECTIONS(SECTION_NAME)};

/* Defaults that follow from other settings. */
static void follow(
    struct conf_value values[CONF_N_SETTINGS], enum conf_section section)
{
	int64_t n_items = (int64_t)values[CONF_POOL_ITEMS].n_items;
	struct conf_value *output = &values[CONF_MAX_OUTPUT];
	int64_t least = conf_settings[CONF_MAX_OUTPUT].smallest;

	/* Nobody is to be closed for one answer that is as long as may be. */
	if (section == CONF_IN_ROOT && !output->is_set) {
		output->number = 4 * values[CONF_MAX_LINE].number;
		if (output->number < least)
			output->number = least;
	}
	if (section != CONF_IN_POOL)
		return;
	if (!values[CONF_POOL_CAPACITY].is_set)
		values[CONF_POOL_CAPACITY].number = n_items;
	/* What is listed outlives a process: ports, licences. */
	if (!values[CONF_POOL_ON_LOST].is_set)
		values[CONF_POOL_ON_LOST].number = n_items > 0;
}

void conf_set_defaults(
    struct conf_value values[CONF_N_SETTINGS], enum conf_section section)
{
	char error[CONF_ERROR_BYTES];

	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		const struct conf_setting *setting = &conf_settings[i];
		bool is_good;

		if (setting->section != section || values[i].is_set ||
		    setting->standard == NULL)
			continue;
		conf_value_deinit(&values[i]);
		is_good = conf_value_take(
		    (enum conf_name)i, &values[i], setting->standard, error);
		assert(is_good);
		values[i].is_set = false;
	}
	follow(values, section);
}

bool conf_follows(enum conf_name name)
{
	return name == CONF_MAX_OUTPUT || name == CONF_POOL_CAPACITY ||
	       name == CONF_POOL_ON_LOST;
}

struct conf *conf_new(void)
{
	struct conf *conf = xcalloc(1, sizeof(*conf));

	conf_set_defaults(conf->values, CONF_IN_ROOT);
	conf_set_defaults(conf->values, CONF_IN_UID_SHARE);
	return conf;
}

static void deinit_values(struct conf_value values[CONF_N_SETTINGS])
{
	for (int i = 0; i < CONF_N_SETTINGS; i++)
		conf_value_deinit(&values[i]);
}

void conf_block_deinit(struct conf_block *block)
{
	deinit_values(block->values);
	free(block->title);
	free(block->where);
	*block = (struct conf_block){0};
}

void conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	deinit_values(conf->values);
	for (size_t i = 0; i < conf->n_blocks; i++)
		conf_block_deinit(&conf->blocks[i]);
	free(conf->blocks);
	free(conf);
}

int64_t conf_number(const struct conf *conf, enum conf_name name)
{
	return conf->values[name].number;
}

const char *conf_text(const struct conf *conf, enum conf_name name)
{
	return conf->values[name].text;
}

const struct conf_block *conf_find(
    const struct conf *conf, enum conf_section section, const char *title)
{
	for (size_t i = 0; i < conf->n_blocks; i++) {
		const struct conf_block *block = &conf->blocks[i];

		if (block->section == section && block->title != NULL &&
		    strcmp(block->title, title) == 0)
			return block;
	}
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool conf_same(const struct conf_value *a, const struct conf_value *b)
{
	if (a->number != b->number || !same_text(a->text, b->text) ||
	    a->n_items != b->n_items)
		return false;
	for (size_t i = 0; i < a->n_items; i++) {
		if (a->items[i].number != b->items[i].number ||
		    strcmp(a->items[i].text, b->items[i].text) != 0)
			return false;
	}
	return true;
}

void conf_override(struct conf *conf, enum conf_name name, const char *text)
{
	struct conf_value *value = &conf->values[name];

	conf_value_deinit(value);
	value->is_set = true;
	value->text = xmemdup0(text, strlen(text));
}

void conf_add_block(struct conf *conf, const struct conf_block *block)
{
	struct conf_block *old = NULL;

	if (block->title != NULL)
		old = (struct conf_block *)conf_find(
		    conf, block->section, block->title);
	if (old != NULL) {
		conf_block_deinit(old);
		*old = *block;
		return;
	}
	if (conf->n_blocks == conf->cap_blocks) {
		conf->cap_blocks =
		    conf->cap_blocks == 0 ? 8 : 2 * conf->cap_blocks;
		conf->blocks = xrealloc(
		    conf->blocks, conf->cap_blocks * sizeof(*conf->blocks));
	}
	conf->blocks[conf->n_blocks++] = *block;
}

/* Blocks as a whole ------------------------------------------------ */

static int compare_items(const void *left, const void *right)
{
	const struct conf_item *const *a = left, *const *b = right;

	return strcmp((*a)->text, (*b)->text);
}

static bool are_distinct(const struct conf_value *value)
{
	const struct conf_item **sorted =
	    xcalloc(value->n_items + 1, sizeof(struct conf_item *));
	bool are = true;

	for (size_t i = 0; i < value->n_items; i++)
		sorted[i] = &value->items[i];
	qsort(
	    sorted, value->n_items, sizeof(struct conf_item *), compare_items);
	for (size_t i = 1; i < value->n_items; i++) {
		if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0)
			are = false;
	}
	free(sorted);
	return are;
}

static const char *judge_pool(const struct conf_block *block)
{
	const struct conf_value *capacity = &block->values[CONF_POOL_CAPACITY];
	const struct conf_value *items = &block->values[CONF_POOL_ITEMS];

	if (!capacity->is_set && !items->is_set)
		return "it needs capacity or items";
	if (capacity->is_set && capacity->number < (int64_t)items->n_items)
		return "capacity is below the number of its items";
	if (!are_distinct(items))
		return "the items are not all different";
	return NULL;
}

static bool names_somebody(const struct conf_block *block)
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (i != CONF_ALLOW_PREFIX && block->values[i].is_set)
			return true;
	}
	return false;
}

const char *conf_judge_block(const struct conf_block *block)
{
	switch (block->section) {
	case CONF_IN_LIMIT:
		return block->values[CONF_LIMIT_CAPACITY].is_set
			   ? NULL
			   : "it needs capacity";
	case CONF_IN_POOL:
		return judge_pool(block);
	case CONF_IN_ALLOW:
		return names_somebody(block) ||
			       block->values[CONF_ALLOW_PREFIX].is_set
			   ? NULL
			   : "it is empty: it names nobody and no prefix";
	case CONF_IN_ADMIN:
		return names_somebody(block) ? NULL
					     : "it is empty: it names nobody";
	default:
		return NULL;
	}
}
