/* SPDX-License-Identifier: MIT */
/* What the files of the configuration have from each other, and nobody else
 * needs: see conf.h. */
#ifndef CONF_PARTS_H
#define CONF_PARTS_H

#include "conf.h"

/* conf_value.c: takes the text as the value of the setting, or as one more of
 * its list. False: error says what it must be. */
bool conf_value_take(enum conf_name name, struct conf_value *value,
    const char *text, char error[CONF_ERROR_BYTES]);
bool conf_is_list(enum conf_name name);
/* conf.c: whether its default follows from other settings. */
bool conf_follows(enum conf_name name);
/* Frees what the value owns, and makes it one that is not set. */
void conf_value_deinit(struct conf_value *value);
/* The words of a type that is one of some words, NULL at the end; else NULL. */
const char *const *conf_words(enum conf_type type);
/* conf_print.c: writes a value as in a file, cut to size, NUL-terminated. */
void conf_show(enum conf_name name, const struct conf_value *value, char *text,
    size_t size);
/* conf_value.c: whether the text could be (the beginning of) a key. */
bool conf_is_key(const char *text);
/* conf.c: adds the block, or puts it in the place of one with its title, and
 * takes over what it owns. */
void conf_add_block(struct conf *conf, const struct conf_block *block);
void conf_block_deinit(struct conf_block *block);
/* conf.c: gives what is not set the defaults of the section. */
void conf_set_defaults(
    struct conf_value values[CONF_N_SETTINGS], enum conf_section section);
/* conf.c: what is wrong with a block as a whole; NULL: nothing. */
const char *conf_judge_block(const struct conf_block *block);
/* conf_file.c: the text of a regular file, NUL-terminated, to be freed; NULL,
 * and error, where it cannot be read. -ENOENT alone leaves error empty. */
char *conf_file_text(const char *path, char error[CONF_ERROR_BYTES]);
/* conf_file.c: the drop-ins of a configuration, sorted, NULL at the end; all
 * to be freed. NULL, and error, where their folder cannot be read. */
char **conf_file_drop_ins(const char *path, char error[CONF_ERROR_BYTES]);
/* conf_text.c: blanks the comments, and looks for what libconfuse would pass
 * over in silence. NULL, or what is wrong and in which line. */
const char *conf_text_clean(char *text, int *line_out);

#endif
