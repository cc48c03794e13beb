/* SPDX-License-Identifier: MIT */
/*
 * The configuration: a table of settings, values for them, and blocks for what
 * there may be several of. It is read as a whole into a new tree, which is
 * taken over only when all of it is good; msyncd.conf(5) describes it.
 */
#ifndef CONF_H
#define CONF_H

#include "conf_settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One of a list. */
struct conf_item {
	char *text;     /* owned: as it was written */
	int64_t number; /* of a uid, user or group: its id */
};

struct conf_value {
	bool is_set; /* false: the default, if there is one */
	int64_t number;
	char *text; /* owned: of PATH and GROUP; NULL: none */
	struct conf_item *items;
	size_t n_items;
};

struct conf_block {
	enum conf_section section;
	char *title; /* owned; NULL where the section has none */
	char *where; /* owned: file and line, for messages */
	struct conf_value values[CONF_N_SETTINGS]; /* those of its section */
};

struct conf {
	struct conf_value values[CONF_N_SETTINGS]; /* ROOT and UID_SHARE */
	struct conf_block *blocks;                 /* owned: all the others */
	size_t n_blocks, cap_blocks;
	int n_files; /* that it was read from */
};

/* Room for what is wrong: "FILE:LINE: words". */
#define CONF_ERROR_BYTES 1024

/* A configuration of nothing but defaults. */
struct conf *conf_new(void);
/* NULL is allowed. */
void conf_free(struct conf *conf);

/* The value of a setting of ROOT or UID_SHARE; texts NULL where there is none.
 */
int64_t conf_number(const struct conf *conf, enum conf_name name);
const char *conf_text(const struct conf *conf, enum conf_name name);
/* The block of this section and title, or NULL. */
const struct conf_block *conf_find(
    const struct conf *conf, enum conf_section section, const char *title);
/* The same value, whether it was said or is the default. */
bool conf_same(const struct conf_value *a, const struct conf_value *b);
/* Sets a path from the command line, which nobody checks. */
void conf_override(struct conf *conf, enum conf_name name, const char *text);

/* conf_read.c: reads the file and the drop-ins in the folder conf.d beside it,
 * on top of what conf is. A file that is not there is an error only where it
 * must_exist. False: error says what is wrong, and where. */
bool conf_read(struct conf *conf, const char *path, bool must_exist,
    char error[CONF_ERROR_BYTES]);
/* conf_print.c: writes what is in force, as a configuration that would be read
 * as this one; defaults are marked. */
void conf_print(const struct conf *conf, FILE *out);

#endif
