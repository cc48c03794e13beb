/* SPDX-License-Identifier: MIT */
/*
 * The configuration: form feeds part the input into files (no configuration
 * may have one). They are one that is to take the place of another, that
 * other, and two drop-ins of the first. Reading never ends the process and
 * leaks nothing; what cannot be read changes nothing; and what can be read is
 * the same when it is printed and read again.
 */
#include "fuzz.h"

#include "conf_apply.h"
#include "conf_parts.h"
#include "stand.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files, in the order in which they come; then what was printed. */
enum {
	FRESH,
	OLD,
	DROP_IN,
	DROP_IN_2,
	N_FILES,
	AGAIN = N_FILES,
	N_NAMES
};

static const char *const names[N_NAMES] = {"fresh/m.conf", "old/m.conf",
    "fresh/conf.d/1.conf", "fresh/conf.d/2.conf", "again/m.conf"};
static const char *const folders[] = {"fresh", "old", "again", "fresh/conf.d"};
#define N_FOLDERS (int)(sizeof(folders) / sizeof(folders[0]))

static char top[] = "/tmp/msyncd-fuzz-XXXXXX";
static char paths[N_NAMES][64];

/* The same below our folder; valid until the next call. */
static const char *path_of(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void remove_folders(void)
{
	for (int i = 0; i < N_NAMES; i++)
		(void)unlink(paths[i]);
	for (int i = N_FOLDERS - 1; i >= 0; i--)
		(void)rmdir(path_of(folders[i]));
	(void)rmdir(top);
}

static void make_folders(void)
{
	FUZZ_ASSERT(mkdtemp(top) != NULL, "no temporary folder");
	for (int i = 0; i < N_FOLDERS; i++)
		FUZZ_ASSERT(mkdir(path_of(folders[i]), 0700) == 0, "no folder");
	for (int i = 0; i < N_NAMES; i++)
		(void)strcpy(paths[i], path_of(names[i]));
	FUZZ_ASSERT(atexit(remove_folders) == 0, "it could not be removed");
}

static void write_file(const char *path, const void *bytes, size_t len)
{
	int fd;

	/* To empty a file that is there takes some disks long. */
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FUZZ_ASSERT(fd >= 0 && write(fd, bytes, len) == (ssize_t)len,
	    "cannot write %s", path);
	(void)close(fd);
}

/* Loads the file; NULL where it is wrong, and then says so in one line. */
static struct conf *load(const char *name)
{
	const struct conf_source source = {.path = name, .must_exist = true};
	char error[CONF_ERROR_BYTES] = "";
	struct conf *conf = conf_load(&source, error);

	if (conf != NULL)
		return conf;
	FUZZ_ASSERT(error[0] != '\0', "refused without a word");
	for (const char *c = error; *c != '\0'; c++)
		FUZZ_ASSERT((unsigned char)*c >= 0x20 && *c != 0x7F,
		    "a control character in: %s", error);
	return NULL;
}

static char *print(const struct conf *conf, size_t *len_out)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len_out);

	conf_print(conf, out);
	(void)fclose(out);
	return text;
}

static bool same_values(const struct conf_value *a, const struct conf_value *b)
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (!conf_same(&a[i], &b[i]))
			return false;
	}
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void check_same(const struct conf *a, const struct conf *b)
{
	FUZZ_ASSERT(same_values(a->values, b->values), "other values");
	FUZZ_ASSERT(a->n_blocks == b->n_blocks, "other blocks");
	for (size_t i = 0; i < a->n_blocks; i++) {
		const struct conf_block *left = &a->blocks[i];
		const struct conf_block *right = &b->blocks[i];

		FUZZ_ASSERT(left->section == right->section &&
				same_text(left->title, right->title) &&
				same_values(left->values, right->values),
		    "another block");
	}
}

/* What is printed is read as the same again. */
static void check_print(const struct conf *conf)
{
	size_t len;
	char *text = print(conf, &len);
	struct conf *other;

	write_file(paths[AGAIN], text, len);
	other = load(paths[AGAIN]);
	FUZZ_ASSERT(
	    other != NULL, "what was printed cannot be read:\n%s", text);
	check_same(conf, other);
	conf_free(other);
	free(text);
}

/* Somebody uses the limits and pools that are configured. */
static void use_blocks(struct stand *stand, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_blocks && i < 4; i++) {
		const struct conf_block *block = &conf->blocks[i];
		json_t *request;
		char *line;

		if (!conf_is_pinnable(block))
			continue;
		request = json_pack("{s:s,s:s}", "op",
		    block->section == CONF_IN_POOL ? "pool.get"
						   : "limit.borrow",
		    "key", block->title);
		line = json_dumps(request, JSON_COMPACT);
		stand_line(stand, 0, line, strlen(line));
		free(line);
		json_decref(request);
	}
}

/* The fresh one takes the place of the old one, and goes again. */
static void change(struct conf *old, struct conf *fresh)
{
	const struct log log = {.level = LOG_LEVEL_ERROR};
	struct quota_shares shares = conf_shares(old);
	struct conf *none = conf_new();
	struct stand stand;

	stand_open(&stand);
	core_set_shares(stand.core, &shares);
	conf_apply(old, stand.core);
	use_blocks(&stand, old);
	(void)conf_change(old, fresh, stand.core, &log);
	core_check(stand.core);
	use_blocks(&stand, fresh);
	FUZZ_ASSERT(conf_change(fresh, fresh, stand.core, &log) == 0,
	    "the same is a change");
	(void)conf_change(fresh, none, stand.core, &log);
	core_check(stand.core);
	conf_free(none);
	stand_close(&stand);
}

/* Files that are not given are not there. */
static void write_files(const uint8_t *data, size_t size)
{
	bool is_over = false;

	for (int i = 0; i < N_FILES; i++) {
		const uint8_t *feed =
		    size == 0 ? NULL : memchr(data, '\f', size);
		size_t len = feed == NULL ? size : (size_t)(feed - data);

		(void)unlink(paths[i]);
		if (is_over)
			continue;
		write_file(paths[i], data, len);
		is_over = feed == NULL;
		data += is_over ? len : len + 1;
		size -= is_over ? len : len + 1;
	}
}

/* What cannot be read changes nothing. */
static struct conf *load_beside(const struct conf *old)
{
	size_t len;
	char *before = print(old, &len), *after;
	struct conf *fresh = load(paths[FRESH]);

	after = print(old, &len);
	FUZZ_ASSERT(strcmp(before, after) == 0, "the old one was touched");
	free(before);
	free(after);
	return fresh;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf *old, *fresh;

	if (paths[0][0] == '\0')
		make_folders();
	write_files(data, size);
	old = load(paths[OLD]);
	if (old == NULL)
		old = conf_new();
	fresh = load_beside(old);
	if (fresh != NULL) {
		check_print(fresh);
		change(old, fresh);
	}
	conf_free(fresh);
	conf_free(old);
	return 0;
}
