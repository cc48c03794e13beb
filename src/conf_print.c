/* SPDX-License-Identifier: MIT */
/* What is in force, written as a configuration: see conf.h. */
#include "conf_parts.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* In double quotes ${ would be a variable. */
static void print_text(FILE *out, const char *text)
{
	char quote = strstr(text, "${") == NULL ? '"' : '\'';

	(void)fputc(quote, out);
	for (; *text != '\0'; text++) {
		if (*text == quote || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc(quote, out);
}

struct unit {
	const char *name;
	int64_t factor;
};

/* In the largest unit that does not need a fraction. */
static void print_number(FILE *out, int64_t number, const struct unit *units)
{
	while (number % units->factor != 0)
		units++;
	(void)fprintf(
	    out, "%" PRId64 "%s", number / units->factor, units->name);
}

static void print_one(FILE *out, const struct conf_setting *setting,
    const struct conf_value *value)
{
	static const struct unit sizes[] = {
	    {"G", CONF_G}, {"M", CONF_M}, {"K", CONF_K}, {"", 1}};
	static const struct unit times[] = {{"d", CONF_DAY_MS},
	    {"h", 60 * 60 * 1000}, {"m", 60 * 1000}, {"s", 1000}, {"ms", 1}};

	switch (setting->type) {
	case CONF_IS_SIZE:
		print_number(out, value->number, sizes);
		break;
	case CONF_IS_TIME:
		if (value->number == 0)
			(void)fputc('0', out);
		else
			print_number(out, value->number, times);
		break;
	case CONF_IS_MODE:
		(void)fprintf(out, "%04" PRIo64, (uint64_t)value->number);
		break;
	case CONF_IS_PATH:
	case CONF_IS_GROUP:
		print_text(out, value->text == NULL ? "" : value->text);
		break;
	case CONF_IS_LEVEL:
	case CONF_IS_ORDER:
	case CONF_IS_ON_LOST:
		(void)fputs(conf_words(setting->type)[value->number], out);
		break;
	default:
		(void)fprintf(out, "%" PRId64, value->number);
		break;
	}
}

static void print_list(FILE *out, const struct conf_setting *setting,
    const struct conf_value *value)
{
	(void)fputc('{', out);
	for (size_t i = 0; i < value->n_items; i++) {
		if (i > 0)
			(void)fputs(", ", out);
		if (setting->type == CONF_IS_UIDS)
			(void)fputs(value->items[i].text, out);
		else
			print_text(out, value->items[i].text);
	}
	(void)fputc('}', out);
}

static void print_value(
    FILE *out, enum conf_name name, const struct conf_value *value)
{
	if (conf_is_list(name))
		print_list(out, &conf_settings[name], value);
	else
		print_one(out, &conf_settings[name], value);
}

void conf_show(enum conf_name name, const struct conf_value *value, char *text,
    size_t size)
{
	FILE *out = fmemopen(text, size, "w");

	text[0] = '\0';
	assert(out != NULL); /* memory never fails */
	print_value(out, name, value);
	(void)fclose(out);
	text[size - 1] = '\0';
}

/* One line; nothing where there is no value, not even by default. */
static void print_setting(FILE *out, enum conf_name name, const char *indent,
    const struct conf_value *value)
{
	const struct conf_setting *setting = &conf_settings[name];

	if (!value->is_set && setting->standard == NULL && !conf_follows(name))
		return;
	(void)fprintf(out, "%s%s = ", indent, setting->name);
	print_value(out, name, value);
	(void)fputs(value->is_set ? "\n" : "  # default\n", out);
}

static void print_section(FILE *out, enum conf_section section,
    const char *indent, const struct conf_value values[CONF_N_SETTINGS])
{
	for (int i = 0; i < CONF_N_SETTINGS; i++) {
		if (conf_settings[i].section == section)
			print_setting(
			    out, (enum conf_name)i, indent, &values[i]);
	}
}

static void print_block(FILE *out, const struct conf_block *block)
{
	(void)fputs(conf_section_names[block->section], out);
	if (block->title != NULL) {
		(void)fputc(' ', out);
		print_text(out, block->title);
	}
	(void)fprintf(out, " {  # %s\n", block->where);
	print_section(out, block->section, "\t", block->values);
	(void)fputs("}\n", out);
}

void conf_print(const struct conf *conf, FILE *out)
{
	print_section(out, CONF_IN_ROOT, "", conf->values);
	(void)fputs("uid_share {\n", out);
	print_section(out, CONF_IN_UID_SHARE, "\t", conf->values);
	(void)fputs("}\n", out);
	for (size_t i = 0; i < conf->n_blocks; i++)
		print_block(out, &conf->blocks[i]);
}
