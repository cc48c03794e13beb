/* SPDX-License-Identifier: MIT */
/*
 * The dictionaries of the fuzz targets name all operations, members, words and
 * settings that there are, and nothing else. "test_dict json" and "test_dict
 * conf" write what they have to be (make fuzz-dict).
 */
#include "proto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_settings.h"
#include "members.h"
#include "ops.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define OP_NAME(function, name, of, must, may, what)         name,
#define ARG_NAME(constant, name, type, smallest, largest)    name,
#define MEMBER_NAME(constant, name)                          name,
#define CODE_NAME(constant, name)                            name,
#define SECTION_NAME(constant, name, titled)                 name,
#define SETTING_NAME(constant, in, name, is, lo, hi, by, at) name,

/* What stands in quotes in a line. */
static const char *const json_names[] = {
    OPS(OP_NAME) ARGS(ARG_NAME) OUTBOX_MEMBERS(MEMBER_NAME)
	WIRE_CODES(CODE_NAME) WIRE_KINDS(CODE_NAME) "lost",
    "event", "error", "ok", "holder", "limits", "protocol", "lifo", "fifo",
    "drop", "requeue", "own/", "x_"};
/* What stands there as it is, and is hard to find by chance. */
static const char *const json_texts[] = {"true", "false", "null", "1e400", "-0",
    "0.1", "9007199254740991", "9007199254740992", "\\u0000", "\\u0061",
    "\\ud83d\\ude00", "[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]", "\xC2\x85",
    "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xFF", "\n"};

static const char *const conf_texts[] = {CONF_SECTIONS(SECTION_NAME)
					     CONF_SETTINGS(SETTING_NAME) "info",
    "debug", "lifo", "fifo", "drop", "requeue", "root", "64K", "1M", "1G",
    "500ms", "10s", "5m", "1h", "1d", "0660", " = {\"", "\", \"", "/*", "*/",
    "//", "#", "${", "\\x41", "\f", "\n"};

/* One entry, as libFuzzer reads it. */
static void put(FILE *out, const char *quote, const char *text)
{
	if (text[0] == '\0')
		return;
	fprintf(out, "\"%s", quote);
	for (const char *c = text; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7F)
			fprintf(out, "\\x%02X", (unsigned char)*c);
		else
			fprintf(
			    out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
	}
	fprintf(out, "%s\"\n", quote);
}

/* Whether the text stands before this place in the list already. */
static bool is_repeated(const char *const texts[], size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (strcmp(texts[i], texts[at]) == 0)
			return true;
	}
	return false;
}

static void put_all(
    FILE *out, const char *quote, const char *const texts[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!is_repeated(texts, i))
			put(out, quote, texts[i]);
	}
}

static void write_dict(FILE *out, bool is_json)
{
	fprintf(out, "# Written by make fuzz-dict.\n");
	if (is_json) {
		put_all(out, "\\\"", json_names, COUNT(json_names));
		put_all(out, "", json_texts, COUNT(json_texts));
	} else {
		put_all(out, "", conf_texts, COUNT(conf_texts));
	}
}

static void expect_dict(const char *name, bool is_json)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], has[16384] = "", *wants;
	size_t len;
	FILE *out = open_memstream(&wants, &len), *in;

	write_dict(out, is_json);
	fclose(out);
	snprintf(path, sizeof(path), "%s/tests/fuzz/%s.dict",
	    srcdir == NULL ? "." : srcdir, name);
	in = fopen(path, "r");
	ck_assert_msg(in != NULL, "cannot read %s", path);
	has[fread(has, 1, sizeof(has) - 1, in)] = '\0';
	fclose(in);
	ck_assert_uint_gt(len, 400);
	ck_assert_msg(strcmp(has, wants) == 0,
	    "%s is not up to date: run make fuzz-dict", path);
	free(wants);
}

START_TEST(dictionary_of_lines_has_all_names_of_the_protocol)
{
	expect_dict("json", true);
}
END_TEST

START_TEST(dictionary_of_the_configuration_has_all_settings)
{
	expect_dict("conf", false);
}
END_TEST

int main(int argc, char **argv)
{
	const TTest *const tests[] = {
	    dictionary_of_lines_has_all_names_of_the_protocol,
	    dictionary_of_the_configuration_has_all_settings,
	    NULL,
	};

	if (argc == 1)
		return unit_run("dict", tests);
	write_dict(stdout, strcmp(argv[1], "json") == 0);
	return EXIT_SUCCESS;
}
