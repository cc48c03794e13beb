/* SPDX-License-Identifier: MIT */
/* Values between JSON and the shell: see cli.h. */
#include "cli.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

char *cli_plain_value(const char *json, size_t len)
{
	json_t *value =
	    json_loadb(json, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	char *text;

	/* What is no string is handed on as it stands. */
	if (json_is_string(value))
		text = strdup(json_string_value(value));
	else
		text = strndup(json, len);
	json_decref(value);
	return text;
}

char *cli_json_string(const char *text)
{
	json_t *value = json_string(text);
	char *json = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY);

	json_decref(value);
	return json;
}
