/* SPDX-License-Identifier: MIT */
/*
 * Files to values, by libconfuse: it knows the grammar and counts lines. Every
 * value is judged when it comes, because only then is its line known.
 */
#include "args.h"
#include "conf_parts.h"
#include "xalloc.h"

#include <assert.h>
#include <confuse.h>
#include <stdlib.h>
#include <string.h>

/* libconfuse looks for a title among all there are, each time. */
#define MAX_BLOCKS 4096

struct reader {
	struct conf *conf;
	const char *path;
	cfg_t *root;
	struct conf_block block; /* the one we are in */
	int block_line;          /* where it began; 0: in none */
	uint64_t seen;           /* settings of this file, or of the block */
	uint64_t seen_in_block;
	bool seen_shares; /* a block of uid_share */
	char *error;
};

/* libconfuse hands its callbacks nothing of ours. Set while it parses. */
static struct reader *reading;

static enum conf_section section_of(const cfg_t *cfg)
{
	if (cfg == reading->root)
		return CONF_IN_ROOT;
	for (int i = CONF_IN_ROOT + 1; i < CONF_N_SECTIONS; i++) {
		if (strcmp(cfg->name, conf_section_names[i]) == 0)
			return (enum conf_section)i;
	}
	return CONF_N_SECTIONS;
}

/* What is wrong ---------------------------------------------------- */

/* How libconfuse's words for an unknown name begin; the name comes next. */
#define UNKNOWN "no such option"

#define WORDS_BYTES 768

static void describe_unknown(
    const cfg_t *cfg, const char *name, char words[WORDS_BYTES])
{
	enum conf_section section = section_of(cfg);
	const char *candidates[CONF_N_SETTINGS + CONF_N_SECTIONS], *near;
	size_t n = 0;

	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (conf_settings[i].section == section)
			candidates[n++] = conf_settings[i].name;
	}
	for (int i = CONF_IN_ROOT + 1; i < CONF_N_SECTIONS; i++) {
		if (section == CONF_IN_ROOT)
			candidates[n++] = conf_section_names[i];
	}
	near = args_suggest(name, candidates, n);
	(void)snprintf(words, WORDS_BYTES, "unknown setting \"%.64s\"%s%s%s",
	    name, near == NULL ? "" : "; did you mean \"",
	    near == NULL ? "" : near, near == NULL ? "" : "\"?");
}

__attribute__((format(printf, 2, 0))) static void on_error(
    cfg_t *cfg, const char *fmt, va_list args)
{
	char words[WORDS_BYTES];

	if (reading->error[0] != '\0')
		return; /* the first one is the cause */
	if (strncmp(fmt, UNKNOWN, strlen(UNKNOWN)) == 0)
		describe_unknown(cfg, va_arg(args, const char *), words);
	else
		(void)vsnprintf(words, sizeof(words), fmt, args);
	/* The file may have had anything in it. */
	for (char *c = words; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			*c = '?';
	}
	(void)snprintf(reading->error, CONF_ERROR_BYTES, "%.200s:%d: %s",
	    reading->path, cfg->line, words);
}

/* Values ----------------------------------------------------------- */

static enum conf_name name_of(const cfg_t *cfg, const cfg_opt_t *opt)
{
	enum conf_section section = section_of(cfg);

	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (conf_settings[i].section == section &&
		    strcmp(conf_settings[i].name, opt->name) == 0)
			return (enum conf_name)i;
	}
	return CONF_N_SETTINGS;
}

/* Where the value of the setting is to go. */
static struct conf_value *place_of(enum conf_name name)
{
	if (conf_settings[name].section <= CONF_IN_UID_SHARE)
		return &reading->conf->values[name];
	if (reading->block_line == 0)
		reading->block_line = reading->root->line;
	return &reading->block.values[name];
}

/* Whether the setting was there already; notes that it is. */
static bool is_repeated(enum conf_name name)
{
	uint64_t bit = UINT64_C(1) << name;
	uint64_t *seen = conf_settings[name].section == CONF_IN_ROOT
			     ? &reading->seen
			     : &reading->seen_in_block;
	bool was = *seen & bit;

	*seen |= bit;
	return was;
}

static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	enum conf_name name = name_of(cfg, opt);
	char error[CONF_ERROR_BYTES];
	struct conf_value *value;

	if (name == CONF_N_SETTINGS) { /* "block|setting" */
		cfg_error(cfg, "\"%s\" belongs into a block", opt->name);
		return -1;
	}
	value = place_of(name);
	/* Of a list, this one is in nvalues already. */
	if (!conf_is_list(name) || opt->nvalues == 1) {
		if (is_repeated(name)) {
			cfg_error(cfg, "%s is there twice", opt->name);
			return -1;
		}
		conf_value_deinit(value);
	}
	if (!conf_value_take(name, value, text, error)) {
		cfg_error(cfg, "%s", error);
		return -1;
	}
	*(const char **)result = text;
	return 0;
}

/* Blocks ----------------------------------------------------------- */

/* Whether a list was given with nothing in it: of that on_value hears nothing.
 */
static bool has_empty_list(const cfg_t *section)
{
	for (const cfg_opt_t *opt = section->opts; opt->name != NULL; opt++) {
		if ((opt->flags & CFGF_LIST) && (opt->flags & CFGF_MODIFIED) &&
		    opt->nvalues == 0)
			return true;
	}
	return false;
}

static const char *judge_title(const cfg_t *section)
{
	const char *title = cfg_title((cfg_t *)section);

	if (title == NULL || conf_is_key(title))
		return NULL;
	return title[0] == '\0' ? "the title is empty" : "no key can be so";
}

/* NULL, or what is wrong with a section that has come to its end. */
static const char *judge(const cfg_t *section)
{
	struct reader *r = reading;

	if (r->block.section == CONF_IN_UID_SHARE) {
		if (r->seen_shares)
			return "this block is there twice";
		r->seen_shares = true;
	}
	if (r->conf->n_blocks >= MAX_BLOCKS)
		return "there are more than 4096 blocks";
	if (judge_title(section) != NULL)
		return judge_title(section);
	if (has_empty_list(section))
		return "a list in it is empty";
	return conf_judge_block(&r->block);
}

static void keep_block(const cfg_t *section)
{
	struct reader *r = reading;
	const char *title = cfg_title((cfg_t *)section);
	const char *slash = strrchr(r->path, '/');
	const char *file = slash == NULL ? r->path : slash + 1;
	char where[CONF_ERROR_BYTES];
	int len =
	    snprintf(where, sizeof(where), "%.900s:%d", file, r->block_line);

	r->block.where = xmemdup0(where, (size_t)len);
	if (title != NULL)
		r->block.title = xmemdup0(title, strlen(title));
	conf_set_defaults(r->block.values, r->block.section);
	conf_add_block(r->conf, &r->block);
	r->block = (struct conf_block){0};
}

static int on_section_end(cfg_t *cfg, cfg_opt_t *opt)
{
	const cfg_t *section = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *title = cfg_title((cfg_t *)section);
	const char *wrong;

	reading->block.section = section_of(section);
	wrong = judge(section);
	if (wrong != NULL && title != NULL)
		cfg_error(cfg, "%s \"%s\": %s", opt->name, title, wrong);
	else if (wrong != NULL)
		cfg_error(cfg, "%s: %s", opt->name, wrong);
	if (wrong != NULL)
		return -1;
	if (reading->block.section != CONF_IN_UID_SHARE)
		keep_block(section);
	reading->seen_in_block = 0;
	reading->block_line = 0;
	return 0;
}

/* Files ------------------------------------------------------------ */

/* Appends what stands in the section, in libconfuse's words. */
static void fill_options(cfg_opt_t *opts, enum conf_section section)
{
	size_t n = 0;

	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		const struct conf_setting *setting = &conf_settings[i];

		if (setting->section != section)
			continue;
		opts[n++] = (cfg_opt_t){
		    .name = setting->name,
		    .type = CFGT_STR,
		    .flags =
			conf_is_list((enum conf_name)i) ? CFGF_LIST : CFGF_NONE,
		    .parsecb = on_value,
		};
	}
	opts[n] = (cfg_opt_t)CFG_END();
}

#define IS_TITLED(constant, name, titled) [CONF_IN_##constant] = titled,

static cfg_t *new_tree(void)
{
	static const bool titled[] = {CONF_SECTIONS(IS_TITLED)};
	/* Room for all of them, and an end, in each. */
	cfg_opt_t opts[CONF_N_SECTIONS][CONF_N_SETTINGS + CONF_N_SECTIONS + 1];
	size_t n = 0;

	fill_options(opts[CONF_IN_ROOT], CONF_IN_ROOT);
	while (opts[CONF_IN_ROOT][n].name != NULL)
		n++;
	for (int i = CONF_IN_ROOT + 1; i < CONF_N_SECTIONS; i++) {
		fill_options(opts[i], (enum conf_section)i);
		opts[CONF_IN_ROOT][n++] = (cfg_opt_t){
		    .name = conf_section_names[i],
		    .type = CFGT_SEC,
		    .flags = CFGF_MULTI |
			     (titled[i] ? CFGF_TITLE | CFGF_NO_TITLE_DUPES
					: CFGF_NONE),
		    .subopts = opts[i],
		    .validcb = on_section_end,
		};
	}
	opts[CONF_IN_ROOT][n] = (cfg_opt_t)CFG_END();
	return cfg_init(opts[CONF_IN_ROOT], CFGF_NONE); /* copies all */
}

static bool parse(struct reader *reader, const char *text)
{
	int result;

	reader->root = new_tree();
	assert(reader->root != NULL); /* memory never fails */
	(void)cfg_set_error_function(reader->root, on_error);
	reading = reader;
	result = cfg_parse_buf(reader->root, text);
	reading = NULL;
	(void)cfg_free(reader->root);
	conf_block_deinit(&reader->block);
	if (result != CFG_SUCCESS && reader->error[0] == '\0')
		(void)snprintf(reader->error, CONF_ERROR_BYTES,
		    "%s: it cannot be understood", reader->path);
	return result == CFG_SUCCESS;
}

static bool read_file(struct conf *conf, const char *path, bool must_exist,
    char error[CONF_ERROR_BYTES])
{
	struct reader reader = {.conf = conf, .path = path, .error = error};
	char *text = conf_file_text(path, error);
	const char *wrong;
	bool is_good;
	int line;

	if (text == NULL) {
		if (error[0] == '\0' && !must_exist)
			return true;
		if (error[0] == '\0')
			(void)snprintf(error, CONF_ERROR_BYTES,
			    "%s: there is no such file", path);
		return false;
	}
	wrong = conf_text_clean(text, &line);
	if (wrong != NULL)
		(void)snprintf(
		    error, CONF_ERROR_BYTES, "%s:%d: %s", path, line, wrong);
	is_good = wrong == NULL && parse(&reader, text);
	conf->n_files++;
	free(text);
	return is_good;
}

bool conf_read(struct conf *conf, const char *path, bool must_exist,
    char error[CONF_ERROR_BYTES])
{
	char **drop_ins;
	bool is_good = read_file(conf, path, must_exist, error);

	if (!is_good)
		return false;
	drop_ins = conf_file_drop_ins(path, error);
	if (drop_ins == NULL)
		return false;
	for (char **drop_in = drop_ins; *drop_in != NULL; drop_in++) {
		if (is_good)
			is_good = read_file(conf, *drop_in, true, error);
		free(*drop_in);
	}
	free(drop_ins);
	conf_set_defaults(conf->values, CONF_IN_ROOT);
	return is_good;
}
