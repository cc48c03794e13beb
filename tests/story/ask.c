/* SPDX-License-Identifier: MIT */
/* From a story's words to a request line: see ask.h. */
#include "ask.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Writes what <<...>> at the text stands for; returns what comes behind. */
static const char *expand_repetition(FILE *out, const char *text)
{
	const char *end = strstr(text, ">>");
	const char *times = NULL;
	char *last;
	long n;

	ck_assert_msg(end != NULL, "<< without >>: %s", text);
	for (const char *p = text; p < end; p++) {
		if (strncmp(p, " x ", 3) == 0)
			times = p;
	}
	ck_assert_msg(times != NULL, "<< without times: %s", text);
	n = strtol(times + 3, &last, 10);
	ck_assert_msg(last == end && n > 0, "<< with bad times: %s", text);
	while (n-- > 0)
		fwrite(text + 2, 1, (size_t)(times - text - 2), out);
	return end + 2;
}

void ask_expand(FILE *out, const char *text)
{
	while (*text != '\0') {
		if (strncmp(text, "<<", 2) == 0) {
			text = expand_repetition(out, text);
		} else if (strncmp(text, "\\x", 2) == 0) {
			char digits[3] = {text[2], text[3], '\0'};

			ck_assert(isxdigit(text[2]) && isxdigit(text[3]));
			putc((int)strtol(digits, NULL, 16), out);
			text += 4;
		} else {
			putc(*text++, out);
		}
	}
}

/* Where the word at p ends: at a space outside of strings and brackets. */
static const char *word_end(const char *p)
{
	bool quoted = false;
	int depth = 0;

	for (; *p != '\0'; p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (!quoted && (*p == '[' || *p == '{'))
			depth++;
		else if (!quoted && (*p == ']' || *p == '}'))
			depth--;
		else if (!quoted && depth <= 0 && *p == ' ')
			break;
	}
	return p;
}

static bool looks_like_json(const char *text)
{
	return strchr("\"{[-0123456789", text[0]) != NULL ||
	       strcmp(text, "true") == 0 || strcmp(text, "false") == 0 ||
	       strcmp(text, "null") == 0;
}

static void write_value(
    FILE *out, const char *text, bool is_text, const struct cast *cast)
{
	int64_t token = is_text ? -1 : cast_token(cast, text);

	if (token >= 0)
		fprintf(out, "%lld", (long long)token);
	else if (text[0] == '"' || (!is_text && looks_like_json(text)))
		fputs(text, out);
	else
		fprintf(out, "\"%s\"", text);
}

/* Writes the member that stands behind the operation without a name. */
static void write_object(
    FILE *out, const char *op, const char *text, const struct cast *cast)
{
	const char *name = "key";

	if (strcmp(op, "cancel") == 0)
		name = "target";
	else if (strcmp(op, "renew") == 0)
		name = "token";
	fprintf(out, ",\"%s\":", name);
	write_value(out, text, strcmp(name, "key") == 0, cast);
}

static void write_word(
    FILE *out, const char *op, char *word, const struct cast *cast)
{
	char *equals = word[0] == '"' ? NULL : strchr(word, '=');

	if (equals == NULL) {
		write_object(out, op, word, cast);
		return;
	}
	*equals = '\0';
	fprintf(out, ",\"%s\":", word);
	write_value(out, equals + 1, false, cast);
}

static void write_words(FILE *out, const char *words, const struct cast *cast)
{
	size_t op_len = strcspn(words, " ");
	char *op = strndup(words, op_len);
	const char *p = words + op_len;

	fprintf(out, "{\"op\":\"%s\"", op);
	while (*(p += strspn(p, " ")) != '\0') {
		const char *end = word_end(p);
		char *word = strndup(p, (size_t)(end - p));

		write_word(out, op, word, cast);
		free(word);
		p = end;
	}
	putc('}', out);
	free(op);
}

void ask_write(FILE *out, const char *words, const struct cast *cast)
{
	char *expanded = NULL;
	size_t len;
	FILE *stream = open_memstream(&expanded, &len);

	ask_expand(stream, words);
	fclose(stream);
	write_words(out, expanded, cast);
	free(expanded);
}
