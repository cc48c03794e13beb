/* SPDX-License-Identifier: MIT */
/* What the unit tests of the configuration write: files in a folder of their
 * own. */
#ifndef CONFS_H
#define CONFS_H

#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"

static char conf_folder[64], conf_path[96];
static char conf_error[CONF_ERROR_BYTES];

static inline void confs_begin(void)
{
	snprintf(conf_folder, sizeof(conf_folder), "/tmp/msyncd-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(conf_folder));
	snprintf(conf_path, sizeof(conf_path), "%s/m.conf", conf_folder);
}

static inline void confs_end(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -r %s", conf_folder);
	ck_assert_int_eq(system(command), 0);
}

/* Writes bytes to a file of the folder. */
static inline void confs_put(const char *name, const void *bytes, size_t len)
{
	char path[160];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", conf_folder, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

static inline void confs_write(const char *name, const char *text)
{
	confs_put(name, text, strlen(text));
}

/* What is read from m.conf now; NULL: conf_error says why. */
static inline struct conf *confs_read(void)
{
	struct conf *conf = conf_new();

	if (conf_read(conf, conf_path, true, conf_error))
		return conf;
	conf_free(conf);
	return NULL;
}

/* The same of this text; it must be good. */
static inline struct conf *confs_of(const char *text)
{
	struct conf *conf;

	confs_write("m.conf", text);
	conf = confs_read();
	ck_assert_msg(conf != NULL, "%s", conf_error);
	return conf;
}

#endif
