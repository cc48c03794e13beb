/* SPDX-License-Identifier: MIT */
/* From the text of a setting to its value: see conf.h. */
#include "conf_parts.h"
#include "xalloc.h"

#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <jansson.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* So much of a wrong value is repeated. */
#define ECHO "%.64s"

__attribute__((format(printf, 2, 3))) static bool complain(
    char error[CONF_ERROR_BYTES], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(error, CONF_ERROR_BYTES, fmt, args);
	va_end(args);
	return false;
}

bool conf_is_list(enum conf_name name)
{
	return conf_settings[name].type >= CONF_IS_UIDS;
}

const char *const *conf_words(enum conf_type type)
{
	static const char *const levels[] = {"error", "info", "debug", NULL};
	static const char *const orders[] = {"lifo", "fifo", NULL};
	static const char *const on_lost[] = {"drop", "requeue", NULL};

	switch (type) {
	case CONF_IS_LEVEL:
		return levels;
	case CONF_IS_ORDER:
		return orders;
	case CONF_IS_ON_LOST:
		return on_lost;
	default:
		return NULL;
	}
}

void conf_value_deinit(struct conf_value *value)
{
	for (size_t i = 0; i < value->n_items; i++)
		free(value->items[i].text);
	free(value->items);
	free(value->text);
	*value = (struct conf_value){0};
}

/* Numbers ---------------------------------------------------------- */

/* The number at the beginning of the text; *rest_out is what is behind it.
 * False where there is none, or no such number. */
static bool take_number(
    const char *text, int base, int64_t *number, const char **rest_out)
{
	intmax_t got;
	char *end;

	if (*text < '0' || *text > '9')
		return false; /* no sign, no blanks */
	errno = 0;
	got = strtoimax(text, &end, base);
	*number = got;
	*rest_out = end;
	return errno == 0;
}

static bool is_in_range(const struct conf_setting *setting, int64_t number)
{
	return number >= setting->smallest && number <= setting->largest;
}

static bool take_count(const struct conf_setting *setting, int64_t *number,
    const char *text, char error[CONF_ERROR_BYTES])
{
	const char *rest;

	if (take_number(text, 10, number, &rest) && *rest == '\0' &&
	    is_in_range(setting, *number))
		return true;
	return complain(error,
	    "%s must be a whole number from %" PRId64 " to %" PRId64
	    ", not \"" ECHO "\"",
	    setting->name, setting->smallest, setting->largest, text);
}

static bool take_mode(const struct conf_setting *setting, int64_t *number,
    const char *text, char error[CONF_ERROR_BYTES])
{
	const char *rest;

	if (take_number(text, 8, number, &rest) && *rest == '\0' &&
	    is_in_range(setting, *number))
		return true;
	return complain(error,
	    "%s must be an octal number from 0 to 0777, not \"" ECHO "\"",
	    setting->name, text);
}

struct unit {
	const char *name;
	int64_t factor;
};

/* A number and one of the units (NULL at the end). */
static bool take_with_unit(const struct conf_setting *setting,
    const struct unit *units, int64_t *number, const char *text)
{
	const char *rest;

	if (!take_number(text, 10, number, &rest))
		return false;
	while (units->name != NULL && strcmp(units->name, rest) != 0)
		units++;
	return units->name != NULL &&
	       !__builtin_mul_overflow(*number, units->factor, number) &&
	       is_in_range(setting, *number);
}

static bool take_size(const struct conf_setting *setting, int64_t *number,
    const char *text, char error[CONF_ERROR_BYTES])
{
	static const struct unit units[] = {
	    {"", 1}, {"K", CONF_K}, {"M", CONF_M}, {"G", CONF_G}, {NULL, 0}};

	return take_with_unit(setting, units, number, text) ||
	       complain(error,
		   "%s must be a size such as 512, 64K, 1M or 1G, from "
		   "%" PRId64 " to %" PRId64 " bytes, not \"" ECHO "\"",
		   setting->name, setting->smallest, setting->largest, text);
}

static bool take_time(const struct conf_setting *setting, int64_t *number,
    const char *text, char error[CONF_ERROR_BYTES])
{
	static const struct unit units[] = {{"ms", 1}, {"s", 1000},
	    {"m", 60 * 1000}, {"h", 60 * 60 * 1000}, {"d", CONF_DAY_MS},
	    {NULL, 0}};

	if (strcmp(text, "0") == 0 && setting->smallest == 0) {
		*number = 0;
		return true;
	}
	return take_with_unit(setting, units, number, text) ||
	       complain(error,
		   "%s must be a time such as 500ms, 10s, 5m, 1h or 1d, from "
		   "%" PRId64 " to %" PRId64 " ms, not \"" ECHO "\"",
		   setting->name, setting->smallest, setting->largest, text);
}

static bool take_word(const struct conf_setting *setting, int64_t *number,
    const char *text, char error[CONF_ERROR_BYTES])
{
	const char *const *words = conf_words(setting->type);
	char list[64] = "";
	size_t len = 0;

	assert(words != NULL);
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*number = i;
			return true;
		}
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    i == 0 ? "" : ", ", words[i]);
	}
	return complain(error, "%s must be one of %s, not \"" ECHO "\"",
	    setting->name, list, text);
}

/* Texts ------------------------------------------------------------ */

static bool has_length(const struct conf_setting *setting, const char *text,
    char error[CONF_ERROR_BYTES])
{
	size_t len = strlen(text);

	return len <= (size_t)setting->largest ||
	       complain(error,
		   "%s has more than %" PRId64 " bytes: \"" ECHO "\"",
		   setting->name, setting->largest, text);
}

static bool has_control(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0';
	     c++) {
		if (*c < 0x20 || *c == 0x7F)
			return true;
		/* U+0080 to U+009F are C2 80 to C2 9F in UTF-8. */
		if (*c == 0xC2 && c[1] < 0xA0)
			return true;
	}
	return false;
}

static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

bool conf_is_key(const char *text)
{
	size_t len = strlen(text);

	return len >= 1 && len <= WIRE_MAX_KEY_BYTES && text[0] != '@' &&
	       !has_control(text) && is_utf8(text);
}

static bool judge_path(const struct conf_setting *setting, const char *text,
    char error[CONF_ERROR_BYTES])
{
	if (text[0] != '\0' && (text[0] != '/' || has_control(text)))
		return complain(error,
		    "%s must be a path from the root, not \"" ECHO "\"",
		    setting->name, text);
	return true;
}

/* Ids -------------------------------------------------------------- */

static bool take_user(const struct conf_setting *setting, int64_t *id,
    const char *text, char error[CONF_ERROR_BYTES])
{
	const struct passwd *user = getpwnam(text);

	if (user == NULL)
		return complain(error, "%s: there is no user \"" ECHO "\"",
		    setting->name, text);
	*id = user->pw_uid;
	return true;
}

static bool take_group(const struct conf_setting *setting, int64_t *id,
    const char *text, char error[CONF_ERROR_BYTES])
{
	const struct group *group;
	const char *rest;

	if (take_number(text, 10, id, &rest) && *rest == '\0' &&
	    *id < UINT32_MAX)
		return true;
	group = getgrnam(text);
	if (group == NULL)
		return complain(error, "%s: there is no group \"" ECHO "\"",
		    setting->name, text);
	*id = group->gr_gid;
	return true;
}

/* There may be none. */
static bool may_be_empty(const struct conf_setting *setting)
{
	return setting->type == CONF_IS_PATH && setting->smallest == 0;
}

/* All together ----------------------------------------------------- */

/* The number that the text stands for, where it stands for one. */
static bool take_meaning(const struct conf_setting *setting, int64_t *number,
    const char *text, char error[CONF_ERROR_BYTES])
{
	switch (setting->type) {
	case CONF_IS_COUNT:
	case CONF_IS_UIDS:
		return take_count(setting, number, text, error);
	case CONF_IS_SIZE:
		return take_size(setting, number, text, error);
	case CONF_IS_TIME:
		return take_time(setting, number, text, error);
	case CONF_IS_MODE:
		return take_mode(setting, number, text, error);
	case CONF_IS_LEVEL:
	case CONF_IS_ORDER:
	case CONF_IS_ON_LOST:
		return take_word(setting, number, text, error);
	case CONF_IS_GROUP:
	case CONF_IS_GROUPS:
		return take_group(setting, number, text, error);
	case CONF_IS_USERS:
		return take_user(setting, number, text, error);
	case CONF_IS_PATH:
		return judge_path(setting, text, error);
	case CONF_IS_PREFIXES:
		return conf_is_key(text) ||
		       complain(error, "%s: no key can begin with \"" ECHO "\"",
			   setting->name, text);
	case CONF_IS_ITEMS:
		return is_utf8(text) ||
		       complain(error, "%s: \"" ECHO "\" is not UTF-8",
			   setting->name, text);
	}
	return false;
}

static void add_item(struct conf_value *value, const char *text, int64_t number)
{
	/* Doubled whenever the number is a power of two. */
	if ((value->n_items & (value->n_items - 1)) == 0)
		value->items = xrealloc(value->items,
		    (value->n_items == 0 ? 1 : 2 * value->n_items) *
			sizeof(*value->items));
	value->items[value->n_items++] = (struct conf_item){
	    .text = xmemdup0(text, strlen(text)), .number = number};
}

static bool is_text(enum conf_type type)
{
	return type == CONF_IS_PATH || type == CONF_IS_GROUP ||
	       type == CONF_IS_USERS || type == CONF_IS_GROUPS ||
	       type == CONF_IS_PREFIXES || type == CONF_IS_ITEMS;
}

bool conf_value_take(enum conf_name name, struct conf_value *value,
    const char *text, char error[CONF_ERROR_BYTES])
{
	const struct conf_setting *setting = &conf_settings[name];
	int64_t number = 0;

	if (text[0] == '\0' && !may_be_empty(setting))
		return complain(error, "%s is empty", setting->name);
	if (is_text(setting->type) && !has_length(setting, text, error))
		return false;
	if (!take_meaning(setting, &number, text, error))
		return false;
	value->is_set = true;
	if (conf_is_list(name)) {
		add_item(value, text, number);
		return true;
	}
	value->number = number;
	if (is_text(setting->type)) {
		free(value->text);
		value->text = xmemdup0(text, strlen(text));
	}
	return true;
}
