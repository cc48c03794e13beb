/* SPDX-License-Identifier: MIT */
/*
 * A new configuration in the place of an old one, while the daemon runs: see
 * conf_apply.h. Every difference is done and logged, or logged as something
 * that needs a restart.
 */
#include "conf_apply.h"
#include "conf_parts.h"
#include "limit.h"
#include "pool.h"

struct change {
	struct conf *old, *fresh;
	struct core *core;
	const struct log *log;
	size_t n;
};

/* "SECTION TITLE.NAME", as far as there are such. */
static void log_change(struct change *change, const char *event,
    enum conf_name name, const struct conf_block *block,
    const struct conf_value *from, const struct conf_value *to)
{
	const struct conf_setting *setting = &conf_settings[name];
	char title[LOG_QUOTED_BYTES] = "", from_text[LOG_QUOTED_BYTES];
	char to_text[LOG_QUOTED_BYTES], quoted[2][LOG_QUOTED_BYTES];

	if (block != NULL)
		(void)log_quote(title, block->title);
	conf_show(name, from, from_text, sizeof(from_text));
	conf_show(name, to, to_text, sizeof(to_text));
	log_event(change->log, LOG_LEVEL_INFO, event,
	    "setting=%s%s%s%s%s from=%s to=%s",
	    conf_section_names[setting->section],
	    setting->section == CONF_IN_ROOT ? "" : ".", title,
	    block == NULL ? "" : ".", setting->name,
	    log_quote(quoted[0], from_text), log_quote(quoted[1], to_text));
	change->n++;
}

static void swap(struct conf_value *a, struct conf_value *b)
{
	struct conf_value c = *a;

	*a = *b;
	*b = c;
}

static void change_values(struct change *change, enum conf_when when)
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		struct conf_value *old = &change->old->values[i];
		struct conf_value *fresh = &change->fresh->values[i];

		if (conf_settings[i].when != when ||
		    conf_settings[i].section > CONF_IN_UID_SHARE ||
		    conf_same(old, fresh))
			continue;
		log_change(change,
		    when == CONF_NOW ? "setting_changed" : "needs_restart",
		    (enum conf_name)i, NULL, old, fresh);
		if (when == CONF_RESTART)
			swap(old, fresh);
	}
	/* What follows from others follows from what is in force. */
	conf_set_defaults(change->fresh->values, CONF_IN_ROOT);
}

static void log_values(struct change *change, const struct conf_block *old,
    const struct conf_block *fresh, const char *event)
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (!conf_same(&old->values[i], &fresh->values[i]))
			log_change(change, event, (enum conf_name)i, fresh,
			    &old->values[i], &fresh->values[i]);
	}
}

static void log_block(
    struct change *change, const char *event, const struct conf_block *block)
{
	char quoted[LOG_QUOTED_BYTES];

	log_event(change->log, LOG_LEVEL_INFO, event, "block=%s title=%s at=%s",
	    conf_section_names[block->section], log_quote(quoted, block->title),
	    block->where);
	change->n++;
}

static bool same_values(const struct conf_block *a, const struct conf_block *b)
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (!conf_same(&a->values[i], &b->values[i]))
			return false;
	}
	return true;
}

static void change_block(struct change *change, struct conf_block *fresh)
{
	struct conf_block *old = (struct conf_block *)conf_find(
	    change->old, fresh->section, fresh->title);
	struct conf_block kept;

	if (old != NULL && same_values(old, fresh))
		return;
	if (conf_pin(fresh, change->core)) {
		if (old == NULL)
			log_block(change, "block_added", fresh);
		else
			log_values(change, old, fresh, "setting_changed");
	} else if (old == NULL) {
		/* Clients made a pool of this name, or it was configured
		 * before and still has its objects. */
		log_block(change, "needs_restart", fresh);
	} else {
		log_values(change, old, fresh, "needs_restart");
		kept = *old;
		*old = *fresh;
		*fresh = kept;
	}
}

static void remove_blocks(struct change *change)
{
	for (size_t i = 0; i < change->old->n_blocks; i++) {
		const struct conf_block *old = &change->old->blocks[i];
		struct key key;

		if (!conf_is_pinnable(old) ||
		    conf_find(change->fresh, old->section, old->title) != NULL)
			continue;
		key = conf_key(old);
		if (old->section == CONF_IN_LIMIT)
			limit_unpin(change->core, &key);
		else
			pool_unpin(change->core, &key);
		log_block(change, "block_removed", old);
	}
}

/* The next block of this section from *at on, or NULL. */
static const struct conf_block *next_block(
    const struct conf *conf, enum conf_section section, size_t *at)
{
	while (*at < conf->n_blocks) {
		const struct conf_block *block = &conf->blocks[(*at)++];

		if (block->section == section)
			return block;
	}
	return NULL;
}

/* Whether the rules of a section are others now. */
static bool differ(const struct change *change, enum conf_section section)
{
	size_t at_old = 0, at_fresh = 0;
	const struct conf_block *old, *fresh;

	do {
		old = next_block(change->old, section, &at_old);
		fresh = next_block(change->fresh, section, &at_fresh);
		if ((old == NULL) != (fresh == NULL) ||
		    (old != NULL && !same_values(old, fresh)))
			return true;
	} while (old != NULL);
	return false;
}

static void change_rules(struct change *change)
{
	static const enum conf_section sections[] = {
	    CONF_IN_ALLOW, CONF_IN_ADMIN};

	for (int i = 0; i < 2; i++) {
		if (!differ(change, sections[i]))
			continue;
		log_event(change->log, LOG_LEVEL_INFO, "rules_changed",
		    "block=%s", conf_section_names[sections[i]]);
		change->n++;
	}
	/* Also where they only moved to other lines. */
	conf_set_rules(change->fresh, change->core);
}

size_t conf_change(struct conf *old, struct conf *fresh, struct core *core,
    const struct log *log)
{
	struct change change = {
	    .old = old, .fresh = fresh, .core = core, .log = log};
	struct quota_shares shares;

	change_values(&change, CONF_RESTART);
	change_values(&change, CONF_NOW);
	shares = conf_shares(fresh);
	core_set_shares(core, &shares);
	change_rules(&change);
	remove_blocks(&change);
	for (size_t i = 0; i < fresh->n_blocks; i++) {
		if (conf_is_pinnable(&fresh->blocks[i]))
			change_block(&change, &fresh->blocks[i]);
	}
	return change.n;
}
