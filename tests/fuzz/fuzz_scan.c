/* SPDX-License-Identifier: MIT */
/*
 * The scanner: whatever the line is, spans stay inside of it and in their
 * order, each is a value by itself, and what the scanner says of it holds.
 */
#include "fuzz.h"

#include "scan.h"
#include "wire.h"

#include <string.h>

/* A span must lie between these. */
struct bounds {
	const char *begin, *end;
};

static void check_number(const struct scan_value *value)
{
	int64_t number;

	if (!scan_integer(value, &number))
		return;
	FUZZ_ASSERT(value->type == SCAN_NUMBER && value->is_plain &&
			number >= -WIRE_MAX_INTEGER &&
			number <= WIRE_MAX_INTEGER,
	    "no integer, and yet read as one");
}

/* Every cap: what does not fit is refused, and never written. */
static void check_string(const struct scan_value *value)
{
	size_t spelled = value->len - 2;
	char *text = malloc(value->len);
	long len = scan_text(value, text, spelled);

	FUZZ_ASSERT(len >= 0 && (size_t)len <= spelled,
	    "a string of %zu bytes became %ld", spelled, len);
	FUZZ_ASSERT(
	    !value->is_plain || ((size_t)len == spelled &&
				    memcmp(text, value->at + 1, spelled) == 0),
	    "a plain string was changed");
	free(text);
	if (len == 0)
		return;
	/* One byte too little room; malloc has no more than that. */
	text = malloc((size_t)len);
	FUZZ_ASSERT(scan_text(value, text, (size_t)len) == len,
	    "a string does not fit into its own length");
	FUZZ_ASSERT(scan_text(value, text, (size_t)len - 1) == -1,
	    "a string fits into less than its length");
	free(text);
}

static void check_array(const struct scan_value *array)
{
	struct scan_value element;
	struct scan scan;
	enum scan_step step;

	scan_array_begin(&scan, array);
	while ((step = scan_element(&scan, &element)) == SCAN_ITEM)
		FUZZ_ASSERT(
		    element.at > array->at &&
			element.at + element.len < array->at + array->len &&
			scan_is_value(element.at, element.len),
		    "an element is no value in its array");
	FUZZ_ASSERT(step == SCAN_DONE, "an array is good, and then is not");
}

static void check_value(
    const struct scan_value *value, const struct bounds *bounds)
{
	FUZZ_ASSERT(value->len > 0 && value->at > bounds->begin &&
			value->at + value->len <= bounds->end,
	    "a span leaves the line");
	FUZZ_ASSERT(scan_is_value(value->at, value->len), "no value: %.*s",
	    (int)value->len, value->at);
	check_number(value);
	if (value->type == SCAN_STRING)
		check_string(value);
	if (value->type == SCAN_ARRAY)
		check_array(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct bounds bounds = {line, line + size};
	struct scan_value name, value;
	struct scan scan;
	enum scan_step step;

	scan_begin(&scan, line, size);
	while ((step = scan_member(&scan, &name, &value)) == SCAN_ITEM) {
		FUZZ_ASSERT(name.type == SCAN_STRING, "a name is no string");
		check_value(&name, &bounds);
		bounds.begin = name.at + name.len;
		check_value(&value, &bounds);
		bounds.begin = value.at + value.len - 1;
	}
	FUZZ_ASSERT((scan.error != NULL) == (step == SCAN_FAILED),
	    "a failure and its words come together");
	FUZZ_ASSERT(scan.at >= line && scan.at <= bounds.end,
	    "the scanner left the line");
	/* Lines that are no objects, too. */
	(void)scan_is_value(line, size);
	return 0;
}
