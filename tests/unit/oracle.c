/* SPDX-License-Identifier: MIT */
/* The scanner against jansson: see oracle.h. */
#include "oracle.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* jansson shall read integers of any length, and \u0000. */
#define FLAGS (JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

/* Where the two differ because we want them to. */
static const struct {
	bool ours_accepts;
	enum json_error_code theirs; /* of jansson, where ours accepts */
	const char *ours;            /* of the scanner, where it refuses */
	bool has_nul;                /* only in a line with a raw NUL */
} differences[ORACLE_N_DIFFERENCES] = {
    [ORACLE_HUGE_NUMBER] = {true, json_error_numeric_overflow, NULL, false},
    [ORACLE_NUL_IN_NAME] = {true, json_error_null_byte_in_key, NULL, false},
    [ORACLE_TOO_DEEP] = {false, json_error_unknown, "nested too deep", false},
    [ORACLE_RAW_NUL] = {false, json_error_unknown, "expected", true},
};

static char complaint[512];

/* The string, decoded; to be freed. NULL where it cannot be. */
static char *text_of(const struct scan_value *string, size_t *len_out)
{
	char *text = malloc(string->len + 1);
	long len = text == NULL ? -1 : scan_text(string, text, string->len);

	if (len < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	*len_out = (size_t)len;
	return text;
}

/* The value as jansson reads its span; strings as scan_text decodes them.
 * NULL: it does not read it. */
static json_t *value_of(const struct scan_value *value)
{
	json_t *json = NULL;
	size_t len;
	char *text;

	if (value->type != SCAN_STRING)
		return json_loadb(
		    value->at, value->len, FLAGS | JSON_DECODE_ANY, NULL);
	text = text_of(value, &len);
	if (text != NULL)
		json = json_stringn(text, len);
	free(text);
	return json;
}

/* Puts the member into the object; false where it cannot be read. */
static bool put_member(json_t *object, const struct scan_value *name,
    const struct scan_value *value)
{
	size_t len;
	char *text = text_of(name, &len);
	int status = -1;

	if (text != NULL)
		status =
		    json_object_set_new_nocheck(object, text, value_of(value));
	free(text);
	return status == 0;
}

/* Scans the line; NULL, or what is wrong. Puts its members into ours, where
 * that is not NULL. */
static const char *scan_line(const char *line, size_t len, json_t *ours)
{
	struct scan_value name, value;
	struct scan scan;
	enum scan_step step;

	scan_begin(&scan, line, len);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		if (ours != NULL && !put_member(ours, &name, &value))
			(void)snprintf(complaint, sizeof(complaint),
			    "a span is no value: %.*s", (int)value.len,
			    value.at);
	}
	return step == SCAN_DONE ? NULL : scan.error;
}

static enum oracle_difference find_difference(
    const char *line, size_t len, const char *ours, enum json_error_code theirs)
{
	bool has_nul = memchr(line, '\0', len) != NULL;

	for (int i = 0; i < ORACLE_N_DIFFERENCES; i++) {
		bool is_it =
		    differences[i].ours_accepts
			? ours == NULL && theirs == differences[i].theirs
			: ours != NULL && strstr(ours, differences[i].ours);

		if (is_it && (has_nul || !differences[i].has_nul))
			return (enum oracle_difference)i;
	}
	return ORACLE_N_DIFFERENCES;
}

struct oracle oracle_compare(const char *line, size_t len)
{
	struct oracle oracle = {.difference = ORACLE_N_DIFFERENCES};
	json_error_t error = {0};
	json_t *theirs = json_loadb(line, len, FLAGS, &error);
	bool is_object = json_is_object(theirs);
	json_t *ours = is_object ? json_object() : NULL;

	complaint[0] = '\0';
	oracle.ours = scan_line(line, len, ours);
	if ((oracle.ours == NULL) != is_object)
		oracle.difference = find_difference(line, len, oracle.ours,
		    is_object ? json_error_unknown : json_error_code(&error));
	if ((oracle.ours == NULL) != is_object &&
	    oracle.difference == ORACLE_N_DIFFERENCES)
		(void)snprintf(complaint, sizeof(complaint),
		    "scan: %s; jansson: %s",
		    oracle.ours == NULL ? "accepted" : oracle.ours,
		    is_object ? "accepted" : error.text);
	else if (oracle.ours == NULL && is_object && !json_equal(ours, theirs))
		(void)snprintf(complaint, sizeof(complaint),
		    "both accept it, but it means something else to jansson");
	json_decref(ours);
	json_decref(theirs);
	if (complaint[0] != '\0')
		oracle.complaint = complaint;
	return oracle;
}
