/* SPDX-License-Identifier: MIT */
/* The members of a request: see args.h. */
#include "args.h"

#include "scan_bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Taken once for all: what a member has to be. */
enum arg_type {
	ARG_IS_ID,
	ARG_IS_WORD, /* a string that names something of ours */
	ARG_IS_KEY,
	ARG_IS_TEXT, /* any string */
	ARG_IS_NAME, /* a string without control characters */
	ARG_IS_INTEGER,
	ARG_IS_BOOL,
	ARG_IS_JSON, /* any value */
	ARG_IS_ITEMS,
	ARG_IS_EVENTS,
};

struct arg_info {
	const char *name;
	size_t len;
	enum arg_type type;
	int64_t smallest, largest;
};

#define ARG_INFO(constant, text, is, least, most)                              \
	[ARG_##constant] = {.name = text,                                      \
	    .len = sizeof(text) - 1,                                           \
	    .type = ARG_IS_##is,                                               \
	    .smallest = least,                                                 \
	    .largest = most},

static const struct arg_info infos[N_ARGS] = {ARGS(ARG_INFO)};

/* Taking ----------------------------------------------------------- */

/* memcmp(3) is a call, and most names are of two or three letters. */
static inline bool is_same(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	while (i < len && a[i] == b[i])
		i++;
	return i == len;
}

/* The member of this name, or N_ARGS. */
static enum arg arg_named(const char *name, size_t len)
{
	for (int arg = 0; arg < N_ARGS; arg++) {
		if (infos[arg].len == len &&
		    is_same(infos[arg].name, name, len))
			return (enum arg)arg;
	}
	return N_ARGS;
}

/* Files one member away by its name, which may be spelled with escapes. */
static void take_member(struct args *args, const struct scan_value *name,
    const struct scan_value *value)
{
	char decoded[WIRE_MAX_ECHO_BYTES];
	const char *text = name->at + 1;
	long len = (long)name->len - 2;
	enum arg arg;

	if (!name->is_plain) {
		len = scan_text(name, decoded, sizeof(decoded));
		text = decoded;
		/* Longer than every name of ours; it may be a note. */
		if (len < 0)
			len = sizeof(decoded);
	}
	arg = arg_named(text, (size_t)len);
	if (arg != N_ARGS) {
		args->repeated |= args->present & UINT32_C(1) << arg;
		args->present |= UINT32_C(1) << arg;
		args->values[arg] = *value;
	} else if (len >= 2 && text[0] == 'x' && text[1] == '_') {
		return; /* a note */
	} else if (!args->has_unknown) {
		args->has_unknown = true;
		args->unknown = *name;
	}
}

const char *args_take(
    struct args *args, const char *line, size_t len, size_t *at_out)
{
	struct scan scan;
	struct scan_value name, value;
	enum scan_step step;

	args->present = 0;
	args->repeated = 0;
	args->has_unknown = false;
	args->key = NULL;
	args->text = NULL;
	args->text_len = 0;
	scan_begin(&scan, line, len);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM)
		take_member(args, &name, &value);
	*at_out = (size_t)(scan.at - scan.begin);
	return step == SCAN_DONE ? NULL : scan.error;
}

bool args_ident(const struct args *args, enum arg arg, struct ident *id,
    char text[WIRE_MAX_ID_BYTES])
{
	const struct scan_value *value = &args->values[arg];
	long len;

	*id = (struct ident){0};
	if (!args_has(args, arg))
		return true;
	if (args->repeated >> arg & 1)
		return false;
	if (scan_integer(value, &id->number)) {
		id->type = IDENT_NUMBER;
		return true;
	}
	if (value->type != SCAN_STRING)
		return false;
	len = scan_text(value, text, WIRE_MAX_ID_BYTES);
	if (len < 0)
		return false;
	*id = (struct ident){
	    .type = IDENT_TEXT, .len = (uint32_t)len, .text = text};
	return true;
}

/* Checking --------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static bool complain(
    char error[ARGS_ERROR_BYTES], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(error, ARGS_ERROR_BYTES, fmt, args);
	va_end(args);
	return false;
}

static bool has_control(const char *text, size_t len)
{
	size_t i = 0;

	while (i + 8 <= len) {
		uint64_t bytes = scan_eight(text + i);

		if ((scan_below(bytes, 0x20) | scan_equal(bytes, 0x7F) |
			bytes) &
		    SCAN_TOPS)
			break; /* perhaps */
		i += 8;
	}
	for (; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7F)
			return true;
		/* U+0080 to U+009F are C2 80 to C2 9F in UTF-8. */
		if (c == 0xC2 && i + 1 < len &&
		    (unsigned char)text[i + 1] < 0xA0)
			return true;
	}
	return false;
}

/* Decodes a string member of a bounded length; *text_out is in the line where
 * that does without a copy, else in buffer. */
static bool take_text(const struct arg_info *info,
    const struct scan_value *value, char *buffer, const char **text_out,
    size_t *len_out, char error[ARGS_ERROR_BYTES])
{
	size_t cap = (size_t)info->largest;
	long len = (long)value->len - 2;

	if (value->type != SCAN_STRING)
		return complain(error, "\"%s\" must be a string", info->name);
	*text_out = value->at + 1;
	if (!value->is_plain) {
		len = scan_text(value, buffer, cap);
		*text_out = buffer;
	}
	if (len < info->smallest || (size_t)len > cap)
		return complain(error, "\"%s\" must have %lld to %lld bytes",
		    info->name, (long long)info->smallest,
		    (long long)info->largest);
	*len_out = (size_t)len;
	return true;
}

static bool check_key(struct args *args, const struct arg_info *info,
    const struct scan_value *value, char error[ARGS_ERROR_BYTES])
{
	if (!take_text(
		info, value, args->key_text, &args->key, &args->key_len, error))
		return false;
	if (has_control(args->key, args->key_len))
		return complain(
		    error, "\"key\" must not have control characters");
	if (args->key[0] == '@')
		return complain(error, "keys that begin with @ are reserved");
	return true;
}

static bool check_integer(struct args *args, enum arg arg,
    const struct scan_value *value, char error[ARGS_ERROR_BYTES])
{
	const struct arg_info *info = &infos[arg];
	/* That "1" is not 1 has to be seen. */
	const char *quote = value->type == SCAN_STRING ? "\"" : "";
	char echo[ARGS_ECHO_BYTES];
	int64_t number;

	if (!scan_integer(value, &number) || number < info->smallest ||
	    number > info->largest)
		return complain(error,
		    "\"%s\" must be an integer from %lld to %lld, "
		    "not %s%s%s",
		    info->name, (long long)info->smallest,
		    (long long)info->largest, quote, args_echo(value, echo),
		    quote);
	args->numbers[arg] = number;
	return true;
}

static bool check_text(struct args *args, const struct arg_info *info,
    const struct scan_value *value, char error[ARGS_ERROR_BYTES])
{
	if (!take_text(info, value, args->text_text, &args->text,
		&args->text_len, error))
		return false;
	if (info->type == ARG_IS_NAME &&
	    has_control(args->text, args->text_len))
		return complain(error,
		    "\"%s\" must not have control characters", info->name);
	return true;
}

static bool check_member(
    struct args *args, enum arg arg, char error[ARGS_ERROR_BYTES])
{
	const struct arg_info *info = &infos[arg];
	const struct scan_value *value = &args->values[arg];

	switch (info->type) {
	case ARG_IS_KEY:
		return check_key(args, info, value, error);
	case ARG_IS_INTEGER:
		return check_integer(args, arg, value, error);
	case ARG_IS_TEXT:
	case ARG_IS_NAME:
		return check_text(args, info, value, error);
	case ARG_IS_BOOL:
		args->numbers[arg] = *value->at == 't';
		return value->type == SCAN_BOOL ||
		       complain(
			   error, "\"%s\" must be true or false", info->name);
	case ARG_IS_WORD:
		return value->type == SCAN_STRING ||
		       complain(error, "\"%s\" must be a string", info->name);
	case ARG_IS_ITEMS:
	case ARG_IS_EVENTS:
		return value->type == SCAN_ARRAY ||
		       complain(error, "\"%s\" must be an array", info->name);
	case ARG_IS_ID:
	case ARG_IS_JSON:
		break; /* args_ident; anything goes */
	}
	return true;
}

static bool complain_unknown(const struct args_rule *rule, const char *name,
    char error[ARGS_ERROR_BYTES])
{
	uint32_t taken = rule->required | rule->optional | ARG_BIT(ID);
	const char *candidates[N_ARGS], *near;
	size_t n = 0;

	for (int arg = 0; arg < N_ARGS; arg++) {
		if (taken >> arg & 1)
			candidates[n++] = infos[arg].name;
	}
	near = args_suggest(name, candidates, n);
	if (near != NULL)
		return complain(error,
		    "unknown member \"%s\"; did you mean \"%s\"?", name, near);
	return complain(error, "unknown member \"%s\" for %s", name, rule->op);
}

static enum arg first_of(uint32_t bits)
{
	return (enum arg)__builtin_ctz(bits);
}

bool args_check(struct args *args, const struct args_rule *rule,
    char error[ARGS_ERROR_BYTES])
{
	uint32_t always = ARG_BIT(ID) | ARG_BIT(OP);
	uint32_t taken = rule->required | rule->optional | always;
	uint32_t missing = rule->required & ~args->present;
	uint32_t strange = args->present & ~taken;
	char echo[ARGS_ECHO_BYTES];

	if (args->repeated != 0)
		return complain(error, "member \"%s\" is there twice",
		    infos[first_of(args->repeated)].name);
	if (args->has_unknown)
		return complain_unknown(
		    rule, args_echo(&args->unknown, echo), error);
	if (strange != 0)
		return complain_unknown(
		    rule, infos[first_of(strange)].name, error);
	if (missing != 0)
		return complain(error, "%s needs member \"%s\"", rule->op,
		    infos[first_of(missing)].name);
	for (uint32_t left = args->present & ~always; left != 0;
	     left &= left - 1) {
		if (!check_member(args, first_of(left), error))
			return false;
	}
	return true;
}

/* Longer names than this are shown as they were spelled. */
#define ECHO_DECODE_BYTES 256

/* Words for people ------------------------------------------------- */

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

const char *args_echo(
    const struct scan_value *value, char echo[ARGS_ECHO_BYTES])
{
	char text[ECHO_DECODE_BYTES];
	const char *from = value->at;
	size_t len = value->len;

	if (value->type == SCAN_STRING) {
		from++;
		len -= 2;
	}
	if (value->type == SCAN_STRING && !value->is_plain) {
		long decoded = scan_text(value, text, sizeof(text));

		/* A NUL would end the message before its time. */
		if (decoded >= 0 &&
		    memchr(text, '\0', (size_t)decoded) == NULL) {
			from = text;
			len = (size_t)decoded;
		}
	}
	if (len > WIRE_MAX_ECHO_BYTES) {
		len = WIRE_MAX_ECHO_BYTES;
		while (len > 0 && is_continuation(from[len]))
			len--;
		memcpy(echo, from, len);
		memcpy(echo + len, "...", 4);
		return echo;
	}
	memcpy(echo, from, len);
	echo[len] = '\0';
	return echo;
}
