/* SPDX-License-Identifier: MIT */
/*
 * From the configuration to what the core works with: numbers and rules, and
 * limits and pools that are always there.
 */
#ifndef CONF_APPLY_H
#define CONF_APPLY_H

#include "conf.h"
#include "core.h"
#include "log.h"

/* Where a configuration comes from. */
struct conf_source {
	const char *path;
	bool must_exist;         /* it was named; else it may be absent */
	const char *socket_path; /* from the command line, or NULL */
	bool verbose;            /* log level debug, whatever it says */
};

/* Reads it all; NULL, and error, where something is wrong with it. */
struct conf *conf_load(
    const struct conf_source *source, char error[CONF_ERROR_BYTES]);

struct quota_shares conf_shares(const struct conf *conf);
/* Sets the rules, and makes the limits and pools that are configured. */
void conf_apply(const struct conf *conf, struct core *core);
/* Does what a new configuration asks for, in the place of the old one, and logs
 * each change. What needs a restart is logged, too, and fresh then has what is
 * in force instead. Returns the number of changes. */
size_t conf_change(struct conf *old, struct conf *fresh, struct core *core,
    const struct log *log);

/* For conf_change.c: */

/* Sets the rules anew. */
void conf_set_rules(const struct conf *conf, struct core *core);
/* Whether the block is a limit or a pool, and its key. */
bool conf_is_pinnable(const struct conf_block *block);
struct key conf_key(const struct conf_block *block);
/* Makes the limit or pool as it is configured; false where a pool has other
 * items, which cannot be changed now. */
bool conf_pin(const struct conf_block *block, struct core *core);

#endif
